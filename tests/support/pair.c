/* SPDX-License-Identifier: MIT */
#include "support/pair.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <duet/cert.h>
#include <duet/openssl.h>

#include "base/str.h"
#include "support/unit.h"

size_t pair_stride(void)
{
	const char *text = getenv("DUET_PAIR_STRIDE");
	uint32_t stride = 1;

	if (text == NULL || !duet_parse_u32(text, 10000, &stride) ||
	    stride == 0)
		return 1;
	return stride;
}

const char *const tls_version_names[] = { "no TLS", "TLS 1.2", "TLS 1.3" };

/* A certificate for the occasion, trusted because it is given as an anchor. */

static struct duet_identity *localhost_identity(struct duet_buffer *cert)
{
	const char *const names[] = { "localhost", NULL };
	struct duet_buffer key_pem = { NULL, 0 };
	struct duet_identity *identity;
	struct duet_error err;
	struct duet_key *key = duet_key_new(DUET_KEY_P256, &err);

	assert_non_null(key);
	assert_int_equal(duet_key_write(key, NULL, &key_pem, &err), DUET_OK);
	assert_int_equal(duet_cert_self_signed(key, DUET_CERT(.names = names),
					       cert, &err),
			 DUET_OK);
	identity = duet_identity_new(DUET_IDENTITY(.cert_pem = { cert->data,
								 cert->len },
						   .key_pem = { key_pem.data,
								key_pem.len }),
				     &err);
	assert_non_null(identity);
	duet_buffer_free(&key_pem);
	duet_key_free(key);
	return identity;
}

struct pair_configs pair_configs;

int pair_set_up(void **state)
{
	struct duet_buffer cert = { NULL, 0 };
	struct duet_identity *identity = localhost_identity(&cert);
	struct duet_trust *trust;
	struct duet_error err;

	(void)state;
	trust = duet_trust_new(DUET_TRUST(.ca_pem = { cert.data, cert.len }),
			       &err);
	assert_non_null(trust);
	pair_configs.client =
		duet_config_client(DUET_CLIENT_CONFIG(.trust = trust), &err);
	pair_configs.server =
		duet_config_server(DUET_SERVER_CONFIG(.identities = &identity,
						      .n_identities = 1),
				   &err);
	assert_non_null(pair_configs.client);
	assert_non_null(pair_configs.server);
	duet_trust_release(trust);
	duet_identity_release(identity);
	duet_buffer_free(&cert);
	return 0;
}

int pair_tear_down(void **state)
{
	(void)state;
	duet_config_release(pair_configs.client);
	duet_config_release(pair_configs.server);
	return 0;
}

static struct duet_tls *only_version(struct duet_tls *tls,
				     enum tls_version version)
{
	int number = version == TLS_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;

	assert_non_null(tls);
	assert_int_equal(SSL_set_min_proto_version(duet_tls_ssl(tls), number),
			 1);
	assert_int_equal(SSL_set_max_proto_version(duet_tls_ssl(tls), number),
			 1);
	return tls;
}

struct duet_tls *pair_client(enum tls_version version)
{
	struct duet_error err;

	return only_version(duet_tls_client(pair_configs.client, "localhost",
					    &err),
			    version);
}

struct duet_tls *pair_server(enum tls_version version)
{
	struct duet_error err;

	return only_version(duet_tls_server(pair_configs.server, &err),
			    version);
}

struct duet_conn *pair_client_conn(enum tls_version version)
{
	struct duet_error err;
	struct duet_conn *conn =
		version == TLS_NONE
			? duet_conn_plain_client(NULL, &err)
			: duet_conn_client(pair_client(version), NULL, &err);

	assert_non_null(conn);
	return conn;
}

struct duet_conn *pair_server_conn(enum tls_version version)
{
	struct duet_error err;
	struct duet_conn *conn =
		version == TLS_NONE
			? duet_conn_plain_server(NULL, &err)
			: duet_conn_server(pair_server(version), NULL, &err);

	assert_non_null(conn);
	return conn;
}

void pair_give(struct duet_conn *conn, const char *text)
{
	size_t len = strlen(text);
	struct duet_room room;

	assert_int_equal(duet_conn_recv_room(conn, &room), DUET_OK);
	assert_true(room.len >= len);
	memcpy(room.data, text, len);
	duet_conn_recv_done(conn, len);
}

void pair_take(struct duet_conn *conn)
{
	duet_conn_send_done(conn, duet_conn_send_bytes(conn).len);
}

int pair_ask(struct duet_conn *conn, uint64_t *ret_stream)
{
	struct duet_error err;

	return duet_conn_request(conn,
				 DUET_HEAD(.method = "GET", .target = "/",
					   .headers = DUET_HEADERS(
						   { "Host", "localhost" })),
				 ret_stream, &err);
}

struct duet_conn_state pair_state(struct duet_conn *conn)
{
	struct duet_conn_state now = { .size = sizeof(now) };

	duet_conn_get_state(conn, &now);
	return now;
}

/* The wire. */

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t how_many(const struct wire *wire, size_t bytes, size_t room)
{
	size_t n = smaller(smaller(bytes, room), wire->left);

	return wire->step > 0 ? smaller(n, wire->step) : n;
}

