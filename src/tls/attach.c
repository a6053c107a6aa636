/* SPDX-License-Identifier: MIT */
/*
 * Attached to a socket: the engine's wire calls, made by us. A socket is never
 * closed here, never made non-blocking, and MSG_NOSIGNAL keeps SIGPIPE away.
 *
 * We always ask the socket not to wait and wait in poll(2), which knows
 * deadlines. Whether to wait at all is up to the socket's own O_NONBLOCK.
 */
#define _GNU_SOURCE /* MSG_NOSIGNAL */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include <openssl/err.h>

#include "base/clock.h"
#include "base/error.h"
#include "tls/engine_int.h"
#include "tls/explain.h"

int duet_tls_attach(struct duet_tls *tls, int fd, struct duet_error *err)
{
	int type = 0;
	socklen_t len = sizeof(type);

	if (tls->fd >= 0)
		return duet_error_set(err, DUET_E_STATE,
				      "this connection is attached to a socket already");
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "descriptor %d is not a socket that TLS could use",
				      fd);
	if (type != SOCK_STREAM)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "descriptor %d is not a stream socket: TLS needs one that keeps order",
				      fd);
	tls->fd = fd;
	return DUET_OK;
}

void duet_tls_time_limit(struct duet_tls *tls, int32_t ms)
{
	tls->limit_ms = ms > 0 ? ms : 0;
}

static bool would_block(int sys_errno)
{
	return sys_errno == EAGAIN || sys_errno == EWOULDBLOCK;
}

static int fail_system(struct duet_tls *tls, const char *what,
		       struct duet_error *err)
{
	struct duet_error why;

	(void)duet_error_sys(&why, DUET_E_SYSTEM, errno, "%s", what);
	return duet_tls_fail(tls, &why, err);
}

static int fail_timeout(struct duet_tls *tls, struct duet_error *err)
{
	struct duet_error why;
	char who[192];

	duet_explain_who(tls, who, sizeof(who));
	(void)duet_error_set(&why, DUET_E_TIMEOUT,
			     "%s: no answer within %d ms%s", who,
			     (int)tls->limit_ms,
			     tls->open ? "" : " during the TLS handshake");
	return duet_tls_fail(tls, &why, err);
}

void duet_attach_begin(struct duet_tls *tls)
{
	if (tls->fd >= 0 && tls->limit_ms > 0)
		tls->deadline_ms = duet_clock_ms() + tls->limit_ms;
	else
		tls->deadline_ms = DUET_NO_DEADLINE;
}

/* How long poll(2) may wait: -1 without a limit, 0 when time is up. */
static int time_left(const struct duet_tls *tls)
{
	int64_t now;

	if (tls->deadline_ms == DUET_NO_DEADLINE)
		return -1;
	now = duet_clock_ms();
	return now < tls->deadline_ms ? (int)(tls->deadline_ms - now) : 0;
}

