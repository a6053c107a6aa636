/* SPDX-License-Identifier: MIT */
/*
 * The reply calls. A head is written into the engine at once, and as much of
 * the body as fits: what is small leaves with its head in one record. Nothing
 * is sent from here.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/grammar.h"
#include "base/mem.h"
#include "base/str.h"
#include "conn/lend.h"
#include "http/framing.h"
#include "server/handler.h"
#include "server/server_int.h"

enum {
	FIELDS_MAX = 64,
	OUR_FIELDS = 4, /* Date, Content-Type, Cache-Control, Request-Id */
};

static const char text_type[] = "text/plain; charset=utf-8";

int duet_reply_header(struct duet_exchange *exchange, const char *name,
		      const char *value)
{
	struct duet_buf *fields = &exchange->fields;
	size_t before = fields->end;
	int rc = duet_exchange_usable(exchange);

	if (rc != DUET_OK)
		return rc;
	if (name == NULL || value == NULL || !duet_is_token(duet_str(name)) ||
	    !duet_is_field_value(duet_str(value)) ||
	    duet_framing_is_ours(name) || duet_str_eq_nocase(name, "date"))
		return DUET_E_ARGUMENT;
	if (exchange->n_fields == FIELDS_MAX)
		return DUET_E_LIMIT;
	rc = duet_buf_add(fields, name, strlen(name) + 1);
	if (rc == DUET_OK)
		rc = duet_buf_add(fields, value, strlen(value) + 1);
	if (rc == DUET_OK)
		exchange->n_fields++;
	else
		fields->end = before;
	return rc;
}

static void list_fields(const struct duet_exchange *x, int status,
			const char *type, struct duet_header *list)
{
	struct duet_bytes fields = duet_buf_bytes(&x->fields);
	const char *at = fields.data;
	const char *end = fields.len > 0 ? at + fields.len : at;
	size_t n = 0;

	list[n].name = "Date";
	list[n++].value = duet_server_date(x->server);
	if (type != NULL) {
		list[n].name = "Content-Type";
		list[n++].value = type;
	}
	if (x->is_ours) {
		list[n].name = "Request-Id";
		list[n++].value = x->id;
	}
	while (at < end) {
		list[n].name = at;
		at += strlen(at) + 1;
		list[n++].value = at;
		at += strlen(at) + 1;
	}
	if (x->dress != NULL)
		n = duet_dress_apply(x->dress, status, x->keeps_type, list, n);
	if (x->leaves_hsts)
		n = duet_dress_without_hsts(list, n);
	list[n].name = NULL;
	list[n].value = NULL;
}

void duet_reply_prepared(struct duet_exchange *exchange,
			 const struct duet_prepared *prepared)
{
	exchange->prepared = prepared;
}

static enum duet_evidence evidence_of(const struct duet_exchange *x,
				      int64_t length)
{
	if (x->connection->multiplexed)
		return DUET_BY_END_STREAM;
	if (x->bodiless || length == 0)
		return DUET_BY_NO_BODY;
	if (length != DUET_LENGTH_UNKNOWN)
		return DUET_BY_LENGTH;
	/* RFC 9112 s6.1: HTTP/1.0 knows no chunks. */
	if (x->head != NULL && x->head->major == 1 && x->head->minor == 0)
		return duet_exchange_tls(x) != NULL ? DUET_BY_CLOSE_NOTIFY
						    : DUET_BY_FIN;
	return DUET_BY_LAST_CHUNK;
}

static int send_head(struct duet_exchange *x, int status, const char *type,
		     int64_t length)
{
	struct duet_header
		list[OUR_FIELDS + FIELDS_MAX + DUET_FIELD_RULES_MAX + 1];
	struct duet_head head = {
		.size = sizeof(head),
		.status = status,
		.headers = list,
		.content_length = length,
		.close = !x->connection->multiplexed &&
			 duet_exchange_must_close(x),
	};
	int rc;

	if (status < 200 || status > 599 || length < DUET_LENGTH_UNKNOWN)
		return DUET_E_ARGUMENT;
	list_fields(x, status, type, list);
	rc = duet_conn_reply_prepared(x->connection->conn, x->stream, &head,
				      x->prepared, NULL);
	if (rc != DUET_OK)
		return rc;
	x->reply = DUET_REPLY_BEGUN;
	x->status = status;
	x->close = head.close;
	x->bodiless = status == 204 || status == 304 ||
		      (x->head != NULL && strcmp(x->head->method, "HEAD") == 0);
	x->reply_evidence = evidence_of(x, length);
	x->source.total = length;
	x->source.left = x->bodiless ? 0 : length;
	return DUET_OK;
}

/* For every reply call: its head, if it is its turn. */
static int begin(struct duet_exchange *x, int status, const char *type,
		 int64_t length)
{
	int rc = duet_exchange_usable(x);

	if (rc == DUET_OK)
		rc = send_head(x, status, type, length);
	x->prepared = NULL; /* they may be gone after the call */
	if (rc == DUET_OK)
		duet_connection_wake(x->connection);
	if (rc == DUET_E_GONE)
		x->gone = true; /* and the caller knows: it owes no reply */
	if (rc == DUET_OK || rc == DUET_E_GONE)
		duet_exchange_let_go(x);
	return rc;
}

