/* SPDX-License-Identifier: MIT */
/* site/kept_back.h - files that are not served, whatever name leads to them:
 * they are known by their inodes. One set is for any number of sites. */
#ifndef DUET_SITE_KEPT_BACK_H
#define DUET_SITE_KEPT_BACK_H

#include <sys/stat.h>

#include <duet/error.h>

struct duet_kept_back;

DUET_CHECK int duet_kept_back_new(struct duet_kept_back **ret,
				  struct duet_error *err);
void duet_kept_back_free(struct duet_kept_back *set);

/* The file at path, if there is one that we can reach. It stays open, so that
 * no other gets its inode. DUET_E_SYSTEM (the sentence names path). */
DUET_CHECK int duet_kept_back_add(struct duet_kept_back *set, const char *path,
				  struct duet_error *err);
/* set may be NULL, and has nothing then. */
bool duet_kept_back_has(const struct duet_kept_back *set,
			const struct stat *st);
/* As many descriptors it holds. */
size_t duet_kept_back_count(const struct duet_kept_back *set);

#endif
