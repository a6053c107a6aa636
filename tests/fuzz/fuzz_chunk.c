/* SPDX-License-Identifier: MIT */
/*
 * The chunked coding, decoded whole and byte by byte; then what was decoded is
 * coded by the engine that sends, and must come out as it went in.
 */
#include "base/buf.h"
#include "fuzz.h"
#include "http/chunk.h"
#include "http/h1.h"

struct decoded {
	struct duet_buf data;
	size_t used;
	int rc;
	int32_t status;
	bool last;
};

static void decode(struct decoded *ret, const uint8_t *data, size_t size,
		   size_t step)
{
	struct duet_fault fault = { NULL, 0 };
	struct duet_chunks chunks;

	memset(ret, 0, sizeof(*ret));
	duet_buf_init(&ret->data, SIZE_MAX / 2);
	duet_chunks_init(&chunks, 100);
	while (ret->used < size && !chunks.last && ret->rc == DUET_OK) {
		size_t left = size - ret->used;
		struct duet_bytes input = { data + ret->used,
					    left < step ? left : step };
		struct duet_bytes out = { NULL, 0 };
		size_t used = 0;

		ret->rc = duet_chunks_feed(&chunks, input, &used, &out, &fault);
		if (ret->rc != DUET_OK)
			break;
		MUST(used > 0 && used <= input.len);
		MUST(out.len <= used);
		ret->used += used;
		MUST(duet_buf_add(&ret->data, out.data, out.len) == DUET_OK);
	}
	ret->status = fault.status;
	ret->last = chunks.last;
	MUST((ret->rc == DUET_OK) == (ret->status == 0));
}

static bool is_same(const struct decoded *a, const struct decoded *b)
{
	size_t len = duet_buf_len(&a->data);

	return a->rc == b->rc && a->status == b->status && a->last == b->last &&
	       (a->rc != DUET_OK || a->used == b->used) &&
	       len == duet_buf_len(&b->data) &&
	       (len == 0 || memcmp(duet_buf_bytes(&a->data).data,
				   duet_buf_bytes(&b->data).data, len) == 0);
}

/* A request whose body is sent in pieces of at most step bytes, half of them
 * by way of lent room. Returns where its body begins in what it sends. */
static struct duet_h1 *encode(const uint8_t *data, size_t size, size_t step,
			      struct duet_bytes *ret_body)
{
	const struct duet_header host[] = { { "Host", "h" }, { NULL, NULL } };
	struct duet_limits limits;
	struct duet_room room;
	struct duet_h1 *h1;
	uint64_t stream = 0;
	size_t taken = 0;
	size_t head;

	MUST(duet_limits_fill(&limits, NULL, NULL) == DUET_OK);
	h1 = duet_h1_new(DUET_ROLE_CLIENT, &limits);
	MUST(h1 != NULL);
	MUST(duet_h1_request(h1,
			     DUET_HEAD(.method = "PUT", .target = "/",
				       .headers = host, .content_length = -1),
			     &stream, NULL) == DUET_OK);
	head = duet_h1_send_bytes(h1).len;
	while (size > 0) {
		size_t n = size < step ? size : step;

		MUST(duet_h1_send_data(h1, stream, data, n, &taken, NULL) ==
		     DUET_OK);
		MUST(taken == n);
		data += n;
		size -= n;
		n = size < step ? size : step;
		MUST(duet_h1_send_room(h1, stream, &room, NULL) == DUET_OK);
		MUST(room.len >= n);
		if (n > 0)
			memcpy(room.data, data, n);
		duet_h1_send_filled(h1, n);
		data += n;
		size -= n;
	}
	MUST(duet_h1_send_end(h1, stream, NULL, NULL) == DUET_OK);
	*ret_body = duet_h1_send_bytes(h1);
	ret_body->data = (const uint8_t *)ret_body->data + head;
	ret_body->len -= head;
	return h1;
}

static void there_and_back(const uint8_t *data, size_t size, size_t step)
{
	struct duet_bytes body;
	struct decoded back;
	struct duet_h1 *h1;

	if (size > 1000)
		size = 1000;
	h1 = encode(data, size, step, &body);
	decode(&back, body.data, body.len, SIZE_MAX);
	MUST(back.rc == DUET_OK && back.last);
	MUST(back.used == body.len - 2); /* the end of no trailers */
	MUST(duet_buf_len(&back.data) == size);
	MUST(size == 0 ||
	     memcmp(duet_buf_bytes(&back.data).data, data, size) == 0);
	duet_buf_done(&back.data);
	duet_h1_free(h1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decoded whole;
	struct decoded split;

	decode(&whole, data, size, SIZE_MAX);
	decode(&split, data, size, 1);
	MUST(is_same(&whole, &split));
	duet_buf_done(&split.data);
	decode(&split, data, size, 5);
	MUST(is_same(&whole, &split));
	duet_buf_done(&split.data);
	duet_buf_done(&whole.data);
	there_and_back(data, size, 1 + size % 100);
	return 0;
}
