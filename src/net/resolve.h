/* SPDX-License-Identifier: MIT */
/* net/resolve.h - the addresses of a name, without waiting for them. */
#ifndef DUET_NET_RESOLVE_H
#define DUET_NET_RESOLVE_H

#include "net/address.h"
#include "net/loop.h"

enum {
	DUET_RESOLVE_MAX = 32, /* addresses of one name; the rest is ignored */
	DUET_HOST_BYTES = 256, /* of a name, with its NUL (RFC 1035 s2.3.4) */
	/* Of this process, given up and not over yet. */
	DUET_RESOLVE_ABANDONED_MAX = 16,
};

struct duet_lookup;

/* Called once, from the loop, with addresses in the system's order of
 * preference, or with err (DUET_E_RESOLVE) and n 0. */
typedef void duet_resolved_fn(void *arg, const struct duet_address *addresses,
			      size_t n, const struct duet_error *err);

/* Copied. */
struct duet_sought {
	const char *host;
	uint16_t port;
	sa_family_t family; /* AF_INET or AF_INET6 only; AF_UNSPEC: both */
};
/* DUET_OK, DUET_E_RESOLVE (no name is that long, or too many were given up),
 * DUET_E_SYSTEM (no thread), DUET_E_NOMEM. */
DUET_CHECK int duet_lookup_new(struct duet_loop *loop,
			       const struct duet_sought *sought,
			       duet_resolved_fn *fn, void *arg,
			       struct duet_lookup **ret,
			       struct duet_error *err);
/* At any time, without waiting; before fn was called: it will not be. */
void duet_lookup_free(struct duet_lookup *lookup);

#endif
