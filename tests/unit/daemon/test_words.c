/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "daemon/words.h"
#include "support/unit.h"

static void names_of_the_library_are_not_for_people(void **state)
{
	static const struct {
		const char *text;
		const char *plain;
	} cases[] = {
		{ "", "" },
		{ "the file shrank", "the file shrank" },
		{ "the TLS handshake was not over within 10000 ms (limit "
		  "handshake_ms)",
		  "the TLS handshake was not over within 10000 ms" },
		{ "it was not whole within 20000 ms (limit body_ms, body_rate)",
		  "it was not whole within 20000 ms" },
		{ "more field lines than headers (100)",
		  "more field lines than the limit (100)" },
		{ "a line is longer than line_bytes (8192 bytes)",
		  "a line is longer than the limit (8192 bytes)" },
		{ "raise the limit of open files (ulimit -n) or lower "
		  "max_connections",
		  "raise the limit of open files (ulimit -n)" },
	};
	char plain[200];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		duet_words_plain(plain, sizeof(plain), cases[i].text);
		assert_string_equal(plain, cases[i].plain);
	}
}

static void what_does_not_fit_is_cut(void **state)
{
	char plain[8];

	(void)state;
	duet_words_plain(plain, sizeof(plain), "123456789");
	assert_string_equal(plain, "1234567");
	duet_words_plain(plain, sizeof(plain), "1234 than headers");
	assert_string_equal(plain, "1234 th");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_the_library_are_not_for_people),
		cmocka_unit_test(what_does_not_fit_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
