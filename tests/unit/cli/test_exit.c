/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cli/exit.h"
#include "support/unit.h"

/* Every status that has a name has an exit code of its own choosing. */
static void every_failure_ends_with_a_number_that_is_not_zero(void **state)
{
	int status;

	(void)state;
	for (status = -1; status > -100; status--) {
		if (strcmp(duet_status_name(status), "DUET_E_UNKNOWN") == 0)
			continue;
		assert_int_not_equal(duet_exit_for(status), DUET_EXIT_OK);
		if (status != DUET_E_STATE && status != DUET_E_UNSUPPORTED)
			assert_int_not_equal(duet_exit_for(status),
					     DUET_EXIT_UNSUPPORTED);
	}
}

static void uses_the_numbers_that_curl_uses(void **state)
{
	static const struct {
		int status;
		int number;
	} cases[] = {
		{ DUET_OK, 0 },
		{ DUET_EOF, 0 },
		{ DUET_E_UNSUPPORTED, 1 },
		{ DUET_E_ARGUMENT, 2 },
		{ DUET_E_URL, 3 },
		{ DUET_E_RESOLVE, 6 },
		{ DUET_E_CONNECT, 7 },
		{ DUET_E_TRUNCATED, 18 },
		{ DUET_E_NOMEM, 27 },
		{ DUET_E_TIMEOUT, 28 },
		{ DUET_E_TLS, 35 },
		{ DUET_E_NOT_TLS, 35 },
		{ DUET_E_CLIENT_CERT, 35 },
		{ DUET_E_REDIRECT, 47 },
		{ DUET_E_HTTP, 56 },
		{ DUET_E_PROXY, 97 },
		{ DUET_E_CODING, 61 },
		{ DUET_E_CODING_CUT, 18 },
		{ DUET_E_DIGEST, 110 },
		{ DUET_E_GONE, 56 },
		{ DUET_E_KEY_MISMATCH, 58 },
		{ DUET_E_UNTRUSTED, 60 },
		{ DUET_E_EXPIRED, 60 },
		{ DUET_E_NAME, 60 },
		{ DUET_E_REVOKED, 60 },
		{ DUET_E_LIMIT, 63 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_int_equal(duet_exit_for(cases[i].status),
				 cases[i].number);
}

static void an_unknown_status_is_still_a_failure(void **state)
{
	(void)state;
	assert_int_equal(duet_exit_for(-999), DUET_EXIT_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_failure_ends_with_a_number_that_is_not_zero),
		cmocka_unit_test(uses_the_numbers_that_curl_uses),
		cmocka_unit_test(an_unknown_status_is_still_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
