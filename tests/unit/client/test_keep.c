/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sys/file.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/keep.h"
#include "support/must.h"
#include "support/tempdir.h"
#include "support/unit.h"

enum {
	PROCESSES = 8,
	TIMES = 25,
};

static char dir[TEMP_DIR_BYTES];
static char path[TEMP_DIR_BYTES + 8];
static char other[TEMP_DIR_BYTES + 8];

static int set_up(void **state)
{
	(void)state;
	temp_dir_make(dir);
	(void)snprintf(path, sizeof(path), "%s/kept", dir);
	(void)snprintf(other, sizeof(other), "%s/other", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return temp_dir_remove(dir);
}

/* A number, and one more each time. */
static int count_up(void *arg, struct duet_bytes now, struct duet_buffer *ret,
		    struct duet_error *err)
{
	uint64_t number = 0;

	(void)err;
	if (now.len > 0 && !duet_parse_u64(now, &number))
		return DUET_E_ARGUMENT;
	ret->data = duet_mem_printf("%d", (int)number + *(int *)arg);
	ret->len = strlen(ret->data);
	return DUET_OK;
}

static int refuse(void *arg, struct duet_bytes now, struct duet_buffer *ret,
		  struct duet_error *err)
{
	(void)arg;
	(void)now;
	(void)ret;
	return duet_error_set(err, DUET_E_ARGUMENT, "no");
}

static uint64_t number(void)
{
	struct duet_buffer text = { NULL, 0 };
	uint64_t value = 0;

	assert_int_equal(duet_file_read(path, 100, &text, NULL), DUET_OK);
	assert_true(duet_parse_u64((struct duet_bytes){ text.data, text.len },
				   &value));
	duet_buffer_free(&text);
	return value;
}

static void what_a_file_holds_is_made_of_what_it_held(void **state)
{
	struct duet_error err;
	struct stat st;
	int one = 1;

	(void)state;
	assert_int_equal(duet_keep(path, 100, count_up, &one, NULL), DUET_OK);
	assert_int_equal(duet_keep(path, 100, count_up, &one, NULL), DUET_OK);
	assert_int_equal(number(), 2);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(duet_keep(path, 100, refuse, NULL, &err),
			 DUET_E_ARGUMENT);
	assert_int_equal(number(), 2);
	assert_int_equal(duet_keep(path, 0, count_up, &one, &err),
			 DUET_E_LIMIT);
	assert_int_equal(number(), 2);
}

/* Nothing is lost, whoever comes when. */
static void processes_take_turns(void **state)
{
	pid_t children[PROCESSES];
	int status = 0;
	int one = 1;
	int i;
	int k;

	(void)state;
	for (i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] > 0)
			continue;
		for (k = 0; k < TIMES; k++)
			MUST(duet_keep(path, 100, count_up, &one, NULL) ==
			     DUET_OK);
		_exit(0);
	}
	for (i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(number(), PROCESSES * TIMES);
}

static void who_holds_it_for_ever_is_not_waited_for_so_long(void **state)
{
	struct duet_error err;
	int one = 1;
	int fd = -1;

	(void)state;
	assert_int_equal(duet_file_lock(path, &fd, NULL), DUET_OK);
	assert_int_equal(duet_keep(path, 100, count_up, &one, &err),
			 DUET_E_TIMEOUT);
	assert_non_null(strstr(err.text, path));
	(void)close(fd);
	assert_int_equal(duet_keep(path, 100, count_up, &one, &err), DUET_OK);
}

static void a_link_stays_a_link(void **state)
{
	struct stat st;
	int one = 1;

	(void)state;
	assert_int_equal(duet_keep(other, 100, count_up, &one, NULL), DUET_OK);
	assert_int_equal(symlink("other", path), 0);
	assert_int_equal(duet_keep(path, 100, count_up, &one, NULL), DUET_OK);
	assert_int_equal(number(), 2);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

/* /dev/null stays what it is, for root too. */
static void what_is_no_file_is_only_written_to(void **state)
{
	char text[8] = "";
	int one = 7;
	int fd;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR | O_NONBLOCK);
	assert_true(fd >= 0);
	assert_int_equal(duet_keep(path, 100, count_up, &one, NULL), DUET_OK);
	assert_int_equal(read(fd, text, sizeof(text)), 1);
	assert_string_equal(text, "7");
	(void)close(fd);
}

static int refuse_what_is_there(void *arg, struct duet_bytes now,
				struct duet_error *err)
{
	*(size_t *)arg = now.len;
	return now.len == 0 ? DUET_OK
			    : duet_error_set(err, DUET_E_ARGUMENT, "no");
}

static void what_is_only_read_is_named_too(void **state)
{
	struct duet_error err;
	size_t len = 99;
	int one = 1;

	(void)state;
	assert_int_equal(duet_keep_read(path, 100, refuse_what_is_there, &len,
					&err),
			 DUET_OK);
	assert_int_equal(len, 0);
	assert_int_equal(duet_keep(path, 100, count_up, &one, NULL), DUET_OK);
	assert_int_equal(duet_keep_read(path, 100, refuse_what_is_there, &len,
					&err),
			 DUET_E_ARGUMENT);
	assert_int_equal(len, 1);
	assert_non_null(strstr(err.text, "/kept': no"));
	assert_int_equal(duet_keep_read(dir, 100, refuse_what_is_there, &len,
					&err),
			 DUET_E_SYSTEM);
}

static int add_line(void *arg, char *line)
{
	char *all = arg;

	if (strcmp(line, "bad") == 0)
		return DUET_E_ARGUMENT;
	(void)snprintf(all + strlen(all), 32, "[%s]", line);
	return DUET_OK;
}

static void lines_end_in_any_way(void **state)
{
	static const struct {
		struct duet_bytes text;
		const char *lines;
		size_t number;
		int rc;
	} rows[] = {
		{ { "", 0 }, "", 0, DUET_OK },
		{ { "a", 1 }, "[a]", 1, DUET_OK },
		{ { "a\n", 2 }, "[a]", 1, DUET_OK },
		{ { "a\r\nb\n\nc", 7 }, "[a][b][][c]", 4, DUET_OK },
		{ { "a\rb", 3 }, "[a\rb]", 1, DUET_OK },
		{ { "a\nbad\nc", 7 }, "[a]", 2, DUET_E_ARGUMENT },
		{ { "a\nb\0c\n", 6 }, "[a]", 2, DUET_E_ARGUMENT },
		{ { "a\nb\0", 4 }, "[a]", 2, DUET_E_ARGUMENT },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		char all[128] = "";
		size_t n = 99;

		assert_int_equal(duet_keep_lines(rows[i].text, add_line, all,
						 &n),
				 rows[i].rc);
		assert_string_equal(all, rows[i].lines);
		assert_int_equal(n, rows[i].number);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_file_holds_is_made_of_what_it_held),
		TEST(processes_take_turns),
		TEST(who_holds_it_for_ever_is_not_waited_for_so_long),
		TEST(a_link_stays_a_link),
		TEST(what_is_no_file_is_only_written_to),
		TEST(what_is_only_read_is_named_too),
		TEST(lines_end_in_any_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
