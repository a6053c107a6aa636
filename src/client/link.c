/* SPDX-License-Identifier: MIT */
/*
 * The driver of one connection. It moves bytes between a socket and an engine
 * without waiting; the waiting is the loop's, and what to do about events is
 * the owner's.
 *
 *	fn (owner) -> duet_link_next: flush, pull, receive, pull, ...
 *	           -> duet_link_wait: watch and timer, until fn is called again
 *
 * Back-pressure: bytes are received only from duet_link_next() and
 * duet_link_receive(), and only into room the engine lends.
 */
#define _DEFAULT_SOURCE         /* struct linger, MSG_DONTWAIT */
#define _POSIX_C_SOURCE 200809L /* ssize_t */
#include "client/link.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "client/revoke.h"
#include "tls/engine.h"

static void on_ready(void *arg, int ready)
{
	struct duet_link *link = arg;

	if ((ready & DUET_READABLE) != 0)
		link->may_read = true;
	if ((ready & DUET_WRITABLE) != 0)
		duet_link_flush(link);
	link->fn(link->arg);
}

static void on_time(void *arg)
{
	struct duet_link *link = arg;

	link->fn(link->arg);
}

static int set_up(struct duet_link *link, struct duet_loop *loop,
		  const struct duet_url *url, struct duet_error *err)
{
	int rc;

	link->host = duet_mem_strdup(url->host);
	if (link->host == NULL)
		return duet_error_nomem(err);
	/* The loop makes it non-blocking, for its other owner too. */
	link->kept_flags = fcntl(link->fd, F_GETFL);
	rc = duet_watch_new(loop, link->fd, on_ready, link, &link->watch, err);
	if (rc == DUET_OK)
		rc = duet_timer_new(loop, on_time, link, &link->timer, err);
	return rc;
}

int duet_link_new(struct duet_loop *loop, const struct duet_url *url, int fd,
		  bool borrowed, struct duet_conn *conn, struct duet_link **ret,
		  struct duet_error *err)
{
	struct duet_link *link = duet_mem_zalloc(sizeof(*link));
	int rc;

	if (link == NULL) {
		duet_conn_free(conn);
		(void)close(fd);
		return duet_error_nomem(err);
	}
	link->fd = fd;
	link->borrowed = borrowed;
	link->conn = conn;
	link->https = url->https;
	link->port = url->port;
	link->may_read = true;
	rc = set_up(link, loop, url, err);
	if (rc < 0) {
		link->cut = true;
		duet_link_close(link);
		return rc;
	}
	*ret = link;
	return DUET_OK;
}

void duet_link_own(struct duet_link *link, duet_link_fn *fn, void *arg)
{
	link->fn = fn;
	link->arg = arg;
}

