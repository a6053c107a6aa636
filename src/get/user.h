/* SPDX-License-Identifier: MIT */
/* get/user.h - who we say we are: -u, --user-file, or what a person types. */
#ifndef DUET_GET_USER_H
#define DUET_GET_USER_H

#include "get/options.h"

/*
 * "Basic YWxpY2U6c2VjcmV0" (RFC 7617 s2), new and to be wiped; NULL in *ret:
 * nobody. A name without a password asks for that on the terminal.
 * DUET_E_SYSTEM: no terminal, or the file cannot be read; DUET_E_ARGUMENT: it
 * does not say "NAME:PASSWORD"; DUET_E_LIMIT, DUET_E_NOMEM.
 */
DUET_CHECK int duet_get_user_authorization(
	char **ret, const struct duet_get_options *options,
	struct duet_error *err);

#endif
