/* SPDX-License-Identifier: MIT */
/* client/client_int.h - what the files of this folder share. */
#ifndef DUET_CLIENT_CLIENT_INT_H
#define DUET_CLIENT_CLIENT_INT_H

#include <duet/client.h>

#include "base/buf.h"
#include "client/ask.h"
#include "client/decode.h"
#include "client/digests.h"
#include "client/hops.h"
#include "client/lane.h"
#include "client/pool.h"
#include "client/revoke.h"
#include "client/trip.h"
#include "client/way.h"

/* What duet_client_failure_facts() tells of. */
struct duet_failure {
	char address[DUET_ADDRESS_TEXT_BYTES];
	struct duet_peer_facts *peer; /* NULL: nothing came by TLS */
	struct duet_moments moments;
	enum duet_cut cut;
	uint32_t redirects;
	bool reused;
	uint64_t wire_bytes;
	uint64_t request_bytes;
	bool request_whole;
	struct duet_hops hops;
	char *url;          /* or NULL: no memory */
	char *proxy;        /* or NULL */
	char *host_unicode; /* or NULL */
	uint8_t early;      /* enum duet_early */
};

struct duet_client {
	struct duet_loop *loop;
	struct duet_config *tls; /* NULL: the defaults, not made yet */
	struct duet_limits limits;
	struct duet_ways ways;
	int32_t connect_ms;
	struct duet_cookies *cookies; /* borrowed, as hsts; or NULL */
	struct duet_hsts *hsts;
	duet_credentials_fn *credentials;
	void *credentials_arg;
	struct duet_pool pool;
	struct duet_revokes revokes;
	struct duet_timer *kick; /* due while one may begin, or go on */
	struct duet_fetch *first_fetch;
	struct duet_fetch *last_fetch;
	struct duet_fetch *new_fetch; /* the first that has not begun */
	struct duet_response *responses;
	struct duet_failure failure; /* of the last fetch that failed */
	bool stepping; /* in duet_client_step(): callbacks may be running */
	bool ending;   /* being freed, perhaps only when the step is over */
};

/* One request until the head of its final answer: client/fetch.c. */
struct duet_fetch {
	struct duet_client *client;
	struct duet_fetch *next;
	struct duet_fetch *prev;
	enum {
		DUET_FETCH_NEW,    /* has not begun */
		DUET_FETCH_QUEUED, /* for a connection: see pool.h */
		DUET_FETCH_DIALLING,
		DUET_FETCH_ASKING,
		DUET_FETCH_DRAINING, /* the body of a redirect's answer */
	} state;
	struct duet_ask ask;
	struct duet_waiter waiter; /* in line, while QUEUED */
	struct duet_want want;
	struct duet_origin *opening; /* counts the link we are to make */
	struct duet_way *way;
	struct duet_lane *lane; /* while ASKING, DRAINING */
	struct duet_trip trip;
	struct duet_timer *timer; /* the earliest of deadline, hold, drain */
	int64_t deadline_ms;

	struct duet_moments moments;
	struct duet_redirect_to next_hop; /* while DRAINING */
	struct duet_hops hops;            /* those that are over, too */
	uint64_t drained;
	int64_t drain_until_ms;
	uint64_t wire_bytes; /* of earlier connections */
	uint32_t redirects;
	bool reused;         /* the link was there already */
	bool kept;           /* ... and had served others */
	bool misdirected;    /* asked again after 421 */
	bool retried;        /* after a kept connection died */
	bool was_refused;    /* asked again after REFUSED_STREAM */
	bool too_early;      /* DRAINING: to be asked again after 425 */
	bool early_lost;     /* asked again after a handshake with early data */
	uint8_t early;       /* enum duet_early, of the trip that was */
	uint8_t n_unseen;    /* ... after GOAWAY, so often */
	bool dials_short;    /* there is less time for it than connect_ms */
	enum duet_cut cut;   /* what ended it, if it has failed */
	uint64_t part_bytes; /* of the answer, if it is a 206; or 0 */

