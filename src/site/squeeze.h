/* SPDX-License-Identifier: MIT */
/*
 * site/squeeze.h - files that are encoded on the fly, and what is kept of that.
 *
 *   asked for --> WAITING --press.c--> READY       kept, its bytes are counted
 *                                 \--> WORTHLESS   kept, so that nobody tries
 *                                 \--> FAILED      not kept
 *
 * Results are kept by the version of their file, so that none is ever taken for
 * that of another version; they do not go with what else is known of a path,
 * and are of one inode, whatever names of one type it has. What is out of date
 * is not asked for any more, and goes as what was not used for longest.
 *
 * One for a process, and of the thread that made it.
 */
#ifndef DUET_SITE_SQUEEZE_H
#define DUET_SITE_SQUEEZE_H

#include "site/press.h"

struct duet_squeezer_limits {
	size_t results;
	/* Of the results, and of the files that are waiting to be one: no
	 * result is longer than its file. */
	size_t bytes;
	size_t waiting_bytes; /* of the latter alone */
	uint64_t file_min_bytes;
	uint64_t file_max_bytes;
};

enum duet_squeezed_state {
	DUET_SQUEEZED_WAITING,
	DUET_SQUEEZED_READY,
	DUET_SQUEEZED_WORTHLESS,
	DUET_SQUEEZED_FAILED,
};

/* A file in a coding. It stays as long as somebody refers to it. */
struct duet_squeezed {
	unsigned refs;
	enum duet_squeezed_state state;
	struct duet_press_job job; /* READY: job.form */
	struct duet_version version;
	const char *type; /* which job.form.fields name */

	/* The squeezer's. */
	uint64_t hash;
	size_t held_bytes;
	struct duet_entry *entry; /* WAITING: the file */
	struct duet_squeezed *next_same;
	struct duet_squeezed *older;
	struct duet_squeezed *newer;
};

struct duet_squeezer;

/*
 * wake is called in a thread of ours when duet_squeezer_step() has something to
 * do. The process has forked all it will. DUET_E_SYSTEM, DUET_E_NOMEM.
 */
DUET_CHECK int duet_squeezer_new(const struct duet_squeezer_limits *limits,
				 void (*wake)(void *arg), void *arg,
				 struct duet_squeezer **ret,
				 struct duet_error *err);
/* Entries that it refers to are let go, so before their cache. */
void duet_squeezer_free(struct duet_squeezer *squeezer);

/* Whether the entry is of a type and size that is encoded on the fly. */
bool duet_squeezer_takes(const struct duet_squeezer *squeezer,
			 const struct duet_entry *entry);
/*
 * The entry, which it takes and which is at rest, in a coding of which there is
 * no form: READY, or WAITING if may_wait, with a reference for the caller.
 * NULL: it is to be sent as it is, since it would hardly be shorter, or there
 * is no room, or too much is waiting.
 */
struct duet_squeezed *duet_squeezer_get(struct duet_squeezer *squeezer,
					struct duet_entry *entry,
					enum duet_coding coding, bool may_wait);
void duet_squeezed_unref(struct duet_squeezed *squeezed);
/* Those that are finished become READY, WORTHLESS or FAILED. */
void duet_squeezer_step(struct duet_squeezer *squeezer);

struct duet_squeezer_use {
	size_t results;
	size_t bytes;
	size_t waiting_bytes;
};
struct duet_squeezer_use duet_squeezer_use(
	const struct duet_squeezer *squeezer);

#endif
