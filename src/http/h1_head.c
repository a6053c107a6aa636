/* SPDX-License-Identifier: MIT */
/*
 * Heads going out. They are written anew, line by line, after everything in
 * them has been checked: what is refused leaves no byte behind.
 */
#include <string.h>

#include "base/error.h"
#include "base/opts.h"
#include "base/str.h"
#include "http/h1_int.h"
#include "http/outgoing.h"

enum {
	OWN_LINES = 256, /* room for the fields that we add */
};

/* What the framing and connection lines of one head shall say. */
struct plan {
	enum duet_h1_out_framing framing;
	int64_t length; /* Content-Length; below 0: no such line */
	bool by_itself; /* no body follows */
	bool close;
	bool keep_alive; /* said aloud: for HTTP/1.0 */
	bool upgrade;
	bool te;
	bool expect;
};

/* Room is there: reserve() has been called for all of it. */
static void put(struct duet_buf *buf, const char *text, size_t len)
{
	if (len > 0)
		memcpy(buf->data + buf->end, text, len);
	buf->end += len;
}

static void put_str(struct duet_buf *buf, const char *text)
{
	put(buf, text, strlen(text));
}

static void put_number(struct duet_buf *buf, uint64_t value)
{
	char text[DUET_U64_BYTES];

	put(buf, text, duet_u64_text(text, value));
}

static void put_connection(struct duet_buf *buf, const struct plan *plan)
{
	const char *before = "Connection: ";
	const struct {
		bool on;
		const char *option;
	} options[] = {
		{ plan->close, "close" },
		{ plan->keep_alive, "keep-alive" },
		{ plan->upgrade, "upgrade" },
		{ plan->te, "te" },
	};
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!options[i].on)
			continue;
		put_str(buf, before);
		put_str(buf, options[i].option);
		before = ", ";
	}
	if (*before == ',')
		put_str(buf, "\r\n");
}

/* All lines but the first, and the empty one. */
static void put_fields(struct duet_buf *buf, const struct duet_head *head,
		       struct duet_bytes prepared, const struct plan *plan)
{
	const struct duet_header *field;

	for (field = head->headers; field != NULL && field->name != NULL;
	     field++) {
		put_str(buf, field->name);
		put_str(buf, ": ");
		put_str(buf, field->value);
		put_str(buf, "\r\n");
	}
	put(buf, prepared.data, prepared.len);
	if (plan->length >= 0) {
		put_str(buf, "Content-Length: ");
		put_number(buf, (uint64_t)plan->length);
		put_str(buf, "\r\n");
	}
	if (plan->framing == DUET_H1_CHUNKED)
		put_str(buf, "Transfer-Encoding: chunked\r\n");
	if (plan->expect)
		put_str(buf, "Expect: 100-continue\r\n");
	put_connection(buf, plan);
	put_str(buf, "\r\n");
}

static int reserve(struct duet_h1 *h1, size_t size, struct duet_error *err)
{
	int rc;

	h1->out.lent = 0;
	if (size > DUET_H1_HEAD_ROOM)
		return duet_error_set(err, DUET_E_LIMIT,
				      "a head of more than %d bytes",
				      DUET_H1_HEAD_ROOM);
	rc = duet_buf_reserve(&h1->out.buf, size + OWN_LINES);
	if (rc == DUET_E_NOMEM)
		return duet_error_nomem(err);
	if (rc != DUET_OK)
		return duet_error_set(err, DUET_E_LIMIT,
				      "too much waits to be sent before this head");
	return DUET_OK;
}

static void begin_output(struct duet_h1 *h1, const struct plan *plan)
{
	struct duet_h1_out *out = &h1->out;

	out->framing = plan->framing;
	out->left =
		plan->framing == DUET_H1_LENGTH ? (uint64_t)plan->length : 0;
	out->by_itself = plan->by_itself;
	out->state = plan->by_itself ? DUET_H1_OUT_DONE : DUET_H1_OUT_BODY;
}

/* Requests */

int duet_h1_check_request(const struct duet_head *head, struct duet_error *err)
{
	struct duet_outgoing out;

	return duet_outgoing_request(head, &out, err);
}

