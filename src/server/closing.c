/* SPDX-License-Identifier: MIT */
/*
 * How a connection ends.
 *
 *   CLOSING    our last bytes leave: the rest of a reply, close_notify, an
 *              alert. Then
 *                - a reply that is cut: reset, without close_notify
 *                - the peer has closed, or was owed no reply and is silent:
 *                  close
 *                - else FIN, and
 *   LINGERING  what the peer still sends is read and forgotten until its FIN.
 *              Data that meets a closed socket would be answered with RST, and
 *              an RST may overtake the reply (RFC 9112 s9.6), of which much
 *              may still wait in the kernel. As long as some does, the peer
 *              has send_ms to take a part of it. Then each read may take
 *              linger_ms; all of them LINGERS times that.
 *
 * A strict server waits for the peer's close_notify in the same way, and says
 * when it did not come.
 */
#define _GNU_SOURCE
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "server/server_int.h"

enum {
	LINGERS = 10,
	LOOKS = 8, /* at what waits in the kernel, within linger_ms */
	SINK_BYTES = 16384,
	READS_A_TURN = 8,
};

static int64_t now_ms(const struct duet_connection *c)
{
	return duet_loop_now_ms(c->server->loop);
}

void duet_closing_begin(struct duet_connection *c)
{
	if (c->phase != DUET_CONNECTION_OPEN)
		return;
	c->phase = DUET_CONNECTION_CLOSING;
	c->closing_ms = now_ms(c) + c->server->limits.send_ms;
	duet_conn_close(c->conn);
}

void duet_closing_reset(struct duet_connection *c)
{
	struct duet_exchange *x;

	if (c->phase != DUET_CONNECTION_OPEN)
		return;
	c->phase = DUET_CONNECTION_CLOSING;
	c->reset = true;
	for (x = c->exchanges; x != NULL; x = x->next)
		duet_conn_send_abort(c->conn, x->stream);
}

void duet_closing_not_tls(struct duet_connection *c)
{
	static const char body[] = "This port speaks HTTPS; use https:// "
				   "instead of http:// to reach it.\n";
	char answer[256];
	int len;

	len = snprintf(answer, sizeof(answer),
		       "HTTP/1.1 400 Bad Request\r\n"
		       "Content-Type: text/plain; charset=utf-8\r\n"
		       "Content-Length: %zu\r\n"
		       "Connection: close\r\n"
		       "\r\n"
		       "%s",
		       sizeof(body) - 1, body);
	c->phase = DUET_CONNECTION_CLOSING;
	c->mute = true; /* an alert would be noise to this peer */
	c->drain = true;
	/* The first bytes that are sent: they fit. */
	if (send(c->fd, answer, (size_t)len, MSG_NOSIGNAL) != len)
		c->lost = true;
}

/* The peer's close_notify is waited for. */
static bool is_wanted(const struct duet_connection *c)
{
	return c->server->strict && c->handshaken && !c->lost && !c->reset &&
	       !c->mute && duet_conn_tls(c->conn) != NULL;
}

/* It may have come with the last request, and lie in the engine unread. */
static bool has_come(const struct duet_connection *c)
{
	struct duet_tls *tls = duet_conn_tls(c->conn);
	uint8_t scratch[SINK_BYTES];
	size_t n;

	while (duet_tls_read(tls, scratch, sizeof(scratch), &n, NULL) ==
	       DUET_OK)
		;
	return duet_tls_closed_cleanly(tls);
}

/* Where one is strict about it, a missing close_notify is worth a word. */
static void judge(struct duet_connection *c)
{
	enum duet_cut cut = c->failure != 0 ? DUET_CUT_RESET : DUET_CUT_FIN;
	enum duet_side by = DUET_SIDE_PEER;
	struct duet_error why;

	if (!is_wanted(c) || has_come(c))
		return;
	if (c->failure != 0) {
		(void)duet_error_sys(&why, DUET_E_TRUNCATED, c->failure,
				     "the peer did not answer our close_notify");
	} else if (c->ended) {
		(void)duet_error_set(&why, DUET_E_TRUNCATED,
				     "the peer ended the connection without close_notify");
	} else if (c->unsent > 0 &&
		   now_ms(c) >= c->unsent_ms + c->server->limits.send_ms) {
		cut = DUET_CUT_TIMEOUT;
		by = DUET_SIDE_US;
		(void)duet_error_set(&why, DUET_E_TIMEOUT,
				     "the peer took none of our last %d bytes within %d ms (limit send_ms)",
				     c->unsent, c->server->limits.send_ms);
	} else if (c->unsent > 0) {
		cut = DUET_CUT_LOCAL;
		by = DUET_SIDE_US;
		(void)duet_error_set(&why, DUET_E_GONE,
				     "the server stopped before the peer had taken our last %d bytes",
				     c->unsent);
	} else {
		cut = DUET_CUT_TIMEOUT;
		by = DUET_SIDE_US;
		(void)duet_error_set(&why, DUET_E_TIMEOUT,
				     "the peer did not answer our close_notify within %d ms (limit linger_ms)",
				     c->server->limits.linger_ms);
	}
	if (c->exchanges == NULL)
		duet_server_trouble(c->server, &why, c->peer);
	else
		duet_exchange_note(c->exchanges, cut, by, &why);
}

