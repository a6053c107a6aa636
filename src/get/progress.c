/* SPDX-License-Identifier: MIT */
#include "get/progress.h"

#include <stdio.h>
#include <string.h>

enum {
	BAR_LEAST = 10, /* columns between the brackets */
	BAR_MOST = 40,
	LINES_MOST = 8,
	NAME_LEAST = 8,
	GAP = 2,
	PIECE = 64,
	AMOUNT = 2 * PIECE,
};

#define GREEN "\x1b[32m"
#define RED   "\x1b[31m"
#define PLAIN "\x1b[0m"

void duet_get_size_text(char dst[DUET_GET_SIZE_TEXT_BYTES], double bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB",
					     "TiB",   "PiB", "EiB" };
	size_t unit = 0;

	/* 999.5 would be shown as four digits. */
	while (bytes >= 999.5 && unit + 1 < sizeof(units) / sizeof(*units)) {
		bytes /= 1024;
		unit++;
	}
	(void)snprintf(dst, DUET_GET_SIZE_TEXT_BYTES,
		       unit > 0 && bytes < 9.95 ? "%.1f %s" : "%.0f %s", bytes,
		       bytes == 1 && unit == 0 ? "byte" : units[unit]);
}

/* "0:05", "12:34", "1:02:03" */
static void duration_text(char *dst, size_t cap, double seconds)
{
	long s;

	if (seconds > 359999)
		seconds = 359999; /* 99:59:59 */
	s = (long)(seconds + 0.5);
	if (s >= 3600)
		(void)snprintf(dst, cap, "%ld:%02ld:%02ld", s / 3600,
			       s / 60 % 60, s % 60);
	else
		(void)snprintf(dst, cap, "%ld:%02ld", s / 60, s % 60);
}

/* Columns of UTF-8 text. Everything from Hangul on counts for two, which is
 * never too little. */
static size_t columns_of(const char *text)
{
	size_t columns = 0;
	const unsigned char *p;

	for (p = (const unsigned char *)text; *p != '\0'; p++)
		if (*p < 0x80 || *p >= 0xc0)
			columns += *p >= 0xe1 ? 2 : 1;
	return columns;
}

/* The beginning of name in at most max columns, with "..." for the rest. */
static void shorten(char *dst, size_t cap, const char *name, size_t max)
{
	size_t columns = 0;
	size_t n = 0;

	if (columns_of(name) <= max && strlen(name) < cap) {
		(void)snprintf(dst, cap, "%s", name);
		return;
	}
	if (max < 4)
		max = 4;
	while (name[n] != '\0') {
		size_t next = n + 1;
		size_t wide = (unsigned char)name[n] >= 0xe1 ? 2 : 1;

		while (((unsigned char)name[next] & 0xc0) == 0x80)
			next++;
		if (columns + wide > max - 3 || next + 4 > cap)
			break;
		columns += wide;
		n = next;
	}
	(void)snprintf(dst, cap, "%.*s...", (int)n, name);
}

static void add(char *dst, const char *text)
{
	size_t used = strlen(dst);

	(void)snprintf(dst + used, DUET_GET_PROGRESS_BYTES - used, "%s", text);
}

static void add_cells(char *dst, const char *cell, int n)
{
	while (n-- > 0)
		add(dst, cell);
}

static void add_bar(char *dst, double share, int cells,
		    const struct duet_get_progress_style *style)
{
	int full = (int)(share * cells);

	add(dst, "[");
	if (style->colour)
		add(dst, GREEN);
	if (style->utf8) {
		add_cells(dst, "\xe2\x94\x81", full); /* U+2501 */
	} else {
		add_cells(dst, "=", full < cells ? full : cells);
		if (full < cells) {
			add(dst, ">");
			full++;
		}
	}
	if (style->colour)
		add(dst, PLAIN);
	add_cells(dst, " ", cells - full);
	add(dst, "]");
}

/* The parts of a line, each "" when it is not known or does not fit. */
struct parts {
	char percent[PIECE];
	char amount[AMOUNT];
	char rate[PIECE];
	char left[PIECE];
};

/* " (12 MiB decoded)", or nothing */
static void decoded_text(char dst[PIECE], const struct duet_get_progress *p)
{
	char size[DUET_GET_SIZE_TEXT_BYTES];

	duet_get_size_text(size, (double)p->decoded);
	dst[0] = '\0';
	if (p->decoded > 0)
		(void)snprintf(dst, PIECE, " (%s decoded)", size);
}

