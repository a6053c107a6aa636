/* SPDX-License-Identifier: MIT */
#include "daemon/sheet.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"
#include "site/text.h"

enum {
	PIECE_BYTES = 1024, /* what others write goes another way */
	LABEL_BYTES = 256,
};

void duet_sheet_put(struct duet_sheet *sheet, const char *fmt, ...)
{
	char piece[PIECE_BYTES];
	va_list args;
	int n;

	if (sheet->rc != DUET_OK)
		return;
	va_start(args, fmt);
	n = vsnprintf(piece, sizeof(piece), fmt, args);
	va_end(args);
	if (n < 0 || n >= (int)sizeof(piece))
		sheet->rc = DUET_E_LIMIT;
	else
		sheet->rc = duet_buf_add(sheet->buf, piece, (size_t)n);
}

void duet_sheet_html(struct duet_sheet *sheet, const char *text)
{
	if (sheet->rc == DUET_OK)
		sheet->rc = duet_text_html(sheet->buf, duet_str(text));
}

void duet_sheet_json(struct duet_sheet *sheet, const char *text)
{
	if (sheet->rc == DUET_OK)
		sheet->rc = duet_text_json(sheet->buf, duet_str(text));
}

void duet_sheet_label(struct duet_sheet *sheet, const char *text)
{
	char shown[LABEL_BYTES];
	const char *p;

	duet_str_printable(shown, sizeof(shown), duet_str(text));
	for (p = shown; *p != '\0'; p++)
		duet_sheet_put(sheet, *p == '"' || *p == '\\' ? "\\%c" : "%c",
			       *p);
}
