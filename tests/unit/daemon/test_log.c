/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "daemon/log.h"
#include "support/unit.h"

#define WALL_US INT64_C(1795486539123456) /* 2026-11-24 02:15:39.123456 */

static const struct duet_head get = { .size = sizeof(get),
				      .method = "GET",
				      .target = "/a?b",
				      .major = 1,
				      .minor = 1 };

static const struct duet_report whole = {
	.size = sizeof(whole),
	.peer = "192.0.2.7:51234",
	.head = &get,
	.status = 200,
	.sent_bytes = 1042,
	.duration_us = 312,
	.tls_version = "TLSv1.3",
	.request = DUET_BY_NO_BODY,
	.reply = DUET_BY_LENGTH,
};

static struct duet_trouble trouble;

static size_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (size_t)st.st_size;
}

static void holds_lines_back_until_full_or_flushed(void **state)
{
	char path[] = "/tmp/duet-log-XXXXXX";
	char line[DUET_LINE_BYTES];
	struct duet_log log;
	size_t n = duet_line_make(line, DUET_LINE_JSON, &whole, WALL_US);
	size_t i;
	int fd = -1;

	(void)state;
	assert_int_equal(close(mkstemp(path)), 0);
	assert_int_equal(duet_log_open(path, &fd, NULL), DUET_OK);
	duet_log_init(&log, fd, DUET_LINE_JSON, &trouble);
	assert_int_equal(duet_log_step(&log), -1);
	for (i = 0; i < DUET_LOG_FILE_BYTES / n; i++)
		duet_log_report(&log, &whole);
	assert_int_equal(size_of(path), 0);
	assert_in_range(duet_log_step(&log), 1, DUET_LOG_HOLD_MS);
	duet_log_report(&log, &whole);
	assert_int_equal(size_of(path), i * n);
	duet_log_flush(&log);
	assert_int_equal(size_of(path), (i + 1) * n);
	assert_int_equal(duet_log_step(&log), -1);
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
}

static size_t bytes_in(int fd)
{
	int n = 0;

	assert_int_equal(ioctl(fd, FIONREAD, &n), 0);
	return (size_t)n;
}

/* PIPE_BUF, for what others write there not to come in between. */
static void and_less_of_them_where_it_is_no_file(void **state)
{
	char line[DUET_LINE_BYTES];
	struct duet_log log;
	size_t n = duet_line_make(line, DUET_LINE_JSON, &whole, WALL_US);
	size_t i;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	duet_log_init(&log, fds[1], DUET_LINE_JSON, &trouble);
	for (i = 0; i < DUET_LINE_BYTES / n; i++)
		duet_log_report(&log, &whole);
	assert_int_equal(bytes_in(fds[0]), 0);
	duet_log_report(&log, &whole);
	assert_int_equal(bytes_in(fds[0]), i * n);
	duet_log_done(&log);
	assert_int_equal(bytes_in(fds[0]), (i + 1) * n);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
}

enum {
	WRITERS = 4,
	LINES_EACH = 4000,
};

/* One process: lines of its own, of every length. */
static void write_many(int fd, char mark)
{
	static struct duet_log log;
	struct duet_report report = whole;
	struct duet_head head = get;
	char target[301];
	size_t i;

	memset(target, mark, sizeof(target) - 1);
	target[sizeof(target) - 1] = '\0';
	report.head = &head;
	duet_log_init(&log, fd, DUET_LINE_COMMON, &trouble);
	for (i = 0; i < LINES_EACH; i++) {
		head.target = target + i % 300;
		duet_log_report(&log, &report);
	}
	duet_log_done(&log);
}

/* "... "GET aaaa HTTP/1.1" 200 1042\n" */
static void assert_is_whole(const char *line)
{
	const char end[] = " HTTP/1.1\" 200 1042\n";
	const char *target = strstr(line, "\"GET ");
	char mark[2] = "";

	assert_memory_equal(line, "192.0.2.7 - - [", 15);
	assert_non_null(target);
	target += strlen("\"GET ");
	mark[0] = *target;
	assert_string_equal(target + strspn(target, mark), end);
}

