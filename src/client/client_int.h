/* SPDX-License-Identifier: MIT */
/* client/client_int.h - what the files of this folder share. */
#ifndef DUET_CLIENT_CLIENT_INT_H
#define DUET_CLIENT_CLIENT_INT_H

#include <duet/client.h>

#include "base/buf.h"
#include "client/ask.h"
#include "client/pool.h"
#include "client/revoke.h"
#include "client/trip.h"
#include "net/dial.h"

/* Where a name leads, by the options. */
struct duet_route {
	char *host; /* lower case */
	uint16_t port;
	struct duet_address address;
};

/* What duet_client_failure_facts() tells of. */
struct duet_failure {
	char address[DUET_ADDRESS_TEXT_BYTES];
	struct duet_peer_facts *peer; /* NULL: nothing came by TLS */
	struct duet_moments moments;
	enum duet_cut cut;
	uint32_t redirects;
	bool reused;
	uint64_t wire_bytes;
};

struct duet_client {
	struct duet_loop *loop;
	struct duet_config *tls; /* NULL: the defaults, not made yet */
	struct duet_limits limits;
	struct duet_route *routes;
	size_t n_routes;
	int32_t connect_ms;
	struct duet_pool pool;
	struct duet_revokes revokes;
	struct duet_timer *kick; /* due while there is a new fetch */
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
		DUET_FETCH_NEW, /* has not begun */
		DUET_FETCH_DIALLING,
		DUET_FETCH_ASKING,
		DUET_FETCH_DRAINING, /* the body of a redirect's answer */
	} state;
	struct duet_ask ask;
	struct duet_dial *dial;
	struct duet_link *link; /* while ASKING, DRAINING */
	struct duet_trip trip;
	struct duet_timer *timer; /* the earliest of deadline, hold, drain */
	int64_t deadline_ms;

	struct duet_moments moments;
	struct duet_redirect_to next_hop; /* while DRAINING */
	uint64_t drained;
	int64_t drain_until_ms;
	uint64_t wire_bytes; /* of earlier connections */
	uint32_t redirects;
	bool retried;        /* after a kept connection died */
	bool reused;         /* the link is a kept one */
	enum duet_cut cut;   /* what ended it, if it has failed */
	uint64_t part_bytes; /* of the answer, if it is a 206; or 0 */

	bool waiting_caller; /* a call blocks until the answer is whole */
	bool for_crl;        /* its TLS, if any, waits for no CRL itself */
	duet_done_fn *done;
	void *arg;
};

/* done is called from a later step, once. */
DUET_CHECK int duet_fetch_new(struct duet_client *client,
			      const struct duet_request *request,
			      duet_done_fn *done, void *arg,
			      struct duet_fetch **ret, struct duet_error *err);
/* Those who ask for its facts are told nothing. */
void duet_client_forget_failure(struct duet_client *client);
/* The kick: begin all that are new. */
void duet_fetch_begin_all(void *client);
/* Without calling done. */
void duet_fetch_free(struct duet_fetch *fetch);

/* An answer whose head is there: client/response.c. */
struct duet_response {
	struct duet_client *client; /* NULL: it was freed first */
	struct duet_client *own_client;
	struct duet_response *next;
	struct duet_response *prev;
	struct duet_link *link; /* NULL: given back, or closed */
	bool waiting_caller;

	struct duet_url url;
	struct duet_kept_head head;
	char *method; /* of the request that was answered */
	struct duet_headers sent;
	struct duet_head request; /* made of those, and of url */
	struct duet_headers trailers;
	char address[DUET_ADDRESS_TEXT_BYTES];
	struct duet_peer_facts *peer;
	struct duet_moments moments;
	uint32_t redirects;
	bool reused;
	uint64_t wire_before; /* what the link had received before this one */
	uint64_t wire_bytes;  /* of earlier connections, or once link is gone */

	struct duet_bytes pending; /* of the body, in the engine's buffer */
	uint64_t body_bytes;       /* that the user has been given */
	uint64_t part_bytes;       /* that a 206 is to have; or 0 */
	bool ended;                /* END has come */
	bool awaits_goodbye;       /* ... and close_notify is to follow */
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
 * Takes over what the fetch has: link, URL, time. NULL without memory, and
 * then the fetch still has it all.
 */
struct duet_response *duet_response_new(struct duet_fetch *fetch,
					const struct duet_head *head);
/* The client goes away before it: what is left of the body is lost. */
void duet_response_orphan(struct duet_response *response);

/* "https://host/path (192.0.2.1:443): " before the words of err. address may
 * be NULL or empty. */
void duet_client_prefix(struct duet_error *err, const struct duet_url *url,
			const char *address);

#endif
