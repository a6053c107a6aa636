/* SPDX-License-Identifier: MIT */
/*
 * daemon/log.h - the access log, one line for every request:
 *
 *   2026-11-24T02:15:39.123Z 192.0.2.7:51234 "GET / HTTP/1.1" 200 1042
 *   0.312ms TLSv1.3 end=length
 *
 * (one line, split here; duet-serve(1) documents it). Fields are separated by
 * one space; what is not known is "-". After the TLS version come name=value
 * fields: end=EVIDENCE when the reply is whole; cut-by=us|peer how=CUT when
 * the request or the reply was cut; why="..." when there is a sentence about
 * it. New ones may follow at the end.
 */
#ifndef DUET_DAEMON_LOG_H
#define DUET_DAEMON_LOG_H

#include <duet/server.h>

enum {
	/* The longest line with its end, and what a process holds back. It is
	 * PIPE_BUF: write(2) mixes no more than that with others' lines. */
	DUET_LOG_BYTES = 4096,
	DUET_LOG_HOLD_MS = 1000, /* no line waits longer than this */
};

/* One process's lines on their way to a descriptor all processes share. */
struct duet_log {
	int fd;         /* -1: no log */
	bool at_once;   /* a terminal: somebody is looking */
	bool broken;    /* lines are being lost, and it has been said */
	int64_t due_ms; /* on duet_clock_ms(); INT64_MAX: nothing held */
	size_t n_held;
	char held[DUET_LOG_BYTES]; /* whole lines */
};

/*
 * Where lines go: a file, appended to; "-": standard output; "none": nowhere,
 * *ret_fd is -1. The descriptor is the caller's to close unless it is 1.
 * DUET_E_SYSTEM names the file.
 */
DUET_CHECK int duet_log_open(const char *where, int *ret_fd,
			     struct duet_error *err);
void duet_log_init(struct duet_log *log, int fd);

/* Held until the buffer is full, a flush, or due. */
void duet_log_report(struct duet_log *log, const struct duet_report *report);
void duet_log_flush(struct duet_log *log);
/* Flush what is due. Returns in how many ms something will be, -1: never. */
int32_t duet_log_step(struct duet_log *log);

/* The line itself with its end, at wall_us since 1970; returns its length. */
size_t duet_log_line(char dst[DUET_LOG_BYTES], const struct duet_report *report,
		     int64_t wall_us);

/* Trouble, for people: "TIME PEER: TEXT" on standard error, at once. peer may
 * be NULL. */
void duet_log_trouble(const char *peer, const char *text);

#endif
