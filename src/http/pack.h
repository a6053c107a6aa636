/* SPDX-License-Identifier: MIT */
/*
 * http/pack.h - encode bytes in a content coding (RFC 9110 s8.4.1).
 *
 * The same bytes and libraries give the same result, in every process. All of
 * it at once, at a level that takes some 20 ms for a mebibyte: for a thread of
 * its own.
 */
#ifndef DUET_HTTP_PACK_H
#define DUET_HTTP_PACK_H

#include "http/encoding.h"

/* For whoever wants to know before that what encodes is here.
 * DUET_E_UNSUPPORTED. */
DUET_CHECK int duet_pack_open(struct duet_error *err);

/*
 * Encode src into dst, which has cap bytes; any coding but the identity. From
 * any thread. DUET_OK and *ret_len; DUET_E_LIMIT: the result is longer than
 * cap; DUET_E_NOMEM; DUET_E_UNSUPPORTED, as above.
 */
DUET_CHECK int duet_pack(enum duet_coding coding, struct duet_bytes src,
			 void *dst, size_t cap, size_t *ret_len);

#endif
