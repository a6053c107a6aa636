/* SPDX-License-Identifier: MIT */
#include "base/base64.h"

#include "base/str.h"

void duet_base64_encode(char *dst, struct duet_bytes data)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = data.data;
	size_t i;

	for (i = 0; i < data.len; i += 3) {
		unsigned group = (unsigned)p[i] << 16;

		if (i + 1 < data.len)
			group |= (unsigned)p[i + 1] << 8;
		if (i + 2 < data.len)
			group |= p[i + 2];
		*dst++ = digits[group >> 18];
		*dst++ = digits[group >> 12 & 63];
		*dst++ = i + 1 < data.len ? digits[group >> 6 & 63] : '=';
		*dst++ = i + 2 < data.len ? digits[group & 63] : '=';
	}
	*dst = '\0';
}

/* 0..63, or -1. */
static int value_of(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (duet_is_digit(c))
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

static size_t count_padding(const unsigned char *text, size_t len)
{
	if (text[len - 1] != '=')
		return 0;
	return text[len - 2] != '=' ? 1 : 2;
}

/* n of four letters, which are n - 1 bytes: the others are padding. */
static bool decode_group(const unsigned char *text, size_t n, uint8_t *dst)
{
	uint32_t group = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		int value = value_of(text[i]);

		if (value < 0)
			return false;
		group |= (uint32_t)value << (18 - 6 * i);
	}
	for (i = 0; i + 1 < n; i++)
		dst[i] = (uint8_t)(group >> (16 - 8 * i));
	/* RFC 4648 s3.5: bits that no byte has taken are zero. */
	return n == 4 ||
	       (group >> (24 - 8 * (n - 1)) << (24 - 8 * (n - 1))) == group;
}

bool duet_base64_decode(struct duet_bytes text, void *dst, size_t cap,
			size_t *ret_len)
{
	const unsigned char *p = text.data;
	uint8_t *to = dst;
	size_t padding;
	size_t len;
	size_t i;

	if (text.len % 4 != 0)
		return false;
	if (text.len == 0) {
		*ret_len = 0;
		return true;
	}
	padding = count_padding(p, text.len);
	len = text.len / 4 * 3 - padding;
	if (len > cap)
		return false;
	for (i = 0; i < text.len; i += 4) {
		size_t n = i + 4 < text.len ? 4 : 4 - padding;

		if (!decode_group(p + i, n, to + i / 4 * 3))
			return false;
	}
	*ret_len = len;
	return true;
}
