/* SPDX-License-Identifier: MIT */
/*
 * One side of one HTTP/2 connection: its streams, and how they begin and end.
 *
 *   bytes -> h2_session.c (nghttp2: frames, HPACK, windows) -> h2_recv.c (what
 *   they mean) -> streams that have something to tell -> next()
 *   h2_send.c (heads, bodies) -> streams -> h2_session.c -> bytes
 *
 * Input is fed to nghttp2 until it meets DATA, which is told where it lies;
 * everything else it says is kept with its stream until it has been told, so
 * that no queue of events grows. The states are drawn in h2_int.h.
 *
 * Invariants:
 *  1. END is told for END_STREAM only. What is cut ends with RST_STREAM or
 *     GOAWAY, never with END_STREAM.
 *  2. A stream is known here until both sides are over and its owner has said
 *     so (server: done()) or has been told (client); nghttp2 may have
 *     forgotten it long before.
 *  3. What waits is bounded: a body that is not taken by its window, one that
 *     is not sent by the room lent for it, frames by DUET_H2_OUT_ENOUGH: above
 *     it nothing more is read.
 */
#include "http/h2.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "http/h2_int.h"

enum {
	OUT_MAX = 1 << 20, /* of frames: enough, and the largest one on top */
	KEEP_BYTES = 4096, /* of a spare stream's buffer */
	/* limits.window_bytes; a server may have to hold it for each stream */
	SERVER_WINDOW = 65536,
	CLIENT_WINDOW = 1 << 20, /* and more for who takes it as it comes */
};

struct duet_h2 *duet_h2_new(enum duet_role role,
			    const struct duet_limits *limits, bool secure)
{
	struct duet_h2 *h2 = duet_mem_zalloc(sizeof(*h2));

	if (h2 == NULL)
		return NULL;
	h2->role = role;
	h2->secure = secure;
	h2->limits = *limits;
	h2->windows_grow =
		role == DUET_ROLE_CLIENT && limits->window_bytes == 0;
	if (h2->limits.window_bytes == 0)
		h2->limits.window_bytes = role == DUET_ROLE_SERVER
						  ? SERVER_WINDOW
						  : CLIENT_WINDOW;
	h2->starved = true;
	h2->deadline = INT64_MAX;
	h2->resets.left = limits->resets;
	h2->controls.left = limits->controls;
	duet_buf_init(&h2->out, OUT_MAX);
	if (duet_h2_session_new(h2) != DUET_OK) {
		duet_h2_free(h2);
		return NULL;
	}
	return h2;
}

static void free_spares(struct duet_h2 *h2)
{
	struct duet_h2_stream *s;

	while ((s = h2->spare) != NULL) {
		h2->spare = s->next;
		duet_h2_block_done(&s->msg);
		duet_buf_done(&s->body);
		duet_mem_free(s);
	}
	h2->n_spare = 0;
}

void duet_h2_free(struct duet_h2 *h2)
{
	if (h2 == NULL)
		return;
	/* Its streams close without a word. */
	duet_h2_session_free(h2);
	h2->session = NULL;
	while (h2->streams != NULL)
		duet_h2_stream_free(h2, h2->streams);
	free_spares(h2);
	duet_h2_block_free(h2->telling);
	duet_mem_free(h2->in);
	duet_buf_done(&h2->out);
	duet_mem_free(h2->why);
	duet_mem_free(h2);
}

void duet_h2_give_back(struct duet_h2 *h2)
{
	if (duet_h2_phase(h2) != DUET_PHASE_IDLE || h2->at < h2->end ||
	    h2->lent_in || h2->paused || duet_buf_len(&h2->out) > 0)
		return;
	free_spares(h2);
	duet_mem_free(h2->in);
	h2->in = NULL;
	h2->at = 0;
	h2->end = 0;
	duet_buf_done(&h2->out);
}

/* ---- field blocks ---- */

void duet_h2_block_init(struct duet_h2_block *block, size_t max)
{
	memset(block, 0, sizeof(*block));
	duet_buf_init(&block->text, max);
}

