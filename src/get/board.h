/* SPDX-License-Identifier: MIT */
/*
 * get/board.h - standard error, which transfers that go on at once share for
 * their progress: on a terminal a line for each, as many as fit, and one for
 * all of them; or JSON (get/event.h). One transfer alone draws its line itself
 * (get/meter.h).
 */
#ifndef DUET_GET_BOARD_H
#define DUET_GET_BOARD_H

#include "get/progress.h"
#include "get/rate.h"

enum duet_get_progress_kind {
	DUET_GET_PROGRESS_BAR = 0, /* as "bar|none|json" counts them */
	DUET_GET_PROGRESS_NONE,
	DUET_GET_PROGRESS_JSON,
};

struct duet_get_meter;

/* All zero is for one alone. */
struct duet_get_board {
	enum duet_get_progress_kind kind;
	bool many;                    /* lines of several at once */
	struct duet_get_meter *first; /* under way, in order */
	struct duet_get_total total;
	uint64_t past_bytes; /* of those that are over */
	size_t lines;        /* of ours that stand on the terminal */
	int64_t began_us;
	int64_t drawn_us;
	struct duet_get_rate rate;
};

void duet_get_board_begin(struct duet_get_board *board, size_t urls, bool many,
			  enum duet_get_progress_kind kind);
/* One more; none twice. */
void duet_get_board_join(struct duet_get_board *board,
			 struct duet_get_meter *meter);
/* It is over. */
void duet_get_board_leave(struct duet_get_board *board,
			  struct duet_get_meter *meter, bool failed);
/* When it is time to. */
void duet_get_board_draw(struct duet_get_board *board);
/* Make room for other words on standard error. */
void duet_get_board_clear(struct duet_get_board *board);

/* How the terminal on standard error is, and one write to it. */
struct duet_get_progress_style duet_get_board_style(bool colour, bool utf8);
void duet_get_board_put(const char *text, size_t len);

#endif
