/* SPDX-License-Identifier: MIT */
/*
 * One request until the head of its final answer.
 *
 *	NEW -- kick --> begin_hop -- kept connection, or .fd --> ASKING
 *	                    |
 *	                    +--> DIALLING -- on_dialled --> ASKING
 *	ASKING -- answer ---------------------------------> deliver: done
 *	ASKING -- redirect --> DRAINING -- its body's end, or DRAIN_MS
 *	                                                 --> begin_hop
 *	ASKING -- kept connection died, once --> begin_hop, without the pool
 *	any    -- failure, deadline --> fail: done
 *
 * Invariants: dial is there only while DIALLING, link only while ASKING or
 * DRAINING. deliver() and fail() free the fetch: they come last everywhere,
 * and happen only in callbacks of the loop.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "client/client_int.h"
#include "client/partial.h"
#include "net/resolve.h"
#include "tls/engine.h"

enum {
	/* Reading so much of a redirect's body is cheaper than a new
	 * connection. */
	DRAIN_MAX = 64 * 1024,
	DRAIN_MS = 1000, /* ... and so is waiting for it so long */
	ROUTES_MAX = 16, /* addresses of one name, by the options */
};

static void begin_hop(struct duet_fetch *fetch, bool may_reuse);
static void on_link(void *arg);

void duet_client_prefix(struct duet_error *err, const struct duet_url *url,
			const char *address)
{
	char label[DUET_URL_LABEL_BYTES];

	duet_url_label(label, url);
	if (address != NULL && address[0] != '\0')
		duet_error_prefix(err, "%s (%s): ", label, address);
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
	duet_dial_free(fetch->dial);
	if (fetch->link != NULL)
		fetch->link->cut = true;
	duet_link_close(fetch->link);
	duet_timer_free(fetch->timer);
	duet_url_done(&fetch->next_hop.url);
	duet_ask_done(&fetch->ask);
	duet_mem_free(fetch);
}

/*
 * An alert of ours must reach the peer, so a handshake that failed ends in good
 * form. A request that is not whole must not look as if it were.
 */
static void drop_link(struct duet_fetch *fetch)
{
	struct duet_conn_state state = { .size = sizeof(state) };

	if (fetch->link == NULL)
		return;
	duet_conn_get_state(fetch->link->conn, &state);
	if (state.handshaken && fetch->trip.upload != DUET_UPLOAD_SENT)
		fetch->link->cut = true;
	duet_link_close(fetch->link);
	fetch->link = NULL;
}

void duet_client_forget_failure(struct duet_client *client)
{
	duet_peer_facts_release(client->failure.peer);
	client->failure = (struct duet_failure){ 0 };
}

/* Without memory it is known without TLS. */
static void note_failure(const struct duet_fetch *fetch)
{
	struct duet_failure *failure = &fetch->client->failure;
	const struct duet_link *link = fetch->link;
	struct duet_tls *tls;

	duet_peer_facts_release(failure->peer);
	*failure = (struct duet_failure){
		.moments = fetch->moments,
		.cut = fetch->cut,
		.redirects = fetch->redirects,
		.reused = link != NULL && fetch->reused,
		.wire_bytes = fetch->wire_bytes,
	};
	failure->moments.ended = duet_clock_us();
	if (link == NULL)
		return;
	memcpy(failure->address, link->address, sizeof(link->address));
	failure->wire_bytes += link->wire_bytes - fetch->trip.wire_before;
	if (!fetch->reused)
		failure->moments.handshaken = link->handshaken_us;
	tls = duet_conn_tls(link->conn);
	if (link->peer != NULL)
		failure->peer = duet_peer_facts_retain(link->peer);
	else if (tls != NULL)
		failure->peer = duet_peer_facts_new(tls);
}

static void fail(struct duet_fetch *fetch, struct duet_error *err)
{
	duet_done_fn *done = fetch->done;
	void *arg = fetch->arg;

	/* Whoever asks for facts asks of what they have asked for. */
	if (!fetch->for_crl)
		note_failure(fetch);
	duet_client_prefix(err, &fetch->ask.url,
			   fetch->link != NULL ? fetch->link->address : NULL);
	drop_link(fetch);
	duet_fetch_free(fetch);
	done(NULL, err, arg);
}

static void fail_nomem(struct duet_fetch *fetch)
{
	struct duet_error err;

	(void)duet_error_nomem(&err);
	fail(fetch, &err);
}

