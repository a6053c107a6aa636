/* SPDX-License-Identifier: MIT */
/* cert/write.h - what leaves this room: OpenSSL's text into our buffers. */
#ifndef DUET_CERT_WRITE_H
#define DUET_CERT_WRITE_H

#include <openssl/bio.h>

#include <duet/error.h>

enum {
	/* Rounds of PBKDF2 for what a passphrase protects: 50 ms here, where
	 * OpenSSL's own 2048 take one. */
	DUET_WRITE_KDF_ROUNDS = 100 * 1000,
};

/* A BIO to write into that wipes what it held; NULL without memory. */
BIO *duet_write_new(void);
/* What was written into it, copied. DUET_E_NOMEM. */
DUET_CHECK int duet_write_take(BIO *bio, struct duet_buffer *ret,
			       struct duet_error *err);

#endif
