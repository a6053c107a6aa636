/* SPDX-License-Identifier: MIT */
/*
 * RFC 7932, by libbrotli. Where there is no memory it calls exit(3), unless it
 * was built otherwise, so it is left by longjmp(3) before it can: all that it
 * holds are blocks of ours.
 */
#include <brotli/encode.h>
#include <setjmp.h>
#include <stddef.h>

#include "base/library.h"
#include "base/mem.h"
#include "http/pack_int.h"

#define FUNCTIONS(X)                   \
	X(BrotliEncoderCreateInstance) \
	X(BrotliEncoderSetParameter)   \
	X(BrotliEncoderCompressStream) \
	X(BrotliEncoderIsFinished)

DUET_LIBRARY(brotlienc, "libbrotlienc.so.1", FUNCTIONS, "how to encode brotli");

enum {
	/* 4 is a third faster and 10 % longer, 7 takes twice as long for 4 %
	 * less: doc/adr/0013. */
	LEVEL = 5,
};

struct block {
	_Alignas(max_align_t) struct block *next;
	struct block *prev;
};

struct memory {
	jmp_buf out_of_it;
	struct block *blocks;
};

static void *alloc(void *arg, size_t size)
{
	struct memory *memory = arg;
	struct block *block = duet_mem_alloc(sizeof(*block) + size);

	if (block == NULL)
		longjmp(memory->out_of_it, 1);
	block->prev = NULL;
	block->next = memory->blocks;
	if (block->next != NULL)
		block->next->prev = block;
	memory->blocks = block;
	return block + 1;
}

static void release(void *arg, void *ptr)
{
	struct memory *memory = arg;
	struct block *block = ptr;

	if (block == NULL)
		return;
	block--;
	if (block->prev != NULL)
		block->prev->next = block->next;
	else
		memory->blocks = block->next;
	if (block->next != NULL)
		block->next->prev = block->prev;
	duet_mem_free(block);
}

int duet_pack_open_brotli(struct duet_error *err)
{
	return duet_library_open(&brotlienc_library, err);
}

static bool configure(BrotliEncoderState *state, size_t size)
{
	uint32_t hint = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;

	return brotlienc.BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY,
						   LEVEL) &&
	       brotlienc.BrotliEncoderSetParameter(state,
						   BROTLI_PARAM_SIZE_HINT,
						   hint);
}

/* It fails for nothing but memory, and then by alloc(). */
static int encode(struct memory *memory, struct duet_bytes src, void *dst,
		  size_t cap, size_t *ret_len)
{
	BrotliEncoderState *state =
		brotlienc.BrotliEncoderCreateInstance(alloc, release, memory);
	const uint8_t *in = src.data;
	size_t in_left = src.len;
	uint8_t *out = dst;
	size_t out_left = cap;

	if (state == NULL || !configure(state, src.len) ||
	    !brotlienc.BrotliEncoderCompressStream(state,
						   BROTLI_OPERATION_FINISH,
						   &in_left, &in, &out_left,
						   &out, NULL))
		return DUET_E_NOMEM;
	if (!brotlienc.BrotliEncoderIsFinished(state))
		return DUET_E_LIMIT;
	*ret_len = cap - out_left;
	return DUET_OK;
}

/* A function of its own: setjmp(3) loses what is local to its own. */
static int try_to(struct memory *memory, struct duet_bytes src, void *dst,
		  size_t cap, size_t *ret_len)
{
	if (setjmp(memory->out_of_it) != 0)
		return DUET_E_NOMEM;
	return encode(memory, src, dst, cap, ret_len);
}

int duet_pack_brotli(struct duet_bytes src, void *dst, size_t cap,
		     size_t *ret_len)
{
	struct memory memory = { .blocks = NULL };
	int rc = try_to(&memory, src, dst, cap, ret_len);

	/* Its instance is one of them: there is nothing else to destroy. */
	while (memory.blocks != NULL)
		release(&memory, memory.blocks + 1);
	return rc;
}
