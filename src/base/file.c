/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* flock, mkostemp, renameat2 */
#include "base/file.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"

enum {
	READ_PIECE = 16384,
};

/* For all of a file whose size is known, and the byte that shows its end;
 * otherwise for a piece. */
static int make_room(int fd, struct duet_buf *buf)
{
	size_t want = READ_PIECE;
	struct stat st;

	if (duet_buf_room(buf) > 0)
		return DUET_OK;
	if (buf->cap == 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size > 0 && (uintmax_t)st.st_size < buf->max)
		return duet_buf_reserve_exactly(buf, (size_t)st.st_size + 1);
	if (want > buf->max - duet_buf_len(buf))
		want = buf->max - duet_buf_len(buf);
	return duet_buf_reserve(buf, want);
}

static int read_all(int fd, const char *path, struct duet_buf *buf,
		    struct duet_error *err)
{
	for (;;) {
		size_t want;
		ssize_t n;

		if (make_room(fd, buf) != DUET_OK)
			return duet_error_nomem(err);
		want = duet_buf_room(buf);
		if (want > buf->max - duet_buf_len(buf))
			want = buf->max - duet_buf_len(buf);
		n = read(fd, buf->data + buf->end, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return duet_error_sys(err, DUET_E_SYSTEM, errno,
					      "'%s': cannot read", path);
		duet_buf_filled(buf, (size_t)n);
		if (n == 0)
			return DUET_OK;
		if (duet_buf_len(buf) == buf->max)
			return duet_error_set(err, DUET_E_LIMIT,
					      "'%s': larger than %zu bytes",
					      path, buf->max - 1);
	}
}

static int read_from(int fd, const char *name, size_t max,
		     struct duet_buffer *ret, struct duet_error *err)
{
	struct duet_buf buf;
	int rc;

	/* It may be a key. One more byte shows that it is too much. */
	duet_buf_init_secret(&buf, max < SIZE_MAX ? max + 1 : max);
	rc = read_all(fd, name, &buf, err);
	if (rc == DUET_OK && duet_buf_take(&buf, ret) != DUET_OK)
		rc = duet_error_nomem(err);
	duet_buf_done_secret(&buf);
	return rc;
}

int duet_file_read(const char *path, size_t max, struct duet_buffer *ret,
		   struct duet_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot open", path);
	rc = read_from(fd, path, max, ret, err);
	(void)close(fd);
	return rc;
}

int duet_file_read_or_stdin(const char *path, size_t max,
			    struct duet_buffer *ret, struct duet_error *err)
{
	/* /dev/stdin would be opened anew: not for a socket, and for reading
	 * where the descriptor is not. */
	if (strcmp(path, "-") == 0)
		return read_from(STDIN_FILENO, "standard input", max, ret, err);
	return duet_file_read(path, max, ret, err);
}

static int write_all(int fd, struct duet_bytes content)
{
	const char *p = content.data;
	size_t left = content.len;

	while (left > 0) {
		ssize_t n = write(fd, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		left -= (size_t)n;
	}
	return fsync(fd);
}

/* A rename lasts once its directory is on the disk. Where that fails the file
 * is there all the same, old or new, and whole. */
static void sync_directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory;
	int fd;

	if (slash == NULL)
		directory = duet_mem_strdup(".");
	else
		directory = duet_mem_strndup(path, (size_t)(slash - path) + 1);
	if (directory == NULL)
		return;
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		(void)fsync(fd);
		(void)close(fd);
	}
	duet_mem_free(directory);
}

static int move_over(const char *temporary, const char *path)
{
	return rename(temporary, path) == 0 ? 0 : errno;
}

static int move_beside_all(const char *temporary, const char *path)
{
	if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) ==
	    0)
		return 0;
	if (errno != EINVAL)
		return errno;
	/* A file system that cannot: a link does not replace either. */
	if (link(temporary, path) != 0)
		return errno;
	(void)unlink(temporary);
	return 0;
}

static int write_and_move(const char *path, struct duet_bytes content,
			  unsigned mode,
			  int (*move)(const char *, const char *),
			  struct duet_error *err)
{
	char *temporary = duet_mem_printf("%s.XXXXXX", path);
	int sys_errno;
	int rc = DUET_OK;
	int fd = -1;

	if (temporary == NULL)
		return duet_error_nomem(err);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		rc = duet_error_sys(err, DUET_E_SYSTEM, errno,
				    "'%s': cannot create", path);
		goto out;
	}
	if (fchmod(fd, mode) != 0 || write_all(fd, content) != 0) {
		rc = duet_error_sys(err, DUET_E_SYSTEM, errno,
				    "'%s': cannot write", path);
		goto out;
	}
	sys_errno = move(temporary, path);
	if (sys_errno != 0)
		rc = duet_error_sys(err, DUET_E_SYSTEM, sys_errno,
				    "'%s': cannot rename '%s' to it", path,
				    temporary);
	if (sys_errno == EEXIST)
		rc = duet_error_sys(err, DUET_E_SYSTEM, EEXIST,
				    "'%s': not written", path);
	if (rc == DUET_OK)
		sync_directory_of(path);
out:
	if (fd >= 0) {
		(void)close(fd);
		if (rc != DUET_OK)
			(void)unlink(temporary);
	}
	duet_mem_free(temporary);
	return rc;
}

int duet_file_write(const char *path, struct duet_bytes content, unsigned mode,
		    struct duet_error *err)
{
	return write_and_move(path, content, mode, move_over, err);
}

int duet_file_write_new(const char *path, struct duet_bytes content,
			unsigned mode, struct duet_error *err)
{
	return write_and_move(path, content, mode, move_beside_all, err);
}

int duet_file_lock(const char *path, int *ret_fd, struct duet_error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	while (fd >= 0 && flock(fd, LOCK_EX) != 0)
		if (errno != EINTR) {
			(void)close(fd);
			fd = -1;
		}
	if (fd < 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot lock", path);
	*ret_fd = fd;
	return DUET_OK;
}

static int make_dir(const char *path, unsigned mode)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return 0;
	if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	return errno;
}

int duet_file_make_dirs(const char *path, unsigned mode, struct duet_error *err)
{
	char *copy = duet_mem_strdup(path);
	int sys_errno = 0;
	char *p;

	if (copy == NULL)
		return duet_error_nomem(err);
	for (p = copy + 1; *p != '\0' && sys_errno == 0; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		sys_errno = make_dir(copy, mode);
		*p = '/';
	}
	if (sys_errno == 0)
		sys_errno = make_dir(copy, mode);
	duet_mem_free(copy);
	if (sys_errno != 0)
		return duet_error_sys(err, DUET_E_SYSTEM, sys_errno,
				      "'%s': cannot make this directory", path);
	return DUET_OK;
}

char *duet_file_xdg(enum duet_xdg kind, const char *name)
{
	static const struct {
		const char *variable;
		const char *below_home;
	} places[] = {
		[DUET_XDG_DATA] = { "XDG_DATA_HOME", ".local/share" },
		[DUET_XDG_STATE] = { "XDG_STATE_HOME", ".local/state" },
		[DUET_XDG_CACHE] = { "XDG_CACHE_HOME", ".cache" },
	};
	const char *base = getenv(places[kind].variable);
	const char *home = getenv("HOME");

	if (base != NULL && base[0] == '/') /* others are to be ignored */
		return duet_mem_printf("%s/duet/%s", base, name);
	if (home == NULL || home[0] == '\0')
		return NULL;
	return duet_mem_printf("%s/%s/duet/%s", home, places[kind].below_home,
			       name);
}
