/* SPDX-License-Identifier: MIT */
/* Messages in, frames out: see the states in h2_int.h. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/opts.h"
#include "base/str.h"
#include "http/h2_int.h"
#include "http/outgoing.h"

enum {
	OWN_LINES = 6, /* four pseudo-header fields, a length, Expect */
	LINES_ON_STACK = 72,
};

/* A head on its way out: all of it borrowed until it has been submitted. */
struct lines {
	struct duet_header *list;
	size_t n;
	struct duet_header stack[LINES_ON_STACK];
	char status[DUET_U64_BYTES];
	char length[DUET_U64_BYTES];
};

static int begin_lines(struct lines *lines, size_t n_fields,
		       struct duet_error *err)
{
	lines->n = 0;
	lines->list = lines->stack;
	if (n_fields + OWN_LINES <= LINES_ON_STACK)
		return DUET_OK;
	lines->list =
		duet_mem_array(n_fields + OWN_LINES, sizeof(*lines->list));
	return lines->list != NULL ? DUET_OK : duet_error_nomem(err);
}

static void end_lines(struct lines *lines)
{
	if (lines->list != lines->stack)
		duet_mem_free(lines->list);
}

static void add_line(struct lines *lines, const char *name, const char *value)
{
	lines->list[lines->n].name = name;
	lines->list[lines->n++].value = value;
}

/* RFC 9113 s8.2.2: Upgrade has no meaning here, TE that of trailers only; Host
 * has become :authority. */
static bool is_left_out(const struct duet_header *field, bool request)
{
	if (duet_str_eq_nocase(field->name, "upgrade"))
		return true;
	if (!request)
		return false;
	return duet_str_eq_nocase(field->name, "host") ||
	       (duet_str_eq_nocase(field->name, "te") &&
		!duet_str_eq_nocase(field->value, "trailers"));
}

static void add_fields(struct lines *lines, const struct duet_head *head,
		       bool request)
{
	const struct duet_header *field;

	for (field = head->headers; field != NULL && field->name != NULL;
	     field++)
		if (!is_left_out(field, request))
			add_line(lines, field->name, field->value);
}

static void add_length(struct lines *lines, int64_t length)
{
	(void)duet_u64_text(lines->length, (uint64_t)length);
	add_line(lines, "content-length", lines->length);
}

/* Why the session did not take it. */
static int refused(int rc, struct duet_error *err)
{
	if (rc == DUET_E_NOMEM)
		return duet_error_nomem(err);
	return duet_error_set(err, DUET_E_GONE,
			      "the connection is over; open another one");
}

static void begin_body(struct duet_h2_stream *s, enum duet_h2_framing framing,
		       int64_t length)
{
	s->framing = framing;
	s->left = framing == DUET_H2_LENGTH ? (uint64_t)length : 0;
	s->by_itself = framing == DUET_H2_EMPTY || framing == DUET_H2_UNSENT;
	s->out = s->by_itself ? DUET_H2_OUT_ENDED : DUET_H2_OUT_BODY;
}

/* ---- requests ---- */

static const char *host_of(const struct duet_head *head)
{
	return duet_head_get(head, "host"); /* duet_outgoing_request() saw it */
}

static int put_request(struct duet_h2 *h2, struct duet_h2_stream *s,
		       const struct duet_head *head, struct lines *lines,
		       struct duet_error *err)
{
	bool connect = strcmp(head->method, "CONNECT") == 0;
	int32_t id;

	add_line(lines, ":method", head->method);
	if (!connect) {
		add_line(lines, ":scheme", h2->secure ? "https" : "http");
		add_line(lines, ":path", head->target);
	}
	add_line(lines, ":authority", connect ? head->target : host_of(head));
	add_fields(lines, head, true);
	if (head->content_length > 0 ||
	    (head->content_length == 0 &&
	     duet_outgoing_expects_content(head->method)))
		add_length(lines, head->content_length);
	if (head->expect_continue && head->content_length != 0)
		add_line(lines, "expect", "100-continue");
	id = duet_h2_session_request(h2, s, lines->list, lines->n,
				     s->by_itself);
	if (id <= 0)
		return refused(id, err);
	duet_h2_stream_name(h2, s, id);
	return DUET_OK;
}

