/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum {
	FIRST_CAP = 512,
};

void duet_buf_init(struct duet_buf *buf, size_t max)
{
	memset(buf, 0, sizeof(*buf));
	buf->max = max;
}

void duet_buf_init_secret(struct duet_buf *buf, size_t max)
{
	duet_buf_init(buf, max);
	buf->secret = true;
}

/* As it was after init, of either kind. */
static void make_new(struct duet_buf *buf)
{
	bool secret = buf->secret;

	duet_buf_init(buf, buf->max);
	buf->secret = secret;
}

void duet_buf_done(struct duet_buf *buf)
{
	duet_mem_free(buf->data);
	make_new(buf);
}

void duet_buf_done_secret(struct duet_buf *buf)
{
	duet_mem_free_secret(buf->data, buf->cap);
	make_new(buf);
}

void duet_buf_reset(struct duet_buf *buf)
{
	buf->begin = 0;
	buf->end = 0;
}

static void move_to_front(struct duet_buf *buf)
{
	size_t len = duet_buf_len(buf);

	if (buf->begin == 0)
		return;
	if (len > 0)
		memmove(buf->data, buf->data + buf->begin, len);
	buf->begin = 0;
	buf->end = len;
}

static size_t grown_cap(const struct duet_buf *buf, size_t need)
{
	size_t cap = buf->cap > 0 ? buf->cap : FIRST_CAP;

	while (cap < need && cap <= buf->max / 2)
		cap *= 2;
	/* No more than that is ever wanted; to grow by need would be to grow
	 * each time. */
	return cap < need ? buf->max : cap;
}

/* The memory with another size, as realloc(3) gives it; what is held is at the
 * front. */
static uint8_t *resized(struct duet_buf *buf, size_t cap)
{
	uint8_t *data;

	if (cap == buf->cap)
		return buf->data;
	if (!buf->secret)
		return duet_mem_resize(buf->data, cap);
	data = duet_mem_alloc(cap);
	if (data == NULL)
		return NULL;
	if (duet_buf_len(buf) > 0)
		memcpy(data, buf->data, duet_buf_len(buf));
	duet_mem_free_secret(buf->data, buf->cap);
	return data;
}

static int reserve(struct duet_buf *buf, size_t n, bool exactly)
{
	size_t len = duet_buf_len(buf);
	uint8_t *data;
	size_t cap;

	if (n > buf->max || len > buf->max - n)
		return DUET_E_LIMIT;
	if (n <= buf->cap - buf->end)
		return DUET_OK;
	move_to_front(buf);
	if (n <= buf->cap - buf->end)
		return DUET_OK;
	cap = exactly ? len + n : grown_cap(buf, len + n);
	data = resized(buf, cap);
	if (data == NULL)
		return DUET_E_NOMEM;
	buf->data = data;
	buf->cap = cap;
	return DUET_OK;
}

int duet_buf_reserve(struct duet_buf *buf, size_t n)
{
	return reserve(buf, n, false);
}

int duet_buf_reserve_exactly(struct duet_buf *buf, size_t n)
{
	return reserve(buf, n, true);
}

void duet_buf_filled(struct duet_buf *buf, size_t n)
{
	assert(n <= buf->cap - buf->end);
	buf->end += n;
}

void duet_buf_consume(struct duet_buf *buf, size_t n)
{
	assert(n <= duet_buf_len(buf));
	buf->begin += n;
	if (buf->begin == buf->end)
		duet_buf_reset(buf);
}

int duet_buf_add(struct duet_buf *buf, const void *data, size_t n)
{
	int rc;

	if (n == 0)
		return DUET_OK;
	rc = duet_buf_reserve(buf, n);
	if (rc != DUET_OK)
		return rc;
	memcpy(buf->data + buf->end, data, n);
	buf->end += n;
	return DUET_OK;
}

int duet_buf_add_str(struct duet_buf *buf, const char *str)
{
	return duet_buf_add(buf, str, strlen(str));
}

int duet_buf_printf(struct duet_buf *buf, const char *fmt, ...)
{
	va_list args;
	int len;
	int rc;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		return DUET_E_ARGUMENT;
	rc = duet_buf_reserve(buf, (size_t)len + 1); /* its NUL too */
	if (rc != DUET_OK)
		return rc;
	va_start(args, fmt);
	(void)vsnprintf((char *)buf->data + buf->end, (size_t)len + 1, fmt,
			args);
	va_end(args);
	buf->end += (size_t)len;
	return DUET_OK;
}

int duet_buf_take(struct duet_buf *buf, struct duet_buffer *ret)
{
	size_t len = duet_buf_len(buf);
	uint8_t *data;

	move_to_front(buf);
	data = resized(buf, len + 1);
	if (data == NULL)
		return DUET_E_NOMEM;
	data[len] = '\0';
	ret->data = data;
	ret->len = len;
	make_new(buf);
	return DUET_OK;
}
