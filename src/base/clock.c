/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* clock_gettime, CLOCK_MONOTONIC_COARSE */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

enum {
	SECONDS_A_DAY = 86400,
	DAYS_AN_ERA = 146097,  /* 400 years */
	DAYS_TO_1970 = 719468, /* from 0000-03-01 */
};

int64_t duet_clock_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t duet_clock_ms(void)
{
	return duet_clock_us() / 1000;
}

int64_t duet_clock_tick_ms(void)
{
	struct timespec now;

#ifdef CLOCK_MONOTONIC_COARSE
	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now); /* cannot fail */
#else
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
#endif
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t duet_clock_wall(void)
{
	return (int64_t)time(NULL);
}

int64_t duet_clock_wall_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Years begin in March, so that the leap day is the last of its year. */
void duet_civil_from_wall(struct duet_civil *ret, int64_t wall)
{
	int64_t days = floor_div(wall, SECONDS_A_DAY);
	int64_t rest = wall - days * SECONDS_A_DAY;
	int64_t era;
	int64_t day; /* of the era, then of the year */
	int64_t year;
	int64_t month;

	ret->weekday = (int)(((days + 4) % 7 + 7) % 7);
	ret->hour = (int)(rest / 3600);
	ret->minute = (int)(rest / 60 % 60);
	ret->second = (int)(rest % 60);

	days += DAYS_TO_1970;
	era = floor_div(days, DAYS_AN_ERA);
	day = days - era * DAYS_AN_ERA;
	year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	ret->day = (int)(day - (153 * month + 2) / 5 + 1);
	ret->month = (int)(month < 10 ? month + 3 : month - 9);
	ret->year = (int)(year + era * 400 + (ret->month <= 2));
}

int64_t duet_wall_from_civil(const struct duet_civil *civil)
{
	int64_t year = civil->year - (civil->month <= 2);
	int64_t month = civil->month > 2 ? civil->month - 3 : civil->month + 9;
	int64_t era = floor_div(year, 400);
	int64_t day;

	year -= era * 400;
	day = (153 * month + 2) / 5 + civil->day - 1;
	day += year * 365 + year / 4 - year / 100;
	day += era * DAYS_AN_ERA - DAYS_TO_1970;
	return day * SECONDS_A_DAY + civil->hour * 3600 + civil->minute * 60 +
	       civil->second;
}

void duet_time_text(char dst[DUET_TIME_TEXT_BYTES], int64_t wall)
{
	struct duet_civil c;

	duet_civil_from_wall(&c, wall);
	(void)snprintf(dst, DUET_TIME_TEXT_BYTES,
		       "%04d-%02d-%02d %02d:%02d:%02d UTC", c.year, c.month,
		       c.day, c.hour, c.minute, c.second);
}

void duet_time_distance(char dst[DUET_TIME_TEXT_BYTES], int64_t wall,
			int64_t now)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {
		{ 365 * (int64_t)SECONDS_A_DAY, "year" },
		{ SECONDS_A_DAY, "day" },
		{ 3600, "hour" },
		{ 60, "minute" },
		{ 1, "second" },
	};
	int64_t distance = wall > now ? wall - now : now - wall;
	size_t i = 0;

	if (distance == 0) {
		(void)snprintf(dst, DUET_TIME_TEXT_BYTES, "just now");
		return;
	}
	while (distance < units[i].seconds * (i == 0 ? 2 : 1))
		i++;
	distance /= units[i].seconds;
	(void)snprintf(dst, DUET_TIME_TEXT_BYTES, "%s%lld %s%s%s",
		       wall > now ? "in " : "", (long long)distance,
		       units[i].name, distance == 1 ? "" : "s",
		       wall > now ? "" : " ago");
}
