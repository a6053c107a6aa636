/* SPDX-License-Identifier: MIT */
/* daemon/doubts.h - what begins all right and will be refused by clients: each
 * doubt is a line with its end. DUET_OK, or DUET_E_NOMEM. */
#ifndef DUET_DAEMON_DOUBTS_H
#define DUET_DAEMON_DOUBTS_H

#include <duet/cert.h>

#include "base/buf.h"
#include "daemon/sockets.h"

/* Places by which the certificate of the local CA does not vouch for us. */
DUET_CHECK int duet_doubts_places(struct duet_buf *lines,
				  const struct duet_sockets *sockets);
/*
 * What in a file of certificates keeps clients from believing its first one,
 * at time now (seconds since 1970): another purpose, no names, a chain that is
 * out of order or has run out. Whom they believe is not known here.
 */
DUET_CHECK int duet_doubts_certificates(
	struct duet_buf *lines, const char *file,
	const struct duet_inspection *inspection, int64_t now);

#endif
