/* SPDX-License-Identifier: MIT */
/*
 * A watched thing is an inode with a number of the kernel's (wd) and the list
 * of those that are tied to it; it is watched as long as the list is not
 * empty. Numbers are not used twice, so that late news of what is no longer
 * watched find nobody.
 *
 * Changes of a file's content are told by the file and not by its directory:
 * another link to it may lie anywhere.
 */
#define _GNU_SOURCE /* F_SETOWN_EX, gettid, memfd_create */
#include "site/notice.h"

#include <sys/inotify.h>
#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

enum {
	BUCKETS = 1024,
	EVENT_BYTES = 16384,
	PROC_PATH_BYTES = 32,
	GONE_MASK = IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB,
	DIR_MASK = GONE_MASK | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
		   IN_MOVED_TO | IN_ONLYDIR,
	FILE_MASK = GONE_MASK | IN_MODIFY,
};

struct duet_watched {
	struct duet_watched *next; /* in its bucket */
	struct duet_tie *ties;
	int wd;
};

struct duet_notices {
	int fd;
	volatile sig_atomic_t *stirred;
	duet_notice_fn *fn;
	void *arg;
	size_t n; /* watched */
	struct duet_watched *buckets[BUCKETS];
};

/* FNV-1a; never 0, which is the thing itself. */
static uint64_t hash_name(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return hash | 1;
}

static struct duet_watched **bucket_of(struct duet_notices *notices, int wd)
{
	return &notices->buckets[(unsigned)wd % BUCKETS];
}

static struct duet_watched *find(struct duet_notices *notices, int wd)
{
	struct duet_watched *watched = *bucket_of(notices, wd);

	while (watched != NULL && watched->wd != wd)
		watched = watched->next;
	return watched;
}

static int add_watch(const struct duet_notices *notices, int fd, uint32_t mask)
{
	char path[PROC_PATH_BYTES];
	int wd;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	wd = inotify_add_watch(notices->fd, path, mask);
	return wd >= 0 ? wd : -errno;
}

static void forget(struct duet_notices *notices, struct duet_watched *watched)
{
	struct duet_watched **at = bucket_of(notices, watched->wd);

	while (*at != watched)
		at = &(*at)->next;
	*at = watched->next;
	notices->n--;
	/* It fails for what has been deleted. */
	(void)inotify_rm_watch(notices->fd, watched->wd);
	duet_mem_free(watched);
}

static int watch(struct duet_notices *notices, int fd, uint32_t mask,
		 struct duet_watched **ret)
{
	int wd = add_watch(notices, fd, mask);
	struct duet_watched *watched;

	if (wd < 0)
		return wd;
	watched = find(notices, wd);
	if (watched == NULL && notices->n < DUET_NOTICES_MAX)
		watched = duet_mem_zalloc(sizeof(*watched));
	if (watched == NULL) {
		(void)inotify_rm_watch(notices->fd, wd);
		return -ENOSPC;
	}
	if (watched->ties == NULL) {
		watched->wd = wd;
		watched->next = *bucket_of(notices, wd);
		*bucket_of(notices, wd) = watched;
		notices->n++;
	}
	*ret = watched;
	return 0;
}

static int tie_to(struct duet_notices *notices, int fd, uint32_t mask,
		  uint64_t name, struct duet_tie *tie)
{
	struct duet_watched *watched = NULL;
	int rc = watch(notices, fd, mask, &watched);

	if (rc < 0)
		return rc;
	tie->watched = watched;
	tie->name = name;
	tie->prev = NULL;
	tie->next = watched->ties;
	if (tie->next != NULL)
		tie->next->prev = tie;
	watched->ties = tie;
	return 0;
}

int duet_notices_tie_dir(struct duet_notices *notices, int fd, const char *name,
			 struct duet_tie *tie)
{
	return tie_to(notices, fd, DIR_MASK, name != NULL ? hash_name(name) : 0,
		      tie);
}

int duet_notices_tie_file(struct duet_notices *notices, int fd,
			  struct duet_tie *tie)
{
	return tie_to(notices, fd, FILE_MASK, 0, tie);
}

