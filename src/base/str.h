/* SPDX-License-Identifier: MIT */
/* base/str.h - ASCII, whatever the locale; numbers; harmless text. */
#ifndef DUET_BASE_STR_H
#define DUET_BASE_STR_H

#include <duet/error.h>

static inline bool duet_is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}
static inline bool duet_is_alpha(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static inline unsigned char duet_to_lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}
/* 0..15, or -1. */
int duet_hex_value(unsigned char c);

/* Equal but for the case of ASCII letters. */
bool duet_str_eq_nocase(const char *a, const char *b);
bool duet_bytes_eq_nocase(struct duet_bytes a, const char *b);
bool duet_bytes_eq(struct duet_bytes a, const char *b);
bool duet_str_starts(const char *str, const char *prefix);
bool duet_str_ends(const char *str, const char *suffix);

/* Decimal digits only, all of them, without overflow. */
bool duet_parse_u64(struct duet_bytes text, uint64_t *ret);
/* The same, and at most max. */
bool duet_parse_u32(const char *text, uint32_t max, uint32_t *ret);
enum {
	DUET_U64_BYTES = 21, /* of the longest number, and a NUL */
};
/* The digits of value and a NUL; how many digits. */
size_t duet_u64_text(char dst[DUET_U64_BYTES], uint64_t value);

/*
 * The length of the well-formed UTF-8 sequence of two to four bytes that text
 * begins with (RFC 3629 s4), or 0. C1 controls (U+0080..U+009F) count as
 * ill-formed: terminals obey them.
 */
size_t duet_utf8_sequence(const void *text, size_t len);

/*
 * Copy text of strangers so that it can be shown on a terminal or a log line:
 * control characters, DEL, C1 controls and bytes that are not UTF-8 become
 * \xNN, a backslash doubles; too long ends in "...". Always ends in NUL.
 */
void duet_str_printable(char *dst, size_t cap, struct duet_bytes text);
/* The same of a sentence, parts of which may be printable already: a backslash
 * stays one. */
void duet_str_harmless(char *dst, size_t cap, struct duet_bytes text);

#endif
