/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* explicit_bzero */
#include "base/mem.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct duet_allocator mem_hook;
static atomic_bool mem_used;

/* Written once: the line stays shared between processors. */
static void note_use(void)
{
	if (!atomic_load_explicit(&mem_used, memory_order_relaxed))
		atomic_store_explicit(&mem_used, true, memory_order_relaxed);
}

void duet_mem_set_hook(const struct duet_allocator *hook)
{
	if (hook != NULL)
		mem_hook = *hook;
	else
		memset(&mem_hook, 0, sizeof(mem_hook));
}

bool duet_mem_is_hooked(void)
{
	return mem_hook.alloc != NULL;
}

bool duet_mem_is_used(void)
{
	return atomic_load_explicit(&mem_used, memory_order_relaxed);
}

void *duet_mem_alloc(size_t size)
{
	if (size == 0)
		size = 1;
	note_use();
	if (mem_hook.alloc != NULL)
		return mem_hook.alloc(size, mem_hook.arg);
	return malloc(size);
}

void *duet_mem_zalloc(size_t size)
{
	void *ptr = duet_mem_alloc(size);

	if (ptr != NULL)
		memset(ptr, 0, size);
	return ptr;
}

void *duet_mem_array(size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	return duet_mem_zalloc(n * size);
}

void *duet_mem_resize(void *ptr, size_t size)
{
	if (size == 0)
		size = 1;
	note_use();
	if (mem_hook.resize != NULL)
		return mem_hook.resize(ptr, size, mem_hook.arg);
	return realloc(ptr, size);
}

void duet_mem_free(void *ptr)
{
	if (ptr == NULL)
		return;
	if (mem_hook.release != NULL)
		mem_hook.release(ptr, mem_hook.arg);
	else
		free(ptr);
}

void duet_mem_wipe(void *ptr, size_t n)
{
	if (ptr != NULL && n > 0)
		explicit_bzero(ptr, n);
}

void duet_mem_free_secret(void *ptr, size_t n)
{
	duet_mem_wipe(ptr, n);
	duet_mem_free(ptr);
}

bool duet_mem_is_same(const void *a, const void *b, size_t n)
{
	/* volatile: the compiler may not leave early either. */
	const volatile unsigned char *p = a;
	const volatile unsigned char *q = b;
	volatile unsigned char differences = 0;
	size_t i;

	for (i = 0; i < n; i++)
		differences = differences | (unsigned char)(p[i] ^ q[i]);
	return differences == 0;
}

void *duet_mem_dup(const void *src, size_t n)
{
	void *ptr = duet_mem_alloc(n);

	if (ptr != NULL && n > 0)
		memcpy(ptr, src, n);
	return ptr;
}

char *duet_mem_strdup(const char *src)
{
	if (src == NULL)
		return NULL;
	return duet_mem_dup(src, strlen(src) + 1);
}

char *duet_mem_strndup(const char *src, size_t n)
{
	char *ptr = duet_mem_alloc(n + 1);

	if (ptr == NULL)
		return NULL;
	if (n > 0)
		memcpy(ptr, src, n);
	ptr[n] = '\0';
	return ptr;
}

char *duet_mem_printf(const char *fmt, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		return NULL;
	text = duet_mem_alloc((size_t)len + 1);
	if (text == NULL)
		return NULL;
	va_start(args, fmt);
	(void)vsnprintf(text, (size_t)len + 1, fmt, args);
	va_end(args);
	return text;
}

void duet_buffer_free(struct duet_buffer *buffer)
{
	if (buffer == NULL)
		return;
	duet_mem_free_secret(buffer->data, buffer->len);
	buffer->data = NULL;
	buffer->len = 0;
}
