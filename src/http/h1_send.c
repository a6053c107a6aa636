/* SPDX-License-Identifier: MIT */
/* Messages in, bytes out: see the states in h1.c. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/opts.h"
#include "base/str.h"
#include "http/h1_int.h"
#include "http/outgoing.h"

enum {
	CHUNK_MOST = 0xffff, /* what four hexadecimal digits hold */
	CHUNK_BEFORE = 6,    /* "ffff" CR LF */
	CHUNK_AFTER = 2,     /* CR LF */
	LEAST_LENT = 16 * 1024,
};

struct duet_bytes duet_h1_send_bytes(const struct duet_h1 *h1)
{
	return duet_buf_len(&h1->out.buf) > 0 ? duet_buf_bytes(&h1->out.buf)
					      : h1->out.borrowed;
}

void duet_h1_send_done(struct duet_h1 *h1, size_t n)
{
	struct duet_bytes *borrowed = &h1->out.borrowed;

	if (duet_buf_len(&h1->out.buf) > 0) {
		duet_buf_consume(&h1->out.buf, n);
		if (duet_buf_len(&h1->out.buf) == 0 && h1->out.lent == 0 &&
		    h1->out.buf.cap > DUET_H1_KEEP)
			duet_buf_done(&h1->out.buf);
		return;
	}
	assert(n <= borrowed->len);
	if (n > 0)
		borrowed->data = (const uint8_t *)borrowed->data + n;
	borrowed->len -= n;
}

static size_t send_room(const struct duet_h1 *h1)
{
	size_t held = duet_buf_len(&h1->out.buf);

	return held < DUET_H1_SEND_ROOM ? DUET_H1_SEND_ROOM - held : 0;
}

/* Whether body bytes, or their end, may be sent on that stream. */
static int check_turn(const struct duet_h1 *h1, uint64_t stream,
		      struct duet_error *err)
{
	if (h1->in.hard != DUET_CUT_NONE || h1->in.state >= DUET_H1_IN_OVER)
		return duet_error_set(err, DUET_E_GONE,
				      "the connection is over; open another one");
	if (!h1->active || stream != h1->stream)
		return duet_error_set(err, DUET_E_STATE,
				      "stream %llu is not under way",
				      (unsigned long long)stream);
	if (h1->out.state == DUET_H1_OUT_HEAD)
		return duet_error_set(err, DUET_E_STATE,
				      "the reply's head comes before its body");
	if (h1->out.state != DUET_H1_OUT_BODY && !h1->out.by_itself)
		return duet_error_set(err, DUET_E_STATE,
				      "this message is already over");
	return DUET_OK;
}

static int buf_failed(int rc, struct duet_error *err)
{
	if (rc == DUET_E_NOMEM)
		return duet_error_nomem(err);
	return duet_error_set(err, DUET_E_LIMIT,
			      "more waits to be sent than %d bytes",
			      DUET_H1_SEND_ROOM + DUET_H1_HEAD_ROOM);
}

static int too_much(uint64_t left, size_t len, struct duet_error *err)
{
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "%zu bytes of body, where content_length leaves %llu",
			      len, (unsigned long long)left);
}

static int add_chunk(struct duet_buf *buf, const void *data, size_t len)
{
	char line[16];
	int n = snprintf(line, sizeof(line), "%zx\r\n", len);
	int rc;

	rc = duet_buf_reserve(buf, (size_t)n + len + CHUNK_AFTER);
	if (rc == DUET_OK)
		rc = duet_buf_add(buf, line, (size_t)n);
	if (rc == DUET_OK)
		rc = duet_buf_add(buf, data, len);
	return rc == DUET_OK ? duet_buf_add(buf, "\r\n", CHUNK_AFTER) : rc;
}

