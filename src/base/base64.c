/* SPDX-License-Identifier: MIT */
#include "base/base64.h"

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

/* One more than the value; 0: no digit. */
static const uint8_t values[256] = {
	['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,
	['G'] = 7,  ['H'] = 8,  ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12,
	['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18,
	['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
	['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30,
	['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
	['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
	['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
	['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54,
	['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60,
	['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

static size_t count_padding(const unsigned char *text, size_t len)
{
	if (text[len - 1] != '=')
		return 0;
	return text[len - 2] != '=' ? 1 : 2;
}

static bool decode_four(const unsigned char *text, uint8_t *dst)
{
	/* What is no digit has bits above the sixth then. */
	uint32_t a = values[text[0]] - 1u;
	uint32_t b = values[text[1]] - 1u;
	uint32_t c = values[text[2]] - 1u;
	uint32_t d = values[text[3]] - 1u;
	uint32_t group = a << 18 | b << 12 | c << 6 | d;

	if (((a | b | c | d) & ~63u) != 0)
		return false;
	dst[0] = (uint8_t)(group >> 16);
	dst[1] = (uint8_t)(group >> 8);
	dst[2] = (uint8_t)group;
	return true;
}

/* n of four letters, which are n - 1 bytes: the others are padding. */
static bool decode_last(const unsigned char *text, size_t n, uint8_t *dst)
{
	uint32_t group = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		uint32_t value = values[text[i]];

		if (value == 0)
			return false;
		group |= (value - 1) << (18 - 6 * i);
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
	/* A bundle of trust anchors is 200 KB of these. */
	for (i = 0; i + 4 < text.len; i += 4, to += 3)
		if (!decode_four(p + i, to))
			return false;
	if (!decode_last(p + i, 4 - padding, to))
		return false;
	*ret_len = len;
	return true;
}
