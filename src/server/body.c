/* SPDX-License-Identifier: MIT */
/*
 * The body of a request, on its way to the handler: collected, or streamed.
 *
 * What has come and is not wanted yet is held where the engine put it; as long
 * as it is, nothing more is pulled or read, and so the peer is paused. In
 * HTTP/2 that would pause other streams: there it is kept, at most a window of
 * it, and what is kept is missing in the window (RFC 9113 s5.2).
 */
#include "base/buf.h"
#include "base/error.h"
#include "server/server_int.h"

/* Of what is kept, so much is no longer held. */
static void release(struct duet_exchange *x)
{
	size_t kept = duet_buf_len(&x->kept);
	size_t n = kept - x->held.len;

	if (kept == 0 || n == 0)
		return;
	/* The memory stays: its taker may still be looking at it. */
	duet_buf_consume(&x->kept, n);
	duet_conn_release(x->connection->conn, x->stream, n);
	x->held = duet_buf_bytes(&x->kept);
}

void duet_body_discard(struct duet_exchange *x)
{
	x->intake = DUET_INTAKE_DISCARD;
	x->held.len = 0;
	if (x->connection != NULL)
		release(x);
	x->resumed = false;
	duet_buf_done(&x->body);
}

static void refuse(struct duet_exchange *x, int status, int code,
		   const char *words)
{
	struct duet_error why;

	(void)duet_error_set(&why, code, "%s", words);
	duet_exchange_note(x, DUET_CUT_NONE, DUET_SIDE_NONE, &why);
	duet_exchange_take_back(x);
	duet_reply_ours(x, status);
}

static void too_large(struct duet_exchange *x)
{
	refuse(x, 413, DUET_E_LIMIT,
	       "the body of the request is larger than its handler takes");
}

static void hand_over(struct duet_exchange *x, struct duet_bytes body)
{
	struct duet_buf kept = x->body;

	/* The callback may reply, which forgets the body. */
	duet_buf_init(&x->body, 0);
	x->intake = DUET_INTAKE_DISCARD;
	x->body_fn.all(x, body, x->body_arg);
	duet_exchange_check(x, false);
	duet_buf_done(&kept);
}

static void collect(struct duet_exchange *x, struct duet_bytes data)
{
	int rc;

	/* All of it in one piece: no need to keep it. In HTTP/2 the length is
	 * no evidence; END_STREAM is, and the rest of it may be at hand. */
	if ((!x->connection->multiplexed || x->request == DUET_REQUEST_WHOLE) &&
	    duet_exchange_unread(x) == 0 && duet_buf_len(&x->body) == 0 &&
	    data.len <= x->body.max) {
		hand_over(x, data);
		return;
	}
	rc = duet_buf_add(&x->body, data.data, data.len);
	if (rc == DUET_E_LIMIT)
		too_large(x);
	else if (rc != DUET_OK)
		refuse(x, 503, rc, "no memory for the body of the request");
}

static void deliver(struct duet_exchange *x)
{
	struct duet_bytes part = x->held;
	size_t taken;

	x->resumed = false;
	taken = x->body_fn.part(x, part, false, x->body_arg);
	if (x->intake != DUET_INTAKE_STREAM)
		return; /* a reply or an abort has ended it */
	if (taken > part.len)
		taken = part.len;
	x->held.data = (const uint8_t *)part.data + taken;
	x->held.len = part.len - taken;
}

static void take(struct duet_exchange *x)
{
	struct duet_bytes data = x->held;

	switch (x->intake) {
	case DUET_INTAKE_UNASKED:
		break;
	case DUET_INTAKE_ALL:
		x->held.len = 0;
		collect(x, data);
		break;
	case DUET_INTAKE_STREAM:
		deliver(x);
		break;
	case DUET_INTAKE_DISCARD:
		x->held.len = 0;
		break;
	}
}

/* Part of what the engine has just told must outlive the next event. */
static void keep(struct duet_exchange *x, struct duet_bytes part)
{
	int rc = duet_buf_add(&x->kept, part.data, part.len);

	if (rc != DUET_OK) {
		x->held.len = 0;
		refuse(x, 503, rc, "no memory for the body of the request");
		return;
	}
	duet_conn_hold(x->connection->conn, x->stream, part.len);
	x->held = duet_buf_bytes(&x->kept);
}

