/* SPDX-License-Identifier: MIT */
/*
 * Split anywhere: the same exchanges, moved at steps of so many bytes, give
 * the same events at both ends.
 */
#include <stdio.h>
#include <string.h>

#include <duet/http.h>

#include "support/pair.h"
#include "support/unit.h"

enum {
	BODY_MAX = 5000,
};

/* What one side sends: a body of this length, framed so, or none. */
struct exchange {
	const char *name;
	const char *method;
	size_t request_body;
	int64_t request_length;
	int status;
	size_t response_body;
	int64_t response_length;
	bool interim;
	bool trailers;
};

static const struct exchange exchanges[] = {
	{ "nothing either way", "GET", 0, 0, 204, 0, 0, false, false },
	{ "length", "GET", 0, 0, 200, 1234, 1234, false, false },
	{ "an empty body", "GET", 0, 0, 200, 0, 0, false, false },
	{ "chunked", "GET", 0, 0, 200, 5000, DUET_LENGTH_UNKNOWN, false,
	  false },
	{ "chunked with trailers", "GET", 0, 0, 200, 77, DUET_LENGTH_UNKNOWN,
	  false, true },
	{ "head only", "HEAD", 0, 0, 200, 0, 1234, false, false },
	{ "upload by length", "POST", 3000, 3000, 201, 5, 5, false, false },
	{ "upload chunked", "PUT", 3000, DUET_LENGTH_UNKNOWN, 200, 0, 0, false,
	  true },
	{ "interim answers", "GET", 0, 0, 404, 9, 9, true, false },
	{ "both large", "POST", 5000, 5000, 200, 5000, 5000, false, false },
};

static unsigned char body[BODY_MAX];

/* One end and what it still has to send. */
struct end {
	struct duet_conn *conn;
	struct wire out;
	struct trace trace;
	uint64_t stream;
	size_t left;
	bool sending;
	bool trailers;
};

static void send_more(struct end *end)
{
	struct duet_error err;
	size_t taken = 0;
	int rc;

	while (end->sending && end->left > 0) {
		rc = duet_conn_send_data(end->conn, end->stream,
					 body + BODY_MAX - end->left, end->left,
					 &taken, &err);
		assert_true(rc == DUET_OK || rc == DUET_WANT_WRITE);
		end->left -= taken;
		if (rc == DUET_WANT_WRITE)
			return;
	}
	if (!end->sending)
		return;
	assert_int_equal(duet_conn_send_end(end->conn, end->stream,
					    end->trailers
						    ? DUET_HEADERS(
							      { "X-Sum", "7" })
						    : NULL,
					    &err),
			 DUET_OK);
	end->sending = false;
}

static void ask(struct end *client, const struct exchange *x)
{
	struct duet_error err;

	assert_int_equal(duet_conn_request(client->conn,
					   DUET_HEAD(.method = x->method,
						     .target = "/a?b=c",
						     .content_length =
							     x->request_length,
						     .headers =
							     DUET_HEADERS({ "Host",
									    "localhost" },
									  { "X-A",
									    "1" })),
					   &client->stream, &err),
			 DUET_OK);
	client->left = x->request_body;
	client->sending = true;
	client->trailers =
		x->trailers && x->request_length == DUET_LENGTH_UNKNOWN;
}

static void answer(struct end *server, const struct exchange *x)
{
	struct duet_error err;

	server->stream = server->trace.stream;
	if (x->interim)
		assert_int_equal(duet_conn_reply(server->conn, server->stream,
						 DUET_HEAD(.status = 103,
							   .headers = DUET_HEADERS(
								   { "Link",
								     "</x>" })),
						 &err),
				 DUET_OK);
	assert_int_equal(duet_conn_reply(server->conn, server->stream,
					 DUET_HEAD(.status = x->status,
						   .content_length =
							   x->response_length,
						   .headers = DUET_HEADERS(
							   { "X-B", "2" })),
					 &err),
			 DUET_OK);
	server->left = x->response_body;
	server->sending = true;
	server->trailers =
		x->trailers && x->response_length == DUET_LENGTH_UNKNOWN;
}

