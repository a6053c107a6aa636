/* SPDX-License-Identifier: MIT */
/* What frames mean, and telling it: see the states in h2_int.h. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "http/framing.h"
#include "http/h2_int.h"

enum {
	/* A block that goes on after it was refused is decoded for the sake of
	 * those that follow, up to so many times the limit. */
	BLOCK_PATIENCE = 4,
	WORDS_BYTES = 160,
	LINE_COST = 4, /* ": " and CR LF, as if it were HTTP/1.1 */
};

/* ---- field blocks ---- */

int duet_h2_on_block(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	s->filling = NULL;
	if (s->in == DUET_H2_IN_HEAD) {
		s->filling = &s->msg;
	} else if (s->in == DUET_H2_IN_BODY && s->trailers == NULL) {
		s->trailers = duet_mem_alloc(sizeof(*s->trailers));
		if (s->trailers == NULL)
			return DUET_E_NOMEM;
		duet_h2_block_init(s->trailers,
				   (size_t)h2->limits.head_bytes * 3);
		s->filling = s->trailers;
	}
	duet_h2_heard(h2, s);
	return DUET_OK;
}

static void refuse_line(struct duet_h2_block *block, int32_t status,
			const char *limit)
{
	block->fault = status;
	block->limit = limit;
}

/* Whether a line is kept; else it is said why not. */
static bool is_within(struct duet_h2 *h2, struct duet_h2_block *block,
		      struct duet_bytes name, struct duet_bytes value)
{
	const struct duet_limits *limits = &h2->limits;
	size_t line = name.len + value.len + LINE_COST;
	bool pseudo = name.len > 0 && *(const char *)name.data == ':';

	block->bytes += line;
	if (block->fault != 0) {
		if (block->bytes > (size_t)limits->head_bytes * BLOCK_PATIENCE)
			duet_h2_fail(h2, DUET_H2_ENHANCE_YOUR_CALM,
				     DUET_E_LIMIT,
				     "a field block is many times as long as a head may be (limit head_bytes)");
		return false;
	}
	if (line > limits->line_bytes)
		refuse_line(block, pseudo ? 414 : 431, "line_bytes");
	else if (block->bytes > limits->head_bytes)
		refuse_line(block, 431, "head_bytes");
	else if (!pseudo && ++block->count > limits->headers)
		refuse_line(block, 431, "headers");
	return block->fault == 0;
}

/* Of a request, however much of its head is kept: a refusal without its body
 * (RFC 9110 s9.3.2) is an answer, too. */
static void note_method(const struct duet_h2 *h2, struct duet_h2_stream *s,
			struct duet_bytes name, struct duet_bytes value)
{
	if (h2->role == DUET_ROLE_SERVER && s->filling == &s->msg &&
	    duet_bytes_eq(name, ":method"))
		s->head_asked = duet_bytes_eq(value, "HEAD");
}

int duet_h2_on_field(struct duet_h2 *h2, struct duet_h2_stream *s,
		     struct duet_bytes name, struct duet_bytes value)
{
	struct duet_h2_block *block = s->filling;
	int rc;

	note_method(h2, s, name, value);
	if (block == NULL || h2->failed || !is_within(h2, block, name, value))
		return DUET_OK;
	/* Both have a NUL behind them (nghttp2's word). */
	rc = duet_buf_add(&block->text, name.data, name.len + 1);
	if (rc == DUET_OK)
		rc = duet_buf_add(&block->text, value.data, value.len + 1);
	if (rc == DUET_E_LIMIT) {
		refuse_line(block, 431, "head_bytes");
		return DUET_OK;
	}
	return rc;
}

static void refuse(struct duet_h2 *h2, struct duet_h2_stream *s, int rc,
		   const struct duet_fault *fault)
{
	bool server = h2->role == DUET_ROLE_SERVER;
	enum duet_cut cut =
		rc == DUET_E_NOMEM ? DUET_CUT_LOCAL : DUET_CUT_PROTOCOL;

	duet_h2_cut_in(h2, s, cut, fault->status, rc, fault->err->text);
	if (server)
		return;
	duet_h2_session_reset(h2, s, DUET_H2_PROTOCOL_ERROR);
	duet_h2_cut_out(h2, s, cut, rc, fault->err->text);
}

