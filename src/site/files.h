/* SPDX-License-Identifier: MIT */
/* site/files.h - a directory as a site. */
#ifndef DUET_SITE_FILES_H
#define DUET_SITE_FILES_H

#include <signal.h>

#include <duet/server.h>

#include "base/buf.h"
#include "site/kept_back.h"

struct duet_cache;
struct duet_dress;
struct duet_files;
struct duet_squeezer;

/* The files beneath dir, which must be a directory. DUET_E_SYSTEM (the
 * sentence names dir) or DUET_E_NOMEM. */
DUET_CHECK int duet_files_new(const char *dir, struct duet_files **ret,
			      struct duet_error *err);
void duet_files_free(struct duet_files *files);

/* From now on the files of the set, which outlives files, are not there for
 * clients. */
void duet_files_keep_back(struct duet_files *files,
			  const struct duet_kept_back *set);
/* Whether a path below the directory, which begins with '/', has a name in it
 * for which it is not served. */
bool duet_files_is_hidden(const char *path);

/* How they are shown; zero is the plain way. */
struct duet_files_way {
	/* So many bytes of a request's clean path, "/a" of "/a/b", stand for
	 * the directory. */
	size_t skip;
	/* A file beneath it, "/index.html", in place of one that is not there;
	 * or NULL. */
	const char *fallback;
	/* What a reply with that file has, instead of what was said of the
	 * request's path; or NULL. Borrowed as the way is. */
	const struct duet_dress *fallback_dress;
	bool list;       /* a directory without an index.html: site/listing.h */
	bool no_squeeze; /* nothing is encoded on the fly */
};

/*
 * Where files that are asked for again and again are remembered, of this
 * process and thread and of all its directories; made after any fork(2).
 * stirred as for duet_notices_new(): with NULL, or where changes are not told,
 * a change is seen only when a file is looked at again, DUET_FILES_RECHECK_MS
 * later. For the limits see duet-serve(1). DUET_E_NOMEM.
 */
enum {
	DUET_FILES_ENTRIES_MAX = 1024,
	DUET_FILES_OPEN_MAX = 256,
	DUET_FILES_BODIES_MAX_BYTES = 16 << 20,
	DUET_FILES_RECHECK_MS = 1000,
	DUET_FILES_IDLE_MS = 60000,
};
DUET_CHECK int duet_files_cache_new(volatile sig_atomic_t *stirred,
				    struct duet_cache **ret,
				    struct duet_error *err);
/* Use it from now on; NULL: none. Before requests are answered, and after the
 * last. */
void duet_files_remember(struct duet_files *files, struct duet_cache *cache);

/*
 * From now on, until it is NULL, files of which there is no encoded form are
 * encoded on the fly. A request waits for it, so that what a client gets, or a
 * cache in between, does not depend on who came before; but no longer than
 * DUET_FILES_SQUEEZE_MS. What duet_squeezer_step() has finished is replied with
 * by the next duet_files_step().
 */
enum {
	DUET_FILES_SQUEEZE_MS = 2000,
};
void duet_files_squeeze(struct duet_files *files,
			struct duet_squeezer *squeezer);

/*
 * Answer one request. way is borrowed until it has been answered.
 * GET and HEAD: the file, its index.html for a directory, the form of it that
 * the client likes best, all conditional fields and ranges (RFC 9110 s12.5.3,
 * s13, s14). Others: 405. Nothing outside of the directory and nothing whose
 * name begins with a dot, but for /.well-known.
 *
 * The answer may come later, by duet_files_step().
 */
void duet_files_handle(struct duet_files *files,
		       const struct duet_files_way *way,
		       struct duet_exchange *exchange);
/* Between two steps of the server: do what is due. Returns ms until more will
 * be; -1: nothing is under way. */
int32_t duet_files_step(struct duet_files *files);
/* An answer is to come by duet_files_step(). */
bool duet_files_has_waiting(const struct duet_files *files);

bool duet_files_has_directory(const struct duet_files *files, const char *path);
/* Why that which is there under path, "/404.html", is not: in words, for those
 * whose site it is. NULL: it is not there, or shown, or errno says it. */
const char *duet_files_why_not(const struct duet_files *files,
			       const char *path);
/* Whether the file at path could be shown now: 0 or -errno. */
DUET_CHECK int duet_files_look(const struct duet_files *files,
			       const char *path);
/* Append what it has. 0; -errno; -EFBIG: it is more than buf may
 * hold; -ENOMEM. */
DUET_CHECK int duet_files_read(const struct duet_files *files, const char *path,
			       struct duet_buf *buf);

#endif
