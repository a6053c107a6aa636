/* SPDX-License-Identifier: MIT */
#include "get/rate.h"
#include "support/unit.h"

enum {
	SECOND = 1000000,
};

static void a_steady_one_is_what_it_is(void **state)
{
	struct duet_get_rate rate;
	int i;

	(void)state;
	duet_get_rate_begin(&rate, 7 * SECOND, 1000);
	for (i = 1; i < 200; i++)
		assert_int_equal((int)duet_get_rate_measure(&rate,
							    7 * SECOND +
								    (int64_t)i *
									    SECOND /
									    10,
							    1000 + (uint64_t)i *
									    50),
				 500);
}

static void what_was_long_ago_does_not_count(void **state)
{
	struct duet_get_rate rate;
	int i;

	(void)state;
	duet_get_rate_begin(&rate, 0, 0);
	for (i = 1; i <= 100; i++)
		(void)duet_get_rate_measure(&rate, (int64_t)i * SECOND / 10,
					    (uint64_t)i * 1000);
	/* Nothing comes any more. */
	for (i = 101; i <= 200; i++)
		(void)duet_get_rate_measure(&rate, (int64_t)i * SECOND / 10,
					    100000);
	assert_int_equal((int)duet_get_rate_measure(&rate, 21 * SECOND, 100000),
			 0);
}

static void there_is_none_before_it_has_begun_or_where_it_begins_anew(
	void **state)
{
	struct duet_get_rate rate = { 0 };

	(void)state;
	assert_int_equal((int)duet_get_rate_measure(&rate, SECOND, 1000), 0);
	duet_get_rate_begin(&rate, SECOND, 1000);
	assert_int_equal((int)duet_get_rate_measure(&rate, SECOND, 1000), 0);
	assert_int_equal((int)duet_get_rate_measure(&rate, 2 * SECOND, 10), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_steady_one_is_what_it_is),
		cmocka_unit_test(what_was_long_ago_does_not_count),
		cmocka_unit_test(
			there_is_none_before_it_has_begun_or_where_it_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
