/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "get/meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/terminal.h"
#include "get/event.h"

enum {
	DRAW_EVERY_US = 100000,
	TELL_EVERY_US = 200000, /* as JSON */
	PATIENCE_US = 250000,   /* what is over sooner needs no bar */
};

/* One write for a whole line: nothing flickers. */
static void put(const char *line)
{
	duet_get_board_put(line, strlen(line));
}

static struct duet_get_progress_style style_of(
	const struct duet_get_meter *meter)
{
	return duet_get_board_style(meter->colour, meter->utf8);
}

static bool is_json(const struct duet_get_meter *meter)
{
	return meter->board != NULL &&
	       meter->board->kind == DUET_GET_PROGRESS_JSON;
}

static bool is_one_of_many(const struct duet_get_meter *meter)
{
	return meter->board != NULL && meter->board->many && meter->able;
}

static void tell(const struct duet_get_meter *meter,
		 enum duet_get_event_kind kind, const char *words)
{
	const struct duet_get_event event = {
		.kind = kind,
		.at = meter->at,
		.url = meter->url,
		.progress = &meter->progress,
		.exit = meter->exit,
		.words = words,
	};
	char *line = duet_get_event_text(&event);

	if (line != NULL)
		put(line);
	free(line);
}

void duet_get_meter_begin(struct duet_get_meter *meter, const char *name,
			  bool wanted)
{
	const struct duet_get_meter given = *meter;

	memset(meter, 0, sizeof(*meter));
	meter->board = given.board;
	meter->next = given.next;
	meter->url = given.url;
	meter->at = given.at;
	meter->on = wanted && isatty(STDERR_FILENO) != 0;
	if (meter->board != NULL && meter->board->kind != DUET_GET_PROGRESS_BAR)
		meter->on = false;
	meter->able = duet_terminal_is_able();
	meter->colour = meter->able && duet_terminal_may_colour();
	meter->utf8 = duet_terminal_speaks_utf8();
	duet_str_printable(meter->name, sizeof(meter->name), duet_str(name));
	meter->progress.name = meter->name;
	meter->progress.total = -1;
	meter->progress.connecting = true;
	meter->began_us = duet_clock_us();
	if (is_json(meter))
		tell(meter, DUET_GET_EVENT_BEGIN, NULL);
	if (meter->on && is_one_of_many(meter))
		duet_get_board_join(meter->board, meter);
}

void duet_get_meter_answered(struct duet_get_meter *meter, int64_t total)
{
	meter->progress.connecting = false;
	meter->progress.total = total;
	meter->progress.before = 0;
	duet_get_rate_begin(&meter->rate, duet_clock_us(), 0);
}

void duet_get_meter_measure(struct duet_get_meter *meter, int64_t now_us)
{
	meter->progress.elapsed_us = now_us - meter->began_us;
	meter->progress.rate = duet_get_rate_measure(&meter->rate, now_us,
						     meter->progress.bytes);
}

static void draw(struct duet_get_meter *meter, int64_t now_us)
{
	char line[DUET_GET_PROGRESS_BYTES];
	char whole[DUET_GET_PROGRESS_BYTES + 16];
	struct duet_get_progress_style style = style_of(meter);

	duet_get_meter_measure(meter, now_us);
	duet_get_progress_line(line, &meter->progress, &style);
	/* Erased behind the new text, not before it. */
	(void)snprintf(whole, sizeof(whole), "\r%s\x1b[K", line);
	put(whole);
	meter->shown = true;
}

void duet_get_meter_update(struct duet_get_meter *meter, uint64_t bytes)
{
	bool json = is_json(meter);
	int64_t now_us;

	meter->progress.bytes = bytes;
	if (!json && (!meter->on || !meter->able))
		return;
	if (!json && is_one_of_many(meter)) {
		duet_get_board_draw(meter->board);
		return;
	}
	now_us = duet_clock_us();
	if (now_us - meter->drawn_us < (json ? TELL_EVERY_US : DRAW_EVERY_US) ||
	    (!json && now_us - meter->began_us < PATIENCE_US))
		return;
	meter->drawn_us = now_us;
	if (!json) {
		draw(meter, now_us);
		return;
	}
	if (meter->progress.connecting)
		return;
	duet_get_meter_measure(meter, now_us);
	tell(meter, DUET_GET_EVENT_PROGRESS, NULL);
}

void duet_get_meter_clear(struct duet_get_meter *meter)
{
	if (meter->board != NULL)
		duet_get_board_clear(meter->board);
	if (meter->shown)
		put("\r\x1b[K");
	meter->shown = false;
}

void duet_get_meter_end(struct duet_get_meter *meter, bool whole,
			const char *ending)
{
	char line[DUET_GET_PROGRESS_BYTES];
	char text[DUET_GET_PROGRESS_BYTES + 16];
	struct duet_get_progress_style style;

	if (is_json(meter))
		tell(meter, DUET_GET_EVENT_END, ending);
	if (meter->board != NULL)
		duet_get_board_leave(meter->board, meter, meter->exit != 0);
	if (!meter->on)
		return;
	if (meter->progress.connecting) {
		duet_get_meter_clear(meter);
		return;
	}
	meter->progress.elapsed_us = duet_clock_us() - meter->began_us;
	style = style_of(meter);
	duet_get_progress_summary(line, &meter->progress, whole, ending,
				  &style);
	(void)snprintf(text, sizeof(text), "%s%s%s\n", meter->shown ? "\r" : "",
		       line, meter->shown ? "\x1b[K" : "");
	put(text);
	meter->shown = false;
	meter->on = false;
}
