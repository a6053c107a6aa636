/* SPDX-License-Identifier: MIT */
/*
 * The driver of one connection: recv -> engine -> events -> exchange, and
 * exchange -> engine -> send.
 *
 *   OPEN --- closing_begin, closing_reset ---> CLOSING ---> freed
 *                                                 \--> LINGERING --> freed
 *
 * OPEN: pump() goes round: pull events, fill the reply, flush, settle what is
 * over; it stops when a round has changed nothing. The other two phases are in
 * closing.c.
 *
 * Invariants
 *  - Whoever calls back sits inside pump() (or cut()), whoever is called back
 *    only marks: see server_int.h.
 *  - No event is pulled while part of a body is held for its taker: the part
 *    lies in the engine's buffer.
 *  - The socket is watched for reading unless it has ended, no room is lent,
 *    or a part is held; for writing only after it has refused bytes.
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "server/server_int.h"

enum {
	/* Then the others get their turn. */
	ROUNDS_A_TURN = 16,
};

void duet_connection_wake(struct duet_connection *c)
{
	struct duet_server *server = c->server;

	if (c->queued || c->pumping)
		return;
	c->queued = true;
	if (server->ready_last != NULL)
		server->ready_last->next_ready = c;
	else
		server->ready_first = c;
	server->ready_last = c;
}

static void link_up(struct duet_connection *c)
{
	struct duet_server *server = c->server;

	c->next = server->connections;
	if (c->next != NULL)
		c->next->prev = c;
	server->connections = c;
	server->n_connections++;
}

static void unlink_it(struct duet_connection *c)
{
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		c->server->connections = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	c->server->n_connections--;
}

void duet_connection_tell(const struct duet_connection *c,
			  enum duet_connection_event event, enum duet_cut cut,
			  const struct duet_error *why)
{
	const struct duet_server *server = c->server;
	bool secured = event == DUET_CONNECTION_SECURED;
	const struct duet_connection_report report = {
		.size = sizeof(report),
		.event = event,
		.peer = c->peer,
		.tls_version = secured ? c->tls_version : "",
		.tls_resumed = secured && c->tls_resumed,
		.cut = cut,
		.error = why,
	};

	if (server->on_connection != NULL)
		server->on_connection(&report, server->arg);
}

void duet_connection_free(struct duet_connection *c)
{
	struct duet_server *server = c->server;

	while (c->exchanges != NULL)
		duet_exchange_end(c->exchanges);
	if (c->announced)
		duet_connection_tell(c, DUET_CONNECTION_CLOSED, DUET_CUT_NONE,
				     NULL);
	unlink_it(c);
	duet_watch_free(c->watch);
	duet_timer_free(c->timer);
	duet_conn_free(c->conn);
	duet_mem_free(c->server_name);
	(void)close(c->fd);
	c->dead = true;
	if (!c->queued)
		duet_mem_free(c);
	duet_listeners_resume(server);
}

/* Another request may follow x on this connection. */
static bool can_go_on(struct duet_connection *c, const struct duet_exchange *x)
{
	struct duet_conn_state state = { .size = sizeof(state) };

	/* There the rest of a request is cancelled, and others go on. */
	if (c->multiplexed)
		return true;
	if (x->close || c->over || c->server->stopping ||
	    x->request != DUET_REQUEST_WHOLE)
		return false;
	duet_conn_get_state(c->conn, &state);
	/* What came before the peer closed its half is still answered. */
	c->last_look = state.peer_closed && !x->head->close;
	return state.reusable || c->last_look;
}

/* Not a byte of another request has come. */
static bool is_idle(const struct duet_connection *c)
{
	struct duet_conn_state state = { .size = sizeof(state) };

	duet_conn_get_state(c->conn, &state);
	return state.idle;
}

/*
 * What has come is answered, nothing else is waited for. Who has shaken hands
 * with us and not had the time to ask is given a moment to.
 */
