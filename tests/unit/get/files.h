/* SPDX-License-Identifier: MIT */
/* A file of a test, by its name; what it holds. */
#ifndef DUET_TESTS_GET_FILES_H
#define DUET_TESTS_GET_FILES_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "get/body.h"
#include "support/unit.h"

struct file {
	char path[32];
	char at[33]; /* "@" and the path */
};

static inline void file_write(const struct file *file, const char *content,
			      int flags)
{
	int fd = open(file->path, O_WRONLY | flags);
	ssize_t len = (ssize_t)strlen(content);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, (size_t)len), len);
	assert_int_equal(close(fd), 0);
}

static inline struct file file_new(const char *content)
{
	struct file file = { .path = "/tmp/duet-test-XXXXXX" };
	int fd = mkstemp(file.path);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	file_write(&file, content, 0);
	(void)snprintf(file.at, sizeof(file.at), "@%s", file.path);
	return file;
}

/* All of a body, asked for in pieces of step bytes; NUL-terminated. */
static inline char *read_whole(const struct duet_get_body *body, size_t step)
{
	static char whole[65536];
	struct duet_get_reading reading;
	size_t len = 0;
	int rc = DUET_OK;

	duet_get_reading_init(&reading, body);
	while (rc == DUET_OK) {
		size_t n = 0;

		assert_true(len + step < sizeof(whole));
		rc = duet_get_reading_give(&reading, whole + len, step, &n);
		if (rc < 0)
			fail_msg("%s", reading.error.text);
		len += n;
	}
	assert_int_equal(rc, DUET_EOF);
	duet_get_reading_done(&reading);
	if (duet_get_body_length(body) != DUET_LENGTH_UNKNOWN)
		assert_int_equal(duet_get_body_length(body), len);
	whole[len] = '\0';
	return whole;
}

#endif
