/* SPDX-License-Identifier: MIT */
/* site/error.h - replies that say what went wrong. */
#ifndef DUET_SITE_ERROR_H
#define DUET_SITE_ERROR_H

#include <duet/server.h>

#include "base/buf.h"
#include "site/files.h"

enum {
	DUET_ERROR_FILE_MAX_BYTES = 262144,
};

/* Files in place of our text and page; the first of a status counts. The owner
 * of an exchange's dress is such a list, or NULL. */
struct duet_error_page {
	int status; /* 0 ends the list */
	const struct duet_files *files;
	const char *file; /* "/404.html" */
};

/*
 * Reply with the status, its name and a sentence, in the form that the client
 * likes best: a line of text, a page, or JSON (RFC 9457). It has Vary: Accept.
 * The sentence is escaped. A page of the site's own is in place of the first
 * two, unless it cannot be read or is too large.
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