static int on_request(struct duet_h2 *h2, struct duet_h2_stream *s, bool end)
{
	struct duet_error err;
	struct duet_fault fault = { &err, 0 };
	int rc = duet_h2_read_request(h2, &s->msg, end, &fault);

	h2->last = (uint64_t)s->id;
	if (h2->n_begun >= h2->limits.requests)
		duet_h2_drain(h2);
	/* A peer that does not answer the PING has had time enough. */
	if (!h2->last_said &&
	    h2->n_begun >= (uint64_t)h2->limits.requests + h2->limits.streams)
		duet_h2_session_goaway(h2);
	s->out = DUET_H2_OUT_HEAD;
	if (rc != DUET_OK) {
		refuse(h2, s, rc, &fault);
		return DUET_OK;
	}
	s->asks_continue = s->msg.head.expect_continue;
	s->in = DUET_H2_IN_BODY;
	duet_h2_make_due(h2, s);
	duet_h2_earn(h2, 4); /* its priority, its windows */
	return DUET_OK;
}

/* A 1xx head is put aside, and the final one begins anew. */
static int put_interim(struct duet_h2_stream *s)
{
	struct duet_h2_block **last = &s->interims;
	struct duet_h2_block *block = duet_mem_alloc(sizeof(*block));

	if (block == NULL)
		return DUET_E_NOMEM;
	*block = s->msg;
	block->next = NULL;
	duet_h2_block_init(&s->msg, block->text.max);
	while (*last != NULL)
		last = &(*last)->next;
	*last = block;
	return DUET_OK;
}

static int on_response(struct duet_h2 *h2, struct duet_h2_stream *s, bool end)
{
	struct duet_error err;
	struct duet_fault fault = { &err, 0 };
	int rc = duet_h2_read_response(h2, &s->msg, !end && !s->head_asked,
				       &fault);

	if (rc == DUET_OK && s->msg.head.status == 101)
		/* RFC 9113 s8.6 */
		rc = duet_fault_set(&fault, 502, "a 101 reply in HTTP/2");
	if (rc == DUET_OK && s->msg.head.status < 200 &&
	    ++s->n_interims > DUET_H2_INTERIMS)
		rc = duet_fault_set(&fault, 502,
				    "too many interim replies in a row (limit %d)",
				    DUET_H2_INTERIMS);
	if (rc != DUET_OK) {
		refuse(h2, s, rc, &fault);
		return DUET_OK;
	}
	duet_h2_make_due(h2, s);
	duet_h2_earn(h2, 4); /* the windows of its request */
	if (s->msg.head.status < 200) {
		s->waited_ms = 0; /* RFC 2518 s10.1: 102 buys time */
		return put_interim(s);
	}
	s->in = DUET_H2_IN_BODY;
	return DUET_OK;
}

/* RFC 9110 s6.5.1, as strictly as HTTP/1.1 does. */
static int check_trailers(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	const struct duet_header *field = s->trailers->fields.list;
	char quote[DUET_QUOTE_BYTES];
	struct duet_error err;
	struct duet_fault fault = { &err, 400 };
	int rc;

	for (; field != NULL && field->name != NULL; field++) {
		if (!duet_framing_is_head_only(field->name))
			continue;
		rc = duet_fault_set(&fault, 400, "the field '%s' is no trailer",
				    duet_fault_quote(quote,
						     duet_str(field->name)));
		refuse(h2, s, rc, &fault);
		break;
	}
	return DUET_OK;
}

static int on_trailers(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	struct duet_error err;
	struct duet_fault fault = { &err, 431 };
	int rc;

	if (s->trailers->fault == 0) {
		rc = duet_h2_list(s->trailers);
		return rc == DUET_OK ? check_trailers(h2, s) : rc;
	}
	rc = duet_fault_set(&fault, 431, "the trailers are longer than %s (%u)",
			    s->trailers->limit, h2->limits.head_bytes);
	refuse(h2, s, rc, &fault);
	return DUET_OK;
}

int duet_h2_on_block_end(struct duet_h2 *h2, struct duet_h2_stream *s, bool end)
{
	int rc = DUET_OK;

	if (s->filling == NULL)
		return DUET_OK;
	if (s->filling == s->trailers)
		rc = on_trailers(h2, s);
	else if (h2->role == DUET_ROLE_SERVER)
		rc = on_request(h2, s, end);
	else
		rc = on_response(h2, s, end);
	s->filling = NULL;
	if (rc == DUET_OK && end)
		duet_h2_on_end(h2, s);
	return rc;
}