static bool is_leaving(struct duet_connection *c)
{
	int64_t now = duet_loop_now_ms(c->server->loop);

	if (c->last_look)
		return true;
	if (!c->server->stopping || !c->handshaken)
		return false;
	if (c->leave_ms == 0 && !c->asked)
		c->leave_ms = now + c->server->limits.linger_ms;
	return now >= c->leave_ms;
}

/* The reply has been handed to TCP. */
static bool finish(struct duet_connection *c, struct duet_exchange *x)
{
	bool unread = x->request != DUET_REQUEST_WHOLE &&
		      duet_exchange_unread(x) != 0;

	if (c->settled_us == 0)
		c->settled_us = duet_clock_us();
	x->ended_us = c->settled_us;
	if (x->request == DUET_REQUEST_COMING) {
		x->request = DUET_REQUEST_CUT;
		if (unread)
			duet_exchange_note(x, DUET_CUT_LOCAL, DUET_SIDE_US,
					   NULL);
	}
	c->drain = c->drain || (unread && !c->multiplexed);
	if (can_go_on(c, x)) {
		c->replied = c->replied || c->multiplexed;
		duet_exchange_end(x);
		return true;
	}
	c->replied = true;
	/* Strict: the report waits for the peer's close_notify. */
	if (!c->server->strict)
		duet_exchange_end(x);
	duet_closing_begin(c);
	return false;
}

/* The peer must see it, and how depends on the version. */
static bool settle_cut(struct duet_connection *c, struct duet_exchange *x)
{
	bool seen = x->status != 0 || x->cut_by == DUET_SIDE_US;

	if (c->multiplexed) {
		duet_conn_send_abort(c->conn, x->stream);
		duet_exchange_end(x);
		return true;
	}
	if (seen && !c->lost)
		duet_closing_reset(c);
	duet_exchange_end(x);
	duet_closing_begin(c);
	return false;
}

/* What is over is ended. true: the next request may have come already. */
static bool settle(struct duet_connection *c, struct duet_exchange *x)
{
	if (x->reply == DUET_REPLY_CUT)
		return settle_cut(c, x);
	if (!x->flushed)
		return false;
	/* Its rest is short: read it off, and keep the connection. */
	if (x->request == DUET_REQUEST_COMING && !x->close && !c->over)
		return false;
	return finish(c, x);
}

/* Its reply is the last thing we say. */
static bool is_last(const struct duet_exchange *x)
{
	return !x->connection->multiplexed && x->reply == DUET_REPLY_WHOLE &&
	       (x->close || (x->head != NULL && x->head->close));
}

static void abort_if_wanted(struct duet_exchange *x)
{
	struct duet_error why;

	if (!x->abort_wanted || x->reply == DUET_REPLY_CUT)
		return;
	(void)duet_error_set(&why, DUET_E_GONE,
			     "the handler aborted the exchange");
	duet_exchange_cut(x, DUET_CUT_LOCAL, DUET_SIDE_US, &why);
}

/* Replies into the engine. true: some have more than there was room for. */
static bool fill(struct duet_connection *c)
{
	struct duet_exchange *x;
	bool more = false;

	for (x = c->exchanges; x != NULL; x = x->next) {
		abort_if_wanted(x);
		more = duet_source_fill(x) || more;
		if (is_last(x))
			duet_conn_close(c->conn); /* in the same send */
	}
	return more;
}

/* What has been handed to TCP is over. true: worth another round. */
static bool settle_all(struct duet_connection *c, bool flushed)
{
	struct duet_exchange *x = c->exchanges;
	struct duet_exchange *next;
	bool again = false;

	c->settled_us = 0;
	if (x == NULL && (c->over || (is_leaving(c) && is_idle(c))))
		duet_closing_begin(c);
	for (; x != NULL && c->phase == DUET_CONNECTION_OPEN; x = next) {
		next = x->next;
		if (flushed && x->reply == DUET_REPLY_WHOLE)
			x->flushed = duet_conn_is_sent(c->conn, x->stream);
		again = settle(c, x) || again;
	}
	return again;
}

