/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rooted.h"
#include "site/beneath.h"
#include "site/directory.h"

/* A tree to look at: top/outside, and top/root with what a test makes. */
struct tree {
	struct rooted at;
	ino_t kept_back;
};

static void write_file(int dir, const char *name, size_t size, time_t date)
{
	const struct timespec times[2] = { { date, 0 }, { date, 0 } };
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	assert_int_equal(futimens(fd, times), 0);
	assert_int_equal(close(fd), 0);
}

static int set_up(void **state)
{
	static struct tree tree;
	char root[TEMP_DIR_BYTES + 8];

	rooted_make(&tree.at);
	write_file(tree.at.top_fd, "outside", 1, 0);
	(void)snprintf(root, sizeof(root), "%s/root", tree.at.top);
	assert_int_equal(duet_beneath_root(root, &tree.at.root, NULL), DUET_OK);
	tree.kept_back = 0;
	*state = &tree;
	return 0;
}

static int tear_down(void **state)
{
	struct tree *tree = *state;

	return rooted_remove(&tree->at);
}

static bool is_kept_back(const struct stat *st, void *arg)
{
	const struct tree *tree = arg;

	return st->st_ino == tree->kept_back;
}

static int look(struct tree *tree, const char *path,
		struct duet_directory *directory)
{
	const struct duet_place place = { tree->at.root, path, is_kept_back,
					  tree };

	return duet_directory_read(directory, &place);
}

/* Each name with a blank behind it, in the order there is. */
static void assert_names(const struct duet_directory *directory,
			 const char *expected)
{
	char names[512] = "";
	size_t used = 0;
	size_t i;

	for (i = 0; i < directory->count; i++)
		used += (size_t)
			snprintf(names + used, sizeof(names) - used, "%s%s ",
				 duet_directory_name(directory,
						     &directory->entries[i]),
				 directory->entries[i].is_directory ? "/" : "");
	assert_string_equal(names, expected);
}

static void what_could_not_be_served_is_left_out(void **state)
{
	struct tree *tree = *state;
	struct duet_directory directory;
	struct stat st;

	write_file(tree->at.root, "file", 3, 0);
	write_file(tree->at.root, ".hidden", 3, 0);
	write_file(tree->at.root, "new\nline", 3, 0);
	write_file(tree->at.root, "\x1b[31m", 3, 0);
	write_file(tree->at.root, "key", 3, 0);
	assert_int_equal(mkdirat(tree->at.root, "dir", 0700), 0);
	assert_int_equal(mkdirat(tree->at.root, ".well-known", 0700), 0);
	assert_int_equal(mkfifoat(tree->at.root, "fifo", 0600), 0);
	rooted_make_socket(&tree->at);
	assert_int_equal(symlinkat("file", tree->at.root, "link"), 0);
	assert_int_equal(symlinkat("dir", tree->at.root, "dirlink"), 0);
	assert_int_equal(symlinkat("key", tree->at.root, "keylink"), 0);
	assert_int_equal(symlinkat("fifo", tree->at.root, "fifolink"), 0);
	assert_int_equal(symlinkat("../outside", tree->at.root, "out"), 0);
	assert_int_equal(symlinkat("nowhere", tree->at.root, "dangling"), 0);
	assert_int_equal(symlinkat("loop", tree->at.root, "loop"), 0);
	assert_int_equal(symlinkat("/etc/passwd", tree->at.root, "absolute"),
			 0);
	assert_int_equal(fstatat(tree->at.root, "key", &st, 0), 0);
	tree->kept_back = st.st_ino;
	assert_int_equal(look(tree, "/", &directory), 0);
	duet_directory_sort(&directory, DUET_DIRECTORY_BY_NAME, false);
	assert_names(&directory, "dir/ dirlink/ file link ");
	assert_int_equal(directory.n_directories, 2);
	assert_int_equal(directory.size, 6); /* a link is what it leads to */
	assert_false(directory.is_cut);
	duet_directory_done(&directory);
}

/* Root may read everything, so this asks as somebody else. */
static void what_may_not_be_read_is_left_out(void **state)
{
	struct tree *tree = *state;
	struct duet_directory directory;
	bool is_root = geteuid() == 0;

	write_file(tree->at.root, "file", 3, 0);
	write_file(tree->at.root, "secret", 3, 0);
	assert_int_equal(mkdirat(tree->at.root, "dir", 0755), 0);
	assert_int_equal(mkdirat(tree->at.root, "no-entry", 0744), 0);
	assert_int_equal(mkdirat(tree->at.root, "no-list", 0711), 0);
	assert_int_equal(symlinkat("secret", tree->at.root, "link"), 0);
	assert_int_equal(fchmodat(tree->at.root, "file", 0644, 0), 0);
	assert_int_equal(fchmodat(tree->at.root, "secret", is_root ? 0600 : 0,
				  0),
			 0);
	assert_int_equal(chmod(tree->at.top, 0755), 0);
	assert_int_equal(fchmodat(tree->at.top_fd, "root", 0755, 0), 0);
	if (is_root) {
		assert_int_equal(seteuid(65534), 0);
	} else {
		assert_int_equal(fchmodat(tree->at.root, "no-entry", 0444, 0),
				 0);
		assert_int_equal(fchmodat(tree->at.root, "no-list", 0111, 0),
				 0);
	}
	assert_int_equal(look(tree, "/", &directory), 0);
	duet_directory_sort(&directory, DUET_DIRECTORY_BY_NAME, false);
	assert_names(&directory, "dir/ file ");
	duet_directory_done(&directory);
	assert_int_equal(look(tree, "/no-list/", &directory), -EACCES);
	duet_directory_done(&directory);
	if (is_root)
		assert_int_equal(seteuid(0), 0);
}

