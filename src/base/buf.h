/* SPDX-License-Identifier: MIT */
/*
 * base/buf.h - a queue of bytes in one piece: written at the end, read from
 * the beginning, grown as needed up to a maximum given at init.
 *
 *     data          begin            end             cap
 *      |  read, free  |  held bytes   |  room to fill  |
 */
#ifndef DUET_BASE_BUF_H
#define DUET_BASE_BUF_H

#include <duet/error.h>

struct duet_buf {
	uint8_t *data; /* NULL until something is put in */
	size_t begin;
	size_t end;
	size_t cap;
	size_t max;  /* of held bytes */
	bool secret; /* a copy is wiped before it is given back */
};

/* Allocates nothing. */
void duet_buf_init(struct duet_buf *buf, size_t max);
/* The same for what must leave no copy behind, neither in growing nor in
 * duet_buf_take(); to be done with by duet_buf_done_secret(). */
void duet_buf_init_secret(struct duet_buf *buf, size_t max);
/* Give the memory back; the buffer is empty and usable. */
void duet_buf_done(struct duet_buf *buf);
/* The same after wiping it. */
void duet_buf_done_secret(struct duet_buf *buf);
/* Forget the held bytes, keep the memory. */
void duet_buf_reset(struct duet_buf *buf);

static inline size_t duet_buf_len(const struct duet_buf *buf)
{
	return buf->end - buf->begin;
}

static inline struct duet_bytes duet_buf_bytes(const struct duet_buf *buf)
{
	struct duet_bytes bytes = { NULL, buf->end - buf->begin };

	if (bytes.len > 0)
		bytes.data = buf->data + buf->begin;
	return bytes;
}

/*
 * Room for at least n more bytes in one piece, moving or growing what is held.
 * DUET_OK, DUET_E_LIMIT (past the maximum) or DUET_E_NOMEM.
 */
DUET_CHECK int duet_buf_reserve(struct duet_buf *buf, size_t n);
/* The same, and where it has to grow no more than that: nothing follows. */
DUET_CHECK int duet_buf_reserve_exactly(struct duet_buf *buf, size_t n);
/* What reserve made available, at data + end. */
static inline size_t duet_buf_room(const struct duet_buf *buf)
{
	return buf->cap - buf->end;
}
/* n bytes have been written at data + end. */
void duet_buf_filled(struct duet_buf *buf, size_t n);
/* n bytes have been read from data + begin. */
void duet_buf_consume(struct duet_buf *buf, size_t n);

/* Append; the status of reserve. */
DUET_CHECK int duet_buf_add(struct duet_buf *buf, const void *data, size_t n);
DUET_CHECK int duet_buf_add_str(struct duet_buf *buf, const char *str);
DUET_CHECK int duet_buf_printf(struct duet_buf *buf, const char *fmt, ...)
	DUET_PRINTF(2, 3);
/* Hand the held bytes over; the buffer is empty afterwards. A NUL that
 * ret->len does not count follows them. DUET_E_NOMEM leaves both alone. */
DUET_CHECK int duet_buf_take(struct duet_buf *buf, struct duet_buffer *ret);

#endif
