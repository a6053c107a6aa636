/* SPDX-License-Identifier: MIT */
/* site/beneath.h - files of one directory tree, and nothing outside of it. */
#ifndef DUET_SITE_BENEATH_H
#define DUET_SITE_BENEATH_H

#include <sys/stat.h>

#include <duet/error.h>

/* A directory to serve, which must be one: *ret_fd is yours to close. There
 * has to be a /proc. DUET_E_SYSTEM; the sentence names dir. */
DUET_CHECK int duet_beneath_root(const char *dir, int *ret_fd,
				 struct duet_error *err);

/*
 * Open path for reading beneath root. path is relative and NUL-terminated; ""
 * is root itself. Wherever its links lead, it does not leave root, not even
 * for a moment and not even when somebody renames directories meanwhile. What
 * is neither file nor directory is not opened: no driver, and nobody at the
 * other end of a FIFO, notices anything.
 * Returns a descriptor (of a regular file, for reading, or of a directory, for
 * its name only, as *ret_stat tells), or
 * -errno: -ENOENT, -EACCES, -EMFILE...; -ENOENT for what is neither file nor
 * directory, and for a path that leaves root.
 */
DUET_CHECK int duet_beneath_open(int root, const char *path,
				 struct stat *ret_stat);
/* The same without opening: 0 or -errno; a file need not be readable. */
DUET_CHECK int duet_beneath_stat(int root, const char *path,
				 struct stat *ret_stat);
/*
 * Why there is nothing to be had at path, where that is not plain: for the log,
 * since it is no business of the client's. NULL: there just is nothing, or
 * there is what *ret_stat tells; its st_nlink is 0 in the first case.
 */
const char *duet_beneath_why_not(int root, const char *path,
				 struct stat *ret_stat);
/*
 * Open for kernels without openat2(2) (before Linux 5.6), by walking. It
 * follows no symbolic links at all: -ENOENT for them.
 */
DUET_CHECK int duet_beneath_open_walking(int root, const char *path,
					 struct stat *ret_stat);

#endif
