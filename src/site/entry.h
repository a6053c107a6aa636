/* SPDX-License-Identifier: MIT */
/*
 * site/entry.h - what is known of one path: the file it leads to, and those
 * beside it that hold the same encoded (NAME.zst, NAME.br, NAME.gz).
 *
 * An entry does not change once it is made, but for being told that it is out
 * of date, and for what send.c keeps of replies to make the next one of. It
 * lives as long as somebody refers to it: replies go on with what they have
 * begun.
 */
#ifndef DUET_SITE_ENTRY_H
#define DUET_SITE_ENTRY_H

#include <sys/stat.h>

#include <time.h>

#include "http/date.h"
#include "http/encoding.h"
#include "http/etag.h"
#include "http/mime.h"
#include "http/prepared.h"
#include "site/trail.h"

enum {
	DUET_BODY_MAX_BYTES = 128 * 1024, /* of a file that is held in memory */
	/* A file is at rest when it has not been changed for so long: it may
	 * be changed again without another time of change. Longer than a tick
	 * of any kernel's clock. */
	DUET_REST_MS = 20,
	/* For so long where it is open for writing, or may be: the call that
	 * changes it may be under way, of a thread that waits for its turn. */
	DUET_WRITER_REST_MS = 250,
	/* At each end of a file that grows: they tell whether it was begun
	 * anew. */
	DUET_END_BYTES = 4096,
};

/* Which bytes a file has, as far as fstat(2) tells. */
struct duet_version {
	dev_t dev;
	ino_t ino;
	off_t size;
	nlink_t links; /* not a difference by itself */
	struct timespec modified;
	struct timespec changed;
};
void duet_version_of(struct duet_version *ret, const struct stat *st);
bool duet_version_equal(const struct duet_version *a,
			const struct duet_version *b);

enum duet_rest {
	DUET_AT_REST,
	DUET_RESTLESS, /* will be at rest within DUET_WRITER_REST_MS */
	/* Its time of change does not tell one change from the next: it is in
	 * the future, or of a file system that counts seconds. */
	DUET_VAGUE,
};
/* is_local: the clock of the file system is ours; then it is rest_ms that it
 * takes. */
enum duet_rest duet_version_rest(const struct duet_version *version,
				 bool is_local, int rest_ms,
				 const struct timespec *now);

/* One file: the thing as it is, or encoded. */
struct duet_form {
	bool there;
	int fd;        /* for reading; -1: all of it is in body */
	uint8_t *body; /* version.size bytes, or NULL */
	bool is_local; /* by its file system: see duet_version_rest() */
	struct duet_version version;
	enum duet_rest rest;
	char etag[DUET_ETAG_BYTES];
	/* Of one that grows: its first bytes, and then its last ones; or NULL.
	 */
	uint8_t *ends;
	/* Of a 200 reply with all of it, once there was one; or NULL. */
	struct duet_prepared *fields;
	bool fields_vary; /* they say so */
};

struct duet_entry {
	unsigned refs;
	bool stale;          /* it was told of a change */
	bool written;        /* of the bytes of one of its files */
	bool tied;           /* it will be told of every change */
	bool grows;          /* it was longer after each change that was seen */
	enum duet_rest rest; /* the worst of its forms */
	struct duet_mime mime;
	char modified[DUET_DATE_BYTES];
	struct duet_form forms[DUET_N_CODINGS];
	uint64_t sizes[DUET_N_CODINGS]; /* UINT64_MAX: not there */
	bool has_choice;                /* more than one of them */
	struct duet_trail trail;

	/* The cache's. */
	bool kept;
	const struct duet_look *look;
	struct duet_entry *next_same; /* in its bucket */
	struct duet_entry *older;
	struct duet_entry *newer;
	uint64_t hash;
	int64_t checked_ms;
	size_t held_bytes;
	size_t held_fds;
	size_t path_len;
	char path[];
};

/* Of one who waits for a file to come to rest: what he has seen of it. All
 * zero at first. */
struct duet_patience {
	bool is_over; /* it is taken as it is */
	bool was_seen;
	bool has_grown;   /* by a change */
	bool has_changed; /* otherwise */
	struct duet_version seen;
};

/* How to find out. */
struct duet_look {
	int root;
	/* A file that is not there for clients. */
	bool (*is_kept_back)(const struct stat *st, void *arg);
	void *arg;
};

/*
 * Look at path, which is relative. notices, if not NULL: the entry is told of
 * changes from before it is looked at, if all of it can be watched. patience
 * NULL: it is over. 0, and *ret has one reference; -EAGAIN: it is restless, and
 * patience is not over; -EISDIR: it is a directory; -errno as
 * duet_beneath_open().
 */
DUET_CHECK int duet_entry_new(const struct duet_look *look, const char *path,
			      struct duet_notices *notices,
			      struct duet_patience *patience,
			      struct duet_entry **ret);
static inline struct duet_entry *duet_entry_ref(struct duet_entry *entry)
{
	entry->refs++;
	return entry;
}
void duet_entry_unref(struct duet_entry *entry);

/* Look again, without opening: whether all of it is as it was. */
bool duet_entry_is_true(const struct duet_look *look,
			const struct duet_entry *entry);

/* Some of the bytes of a form from offset on, want at most: DUET_OK, or
 * DUET_E_SYSTEM, DUET_E_TRUNCATED with the cause. */
DUET_CHECK int duet_form_read(const struct duet_form *form, void *buf,
			      size_t want, uint64_t offset, size_t *ret_n,
			      struct duet_error *why);
/*
 * Of an entry that grows, after each piece that is read of it: *seen is how
 * large the form was before, at first 0. DUET_OK, or DUET_E_TRUNCATED: it has
 * been shorter since, and what comes may be another log's.
 */
DUET_CHECK int duet_form_has_grown_on(const struct duet_form *form, off_t *seen,
				      struct duet_error *why);
/* Whether an open file is still the one that was looked at. */
bool duet_form_is_as_it_was(const struct duet_form *form);
/*
 * After the last byte has been read, before it is given away: that all came of
 * one version. DUET_OK, or DUET_E_TRUNCATED with the cause.
 */
DUET_CHECK int duet_entry_verify(const struct duet_entry *entry,
				 const struct duet_form *form,
				 struct duet_error *why);

#endif
