/* SPDX-License-Identifier: MIT */
/* Which connections are kept, for how long, and how they end. */
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "fixture.h"

static struct {
	bool ended_cleanly;
} seen;

static struct duet_client *client_that_keeps(uint32_t max_idle)
{
	struct duet_client *client =
		duet_client_new(DUET_CLIENT(.tls = tls.client,
					    .max_idle = max_idle),
				NULL);

	assert_non_null(client);
	return client;
}

static struct duet_facts fetch(struct duet_client *client,
			       const struct duet_request *request)
{
	struct duet_facts facts = { .size = sizeof(facts) };
	struct duet_error err = { 0 };
	struct duet_response *response = duet_send(client, request, &err);
	struct duet_bytes body = { NULL, 0 };

	if (response == NULL ||
	    duet_response_body(response, &body, &err) != DUET_OK)
		fail_msg("%s", err.text);
	assert_int_equal(body.len, 2);
	duet_response_facts(response, &facts);
	/* Strings die with the response; what is looked at here does not. */
	duet_response_free(response);
	return facts;
}

static void talk_ok(struct stub_peer *peer)
{
	while (stub_read_head(peer))
		stub_reply(peer, 200, "ok");
	seen.ended_cleanly =
		peer->tls != NULL && duet_tls_closed_cleanly(peer->tls);
}

static void one_connection_serves_many_requests(void **state)
{
	int with_tls;
	int i;

	(void)state;
	for (with_tls = 0; with_tls < 2; with_tls++) {
		struct stub stub = { .talk = talk_ok };
		struct duet_client *client = new_client();

		stub.tls = with_tls ? tls.server : NULL;
		stub_start(&stub);
		for (i = 0; i < 5; i++) {
			struct duet_facts facts =
				fetch(client, DUET_REQUEST(.url = stub.url,
							   .insecure_http = 1));

			assert_int_equal(facts.reused, i > 0);
			assert_int_equal(facts.connected_us == -1, i > 0);
			assert_int_equal(facts.handshake_us == -1,
					 i > 0 || !with_tls);
			assert_int_equal(facts.verified, with_tls);
			assert_int_equal(facts.evidence, DUET_BY_LENGTH);
		}
		close_down(NULL, client, &stub);
		assert_int_equal(stub.connections, 1);
		assert_int_equal(seen.ended_cleanly, with_tls);
	}
}

static void a_body_that_is_not_read_costs_the_connection(void **state)
{
	struct stub stub = { .talk = talk_ok };
	struct duet_client *client = new_client();
	struct duet_response *response;
	int i;

	(void)state;
	stub_start(&stub);
	for (i = 0; i < 2; i++) {
		response = duet_send(client,
				     DUET_REQUEST(.url = stub.url,
						  .insecure_http = 1),
				     NULL);
		assert_non_null(response);
		duet_response_free(response);
	}
	close_down(NULL, client, &stub);
	assert_int_equal(stub.connections, 2);
}

static void talk_no_content(struct stub_peer *peer)
{
	while (stub_read_head(peer))
		stub_say(peer, "HTTP/1.1 204 No Content\r\n\r\n");
}

static void a_reply_without_a_body_need_not_be_read(void **state)
{
	struct stub stub = { .talk = talk_no_content };
	struct duet_client *client = new_client();
	struct duet_response *response;
	int i;

	(void)state;
	stub_start(&stub);
	for (i = 0; i < 3; i++) {
		response = duet_send(client,
				     DUET_REQUEST(.url = stub.url,
						  .insecure_http = 1),
				     NULL);
		assert_non_null(response);
		duet_response_free(response);
	}
	close_down(NULL, client, &stub);
	assert_int_equal(stub.connections, 1);
}

static void a_fresh_request_shares_nothing(void **state)
{
	struct stub stub = { .talk = talk_ok, .tls = tls.server };
	struct duet_client *client = new_client();
	struct duet_facts facts;
	int i;

	(void)state;
	stub.parallel = true;
	stub_start(&stub);
	for (i = 0; i < 3; i++) {
		facts = fetch(client,
			      DUET_REQUEST(.url = stub.url, .fresh = 1));
		assert_false(facts.reused);
		assert_false(facts.resumed);
	}
	close_down(NULL, client, &stub);
	assert_int_equal(stub.connections, 3);
}

static void origins_do_not_share(void **state)
{
	struct stub one = { .talk = talk_ok };
	struct stub two = { .talk = talk_ok };
	struct duet_client *client = new_client();
	struct duet_facts facts;
	int i;

	(void)state;
	stub_start(&one);
	stub_start(&two);
	for (i = 0; i < 4; i++) {
		facts = fetch(client, DUET_REQUEST(.url = i % 2 == 0 ? one.url
								     : two.url,
						   .insecure_http = 1));
		assert_int_equal(facts.reused, i >= 2);
	}
	duet_client_free(client);
	stub_stop(&one);
	stub_stop(&two);
}

