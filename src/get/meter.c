/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "get/meter.h"

#include <sys/ioctl.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/terminal.h"

enum {
	DRAW_EVERY_US = 100000,
	PATIENCE_US = 250000, /* what is over sooner needs no bar */
	MARK_EVERY_US = 500000,
	PAST = sizeof(((struct duet_get_meter *)0)->past) /
	       sizeof(((struct duet_get_meter *)0)->past[0]),
};

static int terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

/* One write for a whole line: nothing flickers. */
static void put(const char *line)
{
	size_t len = strlen(line);

	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, line, len);

		if (n < 0 && errno != EINTR)
			return; /* a lost bar is no failure */
		if (n > 0) {
			line += n;
			len -= (size_t)n;
		}
	}
}

static struct duet_get_progress_style style_of(
	const struct duet_get_meter *meter)
{
	struct duet_get_progress_style style = {
		.width = terminal_width(),
		.colour = meter->colour,
		.utf8 = meter->utf8,
	};

	return style;
}

void duet_get_meter_begin(struct duet_get_meter *meter, const char *name,
			  bool wanted)
{
	memset(meter, 0, sizeof(*meter));
	meter->on = wanted && isatty(STDERR_FILENO) != 0;
	meter->able = duet_terminal_is_able();
	meter->colour = meter->able && duet_terminal_may_colour();
	meter->utf8 = duet_terminal_speaks_utf8();
	duet_str_printable(meter->name, sizeof(meter->name), duet_str(name));
	meter->progress.name = meter->name;
	meter->progress.total = -1;
	meter->progress.connecting = true;
	meter->began_us = duet_clock_us();
}

void duet_get_meter_answered(struct duet_get_meter *meter, int64_t total)
{
	meter->progress.connecting = false;
	meter->progress.total = total;
	meter->past[0].at_us = duet_clock_us();
	meter->marks = 1;
}

static void measure_rate(struct duet_get_meter *meter, int64_t now_us)
{
	size_t last = (meter->marks - 1) % PAST;
	size_t oldest = meter->marks > PAST ? meter->marks % PAST : 0;
	int64_t span_us;

	if (meter->marks == 0)
		return;
	if (now_us - meter->past[last].at_us >= MARK_EVERY_US) {
		last = meter->marks++ % PAST;
		meter->past[last].at_us = now_us;
		meter->past[last].bytes = meter->progress.bytes;
	}
	span_us = now_us - meter->past[oldest].at_us;
	if (span_us > 0)
		meter->progress.rate = (double)(meter->progress.bytes -
						meter->past[oldest].bytes) *
				       1e6 / (double)span_us;
}

void duet_get_meter_update(struct duet_get_meter *meter, uint64_t bytes)
{
	char line[DUET_GET_PROGRESS_BYTES];
	char whole[DUET_GET_PROGRESS_BYTES + 16];
	struct duet_get_progress_style style;
	int64_t now_us;

	meter->progress.bytes = bytes;
	if (!meter->on || !meter->able)
		return;
	now_us = duet_clock_us();
	if (now_us - meter->began_us < PATIENCE_US ||
	    now_us - meter->drawn_us < DRAW_EVERY_US)
		return;
	meter->drawn_us = now_us;
	meter->progress.elapsed_us = now_us - meter->began_us;
	measure_rate(meter, now_us);
	style = style_of(meter);
	duet_get_progress_line(line, &meter->progress, &style);
	/* Erased behind the new text, not before it. */
	(void)snprintf(whole, sizeof(whole), "\r%s\x1b[K", line);
	put(whole);
	meter->shown = true;
}

void duet_get_meter_clear(struct duet_get_meter *meter)
{
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
