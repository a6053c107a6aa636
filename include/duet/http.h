/* SPDX-License-Identifier: MIT */
/*
 * duet/http.h - messages, and one HTTP connection without I/O.
 *
 * A struct duet_conn is an HTTP engine with, inside it, the TLS engine it
 * speaks through (or none). Bytes of the wire go in and come out as they do
 * with a struct duet_tls; messages come out as events that are pulled, and go
 * in by calls. There are no callbacks, so nothing can be re-entered.
 *
 * The shape is the same for every version of HTTP: an exchange is a stream
 * number. HTTP/1.1 numbers its exchanges 1, 2, 3...; HTTP/2, which is spoken
 * where the TLS handshake has chosen "h2" (ALPN), as RFC 9113 s5.1.1 does.
 */
#ifndef DUET_HTTP_H
#define DUET_HTTP_H

#include <duet/error.h>
#include <duet/tls.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A field line (RFC 9110 s5). Received ones have had their grammar checked. */
struct duet_header {
	const char *name;
	const char *value;
};
/* A list of them, ended by one without a name. */
#define DUET_HEADERS(...) \
	((const struct duet_header[]){ __VA_ARGS__, { 0, 0 } })

/* duet_head.content_length of a body whose length is told by its end only. */
#define DUET_LENGTH_UNKNOWN (-1)

/*
 * The head of a request or a response. What is left zero is left out.
 * When sending, the engine writes the framing and connection fields itself
 * (Content-Length, Transfer-Encoding, Connection) from content_length and
 * close, and refuses them among the headers with DUET_E_ARGUMENT.
 */
struct duet_head {
	size_t size;
	const char *method; /* requests: "GET" */
	const char *target; /* requests: "/index.html?q" (RFC 9112 s3.2) */
	int32_t status;     /* responses: 200 */
	int32_t minor;      /* HTTP/<major>.<minor>; set when received */
	const char *reason; /* responses; NULL: the usual one */
	const struct duet_header *headers; /* ended by a NULL name, or NULL */
	int64_t content_length; /* of the body to come; 0: there is none */
	bool close; /* the connection does not outlive this exchange */
	bool expect_continue; /* received: the client waits for a 100 */
	bool upgrade; /* received: asks for, or (101) does, a protocol change */
	int32_t major; /* received: 1, or 2 (then minor is 0) */
};
#define DUET_HEAD(...)                                                \
	(&(const struct duet_head){ .size = sizeof(struct duet_head), \
				    __VA_ARGS__ })
/* The first value of that name, in any case of letters, or NULL. */
DUET_API const char *duet_head_get(const struct duet_head *head,
				   const char *name);
/* "Not Found" for 404; "" for a number without a name (RFC 9110 s15). */
DUET_API const char *duet_status_reason(int status);
/* For Content-Type, by the name of a file: "text/html; charset=utf-8",
 * "application/octet-stream" for what is not known. */
DUET_API const char *duet_media_type(const char *path);

/*
 * Limits of one connection. Zero means the default in brackets; there is no
 * "unlimited". Reaching one is DUET_E_LIMIT (or DUET_E_TIMEOUT for a time),
 * with the limit's name in the sentence.
 */
struct duet_limits {
	size_t size;
	uint32_t line_bytes;  /* [8192] one line of a head; 414 or 431 */
	uint32_t head_bytes;  /* [32768] a whole head, or trailers; 431 */
	uint32_t headers;     /* [100] field lines of a head or trailers; 431 */
	uint64_t body_bytes;  /* [2^63-1] a received body; 413 */
	uint32_t requests;    /* [10000] exchanges on one connection */
	int32_t handshake_ms; /* [10000] TLS handshake */
	int32_t head_ms;      /* [10000] first byte of a head to its last */
	int32_t idle_ms;      /* [60000] between exchanges */
	int32_t reply_ms;   /* [300000] client: request sent, no byte of a reply
			     */
	int32_t body_ms;    /* [20000] a body may take this long ... */
	uint32_t body_rate; /* [500] ... and a second more per so many bytes */
	int32_t stall_ms;   /* [120000] ... but not without any byte */
	int32_t send_ms;    /* [60000] our bytes wait without any leaving */
	int32_t linger_ms;  /* [2000] draining the peer after our close */
	/* HTTP/2. A rate comes back within ten seconds when it was used up. */
	uint32_t streams;  /* [100] exchanges under way at once */
	uint32_t resets;   /* [200] rate: streams the peer resets or breaks */
	uint32_t controls; /* [1000] rate: frames that move no message on */
	uint32_t window_bytes; /* [65536; client 1048576, 8 times as much for
				* one that is taken as it comes] of a body that
				* is not taken yet, on each stream */
};
#define DUET_LIMITS(...)                                                  \
	(&(const struct duet_limits){ .size = sizeof(struct duet_limits), \
				      __VA_ARGS__ })

