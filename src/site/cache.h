/* SPDX-License-Identifier: MIT */
/*
 * site/cache.h - entries that are kept, as long as they are true.
 *
 * True by notice: an entry goes as soon as anything it was found by changes.
 * And by looking again, once in recheck_ms at most, for what nobody tells of
 * (see site/notice.h), or where nobody tells at all.
 */
#ifndef DUET_SITE_CACHE_H
#define DUET_SITE_CACHE_H

#include "site/entry.h"

struct duet_cache;

struct duet_cache_limits {
	size_t entries;
	size_t fds;   /* open files of entries that are kept */
	size_t bytes; /* of their bodies */
	int64_t recheck_ms;
	int64_t idle_ms; /* an entry that nobody asks for goes */
};

/*
 * Of this process and thread, for any number of directories. stirred as for
 * duet_notices_new(); NULL, or where that does not work: nobody tells.
 * DUET_E_NOMEM.
 */
DUET_CHECK int duet_cache_new(const struct duet_cache_limits *limits,
			      volatile sig_atomic_t *stirred,
			      struct duet_cache **ret, struct duet_error *err);
/* Entries that replies still refer to are not to be unreferenced later. */
void duet_cache_free(struct duet_cache *cache);
/* Whether changes are told. */
bool duet_cache_is_told(const struct duet_cache *cache);

/*
 * The entry of a path, which is relative, with a reference for the caller.
 * cache NULL: one that is not kept. look has to stay as long as the cache. 0;
 * -EISDIR: it is a directory; -errno as duet_beneath_open(); -EAGAIN: it has
 * just been changed, ask again in DUET_REST_MS with the same patience (NULL: it
 * is over); -EBUSY: it is changed faster than it can be read.
 */
DUET_CHECK int duet_cache_get(struct duet_cache *cache,
			      const struct duet_look *look, const char *path,
			      struct duet_patience *patience,
			      struct duet_entry **ret);
/* Let go of what is out of date or has not been asked for. Returns ms until
 * this is due again; -1: nothing is kept. */
int32_t duet_cache_step(struct duet_cache *cache);

struct duet_cache_use {
	size_t entries;
	size_t fds;
	size_t bytes;
};
struct duet_cache_use duet_cache_use(const struct duet_cache *cache);

#endif
