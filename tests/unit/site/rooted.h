/* SPDX-License-Identifier: MIT */
/* A root with a place outside of it: top/ and top/root/. Wants _GNU_SOURCE. */
#ifndef DUET_TESTS_ROOTED_H
#define DUET_TESTS_ROOTED_H

#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "support/tempdir.h"

struct rooted {
	char top[TEMP_DIR_BYTES];
	int top_fd;
	int root; /* whoever has made it opens it, in its own way */
};

static inline void rooted_make(struct rooted *at)
{
	temp_dir_make(at->top);
	at->top_fd = open(at->top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(at->top_fd >= 0);
	assert_int_equal(mkdirat(at->top_fd, "root", 0700), 0);
}

static inline int rooted_remove(struct rooted *at)
{
	(void)close(at->root);
	(void)close(at->top_fd);
	return temp_dir_remove(at->top);
}

/* root/socket */
static inline void rooted_make_socket(const struct rooted *at)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path),
		       "%s/root/socket", at->top);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)),
			 0);
	assert_int_equal(close(fd), 0);
}

#endif
