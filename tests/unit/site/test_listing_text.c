/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "site/listing_int.h"
#include "support/unit.h"

static void sizes_have_two_digits_at_least(void **state)
{
	static const struct {
		uint64_t size;
		const char *text;
	} cases[] = {
		{ 0, "0 B" },
		{ 17, "17 B" },
		{ 999, "999 B" },
		{ 1000, "1.0 kB" },
		{ 1049, "1.0 kB" },
		{ 1050, "1.1 kB" },
		{ 1432, "1.4 kB" },
		{ 9949, "9.9 kB" },
		{ 9950, "10 kB" },
		{ 99499, "99 kB" },
		{ 99500, "100 kB" },
		{ 999499, "999 kB" },
		{ 999500, "1.0 MB" },
		{ 1432981, "1.4 MB" },
		{ 1400000000, "1.4 GB" },
		{ 999499999999999999, "999 PB" },
		{ 999500000000000000, "1.0 EB" },
		{ INT64_MAX, "9.2 EB" },
	};
	char text[DUET_LISTING_SIZE_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(duet_listing_size(text, cases[i].size),
				 strlen(cases[i].text));
		assert_string_equal(text, cases[i].text);
	}
}

static void numbers_are_cut_in_threes(void **state)
{
	static const struct {
		uint64_t n;
		char separator;
		const char *text;
	} cases[] = {
		{ 0, ',', "0" },
		{ 999, ',', "999" },
		{ 1000, ',', "1,000" },
		{ 123456, ',', "123,456" },
		{ 1234567, ',', "1,234,567" },
		{ 1234567, '\0', "1234567" },
		{ UINT64_MAX, ',', "18,446,744,073,709,551,615" },
	};
	char text[DUET_LISTING_SIZE_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(duet_listing_number(text, cases[i].n,
						     cases[i].separator),
				 strlen(cases[i].text));
		assert_string_equal(text, cases[i].text);
	}
}

/* RFC 3339 */
static void dates_are_those_of_the_internet(void **state)
{
	static const struct {
		int64_t wall;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59Z" },
		{ 784111777, "1994-11-06T08:49:37Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" },
		{ 253402300800, "9999-12-31T23:59:59Z" },
		{ INT64_MAX, "9999-12-31T23:59:59Z" },
		{ -62167219200, "0000-01-01T00:00:00Z" },
		{ INT64_MIN, "0000-01-01T00:00:00Z" },
	};
	char text[DUET_LISTING_DATE_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(duet_listing_date(text, cases[i].wall),
				 strlen(cases[i].text));
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_have_two_digits_at_least),
		cmocka_unit_test(numbers_are_cut_in_threes),
		cmocka_unit_test(dates_are_those_of_the_internet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
