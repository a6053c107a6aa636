/* SPDX-License-Identifier: MIT */
/*
 * site/throttle.h - how many requests one client may make: so many in a time,
 * and so many at once, in all worker processes of a service together.
 *
 * A client is a network: the first bits of its address. What is counted lies in
 * memory that the processes share, of a size that no number of clients changes.
 * Nothing waits for anybody, and a process may die in the middle of any call.
 *
 * Where it cannot be exact
 *  - Two that enter at the same moment for the last place of `concurrent` may
 *    both be refused; never are both let in. That is the strict side.
 *  - More clients than there is room for: of `requests` the one goes that has
 *    the least on its account, and begins anew if it comes back; of
 *    `concurrent` one is let in without being counted. That is the lenient
 *    side: nobody is refused for what others did.
 *  - One client in two million is taken for another one by `requests`. Which
 *    ones nobody outside can tell, or bring about.
 */
#ifndef DUET_SITE_THROTTLE_H
#define DUET_SITE_THROTTLE_H

#include "net/prefix.h"

enum {
	DUET_THROTTLE_MOST = 100000, /* requests, burst, concurrent */
	DUET_THROTTLE_SECONDS_MOST = 86400,
	DUET_THROTTLE_EARN_SECONDS_MOST = 7 * 86400, /* a whole burst */
	DUET_THROTTLE_CLIENTS = 65536,
	DUET_THROTTLE_CONNECTIONS = 4096,
	DUET_THROTTLE_V4_BITS = 32,
	DUET_THROTTLE_V6_BITS = 64, /* what one customer is given, at least */
	DUET_THROTTLE_BUSY = -1,
};

struct duet_throttle_options {
	/* In any time of so many seconds at most requests + burst are let in:
	 * burst of them at once after a pause, the others evenly. Exactly so
	 * many, but for odd rates with a huge burst: a thousandth less. */
	uint32_t requests; /* 0: any number */
	uint32_t seconds;  /* 0: 1 */
	uint32_t burst;    /* 0: as many as requests */

	uint32_t concurrent; /* 0: any number */

	uint32_t n_workers;   /* processes, at least 1 */
	uint32_t connections; /* of one worker; 0: 4096 */
	uint32_t clients;     /* that are remembered; 0: 65536 */
	uint8_t v4_bits;      /* of an address, that make a client; 0: 32 */
	uint8_t v6_bits;      /* 0: 64 */
};

struct duet_throttle;

/*
 * Before fork(2). Of memory that is shared: 8 bytes for each of the clients if
 * there are requests, and 16 for each connection of all workers if there is
 * concurrent, each number rounded up to a power of two.
 * DUET_E_ARGUMENT, DUET_E_SYSTEM, DUET_E_NOMEM, with a sentence.
 */
DUET_CHECK int duet_throttle_new(const struct duet_throttle_options *options,
				 struct duet_throttle **ret,
				 struct duet_error *err);
/* In each process of its own; NULL is fine. */
void duet_throttle_free(struct duet_throttle *throttle);

/*
 * A request of that client begins. 0: go on, and duet_throttle_leave() must
 * follow when it is over. Else it is refused and not counted, and it makes
 * sense to ask again in so many ms: then its turn has come, if nobody takes it
 * before; with `concurrent` nobody can know, and it is DUET_THROTTLE_BUSY.
 *
 * worker: from 0, and no other process (or thread) uses that number meanwhile.
 * client: NULL if it has no address: not counted, and so not limited.
 * now_ms: on duet_clock_ms(), which all processes share. throttle: NULL: 0.
 */
DUET_CHECK int32_t duet_throttle_enter(struct duet_throttle *throttle,
				       size_t worker,
				       const struct duet_prefix *client,
				       int64_t now_ms);
/* It is over: the same worker and client. */
void duet_throttle_leave(struct duet_throttle *throttle, size_t worker,
			 const struct duet_prefix *client);
/* The process that was this worker is dead, and what it had let in is over.
 * Before its successor's first request, by it or by who starts it. */
void duet_throttle_reset_worker(struct duet_throttle *throttle, size_t worker);

#endif
