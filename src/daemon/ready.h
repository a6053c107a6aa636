/* SPDX-License-Identifier: MIT */
/* daemon/ready.h - where a service can be reached, as URLs. */
#ifndef DUET_DAEMON_READY_H
#define DUET_DAEMON_READY_H

#include "base/buf.h"
#include "daemon/sockets.h"

/* The bound address is "every one", which is none to connect to. */
bool duet_ready_is_every(const char *text);
/*
 * "https://127.0.0.1:8443 https://[::1]:8443 unix:/run/x" and a line end.
 * host stands where an address is every one. Where there are places of an admin
 * listener, one more line: "admin http://127.0.0.1:9090".
 */
DUET_CHECK int duet_ready_line(struct duet_buf *line,
			       const struct duet_sockets *sockets,
			       const struct duet_sockets *admin,
			       const char *host);
/* Write that to fd, and close fd. DUET_E_SYSTEM when nobody can read it. */
DUET_CHECK int duet_ready_tell(int fd, const struct duet_sockets *sockets,
			       const struct duet_sockets *admin,
			       const char *host, struct duet_error *err);

#endif
