/* SPDX-License-Identifier: MIT */
/*
 * One request until the head of its final answer.
 *
 *	NEW -- kick --> duet_connect --> QUEUED, DIALLING --> ASKING
 *	ASKING -- answer ---------------------------------> deliver: done
 *	ASKING -- redirect --> DRAINING -- its body's end, or DRAIN_MS
 *	                                               --> duet_connect
 *	ASKING -- not done by the server, and may be asked again: kept
 *	          connection died, GOAWAY, REFUSED_STREAM, 421 --> duet_connect
 *	ASKING -- 425 to early data ------------------------> DRAINING, as above
 *	ASKING -- handshake failed that early data was part of --> duet_connect
 *	any    -- failure, deadline --> fail: done
 *
 * Invariants: way is there only while DIALLING, lane only while ASKING or
 * DRAINING. deliver() and fail free the fetch: they come last everywhere,
 * and happen only in callbacks of the loop.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "client/again.h"
#include "client/client_int.h"
#include "client/partial.h"
#include "client/recall.h"
#include "client/tunnel.h"
#include "net/resolve.h"
#include "tls/engine.h"

enum {
	/* Reading so much of a redirect's body is cheaper than a new
	 * connection. */
	DRAIN_MAX = 64 * 1024,
	DRAIN_MS = 1000, /* ... and so is waiting for it so long */
};

void duet_client_prefix(struct duet_error *err, const struct duet_url *url,
			const char *address, bool is_proxy)
{
	char label[DUET_URL_LABEL_BYTES];

	duet_url_label(label, url);
	if (address != NULL && address[0] != '\0')
		duet_error_prefix(err, "%s (%s%s): ", label,
				  is_proxy ? "proxy " : "", address);
	else
		duet_error_prefix(err, "%s: ", label);
}

static void link_last(struct duet_fetch *fetch)
{
	struct duet_client *client = fetch->client;

	fetch->prev = client->last_fetch;
	if (fetch->prev != NULL)
		fetch->prev->next = fetch;
	else
		client->first_fetch = fetch;
	client->last_fetch = fetch;
	if (client->new_fetch == NULL)
		client->new_fetch = fetch;
}

static void unlink_fetch(struct duet_fetch *fetch)
{
	struct duet_client *client = fetch->client;

	if (client->new_fetch == fetch)
		client->new_fetch = fetch->next;
	if (fetch->prev != NULL)
		fetch->prev->next = fetch->next;
	else
		client->first_fetch = fetch->next;
	if (fetch->next != NULL)
		fetch->next->prev = fetch->prev;
	else
		client->last_fetch = fetch->prev;
}

void duet_fetch_free(struct duet_fetch *fetch)
{
	if (fetch == NULL)
		return;
	unlink_fetch(fetch);
	duet_pool_wait_no_more(&fetch->waiter);
	duet_way_free(fetch->way);
	if (fetch->opening != NULL)
		duet_pool_close_turn(fetch->opening);
	if (fetch->lane != NULL)
		duet_lane_cut(fetch->lane);
	duet_lane_free(fetch->lane);
	duet_timer_free(fetch->timer);
	duet_url_done(&fetch->next_hop.url);
	duet_ask_done(&fetch->ask);
	duet_hops_done(&fetch->hops);
	duet_mem_free(fetch);
}

/*
 * An alert of ours must reach the peer, so a handshake that failed ends in good
 * form. A request that is not whole must not look as if it were.
 */
static void drop_lane(struct duet_fetch *fetch)
{
	struct duet_conn_state state = { .size = sizeof(state) };

	if (fetch->lane == NULL)
		return;
	duet_conn_get_state(fetch->lane->link->conn, &state);
	if (state.handshaken && fetch->trip.upload != DUET_UPLOAD_SENT)
		duet_lane_cut(fetch->lane);
	duet_lane_free(fetch->lane);
	fetch->lane = NULL;
}

