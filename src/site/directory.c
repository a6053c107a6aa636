/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* qsort_r */
#include "site/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/grammar.h"
#include "base/mem.h"
#include "base/str.h"
#include "site/beneath.h"

enum {
	FIRST_ENTRIES = 64,
	PATH_BYTES = 4096, /* what the kernel takes, its NUL included */
	NAMES_MAX_BYTES = DUET_DIRECTORY_ENTRIES_MAX * 256,
	/* Of those that are not shown: what takes time has an end. */
	PASSED_OVER_MAX = 30000,
};

/* A directory being read. */
struct reading {
	const struct duet_place *place;
	DIR *dir;
	int fd; /* the stream's own */
	size_t passed_over;
	size_t path_len;
	char path[PATH_BYTES]; /* relative to the root; where links are put */
};

static bool is_presentable(const char *name)
{
	const unsigned char *p = (const unsigned char *)name;

	if (*p == '.')
		return false;
	for (; *p != '\0'; p++)
		if (duet_is_control(*p))
			return false;
	return true;
}

/* What a link leads to; false: nowhere, or out. */
static bool follow(struct reading *reading, const char *name,
		   struct stat *ret_st)
{
	size_t len = strlen(name);
	int fd;

	if (reading->path_len + len >= sizeof(reading->path))
		return false;
	memcpy(reading->path + reading->path_len, name, len + 1);
	fd = duet_beneath_open(reading->place->root, reading->path, ret_st);
	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

/* What a request for it would find; false: nothing. */
static bool look_at(struct reading *reading, const char *name,
		    struct stat *ret_st)
{
	int rights = R_OK;

	if (!is_presentable(name) ||
	    fstatat(reading->fd, name, ret_st, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	if (S_ISLNK(ret_st->st_mode) && !follow(reading, name, ret_st))
		return false;
	if (S_ISDIR(ret_st->st_mode))
		rights |= X_OK;
	else if (!S_ISREG(ret_st->st_mode))
		return false;
	return !reading->place->is_kept_back(ret_st, reading->place->arg) &&
	       faccessat(reading->fd, name, rights, AT_EACCESS) == 0;
}

static int grow(struct duet_directory *directory)
{
	size_t cap = directory->cap > 0 ? directory->cap * 2 : FIRST_ENTRIES;
	struct duet_directory_entry *entries;

	entries = duet_mem_resize(directory->entries, cap * sizeof(*entries));
	if (entries == NULL)
		return -ENOMEM;
	directory->entries = entries;
	directory->cap = cap;
	return 0;
}

static int add(struct duet_directory *directory, const char *name,
	       const struct stat *st)
{
	struct duet_directory_entry *entry;
	size_t at = duet_buf_len(&directory->names);

	if (directory->count == directory->cap && grow(directory) != 0)
		return -ENOMEM;
	if (duet_buf_add(&directory->names, name, strlen(name) + 1) != DUET_OK)
		return -ENOMEM;
	entry = &directory->entries[directory->count++];
	entry->name = at;
	entry->is_directory = S_ISDIR(st->st_mode);
	entry->size = entry->is_directory ? 0 : (uint64_t)st->st_size;
	entry->modified = st->st_mtim.tv_sec;
	directory->n_directories += entry->is_directory;
	directory->size = entry->size <= INT64_MAX - directory->size
				  ? directory->size + entry->size
				  : INT64_MAX; /* sparse ones need no disk */
	return 0;
}

static int read_all(struct duet_directory *directory, struct reading *reading)
{
	const struct dirent *found;
	struct stat st;
	int rc = 0;

	while (rc == 0) {
		errno = 0;
		found = readdir(reading->dir);
		if (found == NULL)
			return -errno;
		if (!look_at(reading, found->d_name, &st)) {
			directory->is_cut =
				++reading->passed_over > PASSED_OVER_MAX;
			if (directory->is_cut)
				return 0;
			continue;
		}
		directory->is_cut =
			directory->count == DUET_DIRECTORY_ENTRIES_MAX;
		if (directory->is_cut)
			return 0;
		rc = add(directory, found->d_name, &st);
	}
	return rc;
}

/* What holds the place of a directory need not be what reads it. */
static int open_directory(struct reading *reading)
{
	struct stat st;
	int sys_errno;
	int place;
	int fd;

	place = duet_beneath_open(reading->place->root, reading->path, &st);
	if (place < 0)
		return place;
	fd = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sys_errno = errno;
	(void)close(place);
	if (fd < 0)
		return -sys_errno;
	reading->dir = fdopendir(fd);
	if (reading->dir == NULL) {
		sys_errno = errno;
		(void)close(fd);
		return -sys_errno;
	}
	reading->fd = fd;
	return 0;
}

int duet_directory_read(struct duet_directory *directory,
			const struct duet_place *place)
{
	struct reading reading; /* its path is large: no need to clear it */
	size_t len = strlen(place->path);
	int rc;

	memset(directory, 0, sizeof(*directory));
	duet_buf_init(&directory->names, NAMES_MAX_BYTES);
	if (len > sizeof(reading.path))
		return -ENOENT;
	reading.place = place;
	reading.dir = NULL;
	reading.fd = -1;
	reading.passed_over = 0;
	reading.path_len = len - 1;
	memcpy(reading.path, place->path + 1, len);
	rc = open_directory(&reading);
	if (reading.dir == NULL)
		return rc;
	rc = read_all(directory, &reading);
	(void)closedir(reading.dir);
	return rc;
}

void duet_directory_done(struct duet_directory *directory)
{
	duet_mem_free(directory->entries);
	duet_buf_done(&directory->names);
	directory->entries = NULL;
	directory->count = 0;
}

/* ---- order ---- */

struct order {
	const struct duet_directory *directory;
	enum duet_directory_key key;
	bool descending;
};

/* Of two that are the same but for case, the bytes decide: never 0. */
static int compare_names(const char *a, const char *b)
{
	const unsigned char *p = (const unsigned char *)a;
	const unsigned char *q = (const unsigned char *)b;

	while (*p != '\0' && duet_to_lower(*p) == duet_to_lower(*q)) {
		p++;
		q++;
	}
	if (duet_to_lower(*p) != duet_to_lower(*q))
		return duet_to_lower(*p) < duet_to_lower(*q) ? -1 : 1;
	return strcmp(a, b);
}

static int compare(const void *left, const void *right, void *arg)
{
	const struct duet_directory_entry *a = left;
	const struct duet_directory_entry *b = right;
	const struct order *order = arg;
	int by_name;
	int by_key = 0;

	if (a->is_directory != b->is_directory)
		return a->is_directory ? -1 : 1;
	by_name = compare_names(duet_directory_name(order->directory, a),
				duet_directory_name(order->directory, b));
	switch (order->key) {
	case DUET_DIRECTORY_BY_NAME:
		by_key = by_name;
		break;
	case DUET_DIRECTORY_BY_SIZE:
		by_key = (a->size > b->size) - (a->size < b->size);
		break;
	case DUET_DIRECTORY_BY_DATE:
		by_key = (a->modified > b->modified) -
			 (a->modified < b->modified);
		break;
	}
	if (by_key == 0)
		return by_name;
	return order->descending ? -by_key : by_key;
}

void duet_directory_sort(struct duet_directory *directory,
			 enum duet_directory_key key, bool descending)
{
	struct order order = { directory, key, descending };

	if (directory->count > 1)
		qsort_r(directory->entries, directory->count,
			sizeof(*directory->entries), compare, &order);
}