/* ---- bodies ---- */

void duet_h2_on_data(struct duet_h2 *h2, struct duet_h2_stream *s,
		     struct duet_bytes data)
{
	struct duet_error err;
	struct duet_fault fault = { &err, 413 };
	int rc;

	duet_h2_heard(h2, s);
	if (s->in != DUET_H2_IN_BODY || data.len == 0)
		return;
	if (data.len > h2->limits.body_bytes - s->got) {
		rc = duet_fault_set(&fault, 413,
				    "the body is longer than body_bytes (%llu)",
				    (unsigned long long)h2->limits.body_bytes);
		refuse(h2, s, rc, &fault);
		return;
	}
	s->got += data.len;
	h2->data = data;
	h2->data_stream = s;
	duet_h2_make_due(h2, s);
}

void duet_h2_on_end(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	duet_h2_heard(h2, s);
	if (s->in != DUET_H2_IN_BODY)
		return;
	s->in = DUET_H2_IN_WHOLE;
	duet_h2_make_due(h2, s);
}

void duet_h2_on_sent(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	if (s->out == DUET_H2_OUT_CUT)
		return;
	s->out = DUET_H2_OUT_DONE;
	duet_h2_settle(h2, s);
}

/* ---- lengths ---- */

static void note_misfit(struct duet_h2_stream *s, enum duet_h2_misfit misfit,
			uint64_t bytes)
{
	if (s->misfit != DUET_H2_FITS)
		return;
	s->misfit = misfit;
	s->too_many = bytes;
}

/*
 * RFC 9113 s8.1.1: nghttp2 adds up DATA, too, and tells of a wrong sum by the
 * same PROTOCOL_ERROR as of any other fault. How much of a frame is padding is
 * not known yet: a body that is too long for certain only without it.
 */
void duet_h2_on_data_frame(struct duet_h2_stream *s, size_t len, bool padded,
			   bool end)
{
	uint64_t sum = s->got + len;
	uint64_t length = (uint64_t)s->msg.head.content_length;

	if (s->in != DUET_H2_IN_BODY || s->head_asked ||
	    s->msg.head.content_length == DUET_LENGTH_UNKNOWN)
		return;
	if (padded && len > 0) /* its length is a byte, too */
		sum--;
	if (sum > length && !padded)
		note_misfit(s, DUET_H2_TOO_LONG, sum);
	else if (sum < length && end)
		note_misfit(s, DUET_H2_TOO_SHORT, 0);
}

void duet_h2_on_early_trailers(struct duet_h2_stream *s)
{
	if (s->in == DUET_H2_IN_BODY)
		note_misfit(s, DUET_H2_TOO_SHORT, 0);
}

/* Clients that give up a request which is answered too soon for them end it
 * so. */
static void say_misfit(const struct duet_h2 *h2, const struct duet_h2_stream *s,
		       char words[WORDS_BYTES])
{
	bool is_answered =
		h2->role == DUET_ROLE_SERVER && s->head_sent &&
		(s->out == DUET_H2_OUT_ENDED || s->out == DUET_H2_OUT_DONE);
	const char *after = is_answered ? "; it had been answered before" : "";

	if (s->misfit == DUET_H2_TOO_LONG)
		(void)snprintf(words, WORDS_BYTES,
			       "the body is longer than its Content-Length says (%" PRId64
			       " bytes, its DATA at least %" PRIu64 ")%s",
			       s->msg.head.content_length, s->too_many, after);
	else
		(void)snprintf(words, WORDS_BYTES,
			       "the body is not as long as its Content-Length says (%" PRId64
			       " bytes, of which %" PRIu64 " had come)%s",
			       s->msg.head.content_length, s->got, after);
}

/* ---- streams that nghttp2 has done with ---- */

/* False, as nearly always: there is nothing to cut. */
static bool close_it(const struct duet_h2 *h2, struct duet_h2_stream *s)
{
	s->closed = true;
	/* Nobody need begin with what is not wanted any more. */
	if (h2->role == DUET_ROLE_SERVER && !s->head_told &&
	    s->in == DUET_H2_IN_WHOLE)
		s->in = DUET_H2_IN_BODY;
	return s->in < DUET_H2_IN_WHOLE || !duet_h2_out_is_over(s);
}

