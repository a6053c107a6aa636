/* SPDX-License-Identifier: MIT */
/*
 * http/engine.h - the engine of whichever version is spoken: HTTP/1.1 until the
 * handshake has chosen another. Each call is its namesake of h1.h and h2.h.
 */
#ifndef DUET_HTTP_ENGINE_H
#define DUET_HTTP_ENGINE_H

#include "http/h1.h"
#include "http/h2.h"

/* One of the two is there. */
struct duet_engine {
	struct duet_h1 *h1;
	struct duet_h2 *h2;
};

static inline void duet_engine_free(struct duet_engine *e)
{
	duet_h1_free(e->h1);
	duet_h2_free(e->h2);
}

static inline bool duet_engine_has_room(const struct duet_engine *e)
{
	return e->h2 != NULL ? duet_h2_has_room(e->h2)
			     : duet_h1_has_room(e->h1);
}

DUET_CHECK static inline int duet_engine_recv_room(struct duet_engine *e,
						   struct duet_room *room)
{
	return e->h2 != NULL ? duet_h2_recv_room(e->h2, room)
			     : duet_h1_recv_room(e->h1, room);
}

static inline void duet_engine_recv_done(struct duet_engine *e, size_t n)
{
	if (e->h2 != NULL)
		duet_h2_recv_done(e->h2, n);
	else
		duet_h1_recv_done(e->h1, n);
}

static inline void duet_engine_recv_end(struct duet_engine *e,
					enum duet_cut how, bool until_close_ok)
{
	if (e->h2 != NULL)
		duet_h2_recv_end(e->h2, how);
	else
		duet_h1_recv_end(e->h1, how, until_close_ok);
}

DUET_CHECK static inline int duet_engine_next(struct duet_engine *e,
					      struct duet_event *ret_event,
					      struct duet_error *err)
{
	return e->h2 != NULL ? duet_h2_next(e->h2, ret_event, err)
			     : duet_h1_next(e->h1, ret_event, err);
}

static inline struct duet_bytes duet_engine_send_bytes(struct duet_engine *e)
{
	return e->h2 != NULL ? duet_h2_send_bytes(e->h2)
			     : duet_h1_send_bytes(e->h1);
}

static inline void duet_engine_send_done(struct duet_engine *e, size_t n)
{
	if (e->h2 != NULL)
		duet_h2_send_done(e->h2, n);
	else
		duet_h1_send_done(e->h1, n);
}

DUET_CHECK static inline int duet_engine_request(struct duet_engine *e,
						 const struct duet_head *head,
						 uint64_t *ret_stream,
						 struct duet_error *err)
{
	return e->h2 != NULL ? duet_h2_request(e->h2, head, ret_stream, err)
			     : duet_h1_request(e->h1, head, ret_stream, err);
}

DUET_CHECK static inline int duet_engine_reply_prepared(
	struct duet_engine *e, uint64_t stream, const struct duet_head *head,
	const struct duet_prepared *prepared, struct duet_error *err)
{
	return e->h2 != NULL ? duet_h2_reply_prepared(e->h2, stream, head,
						      prepared, err)
			     : duet_h1_reply_prepared(e->h1, stream, head,
						      prepared, err);
}

DUET_CHECK static inline int duet_engine_send_data(struct duet_engine *e,
						   uint64_t stream,
						   const void *data, size_t len,
						   size_t *ret_taken,
						   struct duet_error *err)
{
	return e->h2 != NULL ? duet_h2_send_data(e->h2, stream, data, len,
						 ret_taken, err)
			     : duet_h1_send_data(e->h1, stream, data, len,
						 ret_taken, err);
}

DUET_CHECK static inline int duet_engine_send_borrowed(struct duet_engine *e,
						       uint64_t stream,
						       struct duet_bytes body,
						       struct duet_error *err)
{
	return e->h2 != NULL ? duet_h2_send_borrowed(e->h2, stream, body, err)
			     : duet_h1_send_borrowed(e->h1, stream, body, err);
}

static inline size_t duet_engine_borrowed(const struct duet_engine *e,
					  uint64_t stream)
{
	return e->h2 != NULL ? duet_h2_borrowed(e->h2, stream)
			     : duet_h1_borrowed(e->h1, stream);
}

