/* SPDX-License-Identifier: MIT */
/*
 * Floods (RFC 9113 s10.5). What costs us work and moves no message on is paid
 * for out of a purse that fills again within FILL_MS. An honest peer never
 * sees its bottom: a window update goes with DATA of ours, a reset with a
 * request that somebody thought better of. Who empties it is told
 * ENHANCE_YOUR_CALM, and the connection ends.
 *
 *   resets    RST_STREAM, and streams that we reset for the peer's fault: a
 *             request that is begun and thrown away (rapid reset, whoever
 *             sends the RST_STREAM)
 *   controls  PING, SETTINGS, PRIORITY, PRIORITY_UPDATE, WINDOW_UPDATE, DATA of
 *             no bytes but padding, HEADERS of a stream that is over
 *
 * Frames of unknown types, PING with ACK and DATA of a stream that is over cost
 * no more than their bytes, as those of a body do. CONTINUATION is
 * bounded by the frames nghttp2 takes of it and by the bytes of a head;
 * acknowledgements that are not read by nghttp2's queue of them.
 */
#include <stdio.h>

#include "http/h2_int.h"

enum {
	FILL_MS = 10000,
};

static void fill(struct duet_h2_rate *rate, uint32_t most, int64_t now)
{
	int64_t passed = now - rate->since_ms;
	uint64_t more;

	if (passed <= 0)
		return;
	if (passed >= FILL_MS) {
		rate->left = most;
		rate->since_ms = now;
		return;
	}
	more = (uint64_t)most * (uint64_t)passed / FILL_MS;
	if (more == 0)
		return; /* let it add up */
	rate->left =
		more < most - rate->left ? rate->left + (uint32_t)more : most;
	rate->since_ms = now;
}

static void pay(struct duet_h2 *h2, struct duet_h2_rate *rate, uint32_t most,
		const char *what, const char *limit)
{
	char words[160];

	if (h2->failed)
		return;
	fill(rate, most, h2->now_ms);
	if (rate->left > 0) {
		rate->left--;
		return;
	}
	(void)snprintf(words, sizeof(words),
		       "more than %u %s within %d s (limit %s)", most, what,
		       FILL_MS / 1000, limit);
	duet_h2_fail(h2, DUET_H2_ENHANCE_YOUR_CALM, DUET_E_LIMIT, words);
}

void duet_h2_pay_control(struct duet_h2 *h2)
{
	pay(h2, &h2->controls, h2->limits.controls,
	    "frames that move no message on", "controls");
}

void duet_h2_pay_reset(struct duet_h2 *h2)
{
	/* A server's reset costs it one of our requests. */
	if (h2->role != DUET_ROLE_SERVER)
		return;
	pay(h2, &h2->resets, h2->limits.resets, "streams were reset", "resets");
}

void duet_h2_earn(struct duet_h2 *h2, uint32_t n)
{
	uint32_t missing = h2->limits.controls - h2->controls.left;

	h2->controls.left += n < missing ? n : missing;
}
