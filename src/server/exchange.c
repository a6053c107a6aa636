/* SPDX-License-Identifier: MIT */
/*
 * One request and its reply.
 *
 *   request   COMING --END--> WHOLE      COMING --ABORTED, given up--> CUT
 *   reply     NONE --a reply call--> BEGUN --the source is dry--> WHOLE
 *             any --cut, abort, the peer left--> CUT
 *
 * It is over when the reply has been handed to TCP and the request is whole or
 * given up, or when the reply is cut. Then it is reported, once, and its
 * object waits for the next request.
 *
 * Whose is it? The user's from the handler on until a reply call or an abort,
 * or until the handler (or the last callback for the body) returns without
 * any of that and without a defer. If the peer leaves meanwhile, on_gone tells
 * the user. Who deferred without an on_gone cannot be told, and may still call:
 * then the object stays behind as an orphan, which answers DUET_E_GONE, until
 * a reply call, an abort or the end of the server.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "server/handler.h"
#include "server/server_int.h"

enum {
	SPARE_MAX = 64,
	FIELDS_MAX_BYTES = 32768,
};

static struct duet_exchange *take_spare(struct duet_server *server)
{
	struct duet_exchange *x = server->spare;
	struct duet_buf fields;

	if (x == NULL) {
		x = duet_mem_zalloc(sizeof(*x));
		if (x != NULL)
			duet_buf_init(&x->fields, FIELDS_MAX_BYTES);
		return x;
	}
	server->spare = x->next;
	server->n_spare--;
	fields = x->fields;
	duet_buf_reset(&fields);
	memset(x, 0, offsetof(struct duet_exchange, error));
	x->error.code = 0;
	x->fields = fields;
	return x;
}

static void free_exchange(struct duet_exchange *x)
{
	duet_buf_done(&x->fields);
	duet_mem_free(x);
}

static void put_spare(struct duet_exchange *x)
{
	struct duet_server *server = x->server;

	if (server->n_spare == SPARE_MAX) {
		free_exchange(x);
		return;
	}
	x->next = server->spare;
	server->spare = x;
	server->n_spare++;
}

static struct duet_exchange *begin(struct duet_connection *c,
				   const struct duet_event *event)
{
	struct duet_exchange *x = take_spare(c->server);

	if (x == NULL)
		return NULL;
	x->server = c->server;
	x->connection = c;
	duet_buf_init(&x->kept, INT32_MAX); /* a window of the engine's */
	x->stream = event->stream;
	duet_request_id_next(&c->server->ids, x->id);
	x->head = event->head;
	x->began_us = c->began_us != 0 ? c->began_us : duet_clock_us();
	if (!c->multiplexed) /* else others may have come with it */
		c->began_us = 0;
	c->last_look = false;
	c->asked = true;
	x->prev = c->last_exchange;
	x->next = NULL;
	if (x->prev != NULL)
		x->prev->next = x;
	else
		c->exchanges = x;
	c->last_exchange = x;
	c->server->n_exchanges++;
	return x;
}

static void unlink_it(struct duet_exchange *x)
{
	struct duet_connection *c = x->connection;

	if (x->prev != NULL)
		x->prev->next = x->next;
	else
		c->exchanges = x->next;
	if (x->next != NULL)
		x->next->prev = x->prev;
	else
		c->last_exchange = x->prev;
}

struct duet_exchange *duet_exchange_find(const struct duet_connection *c,
					 uint64_t stream)
{
	struct duet_exchange *x = c->last_exchange;

	/* What is told is mostly of the newest. */
	while (x != NULL && x->stream != stream)
		x = x->prev;
	return x;
}

int duet_exchange_begin(struct duet_connection *c,
			const struct duet_event *event)
{
	struct duet_exchange *x = begin(c, event);

	if (x == NULL)
		return DUET_E_NOMEM;
	c->server->handler(x, c->server->arg);
	duet_exchange_check(x, x->intake == DUET_INTAKE_ALL ||
				       x->intake == DUET_INTAKE_STREAM);
	if (x->resumed)
		duet_body_offer(x);
	return DUET_OK;
}

void duet_exchange_check(struct duet_exchange *x, bool called_again)
{
	struct duet_error why;

	if (called_again || x->deferred || x->gone || x->abort_wanted ||
	    x->reply != DUET_REPLY_NONE)
		return;
	(void)duet_error_set(&why, DUET_E_STATE,
			     "the handler returned without a reply, a defer or a request for the body");
	duet_exchange_note(x, DUET_CUT_NONE, DUET_SIDE_NONE, &why);
	duet_reply_ours(x, 500);
}

/* Whoever is refused must not be able to take the reason out of the log by
 * what it does next. */
static void explain_first(struct duet_exchange *x, const struct duet_error *why)
{
	struct duet_error both = *why;

	duet_error_prefix(&both, "%s; then: ", x->error.text);
	(void)duet_error_copy(&x->error, &both);
}

