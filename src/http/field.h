/* SPDX-License-Identifier: MIT */
/* http/field.h - what field values are made of (RFC 9110 s5). */
#ifndef DUET_HTTP_FIELD_H
#define DUET_HTTP_FIELD_H

#include <duet/http.h>

/*
 * The members of a list (RFC 9110 s5.6.1), commas within quoted strings left
 * alone: *cursor begins at the value and moves on; false at its end. A member
 * comes trimmed, and empty ones come too: the caller knows whether they may.
 */
bool duet_list_next(const char **cursor, struct duet_bytes *ret_member);
/* Whether one of the members is that token, in any case of letters. */
bool duet_list_has(const char *value, const char *token);

/*
 * A weight (RFC 9110 s12.4.2), 0 to 1 with at most three digits, in
 * thousandths. What is none of these is 0: nobody is served by a guess.
 */
int duet_weight(struct duet_bytes text);

/*
 * A quoted string (RFC 9110 s5.6.4) without its quotes and backslashes, into
 * dst of cap bytes with a NUL behind; a token is taken as it stands. False:
 * neither of them, or too long.
 */
bool duet_unquote(struct duet_bytes text, char *dst, size_t cap);

/* A growable list of field lines, ended by a NULL name. */
struct duet_fields {
	struct duet_header *list; /* NULL until the first */
	size_t count;
	size_t cap;
};
/* DUET_OK or DUET_E_NOMEM. Borrows both strings. */
DUET_CHECK int duet_fields_add(struct duet_fields *fields, const char *name,
			       const char *value);
/* Forget the lines, keep the memory. */
void duet_fields_reset(struct duet_fields *fields);
void duet_fields_done(struct duet_fields *fields);

#endif
