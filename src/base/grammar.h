/* SPDX-License-Identifier: MIT */
/*
 * base/grammar.h - the small words of HTTP that more rooms than http/ have to
 * tell from others: controls, tokens, field values. By byte, whatever the
 * locale; none of them reads past what it is given.
 */
#ifndef DUET_BASE_GRAMMAR_H
#define DUET_BASE_GRAMMAR_H

#include <duet/error.h>

/* RFC 5234 B.1: CTL, HTAB and DEL among them. */
static inline bool duet_is_control(unsigned char c)
{
	return c < ' ' || c == 0x7f;
}
/* RFC 5234 B.1: VCHAR, which no byte >= 0x80 is. */
static inline bool duet_is_vchar(unsigned char c)
{
	return c > ' ' && c < 0x7f;
}
/* RFC 9110 s5.6.3: what OWS is made of. */
static inline bool duet_is_ows(unsigned char c)
{
	return c == ' ' || c == '\t';
}
/* RFC 9110 s5.6.2: tchar. */
bool duet_is_tchar(unsigned char c);
/* RFC 9110 s5.5: field-vchar, SP, HTAB; bytes >= 0x80 too. */
bool duet_is_field_byte(unsigned char c);

/* At least one byte, all of them tchars. */
bool duet_is_token(struct duet_bytes text);
/* Field bytes only; empty is fine, and so are blanks at both ends. */
bool duet_is_field_value(struct duet_bytes text);
/* The part of text that is without OWS at both ends. */
struct duet_bytes duet_trim(struct duet_bytes text);

#endif
