/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* flock, realpath */
#include "client/keep.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

enum {
	PATIENCE_MS = 5000, /* others hold it for as long as one write takes */
	LOOK_EVERY_NS = 5 * 1000 * 1000,
	MODE = 0600,
};

/* Empty where there is none. */
static int read_file(const char *path, size_t max, struct duet_buffer *ret,
		     struct duet_error *err)
{
	struct duet_error why;
	int rc = duet_file_read(path, max, ret, &why);

	if (rc == DUET_E_SYSTEM && (why.sys == ENOENT || why.sys == ENOTDIR))
		return DUET_OK;
	return rc < 0 ? duet_error_copy(err, &why) : DUET_OK;
}

int duet_keep_read(const char *path, size_t max, duet_keep_read_fn *fn,
		   void *arg, struct duet_error *err)
{
	struct duet_buffer now = { NULL, 0 };
	struct duet_error why;
	int rc = read_file(path, max, &now, err);

	if (rc < 0)
		return rc;
	rc = fn(arg, (struct duet_bytes){ now.data, now.len }, &why);
	if (rc < 0) {
		duet_error_prefix(&why, "'%s': ", path);
		(void)duet_error_copy(err, &why);
	}
	duet_buffer_free(&now);
	return rc;
}

/* It may have been renamed away while we waited for it. */
static bool is_still(const char *path, int fd)
{
	struct stat there;
	struct stat ours;

	return fstat(fd, &ours) == 0 && stat(path, &there) == 0 &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/* DUET_OK and the lock; DUET_WANT_READ: not now. */
static int try_lock(const char *path, int *ret_fd, struct duet_error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, MODE);

	if (fd < 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot open", path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_still(path, fd)) {
		*ret_fd = fd;
		return DUET_OK;
	}
	(void)close(fd);
	return DUET_WANT_READ;
}

static int lock(const char *path, int *ret_fd, struct duet_error *err)
{
	const struct timespec pause = { 0, LOOK_EVERY_NS };
	int64_t until = duet_clock_ms() + PATIENCE_MS;
	int rc;

	for (;;) {
		rc = try_lock(path, ret_fd, err);
		if (rc != DUET_WANT_READ)
			return rc;
		if (duet_clock_ms() >= until)
			return duet_error_set(err, DUET_E_TIMEOUT,
					      "'%s': another process has held it for 5 s; end that one, or name another file",
					      path);
		(void)nanosleep(&pause, NULL);
	}
}

static int write_in_place(const char *path, struct duet_bytes content,
			  struct duet_error *err)
{
	const char *p = content.data;
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = 0;

	while (fd >= 0 && content.len > 0 && n >= 0) {
		n = write(fd, p, content.len);
		if (n < 0 && errno == EINTR)
			n = 0;
		if (n > 0) {
			p += n;
			content.len -= (size_t)n;
		}
	}
	if (fd < 0 || n < 0)
		(void)duet_error_sys(err, DUET_E_SYSTEM, errno,
				     "'%s': cannot write", path);
	if (fd >= 0)
		(void)close(fd);
	return fd < 0 || n < 0 ? DUET_E_SYSTEM : DUET_OK;
}

/* What is there, and what is to be. */
static int rewrite(const char *path, size_t max, bool regular, duet_keep_fn *fn,
		   void *arg, struct duet_error *err)
{
	struct duet_buffer now = { NULL, 0 };
	struct duet_buffer content = { NULL, 0 };
	struct duet_bytes bytes;
	struct duet_error why;
	int rc = DUET_OK;

	if (regular)
		rc = read_file(path, max, &now, &why);
	if (rc == DUET_OK)
		rc = fn(arg, (struct duet_bytes){ now.data, now.len }, &content,
			&why);
	if (rc == DUET_E_ARGUMENT)
		duet_error_prefix(&why, "'%s', which is left as it is: ", path);
	bytes = (struct duet_bytes){ content.data, content.len };
	if (rc == DUET_OK && regular)
		rc = duet_file_write(path, bytes, MODE, &why);
	else if (rc == DUET_OK)
		rc = write_in_place(path, bytes, &why);
	duet_buffer_free(&now);
	duet_buffer_free(&content);
	return rc < 0 ? duet_error_copy(err, &why) : DUET_OK;
}

int duet_keep(const char *path, size_t max, duet_keep_fn *fn, void *arg,
	      struct duet_error *err)
{
	char *real = realpath(path, NULL);
	const char *name = real != NULL ? real : path;
	struct stat st;
	int fd = -1;
	int rc;

	if (stat(name, &st) == 0 && !S_ISREG(st.st_mode)) {
		rc = rewrite(name, max, false, fn, arg, err);
	} else {
		rc = lock(name, &fd, err);
		if (rc == DUET_OK)
			rc = rewrite(name, max, true, fn, arg, err);
		if (fd >= 0)
			(void)close(fd);
	}
	free(real);
	return rc;
}

int duet_keep_lines(struct duet_bytes text, duet_keep_line_fn *fn, void *arg,
		    size_t *ret_number)
{
	const char *p = text.data;
	int rc = DUET_OK;

	*ret_number = 0;
	while (text.len > 0 && rc == DUET_OK) {
		const char *end = memchr(p, '\n', text.len);
		size_t whole = end != NULL ? (size_t)(end - p) : text.len;
		size_t len =
			whole > 0 && p[whole - 1] == '\r' ? whole - 1 : whole;
		char *line = duet_mem_strndup(p, len);

		++*ret_number;
		if (line == NULL)
			return DUET_E_NOMEM;
		rc = memchr(line, '\0', len) == NULL ? fn(arg, line)
						     : DUET_E_ARGUMENT;
		duet_mem_free_secret(line, len);
		whole += end != NULL;
		p += whole;
		text.len -= whole;
	}
	return rc;
}