/* What the engine has no room for is kept until it has. */
static int give(struct duet_exchange *x, const void *body, size_t len)
{
	struct duet_source *source = &x->source;
	size_t most = duet_exchange_most(x);
	size_t first = len < most ? len : most;
	size_t taken = 0;
	size_t n;
	int rc = DUET_OK;

	while (rc == DUET_OK && taken < first) {
		n = 0;
		rc = duet_conn_send_data(x->connection->conn, x->stream,
					 (const uint8_t *)body + taken,
					 first - taken, &n, NULL);
		taken += n;
	}
	x->given += taken;
	source->left = (int64_t)(len - taken);
	if (taken == len)
		return DUET_OK;
	source->data = duet_mem_dup((const uint8_t *)body + taken, len - taken);
	if (source->data == NULL)
		return DUET_E_NOMEM;
	source->kind = DUET_SOURCE_BUFFER;
	return DUET_OK;
}

int duet_reply(struct duet_exchange *exchange, int status, const char *type,
	       const void *body, size_t len)
{
	int rc;

	if (len > INT64_MAX || (body == NULL && len > 0))
		return DUET_E_ARGUMENT;
	rc = begin(exchange, status, type, (int64_t)len);
	if (rc != DUET_OK)
		return rc;
	duet_body_discard(exchange);
	if (exchange->bodiless)
		len = 0;
	rc = give(exchange, body, len);
	if (rc != DUET_OK) /* half of it is under way: let it be seen */
		exchange->abort_wanted = true;
	else
		(void)duet_source_fill(exchange);
	return rc;
}

int duet_reply_text(struct duet_exchange *exchange, int status,
		    const char *text)
{
	return duet_reply(exchange, status, text_type, text, strlen(text));
}

int duet_reply_empty(struct duet_exchange *exchange, int status)
{
	return duet_reply(exchange, status, NULL, NULL, 0);
}

int duet_reply_file(struct duet_exchange *exchange, int status,
		    const char *type, int fd, int64_t offset, int64_t len)
{
	struct duet_source *source = &exchange->source;
	int rc = DUET_E_ARGUMENT;

	if (fd >= 0 && offset >= 0 && len >= 0 && offset <= INT64_MAX - len)
		rc = begin(exchange, status, type, len);
	if (rc != DUET_OK) {
		if (fd >= 0)
			(void)close(fd);
		return rc;
	}
	duet_body_discard(exchange);
	source->kind = DUET_SOURCE_FILE;
	source->fd = fd;
	source->at = offset;
	(void)duet_source_fill(exchange);
	return DUET_OK;
}

int duet_reply_stream(struct duet_exchange *exchange, int status,
		      const char *type, int64_t length,
		      duet_produce_fn *produce, void (*finished)(void *arg),
		      void *arg)
{
	struct duet_source *source = &exchange->source;
	int rc = DUET_E_ARGUMENT;

	if (produce != NULL)
		rc = begin(exchange, status, type, length);
	if (rc != DUET_OK) {
		if (finished != NULL)
			finished(arg);
		return rc;
	}
	/* Its producer may go on making it from a body that is streamed. */
	if (exchange->intake != DUET_INTAKE_STREAM)
		duet_body_discard(exchange);
	source->kind = DUET_SOURCE_STREAM;
	source->produce = produce;
	source->finished = finished;
	source->arg = arg;
	return DUET_OK;
}

int duet_reply_lent(struct duet_exchange *exchange, int status,
		    const char *type, struct duet_bytes body,
		    void (*finished)(void *arg), void *arg)
{
	struct duet_source *source = &exchange->source;
	int rc = begin(exchange, status, type, (int64_t)body.len);

	if (rc != DUET_OK) {
		finished(arg);
		return rc;
	}
	duet_body_discard(exchange);
	source->kind = DUET_SOURCE_LENT;
	source->lent = body.data;
	source->finished = finished;
	source->arg = arg;
	(void)duet_source_fill(exchange);
	return DUET_OK;
}

void duet_reply_resume(struct duet_exchange *exchange)
{
	exchange->source.paused = false;
	if (exchange->connection != NULL)
		duet_connection_wake(exchange->connection);
}

void duet_reply_because(struct duet_exchange *exchange,
			const struct duet_error *why)
{
	duet_exchange_note(exchange, DUET_CUT_LOCAL, DUET_SIDE_US, why);
}

void duet_reply_ours(struct duet_exchange *x, int status)
{
	char text[80];
	struct duet_error why;
	int len;

	duet_buf_reset(&x->fields);
	x->n_fields = 0;
	x->is_ours = true;
	x->prepared = NULL;
	x->keeps_type = true;
	duet_body_discard(x);
	len = snprintf(text, sizeof(text), "%d %s\n", status,
		       duet_status_reason(status));
	if (send_head(x, status, text_type, len) == DUET_OK &&
	    give(x, text, x->bodiless ? 0 : (size_t)len) == DUET_OK)
		return;
	(void)duet_error_set(&why, DUET_E_STATE,
			     "the answer %d could not be written", status);
	duet_exchange_cut(x, DUET_CUT_LOCAL, DUET_SIDE_US, &why);
}
