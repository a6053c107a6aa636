/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "get/state.h"
#include "support/tempdir.h"
#include "support/unit.h"

static char dir[TEMP_DIR_BYTES];
static char jar[TEMP_DIR_BYTES + 16];
static char other[TEMP_DIR_BYTES + 16];
static struct duet_get_options options;

static int set_up(void **state)
{
	(void)state;
	temp_dir_make(dir);
	(void)snprintf(jar, sizeof(jar), "%s/jar", dir);
	(void)snprintf(other, sizeof(other), "%s/other", dir);
	assert_int_equal(setenv("XDG_STATE_HOME", dir, 1), 0);
	duet_get_options_init(&options);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	duet_get_options_done(&options);
	return temp_dir_remove(dir);
}

static void give(const char *item)
{
	assert_int_equal(duet_opt_list_add(&options.cookies, item), DUET_OK);
}

static void put(const char *path, const char *text)
{
	assert_int_equal(duet_file_write(path, duet_str(text), 0600, NULL),
			 DUET_OK);
}

static bool has(const char *path, const char *text)
{
	struct duet_buffer content = { NULL, 0 };
	bool found;

	assert_int_equal(duet_file_read(path, 65536, &content, NULL), DUET_OK);
	found = strstr(content.data, text) != NULL;
	duet_buffer_free(&content);
	return found;
}

static void data_is_told_from_files_by_its_sign(void **state)
{
	char *data = NULL;

	(void)state;
	give("a=b");
	give("file");
	give("c=d; e=f");
	give("");
	assert_int_equal(duet_get_cookie_data(&options.cookies, &data),
			 DUET_OK);
	assert_string_equal(data, "a=b; c=d; e=f");
	duet_mem_free(data);
	duet_get_options_done(&options);
	duet_get_options_init(&options);
	give("file");
	assert_int_equal(duet_get_cookie_data(&options.cookies, &data),
			 DUET_OK);
	assert_null(data);
}

static void cookies_are_kept_only_when_asked_for(void **state)
{
	struct duet_get_state kept = { 0 };
	struct duet_error err;

	(void)state;
	give("a=b");
	assert_int_equal(duet_get_state_init(&kept, &options, &err), DUET_OK);
	assert_null(kept.cookies);
	assert_non_null(kept.hsts);
	duet_get_state_done(&kept);
	give("");
	options.no_hsts = true;
	assert_int_equal(duet_get_state_init(&kept, &options, &err), DUET_OK);
	assert_non_null(kept.cookies);
	assert_null(kept.hsts);
	duet_get_state_done(&kept);
}

/* What is read from elsewhere is written too, as curl does. */
static void a_file_that_is_not_the_jar_goes_into_it(void **state)
{
	struct duet_get_state kept = { 0 };
	struct duet_error err;

	(void)state;
	put(other, "e.org\tFALSE\t/\tFALSE\t0\tfrom\tother\n");
	put(jar, "e.org\tFALSE\t/\tFALSE\t0\tin\tjar\n");
	give(other);
	options.cookie_jar = jar;
	assert_int_equal(duet_get_state_init(&kept, &options, &err), DUET_OK);
	assert_int_equal(duet_get_state_save(&kept, &options, &err), DUET_OK);
	assert_true(has(jar, "\tfrom\tother\n"));
	assert_true(has(jar, "\tin\tjar\n"));
	duet_get_state_done(&kept);
}

static void what_is_missing_or_damaged_is_named(void **state)
{
	struct duet_get_state kept = { 0 };
	struct duet_error err;

	(void)state;
	options.cookie_jar = jar;
	give(jar);
	/* The jar need not be there yet. */
	assert_int_equal(duet_get_state_init(&kept, &options, &err), DUET_OK);
	duet_get_state_done(&kept);
	give(other);
	assert_int_equal(duet_get_state_init(&kept, &options, &err),
			 DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, other));
	duet_get_state_done(&kept);
	put(jar, "a shopping list\n");
	assert_int_equal(duet_get_state_init(&kept, &options, &err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "another file with -c"));
	duet_get_state_done(&kept);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(data_is_told_from_files_by_its_sign),
		TEST(cookies_are_kept_only_when_asked_for),
		TEST(a_file_that_is_not_the_jar_goes_into_it),
		TEST(what_is_missing_or_damaged_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