void duet_link_flush(struct duet_link *link)
{
	struct duet_bytes bytes;
	ssize_t n;

	/* The engine notes since when bytes wait. */
	duet_conn_now(link->conn, duet_clock_ms());
	while (link->send_errno == 0) {
		bytes = duet_conn_send_bytes(link->conn);
		if (bytes.len == 0)
			return;
		n = send(link->fd, bytes.data, bytes.len,
			 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0) {
			duet_conn_send_done(link->conn, (size_t)n);
			link->sent_bytes += (uint64_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return;
		} else if (errno != EINTR) {
			/* What the peer said before it left is still there. */
			link->send_errno = errno;
			link->may_read = true;
		}
	}
}

bool duet_link_is_blocked(struct duet_link *link)
{
	return link->send_errno != 0 ||
	       duet_conn_send_bytes(link->conn).len > 0;
}

static void end_reading(struct duet_link *link, int sys_errno)
{
	link->read_ended = true;
	duet_conn_recv_end(link->conn, sys_errno);
}

/*
 * A reset that send(2) has told of is not told again: recv(2) then gives 0.
 * EPIPE, however, comes after a FIN of the peer's, which 0 stands for rightly.
 */
static int errno_of_end(const struct duet_link *link)
{
	return link->send_errno == EPIPE ? 0 : link->send_errno;
}

/* DUET_OK: the engine has something new. DUET_WANT_READ: not now. */
static int receive(struct duet_link *link)
{
	struct duet_room room = { NULL, 0 };
	ssize_t n;

	if (!link->may_read || link->read_ended)
		return DUET_WANT_READ;
	if (duet_conn_recv_room(link->conn, &room) < 0)
		return DUET_E_NOMEM;
	if (room.len == 0)
		return DUET_WANT_READ;
	do
		n = recv(link->fd, room.data, room.len, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		/* Less than there was room for: it is not worth a second try,
		 * the loop will say when there is more. */
		link->may_read = (size_t)n == room.len;
		link->wire_bytes += (uint64_t)n;
		duet_conn_recv_done(link->conn, (size_t)n);
	} else if (n == 0) {
		end_reading(link, errno_of_end(link));
	} else if (errno != EAGAIN && errno != EWOULDBLOCK) {
		end_reading(link, errno);
	} else if (link->send_errno != 0) {
		end_reading(link, link->send_errno);
	} else {
		link->may_read = false;
		duet_conn_recv_done(link->conn, 0);
		return DUET_WANT_READ;
	}
	return DUET_OK;
}

bool duet_link_receive(struct duet_link *link)
{
	int rc;

	duet_conn_now(link->conn, duet_clock_ms());
	rc = receive(link);
	if (rc == DUET_E_NOMEM)
		end_reading(link, ENOMEM);
	return rc == DUET_OK && !link->read_ended;
}

static int note_handshake(struct duet_link *link, struct duet_error *err)
{
	struct duet_tls *tls = duet_conn_tls(link->conn);

	if (link->peer != NULL || tls == NULL || !duet_tls_handshake_done(tls))
		return DUET_OK;
	link->handshaken_us = duet_clock_us();
	link->peer = duet_peer_facts_new(tls);
	return link->peer != NULL ? DUET_OK : duet_error_nomem(err);
}

bool duet_link_may_ask(const struct duet_link *link)
{
	struct duet_tls *tls = duet_conn_tls(link->conn);

	return tls == NULL || link->peer != NULL || !duet_tls_offers(tls, "h2");
}

static int closed_without_a_word(struct duet_event *event,
				 struct duet_error *err)
{
	event->type = DUET_EV_CLOSED;
	return duet_error_set(err, DUET_E_GONE, "the connection is over");
}

/* The handshake waits for CRLs, and not for the server. */
static bool is_resting(const struct duet_link *link)
{
	const struct duet_tls *tls = duet_conn_tls(link->conn);

	return link->revoke != NULL && tls != NULL && duet_tls_is_waiting(tls);
}

int duet_link_next(struct duet_link *link, struct duet_event *event,
		   struct duet_error *err)
{
	bool could_ask;
	uint64_t sent;
	int rc;
	int moved;

	for (;;) {
		duet_conn_now(link->conn, duet_clock_ms());
		could_ask = duet_link_may_ask(link);
		memset(event, 0, sizeof(*event));
		event->size = sizeof(*event);
		rc = duet_conn_next(link->conn, event, err);
		if (rc == DUET_EOF)
			return closed_without_a_word(event, err);
		if (rc >= 0 && note_handshake(link, err) < 0)
			return DUET_E_NOMEM;
		if (rc != DUET_WANT_READ ||
		    (!could_ask && duet_link_may_ask(link)))
			return rc;
		if (is_resting(link)) {
			if (!duet_revoke_next(link->revoke))
				return DUET_WANT_READ;
			continue;
		}
		sent = link->sent_bytes;
		duet_link_flush(link);
		moved = receive(link);
		if (moved == DUET_E_NOMEM)
			return duet_error_nomem(err);
		/* After sending, the engine may have room for what has been
		 * received before. */
		if (moved == DUET_OK || link->sent_bytes > sent)
			continue;
		/* It was told of the end, and must have drawn its conclusion.
		 */
		if (link->read_ended)
			return closed_without_a_word(event, err);
		return DUET_WANT_READ;
	}
}

int duet_link_await_goodbye(struct duet_link *link, struct duet_error *err)
{
	struct duet_tls *tls = duet_conn_tls(link->conn);
	char waste[4096];
	size_t n;
	int moved;
	int rc;

	for (;;) {
		duet_conn_now(link->conn, duet_clock_ms());
		rc = duet_tls_read(tls, waste, sizeof(waste), &n, err);
		if (rc == DUET_OK)
			return duet_error_set(err, DUET_E_HTTP,
					      "%zu bytes came after the last message",
					      n);
		if (rc == DUET_EOF)
			return DUET_OK;
		if (rc < 0)
			return rc;
		duet_link_flush(link);
		moved = receive(link);
		if (moved == DUET_E_NOMEM)
			return duet_error_nomem(err);
		if (moved != DUET_OK)
			return DUET_WANT_READ;
	}
}

bool duet_link_wants_goodbye(struct duet_link *link)
{
	struct duet_tls *tls = duet_conn_tls(link->conn);
	struct duet_conn_state state = { .size = sizeof(state) };

	if (tls == NULL || link->cut ||
	    duet_tls_closure(tls) != DUET_CLOSE_STRICT)
		return false;
	duet_conn_get_state(link->conn, &state);
	return !state.reusable;
}

void duet_link_wait(struct duet_link *link, bool reading, bool writing)
{
	int wanted = 0;

	if (reading && !link->read_ended && !is_resting(link))
		wanted |= DUET_READABLE;
	if (link->send_errno == 0 &&
	    (writing || duet_conn_send_bytes(link->conn).len > 0))
		wanted |= DUET_WRITABLE;
	if (duet_watch_set(link->watch, wanted) < 0) {
		/* Cannot happen while fd is open; then end rather than hang. */
		end_reading(link, EIO);
		duet_timer_set(link->timer, 0);
		return;
	}
	duet_timer_set(link->timer, duet_conn_deadline(link->conn));
}

bool duet_link_is_usable(struct duet_link *link)
{
	struct duet_conn_state state = { .size = sizeof(state) };

	if (link->fresh || link->borrowed || link->cut || link->read_ended ||
	    link->send_errno != 0)
		return false;
	duet_conn_get_state(link->conn, &state);
	return state.idle && state.reusable && !state.peer_closed &&
	       !state.aborted && !state.closing;
}

bool duet_link_leads_to(const struct duet_link *link,
			const struct duet_url *url)
{
	return link->https == url->https && link->port == url->port &&
	       strcmp(link->host, url->host) == 0;
}

/*
 * FIN, and take in what lies there unread: close(2) would answer that with a
 * reset, which may overtake our last bytes.
 */
static void leave(int fd)
{
	char waste[4096];
	int i;

	(void)shutdown(fd, SHUT_WR);
	for (i = 0; i < 16; i++)
		if (recv(fd, waste, sizeof(waste), MSG_DONTWAIT) <= 0)
			return;
}

static void make_reset(int fd)
{
	const struct linger now = { 1, 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static bool ends_in_a_cut(const struct duet_link *link)
{
	struct duet_conn_state state = { .size = sizeof(state) };

	if (link->cut)
		return true;
	duet_conn_get_state(link->conn, &state);
	return state.aborted;
}

void duet_link_close(struct duet_link *link)
{
	bool cut;

	if (link == NULL)
		return;
	cut = ends_in_a_cut(link);
	duet_revoke_free(link->revoke);
	duet_watch_free(link->watch);
	duet_timer_free(link->timer);
	if (!cut)
		duet_conn_close(link->conn);
	duet_link_flush(link);
	if (link->borrowed)
		(void)fcntl(link->fd, F_SETFL, link->kept_flags);
	else if (cut)
		make_reset(link->fd);
	else
		leave(link->fd);
	(void)close(link->fd);
	duet_conn_free(link->conn);
	duet_peer_facts_release(link->peer);
	duet_mem_free(link->host);
	duet_mem_free(link);
}
