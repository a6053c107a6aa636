/* SPDX-License-Identifier: MIT */
#include "http/pack.h"

#include "http/pack_int.h"

int duet_pack(enum duet_coding coding, struct duet_bytes src, void *dst,
	      size_t cap, size_t *ret_len)
{
	static duet_pack_fn *const packers[DUET_N_CODINGS] = {
		[DUET_CODING_ZSTD] = duet_pack_zstd,
		[DUET_CODING_BROTLI] = duet_pack_brotli,
		[DUET_CODING_GZIP] = duet_pack_gzip,
	};

	return packers[coding](src, dst, cap, ret_len);
}
