/* SPDX-License-Identifier: MIT */
/*
 * site/proven.h - what was found right a while ago, by keyed digests: so that a
 * page with fifty images costs one hash of a password, and not fifty-one.
 *
 * Nobody fills it with guesses: only what is right comes in.
 */
#ifndef DUET_SITE_PROVEN_H
#define DUET_SITE_PROVEN_H

#include "cert/mac.h"

enum {
	DUET_PROVEN_MAX = 1024,
	DUET_PROVEN_MS = 10 * 60 * 1000, /* then it is to be proven again */

	DUET_PROVEN_ROW = 8,
	DUET_PROVEN_ROWS = DUET_PROVEN_MAX / DUET_PROVEN_ROW,
};

/* All zero is empty. */
struct duet_proven {
	struct duet_proof {
		uint8_t digest[DUET_MAC_BYTES];
		int64_t until_ms; /* 0: free */
	} rows[DUET_PROVEN_ROWS][DUET_PROVEN_ROW];
};

/* now_ms: above 0, on any clock that does not go back. */
bool duet_proven_has(const struct duet_proven *proven,
		     const uint8_t digest[DUET_MAC_BYTES], int64_t now_ms);
/* Where there is no room, what was proven the longest ago may have to go. */
void duet_proven_add(struct duet_proven *proven,
		     const uint8_t digest[DUET_MAC_BYTES], int64_t now_ms);

#endif
