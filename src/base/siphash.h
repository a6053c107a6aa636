/* SPDX-License-Identifier: MIT */
/*
 * base/siphash.h - SipHash-2-4 (Aumasson and Bernstein, 2012): a hash of which
 * nobody who does not have the key can tell what collides.
 */
#ifndef DUET_BASE_SIPHASH_H
#define DUET_BASE_SIPHASH_H

#include <duet/error.h>

struct duet_siphash_key {
	uint64_t k0, k1;
};

/* DUET_E_SYSTEM: there are no random bytes. */
DUET_CHECK int duet_siphash_draw_key(struct duet_siphash_key *ret,
				     struct duet_error *err);
uint64_t duet_siphash(const struct duet_siphash_key *key, const void *data,
		      size_t len);

#endif