/* DUET_OK: ready; want: the socket is not one to wait for. */
static int wait_for(struct duet_tls *tls, int want, struct duet_error *err)
{
	struct pollfd pollfd;
	int flags = fcntl(tls->fd, F_GETFL);
	int left;
	int n;

	if (flags < 0)
		return fail_system(tls,
				   "cannot ask the socket whether it waits",
				   err);
	if ((flags & O_NONBLOCK) != 0)
		return want;
	pollfd.fd = tls->fd;
	pollfd.events = want == DUET_WANT_WRITE ? POLLOUT : POLLIN;
	do {
		left = time_left(tls);
		if (left == 0)
			return fail_timeout(tls, err);
		n = poll(&pollfd, 1, left);
	} while (n == 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return fail_system(tls, "cannot wait for the socket", err);
	return DUET_OK;
}

/* One recv(2) into the engine. DUET_OK (also for the end), DUET_WANT_READ. */
static int receive(struct duet_tls *tls, struct duet_error *err)
{
	struct duet_room room;
	ssize_t n;
	int rc;

	rc = duet_wire_room(tls->wire, &room);
	if (rc != DUET_OK) {
		struct duet_error why;

		(void)duet_error_nomem(&why);
		return duet_tls_fail(tls, &why, err);
	}
	if (room.len == 0)
		return DUET_OK;
	do
		n = recv(tls->fd, room.data, room.len, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	duet_tls_recv_done(tls, n > 0 ? (size_t)n : 0);
	if (n > 0)
		return DUET_OK;
	if (n < 0 && would_block(errno))
		return DUET_WANT_READ;
	/* A reset that send(2) has told of already reads as a clean end. */
	duet_tls_recv_end(tls, n < 0 ? errno : tls->send_errno);
	return DUET_OK;
}

/* The input is looked at as far as it says something by itself: whether it
 * ends the connection. */
static bool input_is_fatal(struct duet_tls *tls)
{
	char byte;
	size_t n;

	while (!tls->wire->ended && receive(tls, NULL) == DUET_OK &&
	       duet_wire_unread(tls->wire) < DUET_WIRE_ROOM_MIN)
		continue;
	ERR_clear_error();
	return tls->alert >= 0 || (SSL_peek_ex(tls->ssl, &byte, 1, &n) != 1 &&
				   SSL_get_error(tls->ssl, 0) == SSL_ERROR_SSL);
}

/*
 * Sending has failed. Why may be waiting in the input: an alert, of a server
 * that does not like our certificate, before its reset. Otherwise there is
 * nothing more to send, and DUET_OK: an early answer may have come, which is
 * read until its end (RFC 9112 s9.5).
 */
static int fail_send(struct duet_tls *tls, struct duet_error *err)
{
	struct duet_error why;

	tls->send_errno = errno;
	if (input_is_fatal(tls)) {
		(void)duet_explain_failure(tls, &why);
		return duet_tls_fail(tls, &why, err);
	}
	if (tls->failed != DUET_OK)
		return duet_error_nomem(err); /* to receive */
	if (tls->open) {
		(void)duet_explain_gone(tls, tls->send_errno, &why);
		duet_tls_end_writing(tls, &why);
		return DUET_OK;
	}
	tls->wire->ended = true;
	tls->wire->end_errno = tls->send_errno;
	if (tls->cut == DUET_CUT_NONE)
		tls->cut = DUET_CUT_RESET;
	(void)duet_explain_early_end(tls, &why);
	return duet_tls_fail(tls, &why, err);
}

/* As much as the socket takes. DUET_OK: all has gone, or nothing goes any
 * more; DUET_WANT_WRITE: not all; DUET_E_SYSTEM: errno says why. */
static int send_all(struct duet_tls *tls)
{
	for (;;) {
		struct duet_bytes bytes = duet_tls_send_bytes(tls);
		ssize_t n;

		if (bytes.len == 0)
			return DUET_OK;
		if (tls->send_errno != 0) {
			duet_tls_send_done(tls, bytes.len);
			return DUET_OK;
		}
		n = send(tls->fd, bytes.data, bytes.len,
			 MSG_NOSIGNAL | MSG_DONTWAIT);
		duet_tls_send_done(tls, n > 0 ? (size_t)n : 0);
		if (n >= 0 || errno == EINTR)
			continue;
		return would_block(errno) ? DUET_WANT_WRITE : DUET_E_SYSTEM;
	}
}

static int flush(struct duet_tls *tls, struct duet_error *err)
{
	int rc = send_all(tls);

	return rc < 0 ? fail_send(tls, err) : rc;
}

static int flush_waiting(struct duet_tls *tls, struct duet_error *err)
{
	int rc;

	do {
		rc = flush(tls, err);
		if (rc != DUET_WANT_WRITE)
			return rc;
		rc = wait_for(tls, DUET_WANT_WRITE, err);
	} while (rc == DUET_OK);
	return rc;
}

int duet_attach_pump(struct duet_tls *tls, int want, struct duet_error *err)
{
	int rc;

	/* Also where nothing is waited for: a peer may send without end what
	 * gives no bytes to read, KeyUpdate after KeyUpdate (RFC 8446 s4.6.3).
	 */
	if (time_left(tls) == 0)
		return fail_timeout(tls, err);
	/* Whoever waits for an answer must have asked. */
	rc = want == DUET_WANT_WRITE ? flush_waiting(tls, err)
				     : flush(tls, err);
	if (want == DUET_WANT_WRITE || rc < 0)
		return rc;
	for (;;) {
		int ready = receive(tls, err);

		if (ready != DUET_WANT_READ)
			return ready;
		if (rc == DUET_WANT_WRITE) {
			rc = flush_waiting(tls, err);
			if (rc != DUET_OK)
				return rc;
			continue;
		}
		ready = wait_for(tls, DUET_WANT_READ, err);
		if (ready != DUET_OK)
			return ready;
	}
}

/*
 * A failed call sends its alert, as far as that goes without waiting. Others
 * leave nothing behind on a socket that blocks; on one that does not, what is
 * left goes with the next call, and nobody is told to wait for an answer to
 * what has not been sent.
 */
int duet_attach_finish(struct duet_tls *tls, int rc, struct duet_error *err)
{
	int flushed;

	if (tls->fd < 0)
		return rc;
	if (rc < 0) {
		(void)send_all(tls);
		return rc;
	}
	flushed = flush_waiting(tls, err);
	if (flushed < 0)
		return flushed;
	return rc == DUET_WANT_READ && flushed == DUET_WANT_WRITE ? flushed
								  : rc;
}

int duet_attach_flush(struct duet_tls *tls, struct duet_error *err)
{
	return tls->fd < 0 ? DUET_OK : flush_waiting(tls, err);
}
