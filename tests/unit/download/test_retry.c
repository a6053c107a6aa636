/* SPDX-License-Identifier: MIT */
#include "download/retry.h"
#include "support/unit.h"

static void waits_twice_as_long_each_time(void **state)
{
	struct duet_retry longest = { .left = 12 };
	struct duet_retry shortest = { .left = 12 };
	int64_t ms = 1000;
	int i;

	(void)state;
	for (i = 0; i < 12; i++) {
		assert_int_equal(duet_retry_next(&longest, 0, 0, 99), ms);
		assert_int_equal(duet_retry_next(&shortest, 0, 0, 0), ms / 2);
		ms = ms * 2 < 600000 ? ms * 2 : 600000;
	}
	assert_int_equal(duet_retry_next(&longest, 0, 0, 99), -1);
	assert_int_equal(longest.done, 12);
}

static void luck_stays_within_its_bounds(void **state)
{
	unsigned luck;

	(void)state;
	for (luck = 0; luck < 1000; luck++) {
		struct duet_retry retry = { .left = 1, .done = 3 };
		int64_t ms = duet_retry_next(&retry, 0, 0, luck);

		assert_true(ms >= 4000 && ms <= 8000);
	}
}

static void a_delay_that_was_asked_for_is_exact(void **state)
{
	struct duet_retry retry = { .left = 2, .delay_ms = 250 };

	(void)state;
	assert_int_equal(duet_retry_next(&retry, 0, 0, 50), 250);
	assert_int_equal(duet_retry_next(&retry, 0, 0, 50), 250);
	assert_int_equal(duet_retry_next(&retry, 0, 0, 50), -1);
}

static void none_begins_after_its_time(void **state)
{
	struct duet_retry retry = {
		.left = 9, .delay_ms = 500, .max_ms = 1000, .began_ms = 5000
	};

	(void)state;
	assert_int_equal(duet_retry_next(&retry, 5500, 0, 0), 500);
	assert_int_equal(duet_retry_next(&retry, 5501, 0, 0), -1);
	assert_int_equal(retry.left, 8);
}

static void the_server_may_ask_for_more_but_not_for_ever(void **state)
{
	struct duet_retry retry = { .left = 9, .delay_ms = 500 };

	(void)state;
	assert_int_equal(duet_retry_next(&retry, 0, 7, 0), 7000);
	assert_int_equal(duet_retry_next(&retry, 0, 3600, 0), 3600000);
	assert_int_equal(duet_retry_next(&retry, 0, 3601, 0), -1);
	assert_int_equal(duet_retry_next(&retry, 0, INT64_MAX, 0), -1);
	retry.max_ms = 1000;
	assert_int_equal(duet_retry_next(&retry, 0, 7, 0), -1);
}

static void reads_retry_after(void **state)
{
	const int64_t now = 784111777; /* Sun, 06 Nov 1994 08:49:37 GMT */

	(void)state;
	assert_int_equal(duet_retry_after(NULL, now), 0);
	assert_int_equal(duet_retry_after("", now), 0);
	assert_int_equal(duet_retry_after("0", now), 0);
	assert_int_equal(duet_retry_after("120", now), 120);
	assert_int_equal(duet_retry_after("-1", now), 0);
	assert_int_equal(duet_retry_after("1.5", now), 0);
	assert_int_equal(duet_retry_after("soon", now), 0);
	assert_int_equal(duet_retry_after("99999999999999999999999", now),
			 INT64_MAX);
	assert_int_equal(duet_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now),
			 60);
	assert_int_equal(duet_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now),
			 0);
	assert_int_equal(duet_retry_after("Sat, 05 Nov 1994 08:49:37 GMT", now),
			 0);
}

static void knows_what_may_pass(void **state)
{
	(void)state;
	assert_true(duet_retry_is_passing(DUET_E_CONNECT));
	assert_true(duet_retry_is_passing(DUET_E_TRUNCATED));
	assert_true(duet_retry_is_passing(DUET_E_TIMEOUT));
	assert_false(duet_retry_is_passing(DUET_E_EXPIRED));
	assert_false(duet_retry_is_passing(DUET_E_UNTRUSTED));
	assert_false(duet_retry_is_passing(DUET_E_PIN));
	assert_false(duet_retry_is_passing(DUET_E_REVOKED));
	assert_false(duet_retry_is_passing(DUET_E_HTTP));
	assert_false(duet_retry_is_passing(DUET_E_URL));
	assert_true(duet_retry_is_passing_answer(503));
	assert_true(duet_retry_is_passing_answer(429));
	assert_false(duet_retry_is_passing_answer(404));
	assert_false(duet_retry_is_passing_answer(501));
	assert_false(duet_retry_is_passing_answer(200));
	assert_true(duet_retry_is_safe("GET"));
	assert_true(duet_retry_is_safe("PUT"));
	assert_false(duet_retry_is_safe("POST"));
	assert_false(duet_retry_is_safe("PATCH"));
	assert_false(duet_retry_is_safe("get"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_twice_as_long_each_time),
		cmocka_unit_test(luck_stays_within_its_bounds),
		cmocka_unit_test(a_delay_that_was_asked_for_is_exact),
		cmocka_unit_test(none_begins_after_its_time),
		cmocka_unit_test(the_server_may_ask_for_more_but_not_for_ever),
		cmocka_unit_test(reads_retry_after),
		cmocka_unit_test(knows_what_may_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
