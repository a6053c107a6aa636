/* SPDX-License-Identifier: MIT */
/* get/outcome.h - what became of one URL, for those who report it. */
#ifndef DUET_GET_OUTCOME_H
#define DUET_GET_OUTCOME_H

#include <duet/client.h>

#include "get/checksum.h"

/* Borrowed throughout. */
struct duet_get_outcome {
	const char *url; /* as asked, with its scheme */
	const char *method;
	bool last;                    /* "Connection: close" was asked for */
	const char *final_url;        /* NULL without an answer */
	const struct duet_head *head; /* NULL without an answer */
	struct duet_facts facts;      /* .size 0: nothing is known */
	int exit;                     /* DUET_EXIT_OK when all went well */
	struct duet_error error;      /* its sentence; .code may be DUET_OK
				       * where it is not the library's */
	const char *word;             /* for JSON; NULL: that of error.code */
	const char *file;             /* saved whole as; or NULL */
	const char *part;             /* what was kept of a cut one; or NULL */
	uint64_t written;
	const struct duet_get_checksum *checksum; /* of the body; or NULL */
	int64_t began_ms;                         /* since 1970 */
	size_t at; /* its place on the command line, from 0 */
};

#endif
