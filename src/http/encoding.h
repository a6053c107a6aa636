/* SPDX-License-Identifier: MIT */
/* http/encoding.h - which form of a body a client takes (RFC 9110 s12.5.3). */
#ifndef DUET_HTTP_ENCODING_H
#define DUET_HTTP_ENCODING_H

#include <duet/http.h>

enum duet_coding {
	DUET_CODING_IDENTITY = 0, /* as it is */
	DUET_CODING_ZSTD,
	DUET_CODING_BROTLI,
	DUET_CODING_GZIP,
	DUET_N_CODINGS,
};

enum {
	DUET_CODING_NONE = -1,        /* nothing that the client takes */
	DUET_CODING_SUFFIX_BYTES = 5, /* ".zst" and a NUL */
};

/* As Content-Encoding has it ("zstd"), and as the name of a file ends in that
 * was encoded so (".zst"); "identity" and "". */
const char *duet_coding_name(enum duet_coding coding);
const char *duet_coding_suffix(enum duet_coding coding);

/*
 * The form to send to that request: sizes has the bytes of each one there is,
 * and UINT64_MAX for the others, which can_make says could be made. The one
 * with the highest weight, the smallest of several of them; one that has to be
 * made only before the identity; what the field names goes before an identity
 * that it does not name. Without the field it is the identity.
 * DUET_CODING_NONE: every form there is was refused, the identity by
 * "identity;q=0" or "*;q=0".
 */
int duet_coding_choose(const struct duet_head *request,
		       const uint64_t sizes[DUET_N_CODINGS], bool can_make);

#endif
