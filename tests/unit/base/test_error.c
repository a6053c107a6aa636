/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "support/unit.h"

static void says_what_it_was_told(void **state)
{
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_error_set(&err, DUET_E_NAME, "'%s': no", "x"),
			 DUET_E_NAME);
	assert_int_equal(err.code, DUET_E_NAME);
	assert_int_equal(err.alert, -1);
	assert_string_equal(err.text, "'x': no");
	duet_error_prefix(&err, "port %d: ", 443);
	assert_string_equal(err.text, "port 443: 'x': no");
	duet_error_append(&err, "; try %s", "y");
	assert_string_equal(err.text, "port 443: 'x': no; try y");
}

static void names_the_reason_of_the_system(void **state)
{
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_error_sys(&err, DUET_E_SYSTEM, ENOENT,
					"'%s': cannot open", "f"),
			 DUET_E_SYSTEM);
	assert_int_equal(err.sys, ENOENT);
	assert_string_equal(err.text,
			    "'f': cannot open: No such file or directory");
}

static void works_without_a_place_to_write_to(void **state)
{
	(void)state;
	assert_int_equal(duet_error_set(NULL, DUET_E_TLS, "x"), DUET_E_TLS);
	assert_int_equal(duet_error_nomem(NULL), DUET_E_NOMEM);
	duet_error_prefix(NULL, "x");
	duet_error_append(NULL, "x");
}

static void loses_the_end_of_a_text_that_is_too_long(void **state)
{
	struct duet_error err;
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)duet_error_sys(&err, DUET_E_SYSTEM, EIO, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	duet_error_append(&err, "; more");
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	duet_error_prefix(&err, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

static void every_status_has_a_name_and_a_word_of_its_own(void **state)
{
	int status;
	int other;
	int named = 0;

	(void)state;
	for (status = -99; status <= 5; status++) {
		if (strcmp(duet_status_word(status), "unknown") == 0)
			continue;
		named++;
		assert_true(strncmp(duet_status_name(status), "DUET_", 5) == 0);
		for (other = -99; other < status; other++)
			assert_string_not_equal(duet_status_word(other),
						duet_status_word(status));
	}
	assert_int_equal(named, 46);
	assert_string_equal(duet_status_name(-1000), "DUET_E_UNKNOWN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_it_was_told),
		cmocka_unit_test(names_the_reason_of_the_system),
		cmocka_unit_test(works_without_a_place_to_write_to),
		cmocka_unit_test(loses_the_end_of_a_text_that_is_too_long),
		cmocka_unit_test(every_status_has_a_name_and_a_word_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
