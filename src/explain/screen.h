/* SPDX-License-Identifier: MIT */
/* explain/screen.h - rows of a label and text, wrapped, and made to fit. */
#ifndef DUET_EXPLAIN_SCREEN_H
#define DUET_EXPLAIN_SCREEN_H

#include "explain/draw.h"

enum {
	DUET_EXPLAIN_ROWS_MAX = 40,
	DUET_EXPLAIN_ROW_BYTES = 640,
	DUET_EXPLAIN_LABEL_COLUMNS = 12,
};

enum duet_explain_mark {
	DUET_EXPLAIN_PLAIN = 0,
	DUET_EXPLAIN_RED,
	DUET_EXPLAIN_YELLOW,
	DUET_EXPLAIN_GREEN,
};

struct duet_explain_row {
	const char *label; /* "": goes on with the row before; NULL: the text
			    * begins at the edge */
	char text[DUET_EXPLAIN_ROW_BYTES];
	uint8_t weight;    /* the lightest are left out first; 0: never */
	uint8_t max_lines; /* the rest is cut; 0: 3 */
	uint8_t hang;      /* columns that later lines stand further in */
	uint8_t mark;      /* enum duet_explain_mark, of its first word */
};

struct duet_explain_screen {
	struct duet_explain_row rows[DUET_EXPLAIN_ROWS_MAX];
	size_t n;
};

/* The text of what is added is printf's; strangers' may be in it, for it is
 * made printable when it is shown. The row, to set more of it. */
struct duet_explain_row *duet_explain_row(struct duet_explain_screen *screen,
					  const char *label, uint8_t weight,
					  const char *format, ...)
	DUET_PRINTF(4, 5);
/* Like duet_str_printable(), without letters that nobody sees or that turn
 * others around; and ASCII alone where that is all there is. What we have made
 * printable before stays as it is. */
void duet_explain_printable(char *dst, size_t cap, const char *text, bool utf8);
/* As duet_explain_draw(). */
DUET_CHECK char *duet_explain_show(struct duet_explain_screen *screen,
				   const struct duet_explain_style *style);

#endif