DUET_CHECK static inline int duet_engine_send_room(struct duet_engine *e,
						   uint64_t stream,
						   struct duet_room *room,
						   struct duet_error *err)
{
	return e->h2 != NULL ? duet_h2_send_room(e->h2, stream, room, err)
			     : duet_h1_send_room(e->h1, stream, room, err);
}

static inline void duet_engine_send_filled(struct duet_engine *e,
					   uint64_t stream, size_t n)
{
	if (e->h2 != NULL)
		duet_h2_send_filled(e->h2, stream, n);
	else
		duet_h1_send_filled(e->h1, n);
}

DUET_CHECK static inline int duet_engine_send_end(
	struct duet_engine *e, uint64_t stream,
	const struct duet_header *trailers, struct duet_error *err)
{
	return e->h2 != NULL ? duet_h2_send_end(e->h2, stream, trailers, err)
			     : duet_h1_send_end(e->h1, stream, trailers, err);
}

static inline void duet_engine_send_abort(struct duet_engine *e,
					  uint64_t stream)
{
	if (e->h2 != NULL)
		duet_h2_send_abort(e->h2, stream);
	else
		duet_h1_send_abort(e->h1, stream);
}

static inline void duet_engine_hold(struct duet_engine *e, uint64_t stream,
				    size_t n)
{
	if (e->h2 != NULL)
		duet_h2_hold(e->h2, stream, n);
}

static inline void duet_engine_release(struct duet_engine *e, uint64_t stream,
				       size_t n)
{
	if (e->h2 != NULL)
		duet_h2_release(e->h2, stream, n);
}

static inline bool duet_engine_is_sent(const struct duet_engine *e,
				       uint64_t stream)
{
	/* HTTP/1.1 holds nothing back */
	return e->h2 == NULL || duet_h2_is_sent(e->h2, stream);
}

static inline uint64_t duet_engine_send_held(const struct duet_engine *e,
					     uint64_t stream)
{
	return e->h2 != NULL ? duet_h2_send_held(e->h2, stream)
			     : duet_h1_send_held(e->h1, stream);
}

static inline void duet_engine_done(struct duet_engine *e, uint64_t stream)
{
	if (e->h2 != NULL)
		duet_h2_done(e->h2, stream);
	else
		duet_h1_done(e->h1, stream);
}

static inline void duet_engine_drain(struct duet_engine *e)
{
	if (e->h2 != NULL)
		duet_h2_drain(e->h2);
	else
		duet_h1_drain(e->h1);
}

static inline void duet_engine_close_out(struct duet_engine *e)
{
	if (e->h2 != NULL)
		duet_h2_close_out(e->h2);
	else
		duet_h1_close_out(e->h1);
}

static inline enum duet_phase duet_engine_phase(const struct duet_engine *e)
{
	return e->h2 != NULL ? duet_h2_phase(e->h2) : duet_h1_phase(e->h1);
}

static inline uint64_t duet_engine_stream(const struct duet_engine *e)
{
	return e->h2 != NULL ? duet_h2_stream(e->h2) : duet_h1_stream(e->h1);
}

static inline bool duet_engine_reusable(const struct duet_engine *e)
{
	return e->h2 != NULL ? duet_h2_reusable(e->h2)
			     : duet_h1_reusable(e->h1);
}

static inline void duet_engine_give_back(struct duet_engine *e)
{
	if (e->h2 != NULL)
		duet_h2_give_back(e->h2);
	else
		duet_h1_give_back(e->h1);
}

/* What only one of them knows. In HTTP/2 nothing is cut but streams, and each
 * has its own limits of time. */

static inline bool duet_engine_is_cut(const struct duet_engine *e)
{
	return e->h2 == NULL && duet_h1_is_cut(e->h1);
}

static inline bool duet_engine_is_answered(const struct duet_engine *e)
{
	return e->h2 == NULL && duet_h1_is_answered(e->h1);
}

static inline uint64_t duet_engine_body_bytes(const struct duet_engine *e)
{
	return e->h2 != NULL ? 0 : duet_h1_body_bytes(e->h1);
}

static inline void duet_engine_now(struct duet_engine *e, int64_t now_ms)
{
	if (e->h2 != NULL)
		duet_h2_now(e->h2, now_ms);
}

static inline int64_t duet_engine_deadline(const struct duet_engine *e)
{
	return e->h2 != NULL ? duet_h2_deadline(e->h2) : INT64_MAX;
}

#endif
