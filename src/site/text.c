/* SPDX-License-Identifier: MIT */
#include "site/text.h"

#include <string.h>

#include "base/grammar.h"
#include "base/str.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/*
 * U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069 (UAX 9 s2): after one of
 * them "gpj.exe" reads as "exe.jpg". All begin with the same byte.
 */
static bool turns_direction(const unsigned char *p)
{
	if (p[0] != 0xe2)
		return false;
	if (p[1] == 0x80)
		return p[2] == 0x8e || p[2] == 0x8f ||
		       (p[2] >= 0xaa && p[2] <= 0xae);
	return p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9;
}

/* How many bytes at p may be shown as they stand: those of one character, or
 * 0; *ret_n is how many bytes it is about. */
static size_t shown_as_it_is(const unsigned char *p, size_t len, size_t *ret_n)
{
	size_t n;

	*ret_n = 1;
	if (p[0] < 0x80)
		return duet_is_control(p[0]) ? 0 : 1;
	n = duet_utf8_sequence(p, len);
	if (n == 0)
		return 0;
	*ret_n = n;
	return turns_direction(p) ? 0 : n;
}

/* What stands for a byte that means something where it goes, or NULL. */
typedef const char *escape_fn(unsigned char c);

static const char *escape_html(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static const char *escape_json(unsigned char c)
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	default:
		return NULL;
	}
}

/* Runs of what needs no escape are added at once. */
static int add_text(struct duet_buf *dst, struct duet_bytes text,
		    escape_fn *escape)
{
	const unsigned char *p = text.data;
	size_t begin = 0;
	size_t i = 0;
	int rc = DUET_OK;

	while (rc == DUET_OK && i < text.len) {
		const char *instead = replacement;
		size_t n;

		if (shown_as_it_is(p + i, text.len - i, &n) > 0)
			instead = escape(p[i]);
		if (instead == NULL) {
			i += n;
			continue;
		}
		rc = duet_buf_add(dst, p + begin, i - begin);
		if (rc == DUET_OK)
			rc = duet_buf_add_str(dst, instead);
		i += n;
		begin = i;
	}
	if (rc == DUET_OK && begin < text.len)
		rc = duet_buf_add(dst, p + begin, text.len - begin);
	return rc;
}

int duet_text_html(struct duet_buf *dst, struct duet_bytes text)
{
	return add_text(dst, text, escape_html);
}

int duet_text_json(struct duet_buf *dst, struct duet_bytes text)
{
	int rc = duet_buf_add(dst, "\"", 1);

	if (rc == DUET_OK)
		rc = add_text(dst, text, escape_json);
	return rc == DUET_OK ? duet_buf_add(dst, "\"", 1) : rc;
}

static bool is_unreserved(unsigned char c)
{
	return duet_is_alpha(c) || duet_is_digit(c) || c == '-' || c == '.' ||
	       c == '_' || c == '~';
}

int duet_text_href(struct duet_buf *dst, struct duet_bytes text)
{
	static const char digits[] = "0123456789ABCDEF";
	const unsigned char *p = text.data;
	size_t begin = 0;
	int rc = DUET_OK;
	size_t i;

	for (i = 0; rc == DUET_OK && i < text.len; i++) {
		char code[3] = { '%', digits[p[i] >> 4], digits[p[i] & 15] };

		if (is_unreserved(p[i]))
			continue;
		rc = duet_buf_add(dst, p + begin, i - begin);
		if (rc == DUET_OK)
			rc = duet_buf_add(dst, code, sizeof(code));
		begin = i + 1;
	}
	if (rc == DUET_OK && begin < text.len)
		rc = duet_buf_add(dst, p + begin, text.len - begin);
	return rc;
}

void duet_text_shorten(char *dst, size_t cap, struct duet_bytes text)
{
	const unsigned char *p = text.data;
	size_t max = cap - sizeof("...");
	size_t len = text.len;

	if (len >= cap) {
		len = max;
		while (max - len < 3 && (p[len] & 0xc0) == 0x80)
			len--;
	}
	if (len > 0)
		memcpy(dst, p, len);
	dst[len] = '\0';
	if (len < text.len)
		memcpy(dst + len, "...", sizeof("..."));
}