void duet_h2_block_done(struct duet_h2_block *block)
{
	duet_buf_done(&block->text);
	duet_fields_done(&block->fields);
}

void duet_h2_block_free(struct duet_h2_block *block)
{
	if (block == NULL)
		return;
	duet_h2_block_done(block);
	duet_mem_free(block);
}

/* Forget what was in it, keep the memory. */
static void reuse_block(struct duet_h2_block *block)
{
	struct duet_h2_block kept = *block;

	memset(block, 0, sizeof(*block));
	block->text = kept.text;
	block->fields = kept.fields;
	duet_buf_reset(&block->text);
	duet_fields_reset(&block->fields);
}

/* ---- streams ---- */

static struct duet_h2_stream *take_spare(struct duet_h2 *h2)
{
	struct duet_h2_stream *s = h2->spare;
	struct duet_h2_block msg;
	struct duet_buf body;

	if (s == NULL) {
		s = duet_mem_zalloc(sizeof(*s));
		if (s == NULL)
			return NULL;
		/* Names and values each have a NUL behind them. */
		duet_h2_block_init(&s->msg, (size_t)h2->limits.head_bytes * 3);
		duet_buf_init(&s->body, DUET_H2_SEND_ROOM);
		return s;
	}
	h2->spare = s->next;
	h2->n_spare--;
	msg = s->msg;
	body = s->body;
	memset(s, 0, sizeof(*s));
	s->msg = msg;
	s->body = body;
	return s;
}

static size_t bucket_of(uint64_t stream)
{
	return stream / 2 % DUET_H2_BUCKETS; /* odd ones only, one by one */
}

void duet_h2_stream_name(struct duet_h2 *h2, struct duet_h2_stream *s,
			 int32_t id)
{
	struct duet_h2_stream **bucket = &h2->buckets[bucket_of((uint64_t)id)];

	s->id = id;
	s->next_same = *bucket;
	*bucket = s;
}

static void unname(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	struct duet_h2_stream **at = &h2->buckets[bucket_of((uint64_t)s->id)];

	if (s->id == 0)
		return;
	while (*at != s)
		at = &(*at)->next_same;
	*at = s->next_same;
}

struct duet_h2_stream *duet_h2_stream_new(struct duet_h2 *h2)
{
	struct duet_h2_stream *s = take_spare(h2);

	if (s == NULL)
		return NULL;
	s->waiting_since = -1;
	s->blocked_since = -1;
	duet_buf_init(&s->out_trailers, h2->limits.head_bytes);
	s->next = h2->streams;
	if (s->next != NULL)
		s->next->prev = s;
	h2->streams = s;
	h2->n_streams++;
	h2->n_begun++;
	return s;
}

static void unqueue(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	struct duet_h2_stream **at = &h2->due_first;
	struct duet_h2_stream *before = NULL;

	if (!s->queued)
		return;
	while (*at != s) {
		before = *at;
		at = &(*at)->next_due;
	}
	*at = s->next_due;
	if (h2->due_last == s)
		h2->due_last = before;
	s->next_due = NULL;
	s->queued = false;
}

static void let_go(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	unqueue(h2, s);
	unname(h2, s);
	if (h2->data_stream == s) {
		h2->data_stream = NULL;
		h2->data.len = 0;
		h2->told = 0;
	}
	if (s->prev != NULL)
		s->prev->next = s->next;
	else
		h2->streams = s->next;
	if (s->next != NULL)
		s->next->prev = s->prev;
	if (!s->over)
		h2->n_streams--;
}

void duet_h2_stream_free(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	struct duet_h2_block *block;

	let_go(h2, s);
	duet_h2_drop_body(h2, s);
	duet_buf_done(&s->out_trailers);
	while ((block = s->interims) != NULL) {
		s->interims = block->next;
		duet_h2_block_free(block);
	}
	duet_h2_block_free(s->trailers);
	duet_mem_free(s->why);
	if (h2->session == NULL || h2->n_spare == DUET_H2_SPARES) {
		duet_h2_block_done(&s->msg);
		duet_buf_done(&s->body);
		duet_mem_free(s);
		return;
	}
	if (s->msg.text.cap > KEEP_BYTES)
		duet_buf_done(&s->msg.text);
	reuse_block(&s->msg);
	if (s->body.cap > KEEP_BYTES)
		duet_buf_done(&s->body);
	s->next = h2->spare;
	h2->spare = s;
	h2->n_spare++;
}

