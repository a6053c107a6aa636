/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* mkdtemp */
#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "get/paper.h"
#include "support/tempdir.h"

static json_t *read_list(const char *path)
{
	json_t *root = json_load_file(path, 0, NULL);
	json_t *list = json_incref(json_object_get(root, "list"));

	assert_non_null(list);
	json_decref(root);
	return list;
}

static size_t length_of(const char *path)
{
	json_t *list = read_list(path);
	size_t n = json_array_size(list);

	json_decref(list);
	return n;
}

static void it_is_whole_after_each_change(void **state)
{
	struct duet_get_paper paper = { .path = NULL };
	json_t *root = json_pack("{s:[]}", "list");
	char dir[TEMP_DIR_BYTES];
	char path[TEMP_DIR_BYTES + 8];
	struct stat st;
	json_t *list;

	(void)state;
	temp_dir_make(dir);
	(void)snprintf(path, sizeof(path), "%s/p", dir);
	assert_int_equal(duet_get_paper_begin(&paper, "--paper", path, root,
					      json_object_get(root, "list"),
					      NULL),
			 DUET_OK);
	list = read_list(path);
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	assert_int_equal(duet_get_paper_add(&paper, json_integer(7), NULL),
			 DUET_OK);
	assert_int_equal(duet_get_paper_add(&paper, NULL, NULL), DUET_E_NOMEM);
	assert_int_equal(duet_get_paper_end(&paper, NULL), DUET_OK);
	list = read_list(path);
	assert_int_equal(json_integer_value(json_array_get(list, 0)), 7);
	json_decref(list);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	duet_get_paper_done(&paper);
	assert_int_equal(temp_dir_remove(dir), 0);
}

static void what_is_new_waits_ten_times_as_long_as_writing_took(void **state)
{
	static const struct {
		bool unwritten;
		int64_t took_us, passed_us;
		int32_t wait_ms;
	} cases[] = {
		{ false, 5000, 1000000, -1 },
		{ true, 5000, 0, 50 },
		{ true, 5000, 49000, 1 },
		{ true, 5000, 49999, 1 },
		{ true, 5000, 50000, 0 },
		{ true, 5000, INT32_MAX, 0 },
		{ true, 0, 0, 0 },
		{ true, INT64_C(1) << 50, 0, INT32_MAX },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const struct duet_get_paper paper = {
			.unwritten = cases[i].unwritten,
			.written_us = 777,
			.took_us = cases[i].took_us,
		};

		assert_int_equal(duet_get_paper_wait_ms(&paper,
							777 + cases[i].passed_us),
				 cases[i].wait_ms);
	}
}

static void it_is_written_when_due_and_at_the_end(void **state)
{
	struct duet_get_paper paper = { .path = NULL };
	json_t *root = json_pack("{s:[]}", "list");
	char dir[TEMP_DIR_BYTES];
	char path[TEMP_DIR_BYTES + 8];
	int64_t due_us;

	(void)state;
	temp_dir_make(dir);
	(void)snprintf(path, sizeof(path), "%s/p", dir);
	assert_int_equal(duet_get_paper_begin(&paper, "--paper", path, root,
					      json_object_get(root, "list"),
					      NULL),
			 DUET_OK);
	paper.took_us = 1000000;
	due_us = paper.written_us + 10 * paper.took_us;
	assert_int_equal(duet_get_paper_add(&paper, json_integer(7), NULL),
			 DUET_OK);
	assert_int_equal(duet_get_paper_keep(&paper, due_us - 1, NULL),
			 DUET_OK);
	assert_int_equal(length_of(path), 0);
	assert_int_equal(duet_get_paper_keep(&paper, due_us, NULL), DUET_OK);
	assert_int_equal(length_of(path), 1);
	assert_int_equal(duet_get_paper_wait_ms(&paper, INT64_MAX / 2), -1);
	assert_int_equal(duet_get_paper_add(&paper, json_integer(8), NULL),
			 DUET_OK);
	assert_int_equal(length_of(path), 1);
	assert_int_equal(duet_get_paper_end(&paper, NULL), DUET_OK);
	assert_int_equal(length_of(path), 2);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(duet_get_paper_end(&paper, NULL), DUET_OK);
	assert_int_equal(access(path, F_OK), -1);
	duet_get_paper_done(&paper);
	assert_int_equal(temp_dir_remove(dir), 0);
}

static void what_has_failed_is_tried_again_but_not_at_once(void **state)
{
	struct duet_get_paper paper = { .path = NULL };
	json_t *root = json_pack("{s:[]}", "list");
	char dir[TEMP_DIR_BYTES];
	char path[TEMP_DIR_BYTES + 8];

	(void)state;
	temp_dir_make(dir);
	(void)snprintf(path, sizeof(path), "%s/p", dir);
	assert_int_equal(duet_get_paper_begin(&paper, "--paper", path, root,
					      json_object_get(root, "list"),
					      NULL),
			 DUET_OK);
	assert_int_equal(duet_get_paper_add(&paper, json_integer(7), NULL),
			 DUET_OK);
	paper.path = "/nowhere/at/all";
	assert_int_equal(duet_get_paper_keep(&paper, INT64_MAX / 2, NULL),
			 DUET_E_SYSTEM);
	assert_true(duet_get_paper_wait_ms(&paper, paper.written_us) >= 1000);
	paper.path = path;
	assert_int_equal(duet_get_paper_end(&paper, NULL), DUET_OK);
	assert_int_equal(length_of(path), 1);
	duet_get_paper_done(&paper);
	assert_int_equal(temp_dir_remove(dir), 0);
}

static void a_file_that_cannot_be_written_is_named_with_its_option(void **state)
{
	struct duet_get_paper paper = { .path = NULL };
	json_t *root = json_pack("{s:[]}", "list");
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_get_paper_begin(&paper, "--paper",
					      "/nowhere/at/all", root,
					      json_object_get(root, "list"),
					      &err),
			 DUET_E_SYSTEM);
	assert_ptr_equal(strstr(err.text, "--paper: "), err.text);
	assert_non_null(strstr(err.text, "/nowhere/at/all"));
	duet_get_paper_done(&paper);
	assert_int_equal(duet_get_paper_begin(&paper, "--paper", "x", NULL,
					      NULL, NULL),
			 DUET_E_NOMEM);
	duet_get_paper_done(&paper);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_whole_after_each_change),
		cmocka_unit_test(
			what_is_new_waits_ten_times_as_long_as_writing_took),
		cmocka_unit_test(it_is_written_when_due_and_at_the_end),
		cmocka_unit_test(
			what_has_failed_is_tried_again_but_not_at_once),
		cmocka_unit_test(
			a_file_that_cannot_be_written_is_named_with_its_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
