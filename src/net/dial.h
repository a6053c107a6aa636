/* SPDX-License-Identifier: MIT */
/*
 * net/dial.h - a connection to a name: resolve, then try its addresses, a
 * quarter of a second apart, both families in turn (RFC 8305).
 */
#ifndef DUET_NET_DIAL_H
#define DUET_NET_DIAL_H

#include "net/address.h"
#include "net/loop.h"

struct duet_dial;

struct duet_dialled {
	int fd; /* connected, non-blocking, close-on-exec; yours. -1: failed */
	struct duet_address address;
	int64_t resolved_us; /* duet_clock_us(), or 0 */
	int64_t connected_us;
};
/* Called once, from the loop. err is NULL iff fd is there; it names every
 * address tried. DUET_E_RESOLVE, DUET_E_CONNECT, DUET_E_TIMEOUT. */
typedef void duet_dial_fn(void *arg, const struct duet_dialled *dialled,
			  const struct duet_error *err);

/* Asked once, from the loop, before anything is tried. true: there is a better
 * way than any of them, nothing is called any more, and the dial may have been
 * freed. */
typedef bool duet_dial_aside_fn(void *arg, const struct duet_address *addresses,
				size_t n);

struct duet_target {
	const char *host;
	uint16_t port;
	const struct duet_address *addresses; /* n > 0: instead of resolving */
	size_t n;
	int32_t time_limit_ms;     /* for all of it together; 0 or less: none */
	duet_dial_aside_fn *aside; /* or NULL */
	/* AF_INET or AF_INET6: only such addresses are tried. AF_UNSPEC: both.
	 */
	sa_family_t family;
	const struct duet_address *from; /* to connect from; NULL: any */
	const char *device; /* an interface to leave by; NULL: any */
};
/* Everything is copied. fn is not called from inside this call. */
DUET_CHECK int duet_dial_new(struct duet_loop *loop,
			     const struct duet_target *target, duet_dial_fn *fn,
			     void *arg, struct duet_dial **ret,
			     struct duet_error *err);
/* Before or after fn was called; before: it will not be. */
void duet_dial_free(struct duet_dial *dial);

#endif
