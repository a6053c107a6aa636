/* SPDX-License-Identifier: MIT */
/*
 * An answer: its head is there, its body comes as it is asked for.
 *
 *	READING -- END ------------------> ended: the lane is still held
 *	READING -- cut, deadline, limit -> failure.code set: the lane is gone
 *	ended, awaits_goodbye -- close_notify --> ended
 *	ended -- the user sees DUET_EOF, or frees it -> the lane is given back
 *
 * What the lane has of the body is used up before the next event is pulled.
 * Alone on its link it receives nothing meanwhile, among others no more than
 * the window of its stream: that is the back-pressure.
 */
#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/opts.h"
#include "client/client_int.h"
#include "client/link.h"
#include "client/partial.h"

enum {
	LINGER_MS = 2000, /* the default of struct duet_limits */
	PIECE = 16384,    /* that is decoded at once */
};

/* In a step: take in what came, so that the peer is not kept waiting, and wake
 * whoever waits in the step. What it means is found out when it is asked for.
 */
static void on_lane(void *arg)
{
	struct duet_response *response = arg;
	struct duet_link *link = response->lane->link;
	bool more;

	if (!duet_lane_is_alone(response->lane))
		return; /* the link has done it, and waits by itself */
	more = duet_link_receive(link);
	/* When the engine has no more room it is the user's turn. */
	duet_lane_wait(response->lane, more, false);
	/* A limit that was reached is found out then as well: to be woken
	 * again would be to be woken for ever. */
	if (duet_conn_deadline(link->conn) <= duet_clock_ms())
		duet_timer_set(link->timer, INT64_MAX);
}

static void on_time(void *arg)
{
	(void)arg; /* that the step ends is enough: reading sees the time */
}

static void link_response(struct duet_response *response)
{
	struct duet_client *client = response->client;

	response->next = client->responses;
	if (response->next != NULL)
		response->next->prev = response;
	client->responses = response;
}

static void unlink_response(struct duet_response *response)
{
	if (response->prev != NULL)
		response->prev->next = response->next;
	else
		response->client->responses = response->next;
	if (response->next != NULL)
		response->next->prev = response->prev;
}

static void take_facts(struct duet_response *response,
		       const struct duet_fetch *fetch)
{
	const struct duet_link *link = fetch->lane->link;

	memcpy(response->address, link->address, sizeof(link->address));
	if (link->proxy != NULL)
		response->proxy = duet_mem_strdup(link->proxy->text);
	response->peer = duet_peer_facts_retain(link->peer);
	response->moments = fetch->moments;
	if (!fetch->reused)
		response->moments.handshaken = link->handshaken_us;
	response->redirects = fetch->redirects;
	response->part_bytes = fetch->part_bytes;
	response->request_bytes = fetch->trip.sent;
	response->request_whole = fetch->trip.upload == DUET_UPLOAD_SENT;
	response->reused = fetch->reused;
	response->early = fetch->early;
	response->wire_bytes = fetch->wire_bytes;
}

/* What was asked at last, and not what was asked for at first. */
static void take_request(struct duet_response *response,
			 struct duet_fetch *fetch)
{
	struct duet_ask *ask = &fetch->ask;
	bool absolute = fetch->lane->link->absolute;

	response->method = ask->method;
	ask->method = NULL; /* ours now */
	response->url = ask->url;
	memset(&ask->url, 0, sizeof(ask->url));
	response->request = (struct duet_head){
		.size = sizeof(response->request),
		.method = response->method,
		.target = absolute ? response->url.text : response->url.target,
		.headers = response->sent.list,
		.content_length = ask->length,
		.close = ask->fresh,
		.expect_continue = fetch->trip.asked_leave,
	};
}

