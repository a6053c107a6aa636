/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* mkdtemp, symlink, syscall */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "get/interrupt.h"
#include "get/output.h"
#include "support/unit.h"

/* What another transfer does between our open(2) and our flock(2). */
static void (*meanwhile)(void);

int flock(int fd, int operation)
{
	void (*others)(void) = meanwhile;

	meanwhile = NULL;
	if (others != NULL)
		others();
	return (int)syscall(SYS_flock, fd, operation);
}

/* Where a signal comes while write(2) waits and has moved a byte. */
static int interrupted_fd = -1;
static int writes;

ssize_t write(int fd, const void *data, size_t len)
{
	if (fd != interrupted_fd)
		return (ssize_t)syscall(SYS_write, fd, data, len);
	writes++;
	if (writes == 1)
		(void)raise(SIGINT);
	return (ssize_t)syscall(SYS_write, fd, data, 1);
}

static int syncs;      /* of a file or a directory */
static int syncs_many; /* of all that is on a file system */
static bool syncs_fail;

int fsync(int fd)
{
	syncs++;
	return (int)syscall(SYS_fsync, fd);
}

int syncfs(int fd)
{
	syncs_many++;
	if (syncs_fail) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_syncfs, fd);
}

/* Every test runs in an empty directory of its own. */
struct place {
	char path[32];
	int before;
};

static int enter(void **state)
{
	static struct place place;

	(void)snprintf(place.path, sizeof(place.path), "/tmp/duet-test-XXXXXX");
	place.before = open(".", O_RDONLY | O_DIRECTORY);
	*state = &place;
	return mkdtemp(place.path) != NULL && chdir(place.path) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	static const char *const names[] = { "f",    "f.part",    "real",
					     "link", "real.part", "link.part",
					     "g",    "g.part" };
	struct place *place = *state;
	size_t i;
	int rc;

	for (i = 0; i < COUNT(names); i++)
		(void)unlink(names[i]);
	(void)rmdir("dir");
	rc = fchdir(place->before);
	(void)close(place->before);
	return rc == 0 ? rmdir(place->path) : -1;
}

static void put(const char *path, const char *text)
{
	assert_int_equal(duet_file_write(path, duet_str(text), 0644, NULL),
			 DUET_OK);
}