void duet_h2_drop_body(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	h2->n_body -= duet_buf_len(&s->body);
	duet_buf_reset(&s->body);
	s->borrowed.len = 0;
	s->lent = 0;
}

struct duet_h2_stream *duet_h2_find(const struct duet_h2 *h2, uint64_t stream)
{
	struct duet_h2_stream *s = h2->buckets[bucket_of(stream)];

	while (s != NULL && (uint64_t)s->id != stream)
		s = s->next_same;
	return s;
}

void duet_h2_make_due(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	h2->starved = false;
	if (s->queued || s->let_go)
		return;
	s->queued = true;
	if (h2->due_last != NULL)
		h2->due_last->next_due = s;
	else
		h2->due_first = s;
	h2->due_last = s;
}

void duet_h2_settle(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	bool in_over = s->in == DUET_H2_IN_TOLD || s->in == DUET_H2_IN_ABORTED;

	if (s->over || !in_over || !duet_h2_out_is_over(s) ||
	    (h2->role == DUET_ROLE_SERVER && !s->let_go))
		return;
	if (s->unread)
		duet_h2_session_reset(h2, s, DUET_H2_NO_ERROR);
	s->over = true;
	h2->n_streams--;
	h2->some_over = true;
}

void duet_h2_free_over(struct duet_h2 *h2)
{
	struct duet_h2_stream *s = h2->streams;
	struct duet_h2_stream *next;

	if (!h2->some_over)
		return;
	h2->some_over = false;
	for (; s != NULL; s = next) {
		next = s->next;
		if (!s->over)
			continue;
		duet_h2_session_forget(h2, s);
		duet_h2_stream_free(h2, s);
	}
}

/* Nothing more is told of it; what has been written is still sent. */
static void let_go_after_end(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	unqueue(h2, s);
	if (h2->data_stream == s)
		h2->data.len = 0;
	s->let_go = true;
	s->unread = !duet_h2_in_is_whole(s);
	s->in = DUET_H2_IN_ABORTED;
	h2->starved = false;
}

void duet_h2_done(struct duet_h2 *h2, uint64_t stream)
{
	struct duet_h2_stream *s = duet_h2_find(h2, stream);

	if (s == NULL || s->over || s->let_go)
		return;
	if (h2->role == DUET_ROLE_SERVER && s->out == DUET_H2_OUT_ENDED) {
		let_go_after_end(h2, s);
		return;
	}
	if (!duet_h2_out_is_over(s))
		duet_h2_session_reset(h2, s,
				      h2->role == DUET_ROLE_SERVER
					      ? DUET_H2_INTERNAL_ERROR
					      : DUET_H2_CANCEL);
	else if (!duet_h2_in_is_whole(s))
		/* RFC 9113 s8.1: the rest is not needed. */
		duet_h2_session_reset(h2, s,
				      h2->role == DUET_ROLE_SERVER
					      ? DUET_H2_NO_ERROR
					      : DUET_H2_CANCEL);
	duet_h2_session_forget(h2, s);
	duet_h2_stream_free(h2, s);
}

bool duet_h2_is_sent(const struct duet_h2 *h2, uint64_t stream)
{
	const struct duet_h2_stream *s = duet_h2_find(h2, stream);

	return s == NULL || duet_h2_out_is_over(s);
}

uint64_t duet_h2_send_held(const struct duet_h2 *h2, uint64_t stream)
{
	const struct duet_h2_stream *s = duet_h2_find(h2, stream);

	return s != NULL ? s->unframed : 0;
}

/* ---- the connection ---- */

