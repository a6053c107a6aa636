/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* MSG_DONTWAIT */
#include "client/pipe.h"

#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

#include "base/error.h"

/* 0: nothing waits any more. EAGAIN, or why the socket takes nothing. */
static int flush_tls(struct duet_pipe *pipe)
{
	struct duet_bytes bytes;
	ssize_t n;

	for (;;) {
		bytes = duet_tls_send_bytes(pipe->tls);
		if (bytes.len == 0)
			return 0;
		n = send(pipe->fd, bytes.data, bytes.len,
			 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			duet_tls_send_done(pipe->tls, (size_t)n);
		else if (errno != EINTR)
			return errno;
	}
}

/* Some bytes of the proxy's into the TLS. 0, or the errno; an end is told to
 * the engine, which draws its conclusion. */
static int fill_tls(struct duet_pipe *pipe)
{
	struct duet_room room = { NULL, 0 };
	ssize_t n;

	if (duet_tls_recv_room(pipe->tls, &room) < 0)
		return ENOMEM;
	if (room.len == 0)
		return EAGAIN;
	do
		n = recv(pipe->fd, room.data, room.len, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		duet_tls_recv_done(pipe->tls, (size_t)n);
		return 0;
	}
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
		duet_tls_recv_done(pipe->tls, 0);
		return EAGAIN;
	}
	duet_tls_recv_end(pipe->tls, n < 0 ? errno : 0);
	return 0;
}

static ssize_t failure(int sys_errno)
{
	errno = sys_errno;
	return -1;
}

/* What a status of the proxy's TLS is to who sends and receives. */
static int errno_of(int status)
{
	switch (status) {
	case DUET_WANT_READ:
	case DUET_WANT_WRITE:
		return EAGAIN;
	case DUET_E_TRUNCATED:
	case DUET_E_GONE:
	case DUET_E_SYSTEM:
		return ECONNRESET;
	case DUET_E_NOMEM:
		return ENOMEM;
	default:
		return EPROTO;
	}
}

static ssize_t send_tls(struct duet_pipe *pipe, const void *data, size_t len)
{
	size_t n = 0;
	int failed = flush_tls(pipe);
	int rc;

	/* Its buffer is not to grow because the proxy is slow. */
	if (failed != 0)
		return failure(failed);
	rc = duet_tls_write(pipe->tls, data, len, &n, NULL);
	if (rc != DUET_OK)
		return failure(errno_of(rc));
	failed = flush_tls(pipe);
	if (failed != 0 && failed != EAGAIN)
		return failure(failed);
	return (ssize_t)n;
}

ssize_t duet_pipe_send(struct duet_pipe *pipe, const void *data, size_t len)
{
	if (pipe->tls != NULL)
		return send_tls(pipe, data, len);
	return send(pipe->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static ssize_t recv_tls(struct duet_pipe *pipe, void *data, size_t cap)
{
	size_t n = 0;
	int filled;
	int rc;

	for (;;) {
		rc = duet_tls_read(pipe->tls, data, cap, &n, NULL);
		if (rc == DUET_OK)
			return (ssize_t)n;
		if (rc == DUET_EOF)
			return 0;
		/* an alert, or the answer to a message of TLS's own */
		(void)flush_tls(pipe);
		if (rc != DUET_WANT_READ)
			return failure(errno_of(rc));
		filled = fill_tls(pipe);
		if (filled != 0)
			return failure(filled);
	}
}

ssize_t duet_pipe_recv(struct duet_pipe *pipe, void *data, size_t cap)
{
	if (pipe->tls != NULL)
		return recv_tls(pipe, data, cap);
	return recv(pipe->fd, data, cap, MSG_DONTWAIT);
}

int duet_pipe_handshake(struct duet_pipe *pipe, struct duet_error *err)
{
	int filled;
	int rc;

	if (pipe->tls == NULL || duet_tls_handshake_done(pipe->tls))
		return DUET_OK;
	for (;;) {
		rc = duet_tls_handshake(pipe->tls, err);
		(void)flush_tls(pipe);
		if (rc != DUET_WANT_READ)
			return rc;
		filled = fill_tls(pipe);
		if (filled == ENOMEM)
			return duet_error_nomem(err);
		if (filled != 0)
			return DUET_WANT_READ;
	}
}

/* A failure of TLS is sticky: it says it once more. */
void duet_pipe_explain(struct duet_pipe *pipe, struct duet_error *err)
{
	char waste;
	size_t n;

	if (pipe->tls == NULL ||
	    duet_tls_read(pipe->tls, &waste, 1, &n, err) >= 0)
		(void)duet_error_set(err, DUET_E_GONE, "the connection ended");
}

bool duet_pipe_flush(struct duet_pipe *pipe)
{
	return pipe->tls != NULL && flush_tls(pipe) == EAGAIN;
}

bool duet_pipe_is_blocked(const struct duet_pipe *pipe)
{
	return pipe->tls != NULL && duet_tls_send_bytes(pipe->tls).len > 0;
}

bool duet_pipe_holds_more(const struct duet_pipe *pipe)
{
	return pipe->tls != NULL && duet_tls_pending(pipe->tls);
}

void duet_pipe_say_goodbye(struct duet_pipe *pipe)
{
	if (pipe->tls == NULL)
		return;
	if (duet_tls_close(pipe->tls, NULL) >= 0)
		(void)flush_tls(pipe);
}

void duet_pipe_close(struct duet_pipe *pipe)
{
	if (pipe->fd >= 0)
		(void)close(pipe->fd);
	pipe->fd = -1;
	duet_tls_free(pipe->tls);
	pipe->tls = NULL;
}