void duet_body_data(struct duet_exchange *x, struct duet_bytes data)
{
	x->received += data.len;
	if (duet_buf_len(&x->kept) > 0) {
		keep(x, data);
		return;
	}
	x->held = data;
	take(x);
	if (x->connection->multiplexed && x->held.len > 0)
		keep(x, x->held);
}

/* Take what is kept, and its end if that has come too. */
static void take_kept(struct duet_exchange *x)
{
	take(x);
	if (!x->connection->multiplexed)
		return;
	release(x);
	if (x->held.len > 0)
		return;
	duet_buf_done(&x->kept);
	if (x->request == DUET_REQUEST_WHOLE)
		duet_body_end(x);
}

void duet_body_offer(struct duet_exchange *x)
{
	x->resumed = false;
	if (x->intake == DUET_INTAKE_ALL &&
	    duet_exchange_unread(x) > (int64_t)x->body.max)
		too_large(x); /* RFC 9110 s10.1.1: before it is sent at all */
	else if (x->held.len > 0)
		take_kept(x);
	else if (x->request == DUET_REQUEST_WHOLE)
		duet_body_end(x);
}

void duet_body_end(struct duet_exchange *x)
{
	if (x->held.len > 0)
		return; /* not before the rest of it is taken */
	if (x->intake == DUET_INTAKE_ALL) {
		hand_over(x, duet_buf_bytes(&x->body));
	} else if (x->intake == DUET_INTAKE_STREAM) {
		(void)x->body_fn.part(x, (struct duet_bytes){ "", 0 }, true,
				      x->body_arg);
		if (x->intake == DUET_INTAKE_STREAM)
			x->intake = DUET_INTAKE_DISCARD;
		duet_exchange_check(x, false);
	}
}

/* The client may be waiting for a sign that its body is welcome (RFC 9110
 * s10.1.1). Only a handler that wants the body knows that it is. */
static int welcome(struct duet_exchange *x)
{
	struct duet_connection *c = x->connection;
	int rc = DUET_OK;

	if (x->head->expect_continue && !x->continued && x->received == 0) {
		rc = duet_conn_reply(c->conn, x->stream,
				     DUET_HEAD(.status = 100), NULL);
		x->continued = rc == DUET_OK;
	}
	return rc;
}

/* The driver offers what has come so far. */
static void wake(struct duet_exchange *x)
{
	x->resumed = true;
	duet_connection_wake(x->connection);
}

static int check(const struct duet_exchange *x, bool has_fn)
{
	int rc = duet_exchange_usable(x);

	if (rc != DUET_OK)
		return rc;
	if (x->intake != DUET_INTAKE_UNASKED)
		return DUET_E_STATE;
	return has_fn ? DUET_OK : DUET_E_ARGUMENT;
}

int duet_body_all(struct duet_exchange *exchange, uint64_t max,
		  duet_body_fn *fn, void *arg)
{
	int rc = check(exchange, fn != NULL);
	size_t cap = max < INT64_MAX ? (size_t)max : (size_t)INT64_MAX;

	if (rc == DUET_OK && duet_exchange_unread(exchange) <= (int64_t)cap)
		rc = welcome(exchange);
	if (rc != DUET_OK)
		return rc;
	exchange->intake = DUET_INTAKE_ALL;
	exchange->body_fn.all = fn;
	exchange->body_arg = arg;
	duet_buf_init(&exchange->body, cap);
	wake(exchange);
	return DUET_OK;
}

int duet_body_stream(struct duet_exchange *exchange, duet_body_part_fn *fn,
		     void *arg)
{
	int rc = check(exchange, fn != NULL);

	if (rc == DUET_OK)
		rc = welcome(exchange);
	if (rc != DUET_OK)
		return rc;
	exchange->intake = DUET_INTAKE_STREAM;
	exchange->body_fn.part = fn;
	exchange->body_arg = arg;
	wake(exchange);
	return DUET_OK;
}

void duet_body_resume(struct duet_exchange *exchange)
{
	if (!exchange->gone && exchange->held.len > 0)
		wake(exchange);
}