static void deliver(struct duet_fetch *fetch, const struct duet_head *head)
{
	duet_done_fn *done = fetch->done;
	void *arg = fetch->arg;
	struct duet_response *response;

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
	if (fetch->link == NULL)
		return;
	fetch->wire_bytes += fetch->link->wire_bytes - fetch->trip.wire_before;
	duet_pool_put(&fetch->client->pool, fetch->link);
	fetch->link = NULL;
}

static void follow(struct duet_fetch *fetch)
{
	let_go(fetch);
	fetch->redirects++;
	if (duet_ask_redirect(&fetch->ask, &fetch->next_hop) < 0) {
		fail_nomem(fetch);
		return;
	}
	begin_hop(fetch, true);
}

/* What is left of the redirect's answer is not worth its connection. */
static void cut_and_follow(struct duet_fetch *fetch)
{
	fetch->link->cut = true;
	follow(fetch);
}

/* Time */

static const char *doing(struct duet_fetch *fetch)
{
	struct duet_conn_state state = { .size = sizeof(state) };

	if (fetch->link == NULL)
		return "it was still connecting";
	duet_conn_get_state(fetch->link->conn, &state);
	if (fetch->link->rested && !state.handshaken)
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
			cut_and_follow(fetch);
		else
			on_link(fetch); /* the hold is over */
		return;
	}
	(void)duet_error_set(&err, DUET_E_TIMEOUT,
			     "no answer within %d ms: %s; give it more time, or ask the server's keeper",
			     (int)fetch->ask.timeout_ms, doing(fetch));
	fetch->cut = DUET_CUT_TIMEOUT;
	fail(fetch, &err);
}

static void set_time(struct duet_fetch *fetch)
{
	int64_t until = fetch->deadline_ms;

	if (fetch->link != NULL && fetch->trip.upload == DUET_UPLOAD_HOLDING &&
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
	fetch->link->cut = true;
	let_go(fetch);
	begin_hop(fetch, false);
}

/* false: the fetch is over, or has begun anew. */
static bool on_head(struct duet_fetch *fetch, const struct duet_head *head)
{
	const struct duet_redirect_from from = {
		.url = &fetch->ask.url,
		.method = fetch->ask.method,
		.has_body = fetch->ask.length != 0,
		.can_repeat_body = fetch->ask.source == NULL,
		.own_socket = fetch->ask.own_socket,
		.followed = fetch->redirects,
		.max = fetch->ask.max_redirects,
	};
	struct duet_error err;
	bool moves;
	int rc;

	if (head->status == 417 && fetch->ask.expect_continue &&
	    !fetch->trip.source_used && !fetch->ask.own_socket) {
		ask_without_expect(fetch);
		return false;
	}
	rc = duet_redirect_plan(&from, head, &fetch->next_hop, &err);
	moves = rc == DUET_OK;
	if (rc == DUET_EOF)
		rc = duet_partial_check(fetch->ask.method, &fetch->ask.headers,
					head, &fetch->part_bytes, &err);
	if (rc < 0) {
		fetch->link->cut = true;
		fail(fetch, &err);
		return false;
	}
	if (!moves) {
		deliver(fetch, head);
		return false;
	}
	if (fetch->link->cut || head->content_length > DRAIN_MAX) {
		cut_and_follow(fetch);
		return false;
	}
	fetch->state = DUET_FETCH_DRAINING;
	fetch->drained = 0;
	fetch->drain_until_ms = duet_clock_ms() + DRAIN_MS;
	return true;
}

/* false: as above. */
static bool on_data(struct duet_fetch *fetch, size_t n)
{
	fetch->drained += n;
	if (fetch->drained <= DRAIN_MAX)
		return true;
	cut_and_follow(fetch);
	return false;
}

static bool is_cut_from_afar(enum duet_cut cut)
{
	return cut == DUET_CUT_CLOSE_NOTIFY || cut == DUET_CUT_FIN ||
	       cut == DUET_CUT_RESET;
}

/*
 * RFC 9112 s9.3.1: a server may close a kept connection just when we send. It
 * may also lose patience while CRLs are fetched, which then need not be.
 * Once more then, on a new one, if that does no harm: without an answer, and
 * with nothing spent that cannot be had again.
 */
static bool may_retry(const struct duet_fetch *fetch, enum duet_cut cut)
{
	return (fetch->reused || fetch->link->rested) && !fetch->retried &&
	       !fetch->trip.has_answer && !fetch->ask.own_socket &&
	       !fetch->trip.source_used && is_cut_from_afar(cut) &&
	       duet_ask_is_idempotent(&fetch->ask);
}

static void on_cut(struct duet_fetch *fetch, int rc,
		   const struct duet_event *event, struct duet_error *err)
{
	if (fetch->state == DUET_FETCH_DRAINING) {
		cut_and_follow(fetch); /* the head was whole, and enough */
		return;
	}
	if (may_retry(fetch, event->cut)) {
		fetch->retried = true;
		let_go(fetch);
		begin_hop(fetch, false);
		return;
	}
	if (rc >= 0)
		(void)duet_error_set(err, DUET_E_TRUNCATED,
				     "the connection ended before the answer");
	if (fetch->reused && !fetch->trip.has_answer &&
	    is_cut_from_afar(event->cut))
		duet_error_append(err, "; it was a kept connection, and %s",
				  fetch->retried
					  ? "a new one fared no better"
					  : "the request is not one to be repeated by itself: ask again");
	fetch->cut = event->cut;
	fail(fetch, err);
}

static void on_link(void *arg)
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
			on_cut(fetch, rc, &event, &err);
			return;
		}
		if (fetch->moments.first_byte == 0)
			fetch->moments.first_byte = duet_clock_us();
		if (event.type == DUET_EV_HEAD && !on_head(fetch, event.head))
			return;
		if (event.type == DUET_EV_DATA &&
		    !on_data(fetch, event.data.len))
			return;
		if (event.type == DUET_EV_END) {
			fetch->link->exchanges++;
			follow(fetch);
			return;
		}
	}
	duet_trip_wait(&fetch->trip);
	set_time(fetch);
}

