/* SPDX-License-Identifier: MIT */
/* The calls themselves: options, waiting and not waiting, misuse. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "fixture.h"
#include "support/memory.h"

static void talk_hello(struct stub_peer *peer)
{
	while (stub_read_head(peer))
		stub_reply(peer, 200, "hello");
}

static void refuses_options_in_words(void **state)
{
	static const struct duet_resolve bad[] = { { "h", 443, "example.org" },
						   { 0 } };
	static const struct duet_resolve none[] = { { "h", 443, NULL }, { 0 } };
	static const struct duet_limits no_size = { .line_bytes = 1 };
	static const struct {
		struct duet_client_options options;
		const char *word;
	} rows[] = {
		{ { .max_idle = 1 }, ".size" },
		{ { .size = sizeof(struct duet_client_options),
		    .resolve = bad },
		  "'example.org' is not an IP" },
		{ { .size = sizeof(struct duet_client_options),
		    .resolve = none },
		  "is not an IP" },
		{ { .size = sizeof(struct duet_client_options),
		    .limits = &no_size },
		  "duet_limits" },
	};
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		memset(&err, 0, sizeof(err));
		assert_null(duet_client_new(&rows[i].options, &err));
		if (err.code != DUET_E_ARGUMENT ||
		    strstr(err.text, rows[i].word) == NULL)
			fail_msg("row %zu: %s", i, err.text);
	}
}

static void nobody_done(struct duet_response *response,
			const struct duet_error *error, void *arg)
{
	(void)response;
	(void)error;
	(void)arg;
	fail_msg("this was refused before");
}

static void refuses_what_it_cannot_begin(void **state)
{
	const struct duet_request *request =
		DUET_REQUEST(.url = "https://localhost/");
	const struct duet_request *unsendable =
		DUET_REQUEST(.url = "https://localhost/",
			     .method = "BAD METHOD");
	struct duet_client *client = duet_client_new(NULL, NULL);
	struct duet_error err = { 0 };

	(void)state;
	assert_non_null(client);
	assert_null(duet_send(NULL, request, &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
	assert_int_equal(duet_start(NULL, request, nobody_done, NULL, &err),
			 DUET_E_ARGUMENT);
	assert_int_equal(duet_client_step(NULL, 0, &err), DUET_E_ARGUMENT);
	assert_int_equal(duet_start(client, request, NULL, NULL, &err),
			 DUET_E_ARGUMENT);
	assert_int_equal(duet_start(client, unsendable, nobody_done, NULL,
				    &err),
			 DUET_E_ARGUMENT);
	assert_null(duet_send(client, unsendable, &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "method"));
	duet_client_free(client);
}

static void one_call_says_why_it_cannot(void **state)
{
	struct duet_error err = { 0 };

	(void)state;
	assert_null(duet_get("http://localhost/", &err));
	assert_int_equal(err.code, DUET_E_URL);
	assert_null(duet_get("https://no-such-host.invalid/", &err));
	assert_int_equal(err.code, DUET_E_RESOLVE);
	assert_null(duet_get("https://no-such-host.invalid/", NULL));
}

/* What a foreign loop does: poll, step, and look. */
static void turn(struct duet_client *client)
{
	struct pollfd poller = { duet_client_fd(client), POLLIN, 0 };

	(void)poll(&poller, 1, duet_client_wait_ms(client));
	assert_int_equal(duet_client_step(client, 0, NULL), DUET_OK);
}

struct seen {
	int calls;
	struct duet_response *response;
	struct duet_error err;
	struct duet_client *client;
	const struct duet_request *next;
};

static void on_done(struct duet_response *response,
		    const struct duet_error *error, void *arg)
{
	struct seen *seen = arg;

	seen->calls++;
	seen->response = response;
	if (error != NULL)
		seen->err = *error;
	assert_int_equal(response == NULL, error != NULL);
}

