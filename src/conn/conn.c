/* SPDX-License-Identifier: MIT */
/*
 * One connection without I/O: the TLS engine and the HTTP engine, joined.
 *
 *   wire in  -> tls (decrypt) -> http (parse) -> events, pulled by the caller
 *   wire out <- tls (encrypt) <- http (write) <- heads and bodies, by calls
 *
 * Which version of HTTP it is the handshake decides: HTTP/1.1 stands in until
 * then, and has nothing to do.
 *
 * Nothing moves by itself: input is decrypted when an event is pulled, and only
 * as much as the HTTP engine has room for; output is encrypted when bytes for
 * the wire are asked for, so that all that was written until then shares its
 * records. That is the whole of back-pressure in both directions.
 *
 * The input ends once (duet_conn_next tells the HTTP engine how), the output
 * ends by close_notify after everything else, or never if it was aborted.
 */
#include "base/error.h"
#include "base/mem.h"
#include "base/opts.h"
#include "conn/conn_int.h"
#include "conn/early.h"
#include "conn/glance.h"
#include "conn/lend.h"
#include "tls/early.h"
#include "tls/engine.h"

enum {
	RECORD_BYTES = 16384, /* RFC 8446 s5.1: the most that one holds */
};

static struct duet_conn *conn_new(enum duet_role role,
				  const struct duet_limits *limits,
				  struct duet_error *err)
{
	struct duet_conn *conn = duet_mem_zalloc(sizeof(*conn));

	if (conn == NULL) {
		(void)duet_error_nomem(err);
		return NULL;
	}
	conn->waiting_since = -1;
	conn->unsent_since = -1;
	conn->due = DUET_DUE_MESSAGE;
	if (duet_limits_fill(&conn->limits, limits, err) != DUET_OK) {
		duet_conn_free(conn);
		return NULL;
	}
	conn->role = role;
	conn->chosen = true; /* unless there is TLS */
	conn->http.h1 = duet_h1_new(role, &conn->limits);
	if (conn->http.h1 == NULL) {
		duet_conn_free(conn);
		(void)duet_error_nomem(err);
		return NULL;
	}
	return conn;
}

/* A tls that could not be made must not end in a connection without one. */
static struct duet_conn *conn_over(struct duet_tls *tls, enum duet_role role,
				   const struct duet_limits *limits,
				   struct duet_error *err)
{
	struct duet_conn *conn;

	if (tls == NULL)
		return NULL;
	conn = conn_new(role, limits, err);
	if (conn == NULL) {
		duet_tls_free(tls);
		return NULL;
	}
	conn->tls = tls;
	conn->chosen = false;
	conn->due = DUET_DUE_HANDSHAKE;
	return conn;
}

struct duet_conn *duet_conn_client(struct duet_tls *tls,
				   const struct duet_limits *limits,
				   struct duet_error *err)
{
	return conn_over(tls, DUET_ROLE_CLIENT, limits, err);
}

struct duet_conn *duet_conn_server(struct duet_tls *tls,
				   const struct duet_limits *limits,
				   struct duet_error *err)
{
	return conn_over(tls, DUET_ROLE_SERVER, limits, err);
}

struct duet_conn *duet_conn_plain_client(const struct duet_limits *limits,
					 struct duet_error *err)
{
	return conn_new(DUET_ROLE_CLIENT, limits, err);
}

struct duet_conn *duet_conn_plain_server(const struct duet_limits *limits,
					 struct duet_error *err)
{
	return conn_new(DUET_ROLE_SERVER, limits, err);
}

void duet_conn_free(struct duet_conn *conn)
{
	if (conn == NULL)
		return;
	duet_engine_free(&conn->http);
	duet_tls_free(conn->tls);
	duet_mem_free(conn->why);
	duet_mem_free(conn);
}

struct duet_tls *duet_conn_tls(struct duet_conn *conn)
{
	return conn->tls;
}

/* The wire. */

int duet_conn_recv_room(struct duet_conn *conn, struct duet_room *room)
{
	int rc = conn->tls != NULL ? duet_tls_recv_room(conn->tls, room)
				   : duet_engine_recv_room(&conn->http, room);

	/* Who does not look at this still hears of it, from next(). */
	conn->starved = conn->starved || rc == DUET_E_NOMEM;
	return rc;
}

