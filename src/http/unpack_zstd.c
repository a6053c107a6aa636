/* SPDX-License-Identifier: MIT */
/*
 * RFC 8878, by libzstd: frames one after the other, and such as are to be
 * skipped among them (s3). RFC 9659 s3: no window of more than 8 MiB. Its
 * memory is malloc(3)'s, as in http/pack_zstd.c.
 */
#include <zstd.h>
#include <zstd_errors.h>

#include "base/error.h"
#include "base/library.h"
#include "base/mem.h"
#include "http/unpack_int.h"

#define FUNCTIONS(X)              \
	X(ZSTD_createDCtx)        \
	X(ZSTD_freeDCtx)          \
	X(ZSTD_DCtx_setParameter) \
	X(ZSTD_decompressStream)  \
	X(ZSTD_isError)           \
	X(ZSTD_getErrorCode)

DUET_LIBRARY(unzstd, "libzstd.so.1", FUNCTIONS, "how to decode Zstandard");

enum {
	WINDOW_LOG = 23, /* 8 MiB */
};

struct zstd {
	ZSTD_DCtx *context;
	bool between; /* frames: the last one is whole */
	bool full;    /* the last call: there may be more of it */
	bool begun;   /* a frame has been whole */
};

static void end(void *state)
{
	struct zstd *zstd = state;

	if (zstd == NULL)
		return;
	(void)unzstd.ZSTD_freeDCtx(zstd->context);
	duet_mem_free(zstd);
}

static int begin(void **ret, struct duet_error *err)
{
	struct zstd *zstd;
	int rc = duet_library_open(&unzstd_library, err);

	if (rc < 0)
		return rc;
	zstd = duet_mem_zalloc(sizeof(*zstd));
	if (zstd == NULL)
		return duet_error_nomem(err);
	zstd->context = unzstd.ZSTD_createDCtx();
	if (zstd->context == NULL ||
	    unzstd.ZSTD_isError(
		    unzstd.ZSTD_DCtx_setParameter(zstd->context,
						  ZSTD_d_windowLogMax,
						  WINDOW_LOG))) {
		end(zstd);
		return duet_error_nomem(err);
	}
	*ret = zstd;
	return DUET_OK;
}

static int failure(const struct zstd *zstd, size_t rc, const char **why)
{
	switch (unzstd.ZSTD_getErrorCode(rc)) {
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
	rc = unzstd.ZSTD_decompressStream(zstd->context, &out, &in);
	duet_unpack_take(src, in.pos);
	*ret_n = out.pos;
	if (unzstd.ZSTD_isError(rc))
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

const struct duet_unpacker duet_unpack_zstd = { begin, next, is_whole, end };
