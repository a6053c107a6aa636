/* SPDX-License-Identifier: MIT */
/* tls/trust.h - what is inside a struct duet_trust. */
#ifndef DUET_TLS_TRUST_H
#define DUET_TLS_TRUST_H

#include <stdatomic.h>

#include <openssl/x509.h>

#include <duet/tls.h>

enum {
	DUET_DIGEST_BYTES = 32, /* SHA-256 */
};

/* Immutable but for the count; OpenSSL locks the store by itself. */
struct duet_trust {
	atomic_uint refs;
	X509_STORE *store;
	STACK_OF(X509)
	*anchors; /* those that were given, without the system's */
	bool has_system;
	bool has_crl;
	/* Of all that was given: two trusts that differ decide differently. */
	uint8_t digest[DUET_DIGEST_BYTES];
};

#endif