/* By what a message is known to be whole. */
enum duet_evidence {
	DUET_BY_NONE = 0,     /* it is not */
	DUET_BY_NO_BODY,      /* it can have no body */
	DUET_BY_LENGTH,       /* Content-Length bytes came */
	DUET_BY_LAST_CHUNK,   /* the last chunk and the trailers came */
	DUET_BY_END_STREAM,   /* HTTP/2 */
	DUET_BY_CLOSE_NOTIFY, /* the peer's close_notify */
	DUET_BY_FIN, /* a bare FIN: without TLS, or by the lenient policy */
};
/* "length", "last-chunk", ...: for logs and JSON; never NULL. */
DUET_API const char *duet_evidence_name(enum duet_evidence evidence);

/* What cut a message, or ended a connection. */
enum duet_cut {
	DUET_CUT_NONE = 0,
	DUET_CUT_CLOSE_NOTIFY, /* the peer closed in good form */
	DUET_CUT_FIN,          /* the connection ended without close_notify */
	DUET_CUT_RESET,        /* it was reset, or the system failed */
	DUET_CUT_ALERT,        /* a fatal alert, ours or theirs */
	DUET_CUT_PROTOCOL,     /* the peer broke HTTP */
	DUET_CUT_TIMEOUT,      /* one of our limits of time */
	DUET_CUT_LOCAL,        /* our own side gave up */
};
/* "fin", "reset", ...: for logs and JSON; never NULL. */
DUET_API const char *duet_cut_name(enum duet_cut cut);

enum duet_event_type {
	DUET_EV_INTERIM = 1, /* a 1xx response head; the final one follows */
	DUET_EV_HEAD,        /* .head */
	DUET_EV_DATA,        /* .data */
	DUET_EV_END,         /* .evidence, .trailers: the message is whole */
	DUET_EV_ABORTED,     /* .cut, .status: the message never will be */
	DUET_EV_CLOSED,      /* .cut: no more events; the connection is over */
	DUET_EV_CANCELLED,   /* .cut: our own message on .stream is cut, the
			      * connection goes on (HTTP/2) */
};

/*
 * A message is HEAD, DATA..., then END or ABORTED, never both. The head and
 * its strings live until that exchange is over in both directions; data and
 * trailers until the next call of duet_conn_next(). In HTTP/2 the events of
 * several messages come mixed, each with its stream.
 */
struct duet_event {
	size_t size;
	enum duet_event_type type;
	uint64_t stream;
	/* Of HEAD; of ABORTED with 413 too, though no HEAD may have come. */
	const struct duet_head *head;
	struct duet_bytes data;
	const struct duet_header *trailers; /* ended by a NULL name, or NULL */
	enum duet_evidence evidence;
	enum duet_cut cut;
	int32_t status; /* ABORTED on a server: the answer it deserves, or 0 */
	/* ABORTED on a client of HTTP/2: the server has not begun with the
	 * request, so it may be asked again (RFC 9113 s8.7). */
	bool unprocessed;
};

struct duet_conn;

/*
 * Takes over tls (also when it fails) and frees it with the connection. tls
 * NULL is a failure passed on: NULL, and err stays as the failing call left
 * it; HTTP without TLS is asked for by name. limits NULL: all defaults.
 * DUET_E_NOMEM, or DUET_E_ARGUMENT for limits without a size.
 */
DUET_API DUET_CHECK struct duet_conn *duet_conn_client(
	struct duet_tls *tls, const struct duet_limits *limits,
	struct duet_error *err);
DUET_API DUET_CHECK struct duet_conn *duet_conn_server(
	struct duet_tls *tls, const struct duet_limits *limits,
	struct duet_error *err);
DUET_API DUET_CHECK struct duet_conn *duet_conn_plain_client(
	const struct duet_limits *limits, struct duet_error *err);
DUET_API DUET_CHECK struct duet_conn *duet_conn_plain_server(
	const struct duet_limits *limits, struct duet_error *err);
DUET_API void duet_conn_free(struct duet_conn *conn);
/* Borrowed; NULL without TLS. */
DUET_API struct duet_tls *duet_conn_tls(struct duet_conn *conn);

/*
 * The wire: as in duet/tls.h. room.len == 0 means "no more, please": that is
 * the whole of back-pressure. Room stays put until recv_done; bytes to send
 * until send_done, or until something more is written (without TLS they lie in
 * the buffer that it goes to). They come encrypted; head and body written since
 * the last call leave in one record when they fit.
 */
DUET_API DUET_CHECK int duet_conn_recv_room(struct duet_conn *conn,
					    struct duet_room *room);
DUET_API void duet_conn_recv_done(struct duet_conn *conn, size_t n);
DUET_API void duet_conn_recv_end(struct duet_conn *conn, int sys_errno);
DUET_API struct duet_bytes duet_conn_send_bytes(struct duet_conn *conn);
DUET_API void duet_conn_send_done(struct duet_conn *conn, size_t n);

/*
 * You own the clock: any monotonic ms, told before next (before recv_done or
 * after it) and after sending. At the deadline (INT64_MAX: none) tell the time
 * and pull events.
 */
DUET_API void duet_conn_now(struct duet_conn *conn, int64_t now_ms);
DUET_API int64_t duet_conn_deadline(const struct duet_conn *conn);

