/* SPDX-License-Identifier: MIT */
/*
 * The first byte says which codings, the second in what pieces; the rest is the
 * body. Whatever the pieces, the same comes of it.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "http/unpack.h"

static const char *const codings[] = { "gzip",       "br",
				       "zstd",       "gzip, br",
				       "zstd, gzip", "br, zstd, gzip" };

enum {
	MOST = 1024 * 1024,
	OUT = 4096,
};

/* How it ended, how many bytes came, and a sum over them. */
struct result {
	int rc;
	size_t n;
	uint64_t sum;
};

static struct result unpack_all(const char *coding, const uint8_t *data,
				size_t size, size_t piece)
{
	const struct duet_header fields[] = { { "Content-Encoding", coding },
					      { NULL, NULL } };
	const struct duet_head head = { .size = sizeof(head),
					.headers = fields };
	struct result result = { 0 };
	struct duet_unpack *unpack = NULL;
	struct duet_bytes src = { data, 0 };
	struct duet_error err;
	uint8_t out[OUT];
	size_t n = 0;
	size_t i;

	MUST(duet_unpack_new(&head, MOST, &unpack, &err) == DUET_OK);
	for (;;) {
		result.rc =
			duet_unpack_next(unpack, &src, out,
					 piece < OUT ? piece : OUT, &n, &err);
		MUST(n <= OUT && (result.rc == DUET_OK) == (n > 0));
		result.n += n;
		for (i = 0; i < n; i++)
			result.sum = result.sum * 31 + out[i];
		MUST(result.n <= MOST);
		if (result.rc < 0)
			break;
		if (result.rc == DUET_OK)
			continue;
		MUST(src.len == 0);
		if (size == 0)
			break;
		src.data = data;
		src.len = piece < size ? piece : size;
		data += src.len;
		size -= src.len;
	}
	if (result.rc >= 0)
		result.rc = duet_unpack_end(unpack, &err);
	duet_unpack_free(unpack);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *coding;
	struct result whole;
	struct result parts;

	if (size < 2)
		return 0;
	coding = codings[data[0] % (sizeof(codings) / sizeof(codings[0]))];
	whole = unpack_all(coding, data + 2, size - 2, size);
	parts = unpack_all(coding, data + 2, size - 2, 1 + data[1]);
	/* Of what is refused more or less may have come before. */
	MUST((whole.rc < 0) == (parts.rc < 0));
	if (whole.rc == DUET_OK)
		MUST(whole.n == parts.n && whole.sum == parts.sum);
	return 0;
}
