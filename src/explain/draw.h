/* SPDX-License-Identifier: MIT */
/* explain/draw.h - the report on one screen of 80 x 24, or as JSON. */
#ifndef DUET_EXPLAIN_DRAW_H
#define DUET_EXPLAIN_DRAW_H

#include <jansson.h>

#include "explain/judge.h"

enum {
	DUET_EXPLAIN_COLUMNS = 79,
	DUET_EXPLAIN_LINES = 23, /* the prompt wants one */
};

struct duet_explain_style {
	bool colour;
	bool utf8; /* otherwise what is not ASCII is shown as \xNN */
};

/* Never more than so many lines of so many columns: what is least is left out
 * first. New text, or NULL without memory. */
DUET_CHECK char *duet_explain_draw(const struct duet_explain_facts *facts,
				   const struct duet_explain_findings *findings,
				   const struct duet_explain_style *style);
/* The verdict alone, one line without its end; new, or NULL. */
DUET_CHECK char *duet_explain_line(const struct duet_explain_facts *facts,
				   const struct duet_explain_findings *findings,
				   const struct duet_explain_style *style);
/* The members, always all of them, null where not known: duet-explain(1). New,
 * or NULL without memory. */
DUET_CHECK json_t *duet_explain_json(
	const struct duet_explain_facts *facts,
	const struct duet_explain_findings *findings);

#endif
