/* SPDX-License-Identifier: MIT */
/*
 * RFC 1952, by zlib. A file of several members is one after the other (s2.2);
 * whether another follows is known when a byte of it comes.
 */
#include "base/error.h"
#include "base/mem.h"
#include "http/gzip_int.h"
#include "http/unpack_int.h"

enum {
	MAGIC = 0x1f, /* s2.3.1: ID1 */
};

struct gzip {
	z_stream stream;
	bool between; /* members: the last one is whole */
};

static int begin(void **ret, struct duet_error *err)
{
	struct gzip *gzip = duet_mem_zalloc(sizeof(*gzip));

	if (gzip == NULL)
		return duet_error_nomem(err);
	gzip->stream.zalloc = duet_gzip_alloc;
	gzip->stream.zfree = duet_gzip_release;
	if (inflateInit2(&gzip->stream, DUET_GZIP_WINDOW_BITS) != Z_OK) {
		duet_mem_free(gzip);
		return duet_error_nomem(err);
	}
	*ret = gzip;
	return DUET_OK;
}

/* DUET_OK: in a member, or at the beginning of one. */
static int enter_member(struct gzip *gzip, const struct duet_bytes *src,
			const char **why)
{
	if (!gzip->between)
		return DUET_OK;
	if (*(const uint8_t *)src->data != MAGIC) {
		*why = duet_unpack_after_end;
		return DUET_E_CODING;
	}
	gzip->between = false;
	(void)inflateReset(&gzip->stream); /* fails for no stream only */
	return DUET_OK;
}

static int next(void *state, struct duet_bytes *src, void *dst, size_t cap,
		size_t *ret_n, const char **why)
{
	struct gzip *gzip = state;
	z_stream *stream = &gzip->stream;
	/* It counts in 32 bits. */
	uInt given = src->len < UINT32_MAX ? (uInt)src->len : UINT32_MAX;
	uInt room = cap < UINT32_MAX ? (uInt)cap : UINT32_MAX;
	int rc;

	*ret_n = 0;
	if (gzip->between && src->len == 0)
		return DUET_OK;
	rc = enter_member(gzip, src, why);
	if (rc < 0)
		return rc;
	stream->next_in = (Bytef *)src->data;
	stream->avail_in = given;
	stream->next_out = dst;
	stream->avail_out = room;
	rc = inflate(stream, Z_NO_FLUSH);
	duet_unpack_take(src, given - stream->avail_in);
	*ret_n = room - stream->avail_out;
	gzip->between = rc == Z_STREAM_END;
	if (rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR)
		return DUET_OK;
	*why = duet_unpack_damaged;
	return rc == Z_MEM_ERROR ? DUET_E_NOMEM : DUET_E_CODING;
}

static bool is_whole(const void *state)
{
	return ((const struct gzip *)state)->between;
}

static void end(void *state)
{
	struct gzip *gzip = state;

	if (gzip == NULL)
		return;
	(void)inflateEnd(&gzip->stream);
	duet_mem_free(gzip);
}

const struct duet_unpacker duet_unpack_gzip = { begin, next, is_whole, end };
