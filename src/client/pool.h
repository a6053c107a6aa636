/* SPDX-License-Identifier: MIT */
/*
 * client/pool.h - kept connections, and TLS sessions of those that are gone.
 */
#ifndef DUET_CLIENT_POOL_H
#define DUET_CLIENT_POOL_H

#include "client/link.h"

enum {
	DUET_SESSIONS_MAX = 32,
};

/* How to go on with a server where an earlier connection has ended. */
struct duet_kept_session {
	char *host; /* NULL: this place is free */
	uint16_t port;
	struct duet_buffer session;
	uint64_t age; /* the larger, the younger */
};

struct duet_pool {
	struct duet_link *newest;
	struct duet_link *oldest;
	uint32_t n;
	uint32_t max;
	struct duet_kept_session sessions[DUET_SESSIONS_MAX];
	uint64_t clock; /* of ages */
};

void duet_pool_init(struct duet_pool *pool, uint32_t max);
void duet_pool_done(struct duet_pool *pool);

/* A connection to there on which nothing waits, or NULL. */
struct duet_link *duet_pool_take(struct duet_pool *pool,
				 const struct duet_url *url);
/*
 * The owner is through with it. It is kept if another request may follow;
 * closed otherwise, and its session kept. link NULL is fine.
 */
void duet_pool_put(struct duet_pool *pool, struct duet_link *link);

/* A session for a new connection to there; it is used once (RFC 8446 sC.4).
 * Empty: there is none. The caller's to free. */
struct duet_buffer duet_pool_take_session(struct duet_pool *pool,
					  const struct duet_url *url);

#endif
