/* SPDX-License-Identifier: MIT */
#include "explain/screen.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	LINES_OF_A_ROW = 3,
	SHOWN_BYTES = 4 * DUET_EXPLAIN_ROW_BYTES,
	SCREEN_MAX = 64 << 10,
	FIRST_WIDE = 0x1100, /* from here on some take two columns */
};

struct duet_explain_row *duet_explain_row(struct duet_explain_screen *screen,
					  const char *label, uint8_t weight,
					  const char *format, ...)
{
	struct duet_explain_row *row = &screen->rows[DUET_EXPLAIN_ROWS_MAX - 1];
	va_list args;

	if (screen->n < DUET_EXPLAIN_ROWS_MAX)
		row = &screen->rows[screen->n++];
	memset(row, 0, sizeof(*row));
	row->label = label;
	row->weight = weight;
	va_start(args, format);
	(void)vsnprintf(row->text, sizeof(row->text), format, args);
	va_end(args);
	return row;
}

/* ---- text ---- */

/* Letters that turn the direction of others around, or that nobody sees: of
 * U+2000 to U+206F those that are no spaces or signs. */
static bool is_unseen(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	if (u[0] != 0xe2 || (u[1] != 0x80 && u[1] != 0x81))
		return false;
	if (u[1] == 0x81)
		return u[2] >= 0xa0 && u[2] <= 0xaf;
	return (u[2] >= 0x8b && u[2] <= 0x8f) || (u[2] >= 0xa8 && u[2] <= 0xae);
}

void duet_explain_printable(char *dst, size_t cap, const char *text, bool utf8)
{
	char shown[SHOWN_BYTES];
	int unseen = 0; /* bytes of such a letter that are to come */
	size_t used = 0;
	const char *p;

	duet_str_printable(shown, sizeof(shown), duet_str(text));
	for (p = shown; *p != '\0' && used + 5 < cap; p++) {
		unsigned char c = (unsigned char)*p;

		if (unseen == 0 && is_unseen(p))
			unseen = 3;

		/* The one sign that it doubles is one that we write. */
		if (p[0] == '\\' && p[1] == '\\')
			p++;
		if (unseen == 0 && (utf8 || c < 0x80))
			dst[used++] = *p;
		else
			used += (size_t)snprintf(dst + used, cap - used,
						 "\\x%02x", c);
		if (unseen > 0)
			unseen--;
	}
	dst[used] = '\0';
}

/* Bytes of the character at p, and its columns: of what may be wide, two. */
static size_t character(const char *p, size_t *ret_columns)
{
	size_t len = duet_utf8_sequence(p, strlen(p));
	unsigned char c = (unsigned char)*p;
	unsigned code = 0;

	*ret_columns = 1;
	if (len < 3)
		return len == 0 ? 1 : len;
	code = len == 3 ? (c & 0x0fU) << 12 | ((unsigned char)p[1] & 0x3fU) << 6
			: FIRST_WIDE;
	if (code >= FIRST_WIDE)
		*ret_columns = 2;
	return len;
}

/* How many bytes of text go on a line of so many columns: whole words, where
 * one fits at all. */
static size_t line_bytes(const char *text, size_t columns)
{
	size_t used = 0; /* columns */
	size_t fits = 0; /* up to a blank */
	size_t at = 0;

	while (text[at] != '\0') {
		size_t wide;
		size_t len = character(text + at, &wide);

		if (text[at] == ' ')
			fits = at;
		if (used + wide > columns)
			return fits > 0 ? fits : at;
		used += wide;
		at += len;
	}
	return at;
}

/* ---- lines ---- */

static size_t columns_of(const struct duet_explain_row *row, bool first)
{
	size_t columns = DUET_EXPLAIN_COLUMNS;

	if (row->label != NULL)
		columns -= DUET_EXPLAIN_LABEL_COLUMNS;
	return first ? columns : columns - row->hang;
}

static size_t max_lines(const struct duet_explain_row *row)
{
	return row->max_lines > 0 ? row->max_lines : LINES_OF_A_ROW;
}

