/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <sys/wait.h>

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "daemon/usage.h"
#include "support/unit.h"

enum {
	FILES = 7,
	BUSY_US = 60000,
};

static struct duet_tally *new_tally(void)
{
	const struct duet_tally_options options = { .n_places = 2,
						    .no_numbers = true };
	struct duet_tally *tally = NULL;

	assert_int_equal(duet_tally_new(&options, &tally, NULL), DUET_OK);
	return tally;
}

static struct duet_usage usage_of(const struct duet_tally *tally, int64_t *most)
{
	struct duet_usage usage = { -2, -2, -2 };

	duet_usage_take(&usage, tally, getpid(), most);
	return usage;
}

/* One that is busy for a while, opens some files, says so and waits. */
static pid_t start(int *ret_told, int *ret_end)
{
	int told[2];
	int end[2];
	char byte;
	pid_t pid;
	int i;

	assert_int_equal(pipe(told), 0);
	assert_int_equal(pipe(end), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(end[1]);
		for (i = 0; i < FILES; i++)
			(void)!open("/dev/null", O_RDONLY | O_CLOEXEC);
		while (clock() * 1000000 / CLOCKS_PER_SEC < BUSY_US)
			;
		(void)!write(told[1], "", 1);
		(void)!read(end[0], &byte, 1);
		_exit(0);
	}
	(void)close(told[1]);
	(void)close(end[0]);
	assert_int_equal(read(told[0], &byte, 1), 1);
	*ret_told = told[0];
	*ret_end = end[1];
	return pid;
}

static void all_of_a_service_is_added_up(void **state)
{
	struct duet_tally *tally = new_tally();
	int64_t most = 0;
	struct duet_usage before = usage_of(tally, &most);
	struct duet_usage with;
	struct duet_usage after;
	int told;
	int end;
	pid_t pid;

	(void)state;
	assert_true(before.cpu_us >= 0);
	assert_true(before.resident_bytes > 4096);
	assert_true(before.open_fds >= 3);
	pid = start(&told, &end);
	duet_tally_born(tally, 1, pid, 0);
	with = usage_of(tally, &most);
	assert_true(with.cpu_us >= before.cpu_us + BUSY_US / 2);
	assert_true(with.resident_bytes > before.resident_bytes);
	assert_true(with.open_fds >= before.open_fds + FILES + 3);
	/* when it has ended, its time is still there */
	(void)close(end);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	duet_tally_died(tally, 1);
	after = usage_of(tally, &most);
	assert_true(after.cpu_us >= with.cpu_us);
	assert_true(after.open_fds < with.open_fds);
	(void)close(told);
	duet_tally_free(tally);
}

static void what_is_none_of_its_children_does_not_count(void **state)
{
	struct duet_tally *tally = new_tally();
	int64_t most = 0;
	struct duet_usage before = usage_of(tally, &most);
	struct duet_usage with;

	(void)state;
	duet_tally_born(tally, 0, getppid(), 0);
	duet_tally_born(tally, 1, -1, 0);
	with = usage_of(tally, &most);
	assert_int_equal(with.open_fds, before.open_fds);
	duet_tally_free(tally);
}

static void time_does_not_run_backwards(void **state)
{
	struct duet_tally *tally = new_tally();
	int64_t most = INT64_MAX / 2;

	(void)state;
	assert_true(usage_of(tally, &most).cpu_us == INT64_MAX / 2);
	duet_tally_free(tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_a_service_is_added_up),
		cmocka_unit_test(what_is_none_of_its_children_does_not_count),
		cmocka_unit_test(time_does_not_run_backwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
