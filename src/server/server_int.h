/* SPDX-License-Identifier: MIT */
/*
 * server/server_int.h - the inside of a server, for this folder only.
 *
 *   server      the loop, what all connections share
 *   listener    a socket that is accepted from
 *   connection  a socket, a struct duet_conn, and its exchanges: at most one
 *               in HTTP/1.1
 *   exchange    one request and its reply; lent to the handler
 *   source      where the body of a reply comes from
 *
 * Calls of the user mark what is wanted and put the connection into the
 * server's queue of those that are ready; only the driver (connection.c),
 * inside a step, moves bytes, calls back and ends things. So nothing is
 * re-entered, and no call of the user frees what the user is called for.
 */
#ifndef DUET_SERVER_SERVER_INT_H
#define DUET_SERVER_SERVER_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include <duet/server.h>

#include "base/buf.h"
#include "http/date.h"
#include "net/address.h"
#include "net/loop.h"
#include "server/handler.h"
#include "server/pace.h"
#include "server/request_id.h"

enum {
	/* Of an unread request body, rather than closing the connection. */
	DUET_READ_OFF_BYTES = 65536,
};

struct duet_listener {
	struct duet_server *server;
	struct duet_watch *watch;
	int fd;
	bool ours;  /* bound by us: a unix socket's file goes with it */
	bool plain; /* without TLS */
	uint16_t port;
	char text[DUET_ADDRESS_TEXT_BYTES];
};

struct duet_post {
	struct duet_post *next;
	void (*fn)(void *arg);
	void *arg;
};

struct duet_server {
	struct duet_loop *loop;
	struct duet_config *tls; /* NULL: plain HTTP */
	duet_handler *handler;
	duet_report_fn *on_report;
	duet_trouble_fn *on_trouble;
	duet_connection_fn *on_connection;
	duet_refusal_fn *on_refusal; /* or NULL */
	void *arg;
	struct duet_limits limits;
	size_t max_connections;
	bool strict;

	struct duet_listener **listeners;
	size_t n_listeners;
	bool accepting;            /* the listeners are watched */
	bool deaf;                 /* they are closed, for good */
	bool refused;              /* accept failed; said once */
	struct duet_timer *breath; /* until accepting is tried again */

	struct duet_connection *connections;
	size_t n_connections;
	struct duet_connection *ready_first; /* queue, in order */
	struct duet_connection *ready_last;

	size_t n_exchanges;          /* under way */
	struct duet_exchange *spare; /* used ones, for the next requests */
	size_t n_spare;
	struct duet_exchange *orphans; /* the peer has left, the user not */

	bool stopping;
	struct duet_timer *drain_end;
	struct duet_wake *wake;
	atomic_int stop_wanted; /* drain_ms of a stop not yet seen, or -1 */
	pthread_mutex_t post_lock;
	bool post_lock_made;
	struct duet_post *post_first;
	struct duet_post *post_last;

	struct duet_request_ids ids;
	int64_t date_wall;
	char date[DUET_DATE_BYTES];
};

/* server.c */
void duet_server_trouble(const struct duet_server *server,
			 const struct duet_error *err, const char *peer);
/* The value of a Date field (RFC 9110 s6.6.1), formatted once a second. */
const char *duet_server_date(struct duet_server *server);

/* accept.c */
DUET_CHECK int duet_listeners_open(struct duet_server *server,
				   const struct duet_server_options *options,
				   struct duet_error *err);
/* Watch them, if there is a place for a connection. */
void duet_listeners_resume(struct duet_server *server);
/* Take what waits in the backlog and close them; their addresses stay. Again
 * is fine. */
void duet_listeners_close(struct duet_server *server);
void duet_listeners_free(struct duet_server *server);

/*
 * connection.c: see there for the phases.
 */
enum duet_connection_phase {
	DUET_CONNECTION_OPEN = 0,
	DUET_CONNECTION_CLOSING,   /* our last bytes are leaving */
	DUET_CONNECTION_LINGERING, /* they have left; the peer's are drained */
};

