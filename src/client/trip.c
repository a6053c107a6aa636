/* SPDX-License-Identifier: MIT */
#include "client/trip.h"

#include "base/clock.h"
#include "base/error.h"
#include "client/link.h"
#include "tls/early.h"

enum {
	HOLD_MS = 1000, /* RFC 9110 s10.1.1: not for an indefinite time */
	/* So many rooms full at a time, for the sake of other requests. */
	PUSHES = 16,
};

/*
 * HTTP/2 asks for leave only when the user does: an answer that comes early
 * costs a stream there and no connection, and servers that never say 100 are
 * many.
 */
static bool wants_leave(const struct duet_trip *trip)
{
	struct duet_conn_state state = { .size = sizeof(state) };

	duet_conn_get_state(trip->lane->link->conn, &state);
	return trip->ask->expect_continue &&
	       (trip->ask->expect_given || !state.multiplexed);
}

static int send_head(struct duet_trip *trip, struct duet_error *err)
{
	const struct duet_link *link = trip->lane->link;
	const struct duet_ask *ask = trip->ask;
	const char *target = link->absolute ? ask->url.text : ask->url.target;
	struct duet_headers all = { 0 };
	int rc = duet_ask_fields(ask, &all);

	if (rc == DUET_OK && link->absolute)
		rc = duet_proxy_authorize(link->proxy, &all);
	if (rc < 0)
		rc = duet_error_nomem(err);
	else
		rc = duet_conn_request(link->conn,
				       DUET_HEAD(.method = ask->method,
						 .target = target,
						 .headers = all.list,
						 .content_length = ask->length,
						 .close = ask->fresh,
						 .expect_continue =
							 trip->asked_leave),
				       &trip->lane->stream, err);
	duet_headers_done(&all);
	duet_lane_said(trip->lane);
	return rc;
}

static int begin_asking(struct duet_trip *trip, struct duet_error *err)
{
	trip->asked = true;
	if (trip->upload == DUET_UPLOAD_SENDING && wants_leave(trip)) {
		trip->upload = DUET_UPLOAD_HOLDING;
		trip->asked_leave = true;
		trip->hold_until_ms = duet_clock_ms() + HOLD_MS;
	}
	return send_head(trip, err);
}

int duet_trip_begin(struct duet_trip *trip, struct duet_lane *lane,
		    const struct duet_ask *ask, struct duet_error *err)
{
	*trip = (struct duet_trip){
		.lane = lane,
		.ask = ask,
		.upload = DUET_UPLOAD_SENT,
	};
	if (ask->length != 0)
		trip->upload = DUET_UPLOAD_SENDING;
	trip->hold_until_ms = INT64_MAX;
	trip->early = ask->early && duet_link_begin_early(lane->link);
	return trip->early || duet_link_may_ask(lane->link)
		       ? begin_asking(trip, err)
		       : DUET_OK;
}

enum duet_early duet_trip_early(const struct duet_trip *trip)
{
	return trip->early
		       ? duet_tls_early(duet_conn_tls(trip->lane->link->conn))
		       : DUET_EARLY_NONE;
}

/* The handshake is done, and the server has not heard it: RFC 8446 s4.2.10. */
static bool was_in_vain(const struct duet_trip *trip)
{
	return trip->early && !trip->settled &&
	       duet_link_may_ask(trip->lane->link) &&
	       duet_trip_early(trip) != DUET_EARLY_ACCEPTED;
}

static void forget_early(struct duet_trip *trip)
{
	trip->settled = true;
	trip->asked = false;
	trip->lane->stream = 0;
}

/* DUET_OK: some went. DUET_EOF: that was all. DUET_WANT_WRITE: no room. */
static int push_from_memory(struct duet_trip *trip, struct duet_error *err)
{
	const struct duet_bytes *body = &trip->ask->body;
	size_t taken = 0;
	int rc;

	if (trip->sent == body->len)
		return DUET_EOF; /* there are only trailers */
	rc = duet_conn_send_data(trip->lane->link->conn, trip->lane->stream,
				 (const char *)body->data + trip->sent,
				 body->len - (size_t)trip->sent, &taken, err);
	if (rc != DUET_OK)
		return rc;
	trip->sent += taken;
	return trip->sent == body->len ? DUET_EOF : DUET_OK;
}

static int push_from_source(struct duet_trip *trip, struct duet_error *err)
{
	const struct duet_ask *ask = trip->ask;
	struct duet_room room = { NULL, 0 };
	size_t n = 0;
	int rc;

	rc = duet_conn_send_room(trip->lane->link->conn, trip->lane->stream,
				 &room, err);
	if (rc != DUET_OK)
		return rc;
	trip->source_used = true;
	rc = ask->source(ask->source_arg, room.data, room.len, &n);
	trip->source_paused = rc == DUET_PAUSE;
	if (rc == DUET_PAUSE && n == 0) {
		duet_conn_send_filled(trip->lane->link->conn,
				      trip->lane->stream, 0);
		return DUET_PAUSE;
	}
	trip->source_failed = rc < 0;
	if (rc < 0)
		return duet_error_set(err, rc,
				      "the source of the request's body gave up (%s)",
				      duet_status_name(rc));
	if (n > room.len || (rc == DUET_OK && n == 0))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "the source of the request's body gave %zu bytes where 1 to %zu were asked for",
				      n, room.len);
	duet_conn_send_filled(trip->lane->link->conn, trip->lane->stream, n);
	trip->sent += n;
	/* No source is asked for more than it said it has. */
	return rc == DUET_EOF || trip->sent == (uint64_t)ask->length ? DUET_EOF
								     : DUET_OK;
}

