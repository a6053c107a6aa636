/* SPDX-License-Identifier: MIT */
/* broken/table.h - what is served where, for people and for programs. */
#ifndef DUET_BROKEN_TABLE_H
#define DUET_BROKEN_TABLE_H

#include <stdio.h>

#include "broken/doors.h"
#include "broken/files.h"

/* The doors that are shown, 80 columns wide; a port of 0 is a dash. */
void duet_broken_table_text(const struct duet_broken_doors *doors, FILE *out);
/* The same, an object a line. DUET_E_NOMEM. */
DUET_CHECK int duet_broken_table_json(const struct duet_broken_doors *doors,
				      FILE *out, struct duet_error *err);

/* The last line: all accept, and how to try the first of them. */
void duet_broken_ready_text(const struct duet_broken_doors *doors,
			    const struct duet_broken_files *files, FILE *out);
DUET_CHECK int duet_broken_ready_json(const struct duet_broken_files *files,
				      FILE *out, struct duet_error *err);

#endif