int duet_h2_request(struct duet_h2 *h2, const struct duet_head *given,
		    uint64_t *ret_stream, struct duet_error *err)
{
	struct duet_outgoing out = { .bytes = 0 };
	struct duet_h2_stream *s;
	struct duet_head head;
	struct lines lines;
	int rc;

	rc = duet_opts_copy(&head, sizeof(head), given, "duet_head", err);
	if (rc == DUET_OK && !duet_h2_reusable(h2))
		rc = refused(DUET_E_GONE, err);
	if (rc == DUET_OK)
		rc = duet_outgoing_request(&head, &out, err);
	if (rc == DUET_OK && head.target[0] != '/' && head.target[0] != '*' &&
	    strcmp(head.method, "CONNECT") != 0)
		rc = duet_error_set(err, DUET_E_ARGUMENT,
				    "HTTP/2 has no absolute targets");
	if (rc == DUET_OK)
		rc = begin_lines(&lines, out.n_fields, err);
	if (rc != DUET_OK)
		return rc;
	s = duet_h2_stream_new(h2);
	if (s == NULL) {
		end_lines(&lines);
		return duet_error_nomem(err);
	}
	begin_body(s,
		   head.content_length == 0 ? DUET_H2_EMPTY
		   : head.content_length == DUET_LENGTH_UNKNOWN
			   ? DUET_H2_UNKNOWN
			   : DUET_H2_LENGTH,
		   head.content_length);
	s->head_asked = strcmp(head.method, "HEAD") == 0;
	s->asks_continue = false;
	rc = put_request(h2, s, &head, &lines, err);
	end_lines(&lines);
	if (rc != DUET_OK) {
		duet_h2_stream_free(h2, s);
		return rc;
	}
	h2->last = (uint64_t)s->id;
	*ret_stream = h2->last;
	if (head.close)
		duet_h2_drain(h2);
	return DUET_OK;
}

/* ---- replies ---- */

static int check_reply(const struct duet_h2 *h2, const struct duet_h2_stream *s,
		       uint64_t stream, struct duet_error *err)
{
	if (h2->silent || h2->hard || h2->failed)
		return duet_error_set(err, DUET_E_GONE,
				      "the peer has left before the reply");
	if (s == NULL || h2->role != DUET_ROLE_SERVER)
		return duet_error_set(err, DUET_E_STATE,
				      "stream %llu is not under way",
				      (unsigned long long)stream);
	if (s->closed || s->out == DUET_H2_OUT_CUT)
		return duet_error_set(err, DUET_E_GONE,
				      "the peer has reset stream %llu",
				      (unsigned long long)stream);
	if (s->out != DUET_H2_OUT_HEAD)
		return duet_error_set(err, DUET_E_STATE,
				      "stream %llu has its reply already",
				      (unsigned long long)stream);
	return DUET_OK;
}

/* Framing by status and method, as in h1_head.c; *ret_length below 0: it is
 * not told. */
static enum duet_h2_framing plan_body(const struct duet_h2_stream *s,
				      const struct duet_head *head,
				      int64_t *ret_length)
{
	*ret_length = head->content_length;
	if (head->status == 204) {
		*ret_length = -1;
		return DUET_H2_EMPTY;
	}
	if (head->status == 304) {
		if (head->content_length == 0)
			*ret_length = -1;
		return DUET_H2_EMPTY;
	}
	if (s->head_asked)
		return DUET_H2_UNSENT;
	if (head->content_length == DUET_LENGTH_UNKNOWN)
		return DUET_H2_UNKNOWN;
	return head->content_length > 0 ? DUET_H2_LENGTH : DUET_H2_EMPTY;
}

