/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* getrandom */
#include "daemon/ratchet.h"

#include <sys/random.h>

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	/* Of a key that is derived: more sums than it has bytes. */
	SUMS = (DUET_TICKET_KEY_BYTES + DUET_MAC_BYTES - 1) / DUET_MAC_BYTES,
};

static int derive(struct duet_mac *mac, uint8_t key[DUET_TICKET_KEY_BYTES])
{
	uint8_t sums[SUMS][DUET_MAC_BYTES];
	uint8_t number;
	int rc = DUET_OK;

	for (number = 0; rc == DUET_OK && number < SUMS; number++) {
		const struct duet_bytes parts[] = { duet_str("ticket key"),
						    { &number, 1 } };

		rc = duet_mac_sum(mac, parts, 2, sums[number]);
	}
	if (rc == DUET_OK)
		memcpy(key, sums, DUET_TICKET_KEY_BYTES);
	duet_mem_wipe(sums, sizeof(sums));
	return rc;
}

/* The key of the state, and the next state. */
static int advance(struct duet_ratchet *ratchet, struct duet_error *err)
{
	const struct duet_bytes next = duet_str("next");
	const struct duet_bytes state = { ratchet->state,
					  sizeof(ratchet->state) };
	uint8_t key[DUET_TICKET_KEY_BYTES];
	uint8_t after[DUET_MAC_BYTES];
	struct duet_mac *mac = NULL;
	int rc = duet_mac_new(state, &mac, err);

	if (rc == DUET_OK)
		rc = derive(mac, key);
	if (rc == DUET_OK)
		rc = duet_mac_sum(mac, &next, 1, after);
	if (rc == DUET_OK) {
		memcpy(ratchet->keys[1], ratchet->keys[0], sizeof(key));
		memcpy(ratchet->keys[0], key, sizeof(key));
		memcpy(ratchet->state, after, sizeof(after));
	}
	duet_mac_free(mac);
	duet_mem_wipe(key, sizeof(key));
	duet_mem_wipe(after, sizeof(after));
	return rc;
}

int duet_ratchet_init(struct duet_ratchet *ratchet, int64_t period_ms,
		      int64_t now_ms, struct duet_error *err)
{
	int rc;

	if (getrandom(ratchet->state, sizeof(ratchet->state), 0) !=
	    (ssize_t)sizeof(ratchet->state))
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "cannot get random bytes");
	ratchet->period_ms = period_ms;
	ratchet->due_ms = now_ms + period_ms;
	rc = advance(ratchet, err);
	return rc == DUET_OK ? advance(ratchet, err) : rc;
}

bool duet_ratchet_turn(struct duet_ratchet *ratchet, int64_t now_ms)
{
	bool changed = false;

	while (ratchet->period_ms > 0 && ratchet->due_ms <= now_ms &&
	       advance(ratchet, NULL) == DUET_OK) {
		ratchet->due_ms += ratchet->period_ms;
		changed = true;
	}
	return changed;
}

void duet_ratchet_wipe(struct duet_ratchet *ratchet)
{
	duet_mem_wipe(ratchet, sizeof(*ratchet));
}
