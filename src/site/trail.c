/* SPDX-License-Identifier: MIT */
/*
 * The same walk that the kernel makes, name by name, each tied to before it is
 * looked up: if nobody has been told by the end, then nothing has changed
 * since its lookup, and the kernel's own walk, made afterwards, went the same
 * way.
 */
#define _GNU_SOURCE /* O_PATH */
#include "site/trail.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

enum {
	PENDING_BYTES = 8192, /* what is left of the path, links resolved */
};

struct duet_trail_tie {
	struct duet_tie tie;
	struct duet_trail_tie *next;
};

/* A walk under way. */
struct walk {
	struct duet_trail *trail;
	char pending[PENDING_BYTES];
	size_t at; /* in pending */
	char name[NAME_MAX + 1];
	int from;
	int here; /* from, or ours */
	int links;
};

static int tie(struct duet_trail *trail, int fd, bool is_dir, const char *name)
{
	struct duet_trail_tie *one = duet_mem_zalloc(sizeof(*one));
	int rc;

	if (one == NULL)
		return -ENOMEM;
	one->tie.owner = trail->owner;
	if (is_dir)
		rc = duet_notices_tie_dir(trail->notices, fd, name, &one->tie);
	else
		rc = duet_notices_tie_file(trail->notices, fd, &one->tie);
	if (rc < 0) {
		duet_mem_free(one);
		return rc;
	}
	one->next = trail->ties;
	trail->ties = one;
	return 0;
}

/* The next name of the path; false: there is none. */
static bool take_name(struct walk *walk)
{
	const char *p = walk->pending + walk->at;
	size_t n;

	for (;;) {
		p += strspn(p, "/");
		n = strcspn(p, "/");
		if (n != 1 || *p != '.')
			break;
		p++;
	}
	if (n == 0 || n > NAME_MAX)
		return false;
	memcpy(walk->name, p, n);
	walk->name[n] = '\0';
	walk->at = (size_t)(p - walk->pending) + n;
	return true;
}

static void step_to(struct walk *walk, int fd)
{
	if (walk->here != walk->from)
		(void)close(walk->here);
	walk->here = fd;
}

/* Its target takes the place of the link in what is pending. */
static int take_link(struct walk *walk, int fd)
{
	char target[PENDING_BYTES];
	size_t rest = strlen(walk->pending + walk->at);
	ssize_t n = readlinkat(fd, "", target, sizeof(target));

	(void)close(fd);
	if (n <= 0 || target[0] == '/' || ++walk->links > DUET_TRAIL_LINKS_MAX)
		return -ELOOP;
	if ((size_t)n + 1 + rest + 1 > sizeof(walk->pending))
		return -ENAMETOOLONG;
	memmove(walk->pending + n + 1, walk->pending + walk->at, rest + 1);
	memcpy(walk->pending, target, (size_t)n);
	walk->pending[n] = '/';
	walk->at = 0;
	return 0;
}

/* One name further. > 0: it is not there; < 0: it cannot be watched. */
static int go_on(struct walk *walk)
{
	bool up = strcmp(walk->name, "..") == 0;
	struct stat st;
	int fd;
	int rc;

	rc = tie(walk->trail, walk->here, true, up ? NULL : walk->name);
	if (rc == -ENOTDIR)
		return 1;
	if (rc < 0)
		return rc;
	fd = openat(walk->here, walk->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 1 : -errno;
	if (fstat(fd, &st) == 0 && S_ISLNK(st.st_mode))
		return take_link(walk, fd);
	step_to(walk, fd);
	return 0;
}

/* What is at the end itself. */
static int tie_end(struct walk *walk)
{
	struct stat st;

	if (fstat(walk->here, &st) != 0)
		return -errno;
	if (S_ISREG(st.st_mode))
		return tie(walk->trail, walk->here, false, NULL);
	if (S_ISDIR(st.st_mode))
		return tie(walk->trail, walk->here, true, NULL);
	return -ENODEV;
}

int duet_trail_follow(struct duet_trail *trail, int from, const char *path,
		      int *ret_fd)
{
	struct walk walk; /* large: no need to clear it */
	size_t len = strlen(path);
	int rc = 0;

	if (len >= sizeof(walk.pending))
		return -ENAMETOOLONG;
	walk.trail = trail;
	memcpy(walk.pending, path, len + 1);
	walk.at = 0;
	walk.from = from;
	walk.here = from;
	walk.links = 0;
	while (rc == 0 && take_name(&walk))
		rc = go_on(&walk);
	if (rc == 0)
		rc = tie_end(&walk);
	if (rc == 0 && walk.here == from) {
		walk.here = fcntl(from, F_DUPFD_CLOEXEC, 0);
		if (walk.here < 0)
			rc = -errno;
	}
	if (rc == 0) {
		*ret_fd = walk.here;
		return 0;
	}
	step_to(&walk, from);
	if (rc < 0)
		return rc;
	*ret_fd = -1;
	return 0;
}

void duet_trail_untie(struct duet_trail *trail)
{
	struct duet_trail_tie *one;

	while ((one = trail->ties) != NULL) {
		trail->ties = one->next;
		duet_notices_untie(trail->notices, &one->tie);
		duet_mem_free(one);
	}
}
