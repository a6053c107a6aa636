/* SPDX-License-Identifier: MIT */
/*
 * http/h1.h - HTTP/1.1 over bytes (RFC 9112): plain bytes in, events out;
 * messages in, plain bytes out. No socket, no TLS, no clock.
 *
 * It is one side of one connection. Input is parsed in place, in a buffer it
 * lends; events point into that buffer. The names, the order of calls and the
 * statuses are those of duet/http.h, which a struct duet_conn hands down.
 */
#ifndef DUET_HTTP_H1_H
#define DUET_HTTP_H1_H

#include "http/common.h"
#include "http/prepared.h"

struct duet_h1;

/* limits is whole: duet_limits_fill() has been there. NULL: no memory. */
struct duet_h1 *duet_h1_new(enum duet_role role,
			    const struct duet_limits *limits);
void duet_h1_free(struct duet_h1 *h1);
/*
 * An exchange ends, for a server, with done(): then CLOSED comes, or the next
 * request. For a client it ends by itself when both directions are over. In a
 * tunnel (after 101, or a 2xx to CONNECT) more DATA and one more END or
 * ABORTED follow on the same stream.
 */

/*
 * Input. room.len 0: no more now (an event waits to be pulled, or the next
 * request's turn has not come; next() says when that is over). DUET_OK or
 * DUET_E_NOMEM. Room stays put until recv_done. end: nothing follows.
 * CLOSE_NOTIFY is the peer's good form; FIN, RESET, ALERT are not.
 * until_close_ok: FIN ends a body without length all the same (HTTP without
 * TLS, or the lenient policy).
 */
bool duet_h1_has_room(const struct duet_h1 *h1);
DUET_CHECK int duet_h1_recv_room(struct duet_h1 *h1, struct duet_room *room);
void duet_h1_recv_done(struct duet_h1 *h1, size_t n);
void duet_h1_recv_end(struct duet_h1 *h1, enum duet_cut how,
		      bool until_close_ok);
/* As duet_conn_next(). ALERT, TIMEOUT and LOCAL cuts come in by recv_end. */
DUET_CHECK int duet_h1_next(struct duet_h1 *h1, struct duet_event *ret_event,
			    struct duet_error *err);

/* Output: what waits to be sent, and how much of it went. */
struct duet_bytes duet_h1_send_bytes(const struct duet_h1 *h1);
void duet_h1_send_done(struct duet_h1 *h1, size_t n);

/* Whether a request can be sent as it is, on whatever connection: its method,
 * target and fields. DUET_OK or DUET_E_ARGUMENT. */
DUET_CHECK int duet_h1_check_request(const struct duet_head *head,
				     struct duet_error *err);
/* As their namesakes in duet/http.h. */
DUET_CHECK int duet_h1_request(struct duet_h1 *h1, const struct duet_head *head,
			       uint64_t *ret_stream, struct duet_error *err);
DUET_CHECK int duet_h1_reply(struct duet_h1 *h1, uint64_t stream,
			     const struct duet_head *head,
			     struct duet_error *err);
/* With more fields, none if prepared is NULL; they are not looked at after the
 * call. */
DUET_CHECK int duet_h1_reply_prepared(struct duet_h1 *h1, uint64_t stream,
				      const struct duet_head *head,
				      const struct duet_prepared *prepared,
				      struct duet_error *err);
DUET_CHECK int duet_h1_send_data(struct duet_h1 *h1, uint64_t stream,
				 const void *data, size_t len,
				 size_t *ret_taken, struct duet_error *err);
/*
 * All that is left of the body of a reply with a length, and its end: instead
 * of send_data() and send_end(). What of it is not copied stays where it is,
 * unchanged, until borrowed() is 0: sent, or given up by send_abort() or
 * done(). Statuses of send_data().
 */
DUET_CHECK int duet_h1_send_borrowed(struct duet_h1 *h1, uint64_t stream,
				     struct duet_bytes body,
				     struct duet_error *err);
size_t duet_h1_borrowed(const struct duet_h1 *h1, uint64_t stream);
/* The same, and what was given up of it. */
uint64_t duet_h1_send_held(const struct duet_h1 *h1, uint64_t stream);
DUET_CHECK int duet_h1_send_room(struct duet_h1 *h1, uint64_t stream,
				 struct duet_room *room,
				 struct duet_error *err);
void duet_h1_send_filled(struct duet_h1 *h1, size_t n);
DUET_CHECK int duet_h1_send_end(struct duet_h1 *h1, uint64_t stream,
				const struct duet_header *trailers,
				struct duet_error *err);
void duet_h1_send_abort(struct duet_h1 *h1, uint64_t stream);
void duet_h1_done(struct duet_h1 *h1, uint64_t stream);
/* The exchange under way is the last: "Connection: close" where its head is
 * still to be sent. CLOSED comes after it; or at once, when there is none. */
void duet_h1_drain(struct duet_h1 *h1);

/* What the connection around it must know. */
enum duet_phase duet_h1_phase(const struct duet_h1 *h1);
/* The exchange under way, or the last one; 0: there was none. */
uint64_t duet_h1_stream(const struct duet_h1 *h1);
/* Client: the reply is coming, be the request still on its way. */
bool duet_h1_is_answered(const struct duet_h1 *h1);
/* Bytes of the body that is coming, so far. */
uint64_t duet_h1_body_bytes(const struct duet_h1 *h1);
/* Another exchange may follow the one that is over or under way. */
bool duet_h1_reusable(const struct duet_h1 *h1);
/* Nothing more will be written: a message that is not whole is cut. */
void duet_h1_close_out(struct duet_h1 *h1);
/* Output was left unfinished: nothing may be sent after what waits, and the
 * peer must see a cut. */
bool duet_h1_is_cut(const struct duet_h1 *h1);
/* Nothing is held in either buffer: their memory has been given back. */
void duet_h1_give_back(struct duet_h1 *h1);

#endif
