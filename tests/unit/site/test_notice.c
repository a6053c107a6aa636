/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "site/notice.h"
#include "support/tempdir.h"
#include "support/unit.h"

/*
 * top/dir/file    a file that is watched, as is dir for the name "file"
 * top/dir/other   a file of another name
 */
static volatile sig_atomic_t stirred;

static void on_sigio(int number)
{
	(void)number;
	stirred = 1;
}

struct place {
	char top[TEMP_DIR_BYTES];
	int dir;
	int file;
	struct duet_notices *notices;
	int told_dir, told_name, told_file;
	struct duet_tie dir_tie, name_tie, file_tie;
};

static void count(void *owner, bool is_written, void *arg)
{
	(void)is_written;
	(void)arg;
	++*(int *)owner;
}

static void write_at(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static int open_at(int dir, const char *name, int flags)
{
	int fd = openat(dir, name, flags | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void tie_all(struct place *place)
{
	place->dir_tie.owner = &place->told_dir;
	place->name_tie.owner = &place->told_name;
	place->file_tie.owner = &place->told_file;
	assert_int_equal(duet_notices_tie_dir(place->notices, place->dir, NULL,
					      &place->dir_tie),
			 0);
	assert_int_equal(duet_notices_tie_dir(place->notices, place->dir,
					      "file", &place->name_tie),
			 0);
	assert_int_equal(duet_notices_tie_file(place->notices, place->file,
					       &place->file_tie),
			 0);
	duet_notices_read(place->notices);
	place->told_dir = place->told_name = place->told_file = 0;
}

static void untie_all(struct place *place)
{
	duet_notices_untie(place->notices, &place->dir_tie);
	duet_notices_untie(place->notices, &place->name_tie);
	duet_notices_untie(place->notices, &place->file_tie);
}

static void place_make(struct place *place)
{
	char path[TEMP_DIR_BYTES + 8];
	struct duet_error err;

	memset(place, 0, sizeof(*place));
	temp_dir_make(place->top);
	(void)snprintf(path, sizeof(path), "%s/dir", place->top);
	assert_int_equal(mkdir(path, 0700), 0);
	place->dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(place->dir >= 0);
	write_at(place->dir, "file", "one");
	write_at(place->dir, "other", "two");
	place->file = open_at(place->dir, "file", O_RDONLY);
	if (duet_notices_new(&stirred, count, NULL, &place->notices, &err) !=
	    DUET_OK)
		fail_msg("%s", err.text);
	tie_all(place);
}

static void place_done(struct place *place)
{
	untie_all(place);
	duet_notices_free(place->notices);
	(void)close(place->file);
	(void)close(place->dir);
	assert_int_equal(temp_dir_remove(place->top), 0);
}

/* What somebody does to it. */
static void overwrite(const struct place *place)
{
	write_at(place->dir, "file", "two");
}

static void append(const struct place *place)
{
	int fd = open_at(place->dir, "file", O_WRONLY | O_APPEND);

	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(close(fd), 0);
}

static void shorten(const struct place *place)
{
	int fd = open_at(place->dir, "file", O_WRONLY);

	assert_int_equal(ftruncate(fd, 1), 0);
	assert_int_equal(close(fd), 0);
}

static void rename_onto(const struct place *place)
{
	assert_int_equal(renameat(place->dir, "other", place->dir, "file"), 0);
}

static void rename_away(const struct place *place)
{
	assert_int_equal(renameat(place->dir, "file", place->dir, "gone"), 0);
}

static void unlink_it(const struct place *place)
{
	assert_int_equal(unlinkat(place->dir, "file", 0), 0);
}

static void take_rights(const struct place *place)
{
	assert_int_equal(fchmod(place->file, 0), 0);
}

static void link_and_write_there(const struct place *place)
{
	char path[TEMP_DIR_BYTES + 8];

	(void)snprintf(path, sizeof(path), "%s/link", place->top);
	assert_int_equal(linkat(place->dir, "file", AT_FDCWD, path, 0), 0);
	write_at(AT_FDCWD, path, "six");
}

static void set_time(const struct place *place)
{
	const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

	assert_int_equal(futimens(place->file, times), 0);
}

static void revoke_dir(const struct place *place)
{
	char path[TEMP_DIR_BYTES + 8];

	(void)snprintf(path, sizeof(path), "%s/dir", place->top);
	assert_int_equal(chmod(path, 0), 0);
	assert_int_equal(chmod(path, 0700), 0);
}

static void rename_dir(const struct place *place)
{
	char from[TEMP_DIR_BYTES + 8];
	char to[TEMP_DIR_BYTES + 8];

	(void)snprintf(from, sizeof(from), "%s/dir", place->top);
	(void)snprintf(to, sizeof(to), "%s/moved", place->top);
	assert_int_equal(rename(from, to), 0);
}

static void touch_another(const struct place *place)
{
	write_at(place->dir, "other", "six");
	write_at(place->dir, "third", "six");
	assert_int_equal(unlinkat(place->dir, "third", 0), 0);
}

static void read_it(const struct place *place)
{
	char byte;
	int fd = open_at(place->dir, "file", O_RDONLY);

	assert_int_equal(read(fd, &byte, 1), 1);
	assert_int_equal(close(fd), 0);
}

static const struct {
	const char *what;
	void (*happens)(const struct place *place);
	bool dir, name, file; /* who is told */
} changes[] = {
	{ "overwrite", overwrite, false, false, true },
	{ "append", append, false, false, true },
	{ "shorten", shorten, false, false, true },
	{ "rename onto", rename_onto, false, true, true },
	{ "rename away", rename_away, false, true, true },
	{ "unlink", unlink_it, false, true, true },
	{ "chmod", take_rights, false, true, true },
	{ "through a link", link_and_write_there, false, false, true },
	{ "utimens", set_time, false, true, true },
	{ "chmod of the directory", revoke_dir, true, true, false },
	{ "rename of the directory", rename_dir, true, true, false },
	{ "another file", touch_another, false, false, false },
	{ "reading", read_it, false, false, false },
};

static void tells_whom_it_concerns_at_once(void **state)
{
	struct place place;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(changes); i++) {
		place_make(&place);
		assert_false(duet_notices_are_due(&stirred));
		changes[i].happens(&place);
		if (changes[i].dir || changes[i].name || changes[i].file)
			assert_true(duet_notices_are_due(&stirred));
		duet_notices_read(place.notices);
		assert_false(duet_notices_are_due(&stirred));
		if ((place.told_dir > 0) != changes[i].dir ||
		    (place.told_name > 0) != changes[i].name ||
		    (place.told_file > 0) != changes[i].file)
			fail_msg("%s: %d %d %d", changes[i].what,
				 place.told_dir, place.told_name,
				 place.told_file);
		place_done(&place);
	}
}

static void who_is_untied_hears_nothing(void **state)
{
	struct place place;

	(void)state;
	place_make(&place);
	duet_notices_untie(place.notices, &place.name_tie);
	unlink_it(&place);
	duet_notices_untie(place.notices, &place.file_tie);
	duet_notices_read(place.notices);
	assert_int_equal(place.told_name, 0);
	assert_int_equal(place.told_file, 0);
	/* and the directory goes on being watched for the other */
	revoke_dir(&place);
	duet_notices_read(place.notices);
	assert_true(place.told_dir > 0);
	place_done(&place);
}

/* The kernel's queue holds so many and then forgets: everybody is told. */
static void tells_everybody_when_some_were_lost(void **state)
{
	struct place place;
	FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
	char line[32];
	long most;
	long i;

	(void)state;
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	most = strtol(line, NULL, 10);
	assert_true(most > 0);
	assert_int_equal(fclose(file), 0);
	place_make(&place);
	/* Names take turns, or the kernel would merge them. */
	for (i = 0; i < most / 2 + 1; i++) {
		assert_int_equal(renameat(place.dir, "other", place.dir,
					  "that"),
				 0);
		assert_int_equal(renameat(place.dir, "that", place.dir,
					  "other"),
				 0);
	}
	duet_notices_read(place.notices);
	assert_true(place.told_dir > 0);
	assert_true(place.told_name > 0);
	assert_true(place.told_file > 0);
	place_done(&place);
}

static void a_directory_is_no_file_and_has_a_limit(void **state)
{
	struct place place;
	struct duet_tie tie = { .owner = &place.told_dir };

	(void)state;
	place_make(&place);
	assert_int_equal(duet_notices_tie_dir(place.notices, place.file, NULL,
					      &tie),
			 -ENOTDIR);
	assert_null(tie.watched);
	duet_notices_untie(place.notices, &tie);
	place_done(&place);
}

/* A kernel that knows the calls and raises no signal. */
static void a_signal_that_does_not_come_is_found_out(void **state)
{
	struct sigaction deaf = { .sa_handler = SIG_IGN };
	struct sigaction before;
	struct duet_notices *notices = NULL;
	struct duet_error err;

	(void)state;
	assert_int_equal(sigaction(SIGIO, &deaf, &before), 0);
	assert_int_equal(duet_notices_new(&stirred, count, NULL, &notices,
					  &err),
			 DUET_E_SYSTEM);
	assert_null(notices);
	assert_non_null(strstr(err.text, "not told"));
	assert_int_equal(sigaction(SIGIO, &before, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_whom_it_concerns_at_once),
		cmocka_unit_test(who_is_untied_hears_nothing),
		cmocka_unit_test(tells_everybody_when_some_were_lost),
		cmocka_unit_test(a_directory_is_no_file_and_has_a_limit),
		cmocka_unit_test(a_signal_that_does_not_come_is_found_out),
	};
	struct sigaction action = { .sa_handler = on_sigio,
				    .sa_flags = SA_RESTART };

	(void)sigaction(SIGIO, &action, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
