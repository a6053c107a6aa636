/* SPDX-License-Identifier: MIT */
#include "download/spans.h"
#include "support/unit.h"

static void ranges_that_touch_become_one(void **state)
{
	struct duet_spans spans = { .n = 0 };

	(void)state;
	assert_true(duet_spans_add(&spans, 10, 20));
	assert_true(duet_spans_add(&spans, 0, 5));
	assert_true(duet_spans_add(&spans, 30, 40));
	assert_int_equal(spans.n, 3);
	assert_int_equal(duet_spans_bytes(&spans), 25);
	assert_int_equal(duet_spans_prefix(&spans), 5);
	assert_true(duet_spans_add(&spans, 5, 10));
	assert_int_equal(spans.n, 2);
	assert_int_equal(duet_spans_prefix(&spans), 20);
	assert_true(duet_spans_add(&spans, 15, 35));
	assert_int_equal(spans.n, 1);
	assert_int_equal(duet_spans_bytes(&spans), 40);
	assert_true(duet_spans_add(&spans, 7, 7));
	assert_int_equal(duet_spans_bytes(&spans), 40);
}

static void a_gap_ends_where_the_next_range_begins(void **state)
{
	struct duet_spans spans = { .n = 0 };
	struct duet_span gap;

	(void)state;
	assert_true(duet_spans_gap(&spans, 9, &gap));
	assert_int_equal(gap.from, 0);
	assert_int_equal(gap.to, 9);
	assert_true(duet_spans_add(&spans, 4, 6));
	assert_true(duet_spans_gap(&spans, 9, &gap));
	assert_int_equal(gap.to, 4);
	assert_true(duet_spans_add(&spans, 0, 4));
	assert_true(duet_spans_gap(&spans, 9, &gap));
	assert_int_equal(gap.from, 6);
	assert_int_equal(gap.to, 9);
	assert_false(duet_spans_gap(&spans, 6, &gap));
	assert_false(duet_spans_gap(&spans, 0, &gap));
}

static void one_range_too_many_changes_nothing(void **state)
{
	struct duet_spans spans = { .n = 0 };
	uint64_t i;

	(void)state;
	for (i = 0; i < DUET_SPANS_MAX; i++)
		assert_true(duet_spans_add(&spans, 3 * i, 3 * i + 1));
	assert_false(duet_spans_add(&spans, 3 * i, 3 * i + 1));
	assert_int_equal(spans.n, DUET_SPANS_MAX);
	/* But what touches one is no more. */
	assert_true(duet_spans_add(&spans, 1, 2));
	assert_true(duet_spans_add(&spans, 0, UINT64_MAX));
	assert_int_equal(spans.n, 1);
}

/* Against a plain array of bytes. */
static void agrees_with_a_map_of_bytes(void **state)
{
	struct duet_spans spans = { .n = 0 };
	unsigned char map[64] = { 0 };
	unsigned random = 12345;
	uint64_t n;
	uint64_t i;
	int round;

	(void)state;
	for (round = 0; round < 2000; round++) {
		uint64_t from;
		uint64_t to;

		random = random * 1103515245 + 12345;
		from = random / 65536 % 64;
		to = from + random / 16777216 % 9;
		if (to > 64)
			to = 64;
		if (round % 20 == 0) {
			spans.n = 0;
			for (i = 0; i < 64; i++)
				map[i] = 0;
		}
		assert_true(duet_spans_add(&spans, from, to));
		for (i = from; i < to; i++)
			map[i] = 1;
		n = 0;
		for (i = 0; i < 64; i++)
			n += map[i];
		assert_int_equal(duet_spans_bytes(&spans), n);
		for (i = 1; i < spans.n; i++)
			assert_true(spans.at[i - 1].to < spans.at[i].from);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_that_touch_become_one),
		cmocka_unit_test(a_gap_ends_where_the_next_range_begins),
		cmocka_unit_test(one_range_too_many_changes_nothing),
		cmocka_unit_test(agrees_with_a_map_of_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
