/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "get/board.h"

#include <sys/ioctl.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "get/meter.h"

enum {
	DRAW_EVERY_US = 100000,
	PATIENCE_US = 250000, /* what is over sooner needs no lines */
	TEXT_MAX = 16 * DUET_GET_PROGRESS_BYTES,
	WIDTH = 80, /* of a terminal that does not say */
	HEIGHT = 24,
};

struct duet_get_progress_style duet_get_board_style(bool colour, bool utf8)
{
	struct duet_get_progress_style style = {
		.width = WIDTH,
		.height = HEIGHT,
		.colour = colour,
		.utf8 = utf8,
	};
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0)
		return style;
	if (size.ws_col > 0)
		style.width = size.ws_col;
	if (size.ws_row > 0)
		style.height = size.ws_row;
	return style;
}

void duet_get_board_put(const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n < 0 && errno != EINTR)
			return; /* lost progress is no failure */
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
}

void duet_get_board_begin(struct duet_get_board *board, size_t urls, bool many,
			  enum duet_get_progress_kind kind)
{
	memset(board, 0, sizeof(*board));
	board->kind = kind;
	board->many = many;
	board->total.urls = urls;
	board->began_us = duet_clock_us();
	duet_get_rate_begin(&board->rate, board->began_us, 0);
}

/* Its place, or where the next one goes. */
static struct duet_get_meter **place_of(struct duet_get_board *board,
					const struct duet_get_meter *meter)
{
	struct duet_get_meter **place = &board->first;

	while (*place != NULL && *place != meter)
		place = &(*place)->next;
	return place;
}

void duet_get_board_join(struct duet_get_board *board,
			 struct duet_get_meter *meter)
{
	struct duet_get_meter **place = place_of(board, meter);

	if (*place != NULL)
		return;
	*place = meter;
	meter->next = NULL;
	board->total.active++;
}

void duet_get_board_leave(struct duet_get_board *board,
			  struct duet_get_meter *meter, bool failed)
{
	struct duet_get_meter **place = place_of(board, meter);

	/* What made room for a summary comes back as soon as it can. */
	if (board->lines > 0)
		board->drawn_us = 0;
	duet_get_board_clear(board);
	board->total.done++;
	if (failed)
		board->total.failed++;
	if (*place == NULL)
		return;
	*place = meter->next;
	meter->next = NULL;
	board->total.active--;
	board->past_bytes += meter->progress.bytes;
}

/* What all of them come to. */
static void add_up(struct duet_get_board *board, int64_t now_us)
{
	struct duet_get_total *total = &board->total;
	bool known = total->done + total->active == total->urls;
	uint64_t expected = board->past_bytes;
	const struct duet_get_meter *meter;

	total->bytes = board->past_bytes;
	for (meter = board->first; meter != NULL; meter = meter->next) {
		total->bytes += meter->progress.bytes;
		if (meter->progress.total < 0)
			known = false;
		else
			expected += (uint64_t)meter->progress.total;
	}
	total->expected = known ? (int64_t)expected : -1;
	total->elapsed_us = now_us - board->began_us;
	total->rate = duet_get_rate_measure(&board->rate, now_us, total->bytes);
}

/* Back to the first of our lines. */
static int add_return(struct duet_buf *buf, const struct duet_get_board *board)
{
	if (board->lines > 1)
		return duet_buf_printf(buf, "\r\x1b[%zuA", board->lines - 1);
	return duet_buf_add_str(buf, "\r");
}

static int add_lines(struct duet_buf *buf, struct duet_get_board *board,
		     int64_t now_us)
{
	const struct duet_get_meter *some = board->first;
	struct duet_get_progress_style style =
		duet_get_board_style(some->colour, some->utf8);
	size_t room = duet_get_progress_room(&style, board->total.active);
	char line[DUET_GET_PROGRESS_BYTES];
	struct duet_get_meter *meter;
	int rc = add_return(buf, board);

	board->lines = 1;
	for (meter = board->first; meter != NULL && rc == DUET_OK;
	     meter = meter->next) {
		duet_get_meter_measure(meter, now_us);
		if (board->lines > room)
			continue;
		duet_get_progress_line(line, &meter->progress, &style);
		rc = duet_buf_printf(buf, "%s\x1b[K\n", line);
		board->lines++;
	}
	add_up(board, now_us);
	duet_get_progress_total(line, &board->total, &style);
	/* Fewer lines than before leave some below. */
	return rc == DUET_OK ? duet_buf_printf(buf, "%s\x1b[J", line) : rc;
}

void duet_get_board_draw(struct duet_get_board *board)
{
	int64_t now_us = duet_clock_us();
	struct duet_buf buf;

	if (board->first == NULL || now_us - board->began_us < PATIENCE_US ||
	    now_us - board->drawn_us < DRAW_EVERY_US)
		return;
	board->drawn_us = now_us;
	duet_buf_init(&buf, TEXT_MAX);
	if (add_lines(&buf, board, now_us) == DUET_OK)
		duet_get_board_put((const char *)buf.data + buf.begin,
				   duet_buf_len(&buf));
	duet_buf_done(&buf);
}

void duet_get_board_clear(struct duet_get_board *board)
{
	char text[32];
	int len;

	if (board->lines == 0)
		return;
	len = board->lines > 1 ? snprintf(text, sizeof(text),
					  "\r\x1b[%zuA\x1b[J", board->lines - 1)
			       : snprintf(text, sizeof(text), "\r\x1b[J");
	board->lines = 0;
	if (len > 0)
		duet_get_board_put(text, (size_t)len);
}
