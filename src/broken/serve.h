/* SPDX-License-Identifier: MIT */
/*
 * broken/serve.h - a process for each connection, as in the tutorials: each may
 * wait as long as its script says, dies of its deadline, and takes nothing with
 * it.
 */
#ifndef DUET_BROKEN_SERVE_H
#define DUET_BROKEN_SERVE_H

#include "broken/certs.h"
#include "broken/doors.h"

enum {
	DUET_BROKEN_CONNECTIONS = 128,  /* at once; others wait */
	DUET_BROKEN_CONNECTION_S = 300, /* and then it is cut */
};

/* Hold SIGINT, SIGTERM, SIGHUP and SIGCHLD back from now on: none is lost
 * between what comes before and duet_broken_serve(). */
DUET_CHECK int duet_broken_hold_signals(struct duet_error *err);
/* Serve until SIGINT, SIGTERM or SIGHUP. DUET_E_SYSTEM, DUET_E_NOMEM. */
DUET_CHECK int duet_broken_serve(const struct duet_broken_doors *doors,
				 const struct duet_broken_certs *certs,
				 struct duet_error *err);

#endif
