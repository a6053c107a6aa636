/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "broken/files.h"
#include "support/tempdir.h"
#include "support/unit.h"

static char directory_of_test[TEMP_DIR_BYTES];

static int set_up(void **state)
{
	(void)state;
	temp_dir_make(directory_of_test);
	return chdir(directory_of_test);
}

static int tear_down(void **state)
{
	(void)state;
	return chdir("/") != 0 || temp_dir_remove(directory_of_test) != 0;
}

static int write_both(struct duet_broken_files *files, const char *ca,
		      const char *crl, struct duet_error *err)
{
	memset(files, 0, sizeof(*files));
	return duet_broken_files_write(files, ca, duet_str("the root\n"), crl,
				       duet_str("the list\n"), err);
}

static void has(const char *path, const char *words)
{
	struct duet_buffer content;

	assert_int_equal(duet_file_read(path, 4096, &content, NULL), DUET_OK);
	assert_non_null(strstr(content.data, words));
	duet_buffer_free(&content);
}

static void a_temporary_directory_goes_with_what_is_in_it(void **state)
{
	struct duet_broken_files files;
	char directory[4096];

	(void)state;
	assert_int_equal(write_both(&files, NULL, NULL, NULL), DUET_OK);
	has(files.ca, "the root\n");
	has(files.crl, "the list\n");
	(void)snprintf(directory, sizeof(directory), "%s", files.directory);
	duet_broken_files_done(&files);
	assert_int_equal(access(directory, F_OK), -1);
	assert_int_equal(errno, ENOENT);
}

static void files_that_were_named_stay_and_are_replaced_again(void **state)
{
	struct duet_broken_files files;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(write_both(&files, "ca.pem", "crl.pem", NULL),
				 DUET_OK);
		assert_null(files.directory);
		duet_broken_files_done(&files);
	}
	has("ca.pem", "the root\n");
	has("crl.pem", "the list\n");
}

static void what_is_not_ours_is_left_alone(void **state)
{
	struct duet_broken_files files;
	struct duet_error err;
	FILE *file = fopen("key.pem", "w");

	(void)state;
	assert_true(fputs("a key\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(write_both(&files, "key.pem", NULL, &err),
			 DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "'key.pem' is there"));
	duet_broken_files_done(&files);
	has("key.pem", "a key\n");
}

static void a_place_that_is_not_there_is_named(void **state)
{
	struct duet_broken_files files;
	struct duet_error err;

	(void)state;
	assert_int_equal(write_both(&files, "missing/ca.pem", NULL, &err),
			 DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "missing/ca.pem"));
	duet_broken_files_done(&files);
	assert_int_equal(setenv("TMPDIR", "missing", 1), 0);
	assert_int_equal(write_both(&files, NULL, NULL, &err), DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "TMPDIR"));
	assert_int_equal(unsetenv("TMPDIR"), 0);
	duet_broken_files_done(&files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_temporary_directory_goes_with_what_is_in_it),
		cmocka_unit_test(
			files_that_were_named_stay_and_are_replaced_again),
		cmocka_unit_test(what_is_not_ours_is_left_alone),
		cmocka_unit_test(a_place_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
