/* SPDX-License-Identifier: MIT */
/* base/clock.h - what time it is, and time in words. */
#ifndef DUET_BASE_CLOCK_H
#define DUET_BASE_CLOCK_H

#include <duet/error.h>

/* Monotonic, since some moment. */
int64_t duet_clock_ms(void);
int64_t duet_clock_us(void);
/* The same as the first, as of the kernel's last tick: up to 10 ms ago, and
 * cheaper. */
int64_t duet_clock_tick_ms(void);
/* The sooner of two times to wait, in ms; below 0: for ever. */
static inline int32_t duet_sooner_ms(int32_t a, int32_t b)
{
	if (a < 0)
		return b;
	return b < 0 || a < b ? a : b;
}
/* Since 1970 UTC: seconds; milliseconds. */
int64_t duet_clock_wall(void);
int64_t duet_clock_wall_ms(void);

enum {
	DUET_TIME_TEXT_BYTES = 40,
};
/* "2026-11-24 02:15:39 UTC" */
void duet_time_text(char dst[DUET_TIME_TEXT_BYTES], int64_t wall);
/* "3 days ago", "in 2 hours", "just now": the distance of wall from now. */
void duet_time_distance(char dst[DUET_TIME_TEXT_BYTES], int64_t wall,
			int64_t now);

struct duet_civil {
	int year, month, day, hour, minute, second;
	int weekday; /* 0 Sunday */
};
/* The proleptic Gregorian calendar in UTC, without locale or time zone. */
void duet_civil_from_wall(struct duet_civil *ret, int64_t wall);
int64_t duet_wall_from_civil(const struct duet_civil *civil);

#endif
