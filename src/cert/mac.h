/* SPDX-License-Identifier: MIT */
/*
 * cert/mac.h - a digest that nobody can make who does not have the key
 * (HMAC-SHA-256, RFC 2104): a name for what must not be kept itself.
 */
#ifndef DUET_CERT_MAC_H
#define DUET_CERT_MAC_H

#include <duet/error.h>

enum {
	DUET_MAC_BYTES = 32,
};

/* A key, ready for use by one thread at a time. */
struct duet_mac;

/* DUET_E_NOMEM; DUET_E_UNSUPPORTED: this OpenSSL has no HMAC or SHA-256. */
DUET_CHECK int duet_mac_new(struct duet_bytes key, struct duet_mac **ret,
			    struct duet_error *err);
void duet_mac_free(struct duet_mac *mac);

/*
 * Of n parts, one behind the other: where one ends does not count unless the
 * caller makes it. DUET_OK or DUET_E_NOMEM; then ret is of no use.
 */
DUET_CHECK int duet_mac_sum(struct duet_mac *mac,
			    const struct duet_bytes *parts, size_t n,
			    uint8_t ret[DUET_MAC_BYTES]);

#endif
