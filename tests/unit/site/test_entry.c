/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>

#include "site/entry.h"
#include "support/unit.h"
#include "tree.h"

static const struct timespec now = { .tv_sec = 1000, .tv_nsec = 5000000 };

/* RFC 9110 s8.8.1: what may change again without being told apart. */
static void is_at_rest_once_the_clock_has_gone_on(void **state)
{
	static const struct {
		struct timespec changed;
		enum duet_rest local, remote;
	} cases[] = {
		{ { 900, 1 }, DUET_AT_REST, DUET_AT_REST },
		{ { 999, 1 }, DUET_AT_REST, DUET_VAGUE },
		{ { 999, 984999999 }, DUET_AT_REST, DUET_VAGUE },
		{ { 999, 985000000 }, DUET_RESTLESS, DUET_VAGUE },
		{ { 1000, 4999999 }, DUET_RESTLESS, DUET_VAGUE },
		{ { 1000, 5000000 }, DUET_RESTLESS, DUET_VAGUE },
		/* of a clock that was set back */
		{ { 1000, 5000001 }, DUET_VAGUE, DUET_VAGUE },
		{ { 2000, 1 }, DUET_VAGUE, DUET_VAGUE },
		/* whole seconds, and perhaps never anything else */
		{ { 999, 0 }, DUET_VAGUE, DUET_VAGUE },
		{ { 998, 0 }, DUET_VAGUE, DUET_VAGUE },
		{ { 997, 0 }, DUET_AT_REST, DUET_AT_REST },
	};
	struct duet_version version = { .size = 1 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		version.changed = cases[i].changed;
		if (duet_version_rest(&version, true, 20, &now) !=
			    cases[i].local ||
		    duet_version_rest(&version, false, 20, &now) !=
			    cases[i].remote)
			fail_msg("case %zu", i);
	}
}

static void tells_versions_apart_by_everything(void **state)
{
	const struct duet_version one = { .dev = 1,
					  .ino = 2,
					  .size = 3,
					  .modified = { 4, 5 },
					  .changed = { 6, 7 } };
	struct duet_version other = one;

	(void)state;
	assert_true(duet_version_equal(&one, &other));
	other.dev++;
	assert_false(duet_version_equal(&one, &other));
	other = one;
	other.ino++;
	assert_false(duet_version_equal(&one, &other));
	other = one;
	other.size++;
	assert_false(duet_version_equal(&one, &other));
	other = one;
	other.modified.tv_nsec++;
	assert_false(duet_version_equal(&one, &other));
	other = one;
	other.changed.tv_nsec++;
	assert_false(duet_version_equal(&one, &other));
}

static struct duet_entry *get(const struct tree *tree, const char *path)
{
	struct duet_entry *entry = NULL;
	int rc = duet_entry_new(&tree->look, path, NULL, NULL, &entry);

	if (rc != 0)
		fail_msg("'%s': %d", path, rc);
	return entry;
}

static void holds_what_is_small_and_opens_what_is_large(void **state)
{
	struct duet_entry *entry;
	struct duet_error why;
	struct tree tree;
	char text[8] = "";
	size_t n = 0;

	(void)state;
	tree_make(&tree);
	tree_write_size(&tree, "most", "begin", DUET_BODY_MAX_BYTES);
	tree_write_size(&tree, "more", "begin", DUET_BODY_MAX_BYTES + 1);
	tree_write(&tree, "empty", "");

	entry = get(&tree, "most");
	assert_non_null(entry->forms[0].body);
	assert_int_equal(entry->forms[0].fd, -1);
	assert_int_equal(entry->held_bytes, DUET_BODY_MAX_BYTES);
	assert_int_equal(entry->held_fds, 0);
	duet_entry_unref(entry);

	entry = get(&tree, "more");
	assert_null(entry->forms[0].body);
	assert_true(entry->forms[0].fd >= 0);
	assert_int_equal(entry->held_fds, 1);
	assert_int_equal(duet_form_read(&entry->forms[0], text, 5, 0, &n, &why),
			 DUET_OK);
	assert_int_equal(n, 5);
	assert_string_equal(text, "begin");
	duet_entry_unref(entry);

	entry = get(&tree, "empty");
	assert_int_equal(entry->sizes[0], 0);
	duet_entry_unref(entry);
	tree_done(&tree);
}

