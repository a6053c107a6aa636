/* SPDX-License-Identifier: MIT */
/* daemon/banner.h - what a person is told when a service begins. */
#ifndef DUET_DAEMON_BANNER_H
#define DUET_DAEMON_BANNER_H

#include "base/buf.h"
#include "daemon/credentials.h"
#include "daemon/sockets.h"

struct duet_banner {
	const char *dir;
	const struct duet_sockets *sockets;
	const struct duet_sockets *admin; /* NULL: none */
	const char *name; /* NULL: localhost, if it is good for it */
	const struct duet_credentials *credentials; /* n_credentials */
	size_t n_credentials;                       /* 0 is 1 */
	size_t n_sites; /* more than one: of the file dir */
	int64_t now;    /* seconds since 1970 */
	bool pretty;    /* a terminal that wants colours */
};

/*
 * The addresses as people type them (by a name for loopback and for every
 * address: localhost where a site has it), the directory, and how to trust a
 * local CA, or the certificate's name and when it expires.
 */
DUET_CHECK int duet_banner_text(struct duet_buf *text,
				const struct duet_banner *banner);
/* Standard error is a terminal and NO_COLOR is not set. */
bool duet_banner_wants_colours(void);

#endif
