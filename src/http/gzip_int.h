/* SPDX-License-Identifier: MIT */
/* http/gzip_int.h - what pack_gzip.c and unpack_gzip.c tell zlib alike. */
#ifndef DUET_HTTP_GZIP_INT_H
#define DUET_HTTP_GZIP_INT_H

#include <zlib.h>

#include "base/mem.h"

enum {
	DUET_GZIP_WINDOW_BITS = 16 + MAX_WBITS, /* with gzip's head and end */
};

/* zalloc and zfree of a z_stream: memory is taken by base/mem.h. */
static inline void *duet_gzip_alloc(void *arg, unsigned n, unsigned size)
{
	(void)arg;
	return duet_mem_array(n, size);
}

static inline void duet_gzip_release(void *arg, void *ptr)
{
	(void)arg;
	duet_mem_free(ptr);
}

#endif