static void assert_holds(const char *path, const char *text)
{
	struct duet_buffer content = { NULL, 0 };

	assert_int_equal(duet_file_read(path, 100, &content, NULL), DUET_OK);
	assert_string_equal(content.data, text);
	duet_buffer_free(&content);
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void begin(struct duet_get_output *output, const char *path)
{
	struct duet_error err;

	duet_get_output_init(output);
	assert_int_equal(duet_get_output_open_file(output, path, true, &err),
			 DUET_OK);
	assert_int_equal(duet_get_output_begin(output, &err), DUET_OK);
}

static void finish_f(void)
{
	assert_int_equal(rename("f.part", "f"), 0);
}

static void a_file_that_is_finished_meanwhile_is_not_emptied(void **state)
{
	struct duet_get_output output;

	(void)state;
	put("f.part", "theirs, whole");
	meanwhile = finish_f;
	begin(&output, "f");
	assert_holds("f", "theirs, whole");
	assert_holds("f.part", "");
	duet_get_output_drop(&output);
	duet_get_output_done(&output);
	assert_holds("f", "theirs, whole");
}

static int lock_of_theirs = -1;

static void lock_it(void)
{
	lock_of_theirs = open("f.part", O_WRONLY);
	assert_int_equal(syscall(SYS_flock, lock_of_theirs, LOCK_EX), 0);
}

static void what_another_has_locked_meanwhile_is_theirs(void **state)
{
	struct duet_get_output output;
	struct duet_error err;

	(void)state;
	meanwhile = lock_it;
	duet_get_output_init(&output);
	assert_int_equal(duet_get_output_open_file(&output, "f", true, &err),
			 DUET_E_SYSTEM);
	duet_get_output_drop(&output);
	duet_get_output_done(&output);
	assert_true(exists("f.part"));
	(void)close(lock_of_theirs);
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 0777;
}

static void a_secret_file_has_a_secret_part(void **state)
{
	struct duet_get_output output;
	int again;

	(void)state;
	put("f", "old");
	assert_int_equal(chmod("f", 0600), 0);
	for (again = 0; again < 2; again++) {
		begin(&output, "f");
		assert_int_equal(mode_of("f.part"), 0600);
		duet_get_output_keep(&output);
		duet_get_output_done(&output);
		assert_int_equal(chmod("f.part", 0644), 0);
	}
}

/* Root may write to any file, so the mode is what can be seen. */
static void a_part_can_be_written_again_whatever_the_file(void **state)
{
	struct duet_get_output output;
	struct duet_error err;
	int again;

	(void)state;
	put("f", "old");
	assert_int_equal(chmod("f", 0400), 0);
	for (again = 0; again < 2; again++) {
		begin(&output, "f");
		assert_int_equal(mode_of("f.part"), 0600);
		if (again)
			assert_int_equal(duet_get_output_finish(&output, &err),
					 DUET_OK);
		duet_get_output_keep(&output);
		duet_get_output_done(&output);
	}
	assert_int_equal(mode_of("f"), 0400);
}

static void a_part_that_is_a_trap_is_refused(void **state)
{
	struct duet_get_output output;
	struct duet_error err;

	(void)state;
	put("real", "precious");
	assert_int_equal(link("real", "f.part"), 0);
	duet_get_output_init(&output);
	assert_int_equal(duet_get_output_open_file(&output, "f", true, &err),
			 DUET_E_SYSTEM);
	duet_get_output_done(&output);
	assert_holds("real", "precious");
	assert_int_equal(unlink("f.part"), 0);
	assert_int_equal(mkfifo("f.part", 0600), 0);
	duet_get_output_init(&output);
	assert_int_equal(duet_get_output_open_file(&output, "f", true, &err),
			 DUET_E_SYSTEM);
	duet_get_output_done(&output);
}

static void takes_its_name_only_when_it_is_finished(void **state)
{
	struct duet_get_output output;
	struct duet_error err;

	(void)state;
	put("f", "old");
	begin(&output, "f");
	assert_int_equal(duet_get_output_write(&output, "new", 3, &err),
			 DUET_OK);
	assert_holds("f", "old");
	assert_holds("f.part", "new");
	assert_int_equal(duet_get_output_finish(&output, &err), DUET_OK);
	assert_holds("f", "new");
	assert_false(exists("f.part"));
	duet_get_output_done(&output);
}

/* ... by whoever took it for left over; and then another run has begun. */
static void a_part_that_was_replaced_does_not_take_the_name(void **state)
{
	struct duet_get_output output;
	struct duet_error err;

	(void)state;
	begin(&output, "f");
	assert_int_equal(duet_get_output_write(&output, "new", 3, &err),
			 DUET_OK);
	assert_true(duet_get_output_has_part(&output));
	assert_int_equal(unlink("f.part"), 0);
	put("f.part", "half of it");
	assert_false(duet_get_output_has_part(&output));
	assert_int_equal(duet_get_output_finish(&output, &err), DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "replaced"));
	duet_get_output_drop(&output);
	duet_get_output_done(&output);
	assert_false(exists("f"));
	assert_holds("f.part", "half of it");
}

/* Both whole and synced together, if that works, and named; for how many
 * fsync(2)? */
static int finish_two(void)
{
	struct duet_get_output f;
	struct duet_get_output g;
	struct duet_get_output *both[] = { &f, &g };
	struct duet_error err;

	syncs = 0;
	syncs_many = 0;
	begin(&f, "f");
	begin(&g, "g");
	duet_get_output_sync_all(both, COUNT(both));
	assert_int_equal(duet_get_output_finish(&f, &err), DUET_OK);
	assert_int_equal(duet_get_output_finish(&g, &err), DUET_OK);
	duet_get_output_sync_name(&f, NULL);
	duet_get_output_sync_name(&g, &f);
	duet_get_output_done(&f);
	duet_get_output_done(&g);
	assert_true(exists("f") && exists("g"));
	return syncs;
}