void duet_client_forget_failure(struct duet_client *client)
{
	duet_peer_facts_release(client->failure.peer);
	duet_hops_done(&client->failure.hops);
	duet_mem_free(client->failure.url);
	duet_mem_free(client->failure.proxy);
	duet_mem_free(client->failure.host_unicode);
	client->failure = (struct duet_failure){ 0 };
}

/* Without memory it is known without TLS. */
static void note_failure(struct duet_fetch *fetch)
{
	struct duet_failure *failure = &fetch->client->failure;
	const struct duet_link *link =
		fetch->lane != NULL ? fetch->lane->link : NULL;
	struct duet_tls *tls;

	duet_client_forget_failure(fetch->client);
	*failure = (struct duet_failure){
		.moments = fetch->moments,
		.cut = fetch->cut,
		.redirects = fetch->redirects,
		.reused = link != NULL && fetch->reused,
		.early = fetch->early,
		.wire_bytes = fetch->wire_bytes,
		.url = duet_mem_strdup(fetch->ask.url.text),
		.host_unicode = duet_mem_strdup(fetch->ask.url.host_unicode),
	};
	failure->moments.ended = duet_clock_us();
	duet_hops_move(&failure->hops, &fetch->hops);
	if (link == NULL)
		return;
	if (link->proxy != NULL)
		failure->proxy = duet_mem_strdup(link->proxy->text);
	memcpy(failure->address, link->address, sizeof(link->address));
	failure->wire_bytes += link->wire_bytes - fetch->lane->wire_before;
	failure->request_bytes = fetch->trip.sent;
	failure->request_whole =
		fetch->trip.asked && fetch->trip.upload == DUET_UPLOAD_SENT;
	if (!fetch->reused)
		failure->moments.handshaken = link->handshaken_us;
	tls = duet_conn_tls(link->conn);
	if (link->peer != NULL)
		failure->peer = duet_peer_facts_retain(link->peer);
	else if (tls != NULL)
		failure->peer = duet_peer_facts_new(tls);
}

/*
 * The origin whose first connection this was to be, if others wait for it and
 * what became of it would become of them. Our own want of time or memory is
 * not theirs.
 */
static struct duet_origin *who_waits(const struct duet_fetch *fetch,
				     const struct duet_error *err)
{
	struct duet_origin *origin = fetch->opening;
	bool late =
		err->code == DUET_E_TIMEOUT &&
		(fetch->dials_short || duet_clock_ms() >= fetch->deadline_ms);

	if (fetch->lane != NULL && !fetch->lane->link->known)
		origin = fetch->lane->link->origin;
	if (late || err->code == DUET_E_NOMEM || origin == NULL ||
	    origin->first == NULL)
		return NULL;
	return origin;
}

void duet_fetch_fail(struct duet_fetch *fetch, struct duet_error *err)
{
	struct duet_client *client = fetch->client;
	struct duet_origin *origin = who_waits(fetch, err);
	duet_done_fn *done = fetch->done;
	struct duet_error bare = *err;
	void *arg = fetch->arg;
	struct duet_failure like = { 0 };

	duet_again_note_early(fetch);
	/* Whoever asks for facts asks of what they have asked for. */
	if (!fetch->for_crl) {
		note_failure(fetch);
		like = client->failure;
		like.hops = (struct duet_hops){ 0 }; /* of each its own */
		like.url = NULL;
	}
	if (origin != NULL) {
		like.proxy = duet_mem_strdup(like.proxy);
		like.host_unicode = duet_mem_strdup(like.host_unicode);
		if (like.peer != NULL)
			(void)duet_peer_facts_retain(like.peer);
	}
	duet_client_prefix(err, &fetch->ask.url, like.address,
			   like.proxy != NULL);
	if (fetch->ask.url.was_http)
		duet_error_append(err,
				  "; the URL said http://, but '%s' has asked for https:// alone (HSTS)",
				  fetch->ask.url.host);
	drop_lane(fetch);
	duet_fetch_free(fetch);
	done(NULL, err, arg);
	if (origin == NULL)
		return;
	duet_connect_share_failure(client, origin, &like, &bare);
	duet_peer_facts_release(like.peer);
	duet_mem_free(like.proxy);
	duet_mem_free(like.host_unicode);
}

