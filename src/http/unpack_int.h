/* SPDX-License-Identifier: MIT */
/* http/unpack_int.h - one coding, by its library. */
#ifndef DUET_HTTP_UNPACK_INT_H
#define DUET_HTTP_UNPACK_INT_H

#include <duet/error.h>

struct duet_unpacker {
	/* DUET_E_NOMEM, or DUET_E_UNSUPPORTED: its library is not here. */
	int (*begin)(void **ret, struct duet_error *err);
	/*
	 * As duet_unpack_next(), but that DUET_OK may come with nothing
	 * written: src is used up then. *why, set after a failure, goes behind
	 * "gzip: ".
	 */
	int (*next)(void *state, struct duet_bytes *src, void *dst, size_t cap,
		    size_t *ret_n, const char **why);
	bool (*is_whole)(const void *state);
	void (*end)(void *state); /* may be NULL */
};

extern const struct duet_unpacker duet_unpack_brotli;
extern const struct duet_unpacker duet_unpack_gzip;
extern const struct duet_unpacker duet_unpack_zstd;

static const char duet_unpack_after_end[] = "bytes after its end";
static const char duet_unpack_damaged[] = "damaged";

static inline void duet_unpack_take(struct duet_bytes *src, size_t n)
{
	src->data = (const char *)src->data + n;
	src->len -= n;
}

#endif
