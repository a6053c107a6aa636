/* SPDX-License-Identifier: MIT */
/* What is wrong with a file is told with the place it is at: the sentences of
 * a whole program are in tests/e2e/config. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "settings/settings.h"
#include "support/tempdir.h"
#include "support/unit.h"

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

static struct duet_settings_file *read_text(const char *text,
					    struct duet_findings *findings)
{
	struct duet_settings_file *file = NULL;

	assert_int_equal(duet_file_write("f.yaml", duet_str(text), 0600, NULL),
			 DUET_OK);
	assert_int_equal(duet_settings_read("f.yaml", findings, &file, NULL),
			 DUET_OK);
	return file;
}

static void what_is_wrong_is_told_where_it_is(void **state)
{
	static const struct {
		const char *text;
		size_t line;
		size_t column;
		const char *words;
	} table[] = {
		{ "", 1, 1, "the file is empty" },
		{ "# nothing\n", 1, 1, "the file is empty" },
		{ "- a\n", 1, 1, "and not a list" },
		{ "sites:\n- root: /\n  rot: x\n", 3, 3,
		  "unknown key 'rot' in a site; did you mean 'root'?" },
		{ "sites: [ { root: /, cert: x } ]\n", 1, 21,
		  "belongs under 'identities' of a site" },
		{ "sites: [ { root: / } ]\nzzzz: 1\n", 2, 1,
		  "known are 'listen', 'http_redirect', 'workers'" },
		{ "sites: [ { root: / } ]\nworkers: 0\n", 2, 10,
		  "'workers' is 0, and has to be 1 at least" },
		{ "sites: [ { root: / } ]\nworkers: 99999999999999999999\n", 2,
		  10, "is 99999999999999999999, and has to be 256 at most" },
		{ "sites: [ { root: / } ]\nworkers: 010\n", 2, 10,
		  "and not '010'" },
		{ "sites: [ { root: / } ]\nworkers: \"2\"\n", 2, 10,
		  "in quotes is text: \"2\"" },
		{ "sites: [ { root: 1e3 } ]\n", 1, 18, "in quotes: \"1e3\"" },
		{ "sites: [ { root: no } ]\n", 1, 18, "is a truth value" },
		{ "sites: [ { root: } ]\n", 1, 18, "there is nothing" },
		{ "sites: [ { root: \"a\\0b\" } ]\n", 1, 18, "a zero byte" },
		{ "sites: []\n", 1, 8, "needs at least one" },
		{ "sites: [ { root: / } ]\nsites: [ { root: / } ]\n", 2, 1,
		  "the first is in line 1" },
		{ "sites: [ { root: / } ]\n? [ a ]\n: 1\n", 2, 3,
		  "a key is a word" },
		{ "sites:\n\t- root: /\n", 2, 1, "a tab" },
		{ "sites: [ { root: /, names: [ *.x.org ] } ]\n", 1, 30,
		  "in quotes" },
		{ "sites: [ { root: /, names: [ *x.org ] } ]\n", 1, 30,
		  "in quotes" },
		{ "sites: &a [ { root: / } ]\n", 1, 8, "anchors" },
		{ "sites: [ { root: !!str / } ]\n", 1, 18, "tags" },
		{ "sites: [ { root: / } ]\n---\nsites: 1\n", 2, 1,
		  "a second document" },
		{ "sites: [ { root: / }\n", 2, 1, "this is not YAML" },
		{ "sites: [ { root: \"\xff\" } ]\n", 1, 19, "UTF-8" },
		{ "# \xc3\xa4\xc3\xb6\xff\n", 1, 5, "UTF-8" },
		{ "\xef\xbb\xbf# \xff\n", 1, 3, "UTF-8" },
		{ "# \xc3\xa4\xe2\x82\xac\nsites:\n\t- root: /\n", 3, 1,
		  "a tab" },
		{ "\xef\xbb\xbfsites:\n\t- root: /\n", 2, 1, "a tab" },
		{ "sites: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 1,
		  39, "lie in each other" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct duet_findings findings = { 0 };
		struct duet_settings_file *file =
			read_text(table[i].text, &findings);

		if (findings.n != 1 ||
		    strstr(findings.items[0].text, table[i].words) == NULL ||
		    findings.items[0].place.line != table[i].line ||
		    findings.items[0].place.column != table[i].column) {
			duet_findings_print(&findings, table[i].text, stderr);
			fail_msg("row %zu", i);
		}
		assert_null(duet_settings_of(file));
		duet_settings_free(file);
		duet_findings_done(&findings);
	}
}

/* Not only the first. */
static void all_that_is_wrong_is_told(void **state)
{
	struct duet_findings findings = { 0 };
	struct duet_settings_file *file =
		read_text("listen: [ 'x', ':1', ':1' ]\n"
			  "sites:\n"
			  "- names: [ A.org, 'a.org', 'b:1' ]\n"
			  "  root: /\n"
			  "- root: /\n"
			  "- root: /\n",
			  &findings);

	(void)state;
	assert_int_equal(findings.n, 6);
	assert_non_null(duet_settings_of(file));
	duet_settings_free(file);
	duet_findings_done(&findings);
}

