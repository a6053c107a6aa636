/* SPDX-License-Identifier: MIT */
/*
 * RFC 8878, by libzstd. Its window is no larger than what is encoded, and at
 * this level never more than 4 MiB; RFC 9659 lets a client refuse what is above
 * 8 MiB. To give it an allocator is not in its stable interface: it uses
 * malloc(3).
 */
#include <zstd.h>
#include <zstd_errors.h>

#include "base/library.h"
#include "http/pack_int.h"

#define FUNCTIONS(X) X(ZSTD_compress) X(ZSTD_isError) X(ZSTD_getErrorCode)

DUET_LIBRARY(zstd, "libzstd.so.1", FUNCTIONS, "how to encode Zstandard");

enum {
	LEVEL = 6, /* 3 is three times as fast and 12 % longer: doc/adr/0013 */
};

int duet_pack_open_zstd(struct duet_error *err)
{
	return duet_library_open(&zstd_library, err);
}

int duet_pack_zstd(struct duet_bytes src, void *dst, size_t cap,
		   size_t *ret_len)
{
	size_t n = zstd.ZSTD_compress(dst, cap, src.data, src.len, LEVEL);

	if (!zstd.ZSTD_isError(n)) {
		*ret_len = n;
		return DUET_OK;
	}
	return zstd.ZSTD_getErrorCode(n) == ZSTD_error_dstSize_tooSmall
		       ? DUET_E_LIMIT
		       : DUET_E_NOMEM;
}
