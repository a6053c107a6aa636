/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "daemon/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"
#include "daemon/outlet.h"

enum {
	/* At the end, for a reader that is slow but alive. */
	LAST_WAIT_MS = 250,
};

static int64_t wall_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

bool duet_log_is_file(const char *where)
{
	return strcmp(where, "none") != 0 && strcmp(where, "-") != 0;
}

/* DUET_E_SYSTEM without a remedy. */
static int open_file(const char *where, int flags, int *ret_fd,
		     struct duet_error *err)
{
	int fd = open(where,
		      O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
			      flags,
		      0640);

	if (fd < 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot open the access log",
				      where);
	/* For a FIFO. The open file is ours alone, unlike standard output. */
	(void)fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK);
	*ret_fd = fd;
	return DUET_OK;
}

int duet_log_open(const char *where, int *ret_fd, struct duet_error *err)
{
	int rc;

	if (strcmp(where, "none") == 0) {
		*ret_fd = -1;
		return DUET_OK;
	}
	if (strcmp(where, "-") == 0) {
		*ret_fd = STDOUT_FILENO;
		return DUET_OK;
	}
	rc = open_file(where, 0, ret_fd, err);
	if (rc != DUET_OK)
		duet_error_append(err, "; choose a file in a directory that is "
				       "there and that this user may write to, "
				       "or - for standard output");
	return rc;
}

int duet_log_reopen(const char *where, int *ret_fd, struct duet_error *err)
{
	/* A FIFO that nobody reads is no reason to wait, as it is at the
	 * start. */
	int rc = open_file(where, O_NONBLOCK, ret_fd, err);

	if (rc != DUET_OK)
		duet_error_append(err, "; lines go on into the file that was "
				       "open, send SIGUSR1 again when this is "
				       "mended");
	return rc;
}

static void use(struct duet_log *log, int fd)
{
	log->fd = fd;
	log->at_once = fd >= 0 && isatty(fd) == 1;
	log->file = fd >= 0 && duet_outlet_is_file(fd);
	log->piece = log->file ? DUET_LOG_FILE_BYTES : DUET_LINE_BYTES;
}

static ssize_t write_to(const struct duet_log *log, const char *p, size_t n)
{
	return log->file ? duet_outlet_write_file(log->fd, p, n)
			 : duet_outlet_write(log->fd, p, n);
}

void duet_log_init(struct duet_log *log, int fd, enum duet_line_format format,
		   struct duet_trouble *trouble)
{
	use(log, fd);
	log->format = format;
	log->trouble = trouble;
	log->said = false;
	log->torn = false;
	log->n_lost = 0;
	log->due_ms = INT64_MAX;
	log->n_held = 0;
}

/* The whole lines at p, n bytes of lines, that one write(2) may take. */
static size_t a_piece(const struct duet_log *log, const char *p, size_t n)
{
	if (n <= log->piece)
		return n;
	n = log->piece;
	while (p[n - 1] != '\n')
		n--;
	return n;
}

static void forget(struct duet_log *log, size_t n)
{
	log->n_held -= n;
	memmove(log->held, log->held + n, log->n_held);
}

/* What the reader has no room for stays held; 0 when it is nothing, or
 * errno. */
static int write_held(struct duet_log *log)
{
	size_t at = 0;
	int sys_errno = 0;

	while (at < log->n_held && sys_errno == 0) {
		ssize_t n = write_to(log, log->held + at,
				     a_piece(log, log->held + at,
					     log->n_held - at));

		if (n > 0)
			at += (size_t)n;
		else
			sys_errno = n < 0 ? errno : EIO;
	}
	if (at > 0)
		log->torn = log->held[at - 1] != '\n';
	forget(log, at);
	return sys_errno;
}

/* Lines are or will be lost: say it once, until they can be written again. */
static void complain(struct duet_log *log, int sys_errno)
{
	struct duet_error err;

	if (log->said)
		return;
	log->said = true;
	if (sys_errno == EAGAIN)
		(void)duet_error_set(&err, DUET_E_SYSTEM,
				     "whoever reads the access log does not "
				     "keep up, lines are being lost");
	else
		(void)duet_error_sys(&err, DUET_E_SYSTEM, sys_errno,
				     "cannot write the access log, lines are "
				     "being lost");
	duet_log_trouble(log->trouble, NULL, err.text);
}

static void say_how_many_were_lost(struct duet_log *log)
{
	char text[96];

	(void)snprintf(text, sizeof(text),
		       "%llu lines of the access log were lost",
		       (unsigned long long)log->n_lost);
	if (log->n_lost > 0)
		duet_log_trouble(log->trouble, NULL, text);
	log->n_lost = 0;
}

