/* SPDX-License-Identifier: MIT */
/*
 * support/memory.h - the library's memory under the eyes of a test: allocations
 * are counted, and fail where the test wants them to. From one of the three
 * beginnings on to memory_done(), which gives malloc(3) back; in any thread.
 */
#ifndef DUET_TESTS_MEMORY_H
#define DUET_TESTS_MEMORY_H

#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"

static struct {
	atomic_long n;     /* allocations so far, also those that failed */
	atomic_long held;  /* of them, those that were not given back */
	atomic_int failed; /* how many */
	long fail_at;      /* the first that fails, from 0; -1: none */
	bool ever_after;   /* and all that follow */
} memory;

static inline bool memory_fails(void)
{
	long number = atomic_fetch_add(&memory.n, 1);
	bool fails = memory.fail_at >= 0 &&
		     (number == memory.fail_at ||
		      (memory.ever_after && number > memory.fail_at));

	memory.failed += fails;
	return fails;
}

static inline void *memory_alloc(size_t size, void *arg)
{
	void *ptr = memory_fails() ? NULL : malloc(size);

	(void)arg;
	memory.held += ptr != NULL;
	return ptr;
}

static inline void *memory_resize(void *ptr, size_t size, void *arg)
{
	if (ptr == NULL)
		return memory_alloc(size, arg);
	return memory_fails() ? NULL : realloc(ptr, size);
}

static inline void memory_release(void *ptr, void *arg)
{
	(void)arg;
	memory.held -= ptr != NULL;
	free(ptr);
}

static inline void memory_begin(long fail_at, bool ever_after)
{
	static const struct duet_allocator hook = { sizeof(hook), memory_alloc,
						    memory_resize,
						    memory_release, NULL };

	memory.n = 0;
	memory.held = 0;
	memory.failed = 0;
	memory.fail_at = fail_at;
	memory.ever_after = ever_after;
	duet_mem_set_hook(&hook);
}

/* None fails. */
static inline void memory_count(void)
{
	memory_begin(-1, false);
}

/* The one of that number fails, from 0, and no other. */
static inline void memory_fail(long number)
{
	memory_begin(number, false);
}

/* So many go well, and then there is no memory any more. */
static inline void memory_end_after(long number)
{
	memory_begin(number, true);
}

/* Whether any has failed. */
static inline bool memory_done(void)
{
	duet_mem_set_hook(NULL);
	return memory.failed > 0;
}

#endif
