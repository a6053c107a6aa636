/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <sys/stat.h>

#include <fcntl.h>
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

static void assert_line(const struct duet_report *report, const char *expected)
{
	char line[DUET_LOG_BYTES + 1];
	size_t n = duet_log_line(line, report, WALL_US);

	assert_true(n <= DUET_LOG_BYTES);
	line[n] = '\0';
	assert_string_equal(line, expected);
}

static void a_whole_reply_names_its_evidence(void **state)
{
	(void)state;
	assert_line(&whole, "2026-11-24T02:15:39.123Z 192.0.2.7:51234 "
			    "\"GET /a?b HTTP/1.1\" 200 1042 0.312ms TLSv1.3 "
			    "end=length\n");
}

static void a_cut_reply_says_who_cut_it_and_why(void **state)
{
	struct duet_report report = whole;
	struct duet_error err;

	(void)state;
	(void)duet_error_set(&err, DUET_E_TRUNCATED, "the file shrank");
	report.reply = DUET_BY_NONE;
	report.cut = DUET_CUT_LOCAL;
	report.cut_by = DUET_SIDE_US;
	report.error = &err;
	report.sent_bytes = 65536;
	report.duration_us = 12000000;
	assert_line(&report,
		    "2026-11-24T02:15:39.123Z 192.0.2.7:51234 "
		    "\"GET /a?b HTTP/1.1\" 200 65536 12000.000ms TLSv1.3 "
		    "cut-by=us how=local why=\"the file shrank\"\n");
	report.cut = DUET_CUT_RESET;
	report.cut_by = DUET_SIDE_PEER;
	report.error = NULL;
	assert_line(&report,
		    "2026-11-24T02:15:39.123Z 192.0.2.7:51234 "
		    "\"GET /a?b HTTP/1.1\" 200 65536 12000.000ms TLSv1.3 "
		    "cut-by=peer how=reset\n");
}

static void why_is_in_words_that_options_have(void **state)
{
	struct duet_report report = { .size = sizeof(report),
				      .peer = "unix:",
				      .cut = DUET_CUT_TIMEOUT,
				      .cut_by = DUET_SIDE_US };
	struct duet_error err;

	(void)state;
	(void)duet_error_set(&err, DUET_E_TIMEOUT,
			     "nothing within 9 ms (limit head_ms)");
	report.error = &err;
	assert_line(&report, "2026-11-24T02:15:39.123Z unix: - - 0 0.000ms - "
			     "cut-by=us how=timeout "
			     "why=\"nothing within 9 ms\"\n");
}

static void what_is_not_known_is_a_dash(void **state)
{
	struct duet_report report = { .size = sizeof(report),
				      .tls_version = "",
				      .cut = DUET_CUT_FIN,
				      .cut_by = DUET_SIDE_PEER };

	(void)state;
	assert_line(&report, "2026-11-24T02:15:39.123Z - - - 0 0.000ms - "
			     "cut-by=peer how=fin\n");
}

static void bytes_of_strangers_cannot_forge_a_line(void **state)
{
	static const struct {
		const char *target;
		const char *shown;
	} cases[] = {
		{ "/\" 200 \"", "/\\x22 200 \\x22" },
		{ "/\r\n", "/\\x0d\\x0a" },
		{ "/\x1b[2J", "/\\x1b[2J" },
		{ "/\\x22", "/\\\\x22" },
		{ "/\xc3\xa9", "/\xc3\xa9" },
		{ "/\xff", "/\\xff" },
		{ "", "" },
	};
	char expected[256];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_report report = whole;
		struct duet_head head = get;

		head.target = cases[i].target;
		report.head = &head;
		(void)snprintf(expected, sizeof(expected),
			       "2026-11-24T02:15:39.123Z 192.0.2.7:51234 "
			       "\"GET %s HTTP/1.1\" 200 1042 0.312ms TLSv1.3 "
			       "end=length\n",
			       cases[i].shown);
		assert_line(&report, expected);
	}
}

/* Every field of strangers is as long as can be and of that byte only. */
static void assert_end_fits(char byte)
{
	struct duet_report report = whole;
	char line[DUET_LOG_BYTES + 1];
	struct duet_head head = get;
	struct duet_error err;
	char target[9000];
	size_t n;

	memset(target, byte, sizeof(target) - 1);
	target[sizeof(target) - 1] = '\0';
	memset(err.text, byte, sizeof(err.text) - 1);
	err.text[sizeof(err.text) - 1] = '\0';
	head.method = target;
	head.target = target;
	report.peer = target;
	report.head = &head;
	report.error = &err;
	n = duet_log_line(line, &report, WALL_US);
	assert_true(n <= DUET_LOG_BYTES);
	assert_int_equal(line[n - 1], '\n');
	line[n] = '\0';
	if (strstr(line, "... HTTP/1.1\" 200 1042 0.312ms TLSv1.3"
			 " end=length why=\"") == NULL)
		fail_msg("%s", line);
	assert_string_equal(line + n - 2, "\"\n");
}

