/* SPDX-License-Identifier: MIT */
/* tls/trust.h - what is inside a struct duet_trust. */
#ifndef DUET_TLS_TRUST_H
#define DUET_TLS_TRUST_H

#include <stdatomic.h>

#include <openssl/x509.h>

#include <duet/tls.h>

#include "tls/bundle.h"

enum {
	DUET_DIGEST_BYTES = 32, /* SHA-256 */
};

/* Immutable but for the count; OpenSSL locks the store by itself. */
struct duet_trust {
	atomic_uint refs;
	X509_STORE *store;
	struct duet_bundle *bundle; /* the store's */
	size_t n_given;             /* of its anchors; then the system's */
	bool has_system;
	bool has_crl;
	/* Of all that was given: two trusts that differ decide differently. */
	uint8_t digest[DUET_DIGEST_BYTES];
};

#endif