static int push_once(struct duet_trip *trip, struct duet_error *err)
{
	int rc;

	rc = trip->ask->source != NULL ? push_from_source(trip, err)
				       : push_from_memory(trip, err);
	if (rc == DUET_EOF) {
		rc = duet_conn_send_end(trip->lane->link->conn,
					trip->lane->stream, trip->ask->trailers,
					err);
		if (rc == DUET_OK)
			trip->upload = DUET_UPLOAD_SENT;
	}
	return rc;
}

/*
 * Hand on what there is room for. A connection that takes no more is not yet a
 * failure: the answer may be there already (RFC 9112 s9.5). In HTTP/2 there
 * may be no room though everything has been sent: the peer's window is closed.
 */
static int push(struct duet_trip *trip, struct duet_error *err)
{
	struct duet_link *link = trip->lane->link;
	bool was_full = false;
	int rc = DUET_OK;
	int i;

	trip->may_push_more = false;
	trip->source_paused = false;
	if (trip->upload == DUET_UPLOAD_HOLDING &&
	    duet_clock_ms() >= trip->hold_until_ms)
		trip->upload = DUET_UPLOAD_SENDING;
	for (i = 0; i < PUSHES && trip->upload == DUET_UPLOAD_SENDING; i++) {
		rc = push_once(trip, err);
		if ((rc == DUET_E_GONE && !trip->source_failed) ||
		    link->send_errno != 0) {
			trip->upload = DUET_UPLOAD_GIVEN_UP;
			return DUET_OK;
		}
		if (rc < 0) {
			trip->upload = DUET_UPLOAD_GIVEN_UP;
			duet_conn_send_abort(link->conn, trip->lane->stream);
			return rc;
		}
		duet_link_flush(link);
		duet_lane_said(trip->lane);
		if (trip->source_paused || duet_link_is_blocked(link) ||
		    (was_full && rc == DUET_WANT_WRITE))
			return DUET_OK;
		was_full = rc == DUET_WANT_WRITE;
	}
	trip->may_push_more = trip->upload == DUET_UPLOAD_SENDING;
	return DUET_OK;
}

/* The answer is there, and nobody waits for the rest of the question. */
static void stop_upload(struct duet_trip *trip)
{
	if (trip->upload == DUET_UPLOAD_SENT)
		return;
	trip->upload = DUET_UPLOAD_GIVEN_UP;
	duet_lane_cut(trip->lane);
}

/* Whole heads are told of; a head that was cut has begun all the same. */
static void note_answer(struct duet_trip *trip, int rc,
			const struct duet_event *event)
{
	struct duet_conn_state state = { .size = sizeof(state) };

	if (rc == DUET_OK &&
	    (event->type == DUET_EV_INTERIM || event->type == DUET_EV_HEAD))
		trip->has_answer = true;
	/* In HTTP/2 what has begun may be another one's. */
	if (trip->has_answer || rc == DUET_WANT_READ ||
	    duet_link_is_shared(trip->lane->link))
		return;
	duet_conn_get_state(trip->lane->link->conn, &state);
	trip->has_answer = state.message_begun;
}

int duet_trip_next(struct duet_trip *trip, struct duet_event *event,
		   struct duet_error *err)
{
	uint64_t sent;
	int rc = DUET_OK;

	for (;;) {
		if (was_in_vain(trip))
			forget_early(trip);
		if (!trip->asked && duet_link_may_ask(trip->lane->link))
			rc = begin_asking(trip, err);
		if (rc == DUET_OK && trip->asked &&
		    !duet_lane_is_answered(trip->lane))
			rc = push(trip, err);
		if (rc < 0) {
			*event = (struct duet_event){
				.size = sizeof(*event),
				.type = DUET_EV_ABORTED,
				.cut = DUET_CUT_LOCAL,
			};
			return rc;
		}
		sent = trip->lane->link->sent_bytes;
		rc = duet_lane_next(trip->lane, event, err);
		note_answer(trip, rc, event);
		/* What has left has made room for more of the body. */
		if (rc == DUET_WANT_READ &&
		    trip->upload == DUET_UPLOAD_SENDING &&
		    !trip->source_paused &&
		    trip->lane->link->sent_bytes > sent) {
			rc = DUET_OK;
			continue;
		}
		if (rc == DUET_WANT_READ &&
		    duet_link_may_ask(trip->lane->link) &&
		    (!trip->asked || was_in_vain(trip))) {
			rc = DUET_OK;
			continue;
		}
		if (rc != DUET_OK)
			return rc;
		if (event->type == DUET_EV_HEAD)
			stop_upload(trip);
		if (event->type != DUET_EV_INTERIM)
			return DUET_OK;
		if (event->head->status == 100 &&
		    trip->upload == DUET_UPLOAD_HOLDING)
			trip->upload = DUET_UPLOAD_SENDING;
	}
}

void duet_trip_wait(struct duet_trip *trip)
{
	trip->lane->awaits_room = trip->upload == DUET_UPLOAD_SENDING;
	duet_lane_wait(trip->lane, true, trip->may_push_more);
}
