/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* O_PATH */
#include "site/kept_back.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

struct kept {
	dev_t dev;
	ino_t ino;
	int fd;
};

struct duet_kept_back {
	struct kept *items; /* by inode, then by device */
	size_t n;
	size_t cap;
};

int duet_kept_back_new(struct duet_kept_back **ret, struct duet_error *err)
{
	*ret = duet_mem_zalloc(sizeof(**ret));
	return *ret != NULL ? DUET_OK : duet_error_nomem(err);
}

void duet_kept_back_free(struct duet_kept_back *set)
{
	size_t i;

	if (set == NULL)
		return;
	for (i = 0; i < set->n; i++)
		(void)close(set->items[i].fd);
	duet_mem_free(set->items);
	duet_mem_free(set);
}

static bool is_less(const struct kept *item, const struct stat *st)
{
	if (item->ino != st->st_ino)
		return item->ino < st->st_ino;
	return item->dev < st->st_dev;
}

/* Where it is or would be. */
static size_t find(const struct duet_kept_back *set, const struct stat *st)
{
	size_t low = 0;
	size_t high = set->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_less(&set->items[middle], st))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool duet_kept_back_has(const struct duet_kept_back *set, const struct stat *st)
{
	size_t at;

	if (set == NULL)
		return false;
	at = find(set, st);
	return at < set->n && set->items[at].ino == st->st_ino &&
	       set->items[at].dev == st->st_dev;
}

size_t duet_kept_back_count(const struct duet_kept_back *set)
{
	return set->n;
}

static int grow(struct duet_kept_back *set)
{
	size_t cap = set->cap > 0 ? set->cap * 2 : 8;
	struct kept *grown;

	if (set->n < set->cap)
		return DUET_OK;
	grown = duet_mem_resize(set->items, cap * sizeof(*grown));
	if (grown == NULL)
		return DUET_E_NOMEM;
	set->items = grown;
	set->cap = cap;
	return DUET_OK;
}

static int insert(struct duet_kept_back *set, const struct stat *st, int fd)
{
	size_t at = find(set, st);

	if (grow(set) != DUET_OK)
		return DUET_E_NOMEM;
	memmove(set->items + at + 1, set->items + at,
		(set->n - at) * sizeof(set->items[0]));
	set->items[at] = (struct kept){ st->st_dev, st->st_ino, fd };
	set->n++;
	return DUET_OK;
}

int duet_kept_back_add(struct duet_kept_back *set, const char *path,
		       struct duet_error *err)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;
	int rc = DUET_OK;

	/* What we cannot reach we cannot serve. */
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		return DUET_OK;
	if (fd < 0 || fstat(fd, &st) != 0)
		rc = duet_error_sys(err, DUET_E_SYSTEM, errno,
				    "'%s': cannot make sure that it is not "
				    "served",
				    path);
	else if (!duet_kept_back_has(set, &st)) {
		rc = insert(set, &st, fd);
		if (rc == DUET_OK)
			return DUET_OK; /* fd is the set's */
		rc = duet_error_nomem(err);
	}
	if (fd >= 0)
		(void)close(fd);
	return rc;
}
