/* SPDX-License-Identifier: MIT */
/* Pulling events: decrypt, parse, and tell the truth about the end. */
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/opts.h"
#include "conn/conn_int.h"
#include "tls/engine.h"

/*
 * The input is over. Data that came before may still be on its way through
 * the HTTP engine, so the reason waits for the event that it explains. Without
 * memory to keep it in, the HTTP engine's own words must do. A second end is
 * that of the output: the peer takes nothing either.
 */
static void end_input(struct duet_conn *conn, enum duet_cut how,
		      const struct duet_error *why)
{
	bool lenient = conn->tls == NULL ||
		       duet_tls_closure(conn->tls) == DUET_CLOSE_LENIENT;

	duet_conn_wait_end(conn);
	if (how == DUET_CUT_NONE)
		how = DUET_CUT_LOCAL;
	if (conn->wire_cut == DUET_CUT_NONE)
		conn->wire_cut = how;
	conn->input_over = true;
	if (why != NULL && conn->why == NULL)
		conn->why = duet_mem_dup(why, sizeof(*why));
	duet_engine_recv_end(&conn->http, how, lenient);
	duet_conn_tell_broken(conn);
}

/* A FIN or reset is no news to the HTTP engine, which knows what it cuts. */
static bool is_news(const struct duet_conn *conn, const struct duet_error *why)
{
	return why->code != DUET_E_TRUNCATED ||
	       !duet_tls_handshake_done(conn->tls);
}

static int pull_decrypted(struct duet_conn *conn)
{
	struct duet_room room = { NULL, 0 };
	struct duet_error why;
	size_t n = 0;
	int rc;

	rc = duet_conn_handshake(conn, &why);
	if (rc == DUET_E_NOMEM)
		return rc;
	if (rc == DUET_OK) {
		if (duet_engine_recv_room(&conn->http, &room) != DUET_OK)
			return DUET_E_NOMEM;
		rc = duet_tls_read(conn->tls, room.data, room.len, &n, &why);
		duet_engine_recv_done(&conn->http, n);
	}
	if (rc == DUET_WANT_READ || rc == DUET_WANT_WRITE ||
	    rc == DUET_WANT_CRL)
		return DUET_WANT_READ;
	if (rc == DUET_OK)
		return DUET_OK;
	if (duet_tls_closed_cleanly(conn->tls))
		end_input(conn, DUET_CUT_CLOSE_NOTIFY, NULL);
	else if (rc == DUET_EOF)
		end_input(conn, DUET_CUT_FIN, NULL); /* the lenient policy */
	else
		end_input(conn, duet_tls_cut(conn->tls),
			  is_news(conn, &why) ? &why : NULL);
	return DUET_OK;
}

/*
 * Plain bytes for the HTTP engine. DUET_OK: it has something new to look at,
 * be it the end. DUET_WANT_READ: the peer's turn. DUET_PAUSE: the engine has
 * no room; only a reset is let through, since nothing can follow it.
 */
static int pull(struct duet_conn *conn)
{
	if (conn->input_over)
		return DUET_PAUSE;
	if (conn->starved)
		return DUET_E_NOMEM;
	if (!duet_engine_has_room(&conn->http) && conn->broken) {
		end_input(conn, DUET_CUT_RESET, NULL);
		return DUET_OK;
	}
	if (!duet_engine_has_room(&conn->http))
		return DUET_PAUSE;
	if (conn->tls != NULL)
		return pull_decrypted(conn);
	if (conn->wire_cut == DUET_CUT_NONE)
		return DUET_WANT_READ;
	end_input(conn, conn->wire_cut, NULL);
	return DUET_OK;
}

static bool has_begun(enum duet_phase phase)
{
	return phase == DUET_PHASE_IN_HEAD || phase == DUET_PHASE_IN_BODY ||
	       phase == DUET_PHASE_TUNNEL;
}

/*
 * The HTTP engine knows what is missing, the TLS engine or the clock knows
 * why. Where a message had begun to come both are said, under the HTTP
 * engine's code; where nothing had, why is the whole story.
 */
static int tell_why(struct duet_conn *conn, int rc, struct duet_error *err)
{
	struct duet_error *why = conn->why;

	if (conn->starved)
		return duet_error_nomem(err);
	if (why == NULL)
		return rc;
	conn->why = NULL;
	if (rc < 0 && conn->message_begun && why->code != DUET_E_TIMEOUT) {
		why->code = rc;
		if (err != NULL)
			duet_error_prefix(why, "%s: ", err->text);
	}
	rc = duet_error_copy(err, why);
	duet_mem_free(why);
	return rc;
}

static void check_time(struct duet_conn *conn)
{
	struct duet_error why;
	int32_t status = 0;

	if (duet_conn_overdue(conn, &status, &why) == DUET_OK)
		return;
	if (!conn->input_over)
		conn->overdue_status = status;
	end_input(conn, DUET_CUT_TIMEOUT, &why);
}

static int no_event(struct duet_conn *conn, int rc)
{
	if (rc == DUET_PAUSE) {
		duet_conn_wait_end(conn);
		return DUET_WANT_READ;
	}
	duet_conn_wait_begin(conn);
	if (duet_conn_is_long_idle(conn) && !conn->memory_given) {
		conn->memory_given = true;
		duet_engine_give_back(&conn->http);
		if (conn->tls != NULL)
			duet_tls_give_back(conn->tls);
	}
	return rc;
}

static int next_event(struct duet_conn *conn, struct duet_event *event,
		      struct duet_error *err)
{
	int rc;

	duet_conn_end_wait_if_heard(conn);
	check_time(conn);
	if (!conn->input_over)
		conn->message_begun = has_begun(duet_engine_phase(&conn->http));
	for (;;) {
		rc = duet_engine_next(&conn->http, event, err);
		if (rc != DUET_WANT_READ)
			break;
		conn->message_begun = has_begun(duet_engine_phase(&conn->http));
		rc = pull(conn);
		if (rc == DUET_E_NOMEM) {
			conn->starved = true;
			end_input(conn, DUET_CUT_LOCAL, NULL);
			continue;
		}
		if (rc != DUET_OK)
			return no_event(conn, rc);
	}
	if (event->type == DUET_EV_ABORTED && event->status == 0 &&
	    conn->http.h2 == NULL)
		event->status = conn->overdue_status;
	if (event->type == DUET_EV_CLOSED ||
	    (event->type == DUET_EV_ABORTED &&
	     (conn->http.h2 == NULL || conn->input_over)))
		rc = tell_why(conn, rc, err);
	if (event->type == DUET_EV_INTERIM)
		conn->waited_ms = 0; /* RFC 2518 s10.1: 102 buys time */
	if (event->type == DUET_EV_CLOSED) {
		conn->closed_pulled = true;
		conn->close_wanted = conn->close_wanted || conn->draining;
	}
	return rc;
}

int duet_conn_next(struct duet_conn *conn, struct duet_event *ret_event,
		   struct duet_error *err)
{
	struct duet_event event = { .size = sizeof(event) };
	int rc;

	if (conn->closed_pulled)
		return DUET_EOF;
	rc = next_event(conn, &event, err);
	if (event.type != 0)
		duet_opts_return(ret_event, &event, sizeof(event));
	return rc;
}
