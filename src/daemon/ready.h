/* SPDX-License-Identifier: MIT */
/* daemon/ready.h - where a service can be reached, as URLs. */
#ifndef DUET_DAEMON_READY_H
#define DUET_DAEMON_READY_H

#include "base/buf.h"
#include "daemon/sockets.h"

/* "https://127.0.0.1:8443 https://[::1]:8443 unix:/run/x" and a line end. */
DUET_CHECK int duet_ready_line(struct duet_buf *line,
			       const struct duet_sockets *sockets);
/* Write it to fd, and close fd. DUET_E_SYSTEM when nobody can read it. */
DUET_CHECK int duet_ready_tell(int fd, const struct duet_sockets *sockets,
			       struct duet_error *err);

#endif