/* 0, or errno. */
static int flush(struct duet_log *log)
{
	int sys_errno = write_held(log);

	/* A full disk or a reader that left must not end the service, and one
	 * that stalls must not hold it up. */
	if (sys_errno != 0) {
		if (sys_errno != EAGAIN)
			complain(log, sys_errno);
		log->due_ms = duet_clock_ms() + DUET_LOG_HOLD_MS;
		return sys_errno;
	}
	log->due_ms = INT64_MAX;
	log->said = false;
	say_how_many_were_lost(log);
	return 0;
}

void duet_log_flush(struct duet_log *log)
{
	(void)flush(log);
}

/* The rest of a line is nothing without its beginning: it goes where that is,
 * or is lost. */
static void finish_torn(struct duet_log *log)
{
	const char *end = memchr(log->held, '\n', log->n_held);
	size_t n = (size_t)(end - log->held) + 1;

	if (write_to(log, log->held, n) != (ssize_t)n)
		log->n_lost++;
	forget(log, n);
	log->torn = false;
}

void duet_log_switch(struct duet_log *log, int fd)
{
	if (log->torn)
		finish_torn(log);
	(void)close(log->fd);
	use(log, fd);
}

void duet_log_report(struct duet_log *log, const struct duet_report *report)
{
	char line[DUET_LINE_BYTES];
	size_t n;

	if (log->fd < 0)
		return;
	n = duet_line_make(line, log->format, report, wall_us());
	if (log->n_held + n > log->piece)
		duet_log_flush(log);
	if (n > sizeof(log->held) - log->n_held) {
		log->n_lost++;
		complain(log, EAGAIN);
		return;
	}
	memcpy(log->held + log->n_held, line, n);
	if (log->n_held == 0)
		log->due_ms =
			duet_clock_ms() + (log->at_once ? 0 : DUET_LOG_HOLD_MS);
	log->n_held += n;
}

int32_t duet_log_step(struct duet_log *log)
{
	int64_t now_ms = duet_clock_ms();

	if (log->due_ms <= now_ms)
		duet_log_flush(log);
	if (log->due_ms == INT64_MAX)
		return -1;
	return log->due_ms > now_ms ? (int32_t)(log->due_ms - now_ms) : 0;
}

void duet_log_done(struct duet_log *log)
{
	struct pollfd room = { .fd = log->fd, .events = POLLOUT };
	int64_t end_ms = duet_clock_ms() + LAST_WAIT_MS;
	int64_t left_ms = LAST_WAIT_MS;
	size_t i;

	if (log->fd < 0)
		return;
	while (flush(log) == EAGAIN && left_ms > 0) {
		(void)poll(&room, 1, (int)left_ms);
		left_ms = end_ms - duet_clock_ms();
	}
	for (i = 0; i < log->n_held; i++)
		log->n_lost += log->held[i] == '\n';
	log->n_held = 0;
	say_how_many_were_lost(log);
}

static bool say(const char *peer, const char *text)
{
	char line[DUET_LINE_BYTES];
	char now[DUET_LINE_TIME_BYTES];
	const char *between = ": ";
	int n;

	if (peer == NULL || *peer == '\0') {
		peer = "";
		between = "";
	} else if (duet_str_ends(peer, ":")) {
		between = " "; /* "unix:": a client whose socket has no name */
	}
	duet_line_time(now, wall_us());
	n = snprintf(line, sizeof(line), "%.*s %s%s%s\n", (int)sizeof(now), now,
		     peer, between, text);
	if (n >= (int)sizeof(line)) {
		n = sizeof(line) - 1;
		line[n - 1] = '\n';
	}
	return duet_outlet_write(STDERR_FILENO, line, (size_t)n) >= 0 ||
	       errno != EAGAIN;
}

static void say_what_was_not_heard(struct duet_trouble *trouble)
{
	char text[96];

	(void)snprintf(text, sizeof(text),
		       "%llu lines like this one were lost, since nobody read "
		       "them in time",
		       (unsigned long long)trouble->n_lost);
	if (trouble->n_lost > 0 && say(NULL, text))
		trouble->n_lost = 0;
}

void duet_log_trouble(struct duet_trouble *trouble, const char *peer,
		      const char *text)
{
	say_what_was_not_heard(trouble);
	if (trouble->n_lost > 0 || !say(peer, text))
		trouble->n_lost++;
}

void duet_log_trouble_done(struct duet_trouble *trouble)
{
	say_what_was_not_heard(trouble);
}
