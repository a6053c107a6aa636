/* SPDX-License-Identifier: MIT */
/*
 * How a fetch comes to its connection.
 *
 *	duet_connect -- .fd ----------------------------> link_up -> ask_on
 *	     |
 *	     +-- the pool says JOIN ----------------------------> ask_on
 *	     +-- OPEN --> DIALLING -- on_arrival --> link_up --> ask_on
 *	     +-- WAIT --> QUEUED -- kick, and it is the first: as above
 */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "client/client_int.h"
#include "client/recall.h"
#include "net/resolve.h"
#include "tls/engine.h"

static void ask_on(struct duet_fetch *fetch, struct duet_link *link)
{
	struct duet_event event = { .cut = DUET_CUT_FIN };
	struct duet_error err;
	int rc;

	fetch->state = DUET_FETCH_ASKING;
	rc = duet_lane_new(link, duet_fetch_go_on, fetch, &fetch->lane, &err);
	if (rc < 0) {
		duet_pool_put_back(&fetch->client->pool, link);
		duet_fetch_fail(fetch, &err);
		return;
	}
	if (duet_recall_add(fetch) < 0)
		rc = duet_error_nomem(&err);
	if (rc == DUET_OK && fetch->trip.source_used)
		rc = duet_ask_rewind(&fetch->ask, &err);
	if (rc == DUET_OK)
		rc = duet_trip_begin(&fetch->trip, fetch->lane, &fetch->ask,
				     &err);
	if (rc < 0 && rc != DUET_E_GONE)
		event.cut =
			DUET_CUT_LOCAL; /* it is not the connection's fault */
	if (rc < 0) {
		duet_fetch_cut(fetch, rc, &event, &err);
		return;
	}
	duet_fetch_go_on(fetch);
}

static struct duet_tls *new_tls(struct duet_fetch *fetch,
				struct duet_error *err)
{
	static const char *const alpn[] = { "h2", "http/1.1", NULL };
	struct duet_client *client = fetch->client;
	struct duet_tls *tls;

	if (client->tls == NULL)
		client->tls =
			duet_config_client(DUET_CLIENT_CONFIG(.alpn = alpn),
					   err);
	if (client->tls == NULL)
		return NULL;
	tls = duet_tls_client(client->tls, fetch->ask.url.host, err);
	if (tls != NULL && fetch->for_crl)
		duet_tls_exempt(tls);
	if (tls != NULL && !fetch->ask.fresh)
		duet_sessions_use(&client->pool.sessions, tls,
				  fetch->ask.url.host, fetch->ask.url.port);
	return tls;
}

/* Takes over the pipe, also when it fails. */
static int link_up(struct duet_fetch *fetch, struct duet_arrival *arrival,
		   bool borrowed, struct duet_error *err)
{
	struct duet_conn *conn;
	struct duet_link *link = NULL;
	int rc;

	if (fetch->ask.url.https)
		conn = duet_conn_client(new_tls(fetch, err),
					&fetch->client->limits, err);
	else
		conn = duet_conn_plain_client(&fetch->client->limits, err);
	if (conn == NULL) {
		duet_pipe_close(&arrival->pipe);
		return err->code;
	}
	rc = duet_link_new(fetch->client->loop, &fetch->ask.url, arrival->pipe,
			   borrowed, conn, &link, err);
	if (rc < 0)
		return rc;
	if (fetch->ask.url.https && !fetch->for_crl)
		rc = duet_revoke_new(fetch->client, link, &link->revoke, err);
	if (rc < 0) {
		duet_link_close(link);
		return rc;
	}
	link->fresh = fetch->ask.fresh;
	link->proxy = arrival->proxy;
	link->absolute = arrival->absolute;
	duet_address_text(link->address, &arrival->address);
	duet_pool_add(&fetch->client->pool, fetch->opening, link);
	fetch->opening = NULL; /* the link is what counts now */
	fetch->reused = false;
	fetch->kept = false;
	ask_on(fetch, link);
	return DUET_OK;
}

static void on_arrival(void *arg, const struct duet_arrival *arrival,
		       const struct duet_error *way_err)
{
	struct duet_fetch *fetch = arg;
	struct duet_arrival ours = *arrival;
	struct duet_error err;

	duet_way_free(fetch->way);
	fetch->way = NULL;
	fetch->moments.resolved = ours.resolved_us;
	fetch->moments.connected = ours.connected_us;
	if (way_err != NULL) {
		err = *way_err;
		duet_fetch_fail(fetch, &err);
		return;
	}
	if (link_up(fetch, &ours, false, &err) < 0)
		duet_fetch_fail(fetch, &err);
}

/* ---- turns ---- */

/* It is there already, for whatever reason. */
static void join(struct duet_fetch *fetch, struct duet_link *link)
{
	fetch->reused = true;
	fetch->kept = link->exchanges > 0;
	ask_on(fetch, link);
}

/* One that was made for another name leads there as well. */
static bool on_addresses(void *arg, const struct duet_address *addresses,
			 size_t n)
{
	struct duet_fetch *fetch = arg;
	struct duet_link *link = duet_pool_share(fetch->opening, addresses, n);

	if (link == NULL)
		return false;
	duet_way_free(fetch->way);
	fetch->way = NULL;
	duet_pool_close_turn(fetch->opening);
	fetch->opening = NULL;
	join(fetch, link);
	return true;
}