static int put_reply(struct duet_h2 *h2, struct duet_h2_stream *s,
		     const struct duet_head *head,
		     const struct duet_prepared *prepared, struct lines *lines)
{
	enum duet_h2_framing framing;
	int64_t length;
	int rc;

	(void)duet_u64_text(lines->status, (uint64_t)head->status);
	add_line(lines, ":status", lines->status);
	add_fields(lines, head, false);
	if (head->status < 200) {
		if (head->status == 100)
			s->asks_continue = false;
		return duet_h2_session_interim(h2, s, lines->list, lines->n,
					       prepared);
	}
	framing = plan_body(s, head, &length);
	if (length >= 0)
		add_length(lines, length);
	rc = duet_h2_session_head(h2, s, lines->list, lines->n, prepared,
				  framing == DUET_H2_EMPTY ||
					  framing == DUET_H2_UNSENT);
	if (rc != DUET_OK)
		return rc;
	s->asks_continue = false;
	begin_body(s, framing, length);
	if (head->close)
		duet_h2_drain(h2);
	return DUET_OK;
}

int duet_h2_reply(struct duet_h2 *h2, uint64_t stream,
		  const struct duet_head *given, struct duet_error *err)
{
	return duet_h2_reply_prepared(h2, stream, given, NULL, err);
}

int duet_h2_reply_prepared(struct duet_h2 *h2, uint64_t stream,
			   const struct duet_head *given,
			   const struct duet_prepared *prepared,
			   struct duet_error *err)
{
	struct duet_h2_stream *s = duet_h2_find(h2, stream);
	struct duet_outgoing out = { .bytes = 0 };
	struct duet_head head;
	struct lines lines;
	int rc;

	rc = duet_opts_copy(&head, sizeof(head), given, "duet_head", err);
	if (rc == DUET_OK)
		rc = check_reply(h2, s, stream, err);
	if (rc == DUET_OK)
		rc = duet_outgoing_reply(&head, &out, err);
	if (rc == DUET_OK && head.status == 101)
		/* RFC 9113 s8.6 */
		rc = duet_error_set(err, DUET_E_ARGUMENT,
				    "HTTP/2 has no 101 replies");
	if (rc == DUET_OK)
		rc = begin_lines(&lines, out.n_fields, err);
	if (rc != DUET_OK)
		return rc;
	rc = put_reply(h2, s, &head, prepared, &lines);
	end_lines(&lines);
	return rc == DUET_OK ? DUET_OK : refused(rc, err);
}

/* ---- bodies ---- */

/* Whether body bytes, or their end, may be sent on it. */
static int check_turn(const struct duet_h2 *h2, const struct duet_h2_stream *s,
		      uint64_t stream, struct duet_error *err)
{
	if (h2->silent || h2->hard || h2->failed)
		return duet_error_set(err, DUET_E_GONE,
				      "the connection is over; open another one");
	if (s == NULL)
		return duet_error_set(err, DUET_E_STATE,
				      "stream %llu is not under way",
				      (unsigned long long)stream);
	if (s->out == DUET_H2_OUT_CUT)
		return duet_error_set(err, DUET_E_GONE,
				      "stream %llu has been reset",
				      (unsigned long long)stream);
	if (s->out < DUET_H2_OUT_BODY)
		return duet_error_set(err, DUET_E_STATE,
				      "the reply's head comes before its body");
	if (s->out != DUET_H2_OUT_BODY && !s->by_itself)
		return duet_error_set(err, DUET_E_STATE,
				      "this message is already over");
	return DUET_OK;
}

static size_t send_room(const struct duet_h2 *h2,
			const struct duet_h2_stream *s)
{
	size_t most = h2->n_body < DUET_H2_SEND_MANY ? DUET_H2_SEND_ROOM
						     : DUET_H2_SEND_LEAST;
	size_t held = duet_buf_len(&s->body);

	return held < most ? most - held : 0;
}

static int too_much(uint64_t left, size_t len, struct duet_error *err)
{
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "%zu bytes of body, where content_length leaves %llu",
			      len, (unsigned long long)left);
}