/* Questions */

static void ask_on(struct duet_fetch *fetch, struct duet_link *link)
{
	struct duet_event event = { .cut = DUET_CUT_FIN };
	struct duet_error err;
	int rc;

	fetch->link = link;
	fetch->state = DUET_FETCH_ASKING;
	duet_link_own(link, on_link, fetch);
	rc = duet_trip_begin(&fetch->trip, link, &fetch->ask, &err);
	if (rc < 0 && rc != DUET_E_GONE)
		event.cut =
			DUET_CUT_LOCAL; /* it is not the connection's fault */
	if (rc < 0) {
		on_cut(fetch, rc, &event, &err);
		return;
	}
	on_link(fetch);
}

static struct duet_tls *new_tls(struct duet_fetch *fetch,
				struct duet_error *err)
{
	static const char *const alpn[] = { "h2", "http/1.1", NULL };
	struct duet_client *client = fetch->client;
	struct duet_buffer session = { NULL, 0 };
	char name[DUET_HOST_BYTES];
	struct duet_tls *tls;
	size_t len;

	if (client->tls == NULL)
		client->tls =
			duet_config_client(DUET_CLIENT_CONFIG(.alpn = alpn),
					   err);
	if (client->tls == NULL)
		return NULL;
	/* RFC 6066 s3: a name is sent without the dot of the root. */
	(void)snprintf(name, sizeof(name), "%s", fetch->ask.url.host);
	len = strlen(name);
	if (len > 1 && name[len - 1] == '.')
		name[len - 1] = '\0';
	tls = duet_tls_client(client->tls, name, err);
	if (tls != NULL && fetch->for_crl)
		duet_tls_exempt(tls);
	if (tls == NULL || fetch->ask.fresh)
		return tls;
	session = duet_pool_take_session(&client->pool, &fetch->ask.url);
	if (session.len > 0 &&
	    duet_tls_session_import(tls,
				    (struct duet_bytes){ session.data,
							 session.len },
				    NULL) < 0)
		session.len = 0; /* it costs a full handshake, nothing more */
	duet_buffer_free(&session);
	return tls;
}

/* Takes over fd, also when it fails. */
static int link_up(struct duet_fetch *fetch, int fd, bool borrowed,
		   const struct duet_address *address, struct duet_error *err)
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
		(void)close(fd);
		return err->code;
	}
	rc = duet_link_new(fetch->client->loop, &fetch->ask.url, fd, borrowed,
			   conn, &link, err);
	if (rc == DUET_OK && fetch->ask.url.https)
		rc = duet_revoke_new(fetch->client, link, &link->revoke, err);
	if (rc < 0) {
		duet_link_close(link);
		return rc;
	}
	link->fresh = fetch->ask.fresh;
	duet_address_text(link->address, address);
	fetch->reused = false;
	ask_on(fetch, link);
	return DUET_OK;
}

