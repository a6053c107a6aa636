/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sys/inotify.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rooted.h"
#include "site/beneath.h"

static void write_file(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static void make_links(const struct rooted *tree)
{
	char absolute[128];

	assert_int_equal(symlinkat("sub/deep", tree->root, "in"), 0);
	assert_int_equal(symlinkat("../file", tree->root, "sub/up"), 0);
	assert_int_equal(symlinkat("../outside", tree->root, "out"), 0);
	assert_int_equal(symlinkat("sub/../../outside", tree->root, "out2"), 0);
	assert_int_equal(symlinkat("../root/file", tree->root, "round"), 0);
	assert_int_equal(symlinkat("loop", tree->root, "loop"), 0);
	assert_int_equal(symlinkat("nowhere", tree->root, "dangling"), 0);
	assert_int_equal(symlinkat("..", tree->root, "parent"), 0);
	assert_int_equal(symlinkat("sub", tree->root, "dirlink"), 0);
	(void)snprintf(absolute, sizeof(absolute), "%s/root/file", tree->top);
	assert_int_equal(symlinkat(absolute, tree->root, "absolute"), 0);
	(void)snprintf(absolute, sizeof(absolute), "/proc/self/fd/%d",
		       tree->top_fd);
	assert_int_equal(symlinkat(absolute, tree->root, "magic"), 0);
}

/*
 * outside            a secret
 * root/file          "inside"
 * root/sub/deep      "inside"
 * root/...           links of every kind, a FIFO, a socket
 */
static int set_up(void **state)
{
	static struct rooted tree;

	rooted_make(&tree);
	write_file(tree.top_fd, "outside", "secret");
	tree.root = openat(tree.top_fd, "root", O_PATH | O_DIRECTORY);
	assert_true(tree.root >= 0);
	assert_int_equal(mkdirat(tree.root, "sub", 0700), 0);
	write_file(tree.root, "file", "inside");
	write_file(tree.root, "sub/deep", "inside");
	assert_int_equal(mkfifoat(tree.root, "fifo", 0600), 0);
	make_links(&tree);
	rooted_make_socket(&tree);
	*state = &tree;
	return 0;
}

static int tear_down(void **state)
{
	return rooted_remove(*state);
}

typedef int open_fn(int root, const char *path, struct stat *ret_stat);

/* The first byte of what opens, 'd' for a directory, or -errno. */
static int first_of(open_fn *open_it, int root, const char *path)
{
	struct stat st;
	char first = 'd';
	int fd = open_it(root, path, &st);

	if (fd < 0)
		return fd;
	assert_true(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
	if (S_ISREG(st.st_mode))
		assert_int_equal(read(fd, &first, 1), 1);
	assert_int_equal(close(fd), 0);
	return first;
}

static const struct {
	const char *path;
	int found;   /* 'i'nside, 'd'irectory or -errno */
	int walking; /* the same without openat2(2) */
} cases[] = {
	{ "", 'd', 'd' },
	{ "file", 'i', 'i' },
	{ "sub", 'd', 'd' },
	{ "sub/", 'd', 'd' },
	{ "sub/deep", 'i', 'i' },
	{ "missing", -ENOENT, -ENOENT },
	{ "sub/missing", -ENOENT, -ENOENT },
	{ "file/below", -ENOENT, -ENOENT },
	/* text that climbs: the caller has cleaned it, the kernel holds */
	{ "..", -ENOENT, -ENOENT },
	{ "../outside", -ENOENT, -ENOENT },
	{ "sub/../../outside", -ENOENT, -ENOENT },
	/* links */
	{ "in", 'i', -ENOENT },
	{ "sub/up", 'i', -ENOENT },
	{ "dirlink/deep", 'i', -ENOENT },
	{ "out", -ENOENT, -ENOENT },
	{ "out2", -ENOENT, -ENOENT },
	{ "round", -ENOENT, -ENOENT },
	{ "absolute", -ENOENT, -ENOENT },
	{ "parent", -ENOENT, -ENOENT },
	{ "parent/outside", -ENOENT, -ENOENT },
	{ "magic", -ENOENT, -ENOENT },
	{ "magic/outside", -ENOENT, -ENOENT },
	{ "loop", -ENOENT, -ENOENT },
	{ "dangling", -ENOENT, -ENOENT },
	/* neither file nor directory; the FIFO has no writer */
	{ "fifo", -ENOENT, -ENOENT },
	{ "socket", -ENOENT, -ENOENT },
};

static void finds_what_is_inside_and_nothing_else(void **state)
{
	struct rooted *tree = *state;
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		if (first_of(duet_beneath_open, tree->root, cases[i].path) !=
		    cases[i].found)
			fail_msg("'%s'", cases[i].path);
}

static void walks_to_the_same_but_follows_no_links(void **state)
{
	struct rooted *tree = *state;
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		if (first_of(duet_beneath_open_walking, tree->root,
			     cases[i].path) != cases[i].walking)
			fail_msg("'%s'", cases[i].path);
}

/* Not even for a moment: inotify tells of every open(2), but for those of a
 * name only. */
static void opens_neither_fifo_nor_socket(void **state)
{
	static const char *const names[] = { "fifo", "socket" };
	struct rooted *tree = *state;
	char path[TEMP_DIR_BYTES + 8];
	struct stat st;
	char event[512];
	size_t i;
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	(void)snprintf(path, sizeof(path), "%s/root", tree->top);
	assert_true(fd >= 0);
	assert_true(inotify_add_watch(fd, path, IN_OPEN) > 0);
	for (i = 0; i < COUNT(names); i++) {
		assert_int_equal(duet_beneath_open(tree->root, names[i], &st),
				 -ENOENT);
		assert_int_equal(duet_beneath_open_walking(tree->root, names[i],
							   &st),
				 -ENOENT);
	}
	assert_int_equal(read(fd, event, sizeof(event)), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(first_of(duet_beneath_open, tree->root, "file"), 'i');
	assert_true(read(fd, event, sizeof(event)) > 0);
	assert_int_equal(close(fd), 0);
}

static void an_absolute_path_is_not_one_of_the_system(void **state)
{
	struct rooted *tree = *state;

	assert_int_equal(first_of(duet_beneath_open, tree->root, "/etc/passwd"),
			 -ENOENT);
	assert_int_equal(first_of(duet_beneath_open_walking, tree->root,
				  "/etc/passwd"),
			 -ENOENT);
}

static void refuses_names_that_are_too_long(void **state)
{
	struct rooted *tree = *state;
	char path[5000];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(first_of(duet_beneath_open, tree->root, path),
			 -ENOENT);
	assert_int_equal(first_of(duet_beneath_open_walking, tree->root, path),
			 -ENOENT);
}

static void leaves_no_descriptor_open(void **state)
{
	struct rooted *tree = *state;
	int before = dup(tree->root);
	int after;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		(void)first_of(duet_beneath_open, tree->root, cases[i].path);
		(void)first_of(duet_beneath_open_walking, tree->root,
			       cases[i].path);
	}
	after = dup(tree->root);
	assert_int_equal(after, before + 1);
	assert_int_equal(close(after), 0);
	assert_int_equal(close(before), 0);
}

static void a_root_must_be_a_directory(void **state)
{
	struct rooted *tree = *state;
	struct duet_error err;
	char path[128];
	int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/outside", tree->top);
	assert_int_equal(duet_beneath_root(path, &fd, &err), DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, path));
	assert_non_null(strstr(err.text, "Not a directory"));
	(void)snprintf(path, sizeof(path), "%s/missing", tree->top);
	assert_int_equal(duet_beneath_root(path, &fd, &err), DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "No such file"));
	assert_int_equal(fd, -1);
	assert_int_equal(duet_beneath_root(tree->top, &fd, &err), DUET_OK);
	assert_int_equal(close(fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_is_inside_and_nothing_else),
		cmocka_unit_test(walks_to_the_same_but_follows_no_links),
		cmocka_unit_test(opens_neither_fifo_nor_socket),
		cmocka_unit_test(an_absolute_path_is_not_one_of_the_system),
		cmocka_unit_test(refuses_names_that_are_too_long),
		cmocka_unit_test(leaves_no_descriptor_open),
		cmocka_unit_test(a_root_must_be_a_directory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
