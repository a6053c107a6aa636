/* SPDX-License-Identifier: MIT */
/*
 * RFC 8878, by libzstd: frames one after the other, and such as are to be
 * skipped among them (s3). RFC 9659 s3: no window of more than 8 MiB. Its
 * memory is malloc(3)'s, as in http/pack_zstd.c.
 */
#include <zstd.h>
#include <zstd_errors.h>

#include "base/mem.h"
#include "http/unpack_int.h"

enum {
	WINDOW_LOG = 23, /* 8 MiB */
};

struct zstd {
	ZSTD_DCtx *context;
	bool between; /* frames: the last one is whole */
	bool full;    /* the last call: there may be more of it */
	bool begun;   /* a frame has been whole */
};

static void *begin(void)
{
	struct zstd *zstd = duet_mem_zalloc(sizeof(*zstd));

	if (zstd == NULL)
		return NULL;
	zstd->context = ZSTD_createDCtx();
	if (zstd->context != NULL &&
	    !ZSTD_isError(ZSTD_DCtx_setParameter(zstd->context,
						 ZSTD_d_windowLogMax,
						 WINDOW_LOG)))
		return zstd;
	(void)ZSTD_freeDCtx(zstd->context);
	duet_mem_free(zstd);
	return NULL;
}

static int failure(const struct zstd *zstd, size_t rc, const char **why)
{
	switch (ZSTD_getErrorCode(rc)) {
	case ZSTD_error_memory_allocation:
		return DUET_E_NOMEM;
	case ZSTD_error_frameParameter_windowTooLarge:
		*why = "a window of more than 8 MiB (RFC 9659)";
		return DUET_E_LIMIT;
	case ZSTD_error_prefix_unknown:
		*why = zstd->begun ? duet_unpack_after_end
				   : duet_unpack_damaged;
		return DUET_E_CODING;
	default:
		*why = duet_unpack_damaged;
		return DUET_E_CODING;
	}
}

static int next(void *state, struct duet_bytes *src, void *dst, size_t cap,
		size_t *ret_n, const char **why)
{
	struct zstd *zstd = state;
	ZSTD_inBuffer in = { src->data, src->len, 0 };
	ZSTD_outBuffer out = { dst, cap, 0 };
	size_t rc;

	*ret_n = 0;
	/* To be called without a byte would begin a frame, and to be called in
	 * vain too often is a failure. */
	if (src->len == 0 && (zstd->between || !zstd->full))
		return DUET_OK;
	rc = ZSTD_decompressStream(zstd->context, &out, &in);
	duet_unpack_take(src, in.pos);
	*ret_n = out.pos;
	if (ZSTD_isError(rc))
		return failure(zstd, rc, why);
	zstd->full = out.pos == cap;
	zstd->between = rc == 0;
	zstd->begun = zstd->begun || rc == 0;
	return DUET_OK;
}

static bool is_whole(const void *state)
{
	return ((const struct zstd *)state)->between;
}

static void end(void *state)
{
	struct zstd *zstd = state;

	if (zstd == NULL)
		return;
	(void)ZSTD_freeDCtx(zstd->context);
	duet_mem_free(zstd);
}

const struct duet_unpacker duet_unpack_zstd = { begin, next, is_whole, end };
