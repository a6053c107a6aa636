/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <sys/wait.h>

#include <poll.h>
#include <unistd.h>

#include "daemon/reins.h"
#include "support/unit.h"

static bool has_ended(int fd)
{
	struct pollfd rein = { .fd = fd };

	return poll(&rein, 1, 0) == 1 && (rein.revents & POLLHUP) != 0;
}

static bool is_told(int fd)
{
	struct pollfd rein = { .fd = fd, .events = POLLIN };

	return poll(&rein, 1, 0) == 1 && (rein.revents & POLLIN) != 0;
}

static void draining_is_not_stopping(void **state)
{
	struct duet_reins reins;

	(void)state;
	assert_int_equal(duet_reins_init(&reins, NULL), DUET_OK);
	assert_false(has_ended(reins.drain[0]));
	assert_false(has_ended(reins.stop[0]));
	duet_reins_drain(&reins);
	duet_reins_drain(&reins);
	assert_true(has_ended(reins.drain[0]));
	assert_false(has_ended(reins.stop[0]));
	assert_false(is_told(reins.stop[0]));
	duet_reins_stop(&reins);
	duet_reins_stop(&reins);
	assert_true(is_told(reins.stop[0]));
	duet_reins_done(&reins);
}

static void stopping_is_draining_too(void **state)
{
	struct duet_reins reins;

	(void)state;
	assert_int_equal(duet_reins_init(&reins, NULL), DUET_OK);
	duet_reins_stop(&reins);
	assert_true(has_ended(reins.drain[0]));
	assert_true(is_told(reins.stop[0]));
	duet_reins_done(&reins);
}

static void the_death_of_whoever_holds_them_is_draining_for_good(void **state)
{
	struct duet_reins reins;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(duet_reins_init(&reins, NULL), DUET_OK);
	pid = fork(); /* the supervisor, for once */
	if (pid == 0)
		_exit(0);
	duet_reins_hold(&reins);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(has_ended(reins.drain[0]));
	assert_true(has_ended(reins.stop[0]));
	assert_false(is_told(reins.stop[0]));
	duet_reins_done(&reins);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draining_is_not_stopping),
		cmocka_unit_test(stopping_is_draining_too),
		cmocka_unit_test(
			the_death_of_whoever_holds_them_is_draining_for_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