void duet_h2_drain(struct duet_h2 *h2)
{
	if (h2->draining)
		return;
	h2->draining = true;
	h2->starved = false;
	/* Requests that are on their way are still taken: the last GOAWAY
	 * follows the answer to a PING (RFC 9113 s6.8). */
	if (h2->role == DUET_ROLE_SERVER)
		duet_h2_session_warn(h2);
}

void duet_h2_close_out(struct duet_h2 *h2)
{
	struct duet_h2_stream *s;

	for (s = h2->streams; s != NULL; s = s->next)
		if (!duet_h2_out_is_over(s)) {
			duet_h2_session_reset(h2, s, DUET_H2_CANCEL);
			s->out = DUET_H2_OUT_CUT;
			duet_h2_drop_body(h2, s);
		}
	if (!h2->last_said && !h2->failed)
		duet_h2_session_goaway(h2);
}

enum duet_phase duet_h2_phase(const struct duet_h2 *h2)
{
	if (h2->silent || h2->failed || h2->hard)
		return DUET_PHASE_OVER;
	if (h2->in_block)
		return DUET_PHASE_IN_HEAD;
	return h2->n_streams == 0 ? DUET_PHASE_IDLE : DUET_PHASE_WAITING;
}

uint64_t duet_h2_stream(const struct duet_h2 *h2)
{
	return h2->last;
}

bool duet_h2_reusable(const struct duet_h2 *h2)
{
	if (h2->ended != DUET_CUT_NONE || h2->failed || h2->draining ||
	    h2->peer_leaves || h2->silent)
		return false;
	if (h2->role == DUET_ROLE_SERVER)
		return true;
	return h2->n_begun < h2->limits.requests &&
	       duet_h2_session_may_request(h2);
}

/* ---- bytes ---- */

bool duet_h2_has_room(const struct duet_h2 *h2)
{
	return h2->starved && h2->ended == DUET_CUT_NONE && !h2->failed &&
	       duet_buf_len(&h2->out) < DUET_H2_OUT_ENOUGH;
}

int duet_h2_recv_room(struct duet_h2 *h2, struct duet_room *room)
{
	room->data = NULL;
	room->len = 0;
	if (!duet_h2_has_room(h2))
		return DUET_OK;
	assert(h2->at == h2->end);
	if (h2->in == NULL)
		h2->in = duet_mem_alloc(DUET_H2_RECV_ROOM);
	if (h2->in == NULL)
		return DUET_E_NOMEM;
	h2->at = 0;
	h2->end = 0;
	h2->lent_in = true;
	room->data = h2->in;
	room->len = DUET_H2_RECV_ROOM;
	return DUET_OK;
}

void duet_h2_recv_done(struct duet_h2 *h2, size_t n)
{
	assert(n <= DUET_H2_RECV_ROOM);
	h2->lent_in = false;
	if (n == 0)
		return;
	h2->end = n;
	h2->starved = false;
}

struct duet_bytes duet_h2_send_bytes(struct duet_h2 *h2)
{
	if (duet_buf_len(&h2->out) < DUET_H2_OUT_ENOUGH &&
	    duet_h2_session_fill(h2) != DUET_OK)
		duet_h2_recv_end(h2, DUET_CUT_LOCAL);
	return duet_buf_bytes(&h2->out);
}

void duet_h2_send_done(struct duet_h2 *h2, size_t n)
{
	duet_buf_consume(&h2->out, n);
}

void duet_h2_hold(struct duet_h2 *h2, uint64_t stream, size_t n)
{
	struct duet_h2_stream *s = h2->data_stream;

	if (s == NULL || (uint64_t)s->id != stream)
		return;
	assert(n <= h2->told);
	h2->told -= n;
	s->held += n;
}

void duet_h2_release(struct duet_h2 *h2, uint64_t stream, size_t n)
{
	struct duet_h2_stream *s = duet_h2_find(h2, stream);

	if (s == NULL)
		return;
	if (n > s->held)
		n = s->held;
	s->held -= n;
	duet_h2_session_credit(h2, s, n);
}
