/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* mkstemp, mkfifo */
#include <sys/stat.h>

#include <errno.h>

#include "files.h"

static void pieces_follow_one_another(void **state)
{
	struct file file = file_new("from a file");
	struct duet_get_body body = { NULL };
	size_t step;

	(void)state;
	assert_int_equal(duet_get_body_length(&body), 0);
	assert_int_equal(duet_get_body_add_str(&body, "<"), DUET_OK);
	assert_int_equal(duet_get_body_add_file(&body, file.path, NULL),
			 DUET_OK);
	assert_int_equal(duet_get_body_add_str(&body, ""), DUET_OK);
	assert_int_equal(duet_get_body_add_str(&body, ">"), DUET_OK);
	assert_int_equal(duet_get_body_length(&body), 13);
	assert_false(body.once);
	for (step = 1; step < 20; step++)
		assert_string_equal(read_whole(&body, step), "<from a file>");
	duet_get_body_done(&body);
	(void)unlink(file.path);
}

static void can_be_had_again_from_anywhere(void **state)
{
	struct file file = file_new("0123456789");
	struct duet_get_body body = { NULL };
	struct duet_get_reading reading;
	char buf[16];
	size_t begun;
	size_t n;

	(void)state;
	assert_int_equal(duet_get_body_add_str(&body, "ab"), DUET_OK);
	assert_int_equal(duet_get_body_add_file(&body, file.path, NULL),
			 DUET_OK);
	duet_get_reading_init(&reading, &body);
	for (begun = 1; begun <= 12; begun++) {
		assert_true(duet_get_reading_give(&reading, buf, begun, &n) >=
			    0);
		assert_int_equal(n, begun);
		assert_int_equal(duet_get_reading_rewind(&reading), DUET_OK);
	}
	assert_int_equal(duet_get_reading_give(&reading, buf, 16, &n),
			 DUET_EOF);
	assert_int_equal(n, 12);
	assert_memory_equal(buf, "ab0123456789", 12);
	duet_get_reading_done(&reading);
	duet_get_body_done(&body);
	(void)unlink(file.path);
}

/* What happens to a file of ten bytes when two have been read. */
static void append(const struct file *file)
{
	file_write(file, "more", O_APPEND);
}
static void cut(const struct file *file)
{
	file_write(file, "", O_TRUNC);
}
static void shorten(const struct file *file)
{
	file_write(file, "01234", O_TRUNC);
}
static void change(const struct file *file)
{
	struct timespec times[2] = { { 0, UTIME_OMIT }, { 1000, 0 } };

	file_write(file, "abcdefghij", 0);
	assert_int_equal(utimensat(AT_FDCWD, file->path, times, 0), 0);
}

static void a_file_that_changes_never_ends_well(void **state)
{
	static const struct {
		void (*happens)(const struct file *file);
		const char *word;
	} rows[] = {
		{ append, "grew while it was being sent, from 10 bytes to 14" },
		{ cut, "shrank while it was being sent, from 10 bytes to 0" },
		{ shorten,
		  "shrank while it was being sent, from 10 bytes to 5" },
		{ change, "was changed while it was being sent" },
	};
	struct duet_get_reading reading;
	char buf[4];
	size_t begun;
	size_t sum;
	size_t i;
	size_t n;
	int rc;

	(void)state;
	for (i = 0; i < 2 * COUNT(rows); i++) {
		struct file file = file_new("0123456789");
		struct duet_get_body body = { NULL };

		begun = i % 2 == 0 ? 0 : 2; /* before it is opened, and after */
		assert_int_equal(duet_get_body_add_file(&body, file.path, NULL),
				 DUET_OK);
		duet_get_reading_init(&reading, &body);
		sum = 0;
		if (begun > 0) {
			assert_int_equal(duet_get_reading_give(&reading, buf,
							       begun, &n),
					 DUET_OK);
			sum = n;
		}
		rows[i / 2].happens(&file);
		do {
			rc = duet_get_reading_give(&reading, buf, 3, &n);
			sum += rc == DUET_OK ? n : 0;
		} while (rc == DUET_OK);
		assert_true(rc < 0);
		assert_true(sum < 10);
		if (strstr(reading.error.text, rows[i / 2].word) == NULL ||
		    strstr(reading.error.text, file.path) == NULL)
			fail_msg("%s", reading.error.text);
		/* It stays failed. */
		assert_int_equal(duet_get_reading_give(&reading, buf, 3, &n),
				 rc);
		duet_get_reading_done(&reading);
		duet_get_body_done(&body);
		(void)unlink(file.path);
	}
}