static void links_below_are_followed_from_where_they_are(void **state)
{
	struct tree *tree = *state;
	struct duet_directory directory;

	write_file(tree->at.root, "file", 3, 0);
	assert_int_equal(mkdirat(tree->at.root, "dir", 0700), 0);
	assert_int_equal(symlinkat("../file", tree->at.root, "dir/up"), 0);
	assert_int_equal(symlinkat("../../outside", tree->at.root, "dir/out"),
			 0);
	assert_int_equal(look(tree, "/dir/", &directory), 0);
	assert_names(&directory, "up ");
	duet_directory_done(&directory);
}

static void what_is_no_directory_beneath_the_root_is_not_read(void **state)
{
	static const struct {
		const char *path;
		int rc;
	} cases[] = {
		{ "/missing/", -ENOENT },
		{ "/file/", -ENOENT },
		{ "/out/", -ENOENT },
		{ "/../", -ENOENT },
	};
	struct tree *tree = *state;
	struct duet_directory directory;
	size_t i;

	write_file(tree->at.root, "file", 3, 0);
	assert_int_equal(symlinkat("..", tree->at.root, "out"), 0);
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(look(tree, cases[i].path, &directory),
				 cases[i].rc);
		assert_int_equal(directory.count, 0);
		duet_directory_done(&directory);
	}
}

static void directories_come_first_in_every_order(void **state)
{
	static const struct {
		enum duet_directory_key key;
		bool descending;
		const char *names;
	} cases[] = {
		{ DUET_DIRECTORY_BY_NAME, false, "D/ e/ a B b c " },
		{ DUET_DIRECTORY_BY_NAME, true, "e/ D/ c b B a " },
		/* equals in the order of names, either way */
		{ DUET_DIRECTORY_BY_SIZE, false, "D/ e/ B b c a " },
		{ DUET_DIRECTORY_BY_SIZE, true, "D/ e/ a B b c " },
		{ DUET_DIRECTORY_BY_DATE, false, "e/ D/ c b a B " },
		{ DUET_DIRECTORY_BY_DATE, true, "D/ e/ a B b c " },
	};
	const struct timespec old[2] = { { 5, 0 }, { 5, 0 } };
	const struct timespec new[2] = { { 6, 0 }, { 6, 0 } };
	struct tree *tree = *state;
	struct duet_directory directory;
	size_t i;

	write_file(tree->at.root, "a", 90, 30);
	write_file(tree->at.root, "B", 10, 30);
	write_file(tree->at.root, "b", 10, 20);
	write_file(tree->at.root, "c", 10, 10);
	assert_int_equal(mkdirat(tree->at.root, "D", 0700), 0);
	assert_int_equal(mkdirat(tree->at.root, "e", 0700), 0);
	assert_int_equal(utimensat(tree->at.root, "D", new, 0), 0);
	assert_int_equal(utimensat(tree->at.root, "e", old, 0), 0);
	assert_int_equal(look(tree, "/", &directory), 0);
	for (i = 0; i < COUNT(cases); i++) {
		duet_directory_sort(&directory, cases[i].key,
				    cases[i].descending);
		assert_names(&directory, cases[i].names);
	}
	duet_directory_done(&directory);
}

static void too_many_are_cut_off_and_that_is_said(void **state)
{
	struct tree *tree = *state;
	struct duet_directory directory;
	char name[16];
	size_t i;

	write_file(tree->at.root, "first", 1, 0);
	for (i = 1; i < DUET_DIRECTORY_ENTRIES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "%05zu", i);
		assert_int_equal(linkat(tree->at.root, "first", tree->at.root,
					name, 0),
				 0);
	}
	assert_int_equal(look(tree, "/", &directory), 0);
	assert_int_equal(directory.count, DUET_DIRECTORY_ENTRIES_MAX);
	assert_false(directory.is_cut);
	duet_directory_done(&directory);
	assert_int_equal(linkat(tree->at.root, "first", tree->at.root, "last",
				0),
			 0);
	assert_int_equal(look(tree, "/", &directory), 0);
	assert_int_equal(directory.count, DUET_DIRECTORY_ENTRIES_MAX);
	assert_true(directory.is_cut);
	duet_directory_done(&directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_could_not_be_served_is_left_out,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_may_not_be_read_is_left_out,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(links_below_are_followed_from_where_they_are,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_directory_beneath_the_root_is_not_read,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(directories_come_first_in_every_order,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_many_are_cut_off_and_that_is_said,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
