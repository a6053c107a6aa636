/* SPDX-License-Identifier: MIT */
/* base/mem.h - every allocation of ours goes through here. */
#ifndef DUET_BASE_MEM_H
#define DUET_BASE_MEM_H

#include <duet/error.h>

/* NULL when there is none; size 0 gives a unique pointer all the same. */
void *duet_mem_alloc(size_t size);
void *duet_mem_zalloc(size_t size);
/* n items of size bytes, zeroed; NULL also when n * size overflows. */
void *duet_mem_array(size_t n, size_t size);
void *duet_mem_resize(void *ptr, size_t size);
void duet_mem_free(void *ptr);

/* Wipe n bytes so that the compiler keeps the wiping, then free. */
void duet_mem_free_secret(void *ptr, size_t n);
void duet_mem_wipe(void *ptr, size_t n);
/* Whether n bytes are the same, in a time that does not tell where they first
 * differ. */
bool duet_mem_is_same(const void *a, const void *b, size_t n);

void *duet_mem_dup(const void *src, size_t n);
/* A NUL-terminated copy; NULL for NULL. */
char *duet_mem_strdup(const char *src);
char *duet_mem_strndup(const char *src, size_t n);
/* As asprintf(3) through our allocator; NULL when there is no memory. */
char *duet_mem_printf(const char *fmt, ...) DUET_PRINTF(1, 2);

/*
 * The process-wide hook behind duet_set_allocator(). Copied; NULL restores
 * malloc(3). No lock: set it before threads are.
 */
void duet_mem_set_hook(const struct duet_allocator *hook);
/* Whether there is one, for libraries below us that want to be told. */
bool duet_mem_is_hooked(void);
/* Whether anything has been allocated yet: then a hook comes too late. */
bool duet_mem_is_used(void);

#endif