static void talk(const struct exchange *x, struct end *client,
		 struct end *server)
{
	bool answered = false;
	bool moving = true;

	ask(client, x);
	while (moving) {
		send_more(client);
		moving = wire_conn_to_conn(&client->out, client->conn,
					   server->conn) > 0;
		moving |= trace_pull(&server->trace, server->conn);
		if (server->trace.ends == 1 && !answered) {
			answer(server, x);
			answered = true;
		}
		send_more(server);
		moving |= wire_conn_to_conn(&server->out, server->conn,
					    client->conn) > 0;
		moving |= trace_pull(&client->trace, client->conn);
	}
	assert_int_equal(client->trace.ends, 1);
	assert_int_equal(server->trace.ends, 1);
	duet_conn_done(client->conn, client->stream);
	duet_conn_done(server->conn, server->stream);
}

static void say_goodbye(struct end *client, struct end *server)
{
	duet_conn_close(client->conn);
	duet_conn_close(server->conn);
	while (wire_conn_to_conn(&client->out, client->conn, server->conn) +
		       wire_conn_to_conn(&server->out, server->conn,
					 client->conn) >
	       0) {
		(void)trace_pull(&client->trace, client->conn);
		(void)trace_pull(&server->trace, server->conn);
	}
	duet_conn_recv_end(client->conn, 0);
	duet_conn_recv_end(server->conn, 0);
	(void)trace_pull(&client->trace, client->conn);
	(void)trace_pull(&server->trace, server->conn);
}

static void run(const struct exchange *x, enum tls_version version, size_t step,
		struct trace traces[2])
{
	struct end client = { .out = { .step = step, .left = SIZE_MAX } };
	struct end server = { .out = { .step = step, .left = SIZE_MAX } };

	client.conn = pair_client_conn(version);
	server.conn = pair_server_conn(version);
	talk(x, &client, &server);
	say_goodbye(&client, &server);
	duet_conn_free(client.conn);
	duet_conn_free(server.conn);
	traces[0] = client.trace;
	traces[1] = server.trace;
}

static void expect_same(const struct trace *a, const struct trace *b)
{
	assert_string_equal(a->text, b->text);
	assert_int_equal(a->body_len, b->body_len);
	assert_memory_equal(a->body, b->body, a->body_len);
	assert_int_equal(a->failure, b->failure);
}

static void every_step(enum tls_version version)
{
	static const size_t steps[] = { 1, 2, 3, 7, 64, 1000 };
	size_t i;
	size_t k;

	for (i = 0; i < COUNT(exchanges); i++) {
		struct trace whole[2];
		struct trace split[2];

		run(&exchanges[i], version, 0, whole);
		assert_int_equal(whole[0].body_len, exchanges[i].response_body);
		assert_memory_equal(whole[0].body,
				    body + BODY_MAX - whole[0].body_len,
				    whole[0].body_len);
		assert_int_equal(whole[1].body_len, exchanges[i].request_body);
		assert_int_equal(whole[0].closed_by,
				 version == TLS_NONE ? DUET_CUT_FIN
						     : DUET_CUT_CLOSE_NOTIFY);
		for (k = 0; k < COUNT(steps); k++) {
			run(&exchanges[i], version, steps[k], split);
			expect_same(&split[0], &whole[0]);
			expect_same(&split[1], &whole[1]);
		}
	}
}

static void gives_the_same_events_without_tls(void **state)
{
	(void)state;
	every_step(TLS_NONE);
}

static void gives_the_same_events_over_tls_1_2(void **state)
{
	(void)state;
	every_step(TLS_1_2);
}

static void gives_the_same_events_over_tls_1_3(void **state)
{
	(void)state;
	every_step(TLS_1_3);
}

static int set_up(void **state)
{
	size_t i;

	for (i = 0; i < BODY_MAX; i++)
		body[i] = (unsigned char)(i * 7 + i / 251);
	return pair_set_up(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_same_events_without_tls),
		cmocka_unit_test(gives_the_same_events_over_tls_1_2),
		cmocka_unit_test(gives_the_same_events_over_tls_1_3),
	};

	return cmocka_run_group_tests(tests, set_up, pair_tear_down);
}