	bool waiting_caller; /* a call blocks until the answer is whole */
	bool for_crl;        /* its TLS, if any, waits for no CRL itself */
	duet_done_fn *done;
	void *arg;
};

/* done is called from a later step, once. */
DUET_CHECK int duet_fetch_new(struct duet_client *client,
			      const struct duet_request *request, bool for_crl,
			      duet_done_fn *done, void *arg,
			      struct duet_fetch **ret, struct duet_error *err);
/* Those who ask for its facts are told nothing. */
void duet_client_forget_failure(struct duet_client *client);
/* Paused sources are asked again, from the loop. */
void duet_fetch_resume_all(struct duet_client *client);
/* Without calling done. */
void duet_fetch_free(struct duet_fetch *fetch);
/* The end: done is called with err, and the fetch is gone. */
void duet_fetch_fail(struct duet_fetch *fetch, struct duet_error *err);
/* Its lane has something for it: client/fetch.c goes on. */
void duet_fetch_go_on(void *fetch);
/* It was cut so: to be asked again, or to fail. */
void duet_fetch_cut(struct duet_fetch *fetch, int rc,
		    const struct duet_event *event, struct duet_error *err);

/* How a fetch comes to its connection: client/connect.c. */

/* The kick: begin all that are new, and those whose turn it is. */
void duet_connect_all(void *client);
/* A request, or the next after a redirect or to be asked again. */
void duet_connect(struct duet_fetch *fetch);
/* The first connection of an origin failed: those who wait for it are told the
 * same, err being without a prefix. */
void duet_connect_share_failure(struct duet_client *client,
				struct duet_origin *origin,
				const struct duet_failure *like,
				const struct duet_error *err);

/* An answer whose head is there: client/response.c. */
struct duet_response {
	struct duet_client *client; /* NULL: it was freed first */
	struct duet_client *own_client;
	struct duet_response *next;
	struct duet_response *prev;
	struct duet_lane *lane; /* NULL: given back, or cut */
	bool waiting_caller;

	struct duet_url url;
	struct duet_kept_head head;
	char *method; /* of the request that was answered */
	struct duet_headers sent;
	struct duet_head request; /* made of those, and of url */
	struct duet_headers trailers;
	char address[DUET_ADDRESS_TEXT_BYTES];
	char *proxy; /* in between, or NULL */
	struct duet_peer_facts *peer;
	struct duet_moments moments;
	uint32_t redirects;
	bool reused;
	uint8_t early;       /* enum duet_early */
	uint64_t wire_bytes; /* of earlier connections, or once lane is gone */

	uint64_t body_bytes;       /* that have been taken from the lane */
	struct duet_decode decode; /* between that and the user */
	struct duet_digest_watch *watch; /* ... and before that; or NULL */
	bool any_digest;
	struct duet_hops hops;
	uint64_t part_bytes;    /* that a 206 is to have; or 0 */
	uint64_t request_bytes; /* of the request's body, handed on */
	bool request_whole;     /* ... and that was all of it */
	bool ended;             /* END has come */
	bool awaits_goodbye;    /* ... and close_notify is to follow */
	enum duet_evidence evidence;
	enum duet_cut cut;
	bool close_notify;
	struct duet_error failure; /* .code 0: none */

	struct duet_timer *timer;
	int64_t deadline_ms;
	int32_t timeout_ms;
	uint64_t max_body;
	struct duet_buf body; /* collected by duet_response_body() */
};

/*
 * Takes over what the fetch has: lane, URL, time. NULL without memory, and
 * then the fetch still has it all.
 */
struct duet_response *duet_response_new(struct duet_fetch *fetch,
					const struct duet_head *head);
/* The client goes away before it: what is left of the body is lost. */
void duet_response_orphan(struct duet_response *response);

/* "https://host/path (192.0.2.1:443): " before the words of err, or "(proxy
 * 192.0.2.1:3128): ". address may be NULL or empty. */
void duet_client_prefix(struct duet_error *err, const struct duet_url *url,
			const char *address, bool is_proxy);

#endif