void duet_conn_recv_done(struct duet_conn *conn, size_t n)
{
	if (n > 0) {
		conn->memory_given = false;
		conn->heard = true;
	}
	if (conn->tls != NULL)
		duet_tls_recv_done(conn->tls, n);
	else
		duet_engine_recv_done(&conn->http, n);
}

void duet_conn_recv_end(struct duet_conn *conn, int sys_errno)
{
	if (conn->tls != NULL)
		duet_tls_recv_end(conn->tls, sys_errno);
	conn->broken = conn->broken || sys_errno != 0;
	if (conn->wire_cut == DUET_CUT_NONE && sys_errno != 0)
		conn->wire_cut = DUET_CUT_RESET;
	else if (conn->wire_cut == DUET_CUT_NONE && conn->tls == NULL)
		conn->wire_cut = DUET_CUT_FIN;
	if (conn->input_over)
		duet_conn_tell_broken(conn);
}

void duet_conn_tell_broken(struct duet_conn *conn)
{
	if (!conn->broken)
		return;
	conn->wire_cut = DUET_CUT_RESET;
	duet_engine_recv_end(&conn->http, DUET_CUT_RESET, false);
}

/* By a call that said so, or because output ended before it was whole. */
static bool is_aborted(const struct duet_conn *conn)
{
	return conn->aborted || duet_engine_is_cut(&conn->http);
}

/* A new engine of that version. DUET_OK, DUET_E_NOMEM: the old one stays. */
static int speak(struct duet_conn *conn, bool h2)
{
	struct duet_engine fresh = { NULL, NULL };

	if (h2)
		fresh.h2 = duet_h2_new(conn->role, &conn->limits, true);
	else
		fresh.h1 = duet_h1_new(conn->role, &conn->limits);
	if (fresh.h1 == NULL && fresh.h2 == NULL)
		return DUET_E_NOMEM;
	duet_engine_free(&conn->http);
	conn->http = fresh;
	duet_engine_now(&conn->http, conn->now_ms);
	return DUET_OK;
}

/* What was said early, and not heard, is not in the engine any more: it begins
 * anew (RFC 8446 s4.2.10). */
static int choose_version(struct duet_conn *conn)
{
	bool h2 = duet_tls_chose(conn->tls, "h2");
	bool fits = !h2 && conn->http.h2 == NULL;
	int rc = DUET_OK;

	if (conn->early != DUET_EARLY_OFF)
		fits = duet_tls_early(conn->tls) == DUET_EARLY_ACCEPTED;
	if (!fits)
		rc = speak(conn, h2);
	conn->chosen = rc == DUET_OK;
	return rc;
}

bool duet_conn_begin_early(struct duet_conn *conn)
{
	if (conn->tls == NULL || conn->chosen ||
	    conn->early != DUET_EARLY_OFF ||
	    duet_tls_early_room(conn->tls) == 0)
		return false;
	if (duet_tls_early_speaks(conn->tls, "h2") &&
	    speak(conn, true) != DUET_OK)
		return false;
	conn->early = DUET_EARLY_OPEN;
	return true;
}

/* All that there is, or nothing of it: half a request is of no use. */
static int send_early(struct duet_conn *conn, struct duet_error *err)
{
	struct duet_bytes plain = duet_engine_send_bytes(&conn->http);
	int rc;

	conn->early = DUET_EARLY_SHUT;
	if (plain.len == 0 || plain.len > duet_tls_early_room(conn->tls))
		return DUET_OK;
	rc = duet_tls_early_write(conn->tls, plain.data, plain.len, err);
	duet_engine_send_done(&conn->http, plain.len);
	return rc;
}

int duet_conn_handshake(struct duet_conn *conn, struct duet_error *err)
{
	int rc = DUET_OK;

	if (conn->chosen)
		return DUET_OK;
	if (conn->early == DUET_EARLY_OPEN)
		rc = send_early(conn, err);
	if (rc == DUET_OK)
		rc = duet_tls_handshake(conn->tls, err);
	return rc == DUET_OK ? choose_version(conn) : rc;
}

/*
 * How much of it to encrypt now. A rest that fills no record may do so together
 * with the frames that follow, once there is room for them; it comes last.
 */
static size_t a_piece(const struct duet_conn *conn, size_t len)
{
	if (conn->http.h2 == NULL || len < RECORD_BYTES)
		return len;
	return len - len % RECORD_BYTES;
}

