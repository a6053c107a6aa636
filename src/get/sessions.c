/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* openat, fdopendir */
#include "get/sessions.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	NAME_BYTES = 256,     /* of a file, NAME_MAX */
	SETTINGS_DIGITS = 32, /* of the settings' 64 are enough */
	OURS_ONLY = 0700,
	OTHERS = 077,
};

/* ---- names ---- */

/* Nothing that a directory would take for another one, or for a way out. */
static bool is_plain(const char *host)
{
	const char *p = host;

	for (; *p != '\0'; p++)
		if (!duet_is_alpha((unsigned char)*p) &&
		    !duet_is_digit((unsigned char)*p) &&
		    strchr(".-_:", *p) == NULL)
			return false;
	return p > host && host[0] != '.';
}

/* false: such a host has no file. */
static bool name_of(const struct duet_session_key *key, char dst[NAME_BYTES])
{
	int n;

	if (!is_plain(key->host))
		return false;
	n = snprintf(dst, NAME_BYTES, "%s:%u-%.*s", key->host,
		     (unsigned)key->port, SETTINGS_DIGITS, key->settings);
	return n > 0 && n < NAME_BYTES;
}

/* Of a file that is only ours, at this moment. */
static void own_name(char dst[NAME_BYTES])
{
	static unsigned count;

	(void)snprintf(dst, NAME_BYTES, ".%ld.%u", (long)getpid(), count++);
}

/* ---- the directory ---- */

/* It is ours, and nobody else may look. */
static bool is_private(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	       (st.st_mode & OTHERS) == 0;
}

/* If it is there. */
static void open_dir(struct duet_get_sessions *sessions)
{
	sessions->dir = open(sessions->path,
			     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	sessions->open = sessions->dir >= 0;
	if (sessions->open && !is_private(sessions->dir))
		duet_get_sessions_done(sessions);
}

void duet_get_sessions_init(struct duet_get_sessions *sessions)
{
	*sessions = (struct duet_get_sessions){
		.path = duet_file_xdg(DUET_XDG_CACHE, "sessions"),
	};
	if (sessions->path != NULL)
		open_dir(sessions);
}

/* Only when there is something to be put into it. */
static bool make_dir(struct duet_get_sessions *sessions)
{
	if (sessions->open || sessions->path == NULL)
		return sessions->open;
	if (duet_file_make_dirs(sessions->path, OURS_ONLY, NULL) == DUET_OK)
		open_dir(sessions);
	return sessions->open;
}

void duet_get_sessions_done(struct duet_get_sessions *sessions)
{
	if (sessions->open)
		(void)close(sessions->dir);
	sessions->open = false;
	duet_mem_free(sessions->path);
	sessions->path = NULL;
}

static bool is_older(const struct stat *a, const struct stat *b)
{
	if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
		return a->st_mtim.tv_sec < b->st_mtim.tv_sec;
	return a->st_mtim.tv_nsec < b->st_mtim.tv_nsec;
}

/* The oldest file, if there are too many: also what a program left that was
 * stopped in between. */
static void tidy(int dir)
{
	DIR *list = fdopendir(openat(dir, ".", O_RDONLY | O_CLOEXEC));
	char oldest[NAME_BYTES] = "";
	struct stat first = { 0 };
	struct dirent *entry;
	struct stat st;
	size_t n = 0;

	if (list == NULL)
		return;
	while ((entry = readdir(list)) != NULL) {
		if (fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) !=
			    0 ||
		    !S_ISREG(st.st_mode))
			continue;
		n++;
		if (oldest[0] != '\0' && !is_older(&st, &first))
			continue;
		first = st;
		(void)snprintf(oldest, sizeof(oldest), "%s", entry->d_name);
	}
	(void)closedir(list);
	if (n > DUET_GET_SESSIONS_MAX)
		(void)unlinkat(dir, oldest, 0);
}

/* ---- files ---- */

static bool write_file(int dir, const char *name, struct duet_bytes content)
{
	int fd = openat(dir, name,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			0600);
	bool whole;

	if (fd < 0)
		return false;
	whole = write(fd, content.data, content.len) == (ssize_t)content.len;
	return close(fd) == 0 && whole;
}

void duet_get_sessions_keep(void *arg, const struct duet_session_key *key,
			    struct duet_bytes session)
{
	struct duet_get_sessions *sessions = arg;
	char name[NAME_BYTES];
	char own[NAME_BYTES];

	if (!name_of(key, name) || !make_dir(sessions))
		return;
	own_name(own);
	/* Not synced: what a power cut leaves of it is no session, and is
	 * refused. */
	if (!write_file(sessions->dir, own, session) ||
	    renameat(sessions->dir, own, sessions->dir, name) != 0)
		(void)unlinkat(sessions->dir, own, 0);
	tidy(sessions->dir);
}

static size_t read_file(int dir, const char *name, void *buf, size_t cap)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return 0;
	if (is_private(fd) && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (uintmax_t)st.st_size <= cap)
		n = read(fd, buf, cap);
	(void)close(fd);
	return n > 0 ? (size_t)n : 0;
}

size_t duet_get_sessions_take(void *arg, const struct duet_session_key *key,
			      void *buf, size_t cap)
{
	const struct duet_get_sessions *sessions = arg;
	char name[NAME_BYTES];
	char own[NAME_BYTES];
	size_t n;

	if (!sessions->open || !name_of(key, name))
		return 0;
	own_name(own);
	if (renameat(sessions->dir, name, sessions->dir, own) != 0)
		return 0; /* there is none, or another program was first */
	n = read_file(sessions->dir, own, buf, cap);
	(void)unlinkat(sessions->dir, own, 0);
	return n;
}
