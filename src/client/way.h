/* SPDX-License-Identifier: MIT */
/*
 * client/way.h - going to where a URL leads: dialling, and whatever lies in
 * between. At the end there is a pipe on which TLS with the server, or its
 * HTTP, can begin.
 */
#ifndef DUET_CLIENT_WAY_H
#define DUET_CLIENT_WAY_H

#include "client/pipe.h"
#include "client/ways.h"

struct duet_way;

struct duet_arrival {
	struct duet_pipe pipe;          /* yours; .fd -1: failed */
	struct duet_address address;    /* whom the socket leads to */
	const struct duet_proxy *proxy; /* that is it, or NULL */
	bool absolute;                  /* as in struct duet_choice */
	int64_t resolved_us;            /* duet_clock_us(), or 0 */
	int64_t connected_us;
};
/* Called once, from the loop. err is NULL iff there is a pipe. DUET_E_RESOLVE,
 * DUET_E_CONNECT, DUET_E_TIMEOUT, DUET_E_PROXY, and what the TLS with a proxy
 * says; what is about the proxy begins with it. */
typedef void duet_way_fn(void *arg, const struct duet_arrival *arrival,
			 const struct duet_error *err);

struct duet_way_to {
	struct duet_ways *ways;     /* stay put, as the next two */
	const struct duet_url *url; /* until fn was called */
	const struct duet_limits *limits;
	int32_t time_limit_ms; /* for all of it together */
	/* As in struct duet_target, of the server's own addresses, with the arg
	 * of fn: a proxy's are not asked about. Or NULL. */
	duet_dial_aside_fn *aside;
};
/* fn is not called from inside this call. */
DUET_CHECK int duet_way_new(struct duet_loop *loop,
			    const struct duet_way_to *to, duet_way_fn *fn,
			    void *arg, struct duet_way **ret,
			    struct duet_error *err);
/* Before or after fn was called; before: it will not be. */
void duet_way_free(struct duet_way *way);

#endif
