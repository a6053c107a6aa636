/* SPDX-License-Identifier: MIT */
/*
 * get/meter.h - the line of progress on standard error, rewritten in place.
 * Silent where standard error is no terminal.
 */
#ifndef DUET_GET_METER_H
#define DUET_GET_METER_H

#include "get/progress.h"

struct duet_get_meter {
	bool on;
	bool shown; /* a line of ours stands on the terminal */
	bool able;  /* to be rewritten in place */
	bool colour;
	bool utf8;
	char name[256];
	struct duet_get_progress progress;
	int64_t began_us;
	int64_t drawn_us;
	/* The rate is measured between now and some seconds ago. */
	struct {
		int64_t at_us;
		uint64_t bytes;
	} past[8];
	size_t marks; /* made so far */
};

/* wanted: false keeps it silent whatever standard error is. */
void duet_get_meter_begin(struct duet_get_meter *meter, const char *name,
			  bool wanted);
/* The head of an answer has come. */
void duet_get_meter_answered(struct duet_get_meter *meter, int64_t total);
/* So many bytes in all; draws when it is time to. Call it at least ten times a
 * second while it is on. */
void duet_get_meter_update(struct duet_get_meter *meter, uint64_t bytes);
/* Make room for other words on standard error. */
void duet_get_meter_clear(struct duet_get_meter *meter);
/* The summary stays, if there ever was an answer. */
void duet_get_meter_end(struct duet_get_meter *meter, bool whole,
			const char *ending);

#endif
