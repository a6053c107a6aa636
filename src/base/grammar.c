/* SPDX-License-Identifier: MIT */
#include "base/grammar.h"

#include <string.h>

/* RFC 9110 s5.6.2: "!#$%&'*+-.^_`|~", DIGIT and ALPHA, one bit a byte. */
static const uint32_t tchars[8] = {
	0x00000000,
	0x03ff6cfa,
	0xc7fffffe,
	0x57ffffff,
};

bool duet_is_tchar(unsigned char c)
{
	return (tchars[c >> 5] >> (c & 31) & 1) != 0;
}

bool duet_is_field_byte(unsigned char c)
{
	return !duet_is_control(c) || c == '\t';
}

bool duet_is_token(struct duet_bytes text)
{
	const unsigned char *p = text.data;
	size_t i;

	for (i = 0; i < text.len; i++)
		if (!duet_is_tchar(p[i]))
			return false;
	return text.len > 0;
}

/* Whether one of eight bytes is a control character, HTAB among them. */
static bool has_control(const unsigned char *p)
{
	const uint64_t ones = UINT64_MAX / 255;
	const uint64_t tops = ones * 0x80;
	uint64_t bytes;
	uint64_t del;

	memcpy(&bytes, p, sizeof(bytes));
	del = bytes ^ ones * 0x7f;
	return (((bytes - ones * ' ') & ~bytes) | ((del - ones) & ~del)) & tops;
}

/* Values are most of a head: eight bytes at a time while all is well. */
bool duet_is_field_value(struct duet_bytes text)
{
	const unsigned char *p = text.data;
	size_t i = 0;

	while (text.len - i >= 8 && !has_control(p + i))
		i += 8;
	for (; i < text.len; i++)
		if (!duet_is_field_byte(p[i]))
			return false;
	return true;
}

struct duet_bytes duet_trim(struct duet_bytes text)
{
	const unsigned char *p = text.data;
	size_t len = text.len;

	while (len > 0 && duet_is_ows(p[len - 1]))
		len--;
	while (len > 0 && duet_is_ows(*p)) {
		p++;
		len--;
	}
	return (struct duet_bytes){ p, len };
}
