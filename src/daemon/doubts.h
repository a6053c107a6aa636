/* SPDX-License-Identifier: MIT */
/* daemon/doubts.h - what begins all right and may not be what is wanted: most
 * of it will be refused by clients. Each doubt is a line with its end. DUET_OK,
 * or DUET_E_NOMEM. */
#ifndef DUET_DAEMON_DOUBTS_H
#define DUET_DAEMON_DOUBTS_H

#include <duet/cert.h>

#include "base/buf.h"
#include "daemon/sockets.h"
#include "site/route.h"

/* Places by which the certificate of the local CA does not vouch for us. */
DUET_CHECK int duet_doubts_places(struct duet_buf *lines,
				  const struct duet_sockets *sockets);
/*
 * What in a file of certificates keeps clients from believing its first one,
 * at time now (seconds since 1970): another purpose, no names, a chain that is
 * out of order or has run out, or will soon. Whom they believe is not known
 * here.
 */
enum {
	DUET_DOUBTS_SOON_DAYS = 14,
};
DUET_CHECK int duet_doubts_certificates(
	struct duet_buf *lines, const char *file,
	const struct duet_inspection *inspection, int64_t now);
/* A key that every user of this machine can read. */
DUET_CHECK int duet_doubts_key(struct duet_buf *lines, const char *file);
enum {
	DUET_DOUBT_BYTES = 4608, /* for a path and a sentence */
};
/* A file that is named and not there; a line without its end. */
void duet_doubts_missing(char dst[DUET_DOUBT_BYTES],
			 const struct duet_missing *missing);
/* A route that would answer without TLS, where nothing listens without it;
 * places: as http_redirect. The same; false: there is none. */
bool duet_doubts_insecure(char dst[DUET_DOUBT_BYTES],
			  const struct duet_route *route,
			  const char *const *places);

#endif