static void many_are_synced_at_once(void **state)
{
	(void)state;
	assert_int_equal(finish_two(), 1); /* the directory */
	assert_int_equal(syncs_many, 1);
	/* A mode that is changed after that is to be synced too. */
	assert_int_equal(finish_two(), 3);
}

static void where_that_fails_each_is_synced(void **state)
{
	(void)state;
	syncs_fail = true;
	assert_int_equal(finish_two(), 3);
	assert_int_equal(syncs_many, 2);
	syncs_fail = false;
}

static void names_in_two_directories_are_synced_in_both(void **state)
{
	struct duet_get_output here = { .path = (char[]){ "f" } };
	struct duet_get_output there = { .path = (char[]){ "./f" } };

	(void)state;
	syncs = 0;
	duet_get_output_sync_name(&here, NULL);
	duet_get_output_sync_name(&there, &here);
	duet_get_output_sync_name(&there, &there);
	assert_int_equal(syncs, 2);
}

static void what_was_kept_stays_as_part(void **state)
{
	struct duet_get_output output;
	struct duet_error err;

	(void)state;
	begin(&output, "f");
	assert_int_equal(duet_get_output_write(&output, "ha", 2, &err),
			 DUET_OK);
	duet_get_output_keep(&output);
	duet_get_output_done(&output);
	assert_holds("f.part", "ha");
	assert_false(exists("f"));
}

static void what_was_dropped_leaves_no_trace(void **state)
{
	struct duet_get_output output;

	(void)state;
	begin(&output, "f");
	duet_get_output_drop(&output);
	duet_get_output_done(&output);
	assert_false(exists("f"));
	assert_false(exists("f.part"));
}

static void an_earlier_part_lives_until_an_answer_comes(void **state)
{
	struct duet_get_output output;
	struct duet_error err;

	(void)state;
	put("f.part", "earlier");
	duet_get_output_init(&output);
	assert_int_equal(duet_get_output_open_file(&output, "f", true, &err),
			 DUET_OK);
	duet_get_output_drop(&output);
	duet_get_output_done(&output);
	assert_holds("f.part", "earlier");
	begin(&output, "f");
	duet_get_output_keep(&output);
	duet_get_output_done(&output);
	assert_holds("f.part", "");
}

static void one_transfer_at_a_time_writes_a_part(void **state)
{
	struct duet_get_output first;
	struct duet_get_output second;
	struct duet_error err;

	(void)state;
	begin(&first, "f");
	duet_get_output_init(&second);
	assert_int_equal(duet_get_output_open_file(&second, "f", true, &err),
			 DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "another transfer"));
	duet_get_output_done(&second);
	assert_int_equal(duet_get_output_finish(&first, &err), DUET_OK);
	duet_get_output_done(&first);
}

static void the_mode_of_a_file_survives_its_replacement(void **state)
{
	struct duet_get_output output;
	struct duet_error err;
	struct stat st;

	(void)state;
	put("f", "old");
	assert_int_equal(chmod("f", 0600), 0);
	begin(&output, "f");
	assert_int_equal(duet_get_output_finish(&output, &err), DUET_OK);
	duet_get_output_done(&output);
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_link_is_followed_only_where_the_user_named_it(void **state)
{
	struct duet_get_output output;
	struct duet_error err;

	(void)state;
	put("real", "old");
	assert_int_equal(symlink("real", "link"), 0);
	duet_get_output_init(&output);
	assert_int_equal(duet_get_output_open_file(&output, "link", false,
						   &err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "symbolic link"));
	duet_get_output_done(&output);
	begin(&output, "link");
	assert_int_equal(duet_get_output_write(&output, "new", 3, &err),
			 DUET_OK);
	assert_int_equal(duet_get_output_finish(&output, &err), DUET_OK);
	duet_get_output_done(&output);
	assert_holds("real", "new");
	assert_holds("link", "new");
	assert_int_equal(unlink("real"), 0);
	assert_true(exists("link"));
}

static void a_link_that_leads_nowhere_is_no_place_for_a_body(void **state)
{
	static const char *const targets[] = { "real", "dir/real", "link" };
	struct duet_get_output output;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(targets); i++) {
		assert_int_equal(symlink(targets[i], "link"), 0);
		duet_get_output_init(&output);
		assert_int_equal(duet_get_output_open_file(&output, "link",
							   true, &err),
				 DUET_E_ARGUMENT);
		assert_non_null(strstr(err.text, "leads to no file"));
		duet_get_output_done(&output);
		assert_true(exists("link"));
		assert_false(exists("link.part"));
		assert_int_equal(unlink("link"), 0);
	}
}

