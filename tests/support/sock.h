/* SPDX-License-Identifier: MIT */
/* support/sock.h - loopback sockets for tests; ports are the system's choice.
 */
#ifndef DUET_TESTS_SOCK_H
#define DUET_TESTS_SOCK_H

#include <netinet/in.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "net/address.h"
#include "support/unit.h"

/* Bound to the loopback address of a family; refuses until it listens. */
static inline int sock_bound(const char *literal, struct duet_address *ret)
{
	struct duet_address want;
	int fd;

	assert_true(duet_address_parse(&want, literal, 0));
	fd = socket(want.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&want.storage, want.len),
			 0);
	assert_int_equal(duet_address_of(fd, ret, NULL), DUET_OK);
	return fd;
}

static inline int sock_listening(const char *literal, struct duet_address *ret)
{
	int fd = sock_bound(literal, ret);

	assert_int_equal(listen(fd, 64), 0);
	return fd;
}

static inline int sock_connected(const struct duet_address *to)
{
	int fd = socket(to->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&to->storage,
				 to->len),
			 0);
	return fd;
}

/*
 * One that answers nobody: its queue is full, so that the kernel drops every
 * further SYN. fds[0] listens, the others fill the queue; close all of them.
 */
enum {
	SOCK_TARPIT_FDS = 4,
};
static inline void sock_tarpit(int fds[SOCK_TARPIT_FDS],
			       struct duet_address *ret)
{
	int i;

	fds[0] = sock_bound("127.0.0.1", ret);
	assert_int_equal(listen(fds[0], 0), 0);
	for (i = 1; i < SOCK_TARPIT_FDS; i++) {
		fds[i] = socket(AF_INET,
				SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		assert_true(fds[i] >= 0);
		(void)connect(fds[i], (struct sockaddr *)&ret->storage,
			      ret->len);
	}
}

static inline void sock_close_all(const int *fds, size_t n)
{
	while (n > 0)
		(void)close(fds[--n]);
}

#endif
