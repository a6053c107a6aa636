/* SPDX-License-Identifier: MIT */
/*
 * get/progress.h - what the line of progress says, as a function of the state
 * and the width alone. cli/meter.h puts it on the terminal.
 */
#ifndef DUET_GET_PROGRESS_H
#define DUET_GET_PROGRESS_H

#include <duet/error.h>

struct duet_get_progress {
	const char *name; /* of the file; printable already */
	uint64_t bytes;
	int64_t total; /* below 0: unknown */
	int64_t elapsed_us;
	double rate;      /* bytes a second now; 0: nothing comes */
	bool connecting;  /* no answer yet */
	uint64_t decoded; /* of an encoded body, those that came out; or 0 */
	uint64_t before;  /* of .bytes, that were there already */
};

struct duet_get_progress_style {
	int width;  /* columns of the terminal */
	int height; /* its lines */
	bool colour;
	bool utf8;
};

/* All URLs of a run. */
struct duet_get_total {
	size_t urls;
	size_t done; /* also those that failed */
	size_t failed;
	size_t active; /* under way */
	uint64_t bytes;
	int64_t expected; /* in the end; below 0: unknown */
	int64_t elapsed_us;
	double rate;
};

enum {
	DUET_GET_PROGRESS_BYTES = 1024, /* any line, with its colours */
	DUET_GET_SIZE_TEXT_BYTES = 24,
};

/*
 * One line of at most width - 1 columns, so that no terminal wraps it:
 *   big.iso  42% [=======>         ] 440 MiB of 1.0 GiB  112 MiB/s  0:05 left
 * What does not fit is left out, the bar first, the name last.
 */
void duet_get_progress_line(char dst[DUET_GET_PROGRESS_BYTES],
			    const struct duet_get_progress *progress,
			    const struct duet_get_progress_style *style);
/*
 * What stays when it is over; ending says how: "whole by Content-Length".
 *   big.iso  1.0 GiB in 9.1 s (112 MiB/s), whole by Content-Length
 */
void duet_get_progress_summary(char dst[DUET_GET_PROGRESS_BYTES],
			       const struct duet_get_progress *progress,
			       bool whole, const char *ending,
			       const struct duet_get_progress_style *style);

/*
 * The line below those of several at once, as wide as theirs:
 *   12 of 300 done, 1 failed, 8 under way  45 MiB  11 MiB/s  about 1:20 left
 * How long it takes is reckoned by bytes where their number is known, and by
 * the URLs that are done otherwise.
 */
void duet_get_progress_total(char dst[DUET_GET_PROGRESS_BYTES],
			     const struct duet_get_total *total,
			     const struct duet_get_progress_style *style);
/* How many of n lines have room above that one: at most 8, and two lines of
 * the terminal stay as they were. */
size_t duet_get_progress_room(const struct duet_get_progress_style *style,
			      size_t n);

/* "999 bytes", "1.0 KiB", "16 MiB" */
void duet_get_size_text(char dst[DUET_GET_SIZE_TEXT_BYTES], double bytes);

#endif
