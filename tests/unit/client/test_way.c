/* SPDX-License-Identifier: MIT */
/* Requests by ways that are not straight: the stub is the proxy. */
#include <stdio.h>
#include <string.h>

#include "fixture.h"
#include "support/memory.h"
#include "support/sock.h"

static void talk_ok(struct stub_peer *peer)
{
	while (stub_read_head(peer))
		stub_reply(peer, 200, "ok");
}

/* CONNECT first, then the server that it leads to. */
static void talk_tunnel(struct stub_peer *peer)
{
	if (!stub_read_head(peer))
		return;
	stub_say(peer, "HTTP/1.1 200 Go on\r\n\r\n");
	talk_ok(peer);
}

static void talk_407(struct stub_peer *peer)
{
	while (stub_read_head(peer))
		stub_say(peer, "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
}

static void talk_silent(struct stub_peer *peer)
{
	(void)stub_drain(peer);
}

/* One GET of http://a.example/; the sentence, or "". */
static void fetch(const struct duet_client_options *options,
		  struct duet_facts *facts, char proxy[64],
		  struct duet_error *err)
{
	struct duet_client *client = duet_client_new(options, err);
	struct duet_response *response;
	struct duet_bytes body;
	int i;

	assert_non_null(client);
	facts->size = sizeof(*facts);
	err->text[0] = '\0';
	for (i = 0; i < 2; i++) {
		response =
			duet_send(client,
				  DUET_REQUEST(.url = "http://a.example:8080/x?y#z",
					       .insecure_http = 1,
					       .headers = DUET_HEADERS(
						       { "Authorization",
							 "mine" })),
				  err);
		if (response == NULL)
			break;
		assert_int_equal(duet_response_body(response, &body, err),
				 DUET_OK);
		duet_response_facts(response, facts);
		(void)snprintf(proxy, 64, "%s", facts->proxy);
		duet_response_free(response);
	}
	duet_client_free(client);
}

static void asks_a_proxy_for_plain_http(void **state)
{
	struct stub stub = { .talk = talk_ok };
	struct duet_facts facts;
	struct duet_error err;
	char proxy[64];
	char want[64];

	(void)state;
	stub_start(&stub);
	fetch(DUET_CLIENT(.proxy = stub.url, .proxy_user = "al:ice"), &facts,
	      proxy, &err);
	assert_string_equal(err.text, "");
	assert_true(facts.reused);
	stub_stop(&stub);
	(void)snprintf(want, sizeof(want), "http://127.0.0.1:%u",
		       (unsigned)stub.port);
	assert_string_equal(proxy, want);
	assert_int_equal(stub.connections, 1);
	assert_non_null(strstr(stub.asked,
			       "GET http://a.example:8080/x?y HTTP/1.1\r\n"));
	assert_non_null(strstr(stub.asked, "\r\nHost: a.example:8080\r\n"));
	assert_non_null(strstr(stub.asked,
			       "\r\nProxy-Authorization: Basic YWw6aWNl\r\n"));
	assert_non_null(strstr(stub.asked, "\r\nAuthorization: mine\r\n"));
}

static const struct duet_connect_to elsewhere[] = {
	{ "a.example", 0, "b.example", 0 },
	{ NULL, 0, NULL, 0 },
};

/* Where the URL does not lead the proxy is not asked for it. */
static void keeps_credentials_apart_in_a_tunnel(void **state)
{
	struct stub stub = { .talk = talk_tunnel };
	struct duet_facts facts;
	struct duet_error err;
	const char *inner;
	char proxy[64];

	(void)state;
	stub_start(&stub);
	fetch(DUET_CLIENT(.proxy = stub.url, .proxy_user = "al:ice",
			  .connect_to = elsewhere),
	      &facts, proxy, &err);
	assert_string_equal(err.text, "");
	assert_true(facts.reused);
	stub_stop(&stub);
	assert_int_equal(stub.connections, 1);
	assert_int_equal(strncmp(stub.asked,
				 "CONNECT b.example:8080 HTTP/1.1\r\n", 33),
			 0);
	inner = strstr(stub.asked, "GET /x?y HTTP/1.1\r\n");
	assert_non_null(inner);
	assert_null(strstr(inner, "Proxy-Authorization"));
	assert_true(strstr(stub.asked, "Authorization: mine") > inner);
}

static void names_the_proxy_that_refuses(void **state)
{
	struct stub stub = { .talk = talk_407 };
	struct duet_facts facts;
	struct duet_error err;
	char proxy[64];

	(void)state;
	stub_start(&stub);
	fetch(DUET_CLIENT(.proxy = stub.url), &facts, proxy, &err);
	assert_int_equal(err.code, DUET_E_PROXY);
	assert_non_null(strstr(err.text, "http://a.example:8080/x (proxy 127"));
	assert_non_null(strstr(err.text, "it wants authentication (407)"));
	stub_stop(&stub);
}

static void gives_up_a_proxy_that_is_silent(void **state)
{
	static const char *const kinds[] = { "https", "socks5", "socks5h" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(kinds); i++) {
		struct stub stub = { .talk = talk_silent };
		struct duet_facts facts;
		struct duet_error err;
		char url[64];
		char proxy[64];

		stub_start(&stub);
		(void)snprintf(url, sizeof(url), "%s://127.0.0.1:%u", kinds[i],
			       (unsigned)stub.port);
		fetch(DUET_CLIENT(.proxy = url, .connect_ms = 50,
				  .resolve =
					  (const struct duet_resolve[]){
						  { "*", 8080, "192.0.2.1" },
						  { NULL, 0, NULL } }),
		      &facts, proxy, &err);
		assert_int_equal(err.code, DUET_E_TIMEOUT);
		assert_non_null(strstr(err.text, "the proxy "));
		assert_non_null(strstr(err.text, "within 50 ms"));
		stub_stop(&stub);
	}
}

/* Two refusals by SOCKS5, and then nobody is left to ask for. */
static void talk_refuse(struct stub_peer *peer)
{
	if (!stub_read(peer, 3))
		return;
	stub_say_bytes(peer, "\5\0", 2);
	if (!stub_read(peer, 10))
		return;
	stub_say_bytes(peer, "\5\5\0\1\0\0\0\0\0\0", 10);
}

/* The same of a name, after a password. */
static void talk_refuse_name(struct stub_peer *peer)
{
	if (!stub_read(peer, 4))
		return;
	stub_say_bytes(peer, "\5\2", 2);
	if (!stub_read(peer, 5))
		return;
	stub_say_bytes(peer, "\1\0", 2);
	if (!stub_read(peer, 16))
		return;
	stub_say_bytes(peer, "\5\2\0\1\0\0\0\0\0\0", 10);
}

static void asks_socks_for_each_address(void **state)
{
	static const struct duet_resolve routes[] = {
		{ "a.example", 8080, "192.0.2.1" },
		{ "a.example", 8080, "192.0.2.2" },
		{ NULL, 0, NULL },
	};
	struct stub stub = { .talk = talk_refuse };
	struct duet_facts facts;
	struct duet_error err;
	char url[64];
	char proxy[64];

	(void)state;
	stub_start(&stub);
	(void)snprintf(url, sizeof(url), "socks5://127.0.0.1:%u",
		       (unsigned)stub.port);
	fetch(DUET_CLIENT(.proxy = url, .resolve = routes), &facts, proxy,
	      &err);
	assert_int_equal(err.code, DUET_E_PROXY);
	assert_non_null(strstr(err.text, "'192.0.2.2' port 8080"));
	assert_non_null(strstr(err.text, "the last of 2 addresses"));
	stub_stop(&stub);
	assert_int_equal(stub.connections, 2);
}

static void says_where_the_proxy_cannot_be_reached(void **state)
{
	struct duet_facts facts;
	struct duet_error err;
	struct duet_address address;
	char url[64];
	char proxy[64];
	int fd = sock_bound("127.0.0.1", &address);

	(void)state;
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u",
		       (unsigned)duet_address_port(&address));
	fetch(DUET_CLIENT(.proxy = url), &facts, proxy, &err);
	assert_int_equal(err.code, DUET_E_CONNECT);
	assert_non_null(strstr(err.text, "the proxy http://127.0.0.1:"));
	(void)close(fd);

	fetch(DUET_CLIENT(.proxy = "socks5h://no-such-proxy.invalid"), &facts,
	      proxy, &err);
	assert_int_equal(err.code, DUET_E_RESOLVE);
	assert_non_null(strstr(err.text, "the proxy socks5h://no-such-proxy"));
	fetch(DUET_CLIENT(.proxy = "socks5://127.0.0.1:1"), &facts, proxy,
	      &err);
	assert_int_equal(err.code, DUET_E_RESOLVE);
	assert_non_null(strstr(err.text, "'a.example' has no address"));
	assert_non_null(strstr(err.text, "socks5h://"));
}