static void fill_parts(struct parts *parts, const struct duet_get_progress *p)
{
	char done[DUET_GET_SIZE_TEXT_BYTES];
	char decoded[PIECE];
	char total[DUET_GET_SIZE_TEXT_BYTES];
	char rate[DUET_GET_SIZE_TEXT_BYTES];
	char time[PIECE / 2];

	memset(parts, 0, sizeof(*parts));
	duet_get_size_text(done, (double)p->bytes);
	decoded_text(decoded, p);
	(void)snprintf(parts->amount, AMOUNT, "%s%s", done, decoded);
	duet_get_size_text(rate, p->rate);
	if (p->rate >= 0.5)
		(void)snprintf(parts->rate, PIECE, "%s/s", rate);
	else
		(void)snprintf(parts->rate, PIECE, "stalled");
	if (p->total > 0) {
		double share = (double)p->bytes / (double)p->total;

		duet_get_size_text(total, (double)p->total);
		(void)snprintf(parts->amount, AMOUNT, "%s of %s%s", done, total,
			       decoded);
		(void)snprintf(parts->percent, PIECE, "%3d%%",
			       (int)(share * 100));
	}
	if (p->total > 0 && p->rate >= 0.5) {
		duration_text(time, sizeof(time),
			      ((double)p->total - (double)p->bytes) / p->rate);
		(void)snprintf(parts->left, PIECE, "%s left", time);
	} else {
		duration_text(time, sizeof(time), (double)p->elapsed_us / 1e6);
		(void)snprintf(parts->left, PIECE, "%s", time);
	}
}

static size_t width_of(const struct parts *parts)
{
	const char *const all[] = { parts->percent, parts->amount, parts->rate,
				    parts->left };
	size_t width = 0;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i][0] != '\0')
			width += strlen(all[i]) + GAP;
	return width;
}

/* Leave out what matters least until a short name fits too. */
static void make_room(struct parts *parts, size_t width)
{
	char *const least_first[] = { parts->rate, parts->left, parts->amount };
	size_t i;

	for (i = 0; i < sizeof(least_first) / sizeof(least_first[0]); i++)
		if (width_of(parts) + NAME_LEAST > width)
			least_first[i][0] = '\0';
}

static void add_part(char *dst, const char *text)
{
	if (text[0] == '\0')
		return;
	add(dst, "  ");
	add(dst, text);
}

void duet_get_progress_line(char dst[DUET_GET_PROGRESS_BYTES],
			    const struct duet_get_progress *progress,
			    const struct duet_get_progress_style *style)
{
	size_t width = style->width > 1 ? (size_t)style->width - 1 : 1;
	struct parts parts;
	char name[256];
	size_t used;
	int cells;

	fill_parts(&parts, progress);
	if (progress->connecting) {
		memset(&parts, 0, sizeof(parts));
		(void)snprintf(parts.amount, PIECE, "waiting for an answer");
	}
	make_room(&parts, width);
	used = width_of(&parts);
	shorten(name, sizeof(name), progress->name,
		width > used ? width - used : 0);
	used += columns_of(name) + GAP + 2; /* with the brackets of a bar */
	cells = width > used ? (int)(width - used) : 0;
	if (cells > BAR_MOST)
		cells = BAR_MOST;

	dst[0] = '\0';
	add(dst, name);
	add_part(dst, parts.percent);
	if (parts.percent[0] != '\0' && cells >= BAR_LEAST) {
		add(dst, "  ");
		add_bar(dst, (double)progress->bytes / (double)progress->total,
			cells, style);
	}
	add_part(dst, parts.amount);
	add_part(dst, parts.rate);
	add_part(dst, parts.left);
}

