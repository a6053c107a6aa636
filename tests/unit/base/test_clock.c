/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "support/unit.h"

static void knows_the_calendar(void **state)
{
	static const struct {
		int64_t wall;
		const char *text;
		int weekday;
	} cases[] = {
		{ 0, "1970-01-01 00:00:00 UTC", 4 },
		{ -1, "1969-12-31 23:59:59 UTC", 3 },
		{ 951782400, "2000-02-29 00:00:00 UTC", 2 },
		{ 951868800, "2000-03-01 00:00:00 UTC", 3 },
		{ 1795486539, "2026-11-24 02:15:39 UTC", 2 },
		{ 4107542400, "2100-03-01 00:00:00 UTC", 1 },
		{ 253402300799, "9999-12-31 23:59:59 UTC", 5 },
	};
	char text[DUET_TIME_TEXT_BYTES];
	struct duet_civil civil;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		duet_time_text(text, cases[i].wall);
		assert_string_equal(text, cases[i].text);
		duet_civil_from_wall(&civil, cases[i].wall);
		assert_int_equal(civil.weekday, cases[i].weekday);
		assert_int_equal(duet_wall_from_civil(&civil), cases[i].wall);
	}
}

static void the_time_of_day_is_one_time(void **state)
{
	int64_t before = duet_clock_wall();
	int64_t ms = duet_clock_wall_ms();

	(void)state;
	assert_in_range(ms / 1000, before - 1, duet_clock_wall() + 1);
}

static void every_day_of_four_centuries_comes_back(void **state)
{
	int64_t day;

	(void)state;
	for (day = -200000; day < 200000; day += 7) {
		struct duet_civil civil;

		duet_civil_from_wall(&civil, day * 86400 + 3661);
		assert_int_equal(duet_wall_from_civil(&civil),
				 day * 86400 + 3661);
	}
}

static void says_how_far_away_a_time_is(void **state)
{
	static const struct {
		int64_t ahead;
		const char *text;
	} cases[] = {
		{ 0, "just now" },
		{ 1, "in 1 second" },
		{ -1, "1 second ago" },
		{ -119, "1 minute ago" },
		{ 7200, "in 2 hours" },
		{ -3 * 86400, "3 days ago" },
		{ 400 * 86400, "in 400 days" },
		{ -800 * (int64_t)86400, "2 years ago" },
	};
	char text[DUET_TIME_TEXT_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		duet_time_distance(text, 1000000000 + cases[i].ahead,
				   1000000000);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_calendar),
		cmocka_unit_test(the_time_of_day_is_one_time),
		cmocka_unit_test(every_day_of_four_centuries_comes_back),
		cmocka_unit_test(says_how_far_away_a_time_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