static void what_is_no_file_is_no_entry(void **state)
{
	struct duet_entry *entry = NULL;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_dir(&tree, "dir");
	assert_int_equal(duet_entry_new(&tree.look, "dir", NULL, NULL, &entry),
			 -EISDIR);
	assert_int_equal(duet_entry_new(&tree.look, "missing", NULL, NULL,
					&entry),
			 -ENOENT);
	assert_null(entry);
	tree_done(&tree);
}

static void verifies_that_all_is_of_one_version(void **state)
{
	struct duet_entry *entry;
	struct duet_error why;
	struct tree tree;
	size_t n = 0;
	char byte;

	(void)state;
	tree_make(&tree);
	tree_write_size(&tree, "file", "one", DUET_BODY_MAX_BYTES + 1);
	tree_rest();
	entry = get(&tree, "file");
	assert_int_equal(entry->rest, DUET_AT_REST);
	assert_int_equal(duet_entry_verify(entry, &entry->forms[0], &why),
			 DUET_OK);
	assert_true(duet_entry_is_true(&tree.look, entry));
	tree_write_size(&tree, "file", "two", DUET_BODY_MAX_BYTES + 1);
	assert_int_equal(duet_entry_verify(entry, &entry->forms[0], &why),
			 DUET_E_TRUNCATED);
	assert_non_null(strstr(why.text, "changed while it was sent"));
	assert_false(duet_entry_is_true(&tree.look, entry));
	tree_write(&tree, "file", "short");
	assert_int_equal(duet_form_read(&entry->forms[0], &byte, 1, 99999, &n,
					&why),
			 DUET_E_TRUNCATED);
	assert_non_null(strstr(why.text, "shrank"));
	duet_entry_unref(entry);
	tree_done(&tree);
}

/* A file that takes its place leaves those under way alone. */
static void goes_on_with_a_file_that_was_replaced(void **state)
{
	struct duet_entry *entry;
	struct duet_error why;
	struct tree tree;
	char text[4] = "";
	size_t n = 0;

	(void)state;
	tree_make(&tree);
	tree_write_size(&tree, "file", "one", DUET_BODY_MAX_BYTES + 1);
	entry = get(&tree, "file");
	tree_write(&tree, "new", "two");
	tree_rename(&tree, "new", "file");
	assert_int_equal(duet_form_read(&entry->forms[0], text, 3, 0, &n, &why),
			 DUET_OK);
	assert_string_equal(text, "one");
	assert_false(duet_entry_is_true(&tree.look, entry));
	assert_int_equal(duet_entry_verify(entry, &entry->forms[0], &why),
			 DUET_OK);
	duet_entry_unref(entry);
	tree_done(&tree);
}

/* The call that writes may be under way, with the time of its beginning. */
static void is_not_at_rest_so_soon_while_it_is_open_for_writing(void **state)
{
	static const struct {
		int flags;
		enum duet_rest rest;
		int verified;
	} cases[] = {
		{ O_RDONLY, DUET_AT_REST, DUET_OK },
		{ O_WRONLY, DUET_RESTLESS, DUET_E_TRUNCATED },
		{ O_RDWR, DUET_RESTLESS, DUET_E_TRUNCATED },
	};
	struct duet_entry *entry;
	struct duet_error why;
	struct tree tree;
	size_t i;

	(void)state;
	tree_make(&tree);
	tree_write_size(&tree, "file", "one", DUET_BODY_MAX_BYTES + 1);
	for (i = 0; i < COUNT(cases); i++) {
		int fd = openat(tree.look.root, "file",
				cases[i].flags | O_CLOEXEC);

		assert_true(fd >= 0);
		assert_int_equal(futimens(fd, NULL), 0);
		tree_rest();
		entry = get(&tree, "file");
		assert_int_equal(entry->rest, cases[i].rest);
		assert_int_equal(duet_entry_verify(entry, &entry->forms[0],
						   &why),
				 cases[i].verified);
		assert_int_equal(close(fd), 0);
		assert_int_equal(duet_entry_verify(entry, &entry->forms[0],
						   &why),
				 DUET_OK);
		duet_entry_unref(entry);
		entry = get(&tree, "file");
		assert_int_equal(entry->rest, DUET_AT_REST);
		duet_entry_unref(entry);
	}
	tree_done(&tree);
}

