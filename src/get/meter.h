/* SPDX-License-Identifier: MIT */
/*
 * get/meter.h - the line of progress on standard error, rewritten in place.
 * Silent where standard error is no terminal; or as JSON, wherever that goes.
 */
#ifndef DUET_GET_METER_H
#define DUET_GET_METER_H

#include "get/board.h"
#include "get/progress.h"
#include "get/rate.h"

struct duet_get_meter {
	/* Set before it begins, or never: with whom it shares the terminal, and
	 * what it is called in JSON. */
	struct duet_get_board *board;
	const char *url;
	size_t at;
	int exit;                    /* set before it ends */
	struct duet_get_meter *next; /* on the board */
	bool on;
	bool shown; /* a line of ours stands on the terminal */
	bool able;  /* to be rewritten in place */
	bool colour;
	bool utf8;
	char name[256];
	struct duet_get_progress progress;
	int64_t began_us;
	int64_t drawn_us;
	struct duet_get_rate rate;
};

/* wanted: false keeps it silent whatever standard error is. */
void duet_get_meter_begin(struct duet_get_meter *meter, const char *name,
			  bool wanted);
/* The head of an answer has come. */
void duet_get_meter_answered(struct duet_get_meter *meter, int64_t total);
/* So many bytes in all; draws when it is time to. Call it at least ten times a
 * second while it is on. */
void duet_get_meter_update(struct duet_get_meter *meter, uint64_t bytes);
/* Rate and time, as they are now. */
void duet_get_meter_measure(struct duet_get_meter *meter, int64_t now_us);
/* Make room for other words on standard error. */
void duet_get_meter_clear(struct duet_get_meter *meter);
/* The summary stays, if there ever was an answer. */
void duet_get_meter_end(struct duet_get_meter *meter, bool whole,
			const char *ending);

#endif
