/* SPDX-License-Identifier: MIT */
/* daemon/to_https.h - what clients without TLS are answered where they may
 * come: go to the same address with it. */
#ifndef DUET_DAEMON_TO_HTTPS_H
#define DUET_DAEMON_TO_HTTPS_H

#include "daemon/hosts.h"
#include "daemon/sockets.h"

/*
 * 308, which keeps the method, to the same host at port, which is left out
 * where it is 443 or 0; the path and the query as they came. 400 without a
 * host, 421 if it is of no site.
 */
void duet_to_https(struct duet_exchange *exchange,
		   const struct duet_hosts *hosts, uint32_t port);
/* The port of the first place with TLS that has one; 0: none has. */
uint32_t duet_to_https_port(const struct duet_sockets *sockets);

#endif
