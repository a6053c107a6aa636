/* SPDX-License-Identifier: MIT */
/* settings/findings.h - what is wrong with a file, and in which of its lines.
 */
#ifndef DUET_SETTINGS_FINDINGS_H
#define DUET_SETTINGS_FINDINGS_H

#include <stdio.h>

#include <duet/error.h>

/* From 1 on; line 0: the file as a whole. */
struct duet_place {
	size_t line;
	size_t column;
};

struct duet_finding {
	struct duet_place place;
	bool is_warning;
	size_t number; /* in the order they were found */
	char *text;
};

/* All zero is none. */
struct duet_findings {
	struct duet_finding *items;
	size_t n;
	size_t n_errors;
	size_t n_left_out; /* beyond DUET_FINDINGS_MAX; warnings first */
	size_t n_found;    /* that have been numbered */
	bool nomem;        /* some are missing */
};

enum {
	DUET_FINDINGS_MAX = 1000,
};

/* Bytes of the file must have gone through duet_str_printable(). */
void duet_findings_error(struct duet_findings *findings,
			 struct duet_place place, const char *fmt, ...)
	DUET_PRINTF(3, 4);
void duet_findings_warn(struct duet_findings *findings, struct duet_place place,
			const char *fmt, ...) DUET_PRINTF(3, 4);
/* "FILE:LINE:COLUMN: TEXT", "FILE:LINE:COLUMN: warning: TEXT", by line. */
void duet_findings_print(struct duet_findings *findings, const char *file,
			 FILE *out);
void duet_findings_done(struct duet_findings *findings);

#endif