static bool is_one_resumed(const struct duet_connection *c)
{
	const struct duet_exchange *x = c->exchanges;

	while (x != NULL && !x->resumed)
		x = x->next;
	return x != NULL;
}

/* true: it is worth another round. */
static bool go_round(struct duet_connection *c)
{
	bool again;
	bool more;
	bool flushed;

	c->sent = false;
	duet_connection_pull(c);
	if (c->phase != DUET_CONNECTION_OPEN)
		return false;
	more = fill(c);
	flushed = duet_connection_flush(c) == DUET_FLUSHED_ALL;
	/* Where nothing has gone the peer's window is closed. Where something
	 * has, the engine may take input again that it had no room for: no
	 * socket tells of what is decrypted already. */
	again = ((more || c->multiplexed) && c->sent && !c->blocked &&
		 !c->lost) ||
		c->news;
	again = settle_all(c, flushed) || again;
	if (c->phase == DUET_CONNECTION_OPEN && c->more) {
		duet_connection_receive(c);
		again = true;
	}
	return again || is_one_resumed(c);
}

/* There was none; since then an exchange may have ended, or a part of a body
 * been taken. */
static void look_for_room(struct duet_connection *c)
{
	struct duet_room room = { NULL, 0 };

	if (duet_conn_recv_room(c->conn, &room) != DUET_OK)
		return;
	c->full = room.len == 0;
	duet_conn_recv_done(c->conn, 0);
}

/* What wakes it next. */
static void arrange(struct duet_connection *c)
{
	int64_t deadline = INT64_MAX;
	int64_t send_deadline;
	int64_t pace_deadline;
	int wanted = 0;

	if (c->full)
		look_for_room(c);
	if (!c->ended && !c->full && !duet_connection_is_held(c))
		wanted |= DUET_READABLE;
	if (c->blocked)
		wanted |= DUET_WRITABLE;
	if (duet_watch_set(c->watch, wanted) != DUET_OK)
		duet_connection_lose(c, EBADF); /* nobody would wake it but the
						   clock */
	if (!c->over)
		deadline = duet_conn_deadline(c->conn);
	if (c->exchanges == NULL && c->leave_ms > 0 && c->leave_ms < deadline)
		deadline = c->leave_ms;
	if (c->blocked) {
		send_deadline = c->blocked_ms + c->server->limits.send_ms;
		if (send_deadline < deadline)
			deadline = send_deadline;
	}
	if (c->paced) {
		pace_deadline = duet_connection_pace_deadline(c);
		if (pace_deadline < deadline)
			deadline = pace_deadline;
	}
	duet_timer_set(c->timer, deadline);
}

void duet_connection_pump(struct duet_connection *c)
{
	int rounds = 0;

	if (c->phase == DUET_CONNECTION_OPEN) {
		c->pumping = true;
		duet_conn_now(c->conn, duet_loop_now_ms(c->server->loop));
		while (rounds < ROUNDS_A_TURN && go_round(c))
			rounds++;
		c->pumping = false;
	}
	if (c->phase != DUET_CONNECTION_OPEN) {
		duet_closing_pump(c, false);
		return;
	}
	if (rounds == ROUNDS_A_TURN)
		duet_connection_wake(c);
	arrange(c);
}

static void on_ready(void *arg, int ready)
{
	struct duet_connection *c = arg;

	if ((ready & DUET_WRITABLE) != 0)
		c->blocked = false;
	if ((ready & DUET_READABLE) != 0 && c->phase == DUET_CONNECTION_OPEN) {
		duet_conn_now(c->conn, duet_loop_now_ms(c->server->loop));
		duet_connection_receive(c);
	}
	duet_connection_pump(c);
}