static int check_client(const struct duet_h1 *h1, struct duet_error *err)
{
	if (h1->active)
		return duet_error_set(err, DUET_E_STATE,
				      "stream %llu is still under way on this connection",
				      (unsigned long long)h1->stream);
	if (h1->in.state != DUET_H1_IN_HEAD_LINES || !h1->keep ||
	    h1->in.ended != DUET_CUT_NONE || h1->in.at < h1->in.end)
		return duet_error_set(err, DUET_E_GONE,
				      "the connection is over; open another one");
	return DUET_OK;
}

static void plan_request(const struct duet_h1 *h1, const struct duet_head *head,
			 struct plan *plan)
{
	plan->framing = DUET_H1_LENGTH;
	plan->length = head->content_length;
	if (head->content_length == DUET_LENGTH_UNKNOWN) {
		plan->framing = DUET_H1_CHUNKED;
	} else if (head->content_length == 0) {
		plan->framing = DUET_H1_EMPTY;
		plan->by_itself = true;
		if (!duet_outgoing_expects_content(head->method))
			plan->length = -1;
	}
	plan->close = head->close || h1->drain ||
		      h1->stream + 1 >= h1->limits.requests;
	plan->expect = head->expect_continue && !plan->by_itself;
	plan->upgrade = plan->upgrade && !plan->close;
}

int duet_h1_request(struct duet_h1 *h1, const struct duet_head *given,
		    uint64_t *ret_stream, struct duet_error *err)
{
	struct plan plan = { .by_itself = false };
	struct duet_buf *buf = &h1->out.buf;
	struct duet_outgoing out = { .bytes = 0 };
	struct duet_head head;
	int rc;

	rc = duet_opts_copy(&head, sizeof(head), given, "duet_head", err);
	if (rc == DUET_OK)
		rc = check_client(h1, err);
	if (rc == DUET_OK)
		rc = duet_outgoing_request(&head, &out, err);
	if (rc == DUET_OK)
		rc = reserve(h1,
			     out.bytes + strlen(head.method) +
				     strlen(head.target),
			     err);
	if (rc != DUET_OK)
		return rc;
	plan.upgrade = out.upgrade;
	plan.te = out.te;
	plan_request(h1, &head, &plan);
	put_str(buf, head.method);
	put_str(buf, " ");
	put_str(buf, head.target);
	put_str(buf, " HTTP/1.1\r\n");
	put_fields(buf, &head, (struct duet_bytes){ NULL, 0 }, &plan);

	h1->stream++;
	h1->active = true;
	h1->in.interims = 0;
	if (plan.close)
		h1->keep = false;
	h1->asked.head = strcmp(head.method, "HEAD") == 0;
	h1->asked.connect = strcmp(head.method, "CONNECT") == 0;
	h1->asked.upgrade = plan.upgrade;
	duet_h1_begin_head(h1);
	begin_output(h1, &plan);
	*ret_stream = h1->stream;
	return DUET_OK;
}

/* Replies */

static int check_turn(const struct duet_h1 *h1, uint64_t stream,
		      struct duet_error *err)
{
	if (h1->in.hard != DUET_CUT_NONE || h1->in.state >= DUET_H1_IN_OVER)
		return duet_error_set(err, DUET_E_GONE,
				      "the peer has left before the reply");
	if (!h1->active || stream != h1->stream)
		return duet_error_set(err, DUET_E_STATE,
				      "stream %llu is not under way",
				      (unsigned long long)stream);
	if (h1->out.state != DUET_H1_OUT_HEAD)
		return duet_error_set(err, DUET_E_STATE,
				      "stream %llu has its reply already",
				      (unsigned long long)stream);
	return DUET_OK;
}

static bool switches(const struct duet_h1 *h1, const struct duet_head *head)
{
	return head->status == 101 ||
	       (h1->asked.connect && head->status / 100 == 2);
}

static int check_switch(const struct duet_h1 *h1, const struct duet_head *head,
			struct duet_error *err)
{
	if (!switches(h1, head))
		return DUET_OK;
	if (head->status == 101 && !h1->asked.upgrade)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a 101 reply to a request that asked for no upgrade");
	if (!duet_h1_in_is_whole(h1))
		return duet_error_set(err, DUET_E_STATE,
				      "the request is to be read to its end before a switch");
	return DUET_OK;
}

/* Framing by status and method: RFC 9110 s6.4.1, RFC 9112 s6.1 and s6.3. */
static void plan_body(const struct duet_h1 *h1, const struct duet_head *head,
		      struct plan *plan)
{
	bool unknown = head->content_length == DUET_LENGTH_UNKNOWN;