static void fail_nomem(struct duet_fetch *fetch)
{
	struct duet_error err;

	(void)duet_error_nomem(&err);
	duet_fetch_fail(fetch, &err);
}

static void deliver(struct duet_fetch *fetch, const struct duet_head *head)
{
	duet_done_fn *done = fetch->done;
	void *arg = fetch->arg;
	struct duet_response *response;

	duet_again_note_early(fetch);
	response = duet_response_new(fetch, head);
	if (response == NULL) {
		fail_nomem(fetch);
		return;
	}
	duet_fetch_free(fetch);
	done(response, NULL, arg);
}

/* The link has served, well or badly. */
static void let_go(struct duet_fetch *fetch)
{
	if (fetch->lane == NULL)
		return;
	duet_again_note_early(fetch);
	fetch->wire_bytes +=
		fetch->lane->link->wire_bytes - fetch->lane->wire_before;
	duet_lane_free(fetch->lane);
	fetch->lane = NULL;
}

/* The same request once more; unkept: not on a connection that was kept. */
static void ask_again(struct duet_fetch *fetch, bool unkept)
{
	let_go(fetch);
	fetch->want = (struct duet_want){ .unkept = unkept };
	duet_connect(fetch);
}

static void follow(struct duet_fetch *fetch)
{
	let_go(fetch);
	duet_hops_end_last(&fetch->hops, &fetch->moments, fetch->drained);
	fetch->redirects++;
	if (duet_ask_redirect(&fetch->ask, &fetch->next_hop) < 0) {
		fail_nomem(fetch);
		return;
	}
	fetch->want = (struct duet_want){ 0 };
	duet_connect(fetch);
}

/* The body of an answer has been drained that is nobody's. */
static void move_on(struct duet_fetch *fetch)
{
	if (!fetch->too_early) {
		follow(fetch);
		return;
	}
	fetch->too_early = false;
	ask_again(fetch, false);
}

/* What is left of it is not worth its connection. */
static void cut_and_move_on(struct duet_fetch *fetch)
{
	duet_lane_cut(fetch->lane);
	move_on(fetch);
}

/* Time */

static const char *doing(struct duet_fetch *fetch)
{
	struct duet_conn_state state = { .size = sizeof(state) };
	const struct duet_tls *tls;

	if (fetch->state == DUET_FETCH_QUEUED)
		return "it was still waiting for a connection that others use";
	if (fetch->lane == NULL)
		return "it was still connecting";
	duet_conn_get_state(fetch->lane->link->conn, &state);
	tls = duet_conn_tls(fetch->lane->link->conn);
	if (tls != NULL && duet_tls_is_waiting(tls))
		return "the CRLs of the server's certificates were being fetched";
	if (!state.handshaken)
		return "the TLS handshake was not over";
	if (fetch->trip.upload != DUET_UPLOAD_SENT)
		return "the request's body was still being sent";
	return "the server was still to answer";
}

static void on_time(void *arg)
{
	struct duet_fetch *fetch = arg;
	int64_t now = duet_clock_ms();
	struct duet_error err;

	if (now < fetch->deadline_ms) {
		if (fetch->state == DUET_FETCH_DRAINING &&
		    now >= fetch->drain_until_ms)
			cut_and_move_on(fetch);
		else
			duet_fetch_go_on(fetch); /* the hold is over */
		return;
	}
	(void)duet_error_set(&err, DUET_E_TIMEOUT,
			     "no answer within %d ms: %s; give it more time, or ask the server's keeper",
			     (int)fetch->ask.timeout_ms, doing(fetch));
	fetch->cut = DUET_CUT_TIMEOUT;
	duet_fetch_fail(fetch, &err);
}

