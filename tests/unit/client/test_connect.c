/* SPDX-License-Identifier: MIT */
/* Who waits for a connection, in which order, and what they are told. */
#include <stdio.h>
#include <string.h>

#include "fixture.h"

enum {
	MANY = 12,
};

struct one {
	struct duet_response *response;
	struct duet_error err;
	int calls;
	bool over;
};

static void on_done(struct duet_response *response,
		    const struct duet_error *error, void *arg)
{
	struct one *one = arg;

	one->calls++;
	one->response = response;
	one->over = response == NULL;
	if (error != NULL)
		one->err = *error;
}

static void begin(struct duet_client *client, struct one *one, const char *url,
		  int32_t timeout_ms)
{
	assert_int_equal(duet_start(client,
				    DUET_REQUEST(.url = url, .insecure_http = 1,
						 .timeout_ms = timeout_ms),
				    on_done, one, NULL),
			 DUET_OK);
}

/* Read what has come, to its end. */
static void read_one(struct one *one)
{
	struct duet_bytes body;
	int rc;

	if (one->response == NULL)
		return;
	rc = duet_response_body(one->response, &body, &one->err);
	if (rc == DUET_WANT_READ)
		return;
	assert_int_equal(rc, DUET_OK);
	duet_response_free(one->response);
	one->response = NULL;
	one->over = true;
}

static void finish(struct duet_client *client, struct one *all, size_t n)
{
	size_t over = 0;
	size_t i;

	while (over < n) {
		assert_int_equal(duet_client_step(client, -1, NULL), DUET_OK);
		for (over = 0, i = 0; i < n; i++) {
			read_one(&all[i]);
			over += all[i].over;
		}
	}
}

static void talk_ok(struct stub_peer *peer)
{
	while (stub_read_head(peer))
		stub_reply(peer, 200, "ok");
}

static void there_are_so_many_connections(void **state)
{
	static const struct {
		uint32_t max;
		int connections;
		bool tls;
	} rows[] = {
		{ 1, 1, false },
		{ 3, 3, true },
		{ 0, 6, false },
		{ 100, MANY, false },
	};
	size_t i;
	size_t k;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct stub stub = { .talk = talk_ok, .parallel = true };
		struct one all[MANY] = { { 0 } };
		struct duet_client *client =
			duet_client_new(DUET_CLIENT(.tls = tls.client,
						    .max_host = rows[i].max),
					NULL);

		stub.tls = rows[i].tls ? tls.server : NULL;
		stub_start(&stub);
		for (k = 0; k < MANY; k++)
			begin(client, &all[k], stub.url, 0);
		finish(client, all, MANY);
		close_down(NULL, client, &stub);
		assert_int_equal(stub.connections, rows[i].connections);
		for (k = 0; k < MANY; k++)
			assert_int_equal(all[k].err.code, DUET_OK);
	}
}

static void they_are_served_in_order(void **state)
{
	struct stub stub = { .talk = talk_ok };
	struct one all[MANY] = { { 0 } };
	struct duet_client *client =
		duet_client_new(DUET_CLIENT(.max_host = 1), NULL);
	const char *at;
	char url[80];
	char line[80];
	size_t i;

	(void)state;
	stub_start(&stub);
	for (i = 0; i < MANY; i++) {
		(void)snprintf(url, sizeof(url), "%s/number%zu", stub.url, i);
		begin(client, &all[i], url, 0);
	}
	finish(client, all, MANY);
	close_down(NULL, client, &stub);
	at = stub.asked;
	for (i = 0; i < MANY; i++) {
		(void)snprintf(line, sizeof(line), "GET /number%zu HTTP", i);
		at = strstr(at, line);
		assert_non_null(at);
	}
}

/* A port on which nobody listens: what the first meets, all would. */
static void a_failure_is_shared(void **state)
{
	struct one all[MANY] = { { 0 } };
	struct duet_client *client = new_client();
	struct stub stub = { .talk = talk_ok, .tls = tls.server };
	char url[128];
	size_t i;

	(void)state;
	stub_start(&stub);
	stub_stop(&stub);
	for (i = 0; i < MANY; i++) {
		(void)snprintf(url, sizeof(url), "%s/%zu", stub.url, i);
		begin(client, &all[i], url, 0);
	}
	finish(client, all, MANY);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(all[i].calls, 1);
		assert_int_equal(all[i].err.code, DUET_E_CONNECT);
		(void)snprintf(url, sizeof(url), "%s/%zu: ", stub.url, i);
		assert_ptr_equal(strstr(all[i].err.text, url), all[i].err.text);
	}
	duet_client_free(client);
}

static void talk_never(struct stub_peer *peer)
{
	(void)stub_drain(peer);
}

/* One's own want of time is not the others'. */
static void a_want_of_time_is_not(void **state)
{
	struct stub stub = { .talk = talk_never, .parallel = true };
	struct one all[3] = { { 0 } };
	struct duet_client *client =
		duet_client_new(DUET_CLIENT(.tls = tls.client, .max_host = 1),
				NULL);
	char url[128];
	size_t i;

	(void)state;
	stub_start(&stub);
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u",
		       (unsigned)stub.port);
	begin(client, &all[0], url, 50);
	begin(client, &all[1], url, 150);
	begin(client, &all[2], url, 100);
	finish(client, all, COUNT(all));
	for (i = 0; i < COUNT(all); i++)
		assert_int_equal(all[i].err.code, DUET_E_TIMEOUT);
	assert_non_null(strstr(all[0].err.text, "handshake was not over"));
	assert_non_null(strstr(all[1].err.text, "handshake was not over"));
	assert_non_null(strstr(all[2].err.text, "waiting for a connection"));
	close_down(NULL, client, &stub);
	assert_int_equal(stub.connections, 2);
}

/* Whoever is freed while it waits is told, and the others go on. */
static void who_waits_may_be_told_that_it_is_over(void **state)
{
	struct stub stub = { .talk = talk_never };
	struct one all[MANY] = { { 0 } };
	struct duet_client *client =
		duet_client_new(DUET_CLIENT(.max_host = 1), NULL);
	size_t i;

	(void)state;
	stub_start(&stub);
	for (i = 0; i < MANY; i++)
		begin(client, &all[i], stub.url, 0);
	assert_int_equal(duet_client_step(client, 10, NULL), DUET_OK);
	close_down(NULL, client, &stub);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(all[i].calls, 1);
		assert_int_equal(all[i].err.code, DUET_E_GONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_are_so_many_connections),
		cmocka_unit_test(they_are_served_in_order),
		cmocka_unit_test(a_failure_is_shared),
		cmocka_unit_test(a_want_of_time_is_not),
		cmocka_unit_test(who_waits_may_be_told_that_it_is_over),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
