/* SPDX-License-Identifier: MIT */
/*
 * A request before the handshake, to a server that hears it: cut after every
 * byte, and with every allocation failing in turn. The ear is the test's; the
 * library has none.
 */
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <duet/openssl.h>

#include "conn/early.h"
#include "support/memory.h"
#include "support/pair.h"
#include "support/unit.h"
#include "tls/early.h"

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

enum {
	HEARD_BYTES = 4096,
	ALLOWED = 4000,
};

struct server {
	struct duet_tls *tls;
	bool early_over;
	bool answered;
	bool failed;
	size_t n_early; /* of what was heard, so much before the handshake */
	size_t n_heard;
	char heard[HEARD_BYTES];
};

struct visit {
	struct duet_conn *client;
	struct server server;
	struct wire back; /* from the server */
	struct trace trace;
	bool asked_again;
};

static struct duet_buffer session;
static struct duet_config *stranger; /* a server with other ticket keys */

static struct duet_tls *new_server(struct duet_config *config)
{
	struct duet_tls *tls = duet_tls_server(config, NULL);

	if (tls == NULL)
		return NULL;
	(void)SSL_set_max_early_data(duet_tls_ssl(tls), ALLOWED);
	(void)SSL_set_options(duet_tls_ssl(tls), SSL_OP_NO_ANTI_REPLAY);
	return tls;
}

static void note_heard(struct server *server, size_t n)
{
	server->n_heard += n;
	server->heard[server->n_heard] = '\0';
}

static void hear_early(struct server *server)
{
	size_t n = 0;
	int rc;

	do {
		rc = SSL_read_early_data(duet_tls_ssl(server->tls),
					 server->heard + server->n_heard,
					 HEARD_BYTES - 1 - server->n_heard, &n);
		if (rc != SSL_READ_EARLY_DATA_ERROR)
			note_heard(server, n);
	} while (rc == SSL_READ_EARLY_DATA_SUCCESS);
	server->n_early = server->n_heard;
	server->early_over = rc == SSL_READ_EARLY_DATA_FINISH;
	if (!server->early_over &&
	    SSL_get_error(duet_tls_ssl(server->tls), 0) != SSL_ERROR_WANT_READ)
		server->failed = true;
}

static void serve(struct server *server)
{
	size_t n = 0;
	int rc;

	if (!server->early_over)
		hear_early(server);
	if (!server->early_over || server->failed)
		return;
	rc = duet_tls_read(server->tls, server->heard + server->n_heard,
			   HEARD_BYTES - 1 - server->n_heard, &n, NULL);
	if (rc == DUET_OK)
		note_heard(server, n);
	if (rc >= 0 && !server->answered &&
	    duet_tls_handshake_done(server->tls) &&
	    strstr(server->heard, "\r\n\r\n") != NULL) {
		server->answered = true;
		rc = duet_tls_write(server->tls, answer, sizeof(answer) - 1, &n,
				    NULL);
	}
	server->failed = rc < 0;
}

static bool is_over(const struct visit *visit)
{
	return visit->server.failed || visit->trace.ends > 0 ||
	       visit->trace.aborts > 0 || visit->trace.closed ||
	       visit->trace.failure < 0;
}

/* As whoever drives a connection must. */
static void ask_again(struct visit *visit)
{
	struct duet_tls *tls = duet_conn_tls(visit->client);
	uint64_t stream;

	if (visit->asked_again || !duet_tls_handshake_done(tls) ||
	    duet_tls_early(tls) == DUET_EARLY_ACCEPTED)
		return;
	visit->asked_again = true;
	if (pair_ask(visit->client, &stream) < 0)
		visit->server.failed = true; /* no memory */
}

static void talk(struct visit *visit)
{
	struct wire there = { .left = SIZE_MAX };
	size_t moved;

	do {
		moved = wire_conn_to_tls(&there, visit->client,
					 visit->server.tls);
		serve(&visit->server);
		moved += wire_tls_to_conn(&visit->back, visit->server.tls,
					  visit->client);
		(void)trace_pull(&visit->trace, visit->client);
		if (!is_over(visit))
			ask_again(visit);
	} while (!is_over(visit) && (moved > 0 || visit->back.end_at_cut));
}

/* false: for want of memory. */
static bool begin(struct visit *visit, struct duet_config *server)
{
	struct duet_bytes bytes = { session.data, session.len };
	struct duet_tls *tls;
	uint64_t stream;

	memset(visit, 0, sizeof(*visit));
	visit->back.left = SIZE_MAX;
	visit->server.tls = new_server(server);
	tls = duet_tls_client(pair_configs.client, "localhost", NULL);
	if (tls != NULL && duet_tls_session_import(tls, bytes, NULL) < 0) {
		duet_tls_free(tls);
		tls = NULL;
	}
	visit->client = duet_conn_client(tls, NULL, NULL);
	if (visit->client == NULL || visit->server.tls == NULL)
		return false;
	duet_conn_now(visit->client, 0);
	return duet_conn_begin_early(visit->client) &&
	       pair_ask(visit->client, &stream) == DUET_OK;
}

static void end(struct visit *visit)
{
	duet_conn_free(visit->client);
	duet_tls_free(visit->server.tls);
	ERR_clear_error();
}

