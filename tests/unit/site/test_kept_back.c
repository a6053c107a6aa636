/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

#include "site/kept_back.h"
#include "support/tempdir.h"
#include "support/unit.h"

enum {
	N = 100,
};

static int set_up(void **state)
{
	static char dir[TEMP_DIR_BYTES];

	temp_dir_make(dir);
	*state = dir;
	return chdir(dir);
}

static int tear_down(void **state)
{
	assert_int_equal(chdir("/"), 0);
	return temp_dir_remove(*state);
}

static void make(char name[16], int i)
{
	FILE *file;

	(void)snprintf(name, 16, "f%d", i);
	file = fopen(name, "w");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
}

static bool has(const struct duet_kept_back *set, const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return duet_kept_back_has(set, &st);
}

static void knows_files_by_whatever_name(void **state)
{
	struct duet_kept_back *set = NULL;
	char name[16];
	int i;

	(void)state;
	assert_int_equal(duet_kept_back_new(&set, NULL), DUET_OK);
	for (i = 0; i < N; i++) {
		make(name, i);
		if (i % 2 == 0)
			assert_int_equal(duet_kept_back_add(set, name, NULL),
					 DUET_OK);
	}
	for (i = 0; i < N; i++) {
		(void)snprintf(name, sizeof(name), "f%d", i);
		assert_int_equal(has(set, name), i % 2 == 0);
	}
	assert_int_equal(link("f2", "other"), 0);
	assert_true(has(set, "other"));
	assert_int_equal(duet_kept_back_add(set, "other", NULL), DUET_OK);
	assert_int_equal(duet_kept_back_count(set), N / 2);
	duet_kept_back_free(set);
}

/* Its inode must not become that of another file, which would be missing. */
static void a_file_that_is_gone_keeps_its_inode(void **state)
{
	struct duet_kept_back *set = NULL;
	char name[16];

	(void)state;
	assert_int_equal(duet_kept_back_new(&set, NULL), DUET_OK);
	make(name, N);
	assert_int_equal(duet_kept_back_add(set, name, NULL), DUET_OK);
	assert_int_equal(unlink(name), 0);
	make(name, N + 1);
	assert_false(has(set, name));
	duet_kept_back_free(set);
}

static void what_is_not_there_is_no_mistake(void **state)
{
	struct duet_kept_back *set = NULL;
	struct stat st;

	(void)state;
	assert_int_equal(duet_kept_back_new(&set, NULL), DUET_OK);
	assert_int_equal(duet_kept_back_add(set, "absent", NULL), DUET_OK);
	assert_int_equal(duet_kept_back_add(set, "f0/below", NULL), DUET_OK);
	assert_int_equal(duet_kept_back_count(set), 0);
	duet_kept_back_free(set);
	assert_int_equal(stat("/", &st), 0);
	assert_false(duet_kept_back_has(NULL, &st));
	duet_kept_back_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_files_by_whatever_name),
		cmocka_unit_test(a_file_that_is_gone_keeps_its_inode),
		cmocka_unit_test(what_is_not_there_is_no_mistake),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