struct duet_response *duet_response_new(struct duet_fetch *fetch,
					const struct duet_head *head)
{
	struct duet_response *response = duet_mem_zalloc(sizeof(*response));

	if (response == NULL)
		return NULL;
	if (duet_kept_head_copy(&response->head, head) < 0 ||
	    duet_digest_watch_new(fetch->ask.method, head, &response->watch,
				  NULL) < 0 ||
	    duet_ask_fields(&fetch->ask, &response->sent) < 0 ||
	    duet_timer_new(fetch->client->loop, on_time, response,
			   &response->timer, NULL) < 0) {
		duet_kept_head_done(&response->head);
		duet_digest_watch_free(response->watch);
		duet_headers_done(&response->sent);
		duet_mem_free(response);
		return NULL;
	}
	response->client = fetch->client;
	response->waiting_caller = fetch->waiting_caller;
	response->timeout_ms = fetch->ask.timeout_ms;
	response->deadline_ms = fetch->deadline_ms;
	duet_timer_set(response->timer, response->deadline_ms);
	response->max_body = fetch->ask.max_body;
	duet_buf_init(&response->body, response->max_body < SIZE_MAX
					       ? (size_t)response->max_body
					       : SIZE_MAX);
	response->any_digest = fetch->ask.any_digest;
	duet_hops_move(&response->hops, &fetch->hops);
	take_facts(response, fetch);
	response->decode = (struct duet_decode){
		.head = fetch->ask.decode ? &response->head.head : NULL,
		.max_bytes = fetch->ask.max_decoded,
	};
	take_request(response, fetch);
	response->lane = fetch->lane;
	fetch->lane = NULL;
	response->lane->awaits_room = false;
	duet_lane_own(response->lane, on_lane, response);
	duet_lane_wait(response->lane, false, false);
	link_response(response);
	return response;
}

/* Of the body, and to be used up. */
static struct duet_bytes pending(const struct duet_response *response)
{
	const struct duet_bytes none = { NULL, 0 };

	return response->lane != NULL ? response->lane->data : none;
}

/* The lane goes back, or its stream is reset; what it knew is kept. */
static void let_go(struct duet_response *response)
{
	struct duet_conn_state state = { .size = sizeof(state) };
	struct duet_lane *lane = response->lane;

	response->awaits_goodbye = false;
	if (lane == NULL)
		return;
	duet_conn_get_state(lane->link->conn, &state);
	response->close_notify = state.close_notify;
	response->wire_bytes += lane->link->wire_bytes - lane->wire_before;
	response->lane = NULL;
	duet_timer_set(response->timer, INT64_MAX);
	duet_lane_free(lane);
}

/* What is said once is said again: a failure is sticky. */
static int failed(const struct duet_response *response, struct duet_error *err)
{
	return duet_error_copy(err, &response->failure);
}

static int fail(struct duet_response *response, struct duet_error *why,
		struct duet_error *err)
{
	duet_client_prefix(why, &response->url, response->address,
			   response->proxy != NULL);
	response->failure = *why;
	response->moments.ended = duet_clock_us();
	if (response->lane != NULL)
		duet_lane_cut(response->lane);
	let_go(response);
	return failed(response, err);
}