/* hard: by a reset, and the kernel drops what it holds. */
static void leave(struct duet_connection *c, bool hard)
{
	const struct linger none = { .l_onoff = 1, .l_linger = 0 };

	if (hard &&
	    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)) != 0)
		c->lost = true; /* then the missing close_notify must do */
	judge(c);
	duet_connection_free(c);
}

void duet_closing_now(struct duet_connection *c)
{
	leave(c, c->reset);
}

/* One read of what nobody wants. 0: there is none now; below: nor ever. */
static int sink(struct duet_connection *c)
{
	uint8_t scratch[SINK_BYTES];
	struct duet_room room = { scratch, sizeof(scratch) };
	bool listen = is_wanted(c);
	ssize_t n;

	if (listen && duet_conn_recv_room(c->conn, &room) < 0)
		return -1;
	if (room.len == 0)
		return -1; /* more than it can look at: not a close_notify */
	do
		n = recv(c->fd, room.data, room.len, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n <= 0) {
		c->ended = true;
		c->failure = n < 0 ? errno : 0;
		return -1;
	}
	if (!listen)
		return 1;
	duet_conn_recv_done(c->conn, (size_t)n);
	return has_come(c) && !c->drain ? -1 : 1;
}

static void wait_for(struct duet_connection *c, int wanted)
{
	if (duet_watch_set(c->watch, wanted) != DUET_OK)
		c->closing_ms = now_ms(c); /* nobody would wake it */
	duet_timer_set(c->timer, c->closing_ms);
}

/* Of our bytes, FIN included, those that the peer's TCP has not taken. */
static int count_unsent(const struct duet_connection *c)
{
	int n = 0;

	return ioctl(c->fd, SIOCOUTQ, &n) == 0 ? n : 0;
}

/* false: it has had its time. */
static bool give_time_to_take(struct duet_connection *c, int unsent)
{
	const struct duet_limits *limits = &c->server->limits;
	int64_t now = now_ms(c);

	if (unsent != c->unsent) {
		c->unsent = unsent;
		c->unsent_ms = now;
	}
	c->closing_ms = now + limits->linger_ms / LOOKS + 1;
	return now < c->unsent_ms + limits->send_ms;
}

static void give_time_to_end(struct duet_connection *c, bool heard)
{
	int32_t linger_ms = c->server->limits.linger_ms;
	int64_t now = now_ms(c);

	c->unsent = 0;
	if (c->linger_max_ms == 0) {
		c->linger_max_ms = now + (int64_t)linger_ms * LINGERS;
		heard = true;
	}
	if (!heard)
		return;
	c->closing_ms = now + linger_ms;
	if (c->closing_ms > c->linger_max_ms)
		c->closing_ms = c->linger_max_ms;
}

static void linger(struct duet_connection *c)
{
	int unsent;
	int rc = 1;
	int i;

	for (i = 0; i < READS_A_TURN && rc > 0; i++)
		rc = sink(c);
	unsent = count_unsent(c);
	if (rc >= 0 && unsent == 0) {
		give_time_to_end(c, i > 1);
	} else if (rc < 0 || !give_time_to_take(c, unsent)) {
		leave(c, rc >= 0);
		return;
	}
	wait_for(c, DUET_READABLE);
}

static void begin_linger(struct duet_connection *c)
{
	c->phase = DUET_CONNECTION_LINGERING;
	/* Where it fails the peer has reset, which the first read will tell. */
	(void)shutdown(c->fd, SHUT_WR);
	linger(c);
}

/* The peer has closed; or was owed nothing, and nothing of it is on its way as
 * far as one can see. */
static bool is_quiet(struct duet_connection *c)
{
	int rc = 1;
	int i;

	if (c->ended || c->lost)
		return true;
	if (c->drain)
		return false;
	if (is_wanted(c))
		return has_come(c);
	if (c->replied)
		return false;
	for (i = 0; i < READS_A_TURN && rc > 0; i++)
		rc = sink(c);
	return rc <= 0;
}

void duet_closing_pump(struct duet_connection *c, bool late)
{
	enum duet_flushed flushed = DUET_FLUSHED_ALL;

	if (c->phase == DUET_CONNECTION_LINGERING) {
		if (late && c->unsent == 0)
			duet_closing_now(c);
		else
			linger(c);
		return;
	}
	if (late) {
		c->reset = true;
		duet_closing_now(c);
		return;
	}
	if (!c->mute)
		flushed = duet_connection_flush(c);
	if (flushed == DUET_FLUSHED_SOME && !c->reset) {
		wait_for(c, DUET_WRITABLE);
		return;
	}
	if (c->reset || is_quiet(c))
		duet_closing_now(c);
	else
		begin_linger(c);
}
