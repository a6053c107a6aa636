/* SPDX-License-Identifier: MIT */
/*
 * daemon/sheet.h - a text that is written in many small pieces: after the
 * first that fails the others do nothing, and rc says it once.
 */
#ifndef DUET_DAEMON_SHEET_H
#define DUET_DAEMON_SHEET_H

#include "base/buf.h"

struct duet_sheet {
	struct duet_buf *buf;
	int rc; /* DUET_OK, or the status of the buf */
};

void duet_sheet_put(struct duet_sheet *sheet, const char *fmt, ...)
	DUET_PRINTF(2, 3);
/* Text of others: within HTML; as a string of JSON; within the quotes of a
 * label's value (Prometheus). */
void duet_sheet_html(struct duet_sheet *sheet, const char *text);
void duet_sheet_json(struct duet_sheet *sheet, const char *text);
void duet_sheet_label(struct duet_sheet *sheet, const char *text);

#endif