static void the_longest_line_has_its_end_and_its_facts(void **state)
{
	(void)state;
	assert_end_fits('\x01');
	assert_end_fits('"');
	assert_end_fits('\\');
	assert_end_fits('\xff');
	assert_end_fits('x');
}

/* What is cut is cut between the bytes shown, never inside of \xNN. */
static void a_long_target_is_cut_between_what_is_shown(void **state)
{
	static const char *const repeated[] = { "\"",         "a\"",    "\\\"",
						"\xc3\xa9\"", "\xff\"", "x" };
	size_t i;
	size_t k;

	(void)state;
	for (i = 0; i < COUNT(repeated); i++) {
		struct duet_report report = whole;
		struct duet_head head = get;
		char line[DUET_LOG_BYTES + 1];
		char target[6001] = "";
		const char *p;
		size_t n;

		for (k = 0; strlen(target) + strlen(repeated[i]) < 6000; k++)
			memcpy(target + k * strlen(repeated[i]), repeated[i],
			       strlen(repeated[i]) + 1);
		head.target = target;
		report.head = &head;
		n = duet_log_line(line, &report, WALL_US);
		line[n] = '\0';
		p = strstr(line, "\"GET ") + 5;
		assert_in_range(strcspn(p, " "), 2040, 2047);
		for (; *p != '.'; p++) {
			if (*p == '\\' && p[1] != '\\')
				assert_int_equal(strspn(p + 1, "x2f"), 3);
			if (*p == '\\')
				p += p[1] == '\\' ? 1 : 3;
			if (*p == '\xc3')
				assert_int_equal(*++p, '\xa9');
		}
		assert_int_equal(strncmp(p, "... HTTP/1.1\" 200 ", 18), 0);
	}
}

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
	char line[DUET_LOG_BYTES];
	struct duet_log log;
	size_t n = duet_log_line(line, &whole, WALL_US);
	size_t i;
	int fd = -1;

	(void)state;
	assert_int_equal(close(mkstemp(path)), 0);
	assert_int_equal(duet_log_open(path, &fd, NULL), DUET_OK);
	duet_log_init(&log, fd, &trouble);
	assert_int_equal(duet_log_step(&log), -1);
	for (i = 0; i < DUET_LOG_BYTES / n; i++)
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

static void a_line_that_is_due_is_written_by_a_step(void **state)
{
	char path[] = "/tmp/duet-log-XXXXXX";
	struct duet_log log;
	int fd = -1;

	(void)state;
	assert_int_equal(close(mkstemp(path)), 0);
	assert_int_equal(duet_log_open(path, &fd, NULL), DUET_OK);
	duet_log_init(&log, fd, &trouble);
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
	const char end[] = "TLSv1.3 end=length\n";
	FILE *in = fdopen(dup(fd), "r");
	char line[DUET_LOG_BYTES];
	size_t n = 0;

	while (fgets(line, sizeof(line), in) != NULL) {
		assert_memory_equal(line, "20", 2);
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
	duet_log_init(&log, fds[1], &trouble);
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
	duet_log_init(&log, fds[1], &trouble);
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
		cmocka_unit_test(a_whole_reply_names_its_evidence),
		cmocka_unit_test(a_cut_reply_says_who_cut_it_and_why),
		cmocka_unit_test(why_is_in_words_that_options_have),
		cmocka_unit_test(what_is_not_known_is_a_dash),
		cmocka_unit_test(trouble_is_told_with_its_peer),
		cmocka_unit_test(bytes_of_strangers_cannot_forge_a_line),
		cmocka_unit_test(the_longest_line_has_its_end_and_its_facts),
		cmocka_unit_test(a_long_target_is_cut_between_what_is_shown),
		cmocka_unit_test(holds_lines_back_until_full_or_flushed),
		cmocka_unit_test(a_line_that_is_due_is_written_by_a_step),
		cmocka_unit_test(
			never_waits_for_its_reader_and_tells_what_was_lost),
		cmocka_unit_test(at_the_end_what_nobody_reads_is_lost_and_told),
		cmocka_unit_test(
			trouble_that_nobody_reads_is_counted_and_told_later),
		cmocka_unit_test(appends_to_what_is_there),
		cmocka_unit_test(knows_its_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
