/* SPDX-License-Identifier: MIT */
/*
 * daemon/hosts.h - which of the sites a name is of.
 *
 * A name is looked up as it is, then with its first label made "*", then it is
 * the default's if there is one: the same way for the name that TLS asked for
 * and for that of each request, so that the two can be compared.
 */
#ifndef DUET_DAEMON_HOSTS_H
#define DUET_DAEMON_HOSTS_H

#include <duet/server.h>

#include "daemon/service.h"

struct duet_hosts;

/* No site. */
#define DUET_HOSTS_NONE SIZE_MAX

/* Names are copied. The first site of two that have a name wins. DUET_E_NOMEM.
 */
DUET_CHECK int duet_hosts_new(const struct duet_service_site *sites, size_t n,
			      struct duet_hosts **ret, struct duet_error *err);
void duet_hosts_free(struct duet_hosts *hosts);

/* The number of the default site, or NONE. */
size_t duet_hosts_default(const struct duet_hosts *hosts);
/* Of a name without a port, in any case, with or without a dot at its end;
 * empty: the default. NONE: there is no such site. */
size_t duet_hosts_find(const struct duet_hosts *hosts, struct duet_bytes name);

/* By which people reach the sites from this machine: NULL where "localhost" is
 * a name of one, else the first name that is not a pattern, else the first.
 * Borrows from sites, which are those it was made of. */
const char *duet_hosts_shown(const struct duet_hosts *hosts,
			     const struct duet_service_site *sites, size_t n);

/* The name of a request: of its target, else of its Host, without the port;
 * empty when it has none. Borrows from head. */
struct duet_bytes duet_hosts_name(const struct duet_head *head);
/* The site of a request that is refused already, or NONE. */
size_t duet_hosts_of_refused(const struct duet_hosts *hosts,
			     const struct duet_exchange *exchange);
/*
 * The site that answers a request. NONE: it is of another site than that of its
 * connection, and has been answered with 421 (RFC 9110 s15.5.20).
 */
size_t duet_hosts_choose(const struct duet_hosts *hosts,
			 struct duet_exchange *exchange);

#endif