static void held_more(struct duet_h2 *h2, struct duet_h2_stream *s, size_t n)
{
	h2->n_body += n;
	s->unframed += n;
	if (s->framing == DUET_H2_LENGTH)
		s->left -= n;
	duet_h2_session_resume(h2, s);
}

int duet_h2_send_data(struct duet_h2 *h2, uint64_t stream, const void *data,
		      size_t len, size_t *ret_taken, struct duet_error *err)
{
	struct duet_h2_stream *s = duet_h2_find(h2, stream);
	size_t n;
	int rc;

	rc = check_turn(h2, s, stream, err);
	if (rc != DUET_OK)
		return rc;
	s->lent = 0;
	if (s->framing == DUET_H2_UNSENT || len == 0) {
		*ret_taken = len;
		return DUET_OK;
	}
	if (s->framing == DUET_H2_EMPTY)
		return too_much(0, len, err);
	if (s->framing == DUET_H2_LENGTH && len > s->left)
		return too_much(s->left, len, err);
	n = send_room(h2, s);
	if (n > len)
		n = len;
	if (n == 0)
		return DUET_WANT_WRITE;
	if (duet_buf_add(&s->body, data, n) != DUET_OK)
		return duet_error_nomem(err);
	held_more(h2, s, n);
	*ret_taken = n;
	return DUET_OK;
}

int duet_h2_send_borrowed(struct duet_h2 *h2, uint64_t stream,
			  struct duet_bytes body, struct duet_error *err)
{
	struct duet_h2_stream *s = duet_h2_find(h2, stream);
	int rc;

	rc = check_turn(h2, s, stream, err);
	if (rc != DUET_OK)
		return rc;
	if (h2->role != DUET_ROLE_SERVER || s->framing != DUET_H2_LENGTH ||
	    body.len != s->left)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%zu bytes of body, which are not what content_length leaves",
				      body.len);
	s->lent = 0;
	s->borrowed = body;
	s->unframed += body.len;
	s->left = 0;
	s->out = DUET_H2_OUT_ENDED;
	duet_h2_session_resume(h2, s);
	return DUET_OK;
}

size_t duet_h2_borrowed(const struct duet_h2 *h2, uint64_t stream)
{
	const struct duet_h2_stream *s = duet_h2_find(h2, stream);

	return s != NULL ? s->borrowed.len : 0;
}

int duet_h2_send_room(struct duet_h2 *h2, uint64_t stream,
		      struct duet_room *room, struct duet_error *err)
{
	struct duet_h2_stream *s = duet_h2_find(h2, stream);
	size_t most = DUET_H2_SEND_ROOM;
	size_t n;
	int rc;

	rc = check_turn(h2, s, stream, err);
	if (rc != DUET_OK)
		return rc;
	n = send_room(h2, s);
	if (s->framing == DUET_H2_LENGTH && s->left < most)
		most = (size_t)s->left;
	if (s->framing == DUET_H2_EMPTY)
		most = 0;
	/* Crumbs are not worth a read(2); what waits will soon have gone. */
	if (n < most && n < DUET_H2_SEND_LEAST)
		return DUET_WANT_WRITE;
	if (n > most)
		n = most;
	s->lent = 0;
	room->data = NULL;
	room->len = 0;
	if (n == 0) /* the body is whole: its end is due */
		return DUET_OK;
	if (duet_buf_reserve(&s->body, n) != DUET_OK)
		return duet_error_nomem(err);
	s->lent = n;
	s->lent_at = s->body.end;
	room->data = s->body.data + s->lent_at;
	room->len = n;
	return DUET_OK;
}

void duet_h2_send_filled(struct duet_h2 *h2, uint64_t stream, size_t n)
{
	struct duet_h2_stream *s = duet_h2_find(h2, stream);
	struct duet_buf *body;

	if (s == NULL || s->lent == 0)
		return; /* it has been cut meanwhile */
	assert(n <= s->lent);
	s->lent = 0;
	if (n == 0 || s->framing == DUET_H2_UNSENT)
		return;
	/* What was held may have gone meanwhile, and the buffer begun anew. */
	body = &s->body;
	if (body->end != s->lent_at)
		memmove(body->data + body->end, body->data + s->lent_at, n);
	duet_buf_filled(body, n);
	held_more(h2, s, n);
}

