/* SPDX-License-Identifier: MIT */
/*
 * http/h2.h - HTTP/2 over bytes (RFC 9113): plain bytes in, events out;
 * messages in, plain bytes out. No socket, no TLS; the time is told.
 *
 * Frames and HPACK are nghttp2's; what a message is, when it is whole, what is
 * refused, and how much of anything a peer may have, is said here. The names,
 * the order of calls and the statuses are those of duet/http.h and of h1.h.
 */
#ifndef DUET_HTTP_H2_H
#define DUET_HTTP_H2_H

#include "http/common.h"
#include "http/prepared.h"

struct duet_h2;

/* limits is whole: duet_limits_fill() has been there. secure: over TLS, for
 * ":scheme". NULL: no memory. */
struct duet_h2 *duet_h2_new(enum duet_role role,
			    const struct duet_limits *limits, bool secure);
void duet_h2_free(struct duet_h2 *h2);

/*
 * Input, as in h1.h. end: nothing follows; FIN or CLOSE_NOTIFY lets a server
 * finish the replies to requests that are whole, anything else ends the output
 * too.
 */
bool duet_h2_has_room(const struct duet_h2 *h2);
DUET_CHECK int duet_h2_recv_room(struct duet_h2 *h2, struct duet_room *room);
void duet_h2_recv_done(struct duet_h2 *h2, size_t n);
void duet_h2_recv_end(struct duet_h2 *h2, enum duet_cut how);
DUET_CHECK int duet_h2_next(struct duet_h2 *h2, struct duet_event *ret_event,
			    struct duet_error *err);
/* Of the last DATA event, n bytes are kept: they take up the window of their
 * stream until they are released. */
void duet_h2_hold(struct duet_h2 *h2, uint64_t stream, size_t n);
void duet_h2_release(struct duet_h2 *h2, uint64_t stream, size_t n);

/* Output: frames are made when they are asked for. */
struct duet_bytes duet_h2_send_bytes(struct duet_h2 *h2);
void duet_h2_send_done(struct duet_h2 *h2, size_t n);

DUET_CHECK int duet_h2_request(struct duet_h2 *h2, const struct duet_head *head,
			       uint64_t *ret_stream, struct duet_error *err);
DUET_CHECK int duet_h2_reply(struct duet_h2 *h2, uint64_t stream,
			     const struct duet_head *head,
			     struct duet_error *err);
DUET_CHECK int duet_h2_reply_prepared(struct duet_h2 *h2, uint64_t stream,
				      const struct duet_head *head,
				      const struct duet_prepared *prepared,
				      struct duet_error *err);
DUET_CHECK int duet_h2_send_data(struct duet_h2 *h2, uint64_t stream,
				 const void *data, size_t len,
				 size_t *ret_taken, struct duet_error *err);
DUET_CHECK int duet_h2_send_borrowed(struct duet_h2 *h2, uint64_t stream,
				     struct duet_bytes body,
				     struct duet_error *err);
size_t duet_h2_borrowed(const struct duet_h2 *h2, uint64_t stream);
DUET_CHECK int duet_h2_send_room(struct duet_h2 *h2, uint64_t stream,
				 struct duet_room *room,
				 struct duet_error *err);
void duet_h2_send_filled(struct duet_h2 *h2, uint64_t stream, size_t n);
DUET_CHECK int duet_h2_send_end(struct duet_h2 *h2, uint64_t stream,
				const struct duet_header *trailers,
				struct duet_error *err);
void duet_h2_send_abort(struct duet_h2 *h2, uint64_t stream);
/* Everything up to END_STREAM has been put into frames, or never will be. */
bool duet_h2_is_sent(const struct duet_h2 *h2, uint64_t stream);
/* Bytes of the body that were taken and are not in frames, or never will be. */
uint64_t duet_h2_send_held(const struct duet_h2 *h2, uint64_t stream);
/* The exchange is over for us; what is not whole of it is reset. */
void duet_h2_done(struct duet_h2 *h2, uint64_t stream);
/* GOAWAY: no exchange after those that have begun (RFC 9113 s6.8). CLOSED
 * comes when they are over. */
void duet_h2_drain(struct duet_h2 *h2);
/* Nothing more will be written: messages that are not whole are reset. */
void duet_h2_close_out(struct duet_h2 *h2);

/* What the connection around it must know, as in h1.h; only of the connection
 * as a whole: the waits of single streams are kept here. */
enum duet_phase duet_h2_phase(const struct duet_h2 *h2);
uint64_t duet_h2_stream(const struct duet_h2 *h2);
bool duet_h2_reusable(const struct duet_h2 *h2);
void duet_h2_give_back(struct duet_h2 *h2);
/* The time, and when next() should be called for the sake of a stream that is
 * late then; INT64_MAX: never. */
void duet_h2_now(struct duet_h2 *h2, int64_t now_ms);
int64_t duet_h2_deadline(const struct duet_h2 *h2);

#endif
