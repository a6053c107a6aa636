/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* mkstemp */
#include "base/file.h"
#include "base/mem.h"
#include "files.h"
#include "get/user.h"

static void check(const struct duet_get_options *options, const char *want)
{
	struct duet_error err;
	char *value = NULL;

	if (duet_get_user_authorization(&value, options, &err) != DUET_OK)
		fail_msg("%s", err.text);
	if (want == NULL)
		assert_null(value);
	else
		assert_string_equal(value, want);
	duet_mem_free(value);
}

/* RFC 7617 s2, RFC 4648 s10 */
static void passwords_are_sent_as_basic_authentication(void **state)
{
	static const struct {
		const char *user;
		const char *value;
	} cases[] = {
		{ "Aladdin:open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
		{ "a:", "Basic YTo=" },
		{ "ab:", "Basic YWI6" },
		{ "a:bc", "Basic YTpiYw==" },
		{ NULL, NULL },
	};
	struct duet_get_options options;
	size_t i;

	(void)state;
	duet_get_options_init(&options);
	for (i = 0; i < COUNT(cases); i++) {
		options.user = cases[i].user;
		check(&options, cases[i].value);
	}
}

static void a_file_says_it_in_its_first_line(void **state)
{
	static const char *const contents[] = { "a:bc", "a:bc\n",
						"a:bc\r\nnothing\n" };
	struct duet_get_options options;
	size_t i;

	(void)state;
	duet_get_options_init(&options);
	for (i = 0; i < COUNT(contents); i++) {
		struct file file = file_new(contents[i]);

		options.user_file = file.path;
		check(&options, "Basic YTpiYw==");
		(void)unlink(file.path);
	}
}

static void a_file_that_does_not_is_refused(void **state)
{
	struct file file = file_new("alice\nbob:secret\n");
	struct duet_get_options options;
	struct duet_error err;
	char *value = NULL;

	(void)state;
	duet_get_options_init(&options);
	options.user_file = file.path;
	assert_int_equal(duet_get_user_authorization(&value, &options, &err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "NAME:PASSWORD"));
	assert_null(strstr(err.text, "secret"));
	(void)unlink(file.path);
	assert_int_equal(duet_get_user_authorization(&value, &options, &err),
			 DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, file.path));
	assert_null(value);
}

/* What follows a NUL would be left out, and nobody would know. */
static void a_nul_is_refused(void **state)
{
	struct file file = file_new("");
	struct duet_get_options options;
	struct duet_error err;
	char *value = NULL;

	(void)state;
	assert_int_equal(duet_file_write(file.path,
					 (struct duet_bytes){ "a:b\0c\n", 6 },
					 0600, NULL),
			 DUET_OK);
	duet_get_options_init(&options);
	options.user_file = file.path;
	assert_int_equal(duet_get_user_authorization(&value, &options, &err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "--user-file: "));
	assert_non_null(strstr(err.text, "NUL"));
	assert_null(value);
	(void)unlink(file.path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passwords_are_sent_as_basic_authentication),
		cmocka_unit_test(a_file_says_it_in_its_first_line),
		cmocka_unit_test(a_file_that_does_not_is_refused),
		cmocka_unit_test(a_nul_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
