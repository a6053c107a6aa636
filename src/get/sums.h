/* SPDX-License-Identifier: MIT */
/*
 * get/sums.h - checksums as people write them: "sha256:HEX", and the files
 * that sha256sum(1) and its kin make.
 *
 *	HEX  NAME		\HEX  NAME		HEX *NAME
 *	SHA256 (NAME) = HEX	SHA2-256(NAME)= HEX	HEX
 *
 * In a name behind a backslash \\, \n and \r stand for what coreutils escapes.
 * What is no such line is passed over: comments, signatures around them.
 */
#ifndef DUET_GET_SUMS_H
#define DUET_GET_SUMS_H

#include "cert/hash.h"

enum {
	DUET_GET_HEX_BYTES = 2 * DUET_HASH_BYTES + 1,
	DUET_GET_SUMS_MAX = 16 * 1024 * 1024, /* of a file of them */
};

struct duet_get_sum {
	enum duet_hash_kind kind;
	char hex[DUET_GET_HEX_BYTES]; /* in lower case; "": none */
};

/* "sha256" */
const char *duet_get_sum_name(enum duet_hash_kind kind);
/* Of so many bytes, which are at most DUET_HASH_BYTES, in lower case. */
void duet_get_hex(char dst[DUET_GET_HEX_BYTES], const uint8_t *bytes,
		  size_t len);

/*
 * One argument. DUET_OK: it is a sum. DUET_EOF: it is the name of a file, which
 * begins at *ret_path. DUET_E_ARGUMENT, in words: it is neither, or of a kind
 * that proves nothing.
 */
DUET_CHECK int duet_get_sum_parse(const char *arg, struct duet_get_sum *ret,
				  const char **ret_path,
				  struct duet_error *err);

/*
 * That of name in the text of a file: of an entry of just that name, or else of
 * one whose last part it is; of several kinds the longest; or the only sum
 * there is, where it has no name. DUET_EOF: there is none. DUET_E_ARGUMENT, in
 * words: two that differ, or weak ones only, or no sums at all.
 */
DUET_CHECK int duet_get_sums_find(struct duet_bytes text, const char *name,
				  struct duet_get_sum *ret,
				  struct duet_error *err);

#endif