struct duet_connection {
	struct duet_server *server;
	struct duet_connection *next;
	struct duet_connection *prev;
	struct duet_connection *next_ready;
	struct duet_conn *conn;
	struct duet_exchange *exchanges; /* under way, the oldest first */
	struct duet_exchange *last_exchange;
	struct duet_watch *watch;
	struct duet_timer *timer;
	int fd;
	enum duet_connection_phase phase;

	bool queued;      /* in the queue of those that are ready */
	bool dead;        /* freed while it was queued */
	bool announced;   /* OPENED was reported, and CLOSED will be */
	bool pumping;     /* the driver is at work on it */
	bool handshaken;  /* TLS is up, or there is none */
	bool multiplexed; /* HTTP/2 */
	bool sent;        /* bytes have gone since the round began */
	bool blocked;     /* the socket takes no more */
	bool more;        /* the last read filled the room: there may be more */
	bool full;        /* no room was lent: the socket is not read */
	bool ended;       /* FIN, or an error, has been read */
	bool lost;        /* an error: nothing can be sent any more */
	bool news;        /* time or the end of input: events must be pulled */
	bool over;        /* CLOSED has been pulled */
	bool last_look;   /* one more pull, then close */
	bool paced;       /* perhaps, one of its replies */

	/* How it is closed. */
	bool reset;   /* so that the peer sees a cut */
	bool mute;    /* without what the engine still holds */
	bool drain;   /* the peer may still be sending */
	bool replied; /* a reply is on its way, no RST may overtake it */
	int failure;  /* errno of the read that ended it, or 0 */
	bool asked;   /* a request has come */
	bool spoken;  /* the first byte came; it is in .first */
	uint8_t first;

	int64_t began_us;      /* first byte of the request; 0: none came */
	int64_t settled_us;    /* when a round ended replies; 0: none yet */
	int64_t leave_ms;      /* of a stop: when an idle one is closed */
	int64_t blocked_ms;    /* since when the socket takes no more */
	int64_t closing_ms;    /* when closing or lingering ends */
	int64_t linger_max_ms; /* 0: our bytes have not been taken yet */
	int64_t unsent_ms;     /* since when unsent has not changed */
	int unsent;            /* bytes that wait in the kernel, lingering */
	/* Of TLS, for reports. */
	char tls_version[12];
	char tls_cipher[48];
	bool tls_resumed;
	char *server_name; /* asked for by SNI, or NULL */
	char peer[DUET_ADDRESS_TEXT_BYTES];
};

/* With TLS, or plain. Takes over fd, also on failure; it does not block. */
DUET_CHECK int duet_connection_new(struct duet_server *server, int fd,
				   const char *peer, bool plain,
				   struct duet_error *err);
void duet_connection_free(struct duet_connection *c);
/* Tell on_connection, if there is one. cut and why: of FAILED. */
void duet_connection_tell(const struct duet_connection *c,
			  enum duet_connection_event event, enum duet_cut cut,
			  const struct duet_error *why);
/* Something is to be done for it, soon. */
void duet_connection_wake(struct duet_connection *c);
/* Do it, as far as it goes now. It may be gone afterwards. */
void duet_connection_pump(struct duet_connection *c);
/* A server that stops: end it now if it is idle, else after its reply. */
void duet_connection_retire(struct duet_connection *c);
/* Give up what is under way and reset, at once. */
void duet_connection_cut(struct duet_connection *c,
			 const struct duet_error *why);

/* wire.c */

/* One read, and after a short one no other until there is more. */
void duet_connection_receive(struct duet_connection *c);
enum duet_flushed {
	DUET_FLUSHED_ALL,
	DUET_FLUSHED_SOME, /* the socket takes no more now */
	DUET_FLUSHED_LOST, /* nor ever again */
};
/* Hand the engine's bytes to TCP. */
enum duet_flushed duet_connection_flush(struct duet_connection *c);
/* Nothing can be sent any more; what has come may still be looked at. */
void duet_connection_lose(struct duet_connection *c, int sys_errno);
/* Part of a request's body has come and is not taken, and lies where the next
 * bytes would go. */
