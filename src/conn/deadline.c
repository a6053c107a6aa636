/* SPDX-License-Identifier: MIT */
/*
 * Limits of time. The caller owns the clock and tells it; what is counted is
 * the time in which the peer was free to act and did not: from the moment an
 * event was asked for and there was none, until bytes came.
 */
#include "base/error.h"
#include "conn/conn_int.h"
#include "tls/engine.h"

enum {
	IDLE_GIVE_BACK_MS = 1000, /* then an idle connection holds no buffers */
};

static enum duet_due what_is_due(const struct duet_conn *conn)
{
	/* It is a list we wait for, and whoever fetches it has a limit. */
	if (conn->tls != NULL && duet_tls_is_waiting(conn->tls))
		return DUET_DUE_NOTHING;
	if (conn->tls != NULL && !duet_tls_handshake_done(conn->tls))
		return DUET_DUE_HANDSHAKE;
	switch (duet_engine_phase(&conn->http)) {
	case DUET_PHASE_IDLE:
		return DUET_DUE_MESSAGE;
	case DUET_PHASE_IN_HEAD:
		return DUET_DUE_HEAD;
	case DUET_PHASE_IN_BODY:
		return DUET_DUE_BODY;
	case DUET_PHASE_AWAITED:
		return DUET_DUE_REPLY;
	case DUET_PHASE_WAITING:
	case DUET_PHASE_TUNNEL:
	case DUET_PHASE_OVER:
		break;
	}
	return DUET_DUE_NOTHING;
}

/* A body may take body_ms, and a second more for each body_rate bytes. */
static int64_t body_allowance(const struct duet_conn *conn)
{
	uint64_t seconds =
		duet_engine_body_bytes(&conn->http) / conn->limits.body_rate;

	if (seconds > INT32_MAX)
		return INT32_MAX * (int64_t)1000;
	return conn->limits.body_ms + (int64_t)seconds * 1000;
}

static int64_t allowance(const struct duet_conn *conn)
{
	switch (conn->due) {
	case DUET_DUE_HANDSHAKE:
		return conn->limits.handshake_ms;
	case DUET_DUE_MESSAGE:
		return conn->limits.idle_ms;
	case DUET_DUE_HEAD:
		return conn->limits.head_ms;
	case DUET_DUE_BODY:
		return body_allowance(conn);
	case DUET_DUE_REPLY:
		return conn->limits.reply_ms;
	case DUET_DUE_NOTHING:
		break;
	}
	return INT64_MAX;
}

void duet_conn_wait_begin(struct duet_conn *conn)
{
	enum duet_due due = what_is_due(conn);
	uint64_t stream = duet_engine_stream(&conn->http);

	if (due != conn->due || stream != conn->due_in) {
		conn->due = due;
		conn->due_in = stream;
		conn->waited_ms = 0;
		conn->waiting_since = -1;
	}
	if (conn->waiting_since < 0)
		conn->waiting_since = conn->now_ms;
}

void duet_conn_wait_end(struct duet_conn *conn)
{
	if (conn->waiting_since < 0)
		return;
	conn->waited_ms += conn->now_ms - conn->waiting_since;
	conn->waiting_since = -1;
}

/* The time may be told before bytes are handed in, or after it. */
void duet_conn_end_wait_if_heard(struct duet_conn *conn)
{
	if (conn->heard)
		duet_conn_wait_end(conn);
	conn->heard = false;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* What a fast beginning has earned must not be waited for in one piece. */
static int64_t stall_deadline(const struct duet_conn *conn)
{
	if (conn->due != DUET_DUE_BODY)
		return INT64_MAX;
	return conn->waiting_since + conn->limits.stall_ms;
}

static int64_t receive_deadline(const struct duet_conn *conn)
{
	int64_t allowed = allowance(conn);

	if (conn->waiting_since < 0 || allowed == INT64_MAX)
		return INT64_MAX;
	return earlier(conn->waiting_since + allowed - conn->waited_ms,
		       stall_deadline(conn));
}

static int64_t send_deadline(const struct duet_conn *conn)
{
	/* RFC 9112 s9.5: a server that answers early may read no further. */
	if (conn->unsent_since < 0 || duet_engine_is_answered(&conn->http))
		return INT64_MAX;
	return conn->unsent_since + conn->limits.send_ms;
}

void duet_conn_now(struct duet_conn *conn, int64_t now_ms)
{
	conn->now_ms = now_ms;
	duet_engine_now(&conn->http, now_ms);
	duet_conn_end_wait_if_heard(conn);
	if (!conn->clock_set) {
		conn->clock_set = true;
		duet_conn_wait_begin(conn);
	}
}

int64_t duet_conn_deadline(const struct duet_conn *conn)
{
	int64_t deadline;

	if (conn->closed_pulled)
		return INT64_MAX;
	deadline = earlier(receive_deadline(conn), send_deadline(conn));
	deadline = earlier(deadline, duet_engine_deadline(&conn->http));
	if (conn->due == DUET_DUE_MESSAGE && conn->waiting_since >= 0 &&
	    !conn->memory_given)
		deadline = earlier(deadline,
				   conn->waiting_since + IDLE_GIVE_BACK_MS);
	return deadline;
}

bool duet_conn_is_long_idle(const struct duet_conn *conn)
{
	return conn->due == DUET_DUE_MESSAGE && conn->waiting_since >= 0 &&
	       conn->now_ms >= conn->waiting_since + IDLE_GIVE_BACK_MS;
}

static int late(struct duet_error *err, const char *what, const char *limit,
		int64_t ms)
{
	return duet_error_set(err, DUET_E_TIMEOUT,
			      "%s within %lld ms (limit %s)", what,
			      (long long)ms, limit);
}

int duet_conn_overdue(const struct duet_conn *conn, int32_t *ret_status,
		      struct duet_error *err)
{
	*ret_status = 0;
	if (conn->now_ms >= send_deadline(conn))
		return late(err, "the peer took none of our bytes", "send_ms",
			    conn->limits.send_ms);
	if (conn->now_ms < receive_deadline(conn))
		return DUET_OK;
	switch (conn->due) {
	case DUET_DUE_HANDSHAKE:
		return late(err, "the TLS handshake was not over",
			    "handshake_ms", conn->limits.handshake_ms);
	case DUET_DUE_MESSAGE:
		return late(err, "no further message came", "idle_ms",
			    conn->limits.idle_ms);
	case DUET_DUE_HEAD:
		*ret_status = 408;
		return late(err, "the head was not whole", "head_ms",
			    conn->limits.head_ms);
	case DUET_DUE_BODY:
		*ret_status = 408;
		if (conn->now_ms >= stall_deadline(conn))
			return late(err, "not a byte more of the body came",
				    "stall_ms", conn->limits.stall_ms);
		return late(err, "the body came too slowly, it was not whole",
			    "body_ms, body_rate", body_allowance(conn));
	case DUET_DUE_REPLY:
		return late(err, "not a byte of an answer came", "reply_ms",
			    conn->limits.reply_ms);
	case DUET_DUE_NOTHING:
		break;
	}
	return DUET_OK;
}