static int fail_late(struct duet_response *response, struct duet_error *err)
{
	struct duet_error why;

	(void)duet_error_set(&why, DUET_E_TIMEOUT,
			     "the answer was not whole within %d ms: %llu bytes of its body came; give it more time",
			     (int)response->timeout_ms,
			     (unsigned long long)response->body_bytes);
	response->cut = DUET_CUT_TIMEOUT;
	return fail(response, &why, err);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int32_t linger_ms(const struct duet_client *client)
{
	return client->limits.linger_ms > 0 ? client->limits.linger_ms
					    : LINGER_MS;
}

static int on_end(struct duet_response *response,
		  const struct duet_event *event, struct duet_error *err)
{
	struct duet_error why;

	assert(response->lane != NULL); /* that is where events come from */
	if (duet_partial_check_end(response->part_bytes, response->body_bytes,
				   &why) < 0) {
		response->cut = DUET_CUT_PROTOCOL;
		return fail(response, &why, err);
	}
	response->ended = true;
	response->evidence = event->evidence;
	response->moments.ended = duet_clock_us();
	response->lane->link->exchanges++;
	if (duet_link_wants_goodbye(response->lane->link)) {
		response->awaits_goodbye = true;
		response->deadline_ms =
			earlier(response->deadline_ms,
				duet_clock_ms() + linger_ms(response->client));
		duet_timer_set(response->timer, response->deadline_ms);
	}
	if (duet_headers_add_all(&response->trailers, event->trailers) < 0) {
		(void)duet_error_nomem(&why);
		return fail(response, &why, err);
	}
	return DUET_OK;
}

/*
 * The strict policy: a message may be whole by its framing, and the connection
 * must have ended in good form all the same.
 */
static int await_goodbye(struct duet_response *response, struct duet_error *err)
{
	struct duet_error why;
	int rc;

	rc = duet_link_await_goodbye(response->lane->link, &why);
	if (rc == DUET_WANT_READ && duet_clock_ms() >= response->deadline_ms)
		rc = duet_error_set(&why, DUET_E_TRUNCATED,
				    "it did not come in time (limit linger_ms)");
	if (rc == DUET_WANT_READ) {
		duet_lane_wait(response->lane, true, false);
		return DUET_WANT_READ;
	}
	response->awaits_goodbye = false;
	if (rc == DUET_OK)
		return DUET_OK;
	duet_error_prefix(&why,
			  "the body was whole, but the strict policy wants the server's close_notify after it: ");
	response->cut = DUET_CUT_FIN;
	response->ended = false;
	response->evidence = DUET_BY_NONE;
	return fail(response, &why, err);
}

/* A body's bytes or end, or why neither will come. */
static int on_event(struct duet_response *response, int rc,
		    const struct duet_event *event, struct duet_error *why,
		    struct duet_error *err)
{
	if (rc == DUET_OK && event->type == DUET_EV_DATA)
		return DUET_OK; /* the lane has it */
	if (rc == DUET_OK && event->type == DUET_EV_END)
		return on_end(response, event, err);
	if (rc >= 0 && event->type != DUET_EV_ABORTED &&
	    event->type != DUET_EV_CLOSED)
		return DUET_OK;
	if (rc >= 0)
		(void)duet_error_set(why, DUET_E_TRUNCATED,
				     "the connection ended before the body");
	response->cut = event->cut;
	return fail(response, why, err);
}

/*
 * Have some of the body pending, or know its end. DUET_OK, DUET_WANT_READ, or
 * the failure.
 */
static int pull(struct duet_response *response, struct duet_error *err)
{
	struct duet_event event;
	struct duet_error why;
	int rc;

	if (response->failure.code != 0)
		return failed(response, err);
	if (response->client == NULL && !response->ended)
		return duet_error_set(err, DUET_E_GONE,
				      "the client was freed before its answer");
	for (;;) {
		if (response->awaits_goodbye)
			return await_goodbye(response, err);
		if (response->ended || pending(response).len > 0)
			return DUET_OK;
		if (duet_clock_ms() >= response->deadline_ms)
			return fail_late(response, err);
		rc = duet_lane_next(response->lane, &event, &why);
		if (rc == DUET_WANT_READ) {
			duet_lane_wait(response->lane, true, false);
			return DUET_WANT_READ;
		}
		rc = on_event(response, rc, &event, &why, err);
		if (rc < 0)
			return rc;
	}
}

/* The same, waiting if that is what the caller does. */
static int pull_waiting(struct duet_response *response, struct duet_error *err)
{
	int rc;

	for (;;) {
		rc = pull(response, err);
		if (rc != DUET_WANT_READ || !response->waiting_caller)
			return rc;
		rc = duet_client_step(response->client, -1, err);
		/* Without a client it is pull() that says what is left. */
		if (rc < 0 && response->client != NULL)
			return rc;
	}
}

/* What is pending, as the user is to see it. DUET_OK with *ret_n > 0,
 * DUET_WANT_READ: it is used up; or the failure. */
static int take(struct duet_response *response, void *buf, size_t cap,
		size_t *ret_n, struct duet_error *err)
{
	struct duet_bytes data = pending(response);
	size_t before = data.len;
	struct duet_error why;
	int rc;

	rc = duet_decode_next(&response->decode, &data, buf, cap, ret_n, &why);
	if (data.len < before) {
		duet_digest_watch_add(response->watch, pending(response).data,
				      before - data.len);
		duet_lane_use_up(response->lane, before - data.len);
	}
	response->body_bytes += before - data.len;
	if (rc >= 0)
		return rc;
	response->cut = DUET_CUT_LOCAL;
	return fail(response, &why, err);
}

/* The body has ended. */
static int take_end(struct duet_response *response, struct duet_error *err)
{
	struct duet_error why;
	int rc;

	if (duet_decode_end(&response->decode, &why) < 0)
		return fail(response, &why, err);
	rc = duet_digest_watch_end(response->watch, response->trailers.list,
				   &why);
	if (rc < 0 && !(rc == DUET_E_DIGEST && response->any_digest))
		return fail(response, &why, err);
	let_go(response);
	return DUET_OK;
}

int duet_response_read(struct duet_response *response, void *buf, size_t cap,
		       size_t *ret_n, struct duet_error *err)
{
	int rc;

	*ret_n = 0;
	if (cap == 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "no room to read into: cap is 0");
	for (;;) {
		rc = take(response, buf, cap, ret_n, err);
		if (rc != DUET_WANT_READ)
			return rc;
		rc = pull_waiting(response, err);
		if (rc != DUET_OK)
			return rc;
		if (pending(response).len > 0)
			continue;
		rc = take_end(response, err);
		return rc < 0 ? rc : DUET_EOF;
	}
}

static int too_long(struct duet_response *response, struct duet_error *err)
{
	struct duet_error why;

	(void)duet_error_set(&why, DUET_E_LIMIT,
			     "the body is longer than %llu bytes (max_body); allow more, or read it in pieces",
			     (unsigned long long)response->max_body);
	response->cut = DUET_CUT_LOCAL;
	return fail(response, &why, err);
}

/* What is pending joins the body. */
static int collect(struct duet_response *response, struct duet_error *err)
{
	char piece[PIECE];
	struct duet_error why;
	size_t n = 0;
	int rc;

	for (;;) {
		rc = take(response, piece, sizeof(piece), &n, err);
		if (rc != DUET_OK)
			return rc == DUET_WANT_READ ? DUET_OK : rc;
		rc = duet_buf_add(&response->body, piece, n);
		if (rc == DUET_E_LIMIT)
			return too_long(response, err);
		if (rc == DUET_OK)
			continue;
		(void)duet_error_nomem(&why);
		return fail(response, &why, err);
	}
}

/* Encoded it may become longer or shorter. */
static bool will_be_too_long(const struct duet_response *response)
{
	int64_t length = response->head.head.content_length;

	return response->decode.head == NULL && length > 0 &&
	       (uint64_t)length > response->max_body;
}

int duet_response_body(struct duet_response *response,
		       struct duet_bytes *ret_body, struct duet_error *err)
{
	int rc;

	if (response->decode.bytes != duet_buf_len(&response->body))
		return duet_error_set(err, DUET_E_STATE,
				      "part of the body was given to duet_response_read() already");
	if (response->failure.code == 0 && !response->ended &&
	    will_be_too_long(response))
		return too_long(response, err);
	for (;;) {
		rc = pull_waiting(response, err);
		if (rc != DUET_OK)
			return rc;
		if (pending(response).len == 0)
			break;
		rc = collect(response, err);
		if (rc < 0)
			return rc;
	}
	rc = take_end(response, err);
	if (rc == DUET_OK)
		*ret_body = duet_buf_bytes(&response->body);
	return rc;
}

int duet_response_status(const struct duet_response *response)
{
	return response->head.head.status;
}

const struct duet_head *duet_response_head(const struct duet_response *response)
{
	return &response->head.head;
}

const char *duet_response_url(const struct duet_response *response)
{
	return response->url.text;
}

const struct duet_tls *duet_response_tls(const struct duet_response *response)
{
	return response->lane != NULL
		       ? duet_conn_tls(response->lane->link->conn)
		       : NULL;
}

void duet_response_facts(const struct duet_response *response,
			 struct duet_facts *ret_facts)
{
	const struct duet_lane *lane = response->lane;
	struct duet_conn_state state = { .size = sizeof(state) };
	struct duet_facts facts = {
		.evidence = response->evidence,
		.cut = response->cut,
		.close_notify = response->close_notify,
		.reused = response->reused,
		.early_data = response->early,
		.redirects = response->redirects,
		.body_bytes = response->body_bytes,
		.wire_bytes = response->wire_bytes,
		.address = response->address,
		.request = &response->request,
		.request_bytes = response->request_bytes,
		.request_whole = response->request_whole,
		.proxy = duet_facts_text(response->proxy),
		.host_unicode = duet_facts_text(response->url.host_unicode),
		.coding = duet_decode_name(&response->decode),
	};

	if (facts.coding[0] != '\0')
		facts.decoded_bytes = response->decode.bytes;
	if (lane != NULL) {
		duet_conn_get_state(lane->link->conn, &state);
		facts.close_notify = state.close_notify;
		facts.wire_bytes += lane->link->wire_bytes - lane->wire_before;
	}
	if (response->trailers.n > 0)
		facts.trailers = response->trailers.list;
	facts.url = duet_facts_text(response->url.text);
	facts.hops = response->hops.list;
	duet_facts_of_digests(&facts, response->watch);
	duet_facts_of_moments(&facts, &response->moments);
	duet_facts_of_peer(&facts, response->peer);
	duet_opts_return(ret_facts, &facts, sizeof(facts));
}

/* Bodies of no bytes end without being read: that needs no network. */
static bool is_over(struct duet_response *response)
{
	struct duet_event event;

	if (response->ended)
		return true;
	if (response->failure.code != 0 || pending(response).len > 0 ||
	    duet_lane_next(response->lane, &event, NULL) != DUET_OK ||
	    event.type != DUET_EV_END)
		return false;
	return on_end(response, &event, NULL) == DUET_OK;
}

void duet_response_orphan(struct duet_response *response)
{
	unlink_response(response);
	/* To look may fail, and let go of it. */
	if (response->lane != NULL && !is_over(response) &&
	    response->lane != NULL)
		duet_lane_cut(response->lane);
	/* Nobody waits any more for the close_notify that was to follow. */
	if (response->awaits_goodbye) {
		response->ended = false;
		response->evidence = DUET_BY_NONE;
	}
	let_go(response);
	duet_timer_free(response->timer);
	response->timer = NULL;
	response->client = NULL;
}

void duet_response_free(struct duet_response *response)
{
	if (response == NULL)
		return;
	if (response->client != NULL)
		duet_response_orphan(response);
	duet_client_free(response->own_client);
	duet_url_done(&response->url);
	duet_kept_head_done(&response->head);
	duet_mem_free(response->method);
	duet_mem_free(response->proxy);
	duet_headers_done(&response->sent);
	duet_headers_done(&response->trailers);
	duet_peer_facts_release(response->peer);
	duet_buf_done(&response->body);
	duet_decode_done(&response->decode);
	duet_digest_watch_free(response->watch);
	duet_hops_done(&response->hops);
	duet_mem_free(response);
}