int duet_h1_send_data(struct duet_h1 *h1, uint64_t stream, const void *data,
		      size_t len, size_t *ret_taken, struct duet_error *err)
{
	struct duet_h1_out *out = &h1->out;
	size_t room = send_room(h1);
	size_t n = len < room ? len : room;
	int rc;

	rc = check_turn(h1, stream, err);
	if (rc != DUET_OK)
		return rc;
	out->lent = 0;
	if (out->framing == DUET_H1_UNSENT || len == 0) {
		*ret_taken = len;
		return DUET_OK;
	}
	if (out->framing == DUET_H1_EMPTY)
		return too_much(0, len, err);
	if (out->framing == DUET_H1_LENGTH && len > out->left)
		return too_much(out->left, len, err);
	if (n == 0)
		return DUET_WANT_WRITE;
	if (out->framing == DUET_H1_CHUNKED)
		rc = add_chunk(&out->buf, data, n);
	else
		rc = duet_buf_add(&out->buf, data, n);
	if (rc != DUET_OK)
		return buf_failed(rc, err);
	if (out->framing == DUET_H1_LENGTH)
		out->left -= n;
	*ret_taken = n;
	return DUET_OK;
}

/* As much as fills a record together with the head; the rest is encrypted from
 * where it lies. */
static int send_first(struct duet_h1 *h1, uint64_t stream,
		      struct duet_bytes *body, struct duet_error *err)
{
	size_t held = duet_buf_len(&h1->out.buf);
	size_t n = held < DUET_H1_RECORD ? DUET_H1_RECORD - held : 0;
	size_t taken = 0;
	int rc;

	if (n > body->len)
		n = body->len;
	rc = duet_h1_send_data(h1, stream, body->data, n, &taken, err);
	if (rc != DUET_OK)
		return rc;
	body->data = (const uint8_t *)body->data + taken;
	body->len -= taken;
	return DUET_OK;
}

int duet_h1_send_borrowed(struct duet_h1 *h1, uint64_t stream,
			  struct duet_bytes body, struct duet_error *err)
{
	struct duet_h1_out *out = &h1->out;
	int rc;

	rc = check_turn(h1, stream, err);
	if (rc != DUET_OK)
		return rc;
	if (h1->role != DUET_ROLE_SERVER || out->framing != DUET_H1_LENGTH ||
	    body.len != out->left)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%zu bytes of body, which are not what content_length leaves",
				      body.len);
	rc = send_first(h1, stream, &body, err);
	if (rc != DUET_OK)
		return rc;
	out->borrowed = body;
	out->given_up = 0;
	out->left = 0;
	return duet_h1_send_end(h1, stream, NULL, err);
}

void duet_h1_give_up_borrowed(struct duet_h1 *h1)
{
	h1->out.given_up += h1->out.borrowed.len;
	h1->out.borrowed.len = 0;
}

uint64_t duet_h1_send_held(const struct duet_h1 *h1, uint64_t stream)
{
	const struct duet_h1_out *out = &h1->out;

	return stream == h1->stream ? out->borrowed.len + out->given_up : 0;
}

size_t duet_h1_borrowed(const struct duet_h1 *h1, uint64_t stream)
{
	return stream == h1->stream ? h1->out.borrowed.len : 0;
}

/* How much a body may still be, as far as one room is concerned. */
static size_t most_to_lend(const struct duet_h1_out *out)
{
	if (out->framing == DUET_H1_LENGTH && out->left < DUET_H1_SEND_ROOM)
		return (size_t)out->left;
	if (out->framing == DUET_H1_CHUNKED)
		return CHUNK_MOST;
	return out->framing == DUET_H1_EMPTY ? 0 : DUET_H1_SEND_ROOM;
}

int duet_h1_send_room(struct duet_h1 *h1, uint64_t stream,
		      struct duet_room *room, struct duet_error *err)
{
	struct duet_h1_out *out = &h1->out;
	size_t before = 0;
	size_t after = 0;
	size_t most;
	size_t n;
	int rc;

	rc = check_turn(h1, stream, err);
	if (rc != DUET_OK)
		return rc;
	most = most_to_lend(out);
	n = send_room(h1);
	/* Crumbs are not worth a read(2); what waits will soon have gone. */
	if (n < most && n < LEAST_LENT)
		return DUET_WANT_WRITE;
	if (n > most)
		n = most;
	out->lent = 0;
	room->data = NULL;
	room->len = 0;
	if (n == 0) /* the body is whole: its end is due */
		return DUET_OK;
	if (out->framing == DUET_H1_CHUNKED) {
		before = CHUNK_BEFORE;
		after = CHUNK_AFTER;
	}
	rc = duet_buf_reserve(&out->buf, before + n + after);
	if (rc != DUET_OK)
		return buf_failed(rc, err);
	out->lent = n;
	out->lent_at = out->buf.end + before;
	room->data = out->buf.data + out->lent_at;
	room->len = n;
	return DUET_OK;
}

