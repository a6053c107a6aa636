/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "cli/remedy.h"
#include "support/unit.h"

static void a_sentence_of_the_system_gets_a_remedy(void **state)
{
	struct duet_error err;

	(void)state;
	(void)duet_error_sys(&err, DUET_E_SYSTEM, ENOENT, "'x': cannot open");
	duet_remedy_add(&err);
	assert_string_equal(err.text, "'x': cannot open: "
				      "No such file or directory; "
				      "check the name");
}

static void what_says_more_already_is_left_as_it_is(void **state)
{
	struct duet_error err;

	(void)state;
	(void)duet_error_sys(&err, DUET_E_SYSTEM, ENOENT, "'x'");
	duet_error_append(&err, "; make it with 'duet cert ca'");
	duet_remedy_add(&err);
	assert_null(strstr(err.text, "check the name"));
	(void)duet_error_set(&err, DUET_E_PEM, "no PEM");
	duet_remedy_add(&err);
	assert_string_equal(err.text, "no PEM");
	(void)duet_error_sys(&err, DUET_E_SYSTEM, EDOM, "odd");
	duet_remedy_add(&err);
	assert_null(strchr(err.text, ';'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sentence_of_the_system_gets_a_remedy),
		cmocka_unit_test(what_says_more_already_is_left_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
