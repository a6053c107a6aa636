/* SPDX-License-Identifier: MIT */
/*
 * client/pool.h - the connections of a client, by origin, and who waits for
 * one.
 *
 * An origin has at most so many connections at a time. A request joins one
 * that speaks HTTP/2, takes one of HTTP/1.1 on which nothing is under way,
 * opens another one, or waits its turn; in which order they came is the order
 * in which they are served. While it is not known yet which version an origin
 * speaks, the first connection is waited for.
 */
#ifndef DUET_CLIENT_POOL_H
#define DUET_CLIENT_POOL_H

#include "client/link.h"
#include "client/sessions.h"

/* Zero: the default. */
struct duet_pool_limits {
	uint32_t idle;    /* [16] connections kept, of all origins */
	uint32_t host;    /* [6] of one origin, as browsers do for HTTP/1.1 */
	uint32_t streams; /* [100] requests on one connection at a time */
};

struct duet_pool;

/* A request that waits; embedded in it. */
struct duet_waiter {
	struct duet_origin *origin; /* NULL: it does not wait */
	struct duet_waiter *next;
	struct duet_waiter *prev;
	void *owner;
};

/* A scheme, a name and a port (RFC 9110 s4.3.1). */
struct duet_origin {
	struct duet_pool *pool;
	struct duet_origin *next;
	bool https;
	char *host;
	uint16_t port;
	struct duet_link *links;
	/* Of another one, whose certificate and address are right for this
	 * name, too; or NULL. */
	struct duet_link *shared;
	uint32_t n_open;   /* connections, and those being opened */
	uint32_t n_unsure; /* of these, which version they speak */
	bool speaks_h1;    /* it did, last time */
	bool own_only;     /* it has answered 421 where it shared */
	struct duet_waiter *first;
	struct duet_waiter *last;
};

struct duet_pool {
	struct duet_origin *origins;
	struct duet_link *newest; /* of those that are idle */
	struct duet_link *oldest;
	uint32_t n_idle;
	struct duet_pool_limits limits;
	bool h1_only;            /* HTTP/2 is not offered to anybody */
	uint32_t n_waiting;      /* of all origins */
	struct duet_timer *kick; /* due when somebody's turn may have come */
	struct duet_loop *loop;
	struct duet_sessions sessions;
};

/* What a request wants of its connection. */
struct duet_want {
	bool now; /* a caller is blocked, who can free no connection: no wait */
	bool fresh;  /* one of its own */
	bool unkept; /* the last one that had been kept failed it */
	bool own;    /* one of its very name, that has not answered 421 */
};

enum duet_turn {
	DUET_TURN_JOIN, /* *ret_link has room for it */
	DUET_TURN_OPEN, /* one more may be opened; it is counted already */
	DUET_TURN_WAIT,
};

/* kick: whose callback asks for the turns. */
void duet_pool_init(struct duet_pool *pool, struct duet_loop *loop,
		    struct duet_timer *kick,
		    const struct duet_pool_limits *limits);
/* All zero is fine. */
void duet_pool_done(struct duet_pool *pool);

/* Of that URL. NULL: no memory. It stays until duet_pool_tidy(). */
struct duet_origin *duet_pool_origin(struct duet_pool *pool,
				     const struct duet_url *url);
/* Forget those of which there is nothing to know. */
void duet_pool_tidy(struct duet_pool *pool);

/* Whether a request that does not wait, or waits as the first one, may go on,
 * and how. */
enum duet_turn duet_pool_turn(struct duet_origin *origin,
			      const struct duet_want *want,
			      struct duet_link **ret_link);
/*
 * Of another origin a connection to share, in place of one to these addresses
 * (RFC 9113 s9.1.1): it leads to one of them, its server is verified and its
 * certificate is for this name, too. NULL: there is none.
 */
struct duet_link *duet_pool_share(struct duet_origin *origin,
				  const struct duet_address *addresses,
				  size_t n);
/* ... which turned out to be wrong. */
void duet_pool_share_no_more(struct duet_origin *origin);
/* The connection that was to be opened will not be. */
void duet_pool_close_turn(struct duet_origin *origin);
/* ... or it is this one: the pool's from now on. origin NULL: it counts for
 * none, and is closed when nobody is on it. */
void duet_pool_add(struct duet_pool *pool, struct duet_origin *origin,
		   struct duet_link *link);

/* A link of which a turn came, but on which nobody could get. */
void duet_pool_put_back(struct duet_pool *pool, struct duet_link *link);

void duet_pool_wait(struct duet_origin *origin, struct duet_waiter *waiter);
/* Whether it waited or not. */
void duet_pool_wait_no_more(struct duet_waiter *waiter);

#endif
