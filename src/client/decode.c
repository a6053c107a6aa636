/* SPDX-License-Identifier: MIT */
#include "client/decode.h"

#include <string.h>

static int copy(struct duet_bytes *src, void *buf, size_t cap, size_t *ret_n)
{
	size_t n = src->len < cap ? src->len : cap;

	if (n == 0)
		return DUET_WANT_READ;
	memcpy(buf, src->data, n);
	src->data = (const char *)src->data + n;
	src->len -= n;
	*ret_n = n;
	return DUET_OK;
}

static int unpack(struct duet_decode *decode, struct duet_bytes *src, void *buf,
		  size_t cap, size_t *ret_n, struct duet_error *err)
{
	int rc = DUET_OK;

	/* A head may speak of a coding without a body: HEAD, 304. */
	if (!decode->begun && src->len == 0)
		return DUET_WANT_READ;
	if (!decode->begun)
		rc = duet_unpack_new(decode->head, decode->max_bytes,
				     &decode->unpack, err);
	decode->begun = true;
	if (rc < 0)
		return rc;
	if (decode->unpack == NULL)
		return copy(src, buf, cap, ret_n);
	return duet_unpack_next(decode->unpack, src, buf, cap, ret_n, err);
}

int duet_decode_next(struct duet_decode *decode, struct duet_bytes *src,
		     void *buf, size_t cap, size_t *ret_n,
		     struct duet_error *err)
{
	int rc;

	*ret_n = 0;
	if (decode->failed)
		return DUET_WANT_READ;
	if (decode->head == NULL)
		rc = copy(src, buf, cap, ret_n);
	else
		rc = unpack(decode, src, buf, cap, ret_n, err);
	decode->failed = rc < 0;
	decode->bytes += *ret_n;
	return rc;
}

int duet_decode_end(struct duet_decode *decode, struct duet_error *err)
{
	int rc = DUET_OK;

	if (decode->unpack != NULL && !decode->failed)
		rc = duet_unpack_end(decode->unpack, err);
	decode->failed = decode->failed || rc < 0;
	return rc;
}

const char *duet_decode_name(const struct duet_decode *decode)
{
	return decode->unpack != NULL ? duet_unpack_name(decode->unpack) : "";
}

void duet_decode_done(struct duet_decode *decode)
{
	duet_unpack_free(decode->unpack);
	decode->unpack = NULL;
}
