/* SPDX-License-Identifier: MIT */
/* base/base64.h - bytes as letters (RFC 4648 s4). */
#ifndef DUET_BASE_BASE64_H
#define DUET_BASE_BASE64_H

#include <duet/error.h>

/* What so many bytes become, with a NUL behind it. */
#define DUET_BASE64_BYTES(len) (4 * (((len) + 2) / 3) + 1)

/* dst holds DUET_BASE64_BYTES(data.len). */
void duet_base64_encode(char *dst, struct duet_bytes data);
/*
 * false for everything that duet_base64_encode() does not write: line ends and
 * blanks, other letters, missing padding, bits left over that are not zero
 * (s3.5), so that no two texts are the same bytes; and for more bytes than cap.
 * dst may have been written to then; *ret_len has not.
 */
DUET_CHECK bool duet_base64_decode(struct duet_bytes text, void *dst,
				   size_t cap, size_t *ret_len);

#endif
