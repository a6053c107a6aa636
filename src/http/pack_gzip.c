/* SPDX-License-Identifier: MIT */
/* RFC 1952, by zlib. Its head has no name and no time: the same bytes give the
 * same result. */
#include "http/gzip_int.h"
#include "http/pack_int.h"

enum {
	LEVEL = 6,        /* 9 takes twice as long for 1 % less: doc/adr/0013 */
	MEMORY_LEVEL = 8, /* zlib's default */
};

int duet_pack_gzip(struct duet_bytes src, void *dst, size_t cap,
		   size_t *ret_len)
{
	z_stream stream = { .zalloc = duet_gzip_alloc,
			    .zfree = duet_gzip_release };
	int rc;

	/* It counts in 32 bits. */
	if (src.len > UINT32_MAX || cap > UINT32_MAX)
		return DUET_E_LIMIT;
	if (deflateInit2(&stream, LEVEL, Z_DEFLATED, DUET_GZIP_WINDOW_BITS,
			 MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return DUET_E_NOMEM;
	stream.next_in = (Bytef *)src.data;
	stream.avail_in = (uInt)src.len;
	stream.next_out = dst;
	stream.avail_out = (uInt)cap;
	rc = deflate(&stream, Z_FINISH) == Z_STREAM_END ? DUET_OK
							: DUET_E_LIMIT;
	if (rc == DUET_OK)
		*ret_len = cap - stream.avail_out;
	(void)deflateEnd(&stream);
	return rc;
}