static void set_out(struct duet_fetch *fetch)
{
	struct duet_client *client = fetch->client;
	int64_t left = fetch->deadline_ms - duet_clock_ms();
	struct duet_way_to to = {
		.ways = &client->ways,
		.url = &fetch->ask.url,
		.limits = &client->limits,
		.time_limit_ms = client->connect_ms,
	};
	struct duet_error err;

	if (!fetch->want.fresh && !fetch->want.own)
		to.aside = on_addresses;
	fetch->dials_short = left < to.time_limit_ms;
	if (fetch->dials_short)
		to.time_limit_ms = left > 0 ? (int32_t)left : 1;
	fetch->state = DUET_FETCH_DIALLING;
	/* Its own limit is within ours, and its sentence says more. */
	duet_timer_set(fetch->timer, INT64_MAX);
	if (duet_way_new(client->loop, &to, on_arrival, fetch, &fetch->way,
			 &err) < 0)
		duet_fetch_fail(fetch, &err);
}

/* The socket the user gave: once, and for the place it leads to. */
static void use_fd(struct duet_fetch *fetch)
{
	struct duet_arrival arrival = { .pipe = { fetch->ask.fd, NULL } };
	struct duet_address *address = &arrival.address;
	struct duet_error err;

	fetch->ask.fd = -1;
	address->len = sizeof(address->storage);
	if (getpeername(arrival.pipe.fd, (struct sockaddr *)&address->storage,
			&address->len) != 0)
		memset(address, 0, sizeof(*address));
	if (link_up(fetch, &arrival, true, &err) < 0)
		duet_fetch_fail(fetch, &err);
}

/* Whoever it holds up can make no room for it. */
static bool is_urgent(const struct duet_fetch *fetch)
{
	return fetch->waiting_caller || fetch->for_crl;
}

/* false: it is not its turn yet. */
static bool take_turn(struct duet_fetch *fetch, struct duet_origin *origin)
{
	struct duet_link *link = NULL;
	enum duet_turn turn;

	fetch->want.fresh = fetch->ask.fresh;
	fetch->want.now = is_urgent(fetch);
	turn = duet_pool_turn(origin, &fetch->want, &link);
	if (turn == DUET_TURN_WAIT)
		return false;
	duet_pool_wait_no_more(&fetch->waiter);
	if (turn == DUET_TURN_JOIN) {
		join(fetch, link);
	} else {
		fetch->opening = origin;
		set_out(fetch);
	}
	return true;
}

void duet_connect(struct duet_fetch *fetch)
{
	struct duet_pool *pool = &fetch->client->pool;
	int64_t began = fetch->moments.began;
	struct duet_origin *origin;
	struct duet_error err;

	memset(&fetch->moments, 0, sizeof(fetch->moments));
	fetch->moments.began = began;
	fetch->moments.asked = fetch->redirects > 0 ? duet_clock_us() : began;
	if (fetch->ask.fd >= 0) {
		use_fd(fetch);
		return;
	}
	origin = duet_pool_origin(pool, &fetch->ask.url);
	if (origin == NULL) {
		(void)duet_error_nomem(&err);
		duet_fetch_fail(fetch, &err);
		return;
	}
	if (fetch->want.own)
		duet_pool_share_no_more(origin);
	if ((is_urgent(fetch) || origin->first == NULL) &&
	    take_turn(fetch, origin))
		return;
	fetch->state = DUET_FETCH_QUEUED;
	fetch->waiter.owner = fetch;
	duet_pool_wait(origin, &fetch->waiter);
	duet_timer_set(fetch->timer, fetch->deadline_ms);
}

void duet_connect_all(void *arg)
{
	struct duet_client *client = arg;
	struct duet_origin *origin = client->pool.origins;
	struct duet_fetch *fetch;

	/* Each one may end at once, make others, and free the client. */
	while (origin != NULL) {
		while (origin->first != NULL &&
		       take_turn(origin->first->owner, origin))
			if (client->ending)
				return;
		origin = origin->next;
	}
	while (client->new_fetch != NULL) {
		fetch = client->new_fetch;
		client->new_fetch = fetch->next;
		duet_connect(fetch);
	}
	duet_pool_tidy(&client->pool);
}

static void fail_like(struct duet_fetch *fetch, const struct duet_failure *like,
		      const struct duet_error *why)
{
	struct duet_failure *failure = &fetch->client->failure;
	duet_done_fn *done = fetch->done;
	struct duet_error err = *why;
	void *arg = fetch->arg;

	duet_client_forget_failure(fetch->client);
	*failure = *like;
	duet_hops_move(&failure->hops, &fetch->hops);
	failure->url = duet_mem_strdup(fetch->ask.url.text);
	failure->proxy = duet_mem_strdup(like->proxy);
	failure->host_unicode = duet_mem_strdup(like->host_unicode);
	if (failure->peer != NULL)
		(void)duet_peer_facts_retain(failure->peer);
	failure->moments = (struct duet_moments){
		.began = fetch->moments.began,
		.asked = fetch->moments.asked,
		.ended = duet_clock_us(),
	};
	failure->redirects = fetch->redirects;
	failure->wire_bytes = fetch->wire_bytes;
	duet_client_prefix(&err, &fetch->ask.url, like->address,
			   like->proxy != NULL);
	duet_fetch_free(fetch);
	done(NULL, &err, arg);
}

void duet_connect_share_failure(struct duet_client *client,
				struct duet_origin *origin,
				const struct duet_failure *like,
				const struct duet_error *err)
{
	const struct duet_waiter *waiter;
	size_t n = 0;

	/* A done function may have freed the client, and may do so again; those
	 * whom it starts now wait for another connection. */
	if (client->ending || origin->n_open > 0)
		return;
	for (waiter = origin->first; waiter != NULL; waiter = waiter->next)
		n++;
	while (n-- > 0) {
		fail_like(origin->first->owner, like, err);
		if (client->ending)
			return;
	}
}
