/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/outlet.h"
#include "support/unit.h"

static const char piece[1000] = "x";

/* Write until there is no more room; a hang is what this must not be. */
static void fill(int fd)
{
	ssize_t n;

	do
		n = duet_outlet_write(fd, piece, sizeof(piece));
	while (n > 0);
	assert_int_equal(n, -1);
	assert_int_equal(errno, EAGAIN);
}

static void a_full_pipe_has_no_room(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	fill(fds[1]);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
}

static void a_full_socket_has_no_room(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	fill(fds[1]);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(duet_outlet_write(fds[1], piece, 1), -1);
	assert_int_equal(errno, EPIPE); /* and no signal */
	assert_int_equal(close(fds[1]), 0);
}

/* Without it a second writer could fill the pipe after we have looked. */
static void a_pipe_is_unblocked_for_us_alone(void **state)
{
	char byte = 0;
	int shared;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	shared = dup(fds[1]);
	duet_outlet_unblock(fds[1]);
	assert_true((fcntl(fds[1], F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(shared, F_GETFL) & O_NONBLOCK) == 0);
	assert_int_equal(duet_outlet_write(fds[1], "y", 1), 1);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	fill(fds[1]);
	assert_int_equal(close(shared), 0);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
}

static void a_terminal_that_nobody_reads_has_no_room(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	int terminal;

	(void)state;
	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
		return; /* there are no terminals here */
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(terminal >= 0);
	duet_outlet_unblock(terminal);
	assert_int_equal(isatty(terminal), 1);
	fill(terminal);
	assert_int_equal(close(terminal), 0);
	assert_int_equal(close(master), 0);
}

/* A file's place in it is shared with whoever else writes there. */
static void a_file_stays_as_it_is(void **state)
{
	char path[] = "/tmp/duet-outlet-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, "old", 3), 3);
	duet_outlet_unblock(fd);
	duet_outlet_unblock(-1);
	assert_int_equal(duet_outlet_write(fd, "new", 3), 3);
	assert_int_equal(lseek(fd, 0, SEEK_END), 6);
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_pipe_has_no_room),
		cmocka_unit_test(a_full_socket_has_no_room),
		cmocka_unit_test(a_pipe_is_unblocked_for_us_alone),
		cmocka_unit_test(a_terminal_that_nobody_reads_has_no_room),
		cmocka_unit_test(a_file_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
