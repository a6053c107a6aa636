/* SPDX-License-Identifier: MIT */
/* site/error.h - replies that say what went wrong. */
#ifndef DUET_SITE_ERROR_H
#define DUET_SITE_ERROR_H

#include <duet/server.h>

#include "base/buf.h"

/*
 * Reply with the status, its name and a sentence: as a small page to whoever
 * accepts HTML, as a line of text to everybody else: it has Vary: Accept. The
 * sentence is escaped.
 */
void duet_site_error(struct duet_exchange *exchange, int status,
		     const char *sentence);
/* The same with a field that belongs to the status: Allow, Location... */
void duet_site_error_with(struct duet_exchange *exchange, int status,
			  const char *name, const char *value,
			  const char *sentence);

/* The body alone. */
DUET_CHECK int duet_site_error_body(struct duet_buf *body, bool html,
				    int status, const char *sentence);

#endif