void duet_h2_move_body(struct duet_h2 *h2, struct duet_h2_stream *s, size_t len)
{
	size_t held = duet_buf_len(&s->body);
	struct duet_bytes *borrowed = &s->borrowed;

	if (held > len)
		held = len;
	if (held > 0) {
		memcpy(h2->out.data + h2->out.end, s->body.data + s->body.begin,
		       held);
		duet_buf_filled(&h2->out, held);
		duet_buf_consume(&s->body, held);
		h2->n_body -= held;
		len -= held;
	}
	if (len == 0)
		return;
	memcpy(h2->out.data + h2->out.end, borrowed->data, len);
	duet_buf_filled(&h2->out, len);
	borrowed->data = (const uint8_t *)borrowed->data + len;
	borrowed->len -= len;
}

static int keep_trailers(struct duet_h2_stream *s,
			 const struct duet_header *trailers)
{
	int rc = DUET_OK;

	for (; rc == DUET_OK && trailers != NULL && trailers->name != NULL;
	     trailers++) {
		rc = duet_buf_add(&s->out_trailers, trailers->name,
				  strlen(trailers->name) + 1);
		if (rc == DUET_OK)
			rc = duet_buf_add(&s->out_trailers, trailers->value,
					  strlen(trailers->value) + 1);
		s->n_out_trailers++;
	}
	if (rc != DUET_OK) {
		duet_buf_done(&s->out_trailers);
		s->n_out_trailers = 0;
	}
	return rc;
}

int duet_h2_send_end(struct duet_h2 *h2, uint64_t stream,
		     const struct duet_header *trailers, struct duet_error *err)
{
	struct duet_h2_stream *s = duet_h2_find(h2, stream);
	int rc;

	/* A message without a body ended with its head, maybe long ago. */
	if (s != NULL && s->by_itself && trailers == NULL) {
		s->by_itself = false;
		return DUET_OK;
	}
	rc = check_turn(h2, s, stream, err);
	if (rc == DUET_OK)
		rc = duet_outgoing_trailers(trailers, err);
	if (rc != DUET_OK)
		return rc;
	if (trailers != NULL && s->framing != DUET_H2_UNKNOWN &&
	    s->framing != DUET_H2_UNSENT)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "trailers need a body of unknown length");
	if (s->framing == DUET_H2_LENGTH && s->left > 0)
		return duet_error_set(err, DUET_E_STATE,
				      "%llu bytes of content_length are missing",
				      (unsigned long long)s->left);
	s->lent = 0;
	if (s->framing == DUET_H2_UNSENT) {
		s->by_itself = false;
		return DUET_OK;
	}
	rc = keep_trailers(s, trailers);
	if (rc == DUET_E_LIMIT)
		return duet_error_set(err, DUET_E_LIMIT,
				      "trailers of more than head_bytes (%u)",
				      h2->limits.head_bytes);
	if (rc != DUET_OK)
		return duet_error_nomem(err);
	s->out = DUET_H2_OUT_ENDED;
	duet_h2_session_resume(h2, s);
	return DUET_OK;
}

void duet_h2_send_abort(struct duet_h2 *h2, uint64_t stream)
{
	struct duet_h2_stream *s = duet_h2_find(h2, stream);

	if (s == NULL || duet_h2_out_is_over(s))
		return;
	duet_h2_session_reset(h2, s,
			      h2->role == DUET_ROLE_SERVER
				      ? DUET_H2_INTERNAL_ERROR
				      : DUET_H2_CANCEL);
	s->out = DUET_H2_OUT_CUT;
	s->by_itself = false;
	duet_h2_drop_body(h2, s);
	/* Nobody will want to know what else comes. */
	duet_h2_cut_in(h2, s, DUET_CUT_LOCAL, 0, DUET_E_GONE,
		       "our side gave up before END_STREAM");
	duet_h2_settle(h2, s);
}
