/* SPDX-License-Identifier: MIT */
/*
 * A table of entries by look and path, and a list of the same by use:
 *
 *	newest <-> ... <-> oldest
 *
 * A path is kept when it is asked for the second time: to watch all that it is
 * found by costs more than to find it, and who asks for each file once, as a
 * crawler does, shall not drive out those that are asked for.
 */
#define _GNU_SOURCE /* sys/stat.h */
#include "site/cache.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"

enum {
	BUCKETS = 2048,
	SEEN = 4096,    /* paths that were asked for once */
	TRIES = 5,      /* to find one that is not changed meanwhile */
	STEP_MS = 1000, /* a file that was removed is closed after so long */
};

struct duet_cache {
	struct duet_cache_limits limits;
	volatile sig_atomic_t *stirred;
	struct duet_notices *notices; /* NULL: nobody tells */
	struct duet_entry *buckets[BUCKETS];
	struct duet_entry *newest;
	struct duet_entry *oldest;
	struct duet_cache_use use;
	bool told; /* an entry that is kept is stale */
	uint32_t seen[SEEN];
};

/* ---- the table ---- */

/* FNV-1a */
static uint64_t hash_of(const struct duet_look *look, const char *path)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uint32_t)look->root;

	for (; *path != '\0'; path++)
		hash = (hash ^ (unsigned char)*path) * UINT64_C(0x100000001b3);
	return hash;
}

static struct duet_entry **bucket_of(struct duet_cache *cache, uint64_t hash)
{
	return &cache->buckets[hash % BUCKETS];
}

static struct duet_entry *find(struct duet_cache *cache,
			       const struct duet_look *look, const char *path,
			       uint64_t hash)
{
	struct duet_entry *entry = *bucket_of(cache, hash);

	while (entry != NULL && (entry->hash != hash || entry->look != look ||
				 strcmp(entry->path, path) != 0))
		entry = entry->next_same;
	return entry;
}

static void leave_list(struct duet_cache *cache, struct duet_entry *entry)
{
	if (entry->newer != NULL)
		entry->newer->older = entry->older;
	else
		cache->newest = entry->older;
	if (entry->older != NULL)
		entry->older->newer = entry->newer;
	else
		cache->oldest = entry->newer;
}

static void join_list(struct duet_cache *cache, struct duet_entry *entry)
{
	entry->newer = NULL;
	entry->older = cache->newest;
	if (entry->older != NULL)
		entry->older->newer = entry;
	else
		cache->oldest = entry;
	cache->newest = entry;
}

static void drop(struct duet_cache *cache, struct duet_entry *entry)
{
	struct duet_entry **at = bucket_of(cache, entry->hash);

	while (*at != entry)
		at = &(*at)->next_same;
	*at = entry->next_same;
	leave_list(cache, entry);
	cache->use.entries--;
	cache->use.fds -= entry->held_fds;
	cache->use.bytes -= entry->held_bytes;
	entry->kept = false;
	duet_entry_unref(entry);
}

static void drop_all(struct duet_cache *cache)
{
	while (cache->oldest != NULL)
		drop(cache, cache->oldest);
}

/* The one that has not been used for longest, and holds a file open. */
static bool drop_a_file(struct duet_cache *cache)
{
	struct duet_entry *entry = cache->oldest;

	while (entry != NULL && entry->held_fds == 0)
		entry = entry->newer;
	if (entry == NULL)
		return false;
	drop(cache, entry);
	return true;
}

static void make_room(struct duet_cache *cache, const struct duet_entry *entry)
{
	const struct duet_cache_limits *limits = &cache->limits;

	while (cache->use.entries + 1 > limits->entries ||
	       cache->use.bytes + entry->held_bytes > limits->bytes)
		drop(cache, cache->oldest);
	while (cache->use.fds + entry->held_fds > limits->fds &&
	       drop_a_file(cache))
		;
}

static void keep(struct duet_cache *cache, const struct duet_look *look,
		 struct duet_entry *entry, uint64_t hash)
{
	const struct duet_cache_limits *limits = &cache->limits;

	if (entry->held_bytes > limits->bytes || entry->held_fds > limits->fds)
		return;
	make_room(cache, entry);
	entry->look = look;
	entry->hash = hash;
	entry->checked_ms = duet_clock_tick_ms();
	entry->next_same = *bucket_of(cache, hash);
	*bucket_of(cache, hash) = duet_entry_ref(entry);
	join_list(cache, entry);
	entry->kept = true;
	cache->use.entries++;
	cache->use.fds += entry->held_fds;
	cache->use.bytes += entry->held_bytes;
}

/* ---- what is told ---- */

static void on_told(void *owner, bool is_written, void *arg)
{
	struct duet_entry *entry = owner;
	struct duet_cache *cache = arg;

	entry->stale = true;
	entry->written = entry->written || is_written;
	cache->told = cache->told || entry->kept;
}

/* Somebody may have read the notices for an entry of his own. */
static void drop_stale(struct duet_cache *cache)
{
	struct duet_entry *entry = cache->oldest;
	struct duet_entry *newer;

	if (!cache->told)
		return;
	cache->told = false;
	for (; entry != NULL; entry = newer) {
		newer = entry->newer;
		if (entry->stale)
			drop(cache, entry);
	}
}

static void hear(struct duet_cache *cache)
{
	if (cache->notices != NULL && duet_notices_are_due(cache->stirred))
		duet_notices_read(cache->notices);
	drop_stale(cache);
}

/* ---- new ---- */

