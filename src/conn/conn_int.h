/* SPDX-License-Identifier: MIT */
/* conn/conn_int.h - the inside of a struct duet_conn, for this folder only. */
#ifndef DUET_CONN_CONN_INT_H
#define DUET_CONN_CONN_INT_H

#include <duet/http.h>

#include "http/engine.h"

/* What the peer owes us: it decides which limit of time runs. */
enum duet_due {
	DUET_DUE_NOTHING,
	DUET_DUE_HANDSHAKE,
	DUET_DUE_MESSAGE, /* the next one, of which not a byte has come */
	DUET_DUE_HEAD,
	DUET_DUE_BODY,
	DUET_DUE_REPLY, /* our request is out, not a byte has come back */
};

struct duet_conn {
	struct duet_tls *tls; /* NULL: none */
	struct duet_engine http;
	enum duet_role role;
	bool chosen; /* the version of HTTP is certain */
	enum {
		DUET_EARLY_OFF,
		DUET_EARLY_OPEN, /* what is to be sent goes as early data */
		DUET_EARLY_SHUT, /* it has, or there was too much of it */
	} early;                 /* until chosen, with http of the session's */
	struct duet_limits limits;

	bool close_wanted; /* close_notify after what is being sent */
	bool close_sent;
	bool draining; /* close when CLOSED is told */
	bool aborted;  /* by call: never a close_notify; reset the socket */
	bool clock_set;
	bool message_begun; /* also: of the one cut by the input's end */
	bool starved;       /* there was no memory to go on with */
	bool input_over;    /* the HTTP engine has been told of the end */
	bool memory_given;  /* idle: the buffers have been given back */
	bool closed_pulled; /* the CLOSED event has been given */
	bool broken; /* a reset, or the like, has come, maybe after an end */
	enum duet_cut wire_cut; /* how the input ended; NONE: it has not */
	int32_t overdue_status; /* what a server answers to a late message */
	struct duet_error *why; /* of the end of the input, until it is told */

	/*
	 * Limits of time count only the time we wait for the peer, so that a
	 * slow reader on our own side is never blamed on it.
	 */
	int64_t now_ms;
	enum duet_due due;
	uint64_t due_in;       /* the exchange it is due in, or after */
	int64_t waited_ms;     /* for what is due, in earlier waits */
	int64_t waiting_since; /* -1: we are not waiting */
	bool heard;            /* bytes came in this wait: it ends at now */
	int64_t unsent_since;  /* -1: nothing waits to be sent */
};

/*
 * Go on with the handshake, if there is one; after it, the version of HTTP is
 * chosen by what ALPN has agreed on. DUET_OK: it is over; or as
 * duet_tls_handshake(), or DUET_E_NOMEM.
 */
DUET_CHECK int duet_conn_handshake(struct duet_conn *conn,
				   struct duet_error *err);
/* Encrypt what the HTTP engine wants sent, as far as there is room for it. */
void duet_conn_seal(struct duet_conn *conn);

/* Once the HTTP engine knows how the input ended: what broke the connection
 * afterwards has ended its output too. */
void duet_conn_tell_broken(struct duet_conn *conn);

/* conn/deadline.c */

/* We begin to wait for what is due now; or no longer. */
void duet_conn_wait_begin(struct duet_conn *conn);
void duet_conn_wait_end(struct duet_conn *conn);
/* If bytes have come, then the wait is over. */
void duet_conn_end_wait_if_heard(struct duet_conn *conn);
/* Idle for so long that the buffers should be given back. */
bool duet_conn_is_long_idle(const struct duet_conn *conn);
/* A limit of time that has been reached: the sentence is in err and the
 * status a server should answer in *ret_status. DUET_OK while there is none. */
DUET_CHECK int duet_conn_overdue(const struct duet_conn *conn,
				 int32_t *ret_status, struct duet_error *err);

#endif
