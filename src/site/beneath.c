/* SPDX-License-Identifier: MIT */
/*
 * Resolving a path is the kernel's work: a check of the text, or realpath(3)
 * and then open(2), loses the race against whoever renames a directory or puts
 * a symbolic link in its place between the two.
 */
#define _GNU_SOURCE /* O_PATH, syscall */
#include "site/beneath.h"

#include <linux/openat2.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

enum {
	/* A name for it, and nothing that its driver or another end would
	 * notice. */
	FIND_FLAGS = O_PATH | O_CLOEXEC,
	READ_FLAGS = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
	TRIES = 8,
	PROC_PATH_BYTES = 32,
};

static int cannot(const char *dir, const char *what, int sys_errno,
		  struct duet_error *err)
{
	(void)duet_error_sys(err, DUET_E_SYSTEM, sys_errno, "'%s': cannot %s",
			     dir, what);
	if (sys_errno == ENOENT)
		duet_error_append(err, "; check its name, or make it");
	else if (sys_errno == ENOTDIR)
		duet_error_append(err, "; give a directory, all in it is "
				       "served");
	else if (sys_errno == EACCES)
		duet_error_append(err, "; give this user the right to enter it "
				       "and those above it");
	return DUET_E_SYSTEM;
}

int duet_beneath_root(const char *dir, int *ret_fd, struct duet_error *err)
{
	int fd;

	/* Files are opened through it: see open_again(). */
	if (access("/proc/self/fd", X_OK) != 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "files cannot be served without /proc; "
				      "mount it here");
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return cannot(dir, "open the directory", errno, err);
	if (faccessat(fd, ".", X_OK, AT_EACCESS) != 0) {
		int sys_errno = errno;

		(void)close(fd);
		return cannot(dir, "look into the directory", sys_errno, err);
	}
	*ret_fd = fd;
	return DUET_OK;
}

/* What a failure to open means: links that lead out, or round in circles, and
 * sockets (ENXIO) are not there for the outside world. */
static int refusal(int sys_errno)
{
	switch (sys_errno) {
	case EXDEV:
	case ELOOP:
	case ENXIO:
	case ENODEV:
	case ENOTDIR:
	case ENAMETOOLONG:
		return -ENOENT;
	default:
		return -sys_errno;
	}
}

/*
 * For reading, through the descriptor and not by its name, under which
 * something else may be found by now. fd is closed.
 */
static int open_again(int fd)
{
	char path[PROC_PATH_BYTES];
	int sys_errno;
	int again;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, READ_FLAGS);
	sys_errno = errno;
	(void)close(fd);
	if (again >= 0)
		return again;
	return -sys_errno;
}

/* A file for reading, a directory as it is; anything else is closed without
 * ever having been opened. */
static int judge(int fd, struct stat *ret_stat)
{
	if (fstat(fd, ret_stat) != 0) {
		int sys_errno = errno;

		(void)close(fd);
		return -sys_errno;
	}
	if (S_ISREG(ret_stat->st_mode))
		return open_again(fd);
	if (S_ISDIR(ret_stat->st_mode))
		return fd;
	(void)close(fd);
	return -ENOENT;
}

static int find_beneath(int root, const char *path)
{
	const struct open_how how = {
		.flags = FIND_FLAGS,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	const char *name = *path != '\0' ? path : ".";
	long fd = -1;
	int i;

	/* EAGAIN: something was renamed while ".." of a link was followed,
	 * and the kernel cannot tell whether we are still beneath. */
	for (i = 0; i < TRIES; i++) {
		fd = syscall(SYS_openat2, root, name, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return (int)fd;
}

/* EPERM: old container filters refuse system calls they don't know. */
static bool must_walk(int sys_errno)
{
	return sys_errno == ENOSYS || sys_errno == EPERM;
}

int duet_beneath_open(int root, const char *path, struct stat *ret_stat)
{
	int fd = find_beneath(root, path);

	if (fd >= 0)
		return judge(fd, ret_stat);
	if (must_walk(errno))
		return duet_beneath_open_walking(root, path, ret_stat);
	return refusal(errno);
}

const char *duet_beneath_why_not(int root, const char *path,
				 struct stat *ret_stat)
{
	int fd = find_beneath(root, path);
	int rc;

	memset(ret_stat, 0, sizeof(*ret_stat));
	if (fd < 0 && errno == EXDEV)
		return "a link on its path is absolute or leads out of the directory that is served";
	if (fd < 0 && errno == ELOOP)
		return "there are too many links on its path, or they lead round in circles";
	if (fd < 0)
		return NULL;
	rc = fstat(fd, ret_stat);
	(void)close(fd);
	if (rc == 0 && !S_ISREG(ret_stat->st_mode) &&
	    !S_ISDIR(ret_stat->st_mode))
		return "it is neither a file nor a directory";
	return NULL;
}

int duet_beneath_stat(int root, const char *path, struct stat *ret_stat)
{
	int fd = find_beneath(root, path);
	int rc = 0;

	if (fd < 0 && must_walk(errno))
		fd = duet_beneath_open_walking(root, path, ret_stat);
	else if (fd < 0)
		fd = refusal(errno);
	if (fd < 0)
		return fd;
	if (fstat(fd, ret_stat) != 0)
		rc = -errno;
	(void)close(fd);
	return rc;
}

/* The next component of *path as a string; false at its end. */
static bool next_component(const char **path, char name[NAME_MAX + 1],
			   int *ret_errno)
{
	size_t n;

	*path += strspn(*path, "/");
	n = strcspn(*path, "/");
	if (n == 0)
		return false;
	if (n > NAME_MAX || (n == 2 && memcmp(*path, "..", 2) == 0)) {
		*ret_errno = ENOENT;
		return false;
	}
	memcpy(name, *path, n);
	name[n] = '\0';
	*path += n;
	return true;
}

int duet_beneath_open_walking(int root, const char *path, struct stat *ret_stat)
{
	char name[NAME_MAX + 1] = ".";
	char next[NAME_MAX + 1];
	int sys_errno = 0;
	int dir = root;
	int fd;

	while (next_component(&path, next, &sys_errno)) {
		fd = openat(dir, name,
			    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			sys_errno = errno;
		if (dir != root)
			(void)close(dir);
		if (fd < 0)
			return refusal(sys_errno);
		dir = fd;
		memcpy(name, next, sizeof(name));
	}
	fd = -1;
	if (sys_errno == 0) {
		fd = openat(dir, name, FIND_FLAGS | O_NOFOLLOW);
		if (fd < 0)
			sys_errno = errno;
	}
	if (dir != root)
		(void)close(dir);
	return fd >= 0 ? judge(fd, ret_stat) : refusal(sys_errno);
}
