/* SPDX-License-Identifier: MIT */
/*
 * A table of results by version, type and coding, and a list of the same by
 *use:
 *
 *	newest <-> ... <-> oldest
 *
 * One that replies refer to does not go, since its bytes would not either: the
 * limit is one of memory, and not of a table.
 */
#define _GNU_SOURCE /* sys/stat.h */
#include "site/squeeze.h"

#include <stddef.h>

#include "base/error.h"
#include "base/mem.h"

enum {
	BUCKETS = 2048,
};

struct duet_squeezer {
	struct duet_squeezer_limits limits;
	struct duet_press *press;
	struct duet_squeezed **buckets; /* BUCKETS */
	struct duet_squeezed *newest;
	struct duet_squeezed *oldest;
	struct duet_squeezer_use use;
};

/* ---- the table ---- */

/* Not more than chance can make collide: who names files does not name inodes
 * and times. */
static uint64_t hash_of(const struct duet_version *version,
			enum duet_coding coding)
{
	uint64_t hash = (uint64_t)version->ino * DUET_N_CODINGS + coding;

	hash = (hash ^ (uint64_t)version->dev) * UINT64_C(0x9e3779b97f4a7c15);
	hash = (hash ^ hash >> 32 ^ (uint64_t)version->changed.tv_sec) *
	       UINT64_C(0xbf58476d1ce4e5b9);
	hash = (hash ^ hash >> 32 ^ (uint64_t)version->changed.tv_nsec) *
	       UINT64_C(0x94d049bb133111eb);
	return hash ^ hash >> 32;
}

static struct duet_squeezed **bucket_of(struct duet_squeezer *squeezer,
					uint64_t hash)
{
	return &squeezer->buckets[hash % BUCKETS];
}

static struct duet_squeezed *find(struct duet_squeezer *squeezer,
				  const struct duet_entry *entry,
				  enum duet_coding coding, uint64_t hash)
{
	const struct duet_version *version =
		&entry->forms[DUET_CODING_IDENTITY].version;
	struct duet_squeezed *squeezed = *bucket_of(squeezer, hash);

	while (squeezed != NULL &&
	       (squeezed->hash != hash || squeezed->job.coding != coding ||
		squeezed->type != entry->mime.type ||
		!duet_version_equal(&squeezed->version, version)))
		squeezed = squeezed->next_same;
	return squeezed;
}

static void leave_list(struct duet_squeezer *squeezer,
		       struct duet_squeezed *squeezed)
{
	if (squeezed->newer != NULL)
		squeezed->newer->older = squeezed->older;
	else
		squeezer->newest = squeezed->older;
	if (squeezed->older != NULL)
		squeezed->older->newer = squeezed->newer;
	else
		squeezer->oldest = squeezed->newer;
}

static void join_list(struct duet_squeezer *squeezer,
		      struct duet_squeezed *squeezed)
{
	squeezed->newer = NULL;
	squeezed->older = squeezer->newest;
	if (squeezed->older != NULL)
		squeezed->older->newer = squeezed;
	else
		squeezer->oldest = squeezed;
	squeezer->newest = squeezed;
}

static void drop(struct duet_squeezer *squeezer, struct duet_squeezed *squeezed)
{
	struct duet_squeezed **at = bucket_of(squeezer, squeezed->hash);

	while (*at != squeezed)
		at = &(*at)->next_same;
	*at = squeezed->next_same;
	leave_list(squeezer, squeezed);
	squeezer->use.results--;
	squeezer->use.bytes -= squeezed->held_bytes;
	duet_squeezed_unref(squeezed);
}

static bool has_room(const struct duet_squeezer *squeezer, size_t bytes)
{
	return squeezer->use.results < squeezer->limits.results &&
	       squeezer->use.bytes + bytes <= squeezer->limits.bytes;
}

/* By letting go of what nobody refers to; false: that is not enough. */
static bool make_room(struct duet_squeezer *squeezer, size_t bytes)
{
	struct duet_squeezed *squeezed = squeezer->oldest;
	struct duet_squeezed *newer;

	for (; squeezed != NULL && !has_room(squeezer, bytes);
	     squeezed = newer) {
		newer = squeezed->newer;
		if (squeezed->refs == 1)
			drop(squeezer, squeezed);
	}
	return has_room(squeezer, bytes);
}

static void keep(struct duet_squeezer *squeezer, struct duet_squeezed *squeezed)
{
	struct duet_squeezed **bucket = bucket_of(squeezer, squeezed->hash);

	squeezed->refs++;
	squeezed->next_same = *bucket;
	*bucket = squeezed;
	join_list(squeezer, squeezed);
	squeezer->use.results++;
	squeezer->use.bytes += squeezed->held_bytes;
}

/* ---- new ---- */

int duet_squeezer_new(const struct duet_squeezer_limits *limits,
		      void (*wake)(void *arg), void *arg,
		      struct duet_squeezer **ret, struct duet_error *err)
{
	struct duet_squeezer *squeezer = duet_mem_zalloc(sizeof(*squeezer));
	int rc;

