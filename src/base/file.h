/* SPDX-License-Identifier: MIT */
/* base/file.h - whole files, written so that a reader never sees half. */
#ifndef DUET_BASE_FILE_H
#define DUET_BASE_FILE_H

#include <duet/error.h>

/*
 * Read all of a file of at most max bytes; a NUL that ret->len does not count
 * follows them; no other copy is left in memory. DUET_E_SYSTEM (cannot open or
 * read), DUET_E_LIMIT, DUET_E_NOMEM; the sentence names the file.
 */
DUET_CHECK int duet_file_read(const char *path, size_t max,
			      struct duet_buffer *ret, struct duet_error *err);
/* The same of standard input for "-". */
DUET_CHECK int duet_file_read_or_stdin(const char *path, size_t max,
				       struct duet_buffer *ret,
				       struct duet_error *err);
/* Write a temporary file beside path, sync it, rename it over path, sync the
 * directory. */
DUET_CHECK int duet_file_write(const char *path, struct duet_bytes content,
			       unsigned mode, struct duet_error *err);
/* The same for a path where nothing is yet; otherwise DUET_E_SYSTEM with .sys
 * EEXIST, and what is there stays. */
DUET_CHECK int duet_file_write_new(const char *path, struct duet_bytes content,
				   unsigned mode, struct duet_error *err);
/*
 * Wait until nobody else holds the lock that the file at path is, and hold it
 * until *ret_fd is closed. The file is made where it is not, and stays, for
 * somebody may be waiting for it. DUET_E_SYSTEM.
 */
DUET_CHECK int duet_file_lock(const char *path, int *ret_fd,
			      struct duet_error *err);
/* Make a directory and those above it; one that exists is fine. */
DUET_CHECK int duet_file_make_dirs(const char *path, unsigned mode,
				   struct duet_error *err);

enum duet_xdg {
	DUET_XDG_DATA,  /* $XDG_DATA_HOME, ~/.local/share */
	DUET_XDG_STATE, /* $XDG_STATE_HOME, ~/.local/state */
	DUET_XDG_CACHE, /* $XDG_CACHE_HOME, ~/.cache */
};
/* The path of name in this user's place for such things (below duet/), new;
 * nothing is made. NULL without a home or memory. */
char *duet_file_xdg(enum duet_xdg kind, const char *name);

#endif
