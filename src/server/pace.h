/* SPDX-License-Identifier: MIT */
/*
 * server/pace.h - how fast the body of one reply may leave.
 *
 * In any t ms at most rate * t / 1000 bytes and two pieces; a piece is what an
 * eighth of a second earns, and at least a byte. They leave one by one. What is
 * earned and not used is kept up to two pieces, so that a loop that comes late
 * makes up for it and a client that has paused does not.
 */
#ifndef DUET_SERVER_PACE_H
#define DUET_SERVER_PACE_H

#include <duet/error.h>

struct duet_pace {
	uint64_t rate;    /* bytes a second; 0: as fast as they are taken */
	uint64_t until;   /* of the body, so many bytes have been earned */
	uint64_t rest;    /* and so many thousandths of a byte, */
	int64_t since_ms; /* by then */
};

/* Of a body of which nothing has left; its first piece may at once. */
void duet_pace_begin(struct duet_pace *pace, uint64_t rate, int64_t now_ms);
/* How many bytes may leave where so many have: 0: none before
 * duet_pace_next_ms(). */
DUET_CHECK uint64_t duet_pace_room(struct duet_pace *pace, uint64_t given,
				   int64_t now_ms);
/* When the next piece will be earned. */
DUET_CHECK int64_t duet_pace_next_ms(const struct duet_pace *pace);

#endif