/* The n bytes at lent_at become the next ones of the buffer, or a chunk. */
static void append_lent(struct duet_h1_out *out, size_t n)
{
	struct duet_buf *buf = &out->buf;
	size_t before = out->framing == DUET_H1_CHUNKED ? CHUNK_BEFORE : 0;
	uint8_t *at = buf->data + buf->end;
	char line[16];

	/* What was held may have gone meanwhile, and the buffer begun anew. */
	if (buf->end + before != out->lent_at)
		memmove(at + before, buf->data + out->lent_at, n);
	if (before > 0) {
		/* The digits are as many as were left free: RFC 9112 s7.1. */
		(void)snprintf(line, sizeof(line), "%04x\r\n", (unsigned)n);
		memcpy(at, line, CHUNK_BEFORE);
		memcpy(at + before + n, "\r\n", CHUNK_AFTER);
		n += CHUNK_AFTER;
	}
	duet_buf_filled(buf, before + n);
}

void duet_h1_send_filled(struct duet_h1 *h1, size_t n)
{
	struct duet_h1_out *out = &h1->out;

	assert(n <= out->lent);
	/* A chunk of nothing would be the last one. */
	if (n > 0 && out->framing != DUET_H1_UNSENT)
		append_lent(out, n);
	if (out->framing == DUET_H1_LENGTH)
		out->left -= n;
	out->lent = 0;
}

static int add_last_chunk(struct duet_buf *buf,
			  const struct duet_header *trailers,
			  struct duet_error *err)
{
	size_t held = duet_buf_len(buf);
	int rc;

	rc = duet_buf_add_str(buf, "0\r\n");
	for (; rc == DUET_OK && trailers != NULL && trailers->name != NULL;
	     trailers++)
		rc = duet_buf_printf(buf, "%s: %s\r\n", trailers->name,
				     trailers->value);
	if (rc == DUET_OK)
		rc = duet_buf_add_str(buf, "\r\n");
	if (rc == DUET_OK)
		return DUET_OK;
	buf->end = buf->begin + held; /* nothing is sent */
	return buf_failed(rc, err);
}

int duet_h1_send_end(struct duet_h1 *h1, uint64_t stream,
		     const struct duet_header *trailers, struct duet_error *err)
{
	struct duet_h1_out *out = &h1->out;
	bool unknown = out->framing == DUET_H1_CHUNKED ||
		       out->framing == DUET_H1_RAW ||
		       out->framing == DUET_H1_UNSENT;
	int rc;

	/* A message without a body ended with its head, maybe long ago. */
	if (out->by_itself && stream == h1->stream && trailers == NULL) {
		out->by_itself = false;
		return DUET_OK;
	}
	rc = check_turn(h1, stream, err);
	if (rc == DUET_OK)
		rc = duet_outgoing_trailers(trailers, err);
	if (rc != DUET_OK)
		return rc;
	if (trailers != NULL && (!unknown || h1->tunnel))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "trailers need a body of unknown length");
	if (out->framing == DUET_H1_LENGTH && out->left > 0)
		return duet_error_set(err, DUET_E_STATE,
				      "%llu bytes of content_length are missing",
				      (unsigned long long)out->left);
	out->lent = 0;
	if (out->framing == DUET_H1_CHUNKED && out->state == DUET_H1_OUT_BODY)
		rc = add_last_chunk(&out->buf, trailers, err);
	if (rc != DUET_OK)
		return rc;
	out->state = DUET_H1_OUT_DONE;
	out->by_itself = false;
	duet_h1_settle(h1);
	return DUET_OK;
}

void duet_h1_send_abort(struct duet_h1 *h1, uint64_t stream)
{
	if (!h1->active || stream != h1->stream ||
	    (h1->out.state == DUET_H1_OUT_DONE && h1->out.borrowed.len == 0))
		return;
	h1->out.state = DUET_H1_OUT_CUT;
	duet_h1_give_up_borrowed(h1);
	h1->out.by_itself = false;
	h1->out.lent = 0;
	h1->cut = true;
	h1->keep = false;
	/* Nobody will want to know what else comes. */
	h1->in.at = h1->in.end;
	duet_h1_recv_end(h1, DUET_CUT_LOCAL, false);
}
