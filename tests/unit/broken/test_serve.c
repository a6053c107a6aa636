/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "broken/serve.h"
#include "support/unit.h"

/* Serve "gone" and the plain one in a process of its own; its id. */
static pid_t serve(struct duet_broken_doors *doors)
{
	struct duet_broken_certs certs = { 0 };
	pid_t pid;

	assert_int_equal(duet_broken_doors_new(doors, "gone,silent", NULL),
			 DUET_OK);
	assert_int_equal(duet_broken_doors_open(doors, NULL), DUET_OK);
	pid = fork();
	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	if (duet_broken_hold_signals(NULL) != DUET_OK ||
	    duet_broken_serve(doors, &certs, NULL) != DUET_OK)
		_exit(1);
	_exit(0);
}

static int connect_to(const struct duet_broken_doors *doors, const char *name)
{
	struct sockaddr_in place = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	place.sin_port = htons(duet_broken_doors_find(doors, name)->port);
	assert_int_equal(connect(fd, (struct sockaddr *)&place, sizeof(place)),
			 0);
	return fd;
}

static void clients_are_apart_and_a_signal_ends_all(void **state)
{
	struct duet_broken_doors doors;
	pid_t pid = serve(&doors);
	int silent, gone, plain;
	char got[256];
	int status;

	(void)state;
	silent = connect_to(&doors, "silent");
	gone = connect_to(&doors, "gone");
	assert_int_equal(recv(gone, got, sizeof(got), 0), 0);
	plain = connect_to(&doors, DUET_BROKEN_PLAIN);
	assert_int_equal(send(plain, "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
	assert_true(recv(plain, got, sizeof(got), 0) > 0);
	assert_memory_equal(got, "HTTP/1.1 200", 12);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	/* its process has ended too */
	assert_true(recv(silent, got, sizeof(got), 0) <= 0);
	assert_int_equal(close(silent), 0);
	assert_int_equal(close(gone), 0);
	assert_int_equal(close(plain), 0);
	duet_broken_doors_done(&doors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_are_apart_and_a_signal_ends_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
