/* SPDX-License-Identifier: MIT */
/* cert/key.h - what is inside a struct duet_key, and what keys we take. */
#ifndef DUET_CERT_KEY_H
#define DUET_CERT_KEY_H

#include <openssl/evp.h>

#include <duet/cert.h>

/* Borrowed. */
EVP_PKEY *duet_key_pkey(const struct duet_key *key);

/*
 * Whether a key may get a certificate or sign one: ECDSA on P-256, P-384 or
 * P-521, Ed25519, RSA of 2048 to 16384 bits. DUET_OK, DUET_E_WEAK or
 * DUET_E_UNSUPPORTED; what names its source, printable.
 */
DUET_CHECK int duet_key_check(const EVP_PKEY *pkey, const char *what,
			      struct duet_error *err);
/* The digest such a key signs with; NULL for Ed25519, which has its own. */
const EVP_MD *duet_key_digest(const EVP_PKEY *pkey);
bool duet_key_is_rsa(const EVP_PKEY *pkey);

#endif