static void went(struct wire *wire, size_t n)
{
	wire->moved += n;
	if (wire->left != SIZE_MAX)
		wire->left -= n;
}

static bool ends_now(struct wire *wire)
{
	bool now = wire->end_at_cut && wire->left == 0 && !wire->ended;

	wire->ended = wire->ended || now;
	return now;
}

static size_t into_conn(struct wire *wire, struct duet_bytes bytes,
			struct duet_conn *to)
{
	struct duet_room room = { NULL, 0 };
	size_t n = 0;

	if (bytes.len > 0 && !wire->ended &&
	    duet_conn_recv_room(to, &room) == DUET_OK) {
		n = how_many(wire, bytes.len, room.len);
		if (n > 0) {
			memcpy(room.data, bytes.data, n);
			duet_conn_recv_done(to, n);
			went(wire, n);
		}
	}
	if (ends_now(wire))
		duet_conn_recv_end(to, wire->end_errno);
	return n;
}

size_t wire_tls_to_conn(struct wire *wire, struct duet_tls *from,
			struct duet_conn *to)
{
	size_t n = into_conn(wire, duet_tls_send_bytes(from), to);

	duet_tls_send_done(from, n);
	return n;
}

size_t wire_conn_to_conn(struct wire *wire, struct duet_conn *from,
			 struct duet_conn *to)
{
	size_t n = into_conn(wire, duet_conn_send_bytes(from), to);

	duet_conn_send_done(from, n);
	return n;
}

size_t wire_conn_to_tls(struct wire *wire, struct duet_conn *from,
			struct duet_tls *to)
{
	struct duet_bytes bytes = duet_conn_send_bytes(from);
	struct duet_room room = { NULL, 0 };
	size_t n;

	if (bytes.len == 0 || duet_tls_recv_room(to, &room) != DUET_OK)
		return 0;
	n = how_many(wire, bytes.len, room.len);
	if (n == 0)
		return 0;
	memcpy(room.data, bytes.data, n);
	duet_tls_recv_done(to, n);
	duet_conn_send_done(from, n);
	went(wire, n);
	return n;
}

/* Events as text. */

static void note(struct trace *trace, const char *fmt, ...) DUET_PRINTF(2, 3);

static void note(struct trace *trace, const char *fmt, ...)
{
	size_t used = strlen(trace->text);
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(trace->text + used, sizeof(trace->text) - used, fmt,
			args);
	va_end(args);
}

static void note_headers(struct trace *trace, const struct duet_header *header)
{
	for (; header != NULL && header->name != NULL; header++)
		note(trace, " %s=%s", header->name, header->value);
	note(trace, "\n");
}

static void note_head(struct trace *trace, const char *what,
		      const struct duet_head *head)
{
	if (head->method != NULL)
		note(trace, "%s %s %s", what, head->method, head->target);
	else
		note(trace, "%s %d", what, head->status);
	trace->status = head->status;
	note_headers(trace, head->headers);
}

static void note_body(struct trace *trace, struct duet_bytes data)
{
	size_t n = smaller(data.len, sizeof(trace->body) - trace->body_len);

	if (n > 0)
		memcpy(trace->body + trace->body_len, data.data, n);
	trace->body_len += n;
	trace->body_total += data.len;
}

static void note_event(struct trace *trace, const struct duet_event *event)
{
	trace->stream = event->stream;
	switch (event->type) {
	case DUET_EV_INTERIM:
		note_head(trace, "INTERIM", event->head);
		break;
	case DUET_EV_HEAD:
		note_head(trace, "HEAD", event->head);
		break;
	case DUET_EV_DATA:
		note_body(trace, event->data);
		break;
	case DUET_EV_END:
		trace->ends++;
		trace->evidence = event->evidence;
		note(trace, "END %s body=%zu",
		     duet_evidence_name(event->evidence), trace->body_total);
		note_headers(trace, event->trailers);
		break;
	case DUET_EV_ABORTED:
		trace->aborts++;
		trace->cut = event->cut;
		trace->status = event->status;
		note(trace, "ABORTED %s %d\n", duet_cut_name(event->cut),
		     event->status);
		break;
	case DUET_EV_CANCELLED:
		trace->cut = event->cut;
		note(trace, "CANCELLED %s\n", duet_cut_name(event->cut));
		break;
	case DUET_EV_CLOSED:
		trace->closed = true;
		trace->closed_by = event->cut;
		note(trace, "CLOSED %s\n", duet_cut_name(event->cut));
		break;
	}
}

bool trace_pull(struct trace *trace, struct duet_conn *conn)
{
	bool any = false;

	for (;;) {
		struct duet_event event = { .size = sizeof(event) };
		int rc = duet_conn_next(conn, &event, &trace->err);

		if (rc == DUET_WANT_READ || rc == DUET_EOF)
			return any;
		if (rc < 0) {
			trace->failure = rc;
			assert_true(event.type == DUET_EV_ABORTED ||
				    event.type == DUET_EV_CLOSED);
			assert_int_equal(trace->err.code, rc);
			assert_true(trace->err.text[0] != '\0');
		}
		note_event(trace, &event);
		any = true;
	}
}
