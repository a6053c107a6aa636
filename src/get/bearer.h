/* SPDX-License-Identifier: MIT */
/* get/bearer.h - a token that says who we are to whoever has it (RFC 6750). */
#ifndef DUET_GET_BEARER_H
#define DUET_GET_BEARER_H

#include <duet/error.h>

/*
 * given is the token, or "@FILE" that holds nothing else but blanks and line
 * ends around it ("@-": standard input). *ret is "Bearer ...", new.
 * DUET_E_ARGUMENT: it is none, in words that do not show it; DUET_E_SYSTEM,
 * DUET_E_LIMIT, DUET_E_NOMEM.
 */
DUET_CHECK int duet_get_bearer(const char *given, char **ret,
			       struct duet_error *err);

#endif
