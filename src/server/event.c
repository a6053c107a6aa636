/* SPDX-License-Identifier: MIT */
/* What the engine tells of the peer, and to whom it matters. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "server/server_int.h"

/* Somebody wants to know what TLS came to. */
static bool is_told(const struct duet_server *server)
{
	return server->on_report != NULL || server->on_connection != NULL;
}

/* Once TLS is up. */
static void note_handshake(struct duet_connection *c)
{
	struct duet_conn_state state = { .size = sizeof(state) };
	struct duet_peer peer = { .size = sizeof(peer) };
	struct duet_tls *tls = duet_conn_tls(c->conn);

	duet_conn_get_state(c->conn, &state);
	c->handshaken = state.handshaken;
	c->multiplexed = state.multiplexed;
	if (!c->handshaken || tls == NULL || !is_told(c->server) ||
	    duet_tls_peer(tls, &peer) != DUET_OK)
		return;
	(void)snprintf(c->tls_version, sizeof(c->tls_version), "%s",
		       peer.version);
	(void)snprintf(c->tls_cipher, sizeof(c->tls_cipher), "%s", peer.cipher);
	c->tls_resumed = peer.resumed;
	/* Few bytes as a rule, 255 at most; without memory it is not told. */
	if (*peer.server_name != '\0' && c->server_name == NULL)
		c->server_name = duet_mem_strndup(peer.server_name,
						  strlen(peer.server_name));
	duet_connection_tell(c, DUET_CONNECTION_SECURED, DUET_CUT_NONE, NULL);
}

void duet_connection_give_in(struct duet_connection *c)
{
	struct duet_exchange *x = c->exchanges;
	struct duet_error why;

	(void)duet_error_nomem(&why);
	if (x == NULL)
		duet_server_trouble(c->server, &why, c->peer);
	for (; x != NULL; x = x->next)
		duet_exchange_cut(x, DUET_CUT_LOCAL, DUET_SIDE_US, &why);
	c->over = true;
}

static enum duet_side side_of(enum duet_cut cut, const struct duet_error *why)
{
	switch (cut) {
	case DUET_CUT_NONE:
		return DUET_SIDE_NONE;
	case DUET_CUT_TIMEOUT:
	case DUET_CUT_LOCAL:
		return DUET_SIDE_US;
	case DUET_CUT_ALERT:
		if (why != NULL && why->alert_from == DUET_SIDE_US)
			return DUET_SIDE_US;
		return DUET_SIDE_PEER;
	case DUET_CUT_CLOSE_NOTIFY:
	case DUET_CUT_FIN:
	case DUET_CUT_RESET:
	case DUET_CUT_PROTOCOL:
		break;
	}
	return DUET_SIDE_PEER;
}

/* Whether a reply cannot be finished once the connection has ended so. A peer
 * that has only closed its half, or broke HTTP/1.1, still gets its answer. */
static bool is_deadly(const struct duet_exchange *x, enum duet_cut cut)
{
	if (x->connection->multiplexed)
		return true; /* or else it would not be told yet */
	switch (cut) {
	case DUET_CUT_RESET:
	case DUET_CUT_ALERT:
	case DUET_CUT_LOCAL:
		return true;
	case DUET_CUT_TIMEOUT: /* the request's, and answered; or else ours */
		return x->request != DUET_REQUEST_CUT;
	default:
		return false;
	}
}

/* A connection that ends between two requests is no news, if it ends in one
 * of the usual ways. */
static bool is_trouble(const struct duet_connection *c, enum duet_cut cut)
{
	if (!c->handshaken)
		return true;
	return c->exchanges == NULL &&
	       (cut == DUET_CUT_ALERT || cut == DUET_CUT_PROTOCOL ||
		cut == DUET_CUT_LOCAL);
}

