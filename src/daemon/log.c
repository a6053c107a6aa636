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
#include "daemon/words.h"

enum {
	TARGET_BYTES = 2048, /* shown of a request target */
	WHY_BYTES = 1024,
	/* At the end, for a reader that is slow but alive. */
	LAST_WAIT_MS = 250,
};

/* A line being made: what does not fit is left out, its end always fits. */
struct line {
	char *text;
	size_t len;
};

static void put(struct line *line, const char *text, size_t n)
{
	size_t room = DUET_LOG_BYTES - 1 - line->len;

	if (n > room)
		n = room;
	memcpy(line->text + line->len, text, n);
	line->len += n;
}

static void put_str(struct line *line, const char *text)
{
	put(line, text, strlen(text));
}

/* Decimal, with zeroes in front up to width. */
static void put_number(struct line *line, uint64_t value, int width)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + value % 10);
		value /= 10;
		width--;
	} while (value > 0 || width > 0);
	put(line, digits + i, sizeof(digits) - i);
}

static bool is_plain(const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (text[i] < ' ' || text[i] > '~' || text[i] == '"' ||
		    text[i] == '\\')
			return false;
	return true;
}

/* The bytes at p that are one of what duet_str_printable() shows. */
static size_t one_shown(const char *p)
{
	size_t n = 1;

	if (*p == '\\')
		return p[1] == '\\' ? 2 : 4;         /* or \xNN */
	while (((unsigned char)p[n] & 0xc0) == 0x80) /* of UTF-8 */
		n++;
	return n;
}

/* Text of strangers inside of double quotes. It takes less than max bytes of
 * the line however much of it has to be escaped: what follows is what became
 * of the request, and must not be theirs to push out. */
static void put_quotable(struct line *line, const char *text, size_t max)
{
	size_t begin = line->len;
	size_t safe = begin; /* where "..." still fits */
	char shown[TARGET_BYTES];
	size_t n = strlen(text);
	const char *p = shown;

	if (n < max && is_plain(text, n)) {
		put(line, text, n);
		return;
	}
	duet_str_printable(shown, max, duet_str(text));
	for (; *p != '\0'; p += n) {
		n = one_shown(p);
		if (*p == '"')
			put_str(line, "\\x22");
		else
			put(line, p, n);
		if (line->len - begin >= max) {
			line->len = safe;
			put_str(line, "...");
			return;
		}
		if (line->len - begin + 3 < max)
			safe = line->len;
	}
}

/* RFC 3339, UTC, milliseconds. */
static void put_time(struct line *line, int64_t wall_us)
{
	struct duet_civil c;

	duet_civil_from_wall(&c, wall_us / 1000000);
	put_number(line, (uint64_t)c.year, 4);
	put_str(line, "-");
	put_number(line, (uint64_t)c.month, 2);
	put_str(line, "-");
	put_number(line, (uint64_t)c.day, 2);
	put_str(line, "T");
	put_number(line, (uint64_t)c.hour, 2);
	put_str(line, ":");
	put_number(line, (uint64_t)c.minute, 2);
	put_str(line, ":");
	put_number(line, (uint64_t)c.second, 2);
	put_str(line, ".");
	put_number(line, (uint64_t)(wall_us / 1000 % 1000), 3);
	put_str(line, "Z");
}

static void put_request(struct line *line, const struct duet_head *head)
{
	if (head == NULL || head->method == NULL || head->target == NULL) {
		put_str(line, " -");
		return;
	}
	put_str(line, " \"");
	put_quotable(line, head->method, 64);
	put_str(line, " ");
	put_quotable(line, head->target, TARGET_BYTES);
	put_str(line, " HTTP/");
	put_number(line, (uint64_t)head->major, 1);
	if (head->major == 1) {
		put_str(line, ".");
		put_number(line, (uint64_t)head->minor, 1);
	}
	put_str(line, "\"");
}

static void put_figures(struct line *line, const struct duet_report *report)
{
	uint64_t us =
		report->duration_us > 0 ? (uint64_t)report->duration_us : 0;

	put_str(line, " ");
	if (report->status > 0)
		put_number(line, (uint64_t)report->status, 1);
	else
		put_str(line, "-");
	put_str(line, " ");
	put_number(line, report->sent_bytes, 1);
	put_str(line, " ");
	put_number(line, us / 1000, 1);
	put_str(line, ".");
	put_number(line, us % 1000, 3);
	put_str(line, "ms ");
	put_str(line, report->tls_version != NULL && *report->tls_version
			      ? report->tls_version
			      : "-");
}