void duet_get_progress_summary(char dst[DUET_GET_PROGRESS_BYTES],
			       const struct duet_get_progress *progress,
			       bool whole, const char *ending,
			       const struct duet_get_progress_style *style)
{
	double seconds = (double)progress->elapsed_us / 1e6;
	char size[DUET_GET_SIZE_TEXT_BYTES];
	char rate[DUET_GET_SIZE_TEXT_BYTES];
	char decoded[PIECE];
	char what[4 * PIECE];
	char name[256];
	size_t width = style->width > 1 ? (size_t)style->width - 1 : 1;
	size_t used;

	duet_get_size_text(size, (double)progress->bytes);
	decoded_text(decoded, progress);
	if (seconds < 0.1) { /* a rate would be the handshake's */
		(void)snprintf(what, sizeof(what), "%s%s in %.0f ms", size,
			       decoded, seconds * 1000);
	} else {
		duet_get_size_text(rate, (double)(progress->bytes -
						  progress->before) /
						 seconds);
		(void)snprintf(what, sizeof(what), "%s%s in %.*f s (%s/s)",
			       size, decoded, seconds < 9.95 ? 1 : 0, seconds,
			       rate);
	}
	if (strlen(what) + strlen(ending) + NAME_LEAST + 2 * GAP > width)
		(void)snprintf(what, sizeof(what), "%s", size);
	used = strlen(what) + strlen(ending) + 2 * GAP;
	shorten(name, sizeof(name), progress->name,
		width > used ? width - used : 0);
	dst[0] = '\0';
	add(dst, name);
	add_part(dst, what);
	add(dst, ", ");
	if (style->colour)
		add(dst, whole ? GREEN : RED);
	add(dst, ending);
	if (style->colour)
		add(dst, PLAIN);
}

static void total_left(char dst[PIECE], const struct duet_get_total *total)
{
	double seconds = (double)total->elapsed_us / 1e6;
	const char *about = "";
	const char *left = " left";
	char time[PIECE / 2];

	if (total->expected >= 0 && total->rate >= 0.5) {
		seconds = ((double)total->expected - (double)total->bytes) /
			  total->rate;
	} else if (total->expected < 0 && total->done > 0) {
		about = "about ";
		seconds = seconds * (double)(total->urls - total->done) /
			  (double)total->done;
	} else {
		left = "";
	}
	duration_text(time, sizeof(time), seconds);
	(void)snprintf(dst, PIECE, "%s%s%s", about, time, left);
}

static void total_parts(struct parts *parts, const struct duet_get_total *total)
{
	char done[DUET_GET_SIZE_TEXT_BYTES];
	char expected[DUET_GET_SIZE_TEXT_BYTES];
	char rate[DUET_GET_SIZE_TEXT_BYTES];

	memset(parts, 0, sizeof(*parts));
	duet_get_size_text(done, (double)total->bytes);
	duet_get_size_text(expected, (double)total->expected);
	duet_get_size_text(rate, total->rate);
	if (total->expected >= 0)
		(void)snprintf(parts->amount, AMOUNT, "%s of %s", done,
			       expected);
	else
		(void)snprintf(parts->amount, AMOUNT, "%s", done);
	if (total->rate >= 0.5)
		(void)snprintf(parts->rate, PIECE, "%s/s", rate);
	else
		(void)snprintf(parts->rate, PIECE, "stalled");
	total_left(parts->left, total);
}

void duet_get_progress_total(char dst[DUET_GET_PROGRESS_BYTES],
			     const struct duet_get_total *total,
			     const struct duet_get_progress_style *style)
{
	size_t width = style->width > 1 ? (size_t)style->width - 1 : 1;
	char failed[PIECE] = "";
	char active[PIECE];
	char counts[4 * PIECE];
	struct parts parts;

	if (total->failed > 0)
		(void)snprintf(failed, sizeof(failed), ", %zu failed",
			       total->failed);
	(void)snprintf(active, sizeof(active), ", %zu under way",
		       total->active);
	total_parts(&parts, total);
	(void)snprintf(counts, sizeof(counts), "%zu of %zu done%s%s",
		       total->done, total->urls, failed, active);
	if (strlen(counts) + width_of(&parts) > width)
		(void)snprintf(counts, sizeof(counts), "%zu of %zu done%s",
			       total->done, total->urls, failed);
	/* What is left out goes first where a name would stand. */
	make_room(&parts, width + NAME_LEAST > strlen(counts)
				  ? width + NAME_LEAST - strlen(counts)
				  : 0);
	dst[0] = '\0';
	(void)snprintf(dst, DUET_GET_PROGRESS_BYTES, "%.*s", (int)width,
		       counts);
	add_part(dst, parts.amount);
	add_part(dst, parts.rate);
	add_part(dst, parts.left);
}

size_t duet_get_progress_room(const struct duet_get_progress_style *style,
			      size_t n)
{
	/* The one for all, and two that are not ours. */
	size_t room = style->height > 3 ? (size_t)style->height - 3 : 0;

	if (room > LINES_MOST)
		room = LINES_MOST;
	return n < room ? n : room;
}