/* Without an error to hand out here: next() meets the same failure again. */
void duet_conn_seal(struct duet_conn *conn)
{
	struct duet_bytes plain = duet_engine_send_bytes(&conn->http);
	int rc = DUET_OK;
	size_t n;

	if (conn->tls == NULL)
		return;
	if (!conn->chosen) {
		rc = duet_conn_handshake(conn, NULL);
		plain = duet_engine_send_bytes(&conn->http);
	}
	while (rc == DUET_OK && plain.len > 0) {
		rc = duet_tls_write(conn->tls, plain.data,
				    a_piece(conn, plain.len), &n, NULL);
		duet_engine_send_done(&conn->http, n);
		plain = duet_engine_send_bytes(&conn->http);
	}
	if (rc < 0)
		duet_engine_send_done(&conn->http, plain.len); /* never will */
	else if (plain.len == 0 && conn->close_wanted && !conn->close_sent &&
		 !is_aborted(conn))
		conn->close_sent = duet_tls_close(conn->tls, NULL) == DUET_OK;
}

struct duet_bytes duet_conn_send_bytes(struct duet_conn *conn)
{
	struct duet_bytes bytes;

	if (conn->tls == NULL) {
		bytes = duet_engine_send_bytes(&conn->http);
		if (bytes.len == 0 && conn->close_wanted)
			conn->close_sent = true;
	} else {
		duet_conn_seal(conn);
		bytes = duet_tls_send_bytes(conn->tls);
	}
	if (bytes.len == 0)
		conn->unsent_since = -1;
	else if (conn->unsent_since < 0 || duet_engine_is_answered(&conn->http))
		conn->unsent_since = conn->now_ms;
	return bytes;
}

void duet_conn_send_done(struct duet_conn *conn, size_t n)
{
	if (conn->tls != NULL)
		duet_tls_send_done(conn->tls, n);
	else
		duet_engine_send_done(&conn->http, n);
	if (n > 0)
		conn->unsent_since = -1; /* the next look sets it anew */
}

/* Messages out: the HTTP engine's own calls, while there is a connection. */

static int check_open(const struct duet_conn *conn, struct duet_error *err)
{
	if (is_aborted(conn) || conn->close_wanted)
		return duet_error_set(err, DUET_E_GONE,
				      "this connection has been closed");
	if (conn->wire_cut == DUET_CUT_RESET ||
	    conn->wire_cut == DUET_CUT_ALERT)
		return duet_error_set(err, DUET_E_GONE,
				      "the peer has ended this connection");
	return DUET_OK;
}

int duet_conn_request(struct duet_conn *conn, const struct duet_head *head,
		      uint64_t *ret_stream, struct duet_error *err)
{
	int rc = check_open(conn, err);

	if (rc != DUET_OK)
		return rc;
	if (!conn->chosen && conn->early != DUET_EARLY_OPEN &&
	    duet_tls_offers(conn->tls, "h2"))
		return duet_error_set(err, DUET_E_STATE,
				      "a request before the handshake has chosen between h2 and http/1.1");
	conn->memory_given = false;
	return duet_engine_request(&conn->http, head, ret_stream, err);
}

int duet_conn_reply(struct duet_conn *conn, uint64_t stream,
		    const struct duet_head *head, struct duet_error *err)
{
	return duet_conn_reply_prepared(conn, stream, head, NULL, err);
}

int duet_conn_reply_prepared(struct duet_conn *conn, uint64_t stream,
			     const struct duet_head *head,
			     const struct duet_prepared *prepared,
			     struct duet_error *err)
{
	int rc = check_open(conn, err);

	if (rc != DUET_OK)
		return rc;
	return duet_engine_reply_prepared(&conn->http, stream, head, prepared,
					  err);
}

int duet_conn_send_data(struct duet_conn *conn, uint64_t stream,
			const void *data, size_t len, size_t *ret_taken,
			struct duet_error *err)
{
	int rc = check_open(conn, err);

	*ret_taken = 0;
	if (rc != DUET_OK)
		return rc;
	return duet_engine_send_data(&conn->http, stream, data, len, ret_taken,
				     err);
}

int duet_conn_send_room(struct duet_conn *conn, uint64_t stream,
			struct duet_room *room, struct duet_error *err)
{
	int rc = check_open(conn, err);

	if (rc != DUET_OK)
		return rc;
	return duet_engine_send_room(&conn->http, stream, room, err);
}

void duet_conn_send_filled(struct duet_conn *conn, uint64_t stream, size_t n)
{
	duet_engine_send_filled(&conn->http, stream, n);
}

