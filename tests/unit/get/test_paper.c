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
	assert_int_equal(duet_get_paper_write(&paper, NULL), DUET_OK);
	list = read_list(path);
	assert_int_equal(json_integer_value(json_array_get(list, 0)), 7);
	json_decref(list);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
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
			a_file_that_cannot_be_written_is_named_with_its_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