bool duet_connection_is_held(const struct duet_connection *c);

/* event.c */

/* There is no memory to go on with it. */
void duet_connection_give_in(struct duet_connection *c);
/* Events from the engine to the exchange, as long as they are wanted. */
void duet_connection_pull(struct duet_connection *c);

/* closing.c */

/* All is said: close_notify, then the end. Nothing once it has begun. */
void duet_closing_begin(struct duet_connection *c);
/* The peer must see a cut. */
void duet_closing_reset(struct duet_connection *c);
/* It took our port for plain HTTP: say so in its own tongue. */
void duet_closing_not_tls(struct duet_connection *c);
/* Go on with it. The connection may be gone afterwards. */
void duet_closing_pump(struct duet_connection *c, bool late);
/* No more patience: it is gone afterwards. */
void duet_closing_now(struct duet_connection *c);

/* The body of a request. */
enum duet_intake {
	DUET_INTAKE_UNASKED = 0,
	DUET_INTAKE_ALL,
	DUET_INTAKE_STREAM,
	DUET_INTAKE_DISCARD, /* a reply was given: nobody wants it any more */
};

/* The body of a reply. */
enum duet_source_kind {
	DUET_SOURCE_NONE = 0,
	DUET_SOURCE_BUFFER,
	DUET_SOURCE_FILE,
	DUET_SOURCE_STREAM,
	DUET_SOURCE_LENT, /* memory of the handler's */
};

struct duet_source {
	enum duet_source_kind kind;
	bool paused;
	int fd;
	uint8_t *data;
	const uint8_t *lent;
	int64_t at;   /* offset in the file or the data */
	int64_t left; /* bytes to come, or DUET_LENGTH_UNKNOWN */
	int64_t total;
	duet_produce_fn *produce;
	void (*finished)(void *arg);
	void *arg;
};

/* Both halves of an exchange: see exchange.c. */
enum duet_request_state {
	DUET_REQUEST_COMING = 0,
	DUET_REQUEST_WHOLE,
	DUET_REQUEST_CUT, /* by the peer, or given up by us */
};
enum duet_reply_state {
	DUET_REPLY_NONE = 0,
	DUET_REPLY_BEGUN,
	DUET_REPLY_WHOLE, /* the engine has all of it */
	DUET_REPLY_CUT,
};

struct duet_exchange {
	struct duet_server *server;
	struct duet_connection *connection; /* NULL: an orphan */
	struct duet_exchange *next; /* of the connection, spare, orphans */
	struct duet_exchange *prev;
	uint64_t stream;
	char id[DUET_REQUEST_ID_BYTES];
	const struct duet_head *head; /* NULL: no whole head came */

	enum duet_request_state request;
	enum duet_intake intake;
	union {
		duet_body_fn *all;
		duet_body_part_fn *part;
	} body_fn;
	void *body_arg;
	struct duet_buf body;   /* of DUET_INTAKE_ALL, so far */
	struct duet_bytes held; /* come, and not taken yet */
	struct duet_buf kept;   /* HTTP/2: where that lies */
	bool resumed;           /* offer it again */
	bool continued;         /* 100 (Continue) was sent */
	uint64_t received;

	enum duet_reply_state reply;
	int32_t status;
	bool flushed;      /* and TCP too */
	bool bodiless;     /* HEAD, 204, 304 */
	bool is_ours;      /* a short text, with the request's name */
	bool close;        /* the head said "Connection: close" */
	bool abort_wanted; /* by the user */
	uint64_t given;    /* bytes of the body that the engine took */
	struct duet_pace pace;
	struct duet_source source;
	struct duet_buf fields; /* of the user: name NUL value NUL ... */
	size_t n_fields;
	const struct duet_dress *dress; /* handler.h; or NULL */
	bool keeps_type;                /* the same */
	bool leaves_hsts;               /* the same */
	void (*over)(void *arg);        /* or NULL */
	void *over_arg;
	const struct duet_prepared *prepared; /* more of them, until a reply */

