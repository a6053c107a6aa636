/* SPDX-License-Identifier: MIT */
/* The socket of a connection: one recv, one send. */
#define _GNU_SOURCE
#include <sys/socket.h>

#include <errno.h>

#include "base/clock.h"
#include "server/server_int.h"

void duet_connection_lose(struct duet_connection *c, int sys_errno)
{
	struct duet_exchange *x;

	c->ended = true;
	c->lost = true;
	c->news = true;
	duet_conn_recv_end(c->conn, sys_errno);
	for (x = c->exchanges; x != NULL; x = x->next)
		duet_body_discard(x);
}

bool duet_connection_is_held(const struct duet_connection *c)
{
	return !c->multiplexed && c->exchanges != NULL &&
	       c->exchanges->held.len > 0;
}

static void end(struct duet_connection *c)
{
	c->ended = true;
	c->news = true;
	duet_conn_recv_end(c->conn, 0);
}

static void receive_some(struct duet_connection *c, struct duet_room room)
{
	ssize_t n;

	do
		n = recv(c->fd, room.data, room.len, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
		duet_conn_recv_done(c->conn, 0);
		return;
	}
	if (n < 0) {
		duet_connection_lose(c, errno);
		return;
	}
	if (n == 0) {
		end(c);
		return;
	}
	if (!c->spoken) {
		c->spoken = true;
		c->first = *(const uint8_t *)room.data;
	}
	if (c->multiplexed ||
	    (c->began_us == 0 && c->handshaken && c->exchanges == NULL))
		c->began_us = duet_clock_us();
	c->more = (size_t)n == room.len;
	duet_conn_recv_done(c->conn, (size_t)n);
}

/*
 * The engine lends no room while a reply is due. Whether the peer is still
 * there is seen all the same, as long as it has sent nothing more.
 */
static void look(struct duet_connection *c)
{
	uint8_t byte;
	ssize_t n = recv(c->fd, &byte, 1, MSG_PEEK);

	if (n == 0)
		end(c);
	else if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK &&
		 errno != EINTR)
		duet_connection_lose(c, errno);
}

void duet_connection_receive(struct duet_connection *c)
{
	struct duet_room room = { NULL, 0 };

	c->more = false;
	if (c->ended || c->over || duet_connection_is_held(c))
		return;
	if (duet_conn_recv_room(c->conn, &room) < 0) {
		duet_connection_give_in(c);
		return;
	}
	c->full = room.len == 0;
	if (c->full)
		look(c);
	else
		receive_some(c, room);
}

enum duet_flushed duet_connection_flush(struct duet_connection *c)
{
	struct duet_bytes bytes;
	ssize_t n;

	if (c->lost)
		return DUET_FLUSHED_LOST;
	if (c->blocked)
		return DUET_FLUSHED_SOME;
	while ((bytes = duet_conn_send_bytes(c->conn)).len > 0) {
		do
			n = send(c->fd, bytes.data, bytes.len, MSG_NOSIGNAL);
		while (n < 0 && errno == EINTR);
		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
			duet_connection_lose(c, errno);
			return DUET_FLUSHED_LOST;
		}
		if (n > 0) {
			duet_conn_send_done(c->conn, (size_t)n);
			c->sent = true;
		}
		if (n < 0 || (size_t)n < bytes.len) {
			c->blocked = true;
			c->blocked_ms = duet_loop_now_ms(c->server->loop);
			return DUET_FLUSHED_SOME;
		}
	}
	return DUET_FLUSHED_ALL;
}
