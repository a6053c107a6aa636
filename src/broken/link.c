/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* TIOCOUTQ */
#include "broken/link.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum {
	PIECE = 16384,
	LOOK_MS = 1, /* between two looks at what has arrived */
};

bool duet_broken_link_open(struct duet_broken_link *link, int fd,
			   struct duet_config *config)
{
	const int on = 1;

	memset(link, 0, sizeof(*link));
	link->fd = fd;
	/* What a script sends in two steps comes in two pieces. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (config == NULL)
		return true;
	link->tls = duet_tls_server(config, NULL);
	return link->tls != NULL &&
	       duet_tls_attach(link->tls, fd, NULL) == DUET_OK &&
	       duet_tls_handshake(link->tls, NULL) == DUET_OK;
}

bool duet_broken_link_is_h2(const struct duet_broken_link *link)
{
	struct duet_peer peer = { .size = sizeof(peer) };

	return link->tls != NULL &&
	       duet_tls_peer(link->tls, &peer) == DUET_OK &&
	       strcmp(peer.alpn, "h2") == 0;
}

static bool send_some(struct duet_broken_link *link, const void *data,
		      size_t len, size_t *ret_n)
{
	ssize_t n;

	if (link->tls != NULL)
		return duet_tls_write(link->tls, data, len, ret_n, NULL) ==
		       DUET_OK;
	do
		n = send(link->fd, data, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	*ret_n = n > 0 ? (size_t)n : 0;
	return n > 0;
}

bool duet_broken_link_send(struct duet_broken_link *link, const void *data,
			   size_t len)
{
	size_t sent = 0;
	size_t n;

	for (; sent < len; sent += n)
		if (!send_some(link, (const char *)data + sent, len - sent, &n))
			return false;
	return true;
}

static size_t receive(const struct duet_broken_link *link, void *data,
		      size_t cap)
{
	ssize_t n;

	do
		n = recv(link->fd, data, cap, 0);
	while (n < 0 && errno == EINTR);
	return n > 0 ? (size_t)n : 0;
}

size_t duet_broken_link_read(struct duet_broken_link *link, void *data,
			     size_t cap)
{
	size_t n = 0;

	if (link->tls == NULL)
		return receive(link, data, cap);
	return duet_tls_read(link->tls, data, cap, &n, NULL) == DUET_OK ? n : 0;
}

bool duet_broken_link_read_exactly(struct duet_broken_link *link, void *data,
				   size_t len)
{
	size_t got = 0;
	size_t n;

	for (; got < len; got += n) {
		n = duet_broken_link_read(link, (char *)data + got, len - got);
		if (n == 0)
			return false;
	}
	return true;
}

void duet_broken_link_goodbye(struct duet_broken_link *link)
{
	if (link->tls != NULL && duet_tls_close(link->tls, NULL) != DUET_OK)
		return; /* the client has gone, and cannot be told */
}

void duet_broken_link_wait(struct duet_broken_link *link)
{
	char piece[PIECE];

	/* Below TLS: whatever it is. */
	while (receive(link, piece, sizeof(piece)) > 0)
		continue;
}

void duet_broken_link_fin(struct duet_broken_link *link)
{
	if (shutdown(link->fd, SHUT_WR) == 0)
		duet_broken_link_wait(link);
}

void duet_broken_link_rst(struct duet_broken_link *link)
{
	const struct linger now = { .l_onoff = 1 };
	struct pollfd gone = { .fd = link->fd };
	int left = 1;

	while (ioctl(link->fd, TIOCOUTQ, &left) == 0 && left > 0 &&
	       poll(&gone, 1, LOOK_MS) == 0)
		continue;
	(void)setsockopt(link->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	duet_broken_link_end(link);
}

void duet_broken_link_end(struct duet_broken_link *link)
{
	duet_tls_free(link->tls);
	link->tls = NULL;
	if (link->fd >= 0)
		(void)close(link->fd);
	link->fd = -1;
}