/*
 * The next event. DUET_OK with one; DUET_WANT_READ when there is none yet;
 * below zero with the reason of an ABORTED or CLOSED event, which is filled in
 * all the same. CLOSED: nothing more is heard, and nothing more is taken; what
 * has been written may still be sent, and if our message is not whole it is
 * cut, as by duet_conn_send_abort(). After it: DUET_EOF for ever.
 * On a server of HTTP/1.1 the next request is not read until the reply to the
 * last one is over; pipelined requests wait (RFC 9112 s9.3.2).
 */
DUET_API DUET_CHECK int duet_conn_next(struct duet_conn *conn,
				       struct duet_event *ret_event,
				       struct duet_error *err);

/*
 * HTTP/2: who cannot take the last DATA event whole, and pulls on for the sake
 * of other streams, keeps n bytes of it and says so; the peer may not send
 * others in their place (RFC 9113 s5.2) until they are released. HTTP/1.1: no
 * effect; there one stops pulling.
 */
DUET_API void duet_conn_hold(struct duet_conn *conn, uint64_t stream, size_t n);
DUET_API void duet_conn_release(struct duet_conn *conn, uint64_t stream,
				size_t n);

/*
 * Begin an exchange (client): *ret_stream is its number. A server uses the
 * stream of the request, and may send interim heads (1xx) before the final
 * one. DUET_E_STATE when it is not that head's turn, DUET_E_ARGUMENT when a
 * field is not fit to be sent (CR, LF, NUL, not a token), DUET_E_GONE when the
 * connection is over.
 */
DUET_API DUET_CHECK int duet_conn_request(struct duet_conn *conn,
					  const struct duet_head *head,
					  uint64_t *ret_stream,
					  struct duet_error *err);
DUET_API DUET_CHECK int duet_conn_reply(struct duet_conn *conn, uint64_t stream,
					const struct duet_head *head,
					struct duet_error *err);

/*
 * The body. data: takes what there is room for, *ret_taken of len; with none
 * DUET_WANT_WRITE: send first. room and filled: the same without a copy; fill
 * at most room.len, then tell how much (0 is fine). More than content_length
 * is DUET_E_ARGUMENT. end: the body is whole; less than content_length is
 * DUET_E_STATE and nothing is sent. Trailers only where the length is unknown
 * (DUET_E_ARGUMENT otherwise); NULL: none.
 */
DUET_API DUET_CHECK int duet_conn_send_data(struct duet_conn *conn,
					    uint64_t stream, const void *data,
					    size_t len, size_t *ret_taken,
					    struct duet_error *err);
DUET_API DUET_CHECK int duet_conn_send_room(struct duet_conn *conn,
					    uint64_t stream,
					    struct duet_room *room,
					    struct duet_error *err);
DUET_API void duet_conn_send_filled(struct duet_conn *conn, uint64_t stream,
				    size_t n);
DUET_API DUET_CHECK int duet_conn_send_end(struct duet_conn *conn,
					   uint64_t stream,
					   const struct duet_header *trailers,
					   struct duet_error *err);
/* The peer must see a cut. HTTP/1.1: no last chunk, no close_notify; then close
 * the socket with a reset once what duet_conn_send_bytes() gives has gone.
 * HTTP/2: RST_STREAM, and the connection goes on. */
DUET_API void duet_conn_send_abort(struct duet_conn *conn, uint64_t stream);

/* All of our message has left through duet_conn_send_bytes(): in HTTP/2 the
 * peer's window may hold it back. True where there is none. */
DUET_API bool duet_conn_is_sent(const struct duet_conn *conn, uint64_t stream);
/* Bytes of the body that were taken and have not left so, or never will. 0
 * where there is none. */
DUET_API uint64_t duet_conn_send_held(const struct duet_conn *conn,
				      uint64_t stream);

/* The exchange is forgotten: a server calls it when request and reply are
 * both over or given up, and the next request may come. */
DUET_API void duet_conn_done(struct duet_conn *conn, uint64_t stream);

/*
 * Our side ends after what is being sent: close_notify. A message that is not
 * whole by then is cut, as by duet_conn_send_abort(). duet_conn_drain(): no
 * further exchange; close when the one under way is over.
 */
DUET_API void duet_conn_close(struct duet_conn *conn);
DUET_API void duet_conn_drain(struct duet_conn *conn);

/* What a driver asks. */
struct duet_conn_state {
	size_t size;
	bool wants_send;    /* send_bytes would give some */
	bool idle;          /* no exchange under way */
	bool reusable;      /* another exchange may follow */
	bool closing;       /* close_notify is sent or queued */
	bool aborted;       /* reset the socket instead of closing it */
	bool peer_closed;   /* the peer's close_notify, or its FIN, has come */
	bool close_notify;  /* ... and it was a close_notify */
	bool handshaken;    /* TLS is up, or there is none */
	bool message_begun; /* part of one has come: as of the last next() */
	bool multiplexed;   /* several exchanges at once: HTTP/2 */
};
DUET_API void duet_conn_get_state(struct duet_conn *conn,
				  struct duet_conn_state *ret_state);

#ifdef __cplusplus
}
#endif
#endif
