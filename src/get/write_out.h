/* SPDX-License-Identifier: MIT */
/*
 * get/write_out.h - -w: facts of a transfer in a form of the user's, with
 * curl's names for what means the same.
 *
 *	%{name}  %header{Name}  %%  \n \r \t
 *	%{stderr} %{stdout}: there from here on; %{onerror}: only of failures
 */
#ifndef DUET_GET_WRITE_OUT_H
#define DUET_GET_WRITE_OUT_H

#include <stdio.h>

#include "get/outcome.h"

struct duet_get_write_piece;

/* All zero is none: what done() accepts. */
struct duet_get_write_out {
	char *format; /* the pieces borrow from it */
	struct duet_get_write_piece *pieces;
	size_t n;
};

/* FORMAT, @FILE, or @- for standard input; line ends of a file do not count.
 * DUET_E_ARGUMENT: a name that there is not, and the nearest that there is;
 * DUET_E_SYSTEM, DUET_E_LIMIT, DUET_E_NOMEM. */
DUET_CHECK int duet_get_write_out_init(struct duet_get_write_out *write_out,
				       const char *arg, struct duet_error *err);
/* Some of it is the SHA-256 of the body. */
bool duet_get_write_out_wants_sha256(
	const struct duet_get_write_out *write_out);
/* To out, which is what %{stdout} means. DUET_OK, DUET_E_SYSTEM: it cannot be
 * written. */
DUET_CHECK int duet_get_write_out_put(
	const struct duet_get_write_out *write_out,
	const struct duet_get_outcome *outcome, FILE *out,
	struct duet_error *err);
void duet_get_write_out_done(struct duet_get_write_out *write_out);

#endif
