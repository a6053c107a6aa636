/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "http/h1.h"
#include "support/unit.h"

/* The table of duet_http(3). */
static void zero_means_the_default(void **state)
{
	struct duet_limits limits;

	(void)state;
	assert_int_equal(duet_limits_fill(&limits, NULL, NULL), DUET_OK);
	assert_int_equal(limits.size, sizeof(limits));
	assert_int_equal(limits.line_bytes, 8192);
	assert_int_equal(limits.head_bytes, 32768);
	assert_int_equal(limits.headers, 100);
	assert_int_equal(limits.body_bytes, INT64_MAX);
	assert_int_equal(limits.requests, 10000);
	assert_int_equal(limits.handshake_ms, 10000);
	assert_int_equal(limits.head_ms, 10000);
	assert_int_equal(limits.idle_ms, 60000);
	assert_int_equal(limits.reply_ms, 300000);
	assert_int_equal(limits.body_ms, 20000);
	assert_int_equal(limits.body_rate, 500);
	assert_int_equal(limits.stall_ms, 120000);
	assert_int_equal(limits.send_ms, 60000);
	assert_int_equal(limits.linger_ms, 2000);
}

static void what_is_given_is_kept(void **state)
{
	struct duet_limits limits;

	(void)state;
	assert_int_equal(duet_limits_fill(&limits,
					  DUET_LIMITS(.headers = 5,
						      .body_bytes = UINT64_MAX,
						      .head_ms = 7),
					  NULL),
			 DUET_OK);
	assert_int_equal(limits.headers, 5);
	assert_int_equal(limits.head_ms, 7);
	assert_int_equal(limits.idle_ms, 60000);
	/* a length is told in an int64_t */
	assert_int_equal(limits.body_bytes, INT64_MAX);
}

static void nonsense_is_refused_and_changes_nothing(void **state)
{
	const struct duet_limits *cases[] = {
		DUET_LIMITS(.head_ms = -1),
		DUET_LIMITS(.linger_ms = -1),
		&(const struct duet_limits){ .size = 0 },
	};
	struct duet_limits limits;
	struct duet_error err;
	size_t i;

	(void)state;
	memset(&limits, 0x5a, sizeof(limits));
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(duet_limits_fill(&limits, cases[i], &err),
				 DUET_E_ARGUMENT);
		assert_string_not_equal(err.text, "");
		assert_int_equal(limits.headers, 0x5a5a5a5a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zero_means_the_default),
		cmocka_unit_test(what_is_given_is_kept),
		cmocka_unit_test(nonsense_is_refused_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
