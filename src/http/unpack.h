/* SPDX-License-Identifier: MIT */
/*
 * http/unpack.h - decode what content codings have made (RFC 9110 s8.4), as it
 * comes.
 *
 * A few bytes can stand for very many. So what comes out has a maximum, and so
 * has its ratio to what went in, at each coding where several lie upon each
 * other. No more is held than a few pieces and the codings' windows: 32 KiB for
 * gzip, 16 MiB for brotli, 8 MiB for zstd (RFC 9659 s3).
 */
#ifndef DUET_HTTP_UNPACK_H
#define DUET_HTTP_UNPACK_H

#include <duet/http.h>

enum {
	DUET_UNPACK_CODINGS = 3,                   /* upon each other */
	DUET_UNPACK_RATIO = 250,                   /* bytes for one ... */
	DUET_UNPACK_RATIO_FROM = 16 * 1024 * 1024, /* ... beyond so many */
	DUET_UNPACK_NAME_BYTES = 64,
};
#define DUET_UNPACK_BYTES ((uint64_t)4 << 30) /* the default maximum */

struct duet_unpack;

/*
 * By the Content-Encoding of head; *ret is NULL where that is none at all or
 * the identity. max_bytes 0: the default. DUET_E_CODING: one that is not known,
 * or too many of them; DUET_E_NOMEM.
 */
DUET_CHECK int duet_unpack_new(const struct duet_head *head, uint64_t max_bytes,
			       struct duet_unpack **ret,
			       struct duet_error *err);
void duet_unpack_free(struct duet_unpack *unpack);
/* "gzip", "br, gzip" */
const char *duet_unpack_name(const struct duet_unpack *unpack);

/*
 * Take from the beginning of *src, and write at most cap bytes, which is not 0,
 * to dst. DUET_OK with *ret_n > 0; DUET_WANT_READ: *src is used up, and nothing
 * more comes without more; DUET_E_CODING: damaged, or bytes after its end;
 * DUET_E_LIMIT, DUET_E_NOMEM. After a failure: no more calls.
 */
DUET_CHECK int duet_unpack_next(struct duet_unpack *unpack,
				struct duet_bytes *src, void *dst, size_t cap,
				size_t *ret_n, struct duet_error *err);
/* Nothing follows: is that its end? DUET_OK, DUET_E_CODING_CUT. No bytes at all
 * are an empty body in any coding. */
DUET_CHECK int duet_unpack_end(const struct duet_unpack *unpack,
			       struct duet_error *err);

#endif
