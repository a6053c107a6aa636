/* SPDX-License-Identifier: MIT */
/*
 * daemon/reins.h - how the supervisor tells its children to end.
 *
 * Not by signals: Ctrl-C reaches every process of a terminal's group, and a
 * service manager signals every process of a service, so that a child could
 * not tell the first word from the second. Two pipes instead, which nobody
 * reads: what becomes of them is seen by all children at once.
 *
 *             drain[0]   stop[0]
 *   drain     POLLHUP
 *   stop      POLLHUP    POLLIN     a byte
 *   death     POLLHUP    POLLHUP    of the supervisor: drain, and nobody is
 *                                   left to say stop
 */
#ifndef DUET_DAEMON_REINS_H
#define DUET_DAEMON_REINS_H

#include <duet/error.h>

struct duet_reins {
	int drain[2]; /* hangs up: accept no more, finish what is under way */
	int stop[2];  /* can be read: stop now; hangs up: nobody will say so */
};

DUET_CHECK int duet_reins_init(struct duet_reins *reins,
			       struct duet_error *err);
void duet_reins_done(struct duet_reins *reins);
/* In a child, first of all: let go of the supervisor's ends. */
void duet_reins_hold(struct duet_reins *reins);

/* In the supervisor. Again is fine. */
void duet_reins_drain(struct duet_reins *reins);
void duet_reins_stop(struct duet_reins *reins);

#endif