static void set_time(struct duet_fetch *fetch)
{
	int64_t until = fetch->deadline_ms;

	if (fetch->lane != NULL && fetch->trip.upload == DUET_UPLOAD_HOLDING &&
	    fetch->trip.hold_until_ms < until)
		until = fetch->trip.hold_until_ms;
	if (fetch->state == DUET_FETCH_DRAINING &&
	    fetch->drain_until_ms < until)
		until = fetch->drain_until_ms;
	duet_timer_set(fetch->timer, until);
}

/* Answers */

/*
 * RFC 9110 s15.5.18: the server does not do Expect, so it is not asked to
 * again. The connection is of no use: the server may be waiting for the body.
 */
static void ask_without_expect(struct duet_fetch *fetch)
{
	fetch->ask.expect_continue = false;
	duet_lane_cut(fetch->lane);
	ask_again(fetch, true);
}

static void ask_on_its_own(struct duet_fetch *fetch)
{
	fetch->misdirected = true;
	fetch->lane->link->misdirects = true;
	duet_lane_cut(fetch->lane);
	let_go(fetch);
	fetch->want = (struct duet_want){ .own = true };
	duet_connect(fetch);
}

/* false: as below. */
static bool drain(struct duet_fetch *fetch, const struct duet_head *head)
{
	if (fetch->lane->link->cut || head->content_length > DRAIN_MAX) {
		cut_and_move_on(fetch);
		return false;
	}
	fetch->state = DUET_FETCH_DRAINING;
	fetch->drain_until_ms = duet_clock_ms() + DRAIN_MS;
	return true;
}

/* false: the fetch is over, or has begun anew. */
static bool on_head(struct duet_fetch *fetch, const struct duet_head *head)
{
	const struct duet_redirect_from from = {
		.url = &fetch->ask.url,
		.method = fetch->ask.method,
		.has_body = fetch->ask.length != 0,
		.can_repeat_body = duet_again_can(fetch),
		.own_socket = fetch->ask.own_socket,
		.hsts = fetch->for_crl ? NULL : fetch->client->hsts,
		.followed = fetch->redirects,
		.max = fetch->ask.max_redirects,
	};
	struct duet_error err;
	bool moves;
	int rc;

	if (duet_recall_note(fetch, head) < 0) {
		fail_nomem(fetch);
		return false;
	}
	if (head->status == 417 && fetch->trip.asked_leave &&
	    duet_again_can(fetch) && !fetch->ask.own_socket) {
		ask_without_expect(fetch);
		return false;
	}
	if (duet_again_misdirected(fetch, head)) {
		ask_on_its_own(fetch);
		return false;
	}
	fetch->too_early = duet_again_too_early(fetch, head);
	fetch->drained = 0;
	if (fetch->too_early)
		return drain(fetch, head);
	rc = fetch->lane->link->absolute
		     ? duet_tunnel_check_answer(fetch->lane->link->proxy, head,
						&err)
		     : DUET_OK;
	if (rc == DUET_OK)
		rc = duet_redirect_plan(&from, head, &fetch->next_hop, &err);
	moves = rc == DUET_OK;
	if ((moves || rc == DUET_E_REDIRECT) &&
	    duet_hops_note(fetch, head) < 0) {
		fail_nomem(fetch);
		return false;
	}
	if (rc == DUET_EOF)
		rc = duet_partial_check(fetch->ask.method, &fetch->ask.headers,
					head, &fetch->part_bytes, &err);
	if (rc < 0) {
		duet_lane_cut(fetch->lane);
		duet_fetch_fail(fetch, &err);
		return false;
	}
	if (!moves) {
		deliver(fetch, head);
		return false;
	}
	return drain(fetch, head);
}

/* false: as above. */
static bool on_data(struct duet_fetch *fetch, size_t n)
{
	fetch->drained += n;
	if (fetch->drained <= DRAIN_MAX)
		return true;
	cut_and_move_on(fetch);
	return false;
}

