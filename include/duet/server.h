/* SPDX-License-Identifier: MIT */
/* duet/server.h - a server: a handler, and a loop of its own or of yours. */
#ifndef DUET_SERVER_H
#define DUET_SERVER_H

#include <duet/http.h>

#ifdef __cplusplus
extern "C" {
#endif

struct duet_server;
struct duet_exchange; /* one request and its reply */

/*
 * Called once for each request, when its head is complete. Read the request,
 * then reply: at once, when the body has come, or later after a defer. To
 * return without any of these is a mistake: 500, and a report.
 */
typedef void duet_handler(struct duet_exchange *exchange, void *arg);

/* What became of one exchange: the facts of an access log line. */
struct duet_report {
	size_t size;
	const char *peer;             /* "192.0.2.7:51234" */
	const struct duet_head *head; /* NULL: the request had no whole head */
	int32_t status;               /* 0: none was sent */
	uint64_t sent_bytes;          /* of the reply's body, handed to TCP */
	uint64_t received_bytes;      /* of the request's body */
	int64_t duration_us; /* first byte of the request to last of the reply
			      */
	const char *tls_version;    /* "" without TLS */
	enum duet_evidence request; /* how the request ended */
	enum duet_evidence reply;   /* how we ended the reply; NONE: cut */
	enum duet_cut cut;          /* what cut either of them */
	enum duet_side cut_by;      /* and who */
	/* What went wrong, or why the request was refused; NULL: neither. */
	const struct duet_error *error;
	const char *id;          /* as duet_exchange_id() */
	const char *tls_cipher;  /* OpenSSL's name; "" without TLS */
	const char *server_name; /* asked for by SNI; "": none */
	bool tls_resumed;        /* TLS went on with an old session */
	const char *user;        /* as duet_exchange_set_user(); NULL: nobody */
	const char *label;       /* as duet_exchange_set_label(), or NULL */
};
typedef void duet_report_fn(const struct duet_report *report, void *arg);
/* What no report tells, one sentence each: failed handshakes, connections that
 * broke between two requests, refused accepts. */
typedef void duet_trouble_fn(const struct duet_error *error, const char *peer,
			     void *arg);

/* What becomes of a connection; each at most once, in this order. */
enum duet_connection_event {
	DUET_CONNECTION_OPENED = 1, /* accepted, or adopted */
	DUET_CONNECTION_SECURED,    /* TLS is up; never without TLS */
	DUET_CONNECTION_FAILED,     /* or never will be: on_trouble was told */
	DUET_CONNECTION_CLOSED,     /* nothing more of it follows */
};
struct duet_connection_report {
	size_t size;
	enum duet_connection_event event;
	const char *peer;               /* as in struct duet_report */
	const char *tls_version;        /* SECURED; else "" */
	bool tls_resumed;               /* SECURED */
	enum duet_cut cut;              /* FAILED: what ended it */
	const struct duet_error *error; /* FAILED; else NULL */
};
typedef void duet_connection_fn(const struct duet_connection_report *report,
				void *arg);

/* Whether we wait for the peer's close_notify after ours (RFC 8446 s6.1). */
enum duet_attitude {
	DUET_ATTITUDE_PROMPT = 0, /* send ours, do not wait for theirs */
	/* Wait, up to linger_ms, and record in the report (or, where there is
	 * none, as a trouble) when it did not come. */
	DUET_ATTITUDE_STRICT = 1,
};

struct duet_server_options {
	size_t size;
	/* Where: "127.0.0.1:8443", "[::]:443", ":8443" (every address),
	 * "localhost:0", "unix:/run/x.sock"; NULL-terminated list. */
	const char *const *listen;
	/* Or sockets already listening; duplicated. */
	const int *listen_fds;
	size_t n_listen_fds;
	/* Or none, and connections given by duet_server_adopt(). */

	struct duet_config *tls; /* or: */
	const char *cert_file;
	const char *key_file;
	uint8_t plain_http; /* HTTP without TLS must be said aloud */

	duet_handler *handler;
	duet_report_fn *on_report;
	duet_trouble_fn *on_trouble;
	void *arg; /* of all of them */

	const struct duet_limits *limits; /* NULL: defaults */
	uint32_t max_connections; /* 0: 1024; more wait in the backlog */
	uint8_t attitude;         /* enum duet_attitude */
	uint8_t reuse_port;       /* SO_REUSEPORT on the sockets we bind */
	duet_connection_fn *on_connection; /* for counting; NULL: nobody */
	/* The last so many of listen_fds are spoken to without TLS, beside a
	 * certificate: to send their clients elsewhere, say. There
	 * duet_exchange_tls() is NULL. */
	size_t n_plain_listen_fds;
};
#define DUET_SERVER(...)                      \
	(&(const struct duet_server_options){ \
		.size = sizeof(struct duet_server_options), __VA_ARGS__ })
#define DUET_LISTEN(...) ((const char *const[]){ __VA_ARGS__, 0 })

/* Bound and listening on return. */
DUET_API DUET_CHECK struct duet_server *duet_server_new(
	const struct duet_server_options *options, struct duet_error *err);
/* Cuts what is under way; stop and let it drain first. */
DUET_API void duet_server_free(struct duet_server *server);

/* Serve until stopped and drained. May be run in a thread of its own. */
DUET_API DUET_CHECK int duet_server_run(struct duet_server *server,
					struct duet_error *err);
/*
 * From any thread and from signal handlers: accept no more, let what is under
 * way end for at most drain_ms, then cut it. Again with 0: cut now.
 */
DUET_API void duet_server_stop(struct duet_server *server, int32_t drain_ms);

/* The number of listening sockets, and the address of one of them as a URL
 * shows it ("127.0.0.1:8443", "[::1]:8443", "unix:/run/x"). */
DUET_API size_t duet_server_n_addresses(const struct duet_server *server);
DUET_API const char *duet_server_address(const struct duet_server *server,
					 size_t i);
/* The port of the first; 0 for a unix socket. */
DUET_API int duet_server_port(const struct duet_server *server);
/* Later connections use it; those there are keep theirs. On its thread. */
DUET_API DUET_CHECK int duet_server_set_tls(struct duet_server *server,
					    struct duet_config *config,
					    struct duet_error *err);
/* Serve a connected socket; it is ours from now on, also on failure. */
DUET_API DUET_CHECK int duet_server_adopt(struct duet_server *server, int fd,
					  struct duet_error *err);
/* Connections open now. */
DUET_API size_t duet_server_n_connections(const struct duet_server *server);

/*
 * Your loop instead of run: poll fd for reading, level-triggered, for at most
 * wait_ms (-1: no limit), then step. step works off what is there, waiting at
 * most wait_ms for it; DUET_EOF once stopped and drained.
 */
DUET_API int duet_server_fd(const struct duet_server *server);
DUET_API int32_t duet_server_wait_ms(const struct duet_server *server);
DUET_API DUET_CHECK int duet_server_step(struct duet_server *server,
					 int32_t wait_ms,
					 struct duet_error *err);
/* From any thread: run fn(arg) on the server's. What has not run when the
 * server is freed is forgotten. DUET_E_NOMEM. */
DUET_API DUET_CHECK int duet_server_post(struct duet_server *server,
					 void (*fn)(void *arg), void *arg);

/* The request. Borrowed, while the exchange lives. */
DUET_API const struct duet_head *duet_exchange_head(
	const struct duet_exchange *exchange);
/* 20 digits and small letters that no other request has, neither of this server
 * nor of any other: to find in the log what a user complains about. */
DUET_API const char *duet_exchange_id(const struct duet_exchange *exchange);
DUET_API const char *duet_exchange_peer(const struct duet_exchange *exchange);
/* NULL without TLS. */
DUET_API const struct duet_tls *duet_exchange_tls(
	const struct duet_exchange *exchange);

/* Who the client has proven to be, copied for the report; NULL: nobody.
 * DUET_E_NOMEM; DUET_E_GONE once the client has left. */
DUET_API DUET_CHECK int duet_exchange_set_user(struct duet_exchange *exchange,
					       const char *name);
/* What the handler calls what it is about, for the report: borrowed until
 * then. */
DUET_API void duet_exchange_set_label(struct duet_exchange *exchange,
				      const char *label);

/*
 * Its body, asked for in the handler, or later after a defer. Whole: fn is
 * called once, with all of it, which is there until fn returns; more than max
 * bytes is answered with 413 and fn is not called. A cut request calls
 * nothing: its exchange ends (see defer).
 */
typedef void duet_body_fn(struct duet_exchange *exchange,
			  struct duet_bytes body, void *arg);
DUET_API DUET_CHECK int duet_body_all(struct duet_exchange *exchange,
				      uint64_t max, duet_body_fn *fn,
				      void *arg);
/*
 * Streamed: return how many bytes you took; fewer than all pauses the peer
 * until duet_body_resume(). end: nothing follows, and the body is whole.
 */
typedef size_t duet_body_part_fn(struct duet_exchange *exchange,
				 struct duet_bytes part, bool end, void *arg);
DUET_API DUET_CHECK int duet_body_stream(struct duet_exchange *exchange,
					 duet_body_part_fn *fn, void *arg);
DUET_API void duet_body_resume(struct duet_exchange *exchange);

/*
 * The reply: exactly one of the calls below, which end what you may do with
 * the exchange: it is used again for other requests. A stream's producer may
 * still use it, and goes on being fed by duet_body_stream(). A second one is
 * DUET_E_STATE; DUET_E_GONE when the peer has left.
 * headers first: refused with DUET_E_ARGUMENT when unfit to be sent, or
 * written by us (framing, Connection, Date).
 */
DUET_API DUET_CHECK int duet_reply_header(struct duet_exchange *exchange,
					  const char *name, const char *value);
/* body is copied; type NULL: no Content-Type. */
DUET_API int duet_reply(struct duet_exchange *exchange, int status,
			const char *type, const void *body, size_t len);
/* "text/plain; charset=utf-8" */
DUET_API int duet_reply_text(struct duet_exchange *exchange, int status,
			     const char *text);
/*
 * len bytes of a file from offset on. The descriptor is ours from now on. A
 * file that turns out shorter cuts the reply: the peer sees it, and the report
 * says it.
 */
DUET_API int duet_reply_file(struct duet_exchange *exchange, int status,
			     const char *type, int fd, int64_t offset,
			     int64_t len);
/*
 * Produced on demand, asked only when there is room. Return DUET_OK with *n
 * bytes, DUET_PAUSE until duet_reply_resume(), DUET_EOF when done (*n may still
 * hold some), below 0 to cut the reply. length may be DUET_LENGTH_UNKNOWN.
 * finished, which may be NULL, is called exactly once, when the producer will
 * not be called again, also when this call fails.
 */
typedef int duet_produce_fn(struct duet_exchange *exchange, void *buf,
			    size_t cap, size_t *n, void *arg);
DUET_API int duet_reply_stream(struct duet_exchange *exchange, int status,
			       const char *type, int64_t length,
			       duet_produce_fn *produce,
			       void (*finished)(void *arg), void *arg);
DUET_API void duet_reply_resume(struct duet_exchange *exchange);
/* No body at all, e.g. 304; the framing that goes with that status. */
DUET_API int duet_reply_empty(struct duet_exchange *exchange, int status);

/*
 * Reply later, on the server's thread. on_gone is called at most once, if the
 * connection is lost before you have replied (reset, fatal alert, the server's
 * end), or its body turns out to be broken or too large; the exchange is gone
 * when it returns. Without an on_gone, reply or abort in any case: the call
 * gives DUET_E_GONE and frees the exchange. A peer that only closes its half
 * (close_notify, FIN) still gets its reply, and no limit of time runs until
 * there is one: a long poll needs a timer of its own.
 */
DUET_API void duet_exchange_defer(
	struct duet_exchange *exchange,
	void (*on_gone)(struct duet_exchange *exchange, void *arg), void *arg);
/* Reset, so that the peer sees a cut and not an end. */
DUET_API void duet_exchange_abort(struct duet_exchange *exchange);

#ifdef __cplusplus
}
#endif
#endif
