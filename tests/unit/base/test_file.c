/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* flock, memmem */
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "support/unit.h"

static char place[] = "/tmp/duet-test-file-XXXXXX";

static int make_place(void **state)
{
	(void)state;
	return mkdtemp(place) != NULL ? 0 : -1;
}

static int remove_place(void **state)
{
	(void)state;
	return rmdir(place);
}

static void what_is_written_is_read_and_nobody_else_may(void **state)
{
	struct duet_buffer content = { NULL, 0 };
	char *path = duet_mem_printf("%s/key", place);
	struct stat st;

	(void)state;
	assert_int_equal(duet_file_write(path, duet_str("old"), 0600, NULL),
			 DUET_OK);
	assert_int_equal(duet_file_write(path, duet_str("new one"), 0600, NULL),
			 DUET_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(duet_file_read(path, 7, &content, NULL), DUET_OK);
	assert_string_equal(content.data, "new one");
	duet_buffer_free(&content);
	(void)unlink(path);
	duet_mem_free(path);
}

static void a_new_file_never_replaces_one(void **state)
{
	struct duet_buffer content = { NULL, 0 };
	char *path = duet_mem_printf("%s/new", place);
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_file_write_new(path, duet_str("first"), 0600,
					     NULL),
			 DUET_OK);
	assert_int_equal(duet_file_write_new(path, duet_str("second"), 0600,
					     &err),
			 DUET_E_SYSTEM);
	assert_int_equal(err.sys, EEXIST);
	assert_non_null(strstr(err.text, path));
	assert_int_equal(duet_file_read(path, 10, &content, NULL), DUET_OK);
	assert_string_equal(content.data, "first");
	duet_buffer_free(&content);
	(void)unlink(path);
	duet_mem_free(path);
}

static void a_file_past_the_limit_is_refused_by_name(void **state)
{
	struct duet_buffer content = { NULL, 0 };
	char *path = duet_mem_printf("%s/large", place);
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_file_write(path, duet_str("12345678"), 0644,
					 NULL),
			 DUET_OK);
	assert_int_equal(duet_file_read(path, 7, &content, &err), DUET_E_LIMIT);
	assert_non_null(strstr(err.text, path));
	assert_null(content.data);
	(void)unlink(path);
	assert_int_equal(duet_file_write(path, duet_str("12345678 and more"),
					 0644, NULL),
			 DUET_OK);
	assert_int_equal(duet_file_read(path, 7, &content, &err), DUET_E_LIMIT);
	assert_null(content.data);
	(void)unlink(path);
	assert_int_equal(duet_file_read(path, 7, &content, &err),
			 DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "No such file"));
	duet_mem_free(path);
}

/* Memory that is given back while a file is read, where it holds any of it. */
static const char marker[] = "PRIVATE KEY";
static int left_behind;

static void *plain_alloc(size_t size, void *arg)
{
	(void)arg;
	return malloc(size);
}

static void look_and_free(void *ptr, void *arg)
{
	(void)arg;
	if (ptr != NULL && memmem(ptr, malloc_usable_size(ptr), marker,
				  sizeof(marker) - 1) != NULL)
		left_behind++;
	free(ptr);
}

/* It moves every time, as realloc(3) may. */
static void *moving_resize(void *ptr, size_t size, void *arg)
{
	size_t had = ptr != NULL ? malloc_usable_size(ptr) : 0;
	void *moved = malloc(size);

	if (moved != NULL && had > 0)
		memcpy(moved, ptr, had < size ? had : size);
	look_and_free(ptr, arg);
	return moved;
}

static int n_allocs;

static void *counting_alloc(size_t size, void *arg)
{
	n_allocs++;
	return plain_alloc(size, arg);
}

/* A bundle of 200 KB is read before the first connection. */
static void a_file_is_read_into_one_piece_of_its_size(void **state)
{
	static const struct duet_allocator hook = {
		sizeof(hook), counting_alloc, moving_resize, look_and_free, NULL
	};
	struct duet_buffer content = { NULL, 0 };
	char *path = duet_mem_printf("%s/large", place);
	static char text[200000];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(duet_file_write(path,
					 (struct duet_bytes){ text,
							      sizeof(text) },
					 0600, NULL),
			 DUET_OK);
	duet_mem_set_hook(&hook);
	n_allocs = 0;
	assert_int_equal(duet_file_read(path, sizeof(text), &content, NULL),
			 DUET_OK);
	assert_int_equal(n_allocs, 1);
	assert_int_equal(content.len, sizeof(text));
	assert_memory_equal(content.data, text, sizeof(text));
	duet_buffer_free(&content);
	duet_mem_set_hook(NULL);
	assert_int_equal(duet_file_read(path, sizeof(text) - 1, &content, NULL),
			 DUET_E_LIMIT);
	(void)unlink(path);
	duet_mem_free(path);
}

