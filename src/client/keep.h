/* SPDX-License-Identifier: MIT */
/*
 * client/keep.h - a small file that several processes keep: who writes it has
 * read it, and nobody else writes in between. The lock is the file itself, so
 * that no other lies beside it.
 */
#ifndef DUET_CLIENT_KEEP_H
#define DUET_CLIENT_KEEP_H

#include <duet/error.h>

/* What it is to hold, made of what it holds now; or a failure, and then it
 * stays as it is. */
typedef int duet_keep_fn(void *arg, struct duet_bytes now,
			 struct duet_buffer *ret, struct duet_error *err);

/*
 * Read path (at most max bytes; empty where there is none), ask fn, and write
 * it with mode 0600: a temporary file, synced, renamed. A symbolic link stays
 * one. What is no regular file is only written to. DUET_E_SYSTEM, DUET_E_LIMIT,
 * DUET_E_TIMEOUT (somebody has held it for five seconds), or what fn says,
 * whose DUET_E_ARGUMENT is about what is there: the sentence names the file.
 */
DUET_CHECK int duet_keep(const char *path, size_t max, duet_keep_fn *fn,
			 void *arg, struct duet_error *err);
/* Only read it, by fn, whose failure the sentence names the file of. */
typedef int duet_keep_read_fn(void *arg, struct duet_bytes now,
			      struct duet_error *err);
DUET_CHECK int duet_keep_read(const char *path, size_t max,
			      duet_keep_read_fn *fn, void *arg,
			      struct duet_error *err);

/*
 * fn for each line of text, without its end (LF, CR LF); it may write to it. A
 * failure ends it; *ret_number is of the last line. DUET_E_ARGUMENT also for a
 * line with a NUL in it; DUET_E_NOMEM.
 */
typedef int duet_keep_line_fn(void *arg, char *line);
DUET_CHECK int duet_keep_lines(struct duet_bytes text, duet_keep_line_fn *fn,
			       void *arg, size_t *ret_number);

#endif
