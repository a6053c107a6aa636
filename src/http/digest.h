/* SPDX-License-Identifier: MIT */
/*
 * http/digest.h - Content-Digest and Repr-Digest (RFC 9530): a dictionary of
 * structured fields (RFC 9651 s3.2), of which the digests that prove something
 * are taken.
 */
#ifndef DUET_HTTP_DIGEST_H
#define DUET_HTTP_DIGEST_H

#include <duet/http.h>

enum duet_digest_kind {
	DUET_DIGEST_SHA256 = 0,
	DUET_DIGEST_SHA512,
	DUET_DIGEST_KINDS,
};
enum {
	DUET_DIGEST_BYTES = 64, /* the most of any kind */
};

/* "sha-256"; 32 bytes */
const char *duet_digest_name(enum duet_digest_kind kind);
size_t duet_digest_size(enum duet_digest_kind kind);

struct duet_digests {
	bool has[DUET_DIGEST_KINDS];
	uint8_t bytes[DUET_DIGEST_KINDS][DUET_DIGEST_BYTES];
};

/*
 * All lines of a field in a list that is ended by a NULL name, or NULL.
 * Algorithms that are not known are passed over (RFC 9530 s3), and so is what
 * is no digest of its algorithm. DUET_OK: there is at least one; DUET_EOF:
 * none; DUET_E_HTTP: it is no dictionary, and ret is empty, as RFC 9651 s4.2
 * wants it.
 */
DUET_CHECK int duet_digest_read(const struct duet_header *list,
				const char *field, struct duet_digests *ret);

#endif
