/* SPDX-License-Identifier: MIT */
/* site/error.h - replies that say what went wrong. */
#ifndef DUET_SITE_ERROR_H
#define DUET_SITE_ERROR_H

#include <duet/server.h>

#include "base/buf.h"

/*
 * Reply with the status, its name and a sentence, in the form that the client
 * likes best: a line of text, a page, or JSON (RFC 9457). It has Vary: Accept.
 * The sentence is escaped.
 */
void duet_site_error(struct duet_exchange *exchange, int status,
		     const char *sentence);
/* The same with a field that belongs to the status: Allow, Location... */
void duet_site_error_with(struct duet_exchange *exchange, int status,
			  const char *name, const char *value,
			  const char *sentence);

enum duet_error_form {
	DUET_ERROR_TEXT,
	DUET_ERROR_PAGE,
	DUET_ERROR_JSON,
};

struct duet_problem {
	int status;
	const char *sentence;
	const char *target; /* as it came; its beginning is shown */
	const char *id;     /* by which the log knows the request, or NULL */
};

/* The body alone. Status of the buf. */
DUET_CHECK int duet_site_error_body(struct duet_buf *body,
				    enum duet_error_form form,
				    const struct duet_problem *problem);

#endif
