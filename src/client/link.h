/* SPDX-License-Identifier: MIT */
/*
 * client/link.h - one connection: a socket, the engine that speaks through it,
 * what wakes it, and the lanes of the requests that are on it (lane.h).
 */
#ifndef DUET_CLIENT_LINK_H
#define DUET_CLIENT_LINK_H

#include <duet/client.h>

#include "client/facts.h"
#include "client/pipe.h"
#include "client/proxy.h"
#include "client/url.h"
#include "net/address.h"
#include "net/loop.h"

/* What its keeper is told. */
enum duet_link_news {
	DUET_LINK_KNOWN, /* which version of HTTP it speaks */
	DUET_LINK_STIRS, /* from the loop, while nobody is on it: pull */
	DUET_LINK_LEFT,  /* a lane has left, maybe the last one; it may be
			  * closed now */
	DUET_LINK_LEADS_NOWHERE, /* no further request may be sent on it */
};
struct duet_link;
typedef void duet_keeper_fn(void *arg, struct duet_link *link,
			    enum duet_link_news news);

struct duet_lane;
struct duet_origin;
struct duet_revoke;

struct duet_link {
	/* The pool's: see pool.h. */
	struct duet_origin *origin; /* it counts as one of its connections */
	struct duet_link *next;     /* of that origin's */
	bool idle;                  /* nobody is on it, and it is in the list */
	struct duet_link *newer;
	struct duet_link *older;
	duet_keeper_fn *keeper;
	void *keeper_arg;

	struct duet_lane *first_lane;
	struct duet_lane *last_lane;
	uint32_t n_lanes;
	struct duet_lane *first_due;
	struct duet_lane *direct; /* its DATA lies in the engine, in part */
	bool early;     /* something may have been said before the handshake */
	bool known;     /* the handshake has said which version of HTTP it is */
	bool may_share; /* the keeper has not been told otherwise */
	bool running;   /* lanes are being woken */
	bool has_left;  /* ... and one has left meanwhile */
	bool doomed;    /* ... and the link is to be closed */

	/* Where it leads. */
	char *host;
	uint16_t port;
	bool https;
	char address[DUET_ADDRESS_TEXT_BYTES];

	/* A proxy in between; NULL: none. */
	const struct duet_proxy *proxy;
	bool absolute; /* it is asked for URLs; no tunnel */

	struct duet_loop *loop;
	struct duet_pipe pipe;
	bool fresh;    /* of one request only: never kept */
	bool borrowed; /* the socket has another owner: leave it open, unhurt */
	int kept_flags; /* ... and as it was */
	struct duet_conn *conn;
	struct duet_watch *watch;
	struct duet_timer *timer;

	bool may_read;   /* recv(2) is worth a try */
	bool read_ended; /* the engine knows that nothing follows */
	int send_errno;  /* why nothing can be sent any more; 0: it can */
	bool no_room;    /* ... but there was none to receive into */
	bool misdirects; /* it has answered 421 */
	bool silent;     /* it does not answer: nothing more is asked on it */
	bool cut;        /* something was left unfinished: the peer is to see */

	struct duet_revoke *revoke; /* fetches CRLs; NULL: none are wanted */
	bool rested; /* for some; the server may have lost patience */

	struct duet_peer_facts *peer; /* NULL: before the handshake, no TLS */
	int64_t handshaken_us;
	uint64_t wire_bytes; /* received */
	uint64_t sent_bytes;
	uint32_t exchanges; /* that are over */
};

/*
 * Takes over what the pipe holds and conn, also when it fails. borrowed: its fd
 * is a duplicate of somebody's socket. DUET_OK, DUET_E_NOMEM, DUET_E_SYSTEM.
 */
DUET_CHECK int duet_link_new(struct duet_loop *loop, const struct duet_url *url,
			     struct duet_pipe pipe, bool borrowed,
			     struct duet_conn *conn, struct duet_link **ret,
			     struct duet_error *err);
/* Which version of HTTP it speaks is certain, and what became of what was said
 * early. */
bool duet_link_may_ask(const struct duet_link *link);
/* Before that, and before anything else: one request may go as early data. */
bool duet_link_begin_early(struct duet_link *link);
/* It is HTTP/2. */
bool duet_link_is_shared(const struct duet_link *link);
/* ... and another request may join those that are on it. Encrypts nothing. */
bool duet_link_takes_more(const struct duet_link *link);

/* For lane.c: they come and go. The link may be gone after leave. */
void duet_link_enter(struct duet_link *link, struct duet_lane *lane);
void duet_link_leave(struct duet_link *link, struct duet_lane *lane);
void duet_link_make_due(struct duet_link *link, struct duet_lane *lane);
/* In this turn of the loop or the next: send, receive, wake who is due. */
void duet_link_run_soon(struct duet_link *link);

/*
 * The next event of a lane, what comes for others being put aside; alone it
 * sends and receives as far as that goes without waiting. lane NULL: there is
 * none. As duet_conn_next(); never DUET_EOF.
 */
DUET_CHECK int duet_link_pull(struct duet_link *link, struct duet_lane *lane,
			      struct duet_event *event, struct duet_error *err);
/* Receive once, if there is room, so that the peer is not kept waiting for us.
 * false: nothing came, and until events are pulled nothing will. */
bool duet_link_receive(struct duet_link *link);
/*
 * After the last event of a message that is the last: wait for the peer's
 * close_notify, which the strict closure policy wants (RFC 8446 s6.1). DUET_OK,
 * DUET_WANT_READ, or what came instead.
 */
DUET_CHECK int duet_link_await_goodbye(struct duet_link *link,
				       struct duet_error *err);
/* ... and whether it is wanted of this link now. */
bool duet_link_wants_goodbye(struct duet_link *link);
/* Send what there is, as far as it goes. */
void duet_link_flush(struct duet_link *link);
/* Nothing more can be handed to the system now. */
bool duet_link_is_blocked(struct duet_link *link);
/* Be woken when something can be received (if reading) or sent (if writing,
 * or bytes wait), or the engine's time has come. */
void duet_link_wait(struct duet_link *link, bool reading, bool writing);

/* Nothing is under way, and another request may be sent on it. */
bool duet_link_is_usable(struct duet_link *link);
/*
 * Free it; nobody is on it. In good form: close_notify (or the alert that is
 * due), FIN, close. After a cut: reset, so that the peer cannot take it for an
 * end.
 */
void duet_link_close(struct duet_link *link);

#endif
