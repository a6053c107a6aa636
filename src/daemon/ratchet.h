/* SPDX-License-Identifier: MIT */
/*
 * daemon/ratchet.h - the keys that seal session tickets, which change with
 * time: in every process of a service alike, without a word between them.
 *
 *   state --time--> state' --time--> state'' ...   a one-way street (HMAC)
 *     |               |                |
 *    key             key'             key''
 *
 * Who has a later state cannot go back, so that what was recorded earlier
 * stays sealed once a key and the one after it have had their time. Processes
 * turn it by the same clock; a ticket that is shown within moments of a turn to
 * one that has not turned yet is not taken, which costs a whole handshake.
 */
#ifndef DUET_DAEMON_RATCHET_H
#define DUET_DAEMON_RATCHET_H

#include <duet/tls.h>

#include "cert/mac.h"

enum {
	/* The one that seals, and the one before it, which still opens. */
	DUET_RATCHET_KEYS = 2,
};

struct duet_ratchet {
	uint8_t state[DUET_MAC_BYTES];
	uint8_t keys[DUET_RATCHET_KEYS][DUET_TICKET_KEY_BYTES];
	int64_t period_ms; /* 0: it is not in use */
	int64_t due_ms;    /* on duet_clock_ms(), when it turns */
};

/* Begin with chance; before any fork(2). DUET_E_SYSTEM, or as duet_mac_sum().
 */
DUET_CHECK int duet_ratchet_init(struct duet_ratchet *ratchet,
				 int64_t period_ms, int64_t now_ms,
				 struct duet_error *err);
/* Turn it as often as is due. True: the keys have changed. Without memory they
 * stay, and it is due again. */
bool duet_ratchet_turn(struct duet_ratchet *ratchet, int64_t now_ms);
void duet_ratchet_wipe(struct duet_ratchet *ratchet);

#endif
