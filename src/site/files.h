/* SPDX-License-Identifier: MIT */
/* site/files.h - a directory as a site. */
#ifndef DUET_SITE_FILES_H
#define DUET_SITE_FILES_H

#include <duet/server.h>

struct duet_files;

/* The files beneath dir, which must be a directory. DUET_E_SYSTEM (the
 * sentence names dir) or DUET_E_NOMEM. */
DUET_CHECK int duet_files_new(const char *dir, struct duet_files **ret,
			      struct duet_error *err);
void duet_files_free(struct duet_files *files);

/*
 * From now on the file at path, if there is one, is not there for clients,
 * whatever name or link leads to it: it is known by its inode. At most
 * DUET_FILES_KEPT_BACK_MAX, before requests are answered. DUET_E_SYSTEM (the
 * sentence names path), DUET_E_LIMIT.
 */
enum {
	DUET_FILES_KEPT_BACK_MAX = 8,
};
DUET_CHECK int duet_files_keep_back(struct duet_files *files, const char *path,
				    struct duet_error *err);
/* Whether a path below the directory, which begins with '/', has a name in it
 * for which it is not served. */
bool duet_files_is_hidden(const char *path);

/* From now on a directory without an index.html is listed: site/listing.h. */
void duet_files_list(struct duet_files *files);

/*
 * Answer one request; a duet_handler, with a struct duet_files as its arg.
 * GET and HEAD: the file, its index.html for a directory, all conditional
 * fields and ranges (RFC 9110 s13, s14). Others: 405. Nothing outside of the
 * directory and nothing whose name begins with a dot, but for /.well-known.
 */
void duet_files_handle(struct duet_exchange *exchange, void *files);

#endif
