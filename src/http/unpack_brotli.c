/* SPDX-License-Identifier: MIT */
/* RFC 7932, by libbrotli. Its windows are at most 16 MiB (s9.1); the larger
 * ones that the library knows as well are not asked for. */
#include <brotli/decode.h>

#include "base/error.h"
#include "base/library.h"
#include "base/mem.h"
#include "http/unpack_int.h"

#define FUNCTIONS(X)                     \
	X(BrotliDecoderCreateInstance)   \
	X(BrotliDecoderIsFinished)       \
	X(BrotliDecoderDecompressStream) \
	X(BrotliDecoderGetErrorCode)     \
	X(BrotliDecoderDestroyInstance)

DUET_LIBRARY(brotlidec, "libbrotlidec.so.1", FUNCTIONS, "how to decode brotli");

static void *alloc(void *arg, size_t size)
{
	(void)arg;
	return duet_mem_alloc(size);
}

static void release(void *arg, void *ptr)
{
	(void)arg;
	duet_mem_free(ptr);
}

static int begin(void **ret, struct duet_error *err)
{
	int rc = duet_library_open(&brotlidec_library, err);

	if (rc < 0)
		return rc;
	*ret = brotlidec.BrotliDecoderCreateInstance(alloc, release, NULL);
	return *ret != NULL ? DUET_OK : duet_error_nomem(err);
}

static bool is_about_memory(BrotliDecoderErrorCode code)
{
	return code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
	       code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
}

static int next(void *state, struct duet_bytes *src, void *dst, size_t cap,
		size_t *ret_n, const char **why)
{
	BrotliDecoderState *brotli = state;
	const uint8_t *in = src->data;
	size_t left = src->len;
	uint8_t *out = dst;
	size_t room = cap;
	BrotliDecoderResult rc;

	*ret_n = 0;
	if (brotlidec.BrotliDecoderIsFinished(brotli)) {
		*why = duet_unpack_after_end;
		return src->len == 0 ? DUET_OK : DUET_E_CODING;
	}
	rc = brotlidec.BrotliDecoderDecompressStream(brotli, &left, &in, &room,
						     &out, NULL);
	duet_unpack_take(src, src->len - left);
	*ret_n = cap - room;
	if (rc != BROTLI_DECODER_RESULT_ERROR)
		return DUET_OK;
	*why = duet_unpack_damaged;
	return is_about_memory(brotlidec.BrotliDecoderGetErrorCode(brotli))
		       ? DUET_E_NOMEM
		       : DUET_E_CODING;
}

static bool is_whole(const void *state)
{
	return brotlidec.BrotliDecoderIsFinished(state) != 0;
}

static void end(void *state)
{
	if (state != NULL)
		brotlidec.BrotliDecoderDestroyInstance(state);
}

const struct duet_unpacker duet_unpack_brotli = { begin, next, is_whole, end };
