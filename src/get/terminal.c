/* SPDX-License-Identifier: MIT */
#include "get/terminal.h"

#include <stdio.h>
#include <string.h>

enum {
	WORST = 4 * 4, /* four held bytes that turn out to be no character */
};

void duet_get_terminal_init(struct duet_get_terminal *terminal)
{
	memset(terminal, 0, sizeof(*terminal));
}

bool duet_get_terminal_is_binary(const uint8_t *p, size_t len)
{
	return memchr(p, 0, len) != NULL;
}

/* How long a UTF-8 character is that begins with c; 0: none does. */
static size_t length_by_first(uint8_t c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

/* RFC 3629 s4: no overlong forms, no surrogates, nothing past U+10FFFF; and
 * no C1 control, which terminals obey. */
static bool second_fits(uint8_t first, uint8_t second)
{
	switch (first) {
	case 0xc2:
	case 0xe0:
		return second >= 0xa0 && second <= 0xbf;
	case 0xed:
		return second >= 0x80 && second <= 0x9f;
	case 0xf0:
		return second >= 0x90 && second <= 0xbf;
	case 0xf4:
		return second >= 0x80 && second <= 0x8f;
	default:
		return second >= 0x80 && second <= 0xbf;
	}
}

static bool is_harmless(uint8_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7f);
}

static size_t show_hex(char *dst, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		(void)snprintf(dst + 4 * i, 5, "\\x%02x", p[i]);
	return 4 * n;
}

/* c goes on with what is held, or the held bytes are no character. */
static bool goes_on(const struct duet_get_terminal *terminal, uint8_t c)
{
	if (terminal->count == 1)
		return second_fits(terminal->held[0], c);
	return c >= 0x80 && c <= 0xbf;
}

static size_t show_byte(struct duet_get_terminal *terminal, char *dst,
			uint8_t c)
{
	size_t used = 0;

	if (terminal->count > 0 && !goes_on(terminal, c)) {
		used = show_hex(dst, terminal->held, terminal->count);
		terminal->count = 0;
	}
	if (terminal->count == 0 && c < 0x80) {
		if (!is_harmless(c))
			return used + show_hex(dst + used, &c, 1);
		dst[used] = (char)c;
		return used + 1;
	}
	if (terminal->count == 0 && length_by_first(c) == 0)
		return used + show_hex(dst + used, &c, 1);
	terminal->held[terminal->count++] = c;
	if (terminal->count == length_by_first(terminal->held[0])) {
		memcpy(dst + used, terminal->held, terminal->count);
		used += terminal->count;
		terminal->count = 0;
	}
	return used;
}

size_t duet_get_terminal_show(struct duet_get_terminal *terminal, char *dst,
			      size_t cap, const uint8_t *p, size_t len,
			      size_t *ret_taken)
{
	size_t used = 0;
	size_t i;

	/* WORST, and the NUL that snprintf writes */
	for (i = 0; i < len && used + WORST + 1 <= cap; i++)
		used += show_byte(terminal, dst + used, p[i]);
	*ret_taken = i;
	return used;
}
