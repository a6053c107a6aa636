/* SPDX-License-Identifier: MIT */
/*
 * support/h2_pair.h - two HTTP/2 engines joined by memcpy, and what each of
 * them tells, as text: a line an event.
 */
#ifndef DUET_TESTS_H2_PAIR_H
#define DUET_TESTS_H2_PAIR_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "http/h2.h"
#include "support/unit.h"

struct h2_end {
	struct duet_h2 *h2;
	char text[8192];
	size_t len;
	size_t body;     /* bytes of DATA, of all streams */
	size_t pulled;   /* DATA events are held from here on; SIZE_MAX: none */
	size_t held;     /* of them, so far */
	uint64_t stream; /* of the last event */
	struct duet_error err;
	char data[64]; /* the first bytes of DATA */
	bool closed;
};

struct h2_pair {
	struct h2_end client;
	struct h2_end server;
	size_t step; /* bytes moved at once; 0: as many as fit */
	size_t left; /* bytes that may still move, in both directions together
		      */
	size_t moved;
};

static inline void h2_note(struct h2_end *end, const char *fmt, ...)
	DUET_PRINTF(2, 3);
static inline void h2_note(struct h2_end *end, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(end->text + end->len, sizeof(end->text) - end->len, fmt,
		      args);
	va_end(args);
	assert_true(n >= 0 && (size_t)n < sizeof(end->text) - end->len);
	end->len += (size_t)n;
}

static inline void h2_end_init(struct h2_end *end, enum duet_role role,
			       const struct duet_limits *given)
{
	struct duet_limits limits;

	memset(end, 0, sizeof(*end));
	end->pulled = SIZE_MAX;
	assert_int_equal(duet_limits_fill(&limits, given, NULL), DUET_OK);
	end->h2 = duet_h2_new(role, &limits, true);
	assert_non_null(end->h2);
}

static inline void h2_pair_init(struct h2_pair *pair,
				const struct duet_limits *server)
{
	pair->step = 0;
	pair->left = SIZE_MAX;
	pair->moved = 0;
	h2_end_init(&pair->client, DUET_ROLE_CLIENT, NULL);
	h2_end_init(&pair->server, DUET_ROLE_SERVER, server);
}

static inline void h2_pair_done(struct h2_pair *pair)
{
	duet_h2_free(pair->client.h2);
	duet_h2_free(pair->server.h2);
}

static inline void h2_note_event(struct h2_end *end,
				 const struct duet_event *ev)
{
	const struct duet_header *field;
	int stream = (int)ev->stream;

	switch (ev->type) {
	case DUET_EV_INTERIM:
	case DUET_EV_HEAD:
		h2_note(end, "%d %s", stream,
			ev->type == DUET_EV_HEAD ? "head" : "interim");
		if (ev->head->method != NULL)
			h2_note(end, " %s %s %s", ev->head->method,
				ev->head->target,
				duet_head_get(ev->head, "Host"));
		else
			h2_note(end, " %d", (int)ev->head->status);
		h2_note(end, " length %lld\n",
			(long long)ev->head->content_length);
		break;
	case DUET_EV_DATA:
		if (end->body + ev->data.len < sizeof(end->data))
			memcpy(end->data + end->body, ev->data.data,
			       ev->data.len);
		end->body += ev->data.len;
		if (end->pulled == SIZE_MAX)
			break;
		duet_h2_hold(end->h2, ev->stream, ev->data.len);
		end->held += ev->data.len;
		break;
	case DUET_EV_END:
		h2_note(end, "%d end %s\n", stream,
			duet_evidence_name(ev->evidence));
		for (field = ev->trailers; field != NULL && field->name != NULL;
		     field++)
			h2_note(end, "%d trailer %s: %s\n", stream, field->name,
				field->value);
		break;
	case DUET_EV_ABORTED:
		h2_note(end, "%d aborted %s %d\n", stream,
			duet_cut_name(ev->cut), (int)ev->status);
		break;
	case DUET_EV_CANCELLED:
		h2_note(end, "%d cancelled %s\n", stream,
			duet_cut_name(ev->cut));
		break;
	case DUET_EV_CLOSED:
		h2_note(end, "closed %s\n", duet_cut_name(ev->cut));
		end->closed = true;
		break;
	}
}

