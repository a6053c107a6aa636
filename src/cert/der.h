/* SPDX-License-Identifier: MIT */
/*
 * cert/der.h - steps through DER (X.690) as it lies there: nothing is copied,
 * and every length is checked before anything is read. What is not DER but
 * only BER is refused: a tag of more than one byte, an indefinite length, one
 * that is longer than it need be.
 *
 * In the header, because a list may have a million entries.
 */
#ifndef DUET_CERT_DER_H
#define DUET_CERT_DER_H

#include <duet/error.h>

/* With class and form, so that [16] is no SEQUENCE. */
enum duet_der_tag {
	DUET_DER_BOOLEAN = 0x01,
	DUET_DER_INTEGER = 0x02,
	DUET_DER_BIT_STRING = 0x03,
	DUET_DER_OCTET_STRING = 0x04,
	DUET_DER_OID = 0x06,
	DUET_DER_ENUMERATED = 0x0a,
	DUET_DER_UTC_TIME = 0x17,
	DUET_DER_GENERALIZED_TIME = 0x18,
	DUET_DER_UNIVERSAL_STRING = 0x1c,
	DUET_DER_BMP_STRING = 0x1e,
	DUET_DER_SEQUENCE = 0x30,
	DUET_DER_SET = 0x31,
	DUET_DER_CONTEXT_0 = 0xa0, /* [0], of several elements */
};

enum {
	DUET_DER_LONG_TAG = 0x1f,
	DUET_DER_LONG_LENGTH = 0x80,
	DUET_DER_LENGTH_BYTES_MAX = 4, /* nobody publishes 4 GiB */
};

/* One element: its tag, its contents, and all of it with its head. */
struct duet_der {
	uint8_t tag;
	struct duet_bytes content;
	struct duet_bytes whole;
};

static inline struct duet_bytes duet_der_bytes(const uint8_t *p, size_t len)
{
	return (struct duet_bytes){ p, len };
}

/* X.690 s8.1.3, s10.1: the shortest form, and never the indefinite one. The
 * bytes of the length field are *used. */
static inline bool duet_der_length(const uint8_t *p, size_t left, size_t *ret,
				   size_t *used)
{
	size_t n;
	size_t i;

	if (left == 0)
		return false;
	*used = 1;
	*ret = p[0];
	if (p[0] < DUET_DER_LONG_LENGTH)
		return true;
	n = p[0] & 0x7f;
	if (n == 0 || n > DUET_DER_LENGTH_BYTES_MAX || left - 1 < n ||
	    p[1] == 0)
		return false;
	*ret = 0;
	for (i = 1; i <= n; i++)
		*ret = *ret << 8 | p[i];
	*used = 1 + n;
	return *ret >= DUET_DER_LONG_LENGTH;
}

/* The next element of *in, which then begins behind it. false: there is none,
 * or it is not DER. */
static inline bool duet_der_next(struct duet_bytes *in, struct duet_der *ret)
{
	const uint8_t *p = in->data;
	size_t used;
	size_t len;

	if (in->len < 2 || (p[0] & DUET_DER_LONG_TAG) == DUET_DER_LONG_TAG ||
	    !duet_der_length(p + 1, in->len - 1, &len, &used) ||
	    len > in->len - 1 - used)
		return false;
	ret->tag = p[0];
	ret->content = duet_der_bytes(p + 1 + used, len);
	ret->whole = duet_der_bytes(p, 1 + used + len);
	*in = duet_der_bytes(p + ret->whole.len, in->len - ret->whole.len);
	return true;
}

static inline bool duet_der_next_is(struct duet_bytes *in, uint8_t tag,
				    struct duet_der *ret)
{
	return duet_der_next(in, ret) && ret->tag == tag;
}

static inline bool duet_der_begins_with(struct duet_bytes in, uint8_t tag)
{
	return in.len > 0 && *(const uint8_t *)in.data == tag;
}

#endif
