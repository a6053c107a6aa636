/* SPDX-License-Identifier: MIT */
/* http/pack_int.h - duet_pack(), for each coding and its library. */
#ifndef DUET_HTTP_PACK_INT_H
#define DUET_HTTP_PACK_INT_H

#include <duet/error.h>

typedef int duet_pack_fn(struct duet_bytes src, void *dst, size_t cap,
			 size_t *ret_len);

duet_pack_fn duet_pack_brotli;
duet_pack_fn duet_pack_gzip;
duet_pack_fn duet_pack_zstd;

DUET_CHECK int duet_pack_open_brotli(struct duet_error *err);
DUET_CHECK int duet_pack_open_zstd(struct duet_error *err);

#endif