	plan->length = head->content_length;
	if (head->status < 200 || head->status == 204) {
		plan->framing = DUET_H1_EMPTY;
		plan->length = -1;
	} else if (head->status == 304) {
		/* 0 here is "not told": it would be the length of the 200. */
		plan->framing = DUET_H1_EMPTY;
		if (head->content_length == 0)
			plan->length = -1;
	} else if (h1->asked.head) {
		plan->framing = DUET_H1_UNSENT;
	} else if (unknown) {
		plan->framing = h1->minor >= 1 ? DUET_H1_CHUNKED : DUET_H1_RAW;
	} else {
		plan->framing = head->content_length > 0 ? DUET_H1_LENGTH
							 : DUET_H1_EMPTY;
	}
	plan->by_itself = plan->framing == DUET_H1_EMPTY ||
			  plan->framing == DUET_H1_UNSENT;
}

static void plan_reply(const struct duet_h1 *h1, const struct duet_head *head,
		       struct plan *plan)
{
	const struct duet_h1_in *in = &h1->in;

	if (switches(h1, head)) {
		plan->framing = DUET_H1_RAW;
		plan->length = -1;
		plan->upgrade = head->status == 101;
		return;
	}
	plan_body(h1, head, plan);
	/* RFC 9112 s9.3, s9.6. A body that is still to come may be read off
	 * before done(), which ends the connection otherwise; but who waits to
	 * be asked for it may never send it (RFC 9110 s10.1.1). What comes
	 * after a CONNECT may be meant for the tunnel it did not get. */
	plan->close = head->close || !h1->keep || h1->drain ||
		      plan->framing == DUET_H1_RAW || h1->asked.connect ||
		      (h1->asks_continue && !duet_h1_in_is_whole(h1)) ||
		      (in->ended != DUET_CUT_NONE && in->at == in->end);
	plan->keep_alive = !plan->close && h1->minor == 0;
}

static void put_status_line(struct duet_buf *buf, const struct duet_head *head)
{
	put_str(buf, "HTTP/1.1 ");
	put_number(buf, (uint64_t)head->status);
	put_str(buf, " ");
	put_str(buf, head->reason != NULL ? head->reason
					  : duet_status_reason(head->status));
	put_str(buf, "\r\n");
}

int duet_h1_reply(struct duet_h1 *h1, uint64_t stream,
		  const struct duet_head *given, struct duet_error *err)
{
	return duet_h1_reply_prepared(h1, stream, given, NULL, err);
}

int duet_h1_reply_prepared(struct duet_h1 *h1, uint64_t stream,
			   const struct duet_head *given,
			   const struct duet_prepared *prepared,
			   struct duet_error *err)
{
	struct duet_bytes more = duet_prepared_text(prepared);
	struct plan plan = { .length = -1 };
	struct duet_outgoing out = { .bytes = 0 };
	struct duet_head head;
	bool interim;
	int rc;

	rc = duet_opts_copy(&head, sizeof(head), given, "duet_head", err);
	if (rc == DUET_OK)
		rc = check_turn(h1, stream, err);
	if (rc == DUET_OK)
		rc = duet_outgoing_reply(&head, &out, err);
	if (rc == DUET_OK)
		rc = check_switch(h1, &head, err);
	if (rc == DUET_OK)
		rc = reserve(h1,
			     out.bytes + more.len + duet_str(head.reason).len,
			     err);
	if (rc != DUET_OK)
		return rc;
	plan.upgrade = out.upgrade;
	plan.te = out.te;
	interim = head.status < 200 && head.status != 101;
	/* RFC 9110 s15.2: never to a client of HTTP/1.0 */
	if (interim && h1->minor == 0)
		return DUET_OK;
	put_status_line(&h1->out.buf, &head);
	if (interim) {
		plan.upgrade = false;
		if (head.status == 100)
			h1->asks_continue = false;
		put_fields(&h1->out.buf, &head, more, &plan);
		return DUET_OK;
	}
	plan_reply(h1, &head, &plan);
	put_fields(&h1->out.buf, &head, more, &plan);
	h1->asks_continue = false;
	if (plan.close)
		h1->keep = false;
	if (switches(h1, &head)) {
		h1->tunnel = true;
		h1->keep = false;
	}
	begin_output(h1, &plan);
	return DUET_OK;
}