static void on_dialled(void *arg, const struct duet_dialled *dialled,
		       const struct duet_error *dial_err)
{
	struct duet_fetch *fetch = arg;
	struct duet_error err;

	duet_dial_free(fetch->dial);
	fetch->dial = NULL;
	fetch->moments.resolved = dialled->resolved_us;
	if (dial_err != NULL) {
		err = *dial_err;
		fail(fetch, &err);
		return;
	}
	fetch->moments.connected = dialled->connected_us;
	if (link_up(fetch, dialled->fd, false, &dialled->address, &err) < 0)
		fail(fetch, &err);
}

/* The addresses the options give for a name. */
static size_t find_routes(const struct duet_client *client,
			  const struct duet_url *url,
			  struct duet_address found[ROUTES_MAX])
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < client->n_routes && n < ROUTES_MAX; i++)
		if (client->routes[i].port == url->port &&
		    strcmp(client->routes[i].host, url->host) == 0)
			found[n++] = client->routes[i].address;
	return n;
}

static void dial(struct duet_fetch *fetch)
{
	struct duet_address routes[ROUTES_MAX];
	struct duet_client *client = fetch->client;
	int64_t left = fetch->deadline_ms - duet_clock_ms();
	struct duet_target target = {
		.host = fetch->ask.url.host,
		.port = fetch->ask.url.port,
		.addresses = routes,
		.n = find_routes(client, &fetch->ask.url, routes),
		.time_limit_ms = client->connect_ms,
	};
	struct duet_error err;

	if (left < target.time_limit_ms)
		target.time_limit_ms = left > 0 ? (int32_t)left : 1;
	fetch->state = DUET_FETCH_DIALLING;
	/* Its own limit is within ours, and its sentence says more. */
	duet_timer_set(fetch->timer, INT64_MAX);
	if (duet_dial_new(client->loop, &target, on_dialled, fetch,
			  &fetch->dial, &err) < 0)
		fail(fetch, &err);
}

/* The socket the user gave: once, and for the place it leads to. */
static void use_fd(struct duet_fetch *fetch)
{
	struct duet_address address = { 0 };
	struct duet_error err;
	int fd = fetch->ask.fd;

	fetch->ask.fd = -1;
	address.len = sizeof(address.storage);
	if (getpeername(fd, (struct sockaddr *)&address.storage,
			&address.len) != 0)
		memset(&address, 0, sizeof(address));
	if (link_up(fetch, fd, true, &address, &err) < 0)
		fail(fetch, &err);
}

static void begin_hop(struct duet_fetch *fetch, bool may_reuse)
{
	struct duet_link *link = NULL;
	int64_t began = fetch->moments.began;

	memset(&fetch->moments, 0, sizeof(fetch->moments));
	fetch->moments.began = began;
	if (fetch->ask.fd >= 0) {
		use_fd(fetch);
		return;
	}
	if (may_reuse && !fetch->ask.fresh)
		link = duet_pool_take(&fetch->client->pool, &fetch->ask.url);
	if (link == NULL) {
		dial(fetch);
		return;
	}
	fetch->reused = true;
	ask_on(fetch, link);
}

void duet_fetch_begin_all(void *arg)
{
	struct duet_client *client = arg;
	struct duet_fetch *fetch;

	/* Each one may end at once, and make others. */
	while (client->new_fetch != NULL) {
		fetch = client->new_fetch;
		client->new_fetch = fetch->next;
		begin_hop(fetch, true);
	}
}

int duet_fetch_new(struct duet_client *client,
		   const struct duet_request *request, duet_done_fn *done,
		   void *arg, struct duet_fetch **ret, struct duet_error *err)
{
	struct duet_fetch *fetch;
	int64_t now = duet_loop_update_ms(client->loop);
	int rc;

	fetch = duet_mem_zalloc(sizeof(*fetch));
	if (fetch == NULL)
		return duet_error_nomem(err);
	fetch->client = client;
	link_last(fetch);
	fetch->done = done;
	fetch->arg = arg;
	fetch->moments.began = duet_clock_us();
	rc = duet_ask_init(&fetch->ask, request, err);
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
