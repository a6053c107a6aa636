/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "daemon/outlet.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

void duet_outlet_unblock(int fd)
{
	struct stat st;
	char path[32];
	int anew;

	if (fstat(fd, &st) != 0 || (!S_ISFIFO(st.st_mode) && isatty(fd) != 1))
		return;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	anew = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (anew < 0)
		return;
	(void)dup2(anew, fd);
	(void)close(anew);
}

bool duet_outlet_is_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

ssize_t duet_outlet_write_file(int fd, const void *data, size_t n)
{
	ssize_t done;

	do
		done = write(fd, data, n);
	while (done < 0 && errno == EINTR);
	return done;
}

ssize_t duet_outlet_write(int fd, const void *data, size_t n)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	ssize_t done = send(fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (done >= 0 || errno != ENOTSOCK)
		return done;
	if (poll(&room, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	return duet_outlet_write_file(fd, data, n);
}