static void lines_of_several_processes_are_whole(void **state)
{
	char path[] = "/tmp/duet-log-XXXXXX";
	char line[DUET_LINE_BYTES];
	size_t n = 0;
	FILE *in;
	int status;
	int fd = -1;
	int i;

	(void)state;
	assert_int_equal(close(mkstemp(path)), 0);
	assert_int_equal(duet_log_open(path, &fd, NULL), DUET_OK);
	for (i = 0; i < WRITERS; i++) {
		if (fork() != 0)
			continue;
		write_many(fd, (char)('a' + i));
		_exit(0);
	}
	for (i = 0; i < WRITERS; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	in = fopen(path, "r");
	for (; fgets(line, sizeof(line), in) != NULL; n++)
		assert_is_whole(line);
	assert_int_equal(n, WRITERS * LINES_EACH);
	assert_int_equal(fclose(in), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
}

static void a_line_that_is_due_is_written_by_a_step(void **state)
{
	char path[] = "/tmp/duet-log-XXXXXX";
	struct duet_log log;
	int fd = -1;

	(void)state;
	assert_int_equal(close(mkstemp(path)), 0);
	assert_int_equal(duet_log_open(path, &fd, NULL), DUET_OK);
	duet_log_init(&log, fd, DUET_LINE_JSON, &trouble);
	duet_log_report(&log, &whole);
	log.due_ms = duet_clock_ms();
	assert_int_equal(duet_log_step(&log), -1);
	assert_true(size_of(path) > 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
}

/* ---- readers that stall ---- */

/* What is said on standard error goes to a file from begin to end, and there
 * into text. */
struct said {
	int stderr_fd;
	int file_fd;
	char text[8192];
};

static void said_begin(struct said *said)
{
	char path[] = "/tmp/duet-said-XXXXXX";

	said->file_fd = mkstemp(path);
	assert_true(said->file_fd >= 0);
	assert_int_equal(unlink(path), 0);
	said->stderr_fd = dup(STDERR_FILENO);
	assert_true(dup2(said->file_fd, STDERR_FILENO) >= 0);
}

static void said_end(struct said *said)
{
	ssize_t n;

	assert_true(dup2(said->stderr_fd, STDERR_FILENO) >= 0);
	assert_int_equal(close(said->stderr_fd), 0);
	n = pread(said->file_fd, said->text, sizeof(said->text) - 1, 0);
	assert_true(n >= 0);
	said->text[n] = '\0';
	assert_int_equal(close(said->file_fd), 0);
}

static void trouble_is_told_with_its_peer(void **state)
{
	struct said said;

	(void)state;
	said_begin(&said);
	duet_log_trouble(&trouble, "192.0.2.7:1", "one");
	duet_log_trouble(&trouble, "unix:", "two");
	said_end(&said);
	assert_non_null(strstr(said.text, "Z 192.0.2.7:1: one\n"));
	assert_non_null(strstr(said.text, "Z unix: two\n"));
}

/* All that is in a pipe: how many whole lines as in whole. */
static size_t lines_in(int fd)
{
	const char end[] = "\"end\":\"length\",\"request_end\":\"no-body\"}\n";
	FILE *in = fdopen(dup(fd), "r");
	char line[DUET_LINE_BYTES];
	size_t n = 0;

	while (fgets(line, sizeof(line), in) != NULL) {
		assert_memory_equal(line, "{\"time\":\"20", 11);
		assert_string_equal(line + strlen(line) - strlen(end), end);
		n++;
	}
	assert_int_equal(fclose(in), 0);
	return n;
}

static void never_waits_for_its_reader_and_tells_what_was_lost(void **state)
{
	enum { N = 5000 };
	struct duet_log log;
	struct said said;
	char expected[64];
	size_t n_read = 0;
	int fds[2];
	size_t i;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	duet_log_init(&log, fds[1], DUET_LINE_JSON, &trouble);
	said_begin(&said);
	for (i = 0; i < N; i++)
		duet_log_report(&log, &whole);
	assert_in_range(duet_log_step(&log), 1, DUET_LOG_HOLD_MS);
	do {
		n_read += lines_in(fds[0]);
		log.due_ms = duet_clock_ms();
	} while (duet_log_step(&log) != -1);
	duet_log_done(&log);
	said_end(&said);
	n_read += lines_in(fds[0]);
	assert_in_range(n_read, 100, N - 1);
	(void)snprintf(expected, sizeof(expected),
		       " %zu lines of the access log were lost\n", N - n_read);
	assert_non_null(strstr(said.text, "does not keep up"));
	if (strstr(said.text, expected) == NULL)
		fail_msg("not %s but %s", expected, said.text);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
}

static void at_the_end_what_nobody_reads_is_lost_and_told(void **state)
{
	enum { N = 3000 };
	struct duet_log log;
	struct said said;
	char expected[64];
	int fds[2];
	size_t i;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	duet_log_init(&log, fds[1], DUET_LINE_JSON, &trouble);
	said_begin(&said);
	for (i = 0; i < N; i++)
		duet_log_report(&log, &whole);
	duet_log_done(&log);
	said_end(&said);
	(void)snprintf(expected, sizeof(expected),
		       " %zu lines of the access log were lost\n",
		       N - lines_in(fds[0]));
	if (strstr(said.text, expected) == NULL)
		fail_msg("not %s but %s", expected, said.text);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
}

static void trouble_that_nobody_reads_is_counted_and_told_later(void **state)
{
	enum { N = 3000 };
	static char text[1 << 20];
	struct duet_trouble lost = { 0 };
	int saved = dup(STDERR_FILENO);
	int fds[2];
	char expected[64];
	size_t heard = 0;
	ssize_t n;
	size_t i;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_true(dup2(fds[1], STDERR_FILENO) >= 0);
	for (i = 0; i < N; i++)
		duet_log_trouble(&lost, "192.0.2.7:1", "that happened");
	n = read(fds[0], text, sizeof(text));
	for (i = 0; n > 0 && i < (size_t)n; i++)
		heard += text[i] == '\n';
	duet_log_trouble(&lost, NULL, "at last");
	n = read(fds[0], text, sizeof(text) - 1);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_in_range(heard, 100, N - 1);
	(void)snprintf(expected, sizeof(expected),
		       " %zu lines like this one were lost", N - heard);
	if (strstr(text, expected) == NULL)
		fail_msg("not %s but %s", expected, text);
	assert_non_null(strstr(text, "Z at last\n"));
	assert_int_equal(close(saved), 0);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
}

/* ---- another file ---- */

static void lines_held_go_to_the_file_it_is_switched_to(void **state)
{
	char one[] = "/tmp/duet-log-XXXXXX";
	char two[] = "/tmp/duet-log-XXXXXX";
	struct duet_log log;
	size_t before;
	int fd = -1;

	(void)state;
	assert_int_equal(close(mkstemp(one)), 0);
	assert_int_equal(close(mkstemp(two)), 0);
	assert_int_equal(duet_log_open(one, &fd, NULL), DUET_OK);
	duet_log_init(&log, fd, DUET_LINE_JSON, &trouble);
	duet_log_report(&log, &whole);
	duet_log_flush(&log);
	before = size_of(one);
	duet_log_report(&log, &whole);
	assert_int_equal(duet_log_reopen(two, &fd, NULL), DUET_OK);
	duet_log_switch(&log, fd);
	assert_int_equal(size_of(two), 0);
	duet_log_done(&log);
	assert_int_equal(size_of(one), before);
	assert_int_equal(size_of(two), before);
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(one), 0);
	assert_int_equal(unlink(two), 0);
}

/* Files take no more than so many bytes, as a disk that is full. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Three lines, of which one and a half were written when room ran out. */
static void switch_within_a_line(bool room_again, size_t in_one, size_t in_two,
				 const char *expected)
{
	char one[] = "/tmp/duet-log-XXXXXX";
	char two[] = "/tmp/duet-log-XXXXXX";
	char line[DUET_LINE_BYTES];
	size_t n = duet_line_make(line, DUET_LINE_JSON, &whole, WALL_US);
	struct duet_log log;
	struct said said;
	int fd = -1;
	int i;

	assert_int_equal(close(mkstemp(one)), 0);
	assert_int_equal(close(mkstemp(two)), 0);
	assert_int_equal(duet_log_open(one, &fd, NULL), DUET_OK);
	duet_log_init(&log, fd, DUET_LINE_JSON, &trouble);
	said_begin(&said);
	for (i = 0; i < 3; i++)
		duet_log_report(&log, &whole);
	limit_files(n + n / 2);
	duet_log_flush(&log);
	assert_int_equal(size_of(one), n + n / 2);
	if (room_again)
		limit_files(RLIM_INFINITY);
	assert_int_equal(duet_log_reopen(two, &fd, NULL), DUET_OK);
	duet_log_switch(&log, fd);
	duet_log_done(&log);
	limit_files(RLIM_INFINITY);
	said_end(&said);
	assert_int_equal(size_of(one), in_one * n / 2);
	assert_int_equal(size_of(two), in_two * n / 2);
	assert_non_null(strstr(said.text, expected));
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(one), 0);
	assert_int_equal(unlink(two), 0);
}

static void a_line_begun_is_ended_where_it_was_begun(void **state)
{
	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	switch_within_a_line(true, 4, 2, "cannot write the access log");
}

static void or_is_lost_and_told_of(void **state)
{
	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	switch_within_a_line(false, 3, 2,
			     " 1 lines of the access log were lost");
}

static void a_fifo_without_a_reader_is_not_waited_for(void **state)
{
	char path[] = "/tmp/duet-log-XXXXXX";
	struct duet_error err;
	int fd = 7;

	(void)state;
	assert_int_equal(close(mkstemp(path)), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(duet_log_reopen(path, &fd, &err), DUET_E_SYSTEM);
	assert_int_equal(fd, 7);
	assert_non_null(strstr(err.text, "go on into the file that was open"));
	assert_int_equal(unlink(path), 0);
}

static void may_be_read_by_its_group_only(void **state)
{
	char path[] = "/tmp/duet-log-XXXXXX";
	mode_t mask = umask(022);
	struct stat st;
	int fd = -1;
	int again;

	(void)state;
	assert_int_equal(close(mkstemp(path)), 0);
	for (again = 0; again <= 1; again++) {
		assert_int_equal(unlink(path), 0);
		assert_int_equal(again ? duet_log_reopen(path, &fd, NULL)
				       : duet_log_open(path, &fd, NULL),
				 DUET_OK);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0640);
		assert_int_equal(close(fd), 0);
	}
	(void)umask(mask);
	assert_int_equal(unlink(path), 0);
}

static void appends_to_what_is_there(void **state)
{
	char path[] = "/tmp/duet-log-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, "old\n", 4), 4);
	assert_int_equal(close(fd), 0);
	assert_int_equal(duet_log_open(path, &fd, NULL), DUET_OK);
	assert_int_equal(write(fd, "new\n", 4), 4);
	assert_int_equal(close(fd), 0);
	assert_int_equal(size_of(path), 8);
	assert_int_equal(unlink(path), 0);
}

static void knows_its_places(void **state)
{
	struct duet_error err;
	int fd = 7;

	(void)state;
	assert_int_equal(duet_log_open("-", &fd, &err), DUET_OK);
	assert_int_equal(fd, STDOUT_FILENO);
	assert_int_equal(duet_log_open("none", &fd, &err), DUET_OK);
	assert_int_equal(fd, -1);
	assert_int_equal(duet_log_open("/dev/null/x", &fd, &err),
			 DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "'/dev/null/x'"));
	assert_int_equal(fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trouble_is_told_with_its_peer),
		cmocka_unit_test(holds_lines_back_until_full_or_flushed),
		cmocka_unit_test(and_less_of_them_where_it_is_no_file),
		cmocka_unit_test(lines_of_several_processes_are_whole),
		cmocka_unit_test(a_line_that_is_due_is_written_by_a_step),
		cmocka_unit_test(
			never_waits_for_its_reader_and_tells_what_was_lost),
		cmocka_unit_test(at_the_end_what_nobody_reads_is_lost_and_told),
		cmocka_unit_test(
			trouble_that_nobody_reads_is_counted_and_told_later),
		cmocka_unit_test(lines_held_go_to_the_file_it_is_switched_to),
		cmocka_unit_test(a_line_begun_is_ended_where_it_was_begun),
		cmocka_unit_test(or_is_lost_and_told_of),
		cmocka_unit_test(a_fifo_without_a_reader_is_not_waited_for),
		cmocka_unit_test(may_be_read_by_its_group_only),
		cmocka_unit_test(appends_to_what_is_there),
		cmocka_unit_test(knows_its_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