static void a_trap_in_place_of_the_part_is_refused(void **state)
{
	struct duet_get_output output;
	struct duet_error err;

	(void)state;
	put("real", "precious");
	assert_int_equal(symlink("real", "f.part"), 0);
	duet_get_output_init(&output);
	assert_int_equal(duet_get_output_open_file(&output, "f", true, &err),
			 DUET_E_SYSTEM);
	duet_get_output_done(&output);
	assert_holds("real", "precious");
}

static void a_directory_is_no_place_for_a_body(void **state)
{
	static const bool follow[] = { true, false };
	struct duet_get_output output;
	struct duet_error err;
	size_t i;

	(void)state;
	assert_int_equal(mkdir("dir", 0700), 0);
	for (i = 0; i < COUNT(follow); i++) {
		duet_get_output_init(&output);
		assert_int_equal(duet_get_output_open_file(&output, "dir",
							   follow[i], &err),
				 DUET_E_ARGUMENT);
		assert_string_equal(err.text,
				    "'dir' is a directory; name a file in it, with -o 'dir/NAME'");
		duet_get_output_done(&output);
		duet_get_output_init(&output);
		assert_int_equal(duet_get_output_open_file(&output, "dir/",
							   follow[i], &err),
				 DUET_E_ARGUMENT);
		assert_string_equal(err.text,
				    "'dir/' is a directory; name a file in it, with -o 'dir/NAME'");
		duet_get_output_done(&output);
	}
}

static void a_device_is_written_in_place(void **state)
{
	struct duet_get_output output;
	struct duet_error err;
	struct stat st;

	(void)state;
	begin(&output, "/dev/null");
	assert_int_equal(output.kind, DUET_GET_OUTPUT_IN_PLACE);
	assert_int_equal(duet_get_output_write(&output, "x", 1, &err), DUET_OK);
	assert_int_equal(duet_get_output_finish(&output, &err), DUET_OK);
	duet_get_output_done(&output);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_false(exists("/dev/null.part"));
}

static void a_full_device_is_named(void **state)
{
	struct duet_get_output output;
	struct duet_error err;

	(void)state;
	begin(&output, "/dev/full");
	assert_int_equal(duet_get_output_write(&output, "x", 1, &err),
			 DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "'/dev/full': cannot write"));
	duet_get_output_done(&output);
}

static void an_empty_piece_is_not_the_beginning_of_a_body(void **state)
{
	static const char elf[] = "\x7f"
				  "ELF\0";
	struct duet_get_output output;
	struct duet_error err;

	(void)state;
	begin(&output, "f");
	output.filtered = true;
	assert_int_equal(duet_get_output_write(&output, "", 0, &err), DUET_OK);
	assert_int_equal(duet_get_output_write(&output, elf, sizeof(elf), &err),
			 DUET_E_ARGUMENT);
	duet_get_output_keep(&output);
	duet_get_output_done(&output);
	assert_holds("f.part", "");
}

/* What has been seen stays so: the last test. */
static void an_interrupt_ends_a_write_that_has_moved_some(void **state)
{
	struct duet_get_output output;
	struct duet_error err;

	(void)state;
	duet_get_interrupt_watch();
	begin(&output, "f");
	interrupted_fd = output.fd;
	assert_int_equal(duet_get_output_write(&output, "abc", 3, &err),
			 DUET_E_GONE);
	interrupted_fd = -1;
	assert_int_equal(writes, 1);
	duet_get_output_keep(&output);
	duet_get_output_done(&output);
	assert_holds("f.part", "a");
}

