/* SPDX-License-Identifier: MIT */
/*
 * get/form.h - a form with files, as -F asks for it: multipart/form-data (RFC
 * 7578), names written as browsers do.
 *
 *	name=value               a field
 *	name=@FILE               a file, with its name and type
 *	name=<FILE               a field whose value is in a file
 *	...;type=TYPE;filename=NAME   at the end of any of them
 *
 * Nothing else behind a ';' means anything: it is part of what it stands in.
 */
#ifndef DUET_GET_FORM_H
#define DUET_GET_FORM_H

#include "get/body.h"
#include "get/options.h"

enum {
	DUET_GET_BOUNDARY_BYTES = 48,
};
/* A new one, NUL-terminated, which nobody can have foreseen. DUET_OK,
 * DUET_E_SYSTEM. */
DUET_CHECK int duet_get_form_boundary(char dst[DUET_GET_BOUNDARY_BYTES],
				      struct duet_error *err);

/* "name=...", with a name; what options are checked with. */
bool duet_get_form_is_field(const char *text);

/*
 * Append all of options->form, from the first boundary to the last. DUET_OK,
 * DUET_E_SYSTEM (a file cannot be opened), DUET_E_ARGUMENT (a type that is
 * none), DUET_E_NOMEM.
 */
DUET_CHECK int duet_get_form_body(struct duet_get_body *body,
				  const struct duet_get_options *options,
				  const char *boundary, struct duet_error *err);

#endif