static int begin_line(struct duet_buf *out, const struct duet_explain_row *row,
		      bool first)
{
	if (row->label == NULL)
		return first ? DUET_OK
			     : duet_buf_printf(out, "%*s", row->hang, "");
	return duet_buf_printf(out, "  %-*s%*s", DUET_EXPLAIN_LABEL_COLUMNS - 2,
			       first ? row->label : "", first ? 0 : row->hang,
			       "");
}

static int put_marked(struct duet_buf *out, const char *text, size_t len,
		      uint8_t mark)
{
	static const char *const begin[] = {
		[DUET_EXPLAIN_PLAIN] = "",
		[DUET_EXPLAIN_RED] = "\033[1;31m",
		[DUET_EXPLAIN_YELLOW] = "\033[1;33m",
		[DUET_EXPLAIN_GREEN] = "\033[1;32m",
	};
	size_t word = strcspn(text, " ");

	if (mark == DUET_EXPLAIN_PLAIN || word > len)
		return duet_buf_add(out, text, len);
	return duet_buf_printf(out, "%s%.*s\033[0m%.*s", begin[mark], (int)word,
			       text, (int)(len - word), text + word);
}

/* The lines of a row; out NULL: only count them. */
static size_t put_row(struct duet_buf *out, const struct duet_explain_row *row,
		      const struct duet_explain_style *style, int *rc)
{
	char text[SHOWN_BYTES];
	const char *p = text;
	size_t lines = 0;

	duet_explain_printable(text, sizeof(text), row->text, style->utf8);
	do {
		bool first = lines == 0;
		size_t columns = columns_of(row, first);
		size_t len = line_bytes(p, columns);
		bool cut = lines + 1 == max_lines(row) && p[len] != '\0';

		if (cut)
			len = line_bytes(p, columns - 4);
		lines++;
		if (out != NULL && *rc == DUET_OK)
			*rc = begin_line(out, row, first);
		if (out != NULL && *rc == DUET_OK)
			*rc = put_marked(out, p, len,
					 first && style->colour ? row->mark
								: 0);
		if (out != NULL && *rc == DUET_OK)
			*rc = duet_buf_add_str(out, cut ? " ...\n" : "\n");
		if (cut)
			break;
		p += len;
		while (*p == ' ')
			p++;
	} while (*p != '\0');
	return lines;
}

static size_t count(const struct duet_explain_screen *screen,
		    const struct duet_explain_style *style)
{
	size_t lines = 0;
	size_t i;

	for (i = 0; i < screen->n; i++)
		lines += put_row(NULL, &screen->rows[i], style, NULL);
	return lines;
}

/* Take out the last of the lightest rows; false: none may go. */
static bool lighten(struct duet_explain_screen *screen)
{
	size_t lightest = screen->n;
	size_t i;

	for (i = 0; i < screen->n; i++)
		if (screen->rows[i].weight > 0 &&
		    (lightest == screen->n ||
		     screen->rows[i].weight >= screen->rows[lightest].weight))
			lightest = i;
	if (lightest == screen->n)
		return false;
	memmove(&screen->rows[lightest], &screen->rows[lightest + 1],
		(screen->n - lightest - 1) * sizeof(screen->rows[0]));
	screen->n--;
	return true;
}

char *duet_explain_show(struct duet_explain_screen *screen,
			const struct duet_explain_style *style)
{
	struct duet_buf out;
	char *text = NULL;
	int rc = DUET_OK;
	size_t i;

	while (count(screen, style) > DUET_EXPLAIN_LINES && lighten(screen))
		;
	while (screen->n > 0 && screen->rows[screen->n - 1].text[0] == '\0')
		screen->n--; /* a gap before nothing */
	duet_buf_init(&out, SCREEN_MAX);
	for (i = 0; i < screen->n && rc == DUET_OK; i++)
		(void)put_row(&out, &screen->rows[i], style, &rc);
	if (rc == DUET_OK)
		text = duet_mem_strndup((const char *)out.data + out.begin,
					duet_buf_len(&out));
	duet_buf_done(&out);
	return text;
}