static void on_time(void *arg)
{
	struct duet_connection *c = arg;
	int64_t now = duet_loop_now_ms(c->server->loop);
	struct duet_exchange *x;
	struct duet_error why;

	if (c->phase != DUET_CONNECTION_OPEN) {
		duet_closing_pump(c, true);
		return;
	}
	if (c->blocked && now >= c->blocked_ms + c->server->limits.send_ms) {
		(void)duet_error_set(&why, DUET_E_TIMEOUT,
				     "the peer took none of our bytes within %d ms (limit send_ms)",
				     c->server->limits.send_ms);
		for (x = c->exchanges; x != NULL; x = x->next)
			duet_exchange_cut(x, DUET_CUT_TIMEOUT, DUET_SIDE_US,
					  &why);
		if (c->multiplexed)
			duet_closing_reset(c);
	}
	c->news = true;
	duet_connection_pump(c);
}

void duet_connection_retire(struct duet_connection *c)
{
	if (c->phase != DUET_CONNECTION_OPEN)
		return;
	/* A request may have come already, and deserves its answer. */
	if (c->exchanges == NULL && c->handshaken)
		duet_connection_receive(c);
	else if (c->multiplexed)
		duet_conn_drain(c->conn);
	duet_connection_wake(c);
}

/* Its reply is with TCP, and the rest of the request was awaited. */
static void cut_request(struct duet_exchange *x, const struct duet_error *why)
{
	duet_exchange_note(x, DUET_CUT_LOCAL, DUET_SIDE_US, why);
	x->request = DUET_REQUEST_CUT;
	x->ended_us = duet_clock_us();
}

void duet_connection_cut(struct duet_connection *c,
			 const struct duet_error *why)
{
	struct duet_exchange *x = c->exchanges;
	bool reset = false;

	c->pumping = true; /* what the user does now changes nothing */
	for (; x != NULL && c->phase == DUET_CONNECTION_OPEN; x = x->next) {
		if (x->flushed) {
			cut_request(x, why);
			continue;
		}
		duet_exchange_cut(x, DUET_CUT_LOCAL, DUET_SIDE_US, why);
		reset = true;
	}
	if (reset)
		duet_closing_reset(c);
	duet_closing_now(c);
}

static int make(struct duet_connection *c, bool plain, struct duet_error *err)
{
	struct duet_server *server = c->server;
	int rc;

	if (plain)
		c->conn = duet_conn_plain_server(&server->limits, err);
	else
		c->conn = duet_conn_server(duet_tls_server(server->tls, err),
					   &server->limits, err);
	if (c->conn == NULL)
		return err->code;
	c->handshaken = plain;
	rc = duet_timer_new(server->loop, on_time, c, &c->timer, err);
	if (rc == DUET_OK)
		rc = duet_watch_new(server->loop, c->fd, on_ready, c, &c->watch,
				    err);
	return rc;
}

int duet_connection_new(struct duet_server *server, int fd, const char *peer,
			bool plain, struct duet_error *err)
{
	struct duet_connection *c = duet_mem_zalloc(sizeof(*c));
	int rc;

	if (c == NULL) {
		(void)close(fd);
		return duet_error_nomem(err);
	}
	c->server = server;
	c->fd = fd;
	(void)snprintf(c->peer, sizeof(c->peer), "%s", peer);
	link_up(c);
	rc = make(c, plain, err);
	if (rc < 0) {
		duet_connection_free(c);
		return rc;
	}
	c->announced = true;
	duet_connection_tell(c, DUET_CONNECTION_OPENED, DUET_CUT_NONE, NULL);
	duet_conn_now(c->conn, duet_loop_now_ms(server->loop));
	arrange(c);
	return DUET_OK;
}

int duet_server_adopt(struct duet_server *server, int fd,
		      struct duet_error *err)
{
	struct duet_address address = { .len = sizeof(address.storage) };
	char peer[DUET_ADDRESS_TEXT_BYTES];
	struct duet_error local;
	int yes = 1;
	int flags;

	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
	    getpeername(fd, (struct sockaddr *)&address.storage,
			&address.len) != 0) {
		(void)duet_error_sys(err, DUET_E_SYSTEM, errno,
				     "cannot serve descriptor %d", fd);
		(void)close(fd);
		return DUET_E_SYSTEM;
	}
	duet_address_text(peer, &address);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	return duet_connection_new(server, fd, peer, server->tls == NULL,
				   err != NULL ? err : &local);
}