void duet_notices_untie(struct duet_notices *notices, struct duet_tie *tie)
{
	struct duet_watched *watched = tie->watched;

	if (watched == NULL)
		return;
	if (tie->prev != NULL)
		tie->prev->next = tie->next;
	else
		watched->ties = tie->next;
	if (tie->next != NULL)
		tie->next->prev = tie->prev;
	tie->watched = NULL;
	if (watched->ties == NULL)
		forget(notices, watched);
}

static void tell(const struct duet_notices *notices,
		 const struct duet_watched *watched, uint64_t name,
		 bool is_written)
{
	struct duet_tie *tie;

	for (tie = watched->ties; tie != NULL; tie = tie->next)
		if (name == 0 || tie->name == name)
			notices->fn(tie->owner, is_written, notices->arg);
}

static void tell_all(const struct duet_notices *notices)
{
	const struct duet_watched *watched;
	size_t i;

	for (i = 0; i < BUCKETS; i++)
		for (watched = notices->buckets[i]; watched != NULL;
		     watched = watched->next)
			tell(notices, watched, 0, true);
}

static void take(struct duet_notices *notices,
		 const struct inotify_event *event)
{
	const struct duet_watched *watched;

	/* Some are lost, nobody knows which. */
	if ((event->mask & IN_Q_OVERFLOW) != 0) {
		tell_all(notices);
		return;
	}
	watched = find(notices, event->wd);
	if (watched != NULL)
		tell(notices, watched,
		     event->len > 0 ? hash_name(event->name) : 0,
		     (event->mask & IN_MODIFY) != 0);
}

void duet_notices_read(struct duet_notices *notices)
{
	_Alignas(struct inotify_event) char bytes[EVENT_BYTES];
	const struct inotify_event *event;
	ssize_t n;
	ssize_t at;

	/* Before reading: what comes meanwhile raises it again. */
	*notices->stirred = 0;
	for (;;) {
		n = read(notices->fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		for (at = 0; at < n;
		     at += (ssize_t)(sizeof(*event) + event->len)) {
			event = (const void *)(bytes + at);
			take(notices, event);
		}
	}
}

/* ---- new ---- */

/* SIGIO to this thread, whatever changes. */
static int ask_for_signals(int fd)
{
	struct f_owner_ex owner = { F_OWNER_TID, gettid() };
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETOWN_EX, &owner) != 0 ||
	    fcntl(fd, F_SETFL, flags | O_ASYNC) != 0)
		return -errno;
	return 0;
}

/*
 * Not every kernel that has the calls raises the signal. A file of no
 * directory is watched and changed: the flag must be up at once.
 */
static int try_it(struct duet_notices *notices)
{
	int fd = memfd_create("duet", MFD_CLOEXEC);
	int sys_errno = 0;

	if (fd < 0)
		return -errno;
	*notices->stirred = 0;
	if (add_watch(notices, fd, FILE_MASK) < 0 || ftruncate(fd, 1) != 0)
		sys_errno = errno;
	else if (*notices->stirred == 0)
		sys_errno = ENOSYS;
	(void)close(fd);
	duet_notices_read(notices);
	return -sys_errno;
}

int duet_notices_new(volatile sig_atomic_t *stirred, duet_notice_fn *fn,
		     void *arg, struct duet_notices **ret,
		     struct duet_error *err)
{
	struct duet_notices *notices = duet_mem_zalloc(sizeof(*notices));
	int rc;

	if (notices == NULL)
		return duet_error_nomem(err);
	notices->stirred = stirred;
	notices->fn = fn;
	notices->arg = arg;
	notices->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	rc = notices->fd < 0 ? -errno : ask_for_signals(notices->fd);
	if (rc == 0)
		rc = try_it(notices);
	if (rc < 0) {
		duet_notices_free(notices);
		return duet_error_sys(err, DUET_E_SYSTEM, -rc,
				      "changes of files are not told here");
	}
	*ret = notices;
	return DUET_OK;
}

void duet_notices_free(struct duet_notices *notices)
{
	if (notices == NULL)
		return;
	if (notices->fd >= 0)
		(void)close(notices->fd);
	duet_mem_free(notices);
}
