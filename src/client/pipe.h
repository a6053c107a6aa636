/* SPDX-License-Identifier: MIT */
/*
 * client/pipe.h - what carries the bytes of a connection: a socket, or TLS with
 * a proxy over one. The connection itself may have TLS of its own inside.
 */
#ifndef DUET_CLIENT_PIPE_H
#define DUET_CLIENT_PIPE_H

#include <sys/types.h>

#include <duet/tls.h>

/* Plain data; it is moved by copying it. */
struct duet_pipe {
	int fd;               /* connected and non-blocking */
	struct duet_tls *tls; /* with the proxy; NULL: none */
};

/*
 * As send(2) and recv(2) that neither wait nor raise SIGPIPE. Through TLS:
 * recv gives 0 for a close_notify, and fails with ECONNRESET for an end without
 * one, since whatever is inside was cut then; EPROTO is a failure of that TLS,
 * whose words duet_pipe_explain() has.
 */
ssize_t duet_pipe_send(struct duet_pipe *pipe, const void *data, size_t len);
ssize_t duet_pipe_recv(struct duet_pipe *pipe, void *data, size_t cap);
/* Once the handshake with the proxy is over: DUET_OK; DUET_WANT_READ; or why
 * not. DUET_OK without a proxy's TLS. */
DUET_CHECK int duet_pipe_handshake(struct duet_pipe *pipe,
				   struct duet_error *err);
void duet_pipe_explain(struct duet_pipe *pipe, struct duet_error *err);

/* Bytes were taken by duet_pipe_send() and have not left: wait until fd can be
 * written to, and flush. false: nothing waits any more. */
bool duet_pipe_flush(struct duet_pipe *pipe);
bool duet_pipe_is_blocked(const struct duet_pipe *pipe);
/* Bytes have come that no poll(2) will announce. */
bool duet_pipe_holds_more(const struct duet_pipe *pipe);

/* Good form towards the proxy: close_notify, as far as that goes. */
void duet_pipe_say_goodbye(struct duet_pipe *pipe);
/* Close the socket, free the rest. fd -1: there is none. */
void duet_pipe_close(struct duet_pipe *pipe);

#endif
