/* SPDX-License-Identifier: MIT */
/* get/event.h - --progress json: a line for each thing that happens, on
 * standard error; duet-get(1) lists their members. */
#ifndef DUET_GET_EVENT_H
#define DUET_GET_EVENT_H

#include "get/progress.h"

enum duet_get_event_kind {
	DUET_GET_EVENT_BEGIN = 0,
	DUET_GET_EVENT_PROGRESS,
	DUET_GET_EVENT_END,
};

struct duet_get_event {
	enum duet_get_event_kind kind;
	size_t at; /* its place in the list, from 0 */
	const char *url;
	const struct duet_get_progress *progress;
	int exit;          /* of an end */
	const char *words; /* ... and how it ended */
};

/* One line with its line end, new, for free(3); NULL without memory. */
char *duet_get_event_text(const struct duet_get_event *event);

#endif