static void on_closed(struct duet_connection *c, enum duet_cut cut,
		      const struct duet_error *why)
{
	enum duet_side side = side_of(cut, why);
	struct duet_exchange *x;
	struct duet_error local;

	c->over = true;
	if (!c->handshaken)
		note_handshake(c);
	if (why == NULL) {
		(void)duet_error_set(&local, DUET_E_TRUNCATED,
				     "the connection has ended (%s)",
				     duet_cut_name(cut));
		why = &local;
	}
	if (is_trouble(c, cut))
		duet_server_trouble(c->server, why, c->peer);
	if (!c->handshaken)
		duet_connection_tell(c, DUET_CONNECTION_FAILED, cut, why);
	for (x = c->exchanges; x != NULL; x = x->next)
		if (is_deadly(x, cut) && !x->flushed)
			duet_exchange_cut(x, cut, side, why);
	/* RFC 8446 s6.2: after their fatal alert nothing is sent; after ours
	 * it must arrive, whatever is still on its way to us. */
	if (cut == DUET_CUT_RESET ||
	    (cut == DUET_CUT_ALERT && side == DUET_SIDE_PEER))
		c->lost = true;
	else if (cut == DUET_CUT_ALERT || cut == DUET_CUT_PROTOCOL)
		c->drain = true;
	if (why->code == DUET_E_NOT_TLS && c->spoken && duet_is_alpha(c->first))
		duet_closing_not_tls(c);
}

static void dispatch(struct duet_connection *c, const struct duet_event *event,
		     const struct duet_error *why)
{
	struct duet_exchange *x = NULL;
	int rc = DUET_OK;

	if (event->type != DUET_EV_HEAD)
		x = duet_exchange_find(c, event->stream);
	/* Also before a request that is refused: it tells the version. */
	if (!c->handshaken)
		note_handshake(c);
	switch (event->type) {
	case DUET_EV_HEAD:
		rc = duet_exchange_begin(c, event);
		break;
	case DUET_EV_DATA:
		assert(x != NULL);
		duet_body_data(x, event->data);
		break;
	case DUET_EV_END:
		assert(x != NULL);
		x->request = DUET_REQUEST_WHOLE;
		x->request_evidence = event->evidence;
		duet_body_end(x);
		break;
	case DUET_EV_ABORTED:
		rc = duet_exchange_aborted(c, event, side_of(event->cut, why),
					   why);
		break;
	case DUET_EV_CLOSED:
		on_closed(c, event->cut, why);
		break;
	case DUET_EV_CANCELLED:
		if (x != NULL)
			duet_exchange_cut(x, event->cut,
					  side_of(event->cut, why), why);
		break;
	case DUET_EV_INTERIM: /* never comes to a server */
		break;
	}
	if (rc < 0)
		duet_connection_give_in(c);
}

/*
 * Not while a part is held. Nor when request and reply are both whole: the
 * next request waits until that is sent; only its loss is news. In HTTP/2 no
 * stream waits for another.
 */
static bool wants_event(const struct duet_connection *c)
{
	const struct duet_exchange *x = c->exchanges;

	if (c->phase != DUET_CONNECTION_OPEN || c->over ||
	    duet_connection_is_held(c))
		return false;
	return x == NULL || c->multiplexed ||
	       x->request != DUET_REQUEST_WHOLE ||
	       x->reply != DUET_REPLY_WHOLE || c->news;
}

void duet_connection_pull(struct duet_connection *c)
{
	struct duet_event event = { .size = sizeof(event) };
	struct duet_exchange *x;
	struct duet_error why;
	int rc;

	for (x = c->exchanges; x != NULL; x = x->next)
		if (x->resumed)
			duet_body_offer(x);
	while (wants_event(c)) {
		rc = duet_conn_next(c->conn, &event, &why);
		if (rc == DUET_WANT_READ || rc == DUET_EOF)
			break;
		c->full = false;
		dispatch(c, &event, rc < 0 ? &why : NULL);
	}
	c->news = false;
	if (!c->handshaken && c->phase == DUET_CONNECTION_OPEN)
		note_handshake(c);
}