void duet_fetch_cut(struct duet_fetch *fetch, int rc,
		    const struct duet_event *event, struct duet_error *err)
{
	if (fetch->state == DUET_FETCH_DRAINING) {
		cut_and_move_on(fetch); /* the head was whole, and enough */
		return;
	}
	if (duet_again_may(fetch) && duet_again_unseen(fetch, event)) {
		ask_again(fetch, false);
		return;
	}
	if (duet_again_may(fetch) &&
	    duet_again_lost_early(fetch, rc, event->cut)) {
		fetch->retried = true;
		fetch->early_lost = true;
		ask_again(fetch, true);
		return;
	}
	if (duet_again_may(fetch) && duet_again_lost_kept(fetch, event->cut)) {
		fetch->retried = true;
		ask_again(fetch, true);
		return;
	}
	if (rc >= 0)
		(void)duet_error_set(err, DUET_E_TRUNCATED,
				     "the connection ended before the answer");
	duet_again_not(fetch, event->cut, err);
	fetch->cut = event->cut;
	duet_fetch_fail(fetch, err);
}

/* false: the fetch is over, or has begun anew. */
static bool on_event(struct duet_fetch *fetch, const struct duet_event *event)
{
	size_t n = event->data.len;

	if (fetch->moments.first_byte == 0)
		fetch->moments.first_byte = duet_clock_us();
	switch (event->type) {
	case DUET_EV_HEAD:
		return on_head(fetch, event->head);
	case DUET_EV_DATA:
		duet_lane_use_up(fetch->lane, n);
		return on_data(fetch, n);
	case DUET_EV_END:
		fetch->lane->link->exchanges++;
		move_on(fetch);
		return false;
	default:
		return true;
	}
}

void duet_fetch_go_on(void *arg)
{
	struct duet_fetch *fetch = arg;
	struct duet_event event;
	struct duet_error err;
	int rc;

	for (;;) {
		rc = duet_trip_next(&fetch->trip, &event, &err);
		if (rc == DUET_WANT_READ)
			break;
		if (rc < 0 || event.type == DUET_EV_ABORTED ||
		    event.type == DUET_EV_CLOSED) {
			duet_fetch_cut(fetch, rc, &event, &err);
			return;
		}
		if (!on_event(fetch, &event))
			return;
	}
	duet_trip_wait(&fetch->trip);
	set_time(fetch);
}

void duet_fetch_resume_all(struct duet_client *client)
{
	struct duet_fetch *fetch;

	/* on_time() has it go on. */
	for (fetch = client->first_fetch; fetch != NULL; fetch = fetch->next)
		if (fetch->state == DUET_FETCH_ASKING &&
		    fetch->trip.source_paused)
			duet_timer_set(fetch->timer, 0);
}

int duet_fetch_new(struct duet_client *client,
		   const struct duet_request *request, bool for_crl,
		   duet_done_fn *done, void *arg, struct duet_fetch **ret,
		   struct duet_error *err)
{
	struct duet_fetch *fetch;
	int64_t now = duet_loop_update_ms(client->loop);
	int rc;

	fetch = duet_mem_zalloc(sizeof(*fetch));
	if (fetch == NULL)
		return duet_error_nomem(err);
	fetch->client = client;
	fetch->for_crl = for_crl;
	link_last(fetch);
	fetch->done = done;
	fetch->arg = arg;
	fetch->moments.began = duet_clock_us();
	rc = duet_ask_init(&fetch->ask, request, for_crl ? NULL : client->hsts,
			   err);
	if (rc < 0)
		fetch->ask.fd = -1;
	if (rc == DUET_OK)
		rc = duet_timer_new(client->loop, on_time, fetch, &fetch->timer,
				    err);
	if (rc < 0) {
		duet_client_forget_failure(client);
		duet_fetch_free(fetch);
		return rc;
	}
	fetch->deadline_ms = duet_clock_ms() + fetch->ask.timeout_ms;
	duet_timer_set(client->kick, now);
	*ret = fetch;
	return DUET_OK;
}
