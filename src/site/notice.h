/* SPDX-License-Identifier: MIT */
/*
 * site/notice.h - being told when files and directories change (inotify(7)).
 *
 * The kernel notes a change in its queue before the call that made the change
 * returns, and raises SIGIO in the thread that made the queue. So a flag that
 * the handler of SIGIO sets is up before any byte can be read that was sent
 * after the change, and to look at it costs nothing.
 *
 * Whoever wants to rely on something ties itself to it first and looks at it
 * then. Not told: stores into mapped memory, mounts over a directory, and on
 * file systems over a network what others do.
 */
#ifndef DUET_SITE_NOTICE_H
#define DUET_SITE_NOTICE_H

#include <signal.h>

#include <duet/error.h>

enum {
	DUET_NOTICES_MAX = 8192, /* files and directories watched */
};

struct duet_notices;
struct duet_watched;

/* Somebody's interest in one thing; lives in its owner. */
struct duet_tie {
	struct duet_watched *watched; /* NULL: not tied */
	struct duet_tie *next;
	struct duet_tie *prev;
	uint64_t name; /* in that directory; 0: the thing itself */
	void *owner;
};

/* owner is out of date; is_written: the bytes of a file have changed, or may
 * have. Called within duet_notices_read(); it must not untie anything before
 * that returns. */
typedef void duet_notice_fn(void *owner, bool is_written, void *arg);

/*
 * *stirred is what the process's handler of SIGIO sets to 1; it is there
 * before, and the thread that calls this is the one that reads. The whole way
 * is tried once. DUET_E_SYSTEM: it does not work here; DUET_E_NOMEM.
 */
DUET_CHECK int duet_notices_new(volatile sig_atomic_t *stirred,
				duet_notice_fn *fn, void *arg,
				struct duet_notices **ret,
				struct duet_error *err);
/* Everything has been untied before. */
void duet_notices_free(struct duet_notices *notices);

/*
 * From now on tell tie->owner, which is set, when the file or directory that
 * fd refers to is changed, renamed, removed, or given other rights; and, where
 * name is not NULL, when something of that name comes into the directory,
 * leaves it, or is changed there. 0 or -errno (ENOSPC: there are too many).
 */
DUET_CHECK int duet_notices_tie_dir(struct duet_notices *notices, int fd,
				    const char *name, struct duet_tie *tie);
DUET_CHECK int duet_notices_tie_file(struct duet_notices *notices, int fd,
				     struct duet_tie *tie);
/* Also one that is not tied. */
void duet_notices_untie(struct duet_notices *notices, struct duet_tie *tie);

/* Something may have changed since the last read. */
static inline bool duet_notices_are_due(const volatile sig_atomic_t *stirred)
{
	return *stirred != 0;
}
/* Tell all owners of all that has changed until now. */
void duet_notices_read(struct duet_notices *notices);

#endif
