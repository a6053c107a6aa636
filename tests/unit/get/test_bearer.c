/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "get/bearer.h"
#include "support/tempdir.h"
#include "support/unit.h"

/* RFC 6750 s2.1 */
static const struct {
	const char *token;
	bool ok;
} rows[] = {
	{ "mF_9.B5f-4.1JqM", true },
	{ "a", true },
	{ "abc==", true },
	{ "A-Z._~+/0", true },
	{ "", false },
	{ "=", false },
	{ "a=b", false },
	{ "a b", false },
	{ "a\n", false },
	{ "a,b", false },
	{ "\xc3\xa4", false },
	{ "Bearer a", false },
};

static void only_a_token_is_one(void **state)
{
	struct duet_error err;
	char want[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		char *value = NULL;
		int rc = duet_get_bearer(rows[i].token, &value, &err);

		if (rc != (rows[i].ok ? DUET_OK : DUET_E_ARGUMENT))
			fail_msg("%s", rows[i].token);
		(void)snprintf(want, sizeof(want), "Bearer %s", rows[i].token);
		if (rows[i].ok)
			assert_string_equal(value, want);
		duet_mem_free(value);
	}
}

static void a_file_holds_it_and_blanks(void **state)
{
	static const struct {
		const char *content;
		const char *value; /* NULL: none */
	} files[] = {
		{ "abc\n", "Bearer abc" },
		{ " \tabc= \t\r\n", "Bearer abc=" },
		{ "abc\ndef\n", "Bearer abc" },
		{ "\nabc\n", NULL },
		{ "abc def", NULL },
		{ "", NULL },
		{ "\n", NULL },
	};
	struct duet_error err;
	char dir[TEMP_DIR_BYTES];
	char path[TEMP_DIR_BYTES + 8];
	size_t i;

	(void)state;
	temp_dir_make(dir);
	(void)snprintf(path, sizeof(path), "@%s/t", dir);
	for (i = 0; i < COUNT(files); i++) {
		char *value = NULL;
		int rc;

		assert_int_equal(duet_file_write(path + 1,
						 duet_str(files[i].content),
						 0600, NULL),
				 DUET_OK);
		rc = duet_get_bearer(path, &value, &err);
		assert_int_equal(rc, files[i].value != NULL ? DUET_OK
							    : DUET_E_ARGUMENT);
		if (files[i].value != NULL)
			assert_string_equal(value, files[i].value);
		else
			assert_null(strstr(err.text, "def"));
		duet_mem_free(value);
	}
	temp_dir_remove(dir);
	{
		char *value = NULL;

		assert_int_equal(duet_get_bearer(path, &value, &err),
				 DUET_E_SYSTEM);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_token_is_one),
		cmocka_unit_test(a_file_holds_it_and_blanks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