void duet_exchange_note(struct duet_exchange *x, enum duet_cut cut,
			enum duet_side by, const struct duet_error *why)
{
	if (x->cut == DUET_CUT_NONE) {
		x->cut = cut;
		x->cut_by = by;
	}
	if (why == NULL || (x->error.code != 0 && !x->explained))
		return;
	if (x->explained)
		explain_first(x, why);
	else
		(void)duet_error_copy(&x->error, why);
	x->explained = false;
}

void duet_exchange_explain(struct duet_exchange *x,
			   const struct duet_error *why)
{
	if (x->error.code != 0)
		return;
	(void)duet_error_copy(&x->error, why);
	x->explained = true;
}

int duet_exchange_set_user(struct duet_exchange *exchange, const char *name)
{
	if (exchange->gone)
		return DUET_E_GONE;
	duet_mem_free(exchange->user);
	exchange->user = name != NULL ? duet_mem_strdup(name) : NULL;
	return name == NULL || exchange->user != NULL ? DUET_OK : DUET_E_NOMEM;
}

void duet_exchange_set_label(struct duet_exchange *exchange, const char *label)
{
	exchange->label = label;
}

void duet_exchange_take_back(struct duet_exchange *x)
{
	bool owned =
		x->reply == DUET_REPLY_NONE && !x->gone && !x->abort_wanted;

	x->gone = true;
	duet_body_discard(x);
	if (owned && x->deferred && x->on_gone != NULL)
		x->on_gone(x, x->gone_arg);
}

/* The engine took it, TCP did not: near enough, in bytes of the wire. Whose
 * these are cannot be told if it has other exchanges; they are one buffer full
 * at most. */
static void count_unsent(struct duet_exchange *x)
{
	const struct duet_connection *c = x->connection;
	uint64_t unsent = duet_conn_send_held(c->conn, x->stream);

	if (c->exchanges == c->last_exchange)
		unsent += duet_conn_send_bytes(c->conn).len;
	x->given -= unsent < x->given ? unsent : x->given;
}

void duet_exchange_cut(struct duet_exchange *x, enum duet_cut cut,
		       enum duet_side by, const struct duet_error *why)
{
	if (x->reply == DUET_REPLY_CUT)
		return;
	duet_exchange_note(x, cut, by, why);
	duet_exchange_take_back(x);
	count_unsent(x);
	x->reply = DUET_REPLY_CUT;
	x->reply_evidence = DUET_BY_NONE;
	if (x->request == DUET_REQUEST_COMING)
		x->request = DUET_REQUEST_CUT;
	x->ended_us = duet_clock_us();
	duet_source_done(x);
}

/* No handler has seen it. */
static void reply_to_unseen(struct duet_exchange *x, int status)
{
	struct duet_server *server = x->server;

	if (server->on_refusal != NULL)
		server->on_refusal(x, status, server->arg);
}

/* What is too large for us has been broken off by us, whatever the engine has
 * to call it: a head that deserves an answer, and a body, of which the head is
 * told though it may have been answered. */
static void note_aborted(struct duet_exchange *x,
			 const struct duet_event *event, enum duet_side by,
			 const struct duet_error *why)
{
	bool is_ours = (event->status != 0 || event->head != NULL) &&
		       why != NULL && why->code == DUET_E_LIMIT;

	duet_exchange_note(x, is_ours ? DUET_CUT_LOCAL : event->cut,
			   is_ours ? DUET_SIDE_US : by, why);
}

int duet_exchange_aborted(struct duet_connection *c,
			  const struct duet_event *event, enum duet_side by,
			  const struct duet_error *why)
{
	struct duet_exchange *x = duet_exchange_find(c, event->stream);

	bool unseen = x == NULL;

	if (unseen)
		x = begin(c, event);
	if (x == NULL)
		return DUET_E_NOMEM;
	x->request = DUET_REQUEST_CUT;
	x->close = true;
	c->drain = c->drain || !c->multiplexed;
	note_aborted(x, event, by, why);
	if (unseen && event->status != 0)
		reply_to_unseen(x, event->status);
	if (x->reply == DUET_REPLY_NONE) {
		duet_exchange_take_back(x);
		if (event->status != 0)
			duet_reply_ours(x, event->status);
		else
			duet_exchange_cut(x, event->cut, by, why);
	} else if (x->intake == DUET_INTAKE_STREAM) {
		/* The reply was made from a request that is not whole. */
		duet_exchange_cut(x, event->cut, by, why);
	}
	return DUET_OK;
}

static void report(const struct duet_exchange *x)
{
	const struct duet_server *server = x->server;
	const struct duet_connection *c = x->connection;
	struct duet_report report = {
		.size = sizeof(report),
		.peer = c->peer,
		.head = x->head,
		.status = x->status,
		.sent_bytes = x->given,
		.received_bytes = x->received,
		.duration_us = x->ended_us - x->began_us,
		.tls_version = c->tls_version,
		.request = x->request_evidence,
		.reply = x->reply_evidence,
		.cut = x->cut,
		.cut_by = x->cut_by,
		.error = x->error.code != 0 ? &x->error : NULL,
		.id = x->id,
		.tls_cipher = c->tls_cipher,
		.server_name = c->server_name != NULL ? c->server_name : "",
		.tls_resumed = c->tls_resumed,
		.user = x->user,
		.label = x->label,
	};

	if (server->on_report != NULL)
		server->on_report(&report, server->arg);
}

