/* SPDX-License-Identifier: MIT */
#include "download/pace.h"
#include "support/unit.h"

/* As a transfer does it: take what it may, else wait as long as it is told.
 * How many bytes in so many seconds, by a clock of ours. */
static uint64_t run(uint64_t rate, int64_t seconds, size_t piece)
{
	struct duet_pace pace = { .rate = rate };
	const int64_t begin = 1000000;
	int64_t now = begin;
	uint64_t sum = 0;

	while (now - begin < seconds * 1000000) {
		size_t n = duet_pace_allow(&pace, now, piece);

		if (n > 0) {
			duet_pace_use(&pace, n);
			sum += n;
			continue;
		}
		/* No busy loop: there is always something to wait for. */
		assert_true(duet_pace_wait_ms(&pace) > 0);
		now += (int64_t)duet_pace_wait_ms(&pace) * 1000;
	}
	return sum;
}

static void keeps_to_the_rate(void **state)
{
	static const uint64_t rates[] = { 1, 10, 1000, 123456, 100000000 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rates); i++) {
		uint64_t sum = run(rates[i], 20, 65536);

		assert_true(sum <= rates[i] * 21 + 1);
		assert_true(sum >= rates[i] * 18);
	}
}

static void without_a_rate_everything_may_be_read(void **state)
{
	struct duet_pace pace = { 0 };

	(void)state;
	assert_int_equal(duet_pace_allow(&pace, 5, 65536), 65536);
	duet_pace_use(&pace, 65536);
	assert_int_equal(duet_pace_allow(&pace, 5, 65536), 65536);
	assert_int_equal(duet_pace_wait_ms(&pace), 0);
}

static void a_long_pause_is_not_made_up_for(void **state)
{
	struct duet_pace pace = { .rate = 1000 };

	(void)state;
	assert_int_equal(duet_pace_allow(&pace, 1000000, 65536), 0);
	assert_int_equal(duet_pace_allow(&pace, 3600000000, 65536), 500);
	assert_int_equal(duet_pace_allow(&pace, 3600000000, 100), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_to_the_rate),
		cmocka_unit_test(without_a_rate_everything_may_be_read),
		cmocka_unit_test(a_long_pause_is_not_made_up_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
