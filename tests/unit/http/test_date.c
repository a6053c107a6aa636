/* SPDX-License-Identifier: MIT */
#include "http/date.h"
#include "support/unit.h"

enum {
	NOW = 1790000000, /* September 2026 */
};

/* RFC 9110 s5.6.7 */
static void writes_the_preferred_form(void **state)
{
	static const struct {
		int64_t wall;
		const char *text;
	} cases[] = {
		{ 784111777, "Sun, 06 Nov 1994 08:49:37 GMT" },
		{ 0, "Thu, 01 Jan 1970 00:00:00 GMT" },
		{ 951782400, "Tue, 29 Feb 2000 00:00:00 GMT" },
		{ 253402300799, "Fri, 31 Dec 9999 23:59:59 GMT" },
		{ -1, "Thu, 01 Jan 1970 00:00:00 GMT" },
		{ INT64_MAX, "Fri, 31 Dec 9999 23:59:59 GMT" },
	};
	char text[DUET_DATE_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		duet_date_format(text, cases[i].wall);
		assert_string_equal(text, cases[i].text);
	}
}

static void reads_all_three_forms(void **state)
{
	static const struct {
		const char *text;
		int64_t wall;
	} cases[] = {
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
		{ "Sun Nov  6 08:49:37 1994", 784111777 },
		{ "Wed Nov 16 08:49:37 1994", 784975777 },
		{ "Tue, 29 Feb 2000 00:00:00 GMT", 951782400 },
		{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
		/* more than 50 years ahead of NOW, 14:13:20 on the 21st of
		 * September 2026, is the past */
		{ "Thursday, 01-Jan-76 00:00:00 GMT", 3345062400 },
		{ "Monday, 21-Sep-76 14:13:20 GMT", 3367923200 },
		{ "Tuesday, 21-Sep-76 14:13:21 GMT", 212163201 },
		{ "Friday, 31-Dec-76 00:00:00 GMT", 220838400 },
		{ "Saturday, 01-Jan-77 00:00:00 GMT", 220924800 },
	};
	int64_t wall = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_true(duet_date_parse(cases[i].text, NOW, &wall));
		assert_int_equal(wall, cases[i].wall);
	}
}

static void refuses_what_is_no_date(void **state)
{
	static const char *const cases[] = {
		"",
		"0",
		"784111777",
		"Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
		" Sun, 06 Nov 1994 08:49:37 GMT",
		"Sun, 6 Nov 1994 08:49:37 GMT",
		"sun, 06 nov 1994 08:49:37 gmt",
		"Sun, 06 Nov 94 08:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Thu, 29 Feb 2001 00:00:00 GMT",
		"Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 06 Nov 1994 08:60:00 GMT",
		"Sun, 06 Nov 1994 08:49:61 GMT",
		"Sun, 06 Nov -994 08:49:37 GMT",
		"Sunday, 06-Nov-1994 08:49:37 GMT",
		"Sun Nov 6 08:49:37 1994",
		"Sun Nov  6 08:49:37 1994 GMT",
		"1994-11-06T08:49:37Z",
	};
	int64_t wall = 42;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		if (duet_date_parse(cases[i], NOW, &wall))
			fail_msg("'%s'", cases[i]);
	assert_int_equal(wall, 42);
}

static void reads_what_it_writes(void **state)
{
	char text[DUET_DATE_BYTES];
	int64_t wall;
	int64_t back = 0;

	(void)state;
	for (wall = 0; wall < 253402300800; wall += 86400 * 37 + 4567) {
		duet_date_format(text, wall);
		assert_true(duet_date_parse(text, NOW, &back));
		assert_int_equal(back, wall);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_the_preferred_form),
		cmocka_unit_test(reads_all_three_forms),
		cmocka_unit_test(refuses_what_is_no_date),
		cmocka_unit_test(reads_what_it_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
