/* SPDX-License-Identifier: MIT */
/*
 * Making an entry: tie, then find, then read, so that what changes meanwhile
 * is told. doc/adr/0010 has the reasons for every step.
 */
#define _GNU_SOURCE
#include "site/entry.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "site/beneath.h"

enum {
	NS_A_MS = 1000000,
	/* Time of a file system that counts in steps of up to two seconds, or
	 * by the clock of another machine. */
	COARSE_S = 3,
	READ_TRIES = 3,
	PATH_BYTES = 4096 + DUET_CODING_SUFFIX_BYTES,
};

/* ---- versions ---- */

void duet_version_of(struct duet_version *ret, const struct stat *st)
{
	ret->dev = st->st_dev;
	ret->ino = st->st_ino;
	ret->size = st->st_size;
	ret->links = st->st_nlink;
	ret->modified = st->st_mtim;
	ret->changed = st->st_ctim;
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool duet_version_equal(const struct duet_version *a,
			const struct duet_version *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       is_same_time(&a->modified, &b->modified) &&
	       is_same_time(&a->changed, &b->changed);
}

/* More was appended, as to a log: what was there is as it was. */
static bool has_grown(const struct duet_version *now,
		      const struct duet_version *then)
{
	return now->dev == then->dev && now->ino == then->ino &&
	       now->size > then->size;
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec ||
	       (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

enum duet_rest duet_version_rest(const struct duet_version *version,
				 bool is_local, int rest_ms,
				 const struct timespec *now)
{
	struct timespec limit = *now;

	/* Whole seconds: either by chance, or it never counts anything else. */
	if (!is_local || version->changed.tv_nsec == 0) {
		limit.tv_sec -= COARSE_S;
		return is_before(&version->changed, &limit) ? DUET_AT_REST
							    : DUET_VAGUE;
	}
	if (is_before(now, &version->changed))
		return DUET_VAGUE;
	limit.tv_nsec -= (long)rest_ms * NS_A_MS;
	if (limit.tv_nsec < 0) {
		limit.tv_nsec += 1000L * NS_A_MS;
		limit.tv_sec--;
	}
	return is_before(&version->changed, &limit) ? DUET_AT_REST
						    : DUET_RESTLESS;
}

/* File systems whose times come from this kernel's clock, and on which nobody
 * but this kernel writes. */
static bool is_local(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) != 0)
		return false;
	switch ((unsigned long)fs.f_type) {
	case EXT4_SUPER_MAGIC: /* and ext2, ext3 */
	case XFS_SUPER_MAGIC:
	case BTRFS_SUPER_MAGIC:
	case F2FS_SUPER_MAGIC:
	case TMPFS_MAGIC:
	case RAMFS_MAGIC:
	case OVERLAYFS_SUPER_MAGIC:
	case 0x2fc12fc1: /* ZFS */
	case 0xca451a4e: /* bcachefs */
		return true;
	default:
		return false;
	}
}

/* ---- writers ---- */

enum writers {
	WRITERS_NONE,
	WRITERS_SOME,
	WRITERS_UNTOLD,
};

/*
 * Whether a file is open for writing, by whomever: then there is no lease for
 * readers (fcntl(2)). It is given back at once. Whoever opens it in between
 * waits until then, and the signal that tells of it is one that nobody dies of.
 * There are leases of one's own files only, and not on every file system.
 */
static enum writers writers_of(const struct duet_form *form)
{
	/* Elsewhere EAGAIN may mean that the file's server gives none. */
	if (!form->is_local || fcntl(form->fd, F_SETSIG, SIGURG) != 0)
		return WRITERS_UNTOLD;
	if (fcntl(form->fd, F_SETLEASE, F_RDLCK) != 0)
		return errno == EAGAIN ? WRITERS_SOME : WRITERS_UNTOLD;
	(void)fcntl(form->fd, F_SETLEASE, F_UNLCK);
	return WRITERS_NONE;
}

/* ---- reading ---- */

int duet_form_read(const struct duet_form *form, void *buf, size_t want,
		   uint64_t offset, size_t *ret_n, struct duet_error *why)
{
	uint64_t left = (uint64_t)form->version.size - offset;
	ssize_t n;

	if (want > left)
		want = (size_t)left;
	if (form->body != NULL) {
		memcpy(buf, form->body + offset, want);
		*ret_n = want;
		return DUET_OK;
	}
	do
		n = pread(form->fd, buf, want, (off_t)offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return duet_error_sys(why, DUET_E_SYSTEM, errno,
				      "cannot read the file that is being sent (%llu of %lld bytes are)",
				      (unsigned long long)offset,
				      (long long)form->version.size);
	if (n == 0)
		return duet_error_set(why, DUET_E_TRUNCATED,
				      "the file shrank while it was sent: %llu of %lld bytes",
				      (unsigned long long)offset,
				      (long long)form->version.size);
	*ret_n = (size_t)n;
	return DUET_OK;
}

int duet_form_has_grown_on(const struct duet_form *form, off_t *seen,
			   struct duet_error *why)
{
	struct stat st;

	if (form->body != NULL)
		return DUET_OK;
	if (fstat(form->fd, &st) == 0 && st.st_size >= form->version.size &&
	    st.st_size >= *seen) {
		*seen = st.st_size;
		return DUET_OK;
	}
	return duet_error_set(why, DUET_E_TRUNCATED,
			      "the file was cut short while it was sent; to begin a log anew, rename it and open another");
}

bool duet_form_is_as_it_was(const struct duet_form *form)
{
	struct duet_version now;
	struct stat st;

	if (fstat(form->fd, &st) != 0)
		return false;
	duet_version_of(&now, &st);
	return duet_version_equal(&now, &form->version);
}

static size_t end_of(const struct duet_form *form)
{
	return form->version.size < DUET_END_BYTES ? (size_t)form->version.size
						   : (size_t)DUET_END_BYTES;
}

static bool read_end(const struct duet_form *form, uint8_t *end, off_t at)
{
	size_t n = end_of(form);

	return pread(form->fd, end, n, at) == (ssize_t)n;
}

/* False: it has become shorter, or there is no memory. */
static bool keep_ends(struct duet_form *form)
{
	size_t n = end_of(form);

	form->ends = duet_mem_alloc(n > 0 ? 2 * n : 1);
	return form->ends != NULL && read_end(form, form->ends, 0) &&
	       read_end(form, form->ends + n, form->version.size - (off_t)n);
}

/* A log that was copied and cut to nothing (copytruncate) is soon as long as
 * it was. Nothing but its bytes tells. */
static bool has_same_ends(const struct duet_form *form)
{
	uint8_t now[DUET_END_BYTES];
	size_t n = end_of(form);

	return form->ends != NULL && read_end(form, now, 0) &&
	       memcmp(now, form->ends, n) == 0 &&
	       read_end(form, now, form->version.size - (off_t)n) &&
	       memcmp(now, form->ends + n, n) == 0;
}

/*
 * Nothing but its time of change is another. A file that was removed, or that
 * another was renamed onto, has lost a name and goes on with its bytes. Of
 * other reasons (rights, a new name, a date that was set back after a write)
 * only who is tied knows that it was not the bytes.
 */
static bool has_same_bytes(const struct duet_entry *entry,
			   const struct duet_form *form,
			   const struct duet_version *now)
{
	struct duet_version then = form->version;

	then.changed = now->changed;
	if (!duet_version_equal(now, &then))
		return false;
	if (!entry->tied)
		return now->links < then.links;
	duet_notices_read(entry->trail.notices);
	return !entry->written;
}

/*
 * Its time of change may be that of a call that is under way, unless that is
 * long ago. Of a file that has but grown all this while, a log, the bytes that
 * were there stay.
 */
static bool may_be_written(const struct duet_entry *entry,
			   const struct duet_form *form)
{
	struct timespec now;

	if (entry->rest == DUET_AT_REST || entry->grows)
		return false;
	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
	return duet_version_rest(&form->version, form->is_local,
				 DUET_WRITER_REST_MS, &now) != DUET_AT_REST &&
	       writers_of(form) == WRITERS_SOME;
}

static bool is_of_one_version(const struct duet_entry *entry,
			      const struct duet_form *form)
{
	struct duet_version now;
	struct stat st;

	/* First, because all calls that are over have been told of. */
	if (may_be_written(entry, form))
		return false;
	if (fstat(form->fd, &st) != 0)
		return false;
	duet_version_of(&now, &st);
	if (entry->grows && has_grown(&now, &form->version))
		return has_same_ends(form);
	if (!duet_version_equal(&now, &form->version))
		return has_same_bytes(entry, form, &now);
	if (entry->rest == DUET_AT_REST || !entry->tied)
		return true;
	/* Two changes of what is not at rest may have one time; who is tied
	 * has been told. */
	duet_notices_read(entry->trail.notices);
	return !entry->written;
}

int duet_entry_verify(const struct duet_entry *entry,
		      const struct duet_form *form, struct duet_error *why)
{
	if (form->body != NULL || is_of_one_version(entry, form))
		return DUET_OK;
	return duet_error_set(why, DUET_E_TRUNCATED,
			      "the file was changed while it was sent; to replace one, rename another onto it");
}

/* All of a small file; false: there is no memory, or it was changed. */
static bool read_body(struct duet_form *form)
{
	size_t size = (size_t)form->version.size;
	size_t at = 0;
	ssize_t n = 1;

	form->body = duet_mem_alloc(size);
	while (form->body != NULL && at < size && n > 0) {
		n = pread(form->fd, form->body + at, size - at, (off_t)at);
		at += n > 0 ? (size_t)n : 0;
	}
	if (form->body != NULL && at == size && duet_form_is_as_it_was(form))
		return true;
	duet_mem_free(form->body);
	form->body = NULL;
	return false;
}

/* What has not changed for long is at rest by every clock, and whoever has it
 * open. */
static enum duet_rest rest_of(const struct duet_form *form,
			      const struct timespec *now)
{
	const struct duet_version *version = &form->version;
	enum duet_rest rest =
		duet_version_rest(version, false, DUET_REST_MS, now);

	if (rest == DUET_AT_REST || !form->is_local)
		return rest;
	rest = duet_version_rest(version, true, DUET_REST_MS, now);
	if (rest == DUET_AT_REST && writers_of(form) != WRITERS_NONE)
		rest = duet_version_rest(version, true, DUET_WRITER_REST_MS,
					 now);
	return rest;
}

/* The clock comes first: what is changed after fstat(2) must have a later
 * time than what is called at rest. */
static int look_at(struct duet_form *form)
{
	struct timespec now;
	struct stat st;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
	if (fstat(form->fd, &st) != 0)
		return -errno;
	duet_version_of(&form->version, &st);
	form->rest = rest_of(form, &now);
	return 0;
}

/* -EAGAIN: it is better to wait. */
static int be_patient(struct duet_patience *patience,
		      const struct duet_form *form)
{
	const struct duet_version *now = &form->version;
	const struct duet_version *seen;

	if (patience == NULL || form->rest != DUET_RESTLESS)
		return 0;
	seen = &patience->seen;
	if (patience->was_seen && !duet_version_equal(seen, now)) {
		if (has_grown(now, seen))
			patience->has_grown = true;
		else
			patience->has_changed = true;
	}
	patience->was_seen = true;
	patience->seen = *now;
	return patience->is_over ? 0 : -EAGAIN;
}

/*
 * Its bytes, if they are few, of one version. One that is changed again and
 * again while it is read keeps its descriptor, and whether the reply can be
 * whole is found at its end.
 */
static int settle(struct duet_form *form, struct duet_patience *patience)
{
	int rc = 0;
	int i;

	form->is_local = is_local(form->fd);
	for (i = 0; i < READ_TRIES; i++) {
		rc = look_at(form);
		if (rc == 0)
			rc = be_patient(patience, form);
		if (rc != 0 || form->version.size > DUET_BODY_MAX_BYTES)
			break;
		if (read_body(form)) {
			(void)close(form->fd);
			form->fd = -1;
			break;
		}
	}
	return rc;
}

/* ---- finding ---- */

/* A regular file of that path, open; -errno. */
static int find(const struct duet_look *look, const char *path, bool is_dir_ok,
		struct stat *ret_stat)
{
	int fd = duet_beneath_open(look->root, path, ret_stat);
	int rc = -ENOENT;

	if (fd < 0)
		return fd;
	if (S_ISDIR(ret_stat->st_mode) && is_dir_ok)
		rc = -EISDIR;
	else if (S_ISREG(ret_stat->st_mode) &&
		 !look->is_kept_back(ret_stat, look->arg))
		return fd;
	(void)close(fd);
	return rc;
}

static void put_tag(struct duet_form *form, enum duet_coding coding)
{
	const struct duet_version *version = &form->version;
	char tag[DUET_ETAG_BYTES];

	duet_etag_of_file(tag, (uint64_t)version->size, (uint64_t)version->ino,
			  version->changed.tv_sec,
			  (uint32_t)version->changed.tv_nsec);
	/* One of its own, even where the other name is a link to it. */
	if (coding != DUET_CODING_IDENTITY)
		duet_etag_of_coding(form->etag, tag, duet_coding_name(coding),
				    NULL);
	else
		memcpy(form->etag, tag, sizeof(tag));
}

/* fd is the entry's from now on. */
static int take_form(struct duet_entry *entry, enum duet_coding coding, int fd,
		     struct duet_patience *patience)
{
	struct duet_form *form = &entry->forms[coding];
	int rc;

	form->there = true;
	form->fd = fd;
	rc = settle(form, patience);
	if (rc != 0)
		return rc;
	if (form->rest > entry->rest)
		entry->rest = form->rest;
	entry->sizes[coding] = (uint64_t)form->version.size;
	put_tag(form, coding);
	if (form->body != NULL)
		entry->held_bytes += (size_t)form->version.size;
	if (form->fd >= 0) {
		entry->held_fds++;
		/* From front to back: twice as far ahead as it would be. */
		(void)posix_fadvise(form->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	return 0;
}

/* There is no doubt that it is not there, or not to be sent. */
static bool is_absence(int rc)
{
	return rc == -ENOENT || rc == -EACCES || rc == -EPERM;
}

/* Made of an earlier version. brotli(1) gives its file the time of the other
 * but for fractions of a second: then it is of this version if it was last
 * touched after that was written. */
static bool is_of_earlier(const struct stat *st,
			  const struct timespec *modified)
{
	if (!is_before(&st->st_mtim, modified))
		return false;
	return st->st_mtim.tv_sec != modified->tv_sec ||
	       st->st_mtim.tv_nsec != 0 || is_before(&st->st_ctim, modified);
}

static int find_neighbour(const struct duet_look *look,
			  struct duet_entry *entry, enum duet_coding coding,
			  struct duet_patience *patience)
{
	const struct timespec *modified =
		&entry->forms[DUET_CODING_IDENTITY].version.modified;
	char path[PATH_BYTES];
	struct stat st;
	int fd;

	(void)snprintf(path, sizeof(path), "%s%s", entry->path,
		       duet_coding_suffix(coding));
	fd = find(look, path, false, &st);
	if (fd < 0)
		return is_absence(fd) ? 0 : fd;
	if (is_of_earlier(&st, modified)) {
		(void)close(fd);
		return 0;
	}
	entry->has_choice = true;
	return take_form(entry, coding, fd, patience);
}

/* False: then it is as any other that changes. */
static bool keep_all_ends(struct duet_entry *entry)
{
	bool ok = true;
	int i;

	for (i = 0; ok && i < DUET_N_CODINGS; i++)
		if (entry->forms[i].fd >= 0)
			ok = keep_ends(&entry->forms[i]);
	return ok;
}

static int find_all(const struct duet_look *look, struct duet_entry *entry,
		    struct duet_patience *patience)
{
	struct stat st;
	int fd = find(look, entry->path, true, &st);
	int rc;
	int i;

	if (fd < 0)
		return fd;
	rc = take_form(entry, DUET_CODING_IDENTITY, fd, patience);
	for (i = DUET_CODING_IDENTITY + 1; rc == 0 && i < DUET_N_CODINGS; i++)
		rc = find_neighbour(look, entry, (enum duet_coding)i, patience);
	if (rc == 0 && patience != NULL && patience->has_grown &&
	    !patience->has_changed)
		entry->grows = keep_all_ends(entry);
	return rc;
}

/* ---- tying ---- */

static int follow(struct duet_trail *trail, int from, const char *path,
		  int *ret_fd)
{
	int rc = duet_trail_follow(trail, from, path, ret_fd);

	if (rc == 0 && *ret_fd >= 0)
		(void)close(*ret_fd);
	return rc;
}

/* The directory first, then each name in it. */
static bool tie(const struct duet_look *look, struct duet_entry *entry)
{
	const char *slash = strrchr(entry->path, '/');
	const char *name = slash != NULL ? slash + 1 : entry->path;
	char text[PATH_BYTES];
	int dir = -1;
	int fd;
	int rc;
	int i;

	memcpy(text, entry->path, entry->path_len);
	text[name - entry->path] = '\0';
	rc = duet_trail_follow(&entry->trail, look->root, text, &dir);
	for (i = 0; rc == 0 && dir >= 0 && i < DUET_N_CODINGS; i++) {
		(void)snprintf(text, sizeof(text), "%s%s", name,
			       duet_coding_suffix((enum duet_coding)i));
		rc = follow(&entry->trail, dir, text, &fd);
	}
	if (dir >= 0)
		(void)close(dir);
	return rc == 0;
}

/* ---- the entry ---- */

static struct duet_entry *make(const char *path)
{
	size_t len = strlen(path);
	struct duet_entry *entry =
		duet_mem_zalloc(sizeof(struct duet_entry) + len + 1);
	int i;

	if (entry == NULL)
		return NULL;
	entry->refs = 1;
	entry->path_len = len;
	memcpy(entry->path, path, len + 1);
	entry->mime = duet_mime_of(path);
	for (i = 0; i < DUET_N_CODINGS; i++) {
		entry->sizes[i] = UINT64_MAX;
		entry->forms[i].fd = -1;
	}
	return entry;
}

int duet_entry_new(const struct duet_look *look, const char *path,
		   struct duet_notices *notices, struct duet_patience *patience,
		   struct duet_entry **ret)
{
	struct duet_entry *entry;
	int rc;

	if (strlen(path) >= PATH_BYTES - DUET_CODING_SUFFIX_BYTES)
		return -ENOENT;
	entry = make(path);
	if (entry == NULL)
		return -ENOMEM;
	if (notices != NULL) {
		entry->trail.notices = notices;
		entry->trail.owner = entry;
		entry->tied = tie(look, entry);
	}
	rc = find_all(look, entry, patience);
	if (rc != 0) {
		duet_entry_unref(entry);
		return rc;
	}
	duet_date_format(entry->modified,
			 entry->forms[0].version.modified.tv_sec);
	*ret = entry;
	return 0;
}

void duet_entry_unref(struct duet_entry *entry)
{
	int i;

	if (entry == NULL || --entry->refs > 0)
		return;
	duet_trail_untie(&entry->trail);
	for (i = 0; i < DUET_N_CODINGS; i++) {
		if (entry->forms[i].fd >= 0)
			(void)close(entry->forms[i].fd);
		duet_mem_free(entry->forms[i].body);
		duet_mem_free(entry->forms[i].ends);
		duet_prepared_free(entry->forms[i].fields);
	}
	duet_mem_free(entry);
}

/* The same file as before, or still none. */
static bool is_form_true(const struct duet_look *look,
			 const struct duet_entry *entry,
			 enum duet_coding coding)
{
	const struct duet_form *form = &entry->forms[coding];
	struct duet_version now;
	char path[PATH_BYTES];
	struct stat st;
	int rc;

	(void)snprintf(path, sizeof(path), "%s%s", entry->path,
		       duet_coding_suffix(coding));
	rc = duet_beneath_stat(look->root, path, &st);
	if (rc != 0 || !S_ISREG(st.st_mode))
		return !form->there && (rc == 0 || is_absence(rc));
	duet_version_of(&now, &st);
	/* One that is too old to be sent is not there; it may be touched. */
	if (!form->there)
		return is_before(&now.modified,
				 &entry->forms[DUET_CODING_IDENTITY]
					  .version.modified);
	return duet_version_equal(&now, &form->version);
}

bool duet_entry_is_true(const struct duet_look *look,
			const struct duet_entry *entry)
{
	int i;

	for (i = 0; i < DUET_N_CODINGS; i++)
		if (!is_form_true(look, entry, (enum duet_coding)i))
			return false;
	return true;
}
