/* SPDX-License-Identifier: MIT */
/*
 * daemon/reins.h - how the supervisor tells its children to end.
 *
 * Not by signals: Ctrl-C reaches every process of a terminal's group, and a
 * service manager signals every process of a service, so that a child could
 * not tell the first word from the second. Two pipes that carry no bytes:
 * closing is the message, to all children at once, and the supervisor's death
 * is both messages.
 */
#ifndef DUET_DAEMON_REINS_H
#define DUET_DAEMON_REINS_H

#include <duet/error.h>

struct duet_reins {
	int drain[2]; /* ends: accept no more, finish what is under way */
	int stop[2];  /* ends: stop now */
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
