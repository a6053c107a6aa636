/* SPDX-License-Identifier: MIT */
/* support/tempdir.h - a directory for one test. Wants _GNU_SOURCE. */
#ifndef DUET_TESTS_TEMPDIR_H
#define DUET_TESTS_TEMPDIR_H

#include <sys/stat.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/unit.h"

enum {
	TEMP_DIR_BYTES = 64,
};

static inline void temp_dir_make(char path[TEMP_DIR_BYTES])
{
	(void)snprintf(path, TEMP_DIR_BYTES, "/tmp/duet-test-XXXXXX");
	assert_non_null(mkdtemp(path));
}

static inline int temp_dir_remove_one(const char *path, const struct stat *st,
				      int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* With all that is in it; 0, as a tear-down function wants it. */
static inline int temp_dir_remove(const char *path)
{
	return nftw(path, temp_dir_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
