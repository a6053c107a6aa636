/* SPDX-License-Identifier: MIT */
#include "http/pack.h"

#include "http/pack_int.h"

int duet_pack_open(struct duet_error *err)
{
	int rc = duet_pack_open_brotli(err);

	return rc < 0 ? rc : duet_pack_open_zstd(err);
}

int duet_pack(enum duet_coding coding, struct duet_bytes src, void *dst,
	      size_t cap, size_t *ret_len)
{
	static duet_pack_fn *const packers[DUET_N_CODINGS] = {
		[DUET_CODING_ZSTD] = duet_pack_zstd,
		[DUET_CODING_BROTLI] = duet_pack_brotli,
		[DUET_CODING_GZIP] = duet_pack_gzip,
	};

	int rc = duet_pack_open(NULL);

	return rc < 0 ? rc : packers[coding](src, dst, cap, ret_len);
}