static void append(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* A log: whoever appends to it leaves the bytes alone that were there. */
static void tells_what_grows_from_what_is_written_over(void **state)
{
	static const struct {
		off_t at; /* of the second change; -1: the end */
		int verified;
	} cases[] = {
		{ -1, DUET_OK },
		{ 0, DUET_E_TRUNCATED },
	};
	struct duet_entry *entry;
	struct duet_error why;
	struct tree tree;
	size_t i;

	(void)state;
	tree_make(&tree);
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_patience patience = { 0 };
		int fd = openat(tree.look.root, "log",
				O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		assert_true(fd >= 0);
		assert_int_equal(ftruncate(fd, DUET_BODY_MAX_BYTES), 0);
		assert_int_equal(lseek(fd, 0, SEEK_END), DUET_BODY_MAX_BYTES);
		append(fd, "line\n");
		assert_int_equal(duet_entry_new(&tree.look, "log", NULL,
						&patience, &entry),
				 -EAGAIN);
		tree_rest();
		if (cases[i].at >= 0)
			assert_int_equal(lseek(fd, cases[i].at, SEEK_SET), 0);
		append(fd, "another line\n");
		patience.is_over = true;
		assert_int_equal(duet_entry_new(&tree.look, "log", NULL,
						&patience, &entry),
				 0);
		assert_int_equal(duet_entry_verify(entry, &entry->forms[0],
						   &why),
				 cases[i].verified);
		duet_entry_unref(entry);
		assert_int_equal(close(fd), 0);
	}
	tree_done(&tree);
}

/* One that was seen to grow, open for writing at its end; *ret_fd. */
static struct duet_entry *get_growing(const struct tree *tree, int *ret_fd)
{
	struct duet_patience patience = { 0 };
	struct duet_entry *entry = NULL;
	int fd = openat(tree->look.root, "log",
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	append(fd, "first line\n");
	assert_int_equal(ftruncate(fd, DUET_BODY_MAX_BYTES), 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), DUET_BODY_MAX_BYTES);
	append(fd, "line\n");
	assert_int_equal(duet_entry_new(&tree->look, "log", NULL, &patience,
					&entry),
			 -EAGAIN);
	tree_rest();
	append(fd, "another line\n");
	patience.is_over = true;
	assert_int_equal(duet_entry_new(&tree->look, "log", NULL, &patience,
					&entry),
			 0);
	assert_true(entry->grows);
	*ret_fd = fd;
	return entry;
}

/* copytruncate: its inode stays, and soon it is longer than ever. */
static void tells_a_log_that_was_begun_anew_from_one_that_grows(void **state)
{
	static const struct {
		off_t cut, begin, end; /* size, and where bytes are written */
		int verified;
	} cases[] = {
		{ -1, -1, 1, DUET_OK },
		{ 0, 0, 1, DUET_E_TRUNCATED },
		{ 0, -1, 1, DUET_E_TRUNCATED }, /* a hole at its beginning */
		{ DUET_BODY_MAX_BYTES, -1, 1, DUET_E_TRUNCATED },
	};
	struct duet_entry *entry;
	struct duet_error why;
	struct tree tree;
	size_t i;
	int fd;

	(void)state;
	tree_make(&tree);
	for (i = 0; i < COUNT(cases); i++) {
		entry = get_growing(&tree, &fd);
		if (cases[i].cut >= 0)
			assert_int_equal(ftruncate(fd, cases[i].cut), 0);
		if (cases[i].begin >= 0)
			assert_int_equal(pwrite(fd, "begun anew\n", 11,
						cases[i].begin),
					 11);
		assert_int_equal(pwrite(fd, "more", 4,
					entry->forms[0].version.size +
						cases[i].end),
				 4);
		if (duet_entry_verify(entry, &entry->forms[0], &why) !=
		    cases[i].verified)
			fail_msg("case %zu", i);
		duet_entry_unref(entry);
		assert_int_equal(close(fd), 0);
	}
	tree_done(&tree);
}

/* Between two pieces it may be longer again, but not than it ever was. */
static void sees_between_two_pieces_that_a_log_was_cut(void **state)
{
	struct duet_entry *entry;
	struct duet_form *form;
	struct duet_error why;
	struct tree tree;
	off_t seen = 0;
	off_t size;
	int fd;

	(void)state;
	tree_make(&tree);
	entry = get_growing(&tree, &fd);
	form = &entry->forms[0];
	size = form->version.size;
	assert_int_equal(duet_form_has_grown_on(form, &seen, &why), DUET_OK);
	assert_int_equal(ftruncate(fd, size + 1000), 0);
	assert_int_equal(duet_form_has_grown_on(form, &seen, &why), DUET_OK);
	assert_int_equal(seen, size + 1000);
	assert_int_equal(ftruncate(fd, size + 999), 0);
	assert_int_equal(duet_form_has_grown_on(form, &seen, &why),
			 DUET_E_TRUNCATED);
	seen = 0;
	assert_int_equal(ftruncate(fd, size - 1), 0);
	assert_int_equal(duet_form_has_grown_on(form, &seen, &why),
			 DUET_E_TRUNCATED);
	duet_entry_unref(entry);
	assert_int_equal(close(fd), 0);
	tree_done(&tree);
}

/* There EAGAIN may be said of every file. */
static void asks_nobody_about_files_of_another_machine(void **state)
{
	struct duet_entry *entry;
	struct duet_error why;
	struct tree tree;
	int fd;

	(void)state;
	tree_make(&tree);
	tree_write_size(&tree, "file", "one", DUET_BODY_MAX_BYTES + 1);
	fd = openat(tree.look.root, "file", O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	entry = get(&tree, "file");
	assert_int_not_equal(entry->rest, DUET_AT_REST);
	assert_int_equal(duet_entry_verify(entry, &entry->forms[0], &why),
			 DUET_E_TRUNCATED);
	entry->forms[0].is_local = false;
	assert_int_equal(duet_entry_verify(entry, &entry->forms[0], &why),
			 DUET_OK);
	duet_entry_unref(entry);
	assert_int_equal(close(fd), 0);
	tree_done(&tree);
}

/* Of somebody else's there is no lease. */
static void nor_where_it_cannot_be_told(void **state)
{
	struct duet_entry *entry;
	struct tree tree;

	(void)state;
	if (geteuid() != 0)
		skip(); /* there is nobody else's file */
	tree_make(&tree);
	tree_write(&tree, "file", "text");
	assert_int_equal(chmod(tree.top, 0755), 0);
	assert_int_equal(fchmodat(tree.look.root, "file", 0644, 0), 0);
	tree_rest();
	assert_int_equal(seteuid(65534), 0);
	entry = get(&tree, "file");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(entry->rest, DUET_RESTLESS);
	duet_entry_unref(entry);
	entry = get(&tree, "file");
	assert_int_equal(entry->rest, DUET_AT_REST);
	duet_entry_unref(entry);
	tree_done(&tree);
}

static void set_date(const struct tree *tree, const char *name, time_t date)
{
	const struct timespec times[2] = { { .tv_sec = date },
					   { .tv_sec = date } };

	assert_int_equal(utimensat(tree->look.root, name, times, 0), 0);
}

/* What brotli(1) does; a file written later in that second is another. */
static void fractions_of_a_second_may_be_lost(void **state)
{
	struct timespec times[2] = { { .tv_sec = 1000, .tv_nsec = 999 },
				     { .tv_sec = 1000, .tv_nsec = 999 } };
	struct duet_entry *entry;
	struct tree tree;
	struct stat st;

	(void)state;
	tree_make(&tree);
	tree_write(&tree, "file", "plain");
	tree_write(&tree, "file.br", "packed");
	assert_int_equal(utimensat(tree.look.root, "file", times, 0), 0);
	set_date(&tree, "file.br", 1000);
	entry = get(&tree, "file");
	assert_int_equal(entry->sizes[DUET_CODING_BROTLI], 6);
	duet_entry_unref(entry);
	times[1].tv_nsec = 1;
	assert_int_equal(utimensat(tree.look.root, "file.br", times, 0), 0);
	entry = get(&tree, "file");
	assert_true(entry->sizes[DUET_CODING_BROTLI] == UINT64_MAX);
	duet_entry_unref(entry);
	/* Touched at this moment, before the file as it will be then. */
	set_date(&tree, "file.br", 1000);
	assert_int_equal(fstatat(tree.look.root, "file.br", &st, 0), 0);
	times[1].tv_sec = st.st_ctim.tv_sec + 10;
	assert_int_equal(utimensat(tree.look.root, "file", times, 0), 0);
	set_date(&tree, "file.br", times[1].tv_sec);
	entry = get(&tree, "file");
	assert_true(entry->sizes[DUET_CODING_BROTLI] == UINT64_MAX);
	duet_entry_unref(entry);
	tree_done(&tree);
}

static void knows_the_neighbours_that_are_not_older(void **state)
{
	struct duet_entry *entry;
	struct tree tree;

	(void)state;
	tree_make(&tree);
	tree_write(&tree, "file", "plain");
	tree_write(&tree, "file.gz", "packed");
	tree_write(&tree, "file.br", "older");
	tree_dir(&tree, "file.zst");
	set_date(&tree, "file", 1000);
	set_date(&tree, "file.gz", 1000);
	set_date(&tree, "file.br", 999);
	entry = get(&tree, "file");
	assert_true(entry->has_choice);
	assert_int_equal(entry->sizes[DUET_CODING_IDENTITY], 5);
	assert_int_equal(entry->sizes[DUET_CODING_GZIP], 6);
	assert_true(entry->sizes[DUET_CODING_BROTLI] == UINT64_MAX);
	assert_true(entry->sizes[DUET_CODING_ZSTD] == UINT64_MAX);
	assert_string_not_equal(entry->forms[DUET_CODING_GZIP].etag,
				entry->forms[DUET_CODING_IDENTITY].etag);
	assert_true(duet_entry_is_true(&tree.look, entry));
	set_date(&tree, "file.br", 1000);
	assert_false(duet_entry_is_true(&tree.look, entry));
	duet_entry_unref(entry);
	entry = get(&tree, "file.gz");
	assert_false(entry->has_choice);
	duet_entry_unref(entry);
	tree_done(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_at_rest_once_the_clock_has_gone_on),
		cmocka_unit_test(tells_versions_apart_by_everything),
		cmocka_unit_test(holds_what_is_small_and_opens_what_is_large),
		cmocka_unit_test(what_is_no_file_is_no_entry),
		cmocka_unit_test(verifies_that_all_is_of_one_version),
		cmocka_unit_test(goes_on_with_a_file_that_was_replaced),
		cmocka_unit_test(
			is_not_at_rest_so_soon_while_it_is_open_for_writing),
		cmocka_unit_test(nor_where_it_cannot_be_told),
		cmocka_unit_test(tells_what_grows_from_what_is_written_over),
		cmocka_unit_test(
			tells_a_log_that_was_begun_anew_from_one_that_grows),
		cmocka_unit_test(sees_between_two_pieces_that_a_log_was_cut),
		cmocka_unit_test(asks_nobody_about_files_of_another_machine),
		cmocka_unit_test(fractions_of_a_second_may_be_lost),
		cmocka_unit_test(knows_the_neighbours_that_are_not_older),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
