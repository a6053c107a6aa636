/* SPDX-License-Identifier: MIT */
#include <stdbool.h>

#include <duet/http.h>

#include "support/unit.h"

static void numbers_have_their_words(void **state)
{
	(void)state;
	assert_string_equal(duet_status_reason(100), "Continue");
	assert_string_equal(duet_status_reason(200), "OK");
	assert_string_equal(duet_status_reason(404), "Not Found");
	assert_string_equal(duet_status_reason(511),
			    "Network Authentication Required");
	assert_string_equal(duet_status_reason(299), "");
	assert_string_equal(duet_status_reason(-1), "");
	assert_string_equal(duet_status_reason(99999), "");
}

/* Every name but the one of numbers we do not know is its own. */
static void names_are_stable_and_differ(void **state)
{
	static const char *const evidence[] = {
		"none",       "no-body",      "length", "last-chunk",
		"end-stream", "close-notify", "fin",    "unknown",
	};
	static const char *const cuts[] = {
		"none",     "close-notify", "fin",   "reset",   "alert",
		"protocol", "timeout",      "local", "unknown",
	};
	int i;

	(void)state;
	for (i = 0; i < (int)COUNT(evidence); i++)
		assert_string_equal(duet_evidence_name((enum duet_evidence)i),
				    evidence[i]);
	for (i = 0; i < (int)COUNT(cuts); i++)
		assert_string_equal(duet_cut_name((enum duet_cut)i), cuts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_their_words),
		cmocka_unit_test(names_are_stable_and_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
