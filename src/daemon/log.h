/* SPDX-License-Identifier: MIT */
/*
 * daemon/log.h - the access log on its way to where it is written, and trouble
 * in words on standard error. What a line looks like is in line.h.
 */
#ifndef DUET_DAEMON_LOG_H
#define DUET_DAEMON_LOG_H

#include <duet/server.h>

#include "daemon/line.h"

enum {
	/* What one write(2) to a file of a disk takes, whose lock keeps the
	 * lines of others out however long it is. To all else it takes
	 * DUET_LINE_BYTES at most. */
	DUET_LOG_FILE_BYTES = 16384,
	/* What is kept for a reader that has stalled, before lines are lost. */
	DUET_LOG_HELD_BYTES = 65536,
	DUET_LOG_HOLD_MS = 1000, /* no line waits longer than this */
};

/* One process's standard error; zero to begin with. */
struct duet_trouble {
	uint64_t n_lost; /* lines that nobody has been told of yet */
};

/* One process's lines on their way to a descriptor all processes share. */
struct duet_log {
	int fd; /* -1: no log */
	enum duet_line_format format;
	struct duet_trouble *trouble;
	bool at_once; /* a terminal: somebody is looking */
	bool file;    /* of a disk, as most are */
	bool said;    /* that lines cannot be written */
	bool torn;    /* of the first line held a part is written */
	size_t piece; /* what one write(2) takes at most */
	uint64_t n_lost;
	int64_t due_ms; /* on duet_clock_ms(); INT64_MAX: nothing held */
	size_t n_held;
	char held[DUET_LOG_HELD_BYTES];
};

/*
 * Where lines go: a file, appended to; "-": standard output; "none": nowhere,
 * *ret_fd is -1. The descriptor is the caller's to close unless it is 1.
 * DUET_E_SYSTEM names the file.
 */
DUET_CHECK int duet_log_open(const char *where, int *ret_fd,
			     struct duet_error *err);
bool duet_log_is_file(const char *where);
/* Open a file by its path once more, which somebody may have renamed. Waits
 * for nobody. DUET_E_SYSTEM says that the one there is goes on. */
DUET_CHECK int duet_log_reopen(const char *where, int *ret_fd,
			       struct duet_error *err);
/* trouble is where lost lines are told of; it outlives the log. */
void duet_log_init(struct duet_log *log, int fd, enum duet_line_format format,
		   struct duet_trouble *trouble);

/*
 * Held until there are piece of them, a flush, or due. None of these
 * waits for whoever reads: what he has no room for stays held, what there is
 * no room to hold is lost, and both that and how much is told.
 */
void duet_log_report(struct duet_log *log, const struct duet_report *report);
void duet_log_flush(struct duet_log *log);
/* Lines go to fd from now on, those held too; the one before is closed. No
 * line is in both, and none in parts. */
void duet_log_switch(struct duet_log *log, int fd);
/* Flush for the last time, with a moment's patience. */
void duet_log_done(struct duet_log *log);
/* Flush what is due. Returns in how many ms something will be, -1: never. */
int32_t duet_log_step(struct duet_log *log);

/*
 * Trouble, for people: "TIME PEER: TEXT" on standard error, at once, or not at
 * all where nobody reads: then the next line that is written is about how many
 * were lost. peer may be NULL.
 */
void duet_log_trouble(struct duet_trouble *trouble, const char *peer,
		      const char *text);
/* Tell of those that were lost last, if anybody reads now. */
void duet_log_trouble_done(struct duet_trouble *trouble);

#endif
