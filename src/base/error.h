/* SPDX-License-Identifier: MIT */
/* base/error.h - how a failing branch says why. */
#ifndef DUET_BASE_ERROR_H
#define DUET_BASE_ERROR_H

#include <duet/error.h>

/*
 * Write a fresh error (err may be NULL) and return code, so that a failing
 * branch reads: rc = duet_error_set(err, CODE, "'%s': ...", name); goto out;
 * A text that is too long loses its end. Bytes of strangers must have gone
 * through duet_str_printable() before.
 */
int duet_error_set(struct duet_error *err, int code, const char *fmt, ...)
	DUET_PRINTF(3, 4);
/* The same, with errno and its words after a colon. */
int duet_error_sys(struct duet_error *err, int code, int sys_errno,
		   const char *fmt, ...) DUET_PRINTF(4, 5);
#ifdef __clang_analyzer__
/* It sees one file at a time, and must know which code comes back. */
#define duet_error_set(err, code, ...) \
	(duet_error_set((err), (code), __VA_ARGS__), (code))
#define duet_error_sys(err, code, sys_errno, ...) \
	(duet_error_sys((err), (code), (sys_errno), __VA_ARGS__), (code))
#endif
/* "out of memory" */
int duet_error_nomem(struct duet_error *err);

/* Put words before the text that is there: who was being talked to. */
void duet_error_prefix(struct duet_error *err, const char *fmt, ...)
	DUET_PRINTF(2, 3);
/* Put words behind it: what to do about it. */
void duet_error_append(struct duet_error *err, const char *fmt, ...)
	DUET_PRINTF(2, 3);
/* Copy, where dst is not NULL; returns src's code. */
int duet_error_copy(struct duet_error *dst, const struct duet_error *src);

#endif