static void places_are_found_by_path(void **state)
{
	static const struct {
		const char *path;
		size_t line;
		size_t column;
	} table[] = {
		{ "sites", 2, 1 },
		{ "sites/0/root", 2, 9 },
		{ "sites/1", 3, 3 },
		{ "sites/1/names/1", 3, 19 },
		{ "sites/1/names/7", 3, 10 },
		{ "sites/1/absent", 3, 3 },
		{ "nothing", 1, 1 },
	};
	struct duet_findings findings = { 0 };
	struct duet_settings_file *file =
		read_text("sites:\n"
			  "- root: /\n"
			  "- names: [ a.org, b.org ]\n"
			  "  root: /\n",
			  &findings);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct duet_place place =
			duet_settings_place(file, "%s", table[i].path);

		assert_int_equal(place.line, table[i].line);
		assert_int_equal(place.column, table[i].column);
	}
	duet_settings_free(file);
	duet_findings_done(&findings);
}

static void relative_paths_are_beside_the_file(void **state)
{
	static const char text[] = "sites: [ { root: / } ]\n";
	struct duet_findings findings = { 0 };
	struct duet_settings_file *file = NULL;
	char *path;

	assert_int_equal(duet_file_write("f.yaml", duet_str(text), 0600, NULL),
			 DUET_OK);
	path = duet_mem_printf("%s/f.yaml", (const char *)*state);
	assert_int_equal(duet_settings_read(path, &findings, &file, NULL),
			 DUET_OK);
	duet_mem_free(path);
	path = duet_settings_path(file, "a/b");
	assert_true(duet_str_starts(path, *state));
	assert_true(duet_str_ends(path, "/a/b"));
	duet_mem_free(path);
	path = duet_settings_path(file, "/a/b");
	assert_string_equal(path, "/a/b");
	duet_mem_free(path);
	path = duet_settings_where(file, "unix:a/b");
	assert_true(duet_str_starts(path, "unix:"));
	assert_true(duet_str_starts(path + strlen("unix:"), *state));
	assert_true(duet_str_ends(path, "/a/b"));
	duet_mem_free(path);
	path = duet_settings_where(file, "a.test:443");
	assert_string_equal(path, "a.test:443");
	duet_mem_free(path);
	duet_settings_free(file);
	duet_findings_done(&findings);
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
	struct duet_findings findings = { 0 };
	struct duet_settings_file *file = NULL;
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_settings_read("absent.yaml", &findings, &file,
					    &err),
			 DUET_E_SYSTEM);
	assert_null(file);
	assert_non_null(strstr(err.text, "absent.yaml"));
	assert_int_equal(findings.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_told_where_it_is),
		cmocka_unit_test(all_that_is_wrong_is_told),
		cmocka_unit_test(places_are_found_by_path),
		cmocka_unit_test(relative_paths_are_beside_the_file),
		cmocka_unit_test(a_file_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
