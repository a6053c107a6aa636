/* SPDX-License-Identifier: MIT */
/* server/handler.h - for the handlers and services of this library: what
 * <duet/server.h> does not offer to others. */
#ifndef DUET_SERVER_HANDLER_H
#define DUET_SERVER_HANDLER_H

#include <duet/server.h>

#include "http/prepared.h"

/* Called by the producer of a reply before it gives up: the report has this
 * for the cause, unless there is an earlier one. */
void duet_reply_because(struct duet_exchange *exchange,
			const struct duet_error *why);

/* Why the reply will be a refusal: the report has it, and behind it what goes
 * wrong afterwards ("...; then: ..."); not where something has before. */
void duet_exchange_explain(struct duet_exchange *exchange,
			   const struct duet_error *why);

/* Before a reply call for an exchange that was deferred: it is as in
 * its handler again, which may defer it once more. Its on_gone is not called
 * any more. duet_exchange_visited() must follow. */
void duet_exchange_revisit(struct duet_exchange *exchange);
/* After it, whatever became of it: without a reply or another defer the peer
 * gets a 500 or sees a cut. */
void duet_exchange_visited(struct duet_exchange *exchange);
/* After a reply call for an exchange that was deferred: where the call has
 * failed nobody else will reply, and the peer gets a 500 or sees a cut. Its
 * on_gone is not called any more. */
void duet_exchange_answered(struct duet_exchange *exchange);

/* The protocols of a server by their names of ALPN (RFC 7301), the one we like
 * best first; ended by NULL. */
extern const char *const duet_server_alpn[];

/*
 * Called for a request that is refused before there is a handler's turn: it is
 * not HTTP, its head or body is too large, it did not come in time. Unless its
 * head came whole, its method and target are "" and it has no fields. fn may
 * reply with status before it returns; if it does not, a line of text does. arg
 * is that of the server.
 */
typedef void duet_refusal_fn(struct duet_exchange *exchange, int status,
			     void *arg);
void duet_server_on_refusal(struct duet_server *server, duet_refusal_fn *fn);

/* On the server's thread: close its listeners at once; connections that are
 * open go on until a stop. */
void duet_server_accept_no_more(struct duet_server *server);
/* Requests under way: one is from before its handler is called, and is not any
 * more when it is reported. */
size_t duet_server_n_exchanges(const struct duet_server *server);

/* ---- what every reply to a request has, whoever gives it ---- */

enum duet_field_change {
	DUET_FIELD_SET,    /* in place of all of that name */
	DUET_FIELD_ADD,    /* beside those of that name */
	DUET_FIELD_REMOVE, /* all of that name; value is NULL */
};
struct duet_field_rule {
	enum duet_field_change change;
	const char *name; /* neither framing nor Date */
	const char *value;
};
enum {
	DUET_FIELD_RULES_MAX = 64, /* of one dress */
};
struct duet_dress {
	const struct duet_field_rule *rules; /* in this order */
	size_t n_rules;
	/* Cache-Control of a reply that is good for caches as it is (200, 203,
	 * 206, 304) and says nothing of it; NULL: none. The rules come after
	 * it. */
	const char *cache_control;
	void *owner; /* whoever made it */
};
/* Before the reply; borrowed as long as the exchange lives. */
void duet_exchange_dress(struct duet_exchange *exchange,
			 const struct duet_dress *dress);
/* Before a reply: its body is of the handler's own making, and so is its type:
 * rules of the dress leave Content-Type alone, and Content-Security-Policy
 * (CSP3) where the reply has one. */
void duet_exchange_keep_type(struct duet_exchange *exchange);
/* Before a reply, which leaves without TLS: Strict-Transport-Security, by
 * whichever rule, is not in it (RFC 6797 s7.2). */
void duet_exchange_leave_hsts(struct duet_exchange *exchange);
/* NULL: none was given. */
const struct duet_dress *duet_exchange_dressed(
	const struct duet_exchange *exchange);
/* Whether fields are sent as they are given: the dress, if any, changes none.
 */
bool duet_exchange_is_plain(const struct duet_exchange *exchange);
/* Change the n fields of list, which has room for one more for each rule and
 * one for Cache-Control; keep_type: not Content-Type, which is never changed of
 * multipart/byteranges, nor a policy that is there. Returns how many there are
 * then. */
size_t duet_dress_apply(const struct duet_dress *dress, int status,
			bool keep_type, struct duet_header *list, size_t n);
size_t duet_dress_without_hsts(struct duet_header *list, size_t n);

/* When the exchange is over, whatever became of it: once, before it is used
 * for another request. */
void duet_exchange_when_over(struct duet_exchange *exchange,
			     void (*over)(void *arg), void *arg);
/*
 * Before a reply call: its body leaves no faster than that, averaged over a
 * second (exactly: server/pace.h), whatever it is made from. The worker goes on
 * with others meanwhile, and the client is not blamed for it (send_ms). What
 * the connection and the kernel hold for a client that has stopped reading may
 * come at once when it goes on. 0: as fast as it is taken. Nothing happens if
 * the reply has begun or the peer has left.
 */
void duet_exchange_pace(struct duet_exchange *exchange,
			uint64_t bytes_a_second);
/* More fields of the reply that is called for next. They stay until that call
 * has returned. A type that is among them is not to be given to it, too. Only
 * of an exchange that is plain: they are not changed by a dress. */
void duet_reply_prepared(struct duet_exchange *exchange,
			 const struct duet_prepared *prepared);
/*
 * As duet_reply(), for a body that stays where it is, unchanged, until finished
 * is called: once it has been sent or never will be, also if this fails, and
 * maybe within the call.
 */
int duet_reply_lent(struct duet_exchange *exchange, int status,
		    const char *type, struct duet_bytes body,
		    void (*finished)(void *arg), void *arg);

#endif
