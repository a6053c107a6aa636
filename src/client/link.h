/* SPDX-License-Identifier: MIT */
/*
 * client/link.h - one connection: a socket, the engine that speaks through it,
 * and what wakes it. It serves one owner at a time, who pulls its events.
 */
#ifndef DUET_CLIENT_LINK_H
#define DUET_CLIENT_LINK_H

#include <duet/client.h>

#include "client/facts.h"
#include "client/url.h"
#include "net/address.h"
#include "net/loop.h"

/* Called from the loop: something has come, gone, or it is time. Pull. */
typedef void duet_link_fn(void *arg);

struct duet_pool;
struct duet_revoke;

struct duet_link {
	struct duet_pool *pool; /* that keeps it; NULL: it is in use */
	struct duet_link *newer;
	struct duet_link *older;

	/* Where it leads. */
	char *host;
	uint16_t port;
	bool https;
	char address[DUET_ADDRESS_TEXT_BYTES];

	int fd;
	bool fresh;    /* of one request only: never kept */
	bool borrowed; /* the socket has another owner: leave it open, unhurt */
	int kept_flags; /* ... and as it was */
	struct duet_conn *conn;
	struct duet_watch *watch;
	struct duet_timer *timer;
	duet_link_fn *fn;
	void *arg;

	bool may_read;   /* recv(2) is worth a try */
	bool read_ended; /* the engine knows that nothing follows */
	int send_errno;  /* why nothing can be sent any more; 0: it can */
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
 * Takes over fd and conn, also when it fails. borrowed: fd is a duplicate of
 * somebody's socket. DUET_OK, DUET_E_NOMEM, DUET_E_SYSTEM.
 */
DUET_CHECK int duet_link_new(struct duet_loop *loop, const struct duet_url *url,
			     int fd, bool borrowed, struct duet_conn *conn,
			     struct duet_link **ret, struct duet_error *err);
/* Which version of HTTP it speaks is certain. */
bool duet_link_may_ask(const struct duet_link *link);
void duet_link_own(struct duet_link *link, duet_link_fn *fn, void *arg);

/*
 * The next event, sending and receiving as far as that goes without waiting.
 * As duet_conn_next(); never DUET_EOF. After DUET_WANT_READ: duet_link_wait();
 * it is given once more than needed when the handshake is over, so that a
 * request can leave together with the last bytes of that.
 */
DUET_CHECK int duet_link_next(struct duet_link *link, struct duet_event *event,
			      struct duet_error *err);
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

/* Another request may be sent on it. */
bool duet_link_is_usable(struct duet_link *link);
bool duet_link_leads_to(const struct duet_link *link,
			const struct duet_url *url);
/*
 * Free it. In good form: close_notify (or the alert that is due), FIN, close.
 * After a cut: reset, so that the peer cannot take it for an end.
 */
void duet_link_close(struct duet_link *link);

#endif