static void a_key_leaves_no_copy_in_memory(void **state)
{
	static const struct duet_allocator hook = { sizeof(hook), plain_alloc,
						    moving_resize,
						    look_and_free, NULL };
	struct duet_buffer content = { NULL, 0 };
	char *path = duet_mem_printf("%s/long", place);
	static char text[60000]; /* a pipe holds it */
	char pipe_path[32];
	int ends[2];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, marker, sizeof(marker) - 1);
	assert_int_equal(duet_file_write(path,
					 (struct duet_bytes){ text,
							      sizeof(text) },
					 0600, NULL),
			 DUET_OK);
	duet_mem_set_hook(&hook);
	assert_int_equal(duet_file_read(path, SIZE_MAX, &content, NULL),
			 DUET_OK);
	assert_int_equal(content.len, sizeof(text));
	duet_buffer_free(&content);
	/* What a pipe holds is not known before: memory grows. */
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, sizeof(text)), sizeof(text));
	(void)close(ends[1]);
	(void)snprintf(pipe_path, sizeof(pipe_path), "/dev/fd/%d", ends[0]);
	assert_int_equal(duet_file_read(pipe_path, SIZE_MAX, &content, NULL),
			 DUET_OK);
	(void)close(ends[0]);
	assert_int_equal(content.len, sizeof(text));
	duet_buffer_free(&content);
	duet_mem_set_hook(NULL);
	assert_int_equal(left_behind, 0);
	(void)unlink(path);
	duet_mem_free(path);
}

static void makes_directories_down_to_the_last(void **state)
{
	char *outer = duet_mem_printf("%s/a", place);
	char *inner = duet_mem_printf("%s/a/b", place);
	char *file = duet_mem_printf("%s/a/f", place);
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_file_make_dirs(inner, 0700, &err), DUET_OK);
	assert_int_equal(duet_file_make_dirs(inner, 0700, &err), DUET_OK);
	assert_int_equal(duet_file_write(file, duet_str(""), 0600, NULL),
			 DUET_OK);
	assert_int_equal(duet_file_make_dirs(file, 0700, &err), DUET_E_SYSTEM);
	(void)unlink(file);
	assert_int_equal(rmdir(inner), 0);
	assert_int_equal(rmdir(outer), 0);
	duet_mem_free(outer);
	duet_mem_free(inner);
	duet_mem_free(file);
}

static void a_lock_is_held_until_it_is_closed(void **state)
{
	char *path = duet_mem_printf("%s/lock", place);
	int theirs;
	int ours;

	(void)state;
	assert_int_equal(duet_file_lock(path, &ours, NULL), DUET_OK);
	theirs = open(path, O_RDWR);
	assert_int_equal(flock(theirs, LOCK_EX | LOCK_NB), -1);
	assert_int_equal(close(ours), 0);
	assert_int_equal(flock(theirs, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(close(theirs), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(duet_file_lock(place, &ours, NULL), DUET_E_SYSTEM);
	duet_mem_free(path);
}

static void finds_the_place_of_the_user(void **state)
{
	char *path;

	(void)state;
	assert_int_equal(setenv("HOME", "/home/u", 1), 0);
	assert_int_equal(unsetenv("XDG_DATA_HOME"), 0);
	path = duet_file_xdg(DUET_XDG_DATA, "ca.pem");
	assert_string_equal(path, "/home/u/.local/share/duet/ca.pem");
	duet_mem_free(path);
	assert_int_equal(setenv("XDG_DATA_HOME", "relative", 1), 0);
	path = duet_file_xdg(DUET_XDG_DATA, "ca.pem");
	assert_string_equal(path, "/home/u/.local/share/duet/ca.pem");
	duet_mem_free(path);
	assert_int_equal(setenv("XDG_DATA_HOME", "/data", 1), 0);
	path = duet_file_xdg(DUET_XDG_DATA, "ca.pem");
	assert_string_equal(path, "/data/duet/ca.pem");
	duet_mem_free(path);
	assert_int_equal(unsetenv("HOME"), 0);
	assert_null(duet_file_xdg(DUET_XDG_CACHE, "x"));
}

static void a_dash_is_standard_input_itself(void **state)
{
	int before = dup(STDIN_FILENO);
	struct duet_buffer content = { NULL, 0 };
	struct duet_error err;
	int ends[2];
	int null;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	(void)close(ends[1]);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	(void)close(ends[0]);
	assert_int_equal(duet_file_read_or_stdin("-", 9, &content, &err),
			 DUET_OK);
	assert_string_equal(content.data, "abc");
	duet_buffer_free(&content);
	null = open("/dev/null", O_WRONLY);
	assert_int_equal(dup2(null, STDIN_FILENO), STDIN_FILENO);
	(void)close(null);
	assert_int_equal(duet_file_read_or_stdin("-", 9, &content, &err),
			 DUET_E_SYSTEM);
	assert_int_equal(err.sys, EBADF);
	assert_non_null(strstr(err.text, "'standard input': cannot read"));
	(void)dup2(before, STDIN_FILENO);
	(void)close(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_and_nobody_else_may),
		cmocka_unit_test(a_new_file_never_replaces_one),
		cmocka_unit_test(a_file_past_the_limit_is_refused_by_name),
		cmocka_unit_test(a_file_is_read_into_one_piece_of_its_size),
		cmocka_unit_test(a_key_leaves_no_copy_in_memory),
		cmocka_unit_test(makes_directories_down_to_the_last),
		cmocka_unit_test(a_lock_is_held_until_it_is_closed),
		cmocka_unit_test(finds_the_place_of_the_user),
		cmocka_unit_test(a_dash_is_standard_input_itself),
	};

	return cmocka_run_group_tests(tests, make_place, remove_place);
}
