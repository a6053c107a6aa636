/* SPDX-License-Identifier: MIT */
/* The allocator hook: the one call that sets both our memory and OpenSSL's. */
#include <openssl/crypto.h>

#include <duet/error.h>

#include "base/mem.h"
#include "base/opts.h"

static void *alloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return duet_mem_alloc(size);
}

static void *resize(void *ptr, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	/* As CRYPTO_realloc(3) has it, not as realloc(3). */
	if (ptr != NULL && size == 0) {
		duet_mem_free(ptr);
		return NULL;
	}
	return duet_mem_resize(ptr, size);
}

static void release(void *ptr, const char *file, int line)
{
	(void)file;
	(void)line;
	duet_mem_free(ptr);
}

int duet_set_allocator(const struct duet_allocator *given)
{
	struct duet_allocator allocator;
	int rc;

	rc = duet_opts_copy(&allocator, sizeof(allocator), given,
			    "duet_allocator", NULL);
	if (rc != DUET_OK)
		return rc;
	if (allocator.alloc == NULL || allocator.resize == NULL ||
	    allocator.release == NULL)
		return DUET_E_ARGUMENT;
	if (duet_mem_is_used() || duet_mem_is_hooked())
		return DUET_E_STATE;
	/* OpenSSL refuses once it has allocated anything. */
	if (CRYPTO_set_mem_functions(alloc, resize, release) != 1)
		return DUET_E_STATE;
	duet_mem_set_hook(&allocator);
	return DUET_OK;
}