static void a_file_that_goes_away_is_named(void **state)
{
	struct file file = file_new("0123456789");
	struct duet_get_body body = { NULL };
	struct duet_get_reading reading;
	char buf[4];
	size_t n;

	(void)state;
	assert_int_equal(duet_get_body_add_file(&body, file.path, NULL),
			 DUET_OK);
	(void)unlink(file.path);
	duet_get_reading_init(&reading, &body);
	assert_int_equal(duet_get_reading_give(&reading, buf, 4, &n),
			 DUET_E_SYSTEM);
	assert_int_equal(reading.error.sys, ENOENT);
	assert_non_null(strstr(reading.error.text, file.path));
	duet_get_reading_done(&reading);
	duet_get_body_done(&body);
}

/* What a pipe gives: nothing yet, some, nothing, the rest, the end. */
static void a_pipe_is_not_waited_for_and_read_once(void **state)
{
	struct file file = file_new("");
	struct duet_get_body body = { NULL };
	struct duet_get_reading reading;
	char buf[16];
	size_t n;
	int fd;

	(void)state;
	(void)unlink(file.path);
	assert_int_equal(mkfifo(file.path, 0600), 0);
	assert_int_equal(duet_get_body_add_str(&body, "<"), DUET_OK);
	assert_int_equal(duet_get_body_add_stream(&body, file.path, NULL),
			 DUET_OK);
	assert_int_equal(duet_get_body_add_str(&body, ">"), DUET_OK);
	assert_true(body.once);
	assert_int_equal(duet_get_body_length(&body), DUET_LENGTH_UNKNOWN);
	duet_get_reading_init(&reading, &body);
	assert_int_equal(duet_get_reading_wait_fd(&reading), -1);
	assert_int_equal(duet_get_reading_give(&reading, buf, 16, &n), DUET_OK);
	assert_int_equal(n, 1);
	assert_int_equal(duet_get_reading_give(&reading, buf, 16, &n),
			 DUET_PAUSE);
	assert_int_equal(n, 0);
	assert_true(duet_get_reading_wait_fd(&reading) >= 0);
	fd = open(file.path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_int_equal(duet_get_reading_give(&reading, buf, 16, &n), DUET_OK);
	assert_int_equal(n, 3);
	assert_int_equal(duet_get_reading_give(&reading, buf, 16, &n),
			 DUET_PAUSE);
	assert_int_equal(close(fd), 0);
	assert_int_equal(duet_get_reading_give(&reading, buf, 16, &n),
			 DUET_EOF);
	assert_int_equal(n, 1);
	assert_int_equal(buf[0], '>');
	assert_true(duet_get_reading_rewind(&reading) < 0);
	duet_get_reading_done(&reading);
	duet_get_body_done(&body);
	(void)unlink(file.path);
}

static void a_pipe_may_be_held_instead(void **state)
{
	struct duet_get_body body = { NULL };
	char path[32];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "abc", 3), 3);
	assert_int_equal(close(fds[1]), 0);
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
	assert_int_equal(duet_get_body_add_file(&body, path, NULL), DUET_OK);
	assert_int_equal(close(fds[0]), 0);
	assert_false(body.once);
	assert_string_equal(read_whole(&body, 2), "abc");
	assert_string_equal(read_whole(&body, 3), "abc");
	duet_get_body_done(&body);
}

static void what_cannot_be_sent_is_refused_at_once(void **state)
{
	static const struct {
		const char *path;
		int sys;
		const char *text;
	} rows[] = {
		{ "/nonexistent/file", ENOENT,
		  "'/nonexistent/file': cannot open" },
		{ "/tmp", EISDIR, "'/tmp': cannot send" },
		{ "a\nb", ENOENT, "'a\\x0ab': cannot open" },
	};
	struct duet_get_body body = { NULL };
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(duet_get_body_add_file(&body, rows[i].path,
							&err),
				 DUET_E_SYSTEM);
		assert_int_equal(err.sys, rows[i].sys);
		if (strncmp(err.text, rows[i].text, strlen(rows[i].text)) != 0)
			fail_msg("%s", err.text);
		assert_int_equal(body.n, 0);
	}
	duet_get_body_done(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_follow_one_another),
		cmocka_unit_test(can_be_had_again_from_anywhere),
		cmocka_unit_test(a_file_that_changes_never_ends_well),
		cmocka_unit_test(a_file_that_goes_away_is_named),
		cmocka_unit_test(a_pipe_is_not_waited_for_and_read_once),
		cmocka_unit_test(a_pipe_may_be_held_instead),
		cmocka_unit_test(what_cannot_be_sent_is_refused_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