/* Each allocation on the way may fail: the client says so, or does without. */
static void survives_without_memory(void **state)
{
	static const char *const schemes[] = { "http", "socks5h" };
	const struct duet_request *request =
		DUET_REQUEST(.url = "http://a.example/", .insecure_http = 1);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(schemes); i++) {
		struct stub stub = { .talk = i == 0 ? talk_tunnel
						    : talk_refuse_name };
		char url[64];
		bool failed = true;
		long n;

		stub_start(&stub);
		(void)snprintf(url, sizeof(url), "%s://a:b@127.0.0.1:%u",
			       schemes[i], (unsigned)stub.port);
		for (n = 0; failed; n++) {
			struct duet_error err = { 0 };
			struct duet_client *client;
			struct duet_response *response = NULL;

			memory_fail(n);
			client =
				duet_client_new(DUET_CLIENT(.proxy = url,
							    .connect_to =
								    elsewhere,
							    .no_proxy =
								    "b.example"),
						&err);
			if (client != NULL)
				response = duet_send(client, request, &err);
			duet_response_free(response);
			duet_client_free(client);
			failed = memory_done();
			/* The dial takes it for what befell an address. */
			if (response == NULL && err.code != DUET_E_NOMEM &&
			    strstr(err.text, "memory") == NULL)
				assert_int_equal(err.code,
						 i == 0 ? DUET_OK
							: DUET_E_PROXY);
			assert_int_equal(memory.held, 0);
		}
		assert_true(n > 20);
		stub_stop(&stub);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_a_proxy_for_plain_http),
		cmocka_unit_test(keeps_credentials_apart_in_a_tunnel),
		cmocka_unit_test(names_the_proxy_that_refuses),
		cmocka_unit_test(gives_up_a_proxy_that_is_silent),
		cmocka_unit_test(asks_socks_for_each_address),
		cmocka_unit_test(says_where_the_proxy_cannot_be_reached),
		cmocka_unit_test(survives_without_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