int duet_conn_send_end(struct duet_conn *conn, uint64_t stream,
		       const struct duet_header *trailers,
		       struct duet_error *err)
{
	int rc = check_open(conn, err);

	if (rc != DUET_OK)
		return rc;
	return duet_engine_send_end(&conn->http, stream, trailers, err);
}

int duet_conn_lend(struct duet_conn *conn, uint64_t stream,
		   struct duet_bytes body, struct duet_error *err)
{
	int rc = check_open(conn, err);

	if (rc != DUET_OK)
		return rc;
	return duet_engine_send_borrowed(&conn->http, stream, body, err);
}

size_t duet_conn_lent(const struct duet_conn *conn, uint64_t stream)
{
	return duet_engine_borrowed(&conn->http, stream);
}

void duet_conn_reclaim(struct duet_conn *conn, uint64_t stream)
{
	if (duet_conn_lent(conn, stream) > 0)
		duet_conn_send_abort(conn, stream);
}

void duet_conn_send_abort(struct duet_conn *conn, uint64_t stream)
{
	duet_engine_send_abort(&conn->http, stream);
	if (conn->http.h2 == NULL)
		conn->aborted = true; /* HTTP/1.1 has no smaller thing to cut */
}

void duet_conn_hold(struct duet_conn *conn, uint64_t stream, size_t n)
{
	duet_engine_hold(&conn->http, stream, n);
}

void duet_conn_release(struct duet_conn *conn, uint64_t stream, size_t n)
{
	duet_engine_release(&conn->http, stream, n);
}

bool duet_conn_is_sent(const struct duet_conn *conn, uint64_t stream)
{
	return duet_engine_is_sent(&conn->http, stream);
}

uint64_t duet_conn_send_held(const struct duet_conn *conn, uint64_t stream)
{
	return duet_engine_send_held(&conn->http, stream);
}

void duet_conn_done(struct duet_conn *conn, uint64_t stream)
{
	duet_engine_done(&conn->http, stream);
}

void duet_conn_close(struct duet_conn *conn)
{
	conn->close_wanted = true;
	duet_engine_close_out(&conn->http);
}

void duet_conn_drain(struct duet_conn *conn)
{
	bool idle = duet_engine_phase(&conn->http) == DUET_PHASE_IDLE;

	conn->draining = true;
	duet_engine_drain(&conn->http);
	if (idle)
		duet_conn_close(conn);
}

/* How input has ended, or NONE. */
static enum duet_cut input_end(const struct duet_conn *conn)
{
	if (conn->wire_cut != DUET_CUT_NONE || conn->tls == NULL)
		return conn->wire_cut;
	return duet_tls_cut(conn->tls);
}

/* Not by us: a peer that was late is still there, and may hear why. */
static bool peer_closed(const struct duet_conn *conn)
{
	enum duet_cut how = input_end(conn);

	return how == DUET_CUT_CLOSE_NOTIFY || how == DUET_CUT_FIN ||
	       how == DUET_CUT_RESET;
}

static bool can_go_on(const struct duet_conn *conn)
{
	return !conn->close_wanted && !is_aborted(conn) &&
	       input_end(conn) == DUET_CUT_NONE &&
	       duet_engine_reusable(&conn->http);
}

bool duet_conn_is_multiplexed(const struct duet_conn *conn)
{
	return conn->http.h2 != NULL;
}

bool duet_conn_may_request(const struct duet_conn *conn)
{
	return conn->chosen && can_go_on(conn);
}

void duet_conn_get_state(struct duet_conn *conn,
			 struct duet_conn_state *ret_state)
{
	enum duet_phase phase = duet_engine_phase(&conn->http);
	struct duet_conn_state state = {
		.wants_send = duet_conn_send_bytes(conn).len > 0,
		.idle = phase == DUET_PHASE_IDLE,
		.reusable = can_go_on(conn),
		.closing = conn->close_wanted,
		.aborted = is_aborted(conn),
		.peer_closed = peer_closed(conn),
		.close_notify =
			conn->tls != NULL && duet_tls_closed_cleanly(conn->tls),
		.handshaken =
			conn->tls == NULL || duet_tls_handshake_done(conn->tls),
		.message_begun = conn->message_begun,
		.multiplexed = conn->http.h2 != NULL,
	};

	duet_opts_return(ret_state, &state, sizeof(state));
}
