/* SPDX-License-Identifier: MIT */
#include "client/cookie_date.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"

enum {
	FIRST_YEAR = 1601,
};

/* What has been found so far. */
struct found {
	bool time;
	bool day;
	bool month;
	bool year;
	struct duet_civil civil;
};

static bool is_delimiter(unsigned char c)
{
	return c == 0x09 || (c >= 0x20 && c <= 0x2f) ||
	       (c >= 0x3b && c <= 0x40) || (c >= 0x5b && c <= 0x60) ||
	       (c >= 0x7b && c <= 0x7e);
}

/* least to most digits, and then none: how many, or 0. */
static size_t take_digits(struct duet_bytes text, size_t least, size_t most,
			  int *ret)
{
	const unsigned char *p = text.data;
	size_t n = 0;
	int value = 0;

	while (n < text.len && n < most && duet_is_digit(p[n]))
		value = value * 10 + (p[n++] - '0');
	if (n < least || (n < text.len && duet_is_digit(p[n])))
		return 0;
	*ret = value;
	return n;
}

/* hms-time: three fields of one or two digits, and what follows is ignored. */
static bool take_time(struct duet_bytes token, struct duet_civil *civil)
{
	int *fields[] = { &civil->hour, &civil->minute, &civil->second };
	size_t i;

	for (i = 0; i < 3; i++) {
		int value = 0;
		size_t n = take_digits(token, 1, 2, &value);

		if (n == 0)
			return false;
		*fields[i] = value;
		token.data = (const char *)token.data + n;
		token.len -= n;
		if (i == 2)
			return true;
		if (token.len == 0 || *(const char *)token.data != ':')
			return false;
		token.data = (const char *)token.data + 1;
		token.len--;
	}
	return false;
}

static bool take_month(struct duet_bytes token, int *ret)
{
	static const char *const months[] = { "jan", "feb", "mar", "apr",
					      "may", "jun", "jul", "aug",
					      "sep", "oct", "nov", "dec" };
	int i;

	if (token.len < 3)
		return false;
	token.len = 3;
	for (i = 0; i < 12; i++)
		if (duet_bytes_eq_nocase(token, months[i])) {
			*ret = i + 1;
			return true;
		}
	return false;
}

/* The first of each kind counts, and in this order. */
static void take_token(struct found *found, struct duet_bytes token)
{
	struct duet_civil *civil = &found->civil;
	struct duet_civil time = *civil;

	if (!found->time && take_time(token, &time)) {
		*civil = time;
		found->time = true;
	} else if (!found->day && take_digits(token, 1, 2, &civil->day) > 0) {
		found->day = true;
	} else if (!found->month && take_month(token, &civil->month)) {
		found->month = true;
	} else if (!found->year && take_digits(token, 2, 4, &civil->year) > 0) {
		found->year = true;
	}
}

static bool is_possible(const struct duet_civil *civil)
{
	struct duet_civil back;

	if (civil->day < 1 || civil->day > 31 || civil->year < FIRST_YEAR ||
	    civil->hour > 23 || civil->minute > 59 || civil->second > 59)
		return false;
	/* 30 February is another day when it comes back. */
	duet_civil_from_wall(&back, duet_wall_from_civil(civil));
	return back.day == civil->day && back.month == civil->month;
}

bool duet_cookie_date_parse(struct duet_bytes text, int64_t *ret_wall)
{
	const unsigned char *p = text.data;
	struct found found = { 0 };
	size_t i = 0;

	while (i < text.len) {
		size_t begin;

		while (i < text.len && is_delimiter(p[i]))
			i++;
		begin = i;
		while (i < text.len && !is_delimiter(p[i]))
			i++;
		if (i > begin)
			take_token(&found,
				   (struct duet_bytes){ p + begin, i - begin });
	}
	if (!found.time || !found.day || !found.month || !found.year)
		return false;
	if (found.civil.year >= 70 && found.civil.year <= 99)
		found.civil.year += 1900;
	else if (found.civil.year <= 69)
		found.civil.year += 2000;
	if (!is_possible(&found.civil))
		return false;
	*ret_wall = duet_wall_from_civil(&found.civil);
	return true;
}
