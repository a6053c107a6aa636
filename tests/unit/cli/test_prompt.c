/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include <sys/wait.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/prompt.h"
#include "cli/secret.h"
#include "support/unit.h"

/* What a child makes of it, which has the terminal named or none. */
static int ask_in_child(const char *terminal)
{
	char *answer = NULL;
	struct duet_error err = { 0 };
	int fd = -1;
	int rc;

	if (setsid() < 0)
		return 10;
	/* The first one that is opened is that of the session. */
	if (terminal != NULL)
		fd = open(terminal, O_RDWR);
	if (terminal != NULL && fd < 0)
		return 10;
	rc = duet_prompt_secret("Which? ", &answer, &err);
	if (terminal == NULL)
		return rc == DUET_E_SYSTEM && answer == NULL &&
				       strstr(err.text, "no terminal") != NULL
			       ? 0
			       : 1;
	if (rc == DUET_E_LIMIT)
		return 2;
	if (rc == DUET_E_ARGUMENT)
		return strstr(err.text, "NUL") != NULL && answer == NULL ? 4
									 : 1;
	rc = rc == DUET_OK && strcmp(answer, "secret") == 0 ? 0 : 3;
	duet_secret_free(answer);
	(void)close(fd);
	return rc;
}

static pid_t start(const char *terminal)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(ask_in_child(terminal));
	return pid;
}

static int status_of(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void without_a_terminal_it_is_told(void **state)
{
	(void)state;
	assert_int_equal(status_of(start(NULL)), 0);
}

/* The child asks at it; what is shown until it has done so. */
static pid_t begin(int *ret_leader, const char *shown)
{
	int leader = posix_openpt(O_RDWR | O_NOCTTY);
	size_t len = strlen(shown);
	char came[64];
	size_t n = 0;
	pid_t pid;

	assert_true(leader >= 0);
	assert_int_equal(grantpt(leader), 0);
	assert_int_equal(unlockpt(leader), 0);
	pid = start(ptsname(leader));
	while (n < len) {
		ssize_t got = read(leader, came + n, len - n);

		assert_true(got > 0);
		n += (size_t)got;
	}
	assert_memory_equal(came, shown, len);
	*ret_leader = leader;
	return pid;
}

static void what_is_typed_is_not_shown(void **state)
{
	static const char typed[] = "secret\n";
	char after[2];
	int leader;
	pid_t pid;

	(void)state;
	pid = begin(&leader, "Which? ");
	assert_int_equal(write(leader, typed, sizeof(typed) - 1), 7);
	/* The end of the line, and nothing before it. */
	assert_int_equal(read(leader, after, 2), 2);
	assert_memory_equal(after, "\r\n", 2);
	assert_int_equal(status_of(pid), 0);
	assert_int_equal(close(leader), 0);
}

static void a_nul_is_refused(void **state)
{
	int leader;
	pid_t pid;

	(void)state;
	pid = begin(&leader, "Which? ");
	assert_int_equal(write(leader, "sec\0ret\n", 8), 8);
	assert_int_equal(WEXITSTATUS(status_of(pid)), 4);
	assert_int_equal(close(leader), 0);
}

static void who_gives_up_ends_by_that_signal(void **state)
{
	struct termios now;
	int leader;
	int status;
	int slave;
	pid_t pid;

	(void)state;
	pid = begin(&leader, "Which? ");
	slave = open(ptsname(leader), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	assert_int_equal(tcgetattr(slave, &now), 0);
	assert_int_equal(now.c_lflag & ECHO, 0);
	assert_int_equal(write(leader, "sec\x03", 4), 4);
	status = status_of(pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(tcgetattr(slave, &now), 0);
	assert_int_not_equal(now.c_lflag & ECHO, 0);
	assert_int_equal(close(slave), 0);
	assert_int_equal(close(leader), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_terminal_it_is_told),
		cmocka_unit_test(what_is_typed_is_not_shown),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(who_gives_up_ends_by_that_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