int duet_cache_new(const struct duet_cache_limits *limits,
		   volatile sig_atomic_t *stirred, struct duet_cache **ret,
		   struct duet_error *err)
{
	struct duet_cache *cache = duet_mem_zalloc(sizeof(*cache));
	struct duet_error why;

	if (cache == NULL)
		return duet_error_nomem(err);
	cache->limits = *limits;
	cache->stirred = stirred;
	if (stirred == NULL ||
	    duet_notices_new(stirred, on_told, cache, &cache->notices, &why) !=
		    DUET_OK)
		cache->notices = NULL;
	*ret = cache;
	return DUET_OK;
}

void duet_cache_free(struct duet_cache *cache)
{
	if (cache == NULL)
		return;
	drop_all(cache);
	duet_notices_free(cache->notices);
	duet_mem_free(cache);
}

bool duet_cache_is_told(const struct duet_cache *cache)
{
	return cache->notices != NULL;
}

/* ---- get ---- */

/* Found before, not too long ago. */
static bool was_seen(const struct duet_cache *cache, uint64_t hash)
{
	return cache->seen[hash % SEEN] == (uint32_t)(hash >> 32);
}

static void note_seen(struct duet_cache *cache, uint64_t hash, bool is_there)
{
	if (is_there)
		cache->seen[hash % SEEN] = (uint32_t)(hash >> 32);
	else if (was_seen(cache, hash))
		cache->seen[hash % SEEN] = 0;
}

/* Where and how to find one. */
struct quest {
	const struct duet_look *look;
	const char *path;
	struct duet_patience *patience;
};

/* Files that nobody sends are let go, if the process has too many. */
static int find_with_room(struct duet_cache *cache, const struct quest *quest,
			  bool tied, struct duet_entry **ret)
{
	struct duet_notices *notices =
		cache != NULL && tied ? cache->notices : NULL;
	int rc = duet_entry_new(quest->look, quest->path, notices,
				quest->patience, ret);

	if ((rc != -EMFILE && rc != -ENFILE) || cache == NULL ||
	    cache->use.fds == 0)
		return rc;
	while (drop_a_file(cache))
		;
	return duet_entry_new(quest->look, quest->path, notices,
			      quest->patience, ret);
}

/* What it was found by is as it was then. */
static bool is_certain(struct duet_cache *cache, struct duet_entry *entry)
{
	if (cache == NULL || !entry->tied)
		return true;
	duet_notices_read(cache->notices);
	drop_stale(cache);
	return !entry->stale;
}

/* cache NULL: nobody tells. */
static int look_at(struct duet_cache *cache, const struct quest *quest,
		   bool tied, struct duet_entry **ret)
{
	bool is_told = cache != NULL && cache->notices != NULL;
	struct duet_entry *entry = NULL;
	int rc = 0;
	int i;

	for (i = 0; i < TRIES; i++) {
		rc = find_with_room(cache, quest, tied, &entry);
		if (rc != 0)
			return rc;
		/* Its times do not tell; only notices do. What is at rest
		 * proves itself: see duet_entry_verify(). */
		if (entry->rest != DUET_AT_REST && !tied && is_told)
			tied = true;
		else if (is_certain(cache, entry) ||
			 (i == TRIES - 1 && entry->rest == DUET_AT_REST))
			break;
		duet_entry_unref(entry);
		entry = NULL;
	}
	if (entry == NULL)
		return -EBUSY;
	*ret = entry;
	return 0;
}

/* It is looked at again, if that was too long ago. */
static bool is_still_true(struct duet_cache *cache, struct duet_entry *entry)
{
	int64_t now_ms = duet_clock_tick_ms();

	if (now_ms - entry->checked_ms < cache->limits.recheck_ms)
		return true;
	entry->checked_ms = now_ms;
	return duet_entry_is_true(entry->look, entry);
}

static bool is_for_keeping(const struct duet_entry *entry)
{
	return entry->rest == DUET_AT_REST && !entry->stale;
}

int duet_cache_get(struct duet_cache *cache, const struct duet_look *look,
		   const char *path, struct duet_patience *patience,
		   struct duet_entry **ret)
{
	const struct quest quest = { look, path, patience };
	struct duet_entry *entry;
	uint64_t hash;
	bool again;
	int rc;

	if (cache == NULL)
		return look_at(NULL, &quest, false, ret);
	hear(cache);
	hash = hash_of(look, path);
	entry = find(cache, look, path, hash);
	if (entry != NULL && is_still_true(cache, entry)) {
		leave_list(cache, entry);
		join_list(cache, entry);
		*ret = duet_entry_ref(entry);
		return 0;
	}
	again = entry != NULL || was_seen(cache, hash);
	if (entry != NULL)
		drop(cache, entry);
	rc = look_at(cache, &quest, again && cache->notices != NULL, &entry);
	if (rc == -EAGAIN)
		return rc;
	note_seen(cache, hash, rc == 0);
	if (rc != 0)
		return rc;
	if (again && is_for_keeping(entry))
		keep(cache, look, entry, hash);
	*ret = entry;
	return 0;
}

int32_t duet_cache_step(struct duet_cache *cache)
{
	int64_t limit_ms;

	hear(cache);
	if (cache->oldest == NULL)
		return -1;
	limit_ms = duet_clock_tick_ms() - cache->limits.idle_ms;
	/* It is looked at again at least that often while it is used. */
	while (cache->oldest != NULL && cache->oldest->checked_ms < limit_ms)
		drop(cache, cache->oldest);
	return cache->oldest != NULL ? STEP_MS : -1;
}

struct duet_cache_use duet_cache_use(const struct duet_cache *cache)
{
	return cache->use;
}