static void cut_both(struct duet_h2 *h2, struct duet_h2_stream *s,
		     enum duet_cut cut, int status, const char *words)
{
	duet_h2_cut_in(h2, s, cut, 0, status, words);
	duet_h2_cut_out(h2, s, cut, status, words);
}

static void cut_unseen(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	char words[WORDS_BYTES];

	s->unseen = true;
	(void)snprintf(words, sizeof(words),
		       "the peer left before this stream (GOAWAY, %s)",
		       duet_h2_code_name(h2->goaway));
	cut_both(h2, s, DUET_CUT_RESET, DUET_E_TRUNCATED, words);
}

void duet_h2_on_closed(struct duet_h2 *h2, struct duet_h2_stream *s,
		       uint32_t code)
{
	char words[WORDS_BYTES];

	if (!close_it(h2, s))
		return;
	if (h2->peer_leaves && !s->by_peer && code == DUET_H2_REFUSED_STREAM) {
		cut_unseen(h2, s);
		return;
	}
	s->unseen = s->by_peer && code == DUET_H2_REFUSED_STREAM;
	if (s->by_peer)
		(void)snprintf(words, sizeof(words),
			       "the peer reset the stream (%s)",
			       duet_h2_code_name(code));
	else if (s->misfit != DUET_H2_FITS && code == DUET_H2_PROTOCOL_ERROR)
		say_misfit(h2, s, words);
	else
		(void)snprintf(words, sizeof(words),
			       "the peer broke HTTP/2 on this stream (%s)",
			       duet_h2_code_name(code));
	cut_both(h2, s, s->by_peer ? DUET_CUT_RESET : DUET_CUT_PROTOCOL,
		 s->by_peer ? DUET_E_TRUNCATED : DUET_E_HTTP, words);
}

void duet_h2_on_unsent(struct duet_h2 *h2, struct duet_h2_stream *s,
		       const char *why)
{
	char words[WORDS_BYTES];

	if (!close_it(h2, s))
		return;
	if (h2->peer_leaves) {
		cut_unseen(h2, s);
		return;
	}
	(void)snprintf(words, sizeof(words), "our head could not be sent: %s",
		       why);
	cut_both(h2, s, DUET_CUT_LOCAL, DUET_E_HTTP, words);
}

/* ---- telling ---- */

static void tell(const struct duet_h2_stream *s, struct duet_event *ev,
		 enum duet_event_type type)
{
	ev->type = type;
	ev->stream = (uint64_t)s->id;
}

static void tell_interim(struct duet_h2 *h2, struct duet_h2_stream *s,
			 struct duet_event *ev)
{
	h2->telling = s->interims;
	s->interims = h2->telling->next;
	tell(s, ev, DUET_EV_INTERIM);
	ev->head = &h2->telling->head;
}

static void tell_data(struct duet_h2 *h2, struct duet_h2_stream *s,
		      struct duet_event *ev)
{
	tell(s, ev, DUET_EV_DATA);
	ev->data = h2->data;
	h2->told = h2->data.len;
	h2->data.len = 0;
}

static void tell_end(struct duet_h2 *h2, struct duet_h2_stream *s,
		     struct duet_event *ev)
{
	s->in = DUET_H2_IN_TOLD;
	tell(s, ev, DUET_EV_END);
	ev->evidence = DUET_BY_END_STREAM;
	if (s->trailers != NULL && s->trailers->fields.count > 0)
		ev->trailers = s->trailers->fields.list;
	duet_h2_settle(h2, s);
}

static int copy_why(const struct duet_h2_stream *s, struct duet_error *err)
{
	if (s->why != NULL && s->why->code == s->code)
		return duet_error_copy(err, s->why);
	return duet_error_set(err, s->code, "the stream was cut");
}

static int tell_aborted(struct duet_h2 *h2, struct duet_h2_stream *s,
			struct duet_event *ev, struct duet_error *err)
{
	s->in = DUET_H2_IN_ABORTED;
	tell(s, ev, DUET_EV_ABORTED);
	ev->cut = s->cut;
	/* Nothing is wrong with its head but how much would follow. */
	if (s->status == 413)
		ev->head = &s->msg.head;
	if (s->out == DUET_H2_OUT_HEAD && !s->closed)
		ev->status = s->status;
	ev->unprocessed = h2->role == DUET_ROLE_CLIENT && s->unseen;
	duet_h2_settle(h2, s);
	return copy_why(s, err);
}