	if (squeezer == NULL)
		return duet_error_nomem(err);
	squeezer->limits = *limits;
	squeezer->buckets = duet_mem_array(BUCKETS, sizeof(*squeezer->buckets));
	rc = squeezer->buckets != NULL
		     ? duet_press_new(wake, arg, &squeezer->press, err)
		     : duet_error_nomem(err);
	if (rc != DUET_OK) {
		duet_squeezer_free(squeezer);
		return rc;
	}
	*ret = squeezer;
	return DUET_OK;
}

void duet_squeezed_unref(struct duet_squeezed *squeezed)
{
	if (squeezed == NULL || --squeezed->refs > 0)
		return;
	duet_mem_free(squeezed->job.form.body);
	duet_prepared_free(squeezed->job.form.fields);
	duet_mem_free(squeezed);
}

/* ---- the press ---- */

static struct duet_squeezed *squeezed_of(struct duet_press_job *job)
{
	return (struct duet_squeezed *)((char *)job -
					offsetof(struct duet_squeezed, job));
}

/* What was counted for it becomes what it holds; its reference to us ends. */
static void settle(struct duet_squeezer *squeezer,
		   struct duet_squeezed *squeezed)
{
	size_t was = squeezed->held_bytes;

	duet_entry_unref(squeezed->entry);
	squeezed->entry = NULL;
	squeezed->held_bytes = 0;
	switch (squeezed->job.outcome) {
	case DUET_PRESSED_READY:
		squeezed->state = DUET_SQUEEZED_READY;
		squeezed->held_bytes = (size_t)squeezed->job.form.version.size;
		break;
	case DUET_PRESSED_WORTHLESS:
		squeezed->state = DUET_SQUEEZED_WORTHLESS;
		break;
	case DUET_PRESSED_FAILED:
		squeezed->state = DUET_SQUEEZED_FAILED;
		break;
	}
	squeezer->use.waiting_bytes -= was;
	squeezer->use.bytes -= was - squeezed->held_bytes;
	if (squeezed->state == DUET_SQUEEZED_FAILED)
		drop(squeezer, squeezed);
	duet_squeezed_unref(squeezed);
}

static void settle_all(struct duet_squeezer *squeezer,
		       struct duet_press_job *job)
{
	struct duet_press_job *next;

	for (; job != NULL; job = next) {
		next = job->next;
		settle(squeezer, squeezed_of(job));
	}
}

void duet_squeezer_step(struct duet_squeezer *squeezer)
{
	if (squeezer->use.waiting_bytes > 0)
		settle_all(squeezer, duet_press_take(squeezer->press));
}

void duet_squeezer_free(struct duet_squeezer *squeezer)
{
	if (squeezer == NULL)
		return;
	settle_all(squeezer, duet_press_free(squeezer->press));
	while (squeezer->oldest != NULL)
		drop(squeezer, squeezer->oldest);
	duet_mem_free(squeezer->buckets);
	duet_mem_free(squeezer);
}

/* ---- get ---- */

bool duet_squeezer_takes(const struct duet_squeezer *squeezer,
			 const struct duet_entry *entry)
{
	uint64_t size = entry->sizes[DUET_CODING_IDENTITY];

	return entry->mime.shrinks && size >= squeezer->limits.file_min_bytes &&
	       size <= squeezer->limits.file_max_bytes;
}

/* NULL: not now. */
static struct duet_squeezed *begin(struct duet_squeezer *squeezer,
				   struct duet_entry *entry,
				   enum duet_coding coding, uint64_t hash)
{
	const struct duet_form *original = &entry->forms[DUET_CODING_IDENTITY];
	size_t size = (size_t)original->version.size;
	struct duet_squeezed *squeezed;

	if (squeezer->use.waiting_bytes + size >
		    squeezer->limits.waiting_bytes ||
	    !make_room(squeezer, size))
		return NULL;
	squeezed = duet_mem_zalloc(sizeof(*squeezed));
	if (squeezed == NULL)
		return NULL;
	squeezed->refs = 1; /* the press's, until it is settled */
	squeezed->version = original->version;
	squeezed->type = entry->mime.type;
	squeezed->hash = hash;
	squeezed->held_bytes = size;
	squeezed->entry = duet_entry_ref(entry);
	squeezed->job.original = original;
	squeezed->job.coding = coding;
	keep(squeezer, squeezed);
	squeezer->use.waiting_bytes += size;
	duet_press_give(squeezer->press, &squeezed->job);
	return squeezed;
}

struct duet_squeezed *duet_squeezer_get(struct duet_squeezer *squeezer,
					struct duet_entry *entry,
					enum duet_coding coding, bool may_wait)
{
	const struct duet_version *version =
		&entry->forms[DUET_CODING_IDENTITY].version;
	uint64_t hash = hash_of(version, coding);
	struct duet_squeezed *squeezed = find(squeezer, entry, coding, hash);

	if (squeezed != NULL) {
		leave_list(squeezer, squeezed);
		join_list(squeezer, squeezed);
	} else if (may_wait) {
		squeezed = begin(squeezer, entry, coding, hash);
	}
	if (squeezed == NULL || squeezed->state == DUET_SQUEEZED_WORTHLESS ||
	    (squeezed->state == DUET_SQUEEZED_WAITING && !may_wait))
		return NULL;
	squeezed->refs++;
	return squeezed;
}

struct duet_squeezer_use duet_squeezer_use(const struct duet_squeezer *squeezer)
{
	return squeezer->use;
}