/* Who is blocked cannot read what holds the connections. */
static void one_call_after_another_needs_no_turn(void **state)
{
	struct stub stub = { .talk = talk_ok };
	struct duet_client *client =
		duet_client_new(DUET_CLIENT(.tls = tls.client, .max_host = 2),
				NULL);
	struct duet_response *responses[4];
	struct duet_bytes body;
	size_t i;

	(void)state;
	stub.parallel = true;
	stub_start(&stub);
	for (i = 0; i < COUNT(responses); i++)
		responses[i] =
			must_send(client, DUET_REQUEST(.url = stub.url,
						       .insecure_http = 1));
	for (i = 0; i < COUNT(responses); i++) {
		assert_int_equal(duet_response_body(responses[i], &body, NULL),
				 DUET_OK);
		duet_response_free(responses[i]);
	}
	close_down(NULL, client, &stub);
	assert_int_equal(stub.connections, COUNT(responses));
}

static void keeps_no_more_than_it_may(void **state)
{
	struct stub stubs[3];
	struct duet_client *client = client_that_keeps(2);
	struct duet_facts facts;
	size_t i;

	(void)state;
	memset(stubs, 0, sizeof(stubs));
	for (i = 0; i < COUNT(stubs); i++) {
		stubs[i].talk = talk_ok;
		stub_start(&stubs[i]);
		(void)fetch(client, DUET_REQUEST(.url = stubs[i].url,
						 .insecure_http = 1));
	}
	/* The first had to go, the others are there. */
	for (i = COUNT(stubs); i-- > 0;) {
		facts = fetch(client, DUET_REQUEST(.url = stubs[i].url,
						   .insecure_http = 1));
		assert_int_equal(facts.reused, i > 0);
	}
	duet_client_free(client);
	for (i = 0; i < COUNT(stubs); i++)
		stub_stop(&stubs[i]);
}

/* What nobody asked for has been sent. */
static sem_t said;

/* Serves one request a connection, and does not say so. */
static void talk_one(struct stub_peer *peer)
{
	if (!stub_read_head(peer))
		return;
	stub_reply(peer, 200, "ok");
	if (peer->stub->arg == NULL)
		return;
	stub_say(peer, peer->stub->arg);
	(void)sem_post(&said);
}

/* Whether the loop has run meanwhile or not. */
static void a_connection_that_ended_is_not_used(void **state)
{
	static const struct {
		const char *unasked; /* NULL: nothing, only the end */
		bool tls;
	} rows[] = {
		{ NULL, false },
		{ NULL, true },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", false },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", true },
	};
	size_t i;

	(void)state;
	assert_int_equal(sem_init(&said, 0, 0), 0);
	for (i = 0; i < 2 * COUNT(rows); i++) {
		struct stub stub = { .talk = talk_one,
				     .arg = rows[i / 2].unasked };
		struct duet_client *client = new_client();
		struct duet_facts facts;
		int n;

		stub.tls = rows[i / 2].tls ? tls.server : NULL;
		stub_start(&stub);
		for (n = 0; n < 3; n++) {
			facts = fetch(client, DUET_REQUEST(.url = stub.url,
							   .insecure_http = 1));
			/* Its end may come after the next request: then that
			 * one was asked again, on a new connection. */
			assert_false(facts.reused);
			/* A reply that nobody asked for, however, would be
			 * taken for the next one's if it came after that. */
			if (stub.arg != NULL)
				assert_int_equal(sem_wait(&said), 0);
			if (i % 2 == 0)
				assert_int_equal(duet_client_step(client, 20,
								  NULL),
						 DUET_OK);
		}
		close_down(NULL, client, &stub);
		assert_int_equal(stub.connections, 3);
	}
	(void)sem_destroy(&said);
}

static void talk_close(struct stub_peer *peer)
{
	if (stub_read_head(peer))
		stub_say(peer, "HTTP/1.1 200 OK\r\nConnection: close\r\n"
			       "Content-Length: 2\r\n\r\nok");
}

static void a_new_connection_resumes_the_session(void **state)
{
	struct stub stub = { .talk = talk_close, .tls = tls.server };
	struct duet_client *client = new_client();
	struct duet_facts facts;
	int i;

	(void)state;
	stub_start(&stub);
	for (i = 0; i < 3; i++) {
		facts = fetch(client, DUET_REQUEST(.url = stub.url));
		assert_false(facts.reused);
		assert_int_equal(facts.resumed, i > 0);
	}
	facts = fetch(client, DUET_REQUEST(.url = stub.url, .fresh = 1));
	assert_false(facts.resumed);
	close_down(NULL, client, &stub);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_connection_serves_many_requests),
		cmocka_unit_test(a_body_that_is_not_read_costs_the_connection),
		cmocka_unit_test(a_reply_without_a_body_need_not_be_read),
		cmocka_unit_test(a_fresh_request_shares_nothing),
		cmocka_unit_test(origins_do_not_share),
		cmocka_unit_test(one_call_after_another_needs_no_turn),
		cmocka_unit_test(keeps_no_more_than_it_may),
		cmocka_unit_test(a_connection_that_ended_is_not_used),
		cmocka_unit_test(a_new_connection_resumes_the_session),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
