/* SPDX-License-Identifier: MIT */
/* cert/crl_verify.h - whether a CRL is its issuer's own (RFC 5280 s6.3.3). */
#ifndef DUET_CERT_CRL_VERIFY_H
#define DUET_CERT_CRL_VERIFY_H

#include <openssl/x509.h>

#include "cert/crl_scan.h"

enum {
	DUET_KEY_HASH_BYTES = 32, /* SHA-256 */
};

/* The CRL names this CA, and no other key of it, as its issuer. */
bool duet_crl_is_by(const struct duet_crl_scan *scan, X509 *issuer);
/*
 * The issuer may sign CRLs and has signed this one, whose bytes are read once,
 * in order. DUET_OK; DUET_E_CERTIFICATE: it has not; DUET_E_WEAK: by a digest
 * that can be forged; DUET_E_NOMEM. *ret_why is as duet_crl_scan() has it. The
 * OpenSSL error queue is the caller's to save.
 */
DUET_CHECK int duet_crl_verify(const struct duet_crl_scan *scan, X509 *issuer,
			       const struct duet_crl_walk *walk,
			       const char **ret_why);
/* SHA-256 of the key a certificate is for (SubjectPublicKeyInfo, as RFC 7469
 * s2.4 has it). false without memory. */
bool duet_crl_key_hash(X509 *cert, uint8_t ret[DUET_KEY_HASH_BYTES]);
/* SHA-256 of a text, for a name that a file can have. The same. */
bool duet_crl_text_hash(const char *text, uint8_t ret[DUET_KEY_HASH_BYTES]);

#endif