static int tell_cancelled(struct duet_h2_stream *s, struct duet_event *ev,
			  struct duet_error *err)
{
	s->cancelled = false;
	tell(s, ev, DUET_EV_CANCELLED);
	ev->cut = s->cut;
	return copy_why(s, err);
}

/* The next thing a stream has to tell; ev->type stays 0 if there is none. */
static int tell_one(struct duet_h2 *h2, struct duet_h2_stream *s,
		    struct duet_event *ev, struct duet_error *err)
{
	bool has_head = s->in == DUET_H2_IN_BODY || s->in == DUET_H2_IN_WHOLE;

	if (s->interims != NULL) {
		tell_interim(h2, s, ev);
	} else if (has_head && !s->head_told) {
		s->head_told = true;
		tell(s, ev, DUET_EV_HEAD);
		ev->head = &s->msg.head;
	} else if (h2->data_stream == s && h2->data.len > 0) {
		tell_data(h2, s, ev);
	} else if (s->in == DUET_H2_IN_WHOLE) {
		tell_end(h2, s, ev);
	} else if (s->in == DUET_H2_IN_CUT) {
		return tell_aborted(h2, s, ev, err);
	} else if (s->cancelled) {
		return tell_cancelled(s, ev, err);
	}
	return DUET_OK;
}

static int tell_due(struct duet_h2 *h2, struct duet_event *ev,
		    struct duet_error *err)
{
	struct duet_h2_stream *s;
	int rc;

	while ((s = h2->due_first) != NULL) {
		rc = tell_one(h2, s, ev, err);
		if (ev->type != 0)
			return rc;
		h2->due_first = s->next_due;
		if (h2->due_first == NULL)
			h2->due_last = NULL;
		s->next_due = NULL;
		s->queued = false;
	}
	return DUET_OK;
}

static int tell_closed(struct duet_h2 *h2, struct duet_event *ev,
		       enum duet_cut cut, struct duet_error *err)
{
	h2->silent = true;
	ev->type = DUET_EV_CLOSED;
	ev->cut = cut;
	if (!h2->failed || h2->why == NULL)
		return DUET_OK;
	return duet_error_copy(err, h2->why);
}

/* Nothing is left that could happen on this connection. */
static bool is_over(const struct duet_h2 *h2)
{
	if (h2->failed || h2->hard)
		return true;
	if (h2->n_streams > 0)
		return false;
	return h2->ended != DUET_CUT_NONE || h2->peer_leaves || h2->last_said ||
	       (h2->draining && h2->role == DUET_ROLE_CLIENT);
}

/* The last event has been looked at. */
static void forget_told(struct duet_h2 *h2)
{
	if (h2->told > 0) {
		duet_h2_session_credit(h2, h2->data_stream, h2->told);
		h2->told = 0;
	}
	duet_h2_block_free(h2->telling);
	h2->telling = NULL;
	duet_h2_free_over(h2);
}

int duet_h2_next(struct duet_h2 *h2, struct duet_event *ret_event,
		 struct duet_error *err)
{
	int rc = DUET_OK;

	memset(ret_event, 0, sizeof(*ret_event));
	ret_event->size = sizeof(*ret_event);
	if (h2->silent)
		return DUET_EOF;
	forget_told(h2);
	duet_h2_check_time(h2);
	for (;;) {
		rc = tell_due(h2, ret_event, err);
		if (ret_event->type != 0)
			return rc;
		if (is_over(h2))
			return tell_closed(h2, ret_event,
					   h2->failed ? DUET_CUT_PROTOCOL
						      : h2->ended,
					   err);
		if (h2->at == h2->end && !h2->paused)
			break;
		if (duet_h2_session_feed(h2) != DUET_OK)
			duet_h2_recv_end(h2, DUET_CUT_LOCAL);
	}
	/* What nghttp2 objects to shows in the frames that it makes. */
	if (duet_h2_session_fill(h2) != DUET_OK)
		duet_h2_recv_end(h2, DUET_CUT_LOCAL);
	duet_h2_cut_stuck(h2);
	if (h2->due_first != NULL || is_over(h2))
		return duet_h2_next(h2, ret_event, err);
	h2->starved = true;
	duet_h2_wait(h2);
	return DUET_WANT_READ;
}