/* The talk of a server that takes its time between head and body. */
static void talk_in_two(struct stub_peer *peer)
{
	if (!stub_read_head(peer))
		return;
	stub_say(peer, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
	/* The other half when the client has said it has the first. */
	if (stub_read_head(peer))
		stub_say(peer, "world");
}

static void nothing_waits_unless_told_to(void **state)
{
	struct stub stub = { .talk = talk_in_two };
	struct duet_client *client = new_client();
	struct duet_error err;
	struct seen seen = { 0 };
	char buf[16];
	size_t n;

	(void)state;
	stub_start(&stub);
	assert_int_equal(duet_start(client,
				    DUET_REQUEST(.url = stub.url,
						 .insecure_http = 1),
				    on_done, &seen, &err),
			 DUET_OK);
	assert_int_equal(seen.calls, 0);
	while (seen.calls == 0)
		turn(client);
	assert_non_null(seen.response);
	while (duet_response_read(seen.response, buf, sizeof(buf), &n, &err) ==
	       DUET_WANT_READ)
		turn(client);
	assert_int_equal(n, 5);
	assert_int_equal(duet_response_read(seen.response, buf, sizeof(buf), &n,
					    &err),
			 DUET_WANT_READ);
	assert_int_equal(duet_client_step(client, 0, NULL), DUET_OK);
	assert_int_equal(duet_response_read(seen.response, buf, sizeof(buf), &n,
					    &err),
			 DUET_WANT_READ);
	duet_response_free(seen.response);
	close_down(NULL, client, &stub);
	assert_int_equal(seen.calls, 1);
}

static void a_whole_body_is_had_without_waiting(void **state)
{
	struct stub stub = { .talk = talk_hello, .tls = tls.server };
	struct duet_client *client = new_client();
	struct duet_bytes body;
	struct duet_error err;
	struct seen seen = { 0 };

	(void)state;
	stub_start(&stub);
	assert_int_equal(duet_start(client, DUET_REQUEST(.url = stub.url),
				    on_done, &seen, &err),
			 DUET_OK);
	while (seen.calls == 0)
		turn(client);
	while (duet_response_body(seen.response, &body, &err) == DUET_WANT_READ)
		turn(client);
	assert_int_equal(body.len, 5);
	duet_response_free(seen.response);
	close_down(NULL, client, &stub);
}

enum {
	MANY = 64,
};

static void many_requests_are_under_way_at_once(void **state)
{
	struct stub stub = { .talk = talk_hello, .tls = tls.server };
	struct duet_client *client =
		duet_client_new(DUET_CLIENT(.tls = tls.client,
					    .max_host = MANY),
				NULL);
	struct seen seen[MANY];
	struct duet_bytes body;
	struct duet_error err;
	int done = 0;
	int round;
	int i;

	(void)state;
	stub.parallel = true;
	stub_start(&stub);
	for (round = 0; round < 2; round++) {
		memset(seen, 0, sizeof(seen));
		for (i = 0; i < MANY; i++)
			assert_int_equal(duet_start(client,
						    DUET_REQUEST(
								    .url = stub
								    .url),
						    on_done, &seen[i], &err),
					 DUET_OK);
		for (done = 0; done < MANY;) {
			turn(client);
			for (done = 0, i = 0; i < MANY; i++)
				done += seen[i].calls;
		}
		for (i = 0; i < MANY; i++) {
			if (seen[i].response == NULL)
				fail_msg("%s", seen[i].err.text);
			while (duet_response_body(seen[i].response, &body,
						  &err) == DUET_WANT_READ)
				turn(client);
			assert_int_equal(body.len, 5);
			duet_response_free(seen[i].response);
		}
	}
	close_down(NULL, client, &stub);
	/* The second round found the kept ones. */
	assert_in_range(stub.connections, MANY, 2 * MANY - 16);
}

static void waiting_and_not_waiting_go_together(void **state)
{
	struct stub slow = { .talk = talk_in_two };
	struct stub stub = { .talk = talk_hello };
	struct duet_client *client = new_client();
	struct duet_response *response;
	struct duet_bytes body;
	struct duet_error err;
	struct seen seen = { 0 };

	(void)state;
	stub_start(&slow);
	stub_start(&stub);
	assert_int_equal(duet_start(client,
				    DUET_REQUEST(.url = slow.url,
						 .insecure_http = 1),
				    on_done, &seen, &err),
			 DUET_OK);
	response = duet_send(client,
			     DUET_REQUEST(.url = stub.url, .insecure_http = 1),
			     &err);
	assert_non_null(response);
	assert_int_equal(duet_response_body(response, &body, &err), DUET_OK);
	duet_response_free(response);
	while (seen.calls == 0)
		turn(client);
	assert_non_null(seen.response);
	duet_response_free(seen.response);
	duet_client_free(client);
	stub_stop(&slow);
	stub_stop(&stub);
}

/* In a done function one may begin, and may not wait. */
static void on_done_go_on(struct duet_response *response,
			  const struct duet_error *error, void *arg)
{
	struct seen *seen = arg;
	struct duet_error err = { 0 };

	on_done(response, error, arg);
	duet_response_free(response);
	seen->response = NULL;
	assert_null(duet_send(seen->client, seen->next, &err));
	assert_int_equal(err.code, DUET_E_STATE);
	assert_int_equal(duet_client_step(seen->client, 0, &err), DUET_E_STATE);
	assert_int_equal(duet_start(seen->client, seen->next, on_done, arg,
				    &err),
			 DUET_OK);
}

static void a_done_function_may_begin_another(void **state)
{
	struct stub stub = { .talk = talk_hello };
	struct duet_client *client = new_client();
	struct duet_error err;
	struct seen seen = { .client = client };

	(void)state;
	stub.parallel = true;
	stub_start(&stub);
	seen.next = DUET_REQUEST(.url = stub.url, .insecure_http = 1);
	assert_int_equal(duet_start(client, seen.next, on_done_go_on, &seen,
				    &err),
			 DUET_OK);
	while (seen.calls < 2)
		turn(client);
	assert_non_null(seen.response);
	duet_response_free(seen.response);
	close_down(NULL, client, &stub);
}

static void a_client_that_goes_tells_those_who_wait(void **state)
{
	struct stub stub = { .talk = talk_in_two };
	struct duet_client *client = new_client();
	struct seen seen[3];
	size_t i;

	(void)state;
	memset(seen, 0, sizeof(seen));
	stub.parallel = true;
	stub_start(&stub);
	/* One connected, perhaps; one dialled; one not begun. */
	for (i = 0; i < COUNT(seen); i++) {
		assert_int_equal(duet_start(client,
					    DUET_REQUEST(.url = stub.url,
							 .insecure_http = 1),
					    on_done, &seen[i], NULL),
				 DUET_OK);
		if (i < 2)
			assert_int_equal(duet_client_step(client, 0, NULL),
					 DUET_OK);
	}
	duet_client_free(client);
	for (i = 0; i < COUNT(seen); i++) {
		assert_int_equal(seen[i].calls, 1);
		duet_response_free(seen[i].response);
	}
	assert_int_equal(seen[2].err.code, DUET_E_GONE);
	stub_stop(&stub);
}

/* One that does not take no for an answer. */
static void on_done_again(struct duet_response *response,
			  const struct duet_error *error, void *arg)
{
	struct seen *seen = arg;

	on_done(response, error, arg);
	assert_in_range(seen->calls, 1, 1);
	assert_int_equal(duet_start(seen->client, seen->next, on_done_again,
				    arg, &seen->err),
			 DUET_E_GONE);
	assert_null(duet_send(seen->client, seen->next, &seen->err));
	assert_int_equal(seen->err.code, DUET_E_GONE);
	assert_int_equal(duet_client_step(seen->client, 0, NULL), DUET_E_GONE);
	duet_client_free(seen->client); /* it is already on its way */
}

static void a_client_that_goes_begins_nothing(void **state)
{
	struct duet_client *client = new_client();
	struct seen seen = { .client = client };

	(void)state;
	seen.next = DUET_REQUEST(.url = "https://no-such.invalid/");
	assert_int_equal(duet_start(client, seen.next, on_done_again, &seen,
				    NULL),
			 DUET_OK);
	duet_client_free(client);
	assert_int_equal(seen.calls, 1);
}

/* Frees the client, and what all the others still point to. */
struct shared {
	struct duet_client *client;
	int calls;
	int gone;
};

static void on_done_free(struct duet_response *response,
			 const struct duet_error *error, void *arg)
{
	struct shared *shared = arg;
	struct duet_client *client = shared->client;
	bool first = shared->calls++ == 0;

	shared->gone += error != NULL && error->code == DUET_E_GONE;
	if (!first)
		return;
	assert_int_equal(response == NULL, error != NULL);
	duet_client_free(client);
	assert_int_equal(shared->calls, 4);
	assert_int_equal(shared->gone, 3);
	memset(shared, 0, sizeof(*shared));
	duet_response_free(response);
}

static void start_four(struct shared *shared, const char *url)
{
	int i;

	for (i = 0; i < 4; i++)
		assert_int_equal(duet_start(shared->client,
					    DUET_REQUEST(.url = url),
					    on_done_free, shared, NULL),
				 DUET_OK);
}

static void a_done_function_may_free_the_client(void **state)
{
	struct stub stub = { .talk = talk_hello, .tls = tls.server };
	const char *const urls[] = { "https://no-such.invalid/", stub.url };
	struct duet_error err;
	struct shared shared;
	size_t i;

	(void)state;
	stub.parallel = true;
	stub_start(&stub);
	for (i = 0; i < COUNT(urls); i++) {
		shared = (struct shared){ .client = new_client() };
		start_four(&shared, urls[i]);
		while (duet_client_step(shared.client, -1, &err) == DUET_OK)
			;
		assert_int_equal(err.code, DUET_E_GONE);
		assert_null(shared.client);
	}
	stub_stop(&stub);
}

static void talk_silent(struct stub_peer *peer)
{
	(void)stub_drain(peer);
}

static void who_waits_meanwhile_is_told(void **state)
{
	struct stub stub = { .talk = talk_hello, .tls = tls.server };
	struct stub slow = { .talk = talk_in_two };
	struct stub mute = { .talk = talk_silent };
	struct duet_response *response;
	struct duet_bytes body;
	struct duet_error err;
	struct shared shared;

	(void)state;
	stub.parallel = true;
	stub_start(&stub);
	stub_start(&slow);
	stub_start(&mute);
	shared = (struct shared){ .client = new_client() };
	response = duet_send(shared.client,
			     DUET_REQUEST(.url = slow.url, .insecure_http = 1),
			     &err);
	assert_non_null(response);
	start_four(&shared, stub.url);
	assert_int_equal(duet_response_body(response, &body, &err),
			 DUET_E_GONE);
	duet_response_free(response);

	shared = (struct shared){ .client = new_client() };
	start_four(&shared, stub.url);
	assert_null(duet_send(shared.client,
			      DUET_REQUEST(.url = mute.url, .insecure_http = 1),
			      &err));
	assert_int_equal(err.code, DUET_E_GONE);
	stub_stop(&stub);
	stub_stop(&slow);
	stub_stop(&mute);
}

static void failures_come_from_a_step_and_only_once(void **state)
{
	struct duet_client *client = new_client();
	struct duet_error err = { 0 };
	struct seen seen = { 0 };

	(void)state;
	assert_int_equal(duet_start(client, DUET_REQUEST(.url = "nonsense"),
				    on_done, &seen, &err),
			 DUET_E_URL);
	assert_int_equal(duet_start(client,
				    DUET_REQUEST(.url = "https://no-such.invalid/"),
				    on_done, &seen, &err),
			 DUET_OK);
	while (seen.calls == 0)
		turn(client);
	assert_int_equal(seen.err.code, DUET_E_RESOLVE);
	assert_int_equal(duet_client_step(client, 0, &err), DUET_OK);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(duet_client_wait_ms(client), -1);
	duet_client_free(client);
	duet_client_free(NULL);
}

static int fetch_once(const char *url, struct duet_error *err)
{
	struct duet_client *client = duet_client_new(NULL, err);
	struct duet_response *response = NULL;
	struct duet_bytes body;
	int rc = DUET_E_NOMEM;

	if (client != NULL)
		response =
			duet_send(client,
				  DUET_REQUEST(.url = url, .insecure_http = 1,
					       .max_redirects = 2,
					       .timeout_ms = 10000),
				  err);
	if (response != NULL)
		rc = duet_response_body(response, &body, err);
	duet_response_free(response);
	duet_client_free(client);
	return rc;
}

static void talk_redirect(struct stub_peer *peer)
{
	while (stub_read_head(peer)) {
		if (strstr(peer->head, "GET / ") != NULL)
			stub_say(peer, "HTTP/1.1 302 X\r\nLocation: /x\r\n"
				       "Content-Length: 0\r\n\r\n");
		else
			stub_say(peer, "HTTP/1.1 200 OK\r\n"
				       "Transfer-Encoding: chunked\r\n\r\n"
				       "5\r\nhello\r\n0\r\nX-T: y\r\n\r\n");
	}
}

/* The stub allocates past the library, so only the client's calls count. */
static void survives_every_allocation_that_fails(void **state)
{
	struct stub stub = { .talk = talk_redirect };
	struct duet_error err = { 0 };
	int rc = DUET_E_NOMEM;
	int n;

	(void)state;
	stub_start(&stub);
	for (n = 0; rc != DUET_OK; n++) {
		memory_end_after(n);
		rc = fetch_once(stub.url, &err);
		(void)memory_done();
		if (rc != DUET_OK && err.code != DUET_E_NOMEM &&
		    err.sys != ENOMEM)
			fail_msg("%d: %s", n, err.text);
		assert_true(n < 1000);
	}
	stub_stop(&stub);
	assert_true(n > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_options_in_words),
		cmocka_unit_test(refuses_what_it_cannot_begin),
		cmocka_unit_test(one_call_says_why_it_cannot),
		cmocka_unit_test(nothing_waits_unless_told_to),
		cmocka_unit_test(a_whole_body_is_had_without_waiting),
		cmocka_unit_test(many_requests_are_under_way_at_once),
		cmocka_unit_test(waiting_and_not_waiting_go_together),
		cmocka_unit_test(a_done_function_may_begin_another),
		cmocka_unit_test(a_client_that_goes_tells_those_who_wait),
		cmocka_unit_test(a_client_that_goes_begins_nothing),
		cmocka_unit_test(a_done_function_may_free_the_client),
		cmocka_unit_test(who_waits_meanwhile_is_told),
		cmocka_unit_test(failures_come_from_a_step_and_only_once),
		cmocka_unit_test(survives_every_allocation_that_fails),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
