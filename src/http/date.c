/* SPDX-License-Identifier: MIT */
#include "http/date.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"

static const char *const short_days[] = { "Sun", "Mon", "Tue", "Wed",
					  "Thu", "Fri", "Sat" };
static const char *const long_days[] = { "Sunday",    "Monday",   "Tuesday",
					 "Wednesday", "Thursday", "Friday",
					 "Saturday" };
static const char *const months[] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};

static const int64_t year_10000 = 253402300800;

static char *put_digits(char *p, unsigned value, int width)
{
	int i;

	for (i = width - 1; i >= 0; i--) {
		p[i] = (char)('0' + value % 10);
		value /= 10;
	}
	return p + width;
}

static char *put_text(char *p, const char *text)
{
	while (*text != '\0')
		*p++ = *text++;
	return p;
}

/* Every reply has one or two of these, and snprintf(3) would be a tenth of
 * what we do for a small file. */
void duet_date_format(char dst[DUET_DATE_BYTES], int64_t wall)
{
	struct duet_civil t;
	char *p = dst;

	if (wall < 0)
		wall = 0;
	if (wall >= year_10000)
		wall = year_10000 - 1;
	duet_civil_from_wall(&t, wall);
	p = put_text(p, short_days[t.weekday % 7]);
	p = put_text(p, ", ");
	p = put_digits(p, (unsigned)t.day, 2);
	*p++ = ' ';
	p = put_text(p, months[(t.month - 1) % 12]);
	*p++ = ' ';
	p = put_digits(p, (unsigned)t.year, 4);
	*p++ = ' ';
	p = put_digits(p, (unsigned)t.hour, 2);
	*p++ = ':';
	p = put_digits(p, (unsigned)t.minute, 2);
	*p++ = ':';
	p = put_digits(p, (unsigned)t.second, 2);
	p = put_text(p, " GMT");
	*p = '\0';
}

/* Each of these takes what it knows from *p, or says false. */

static bool take_text(const char **p, const char *text)
{
	if (!duet_str_starts(*p, text))
		return false;
	*p += strlen(text);
	return true;
}

static bool take_name(const char **p, const char *const *names, int count,
		      int *ret)
{
	int i;

	for (i = 0; i < count; i++) {
		if (!take_text(p, names[i]))
			continue;
		*ret = i;
		return true;
	}
	return false;
}

static bool take_digits(const char **p, int count, int *ret)
{
	int value = 0;

	for (; count > 0; count--) {
		if (!duet_is_digit((unsigned char)**p))
			return false;
		value = value * 10 + (*(*p)++ - '0');
	}
	*ret = value;
	return true;
}

static bool take_month(const char **p, struct duet_civil *t)
{
	if (!take_name(p, months, 12, &t->month))
		return false;
	t->month++;
	return true;
}

static bool take_time(const char **p, struct duet_civil *t)
{
	return take_digits(p, 2, &t->hour) && take_text(p, ":") &&
	       take_digits(p, 2, &t->minute) && take_text(p, ":") &&
	       take_digits(p, 2, &t->second);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static bool parse_imf(const char *p, struct duet_civil *t)
{
	return take_name(&p, short_days, 7, &t->weekday) &&
	       take_text(&p, ", ") && take_digits(&p, 2, &t->day) &&
	       take_text(&p, " ") && take_month(&p, t) && take_text(&p, " ") &&
	       take_digits(&p, 4, &t->year) && take_text(&p, " ") &&
	       take_time(&p, t) && take_text(&p, " GMT") && *p == '\0';
}

/* RFC 9110 s5.6.7: what seems to be more than 50 years ahead, to the second,
 * is of the past. */
static void add_century(struct duet_civil *t, int64_t now)
{
	struct duet_civil limit;

	duet_civil_from_wall(&limit, now);
	t->year += limit.year / 100 * 100;
	limit.year += 50;
	if (duet_wall_from_civil(t) > duet_wall_from_civil(&limit))
		t->year -= 100;
}

/* "Sunday, 06-Nov-94 08:49:37 GMT" */
static bool parse_rfc850(const char *p, int64_t now, struct duet_civil *t)
{
	if (!take_name(&p, long_days, 7, &t->weekday) || !take_text(&p, ", ") ||
	    !take_digits(&p, 2, &t->day) || !take_text(&p, "-") ||
	    !take_month(&p, t) || !take_text(&p, "-") ||
	    !take_digits(&p, 2, &t->year) || !take_text(&p, " ") ||
	    !take_time(&p, t) || !take_text(&p, " GMT") || *p != '\0')
		return false;
	add_century(t, now);
	return true;
}

/* "Sun Nov  6 08:49:37 1994" */
static bool parse_asctime(const char *p, struct duet_civil *t)
{
	return take_name(&p, short_days, 7, &t->weekday) &&
	       take_text(&p, " ") && take_month(&p, t) && take_text(&p, " ") &&
	       (take_text(&p, " ") ? take_digits(&p, 1, &t->day)
				   : take_digits(&p, 2, &t->day)) &&
	       take_text(&p, " ") && take_time(&p, t) && take_text(&p, " ") &&
	       take_digits(&p, 4, &t->year) && *p == '\0';
}

/* The 30th of February comes back as another day; a leap second may be. */
static bool exists(const struct duet_civil *t)
{
	struct duet_civil day = { .year = t->year,
				  .month = t->month,
				  .day = t->day };
	struct duet_civil back;

	duet_civil_from_wall(&back, duet_wall_from_civil(&day));
	return back.day == t->day && back.month == t->month && t->hour <= 23 &&
	       t->minute <= 59 && t->second <= 60;
}

bool duet_date_parse(const char *text, int64_t now, int64_t *ret_wall)
{
	struct duet_civil t;

	memset(&t, 0, sizeof(t));
	if (!parse_imf(text, &t) && !parse_rfc850(text, now, &t) &&
	    !parse_asctime(text, &t))
		return false;
	if (!exists(&t))
		return false;
	*ret_wall = duet_wall_from_civil(&t);
	return true;
}