static void pieces_are_put_where_they_belong(void **state)
{
	struct duet_get_output output;
	struct duet_error err;

	(void)state;
	put("f", "old");
	put("f.part", "ab....gh, and more");
	duet_get_output_init(&output);
	assert_int_equal(duet_get_output_open_file(&output, "f", true, &err),
			 DUET_OK);
	assert_int_equal(duet_get_output_go_on(&output, false, &err), DUET_OK);
	assert_int_equal(duet_get_output_write_at(&output, "ef", 2, 4, &err),
			 DUET_OK);
	assert_int_equal(duet_get_output_write_at(&output, "cd", 2, 2, &err),
			 DUET_OK);
	assert_true(output.scattered);
	assert_int_equal(output.bytes, 4);
	assert_int_equal(duet_get_output_trim(&output, 8, &err), DUET_OK);
	assert_holds("f", "old");
	assert_int_equal(duet_get_output_finish(&output, &err), DUET_OK);
	duet_get_output_done(&output);
	assert_holds("f", "abcdefgh");
	assert_false(exists("f.part"));
}

static void what_is_gone_on_with_is_a_copy(void **state)
{
	struct duet_get_output output;
	struct duet_error err;

	(void)state;
	put("f", "abc");
	duet_get_output_init(&output);
	assert_int_equal(duet_get_output_open_file(&output, "f", true, &err),
			 DUET_OK);
	assert_int_equal(duet_get_output_go_on(&output, true, &err), DUET_OK);
	assert_int_equal(duet_get_output_write_at(&output, "d", 1, 3, &err),
			 DUET_OK);
	assert_holds("f", "abc");
	assert_holds("f.part", "abcd");
	duet_get_output_keep(&output);
	duet_get_output_done(&output);
}

static void a_second_answer_begins_at_the_beginning(void **state)
{
	struct duet_get_output output;
	struct duet_error err;

	(void)state;
	begin(&output, "f");
	assert_int_equal(duet_get_output_write(&output, "first, cut", 10, &err),
			 DUET_OK);
	assert_int_equal(duet_get_output_begin(&output, &err), DUET_OK);
	assert_int_equal(output.bytes, 0);
	assert_int_equal(duet_get_output_write(&output, "second", 6, &err),
			 DUET_OK);
	assert_int_equal(duet_get_output_finish(&output, &err), DUET_OK);
	duet_get_output_done(&output);
	assert_holds("f", "second");
}

#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_PLACE(takes_its_name_only_when_it_is_finished),
		IN_A_PLACE(a_part_that_was_replaced_does_not_take_the_name),
		IN_A_PLACE(a_file_that_is_finished_meanwhile_is_not_emptied),
		IN_A_PLACE(what_another_has_locked_meanwhile_is_theirs),
		IN_A_PLACE(a_secret_file_has_a_secret_part),
		IN_A_PLACE(a_part_can_be_written_again_whatever_the_file),
		IN_A_PLACE(a_part_that_is_a_trap_is_refused),
		IN_A_PLACE(many_are_synced_at_once),
		IN_A_PLACE(where_that_fails_each_is_synced),
		IN_A_PLACE(names_in_two_directories_are_synced_in_both),
		IN_A_PLACE(what_was_kept_stays_as_part),
		IN_A_PLACE(what_was_dropped_leaves_no_trace),
		IN_A_PLACE(an_earlier_part_lives_until_an_answer_comes),
		IN_A_PLACE(one_transfer_at_a_time_writes_a_part),
		IN_A_PLACE(the_mode_of_a_file_survives_its_replacement),
		IN_A_PLACE(a_link_is_followed_only_where_the_user_named_it),
		IN_A_PLACE(a_link_that_leads_nowhere_is_no_place_for_a_body),
		IN_A_PLACE(a_trap_in_place_of_the_part_is_refused),
		IN_A_PLACE(a_directory_is_no_place_for_a_body),
		IN_A_PLACE(a_device_is_written_in_place),
		IN_A_PLACE(a_full_device_is_named),
		IN_A_PLACE(an_empty_piece_is_not_the_beginning_of_a_body),
		IN_A_PLACE(pieces_are_put_where_they_belong),
		IN_A_PLACE(what_is_gone_on_with_is_a_copy),
		IN_A_PLACE(a_second_answer_begins_at_the_beginning),
		IN_A_PLACE(an_interrupt_ends_a_write_that_has_moved_some),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
