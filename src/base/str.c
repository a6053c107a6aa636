/* SPDX-License-Identifier: MIT */
#include "base/str.h"

#include <stdio.h>
#include <string.h>

struct duet_bytes duet_str(const char *s)
{
	struct duet_bytes bytes = { s, s != NULL ? strlen(s) : 0 };

	return bytes;
}

int duet_hex_value(unsigned char c)
{
	if (duet_is_digit(c))
		return c - '0';
	c = duet_to_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool duet_bytes_eq_nocase(struct duet_bytes a, const char *b)
{
	const unsigned char *p = a.data;
	size_t i;

	for (i = 0; i < a.len; i++)
		if (b[i] == '\0' ||
		    duet_to_lower(p[i]) != duet_to_lower((unsigned char)b[i]))
			return false;
	return b[a.len] == '\0';
}

/* Most comparisons end at the first letter: the lengths are not asked for. */
bool duet_str_eq_nocase(const char *a, const char *b)
{
	const unsigned char *p = (const unsigned char *)(a != NULL ? a : "");
	const unsigned char *q = (const unsigned char *)b;

	for (; duet_to_lower(*p) == duet_to_lower(*q); p++, q++)
		if (*p == '\0')
			return true;
	return false;
}

bool duet_bytes_eq(struct duet_bytes a, const char *b)
{
	return a.len == strlen(b) &&
	       (a.len == 0 || memcmp(a.data, b, a.len) == 0);
}

bool duet_str_starts(const char *str, const char *prefix)
{
	return strncmp(str, prefix, strlen(prefix)) == 0;
}

bool duet_str_ends(const char *str, const char *suffix)
{
	size_t len = strlen(str);
	size_t n = strlen(suffix);

	return len >= n && strcmp(str + len - n, suffix) == 0;
}

bool duet_parse_u64(struct duet_bytes text, uint64_t *ret)
{
	const unsigned char *p = text.data;
	uint64_t value = 0;
	size_t i;

	if (text.len == 0)
		return false;
	for (i = 0; i < text.len; i++) {
		unsigned digit;

		if (!duet_is_digit(p[i]))
			return false;
		digit = (unsigned)(p[i] - '0');
		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret = value;
	return true;
}

bool duet_parse_u32(const char *text, uint32_t max, uint32_t *ret)
{
	uint64_t value;

	if (!duet_parse_u64(duet_str(text), &value) || value > max)
		return false;
	*ret = (uint32_t)value;
	return true;
}

size_t duet_u64_text(char dst[DUET_U64_BYTES], uint64_t value)
{
	char text[DUET_U64_BYTES];
	size_t i = sizeof(text) - 1;
	size_t len;

	text[i] = '\0';
	do {
		text[--i] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	len = sizeof(text) - 1 - i;
	memcpy(dst, text + i, len + 1);
	return len;
}

size_t duet_utf8_sequence(const void *text, size_t len)
{
	const unsigned char *p = text;
	static const struct {
		unsigned char first_lo, first_hi, second_lo, second_hi, n;
	} forms[] = {
		{ 0xc2, 0xc2, 0xa0, 0xbf, 2 }, { 0xc3, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i;
	size_t k;

	if (len == 0)
		return 0;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (p[0] < forms[i].first_lo || p[0] > forms[i].first_hi)
			continue;
		if (len < forms[i].n || p[1] < forms[i].second_lo ||
		    p[1] > forms[i].second_hi)
			return 0;
		for (k = 2; k < forms[i].n; k++)
			if (p[k] < 0x80 || p[k] > 0xbf)
				return 0;
		return forms[i].n;
	}
	return 0;
}

/* One character of text as it may be shown; returns how many bytes it was. */
static size_t show_one(const unsigned char *p, size_t len, char shown[5])
{
	size_t n = duet_utf8_sequence(p, len);

	if (n > 0) {
		memcpy(shown, p, n);
		shown[n] = '\0';
		return n;
	}
	if (p[0] == '\\')
		(void)snprintf(shown, 5, "\\\\");
	else if (p[0] >= 0x20 && p[0] < 0x7f)
		(void)snprintf(shown, 5, "%c", p[0]);
	else
		(void)snprintf(shown, 5, "\\x%02x", p[0]);
	return 1;
}

static void show(char *dst, size_t cap, struct duet_bytes text, bool doubles)
{
	const unsigned char *p = text.data;
	size_t safe = 0; /* where "..." still fits */
	size_t used = 0;
	size_t i = 0;

	if (cap == 0)
		return;
	while (i < text.len) {
		char shown[5];
		size_t n;

		i += show_one(p + i, text.len - i, shown);
		if (!doubles && shown[0] == '\\' && shown[1] == '\\')
			shown[1] = '\0';
		n = strlen(shown);
		if (used + n + 1 > cap) {
			(void)snprintf(dst + safe, cap - safe, "...");
			return;
		}
		memcpy(dst + used, shown, n);
		used += n;
		if (used + 4 <= cap)
			safe = used;
	}
	dst[used] = '\0';
}

void duet_str_printable(char *dst, size_t cap, struct duet_bytes text)
{
	show(dst, cap, text, true);
}

void duet_str_harmless(char *dst, size_t cap, struct duet_bytes text)
{
	show(dst, cap, text, false);
}