static void adopt_orphan(struct duet_exchange *x)
{
	struct duet_server *server = x->server;

	x->connection = NULL;
	x->head = NULL;
	x->prev = NULL;
	x->next = server->orphans;
	if (x->next != NULL)
		x->next->prev = x;
	server->orphans = x;
}

void duet_exchange_end(struct duet_exchange *x)
{
	struct duet_connection *c = x->connection;

	c->server->n_exchanges--;
	report(x);
	if (x->over != NULL)
		x->over(x->over_arg);
	x->over = NULL;
	duet_body_discard(x);
	duet_buf_done(&x->kept);
	duet_mem_free(x->user);
	x->user = NULL;
	duet_source_done(x);
	duet_conn_done(c->conn, x->stream);
	unlink_it(x);
	/* Its user could not be told, and may still reply. */
	if (x->gone && x->deferred && x->on_gone == NULL)
		adopt_orphan(x);
	else
		put_spare(x);
}

void duet_exchange_let_go(struct duet_exchange *x)
{
	x->deferred = false;
	if (x->connection != NULL)
		return;
	if (x->prev != NULL)
		x->prev->next = x->next;
	else
		x->server->orphans = x->next;
	if (x->next != NULL)
		x->next->prev = x->prev;
	free_exchange(x);
}

void duet_exchanges_free(struct duet_server *server)
{
	struct duet_exchange *x;

	while ((x = server->orphans) != NULL)
		duet_exchange_let_go(x);
	while ((x = server->spare) != NULL) {
		server->spare = x->next;
		free_exchange(x);
	}
}

size_t duet_server_n_exchanges(const struct duet_server *server)
{
	return server->n_exchanges;
}

int duet_exchange_usable(const struct duet_exchange *x)
{
	if (x->gone)
		return DUET_E_GONE;
	if (x->reply != DUET_REPLY_NONE || x->abort_wanted)
		return DUET_E_STATE;
	return DUET_OK;
}

int64_t duet_exchange_unread(const struct duet_exchange *x)
{
	if (x->request == DUET_REQUEST_WHOLE)
		return 0;
	if (x->head == NULL || x->head->content_length == DUET_LENGTH_UNKNOWN)
		return DUET_LENGTH_UNKNOWN;
	return x->head->content_length - (int64_t)x->received;
}

bool duet_exchange_must_close(const struct duet_exchange *x)
{
	int64_t left = duet_exchange_unread(x);

	if (x->close || x->request == DUET_REQUEST_CUT || x->server->stopping)
		return true;
	if (left == 0 || x->intake == DUET_INTAKE_STREAM)
		return false;
	/* Who has not been told to send it may not send it at all. */
	if (x->head->expect_continue && !x->continued && x->received == 0)
		return true;
	return left == DUET_LENGTH_UNKNOWN || left > DUET_READ_OFF_BYTES;
}

const struct duet_head *duet_exchange_head(const struct duet_exchange *exchange)
{
	static const struct duet_head left = {
		.size = sizeof(left),
		.method = "",
		.target = "",
	};

	return exchange->head != NULL ? exchange->head : &left;
}

const char *duet_exchange_id(const struct duet_exchange *exchange)
{
	return exchange->id;
}

const char *duet_exchange_peer(const struct duet_exchange *exchange)
{
	return exchange->connection != NULL ? exchange->connection->peer : "";
}

const struct duet_tls *duet_exchange_tls(const struct duet_exchange *exchange)
{
	if (exchange->connection == NULL)
		return NULL;
	return duet_conn_tls(exchange->connection->conn);
}

void duet_exchange_defer(struct duet_exchange *exchange,
			 void (*on_gone)(struct duet_exchange *exchange,
					 void *arg),
			 void *arg)
{
	exchange->deferred = true;
	exchange->on_gone = on_gone;
	exchange->gone_arg = arg;
}

void duet_exchange_revisit(struct duet_exchange *exchange)
{
	exchange->deferred = false;
	exchange->on_gone = NULL;
}

void duet_exchange_visited(struct duet_exchange *exchange)
{
	duet_exchange_check(exchange, false);
	duet_connection_wake(exchange->connection);
}

void duet_exchange_answered(struct duet_exchange *exchange)
{
	duet_exchange_revisit(exchange);
	duet_exchange_visited(exchange);
}

void duet_exchange_abort(struct duet_exchange *exchange)
{
	struct duet_connection *c = exchange->connection;

	if (c != NULL && !exchange->gone) {
		exchange->abort_wanted = true;
		duet_body_discard(exchange);
		duet_connection_wake(c);
	}
	duet_exchange_let_go(exchange);
}
