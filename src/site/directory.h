/* SPDX-License-Identifier: MIT */
/* site/directory.h - what there is in a directory for people to see. */
#ifndef DUET_SITE_DIRECTORY_H
#define DUET_SITE_DIRECTORY_H

#include <sys/stat.h>

#include "base/buf.h"

enum {
	DUET_DIRECTORY_ENTRIES_MAX = 10000,
};

/* Where to look. Borrowed for the call. */
struct duet_place {
	int root;         /* as of duet_beneath_root() */
	const char *path; /* clean; begins and ends with '/' */
	/* What is not there for clients. */
	bool (*is_kept_back)(const struct stat *st, void *arg);
	void *arg;
	const char *shown; /* what people know it by; NULL: as path */
};

struct duet_directory_entry {
	size_t name; /* where it is among the names, with a NUL behind it */
	uint64_t size;
	int64_t modified; /* wall seconds */
	bool is_directory;
};

struct duet_directory {
	struct duet_directory_entry *entries;
	size_t count;
	size_t cap;
	size_t n_directories;
	uint64_t size; /* of all files together; INT64_MAX at most */
	bool is_cut;   /* there is more than was read */
	struct duet_buf names;
};

enum duet_directory_key {
	DUET_DIRECTORY_BY_NAME,
	DUET_DIRECTORY_BY_SIZE,
	DUET_DIRECTORY_BY_DATE,
};

/*
 * Read it, in no order; duet_directory_done() in any case. 0, or -errno:
 * -ENOENT, -EACCES, -EMFILE, -ENOMEM...
 *
 * Its entries are what a request for that name would be given: readable
 * regular files, directories that may be entered and listed, and links to
 * them that stay beneath the root, seen as what they lead to. Names with a dot
 * at the beginning or with control characters, which no request can have, are
 * left out, as is what is kept back. Rights are asked of the kernel, so that
 * ACLs count; who may read a directory's index.html but not the directory sees
 * it left out all the same.
 */
DUET_CHECK int duet_directory_read(struct duet_directory *directory,
				   const struct duet_place *place);
void duet_directory_done(struct duet_directory *directory);

/* Directories first; by name without regard to the case of ASCII letters;
 * what is equal in size or date is in the order of names, either way. */
void duet_directory_sort(struct duet_directory *directory,
			 enum duet_directory_key key, bool descending);

static inline const char *duet_directory_name(
	const struct duet_directory *directory,
	const struct duet_directory_entry *entry)
{
	return (const char *)directory->names.data + entry->name;
}

#endif