/* Pull all there is; the last error stays in end->err. */
static inline bool h2_pull(struct h2_end *end)
{
	struct duet_event ev;
	struct duet_error err = { 0 };
	bool any = false;
	int rc;

	for (;;) {
		rc = duet_h2_next(end->h2, &ev, &err);
		if (ev.type == 0)
			return any;
		if (rc < 0)
			end->err = err;
		any = true;
		if (ev.stream != 0)
			end->stream = ev.stream;
		h2_note_event(end, &ev);
	}
}

static inline size_t h2_move(struct h2_pair *pair, struct h2_end *from,
			     struct h2_end *to)
{
	struct duet_bytes bytes = duet_h2_send_bytes(from->h2);
	struct duet_room room;
	size_t n = bytes.len;

	if (n == 0)
		return 0;
	assert_int_equal(duet_h2_recv_room(to->h2, &room), DUET_OK);
	if (n > room.len)
		n = room.len;
	if (pair->step > 0 && n > pair->step)
		n = pair->step;
	if (n > pair->left)
		n = pair->left;
	if (n > 0)
		memcpy(room.data, bytes.data, n);
	duet_h2_recv_done(to->h2, n);
	duet_h2_send_done(from->h2, n);
	pair->left -= n;
	pair->moved += n;
	return n;
}

/* One turn each; false when nothing has happened. */
static inline bool h2_turn(struct h2_pair *pair)
{
	size_t n = h2_move(pair, &pair->client, &pair->server);
	bool any = h2_pull(&pair->server);

	n += h2_move(pair, &pair->server, &pair->client);
	any = h2_pull(&pair->client) || any;
	return any || n > 0;
}

static inline void h2_run(struct h2_pair *pair)
{
	while (h2_turn(pair))
		continue;
}

static inline uint64_t h2_ask(struct h2_pair *pair, const char *method,
			      const char *target, int64_t length)
{
	uint64_t stream = 0;
	struct duet_error err;
	int rc;

	rc = duet_h2_request(pair->client.h2,
			     DUET_HEAD(.method = method, .target = target,
				       .headers = DUET_HEADERS(
					       { "Host", "a.example" }),
				       .content_length = length),
			     &stream, &err);
	assert_int_equal(rc, DUET_OK);
	return stream;
}

static inline void h2_answer(struct h2_pair *pair, uint64_t stream, int status,
			     int64_t length)
{
	assert_int_equal(duet_h2_reply(pair->server.h2, stream,
				       DUET_HEAD(.status = status,
						 .content_length = length),
				       NULL),
			 DUET_OK);
}

/* GET / has come and is answered by 200, with a body of that length to come. */
static inline uint64_t h2_begin(struct h2_pair *pair, int64_t length)
{
	uint64_t stream = h2_ask(pair, "GET", "/", 0);

	h2_run(pair);
	h2_answer(pair, stream, 200, length);
	return stream;
}

/* As much as there is room for. */
static inline size_t h2_give(struct h2_end *end, uint64_t stream, size_t len)
{
	static const char body[4096];
	size_t given = 0;
	size_t taken;
	size_t n;
	int rc = DUET_OK;

	while (given < len && rc == DUET_OK) {
		n = len - given < sizeof(body) ? len - given : sizeof(body);
		taken = 0;
		rc = duet_h2_send_data(end->h2, stream, body, n, &taken, NULL);
		assert_true(rc == DUET_OK || rc == DUET_WANT_WRITE);
		given += taken;
	}
	return given;
}

static inline void h2_finish(struct h2_end *end, uint64_t stream)
{
	assert_int_equal(duet_h2_send_end(end->h2, stream, NULL, NULL),
			 DUET_OK);
}

/* All of a body, for which there is room, and its end. */
static inline void h2_give_all(struct h2_end *end, uint64_t stream, size_t len)
{
	assert_int_equal(h2_give(end, stream, len), len);
	h2_finish(end, stream);
}

#endif