static void put_end(struct line *line, const struct duet_report *report)
{
	char why[sizeof(report->error->text)];

	if (report->reply != DUET_BY_NONE) {
		put_str(line, " end=");
		put_str(line, duet_evidence_name(report->reply));
	}
	if (report->cut_by != DUET_SIDE_NONE) {
		put_str(line, report->cut_by == DUET_SIDE_US ? " cut-by=us"
							     : " cut-by=peer");
		put_str(line, " how=");
		put_str(line, duet_cut_name(report->cut));
	}
	if (report->error != NULL) {
		put_str(line, " why=\"");
		duet_words_plain(why, sizeof(why), report->error->text);
		put_quotable(line, why, WHY_BYTES);
		put_str(line, "\"");
	}
}

size_t duet_log_line(char dst[DUET_LOG_BYTES], const struct duet_report *report,
		     int64_t wall_us)
{
	struct line line = { dst, 0 };

	put_time(&line, wall_us);
	put_str(&line, " ");
	put_quotable(&line, report->peer != NULL ? report->peer : "-", 160);
	put_request(&line, report->head);
	put_figures(&line, report);
	put_end(&line, report);
	line.text[line.len] = '\n'; /* put() leaves room for it */
	return line.len + 1;
}

static int64_t wall_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int duet_log_open(const char *where, int *ret_fd, struct duet_error *err)
{
	int fd;

	if (strcmp(where, "none") == 0) {
		*ret_fd = -1;
		return DUET_OK;
	}
	if (strcmp(where, "-") == 0) {
		*ret_fd = STDOUT_FILENO;
		return DUET_OK;
	}
	fd = open(where, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
		  0640);
	if (fd < 0) {
		(void)duet_error_sys(err, DUET_E_SYSTEM, errno,
				     "'%s': cannot open the access log", where);
		duet_error_append(err, "; choose a file in a directory that is "
				       "there and that this user may write to, "
				       "or - for standard output");
		return DUET_E_SYSTEM;
	}
	/* For a FIFO. The open file is ours alone, unlike standard output. */
	(void)fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK);
	*ret_fd = fd;
	return DUET_OK;
}

void duet_log_init(struct duet_log *log, int fd, struct duet_trouble *trouble)
{
	log->fd = fd;
	log->trouble = trouble;
	log->at_once = fd >= 0 && isatty(fd) == 1;
	log->said = false;
	log->n_lost = 0;
	log->due_ms = INT64_MAX;
	log->n_held = 0;
}

/* The whole lines at p, n bytes of lines, that one write(2) may take. */
static size_t a_piece(const char *p, size_t n)
{
	if (n <= DUET_LOG_BYTES)
		return n;
	n = DUET_LOG_BYTES;
	while (p[n - 1] != '\n')
		n--;
	return n;
}

/* What the reader has no room for stays held; 0 when it is nothing, or
 * errno. */
static int write_held(struct duet_log *log)
{
	size_t at = 0;
	int sys_errno = 0;

	while (at < log->n_held && sys_errno == 0) {
		ssize_t n = duet_outlet_write(log->fd, log->held + at,
					      a_piece(log->held + at,
						      log->n_held - at));

		if (n > 0)
			at += (size_t)n;
		else
			sys_errno = n < 0 ? errno : EIO;
	}
	log->n_held -= at;
	memmove(log->held, log->held + at, log->n_held);
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

void duet_log_report(struct duet_log *log, const struct duet_report *report)
{
	char line[DUET_LOG_BYTES];
	size_t n;

	if (log->fd < 0)
		return;
	n = duet_log_line(line, report, wall_us());
	if (log->n_held + n > DUET_LOG_BYTES)
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
	char buf[DUET_LOG_BYTES];
	struct line line = { buf, 0 };

	put_time(&line, wall_us());
	put_str(&line, " ");
	if (peer != NULL && *peer != '\0') {
		put_str(&line, peer);
		/* "unix:" is a client whose socket has no name. */
		put_str(&line, duet_str_ends(peer, ":") ? " " : ": ");
	}
	put_str(&line, text);
	buf[line.len++] = '\n';
	return duet_outlet_write(STDERR_FILENO, buf, line.len) >= 0 ||
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
