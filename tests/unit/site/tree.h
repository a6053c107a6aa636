/* SPDX-License-Identifier: MIT */
/* A directory of files for one test, and how they are changed. Wants
 * _GNU_SOURCE. */
#ifndef DUET_TESTS_TREE_H
#define DUET_TESTS_TREE_H

#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "site/entry.h"
#include "support/tempdir.h"

struct tree {
	char top[TEMP_DIR_BYTES];
	struct duet_look look;
};

static volatile sig_atomic_t stirred;

static inline void on_sigio(int number)
{
	(void)number;
	stirred = 1;
}

static inline bool nothing_is_kept_back(const struct stat *st, void *arg)
{
	(void)st;
	(void)arg;
	return false;
}

static inline void tree_make(struct tree *tree)
{
	struct sigaction action = { .sa_handler = on_sigio,
				    .sa_flags = SA_RESTART };

	assert_int_equal(sigaction(SIGIO, &action, NULL), 0);
	temp_dir_make(tree->top);
	tree->look = (struct duet_look){ .is_kept_back = nothing_is_kept_back };
	tree->look.root = open(tree->top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(tree->look.root >= 0);
}

static inline void tree_done(struct tree *tree)
{
	assert_int_equal(close(tree->look.root), 0);
	assert_int_equal(temp_dir_remove(tree->top), 0);
}

static inline void tree_dir(const struct tree *tree, const char *name)
{
	assert_int_equal(mkdirat(tree->look.root, name, 0700), 0);
}

static inline void tree_write_size(const struct tree *tree, const char *name,
				   const char *text, off_t size)
{
	int fd = openat(tree->look.root, name,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	if (size > 0)
		assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(close(fd), 0);
}

static inline void tree_write(const struct tree *tree, const char *name,
			      const char *text)
{
	tree_write_size(tree, name, text, 0);
}

static inline void tree_rename(const struct tree *tree, const char *from,
			       const char *to)
{
	assert_int_equal(renameat(tree->look.root, from, tree->look.root, to),
			 0);
}

static inline void tree_link(const struct tree *tree, const char *target,
			     const char *name)
{
	assert_int_equal(symlinkat(target, tree->look.root, name), 0);
}

static inline void tree_remove(const struct tree *tree, const char *name)
{
	assert_int_equal(unlinkat(tree->look.root, name, 0), 0);
}

/* Let all of it come to rest: the clock of the file system has to go on, which
 * nothing but time brings about. */
static inline void tree_rest(void)
{
	const struct timespec some = { .tv_nsec = 2L * DUET_REST_MS * 1000000 };

	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &some, NULL);
}

#endif
