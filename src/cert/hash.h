/* SPDX-License-Identifier: MIT */
/*
 * cert/hash.h - what bytes are known by (FIPS 180-4), as they come. SHA-1 and
 * MD5 are not here: others can be made that have the same.
 */
#ifndef DUET_CERT_HASH_H
#define DUET_CERT_HASH_H

#include <duet/error.h>

enum duet_hash_kind {
	DUET_HASH_SHA256 = 0,
	DUET_HASH_SHA384,
	DUET_HASH_SHA512,
	DUET_HASH_KINDS,
};
enum {
	DUET_HASH_BYTES = 64, /* the most of any kind */
};

/* 32, 48 or 64 */
size_t duet_hash_size(enum duet_hash_kind kind);

struct duet_hash;

/* DUET_OK; DUET_E_NOMEM; DUET_E_UNSUPPORTED: this OpenSSL does not have it. */
DUET_CHECK int duet_hash_new(enum duet_hash_kind kind, struct duet_hash **ret,
			     struct duet_error *err);
/* A failure is told at the end. */
void duet_hash_add(struct duet_hash *hash, const void *data, size_t len);
/* Of all that was added; once. DUET_OK, DUET_E_NOMEM. */
DUET_CHECK int duet_hash_end(struct duet_hash *hash,
			     uint8_t ret[DUET_HASH_BYTES]);
void duet_hash_free(struct duet_hash *hash);

#endif
