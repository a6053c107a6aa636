/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>

#include "site/trail.h"
#include "support/unit.h"
#include "tree.h"

/*
 * a/b/file    with d -> a/b, l -> d/file, up -> a/b/../b/file
 */
struct place {
	struct tree tree;
	struct duet_notices *notices;
	struct duet_trail trail;
	int told;
};

static void count(void *owner, bool is_written, void *arg)
{
	(void)is_written;
	(void)arg;
	++*(int *)owner;
}

static void place_make(struct place *place)
{
	struct duet_error err;

	memset(place, 0, sizeof(*place));
	tree_make(&place->tree);
	tree_dir(&place->tree, "a");
	tree_dir(&place->tree, "a/b");
	tree_write(&place->tree, "a/b/file", "text");
	tree_link(&place->tree, "a/b", "d");
	tree_link(&place->tree, "d/file", "l");
	tree_link(&place->tree, "a/b/../b/./file", "up");
	tree_link(&place->tree, "round", "round");
	tree_link(&place->tree, "/etc/passwd", "absolute");
	if (duet_notices_new(&stirred, count, NULL, &place->notices, &err) !=
	    DUET_OK)
		fail_msg("%s", err.text);
	place->trail.notices = place->notices;
	place->trail.owner = &place->told;
}

static void place_done(struct place *place)
{
	duet_trail_untie(&place->trail);
	duet_notices_free(place->notices);
	tree_done(&place->tree);
}

static int follow(struct place *place, const char *path, int *ret_fd)
{
	return duet_trail_follow(&place->trail, place->tree.look.root, path,
				 ret_fd);
}

static void ends_where_the_kernel_does(void **state)
{
	static const struct {
		const char *path;
		int rc;
		bool there;
	} cases[] = {
		{ "a/b/file", 0, true },
		{ "d/file", 0, true },
		{ "l", 0, true },
		{ "up", 0, true },
		{ "", 0, true },
		{ "a/b", 0, true },
		{ "a//b/./file", 0, true },
		{ "missing", 0, false },
		{ "a/missing/file", 0, false },
		{ "a/b/file/below", 0, false },
		{ "round", -ELOOP, false },
		{ "absolute", -ELOOP, false },
	};
	struct stat expected;
	struct stat found;
	struct place place;
	size_t i;

	(void)state;
	place_make(&place);
	for (i = 0; i < COUNT(cases); i++) {
		const char *path = *cases[i].path ? cases[i].path : ".";
		int fd = -1;

		if (follow(&place, cases[i].path, &fd) != cases[i].rc)
			fail_msg("'%s'", cases[i].path);
		if ((fd >= 0) != cases[i].there)
			fail_msg("'%s': %d", cases[i].path, fd);
		if (fd < 0)
			continue;
		assert_int_equal(fstatat(place.tree.look.root, path, &expected,
					 0),
				 0);
		assert_int_equal(fstat(fd, &found), 0);
		assert_int_equal(found.st_ino, expected.st_ino);
		assert_int_equal(close(fd), 0);
	}
	place_done(&place);
}

/* What may happen to what "l" leads through. */
static void swap_file(const struct tree *tree)
{
	tree_write(tree, "new", "other");
	tree_rename(tree, "new", "a/b/file");
}

static void write_file(const struct tree *tree)
{
	tree_write(tree, "a/b/file", "more");
}

static void turn_first_link(const struct tree *tree)
{
	tree_link(tree, "a", "new");
	tree_rename(tree, "new", "l");
}

static void turn_second_link(const struct tree *tree)
{
	tree_link(tree, "a", "new");
	tree_rename(tree, "new", "d");
}

static void move_directory(const struct tree *tree)
{
	tree_rename(tree, "a/b", "a/c");
}

static void move_parent(const struct tree *tree)
{
	tree_rename(tree, "a", "c");
}

static void close_directory(const struct tree *tree)
{
	assert_int_equal(fchmodat(tree->look.root, "a", 0, 0), 0);
	assert_int_equal(fchmodat(tree->look.root, "a", 0700, 0), 0);
}

static void change_something_else(const struct tree *tree)
{
	tree_write(tree, "a/b/other", "x");
	tree_write(tree, "other", "x");
	tree_rename(tree, "other", "another");
}

static const struct {
	const char *what;
	void (*happens)(const struct tree *tree);
	bool told;
} changes[] = {
	{ "swap file", swap_file, true },
	{ "write file", write_file, true },
	{ "turn first link", turn_first_link, true },
	{ "turn second link", turn_second_link, true },
	{ "move directory", move_directory, true },
	{ "move parent", move_parent, true },
	{ "close directory", close_directory, true },
	{ "something else", change_something_else, false },
};

static void hears_of_everything_on_the_way(void **state)
{
	static const char *const paths[] = { "l", "up" };
	struct place place;
	size_t i;
	int fd = -1;

	(void)state;
	for (i = 0; i < 2 * COUNT(changes); i++) {
		const char *path = paths[i / COUNT(changes)];
		size_t at = i % COUNT(changes);
		bool links = changes[at].happens == turn_first_link ||
			     changes[at].happens == turn_second_link;

		if (links && path == paths[1])
			continue; /* they are not on this way */
		place_make(&place);
		assert_int_equal(follow(&place, path, &fd), 0);
		assert_int_equal(close(fd), 0);
		duet_notices_read(place.notices);
		assert_int_equal(place.told, 0);
		changes[at].happens(&place.tree);
		duet_notices_read(place.notices);
		if ((place.told > 0) != changes[at].told)
			fail_msg("%s: %s", path, changes[at].what);
		place_done(&place);
	}
}

static void hears_of_what_comes(void **state)
{
	struct place place;
	int fd = -1;

	(void)state;
	place_make(&place);
	assert_int_equal(follow(&place, "a/b/missing", &fd), 0);
	assert_int_equal(fd, -1);
	duet_notices_read(place.notices);
	tree_write(&place.tree, "a/b/missing", "x");
	duet_notices_read(place.notices);
	assert_true(place.told > 0);
	place_done(&place);
}

static void untied_it_hears_nothing(void **state)
{
	struct place place;
	int fd = -1;

	(void)state;
	place_make(&place);
	assert_int_equal(follow(&place, "l", &fd), 0);
	assert_int_equal(close(fd), 0);
	duet_trail_untie(&place.trail);
	assert_null(place.trail.ties);
	swap_file(&place.tree);
	duet_notices_read(place.notices);
	assert_int_equal(place.told, 0);
	place_done(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_where_the_kernel_does),
		cmocka_unit_test(hears_of_everything_on_the_way),
		cmocka_unit_test(hears_of_what_comes),
		cmocka_unit_test(untied_it_hears_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
