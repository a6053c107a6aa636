/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "daemon/usage.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PATH_BYTES = 64,
	STAT_BYTES = 1024,
};

/* Of proc_pid_stat(5), by the numbers that its fields have there. */
enum {
	STATE = 3,
	PPID = 4,
	UTIME = 14,
	STIME = 15,
	CUTIME = 16,
	CSTIME = 17,
	RSS = 24,
	N_FIELDS,
};

/* False: there is no such process any more. */
static bool read_stat(pid_t pid, int64_t fields[N_FIELDS])
{
	char path[PATH_BYTES];
	char text[STAT_BYTES];
	const char *at;
	char *end;
	ssize_t n;
	int fd;
	int i;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	at = strrchr(text, ')'); /* a name may have any, this is its end */
	if (at == NULL || strlen(at) < sizeof(") S ") - 1)
		return false;
	at += sizeof(") S") - 1;
	for (i = STATE + 1; i < N_FIELDS; i++) {
		fields[i] = strtoll(at, &end, 10);
		if (end == at)
			return false;
		at = end;
	}
	return true;
}

static int64_t count_entries(const char *path)
{
	DIR *dir = opendir(path);
	int64_t n = 0;

	if (dir == NULL)
		return errno == ENOENT ? 0 : -1;
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n > 2 ? n - 2 : 0; /* . and .. */
}

/* -1: it is not for us to know. Since Linux 6.2 the size is the number. */
static int64_t count_fds(pid_t pid)
{
	char path[PATH_BYTES];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	if (stat(path, &st) == 0 && st.st_size > 0)
		return access(path, R_OK) == 0 ? (int64_t)st.st_size : -1;
	return count_entries(path);
}

static void add(struct duet_usage *usage, pid_t pid,
		const int64_t fields[N_FIELDS], int64_t ticks)
{
	int64_t n_fds = count_fds(pid);

	usage->cpu_us += ticks * 1000000 / sysconf(_SC_CLK_TCK);
	usage->resident_bytes += fields[RSS] * sysconf(_SC_PAGESIZE);
	if (n_fds < 0)
		usage->open_fds = -1;
	else if (usage->open_fds >= 0)
		usage->open_fds += n_fds;
}

static void add_child(struct duet_usage *usage, pid_t pid, pid_t supervisor)
{
	int64_t fields[N_FIELDS];

	/* A place may have been taken by a process that is none of ours. */
	if (pid > 0 && read_stat(pid, fields) && fields[PPID] == supervisor)
		add(usage, pid, fields, fields[UTIME] + fields[STIME]);
}

void duet_usage_take(struct duet_usage *ret, const struct duet_tally *tally,
		     pid_t supervisor, int64_t *most_cpu_us)
{
	int64_t fields[N_FIELDS];
	struct duet_tally_life life;
	size_t i;

	*ret = (struct duet_usage){ -1, -1, -1 };
	if (!read_stat(supervisor, fields))
		return;
	*ret = (struct duet_usage){ 0, 0, 0 };
	/* Its children that have ended are in its own figures. One that ends
	 * before we come to it is missed for once, and not counted twice. */
	add(ret, supervisor, fields,
	    fields[UTIME] + fields[STIME] + fields[CUTIME] + fields[CSTIME]);
	add_child(ret, getpid(), supervisor);
	for (i = 0; i < duet_tally_places(tally); i++) {
		duet_tally_life(tally, i, &life);
		add_child(ret, (pid_t)life.pid, supervisor);
	}
	if (ret->cpu_us < *most_cpu_us)
		ret->cpu_us = *most_cpu_us;
	*most_cpu_us = ret->cpu_us;
}