static int set_up(void **state)
{
	struct server server = { .early_over = true };
	struct visit visit = { .back = { .left = SIZE_MAX } };
	struct pair_configs first;
	uint64_t stream;

	(void)pair_set_up(state);
	first = pair_configs;
	(void)pair_set_up(state);
	stranger = pair_configs.server;
	duet_config_release(pair_configs.client);
	pair_configs = first;
	server.tls = new_server(pair_configs.server);
	visit.server = server;
	visit.client = pair_client_conn(TLS_1_3);
	assert_false(duet_conn_begin_early(visit.client));
	assert_int_equal(pair_ask(visit.client, &stream), DUET_OK);
	visit.asked_again = true;
	talk(&visit);
	assert_int_equal(visit.trace.ends, 1);
	assert_int_equal(duet_tls_session_export(duet_conn_tls(visit.client),
						 &session, NULL),
			 DUET_OK);
	end(&visit);
	return 0;
}

static int tear_down(void **state)
{
	duet_buffer_free(&session);
	duet_config_release(stranger);
	return pair_tear_down(state);
}

static size_t count_requests(const struct server *server)
{
	const char *p = server->heard;
	size_t n = 0;

	while ((p = strstr(p, "GET / HTTP/1.1\r\n")) != NULL) {
		n++;
		p++;
	}
	return n;
}

static void what_is_accepted_is_answered(void **state)
{
	struct visit visit;

	(void)state;
	assert_true(begin(&visit, pair_configs.server));
	assert_false(duet_conn_begin_early(visit.client));
	talk(&visit);
	assert_int_equal(duet_tls_early(duet_conn_tls(visit.client)),
			 DUET_EARLY_ACCEPTED);
	assert_int_equal(visit.server.n_early, visit.server.n_heard);
	assert_int_equal(count_requests(&visit.server), 1);
	assert_int_equal(visit.trace.ends, 1);
	assert_int_equal(visit.trace.stream, 1);
	assert_false(visit.asked_again);
	end(&visit);
}

/* The request has gone with the old engine, number and all: one is heard. */
static void what_is_rejected_has_not_been_said(void **state)
{
	struct visit visit;

	(void)state;
	assert_true(begin(&visit, stranger));
	talk(&visit);
	/* the stranger's certificate is none that this client believes */
	assert_int_equal(duet_tls_early(duet_conn_tls(visit.client)),
			 DUET_EARLY_UNKNOWN);
	assert_int_equal(count_requests(&visit.server), 0);
	assert_int_equal(visit.trace.ends, 0);
	end(&visit);
}

/* Keys that have changed, of the same server. */
static void change_keys(void)
{
	static uint8_t keys[1][DUET_TICKET_KEY_BYTES];

	keys[0][0]++;
	assert_int_equal(duet_config_ticket_keys(pair_configs.server,
						 (const uint8_t(*)[80])keys, 1,
						 NULL),
			 DUET_OK);
}

static void it_is_asked_again_where_keys_have_changed(void **state)
{
	struct visit visit;

	(void)state;
	change_keys();
	assert_true(begin(&visit, pair_configs.server));
	talk(&visit);
	assert_int_equal(duet_tls_early(duet_conn_tls(visit.client)),
			 DUET_EARLY_REJECTED);
	assert_true(visit.asked_again);
	assert_int_equal(visit.server.n_early, 0);
	assert_int_equal(count_requests(&visit.server), 1);
	assert_int_equal(visit.trace.ends, 1);
	end(&visit);
}

/* However much has come of the server's words: no END but of the whole. */
static void cut_everywhere(void)
{
	struct visit visit;
	size_t whole;
	size_t n;

	assert_true(begin(&visit, pair_configs.server));
	talk(&visit);
	assert_int_equal(visit.trace.ends, 1);
	whole = visit.back.moved;
	end(&visit);
	for (n = 0; n < whole; n += pair_stride()) {
		bool said;

		assert_true(begin(&visit, pair_configs.server));
		visit.back.left = n;
		visit.back.end_at_cut = true;
		talk(&visit);
		said = duet_tls_early(duet_conn_tls(visit.client)) !=
		       DUET_EARLY_UNKNOWN;
		assert_int_equal(said, duet_tls_handshake_done(
					       duet_conn_tls(visit.client)));
		/* A ticket behind the body is nobody's loss. */
		assert_true(visit.trace.ends == 0 || visit.trace.body_len == 2);
		/* Between two askings there is nothing to be cut. */
		if (visit.trace.ends + visit.trace.aborts != 1)
			assert_true(visit.trace.closed && said &&
				    !visit.asked_again);
		assert_true(count_requests(&visit.server) <= 1);
		end(&visit);
	}
}

static void is_cut_at_every_byte(void **state)
{
	(void)state;
	cut_everywhere();
}

static long fail_each_allocation(void)
{
	struct visit visit;
	bool failed = true;
	long n;

	for (n = 0; failed; n++) {
		memory_fail(n);
		if (begin(&visit, pair_configs.server))
			talk(&visit);
		assert_true(visit.trace.ends == 0 || visit.trace.body_len == 2);
		assert_true(count_requests(&visit.server) <= 1);
		end(&visit);
		assert_int_equal(memory.held, 0);
		failed = memory_done();
	}
	assert_int_equal(visit.trace.ends, 1);
	return n;
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	assert_true(fail_each_allocation() > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_accepted_is_answered),
		cmocka_unit_test(what_is_rejected_has_not_been_said),
		cmocka_unit_test(is_cut_at_every_byte),
		cmocka_unit_test(every_allocation_may_fail),
		/* From here on everything is rejected. */
		cmocka_unit_test(it_is_asked_again_where_keys_have_changed),
		cmocka_unit_test(is_cut_at_every_byte),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