	bool deferred;
	bool gone; /* no longer the user's: calls give DUET_E_GONE */
	void (*on_gone)(struct duet_exchange *exchange, void *arg);
	void *gone_arg;

	int64_t began_us;
	int64_t ended_us;
	enum duet_evidence request_evidence;
	enum duet_evidence reply_evidence;
	enum duet_cut cut;
	enum duet_side cut_by;
	char *user;              /* who the client is, or NULL */
	const char *label;       /* the user's, or NULL */
	bool explained;          /* the error is why the reply refuses */
	struct duet_error error; /* last: cleared by its code alone */
};

/* exchange.c */

/* The one of that stream, or NULL. */
struct duet_exchange *duet_exchange_find(const struct duet_connection *c,
					 uint64_t stream);
/* A request's head has come: call the handler. DUET_E_NOMEM. */
DUET_CHECK int duet_exchange_begin(struct duet_connection *c,
				   const struct duet_event *event);
/* The request never will be whole; why may be NULL. DUET_E_NOMEM. */
DUET_CHECK int duet_exchange_aborted(struct duet_connection *c,
				     const struct duet_event *event,
				     enum duet_side by,
				     const struct duet_error *why);
/* Nothing more can be sent or should be: the reply is cut. */
void duet_exchange_cut(struct duet_exchange *x, enum duet_cut cut,
		       enum duet_side by, const struct duet_error *why);
/* What cut it; the first reason counts, and that of a refusal stays before it.
 */
void duet_exchange_note(struct duet_exchange *x, enum duet_cut cut,
			enum duet_side by, const struct duet_error *why);
/* It is the user's no longer; if it was, the user learns it. */
void duet_exchange_take_back(struct duet_exchange *x);
/* A call of the user's has returned: has somebody promised a reply? */
void duet_exchange_check(struct duet_exchange *x, bool called_again);
/* Report, forget. */
void duet_exchange_end(struct duet_exchange *x);
/* DUET_OK while the user may ask for the body or reply. */
int duet_exchange_usable(const struct duet_exchange *x);
/* The user has replied or aborted: an orphan goes. */
void duet_exchange_let_go(struct duet_exchange *x);
/* Bytes of the body that have yet to come, or DUET_LENGTH_UNKNOWN. */
int64_t duet_exchange_unread(const struct duet_exchange *x);
/* Whether the rest of the request is too much to read off; the connection
 * then ends with the reply (RFC 9112 s9.3). */
bool duet_exchange_must_close(const struct duet_exchange *x);
void duet_exchanges_free(struct duet_server *server);

/* pace.c */

/* How much of a paced reply may leave now. */
DUET_CHECK size_t duet_exchange_pace_room(struct duet_exchange *x);
/* Of a body as much as may leave now, and its engine has room for. */
static inline size_t duet_exchange_most(struct duet_exchange *x)
{
	return x->pace.rate == 0 ? SIZE_MAX : duet_exchange_pace_room(x);
}
/* When the next piece of a paced reply is due. */
DUET_CHECK int64_t duet_connection_pace_deadline(struct duet_connection *c);

/* body.c */
void duet_body_data(struct duet_exchange *x, struct duet_bytes data);
void duet_body_end(struct duet_exchange *x);
/* Offer again what was not taken, if that was asked for. */
void duet_body_offer(struct duet_exchange *x);
/* Nobody wants the rest. */
void duet_body_discard(struct duet_exchange *x);

/* reply.c */

/* A short text of ours, whatever the user has said so far. */
void duet_reply_ours(struct duet_exchange *x, int status);

/* source.c */

/* Move what there is room for into the engine. true: it has more as soon as
 * there is room. */
bool duet_source_fill(struct duet_exchange *x);
/* Close, or tell the producer or lender; more than once is fine. What was lent
 * and is not sent is cut. */
void duet_source_done(struct duet_exchange *x);

#endif
