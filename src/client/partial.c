/* SPDX-License-Identifier: MIT */
#include "client/partial.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "http/range.h"

enum {
	PARTIAL_CONTENT = 206,
	SHOWN_BYTES = 64, /* of a field of the server's */
};

static bool is_multipart(const struct duet_head *answer)
{
	static const char multipart[] = "multipart/byteranges";
	const char *type = duet_head_get(answer, "Content-Type");
	struct duet_bytes begin = duet_str(type);

	if (begin.len < sizeof(multipart) - 1)
		return false;
	begin.len = sizeof(multipart) - 1;
	return duet_bytes_eq_nocase(begin, multipart);
}

static uint64_t end_of(const struct duet_range *range)
{
	return range->offset + range->length;
}

/* Several may be answered with any one of them, or with some and what is
 * between them. */
static bool fits(const struct duet_range *wanted, size_t n,
		 const struct duet_range *got)
{
	bool begins = false;
	bool ends = false;
	size_t i;

	for (i = 0; i < n; i++) {
		begins = begins || got->offset == wanted[i].offset;
		ends = ends || end_of(got) == end_of(&wanted[i]);
	}
	return begins && ends;
}

/*
 * Without knowing the size of all of it: where it ends may be its own end,
 * before that of what is wanted. "The last 9" are then counted from an end
 * beyond all offsets, and can be any that are not more.
 */
static bool may_fit(const struct duet_range *wanted, size_t n,
		    const struct duet_range *got)
{
	uint64_t end = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (end_of(&wanted[i]) > end)
			end = end_of(&wanted[i]);
	for (i = 0; i < n; i++) {
		if (wanted[i].offset > INT64_MAX &&
		    got->length <= wanted[i].length)
			return true;
		if (got->offset == wanted[i].offset && end_of(got) <= end)
			return true;
	}
	return false;
}

static bool is_wanted(const char *wanted, const struct duet_range *got,
		      uint64_t size)
{
	struct duet_range ranges[DUET_RANGES_MAX];
	size_t n = 0;

	if (duet_range_parse(wanted, size, ranges, &n) != DUET_RANGE_PARTS)
		return false;
	return size == UINT64_MAX ? may_fit(ranges, n, got)
				  : fits(ranges, n, got);
}

int duet_partial_check(const char *method, const struct duet_headers *asked,
		       const struct duet_head *answer, uint64_t *ret_bytes,
		       struct duet_error *err)
{
	/* RFC 9110 s9.3.2: what a HEAD is told of does not come. */
	bool comes = strcmp(method, "HEAD") != 0;
	const char *wanted = duet_headers_get(asked, "Range");
	const char *content = duet_head_get(answer, "Content-Range");
	struct duet_range got = { 0, 0 };
	char shown[SHOWN_BYTES];
	uint64_t size = 0;

	*ret_bytes = 0;
	if (answer->status != PARTIAL_CONTENT)
		return DUET_OK;
	duet_str_printable(shown, sizeof(shown), duet_str(content));
	if (wanted == NULL)
		return duet_error_set(err, DUET_E_HTTP,
				      "the server sends a part (206%s%s), and all of it was asked for: it, or a cache on the way, is broken",
				      content != NULL ? ", " : "", shown);
	if (content == NULL && is_multipart(answer))
		return DUET_OK;
	if (content == NULL ||
	    !duet_range_parse_content(content, &got, &size) || got.length == 0)
		return duet_error_set(err, DUET_E_HTTP,
				      "the server sends a part (206) without saying which: it has no valid Content-Range");
	if (comes && answer->content_length != DUET_LENGTH_UNKNOWN &&
	    (uint64_t)answer->content_length != got.length)
		return duet_error_set(err, DUET_E_HTTP,
				      "the server sends a part (206, %s) of %lld bytes, which contradict each other",
				      shown, (long long)answer->content_length);
	if (!is_wanted(wanted, &got, size))
		return duet_error_set(err, DUET_E_HTTP,
				      "the server sends another part (206, %s) than was asked for (%.60s)",
				      shown, wanted);
	*ret_bytes = comes ? got.length : 0;
	return DUET_OK;
}

int duet_partial_check_end(uint64_t bytes, uint64_t came,
			   struct duet_error *err)
{
	if (bytes == 0 || came == bytes)
		return DUET_OK;
	return duet_error_set(err,
			      came < bytes ? DUET_E_TRUNCATED : DUET_E_HTTP,
			      "the part (206) was to have %llu bytes by its Content-Range, and %llu came",
			      (unsigned long long)bytes,
			      (unsigned long long)came);
}
