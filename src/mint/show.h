/* SPDX-License-Identifier: MIT */
/* mint/show.h - what was looked at, as JSON. */
#ifndef DUET_MINT_SHOW_H
#define DUET_MINT_SHOW_H

#include <stdio.h>

#include <duet/cert.h>

#include "mint/dial.h"

/*
 * One object: "source", for a server "verified", "error" and "tls", and
 * "items", an array of what there is. sight NULL: a file. DUET_OK or
 * DUET_E_NOMEM.
 */
DUET_CHECK int duet_mint_show_json(const char *source,
				   const struct duet_inspection *inspection,
				   const struct duet_mint_sight *sight,
				   FILE *out, struct duet_error *err);

#endif
