/* SPDX-License-Identifier: MIT */
/* From request to head: redirects, repetition, limits of time, failures. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fixture.h"
#include "net/address.h"
#include "support/sock.h"

static const char *url_of(const struct stub *stub, const char *path)
{
	static char urls[4][128];
	static int i;
	char *url = urls[i++ % 4];

	(void)snprintf(url, sizeof(urls[0]), "%s%s", stub->url, path);
	return url;
}

static void check_body(struct duet_response *response, const char *want)
{
	struct duet_bytes body = { NULL, 0 };
	struct duet_error err = { 0 };

	if (duet_response_body(response, &body, &err) != DUET_OK)
		fail_msg("%s", err.text);
	assert_int_equal(body.len, strlen(want));
	assert_memory_equal(body.len > 0 ? body.data : "", want, body.len);
}

static void check_fails(struct duet_client *client,
			const struct duet_request *request, int code,
			const char *word)
{
	struct duet_error err = { 0 };

	assert_null(duet_send(client, request, &err));
	if (err.code != code || strstr(err.text, word) == NULL)
		fail_msg("%s: %s", duet_status_name(err.code), err.text);
}

static int count(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

/* What was asked for, by its path. */
static void talk_paths(struct stub_peer *peer)
{
	while (stub_read_head(peer)) {
		if (strstr(peer->head, " /hop") != NULL)
			stub_say(peer, "HTTP/1.1 302 X\r\nLocation: /end?x\r\n"
				       "Content-Length: 4\r\n\r\ngone");
		else if (strstr(peer->head, " /circle") != NULL)
			stub_say(peer,
				 "HTTP/1.1 307 X\r\nLocation: circle\r\n"
				 "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
		else if (strstr(peer->head, " /away") != NULL)
			stub_say(peer, peer->stub->arg);
		else
			stub_reply(peer, 200, "the end");
	}
}

static void follows_redirects_on_the_same_connection(void **state)
{
	struct stub stub = { .talk = talk_paths };
	struct duet_client *client = new_client();
	struct duet_facts facts = { .size = sizeof(facts) };
	struct duet_response *response;

	(void)state;
	stub_start(&stub);
	response =
		must_send(client,
			  DUET_REQUEST(.url = url_of(&stub, "/hop"),
				       .max_redirects = 1, .insecure_http = 1,
				       .body = { "abc", 3 },
				       .headers = DUET_HEADERS({ "Content-Type",
								 "x/y" },
							       { "Cookie",
								 "mine" })));
	assert_int_equal(duet_response_status(response), 200);
	assert_string_equal(duet_response_url(response),
			    url_of(&stub, "/end?x"));
	check_body(response, "the end");
	duet_response_facts(response, &facts);
	assert_int_equal(facts.redirects, 1);
	assert_true(facts.reused);
	close_down(response, client, &stub);
	assert_int_equal(stub.connections, 1);
	assert_int_equal(count(stub.asked, "POST /hop HTTP/1.1\r\n"), 1);
	assert_int_equal(count(stub.asked, "GET /end?x HTTP/1.1\r\n"), 1);
	assert_int_equal(count(stub.asked, "Content-Type"), 1);
	assert_int_equal(count(stub.asked, "Cookie: mine"), 2);
}

static void does_not_follow_unless_asked(void **state)
{
	struct stub stub = { .talk = talk_paths };
	struct duet_client *client = new_client();
	struct duet_response *response;

	(void)state;
	stub_start(&stub);
	response = must_send(client, DUET_REQUEST(.url = url_of(&stub, "/hop"),
						  .insecure_http = 1));
	assert_int_equal(duet_response_status(response), 302);
	assert_string_equal(duet_head_get(duet_response_head(response),
					  "location"),
			    "/end?x");
	check_body(response, "gone");
	close_down(response, client, &stub);
}

static void stops_in_a_circle(void **state)
{
	struct stub stub = { .talk = talk_paths };
	struct duet_client *client = new_client();

	(void)state;
	stub_start(&stub);
	check_fails(client,
		    DUET_REQUEST(.url = url_of(&stub, "/circle"),
				 .max_redirects = 5, .insecure_http = 1),
		    DUET_E_REDIRECT, "more than 5 redirects");
	close_down(NULL, client, &stub);
	assert_int_equal(count(stub.asked, "GET /circle"), 6);
}

/* A second server, to be led to; 307 takes the body along. */
static void credentials_stay_with_their_origin(void **state)
{
	struct stub there = { .talk = talk_paths };
	struct stub here = { .talk = talk_paths };
	struct duet_client *client = new_client();
	struct duet_response *response;
	struct duet_facts facts = { .size = sizeof(facts) };
	char reply[160];

	(void)state;
	stub_start(&there);
	(void)snprintf(reply, sizeof(reply),
		       "HTTP/1.1 308 X\r\nLocation: %s/there\r\n"
		       "Content-Length: 0\r\n\r\n",
		       there.url);
	here.arg = reply;
	stub_start(&here);
	response =
		must_send(client,
			  DUET_REQUEST(.url = url_of(&here, "/away"),
				       .method = "PUT", .max_redirects = 3,
				       .insecure_http = 1, .body = { "abc", 3 },
				       .headers =
					       DUET_HEADERS({ "Authorization",
							      "Bearer secret" },
							    { "Cookie",
							      "secret" },
							    { "Content-Type",
							      "x/y" })));
	check_body(response, "the end");
	duet_response_facts(response, &facts);
	assert_string_equal(facts.request->method, "PUT");
	assert_string_equal(facts.request->target, "/there");
	assert_int_equal(facts.request->content_length, 3);
	assert_string_equal(duet_head_get(facts.request, "Host"),
			    strstr(there.url, "//") + 2);
	assert_non_null(duet_head_get(facts.request, "Content-Type"));
	assert_null(duet_head_get(facts.request, "Authorization"));
	assert_null(duet_head_get(facts.request, "Cookie"));
	duet_response_free(response);
	duet_client_free(client);
	stub_stop(&here);
	stub_stop(&there);
	assert_int_equal(count(here.asked, "secret"), 2);
	assert_int_equal(count(there.asked, "secret"), 0);
	assert_int_equal(count(there.asked, "PUT /there HTTP/1.1\r\n"), 1);
	assert_int_equal(count(there.asked, "Content-Length: 3\r\n"), 1);
	assert_int_equal(count(there.asked, "Content-Type: x/y\r\n"), 1);
}

static void never_goes_from_https_to_http(void **state)
{
	struct stub stub = {
		.talk = talk_paths,
		.tls = tls.server,
		.arg = "HTTP/1.1 301 X\r\nLocation: http://127.0.0.1/\r\n"
		       "Content-Length: 0\r\n\r\n",
	};
	struct duet_client *client = new_client();

	(void)state;
	stub_start(&stub);
	check_fails(client,
		    DUET_REQUEST(.url = url_of(&stub, "/away"),
				 .max_redirects = 5, .insecure_http = 1),
		    DUET_E_REDIRECT, "from https to http");
	close_down(NULL, client, &stub);
}

/* Its body is longer than is worth reading: the connection is not kept. */
static void talk_long_redirect(struct stub_peer *peer)
{
	char block[4096];
	int i;

	while (stub_read_head(peer)) {
		if (strstr(peer->head, " /hop") == NULL) {
			stub_reply(peer, 200, "the end");
			return;
		}
		stub_say(peer, "HTTP/1.1 302 X\r\nLocation: /end\r\n"
			       "Transfer-Encoding: chunked\r\n\r\n");
		memset(block, 'x', sizeof(block));
		for (i = 0; i < 1000; i++) {
			stub_say(peer, "1000\r\n");
			stub_say_bytes(peer, block, sizeof(block));
			stub_say(peer, "\r\n");
		}
		return;
	}
}

static void does_not_read_a_long_redirect(void **state)
{
	struct stub stub = { .talk = talk_long_redirect };
	struct duet_client *client = new_client();
	struct duet_response *response;

	(void)state;
	stub_start(&stub);
	response = must_send(client, DUET_REQUEST(.url = url_of(&stub, "/hop"),
						  .max_redirects = 1,
						  .insecure_http = 1));
	check_body(response, "the end");
	close_down(response, client, &stub);
	assert_int_equal(stub.connections, 2);
}

/* A redirect whose body never ends, and does not come either. */
static void talk_stalled_redirect(struct stub_peer *peer)
{
	if (!stub_read_head(peer))
		return;
	if (strstr(peer->head, " /hop") == NULL) {
		stub_reply(peer, 200, "the end");
		return;
	}
	stub_say(peer, "HTTP/1.1 302 X\r\nLocation: /end\r\n"
		       "Content-Length: 4\r\n\r\ngo");
	(void)stub_drain(peer);
}

static void does_not_wait_for_a_redirects_body(void **state)
{
	struct stub stub = { .talk = talk_stalled_redirect };
	struct duet_client *client = new_client();
	struct duet_response *response;

	(void)state;
	stub_start(&stub);
	/* The body may take body_ms, which is longer. */
	response = must_send(client, DUET_REQUEST(.url = url_of(&stub, "/hop"),
						  .max_redirects = 1,
						  .insecure_http = 1,
						  .timeout_ms = 10000));
	check_body(response, "the end");
	close_down(response, client, &stub);
	assert_int_equal(stub.connections, 2);
}

/* The first connection serves once and dies of the second request. */
static void talk_once(struct stub_peer *peer)
{
	const char *dead_for = peer->stub->arg;

	while (stub_read_head(peer)) {
		if (strchr(dead_for, '0' + peer->number) != NULL &&
		    strstr(peer->head, "/second") != NULL)
			return;
		stub_reply(peer, 200, "ok");
	}
}

static void asks_again_when_a_kept_connection_died(void **state)
{
	static const struct {
		const char *method;
		const char *dead_for;
		const char *word; /* NULL: it works out */
	} rows[] = {
		{ "GET", "0", NULL },
		{ "PUT", "0", NULL },
		{ "POST", "0", "not one to be repeated" },
		{ "GET", "01", "not a byte" },
	};
	struct duet_response *response;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct stub stub = { .talk = talk_once,
				     .arg = rows[i].dead_for };
		struct duet_client *client = new_client();
		const struct duet_request *second;
		char url[128];

		stub_start(&stub);
		(void)snprintf(url, sizeof(url), "%s/second", stub.url);
		response = must_send(client, DUET_REQUEST(.url = stub.url,
							  .insecure_http = 1));
		check_body(response, "ok");
		duet_response_free(response);
		second = DUET_REQUEST(.url = url, .method = rows[i].method,
				      .body = { "abc", 3 }, .insecure_http = 1);
		if (rows[i].word != NULL) {
			check_fails(client, second, DUET_E_TRUNCATED,
				    rows[i].word);
		} else {
			response = must_send(client, second);
			check_body(response, "ok");
			duet_response_free(response);
		}
		close_down(NULL, client, &stub);
		assert_int_equal(stub.connections,
				 strcmp(rows[i].method, "POST") == 0 ? 1 : 2);
	}
}

/* The second request's answer begins, and ends with the connection. */
static void talk_a_byte(struct stub_peer *peer)
{
	if (!stub_read_head(peer))
		return;
	stub_reply(peer, 200, "ok");
	if (stub_read_head(peer))
		stub_say(peer, peer->stub->arg);
}

static void asks_once_where_an_answer_has_begun(void **state)
{
	static const char *const answers[] = {
		"H",
		"HTTP/1.1 200 O",
		"HTTP/1.1 103 X\r\n\r\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < 2 * COUNT(answers); i++) {
		struct stub stub = { .talk = talk_a_byte,
				     .arg = answers[i / 2],
				     .tls = i % 2 == 0 ? tls.server : NULL };
		struct duet_client *client = new_client();
		struct duet_response *response;

		stub_start(&stub);
		response = must_send(client, DUET_REQUEST(.url = stub.url,
							  .insecure_http = 1));
		check_body(response, "ok");
		duet_response_free(response);
		check_fails(client,
			    DUET_REQUEST(.url = stub.url, .insecure_http = 1),
			    DUET_E_TRUNCATED, "");
		close_down(NULL, client, &stub);
		assert_int_equal(stub.connections, 1);
	}
}

static void talk_silent(struct stub_peer *peer)
{
	(void)stub_drain(peer);
}

static void gives_up_when_time_is_over(void **state)
{
	struct stub plain = { .talk = talk_silent };
	struct stub mute = { .talk = talk_silent };
	struct duet_client *client = new_client();
	struct duet_client *hasty =
		duet_client_new(DUET_CLIENT(.connect_ms = 300), NULL);
	struct duet_address address;
	int tarpit[SOCK_TARPIT_FDS];
	char url[128];

	(void)state;
	stub_start(&plain);
	check_fails(client,
		    DUET_REQUEST(.url = plain.url, .insecure_http = 1,
				 .timeout_ms = 300),
		    DUET_E_TIMEOUT, "the server was still to answer");

	stub_start(&mute); /* does not speak TLS, or anything */
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/",
		       (unsigned)mute.port);
	check_fails(client, DUET_REQUEST(.url = url, .timeout_ms = 300),
		    DUET_E_TIMEOUT, "the TLS handshake was not over");

	sock_tarpit(tarpit, &address);
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/",
		       (unsigned)duet_address_port(&address));
	check_fails(client, DUET_REQUEST(.url = url, .timeout_ms = 300),
		    DUET_E_TIMEOUT, "no answer");
	check_fails(hasty, DUET_REQUEST(.url = url), DUET_E_TIMEOUT,
		    "within 300 ms");

	duet_client_free(client);
	duet_client_free(hasty);
	stub_stop(&plain);
	stub_stop(&mute);
	sock_close_all(tarpit, COUNT(tarpit));
}

static void talk_greeting(struct stub_peer *peer)
{
	stub_say(peer, "220 mail.example ESMTP\r\n");
}

static void talk_half_a_head(struct stub_peer *peer)
{
	(void)stub_read_head(peer);
	stub_say(peer, "HTTP/1.1 200 OK\r\nContent-Le");
}

static void every_failure_is_a_sentence(void **state)
{
	struct stub greeting = { .talk = talk_greeting };
	struct stub half = { .talk = talk_half_a_head, .tls = tls.server };
	struct stub plain = { .talk = talk_greeting };
	struct duet_client *client = new_client();
	struct duet_client *stranger = duet_client_new(NULL, NULL);
	struct duet_address address;
	struct duet_error err;
	char url[128];
	int fd;

	(void)state;
	check_fails(client,
		    DUET_REQUEST(.url = "https://no-such-host.invalid/a?b"),
		    DUET_E_RESOLVE, "https://no-such-host.invalid/a: the name");

	fd = sock_bound("127.0.0.1", &address);
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/",
		       (unsigned)duet_address_port(&address));
	check_fails(client, DUET_REQUEST(.url = url), DUET_E_CONNECT,
		    "nothing listens there");
	(void)close(fd);

	stub_start(&greeting);
	check_fails(client,
		    DUET_REQUEST(.url = greeting.url, .insecure_http = 1),
		    DUET_E_HTTP, "http://127.0.0.1:");

	stub_start(&half);
	check_fails(client, DUET_REQUEST(.url = half.url), DUET_E_TRUNCATED,
		    "the head stopped after");
	/* Somebody who does not trust that root. */
	assert_null(duet_send(stranger, DUET_REQUEST(.url = half.url), &err));
	assert_in_range(-err.code, -DUET_E_UNTRUSTED, -DUET_E_CERTIFICATE);
	assert_non_null(strstr(err.text, " (127.0.0.1:"));

	stub_start(&plain);
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/",
		       (unsigned)plain.port);
	check_fails(client, DUET_REQUEST(.url = url), DUET_E_NOT_TLS, url);

	duet_client_free(client);
	duet_client_free(stranger);
	stub_stop(&greeting);
	stub_stop(&half);
	stub_stop(&plain);
}

/* The user's socket is used, left open, and as it was. */
static void speaks_through_a_socket_that_is_there(void **state)
{
	struct stub stub = { .talk = talk_paths, .tls = tls.server };
	struct duet_client *client = new_client();
	struct duet_response *response;
	struct duet_address address;
	char byte;
	int fd;

	(void)state;
	stub_start(&stub);
	assert_true(duet_address_parse(&address, "127.0.0.1", stub.port));
	fd = sock_connected(&address);
	/* Nobody listens at the port of that URL: it is not dialled. */
	response = must_send(client, DUET_REQUEST(.url = "https://localhost:1/",
						  .fd = &fd));
	check_body(response, "the end");
	duet_response_free(response);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	assert_true(send(fd, "", 0, MSG_NOSIGNAL) == 0); /* no FIN of ours */
	(void)shutdown(fd, SHUT_WR);
	while (recv(fd, &byte, 1, 0) > 0)
		;
	(void)close(fd);
	close_down(NULL, client, &stub);
	assert_int_equal(stub.connections, 1);
	assert_int_equal(count(stub.asked, "Host: localhost:1\r\n"), 1);
}

static void talk_417(struct stub_peer *peer)
{
	if (stub_read_head(peer))
		stub_say(peer, "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
}

/* The URL leads to another server than the socket does: never there. */
static void a_socket_is_never_left_for_another(void **state)
{
	struct stub there = { .talk = talk_paths };
	struct stub here = { .talk = talk_paths };
	struct stub no = { .talk = talk_417 };
	struct duet_client *client = new_client();
	struct duet_response *response;
	struct duet_address address;
	int fd;

	(void)state;
	stub_start(&there);
	stub_start(&here);
	stub_start(&no);
	assert_true(duet_address_parse(&address, "127.0.0.1", here.port));
	fd = sock_connected(&address);
	check_fails(client,
		    DUET_REQUEST(.url = url_of(&there, "/hop"), .fd = &fd,
				 .max_redirects = 5, .insecure_http = 1),
		    DUET_E_REDIRECT, ".fd");
	(void)close(fd);
	fd = sock_connected(&address);
	response =
		must_send(client, DUET_REQUEST(.url = url_of(&there, "/hop"),
					       .fd = &fd, .insecure_http = 1));
	assert_int_equal(duet_response_status(response), 302);
	duet_response_free(response);
	(void)close(fd);

	assert_true(duet_address_parse(&address, "127.0.0.1", no.port));
	fd = sock_connected(&address);
	response =
		must_send(client,
			  DUET_REQUEST(.url = there.url, .fd = &fd,
				       .insecure_http = 1, .body = { "abc", 3 },
				       .headers = DUET_HEADERS(
					       { "Expect", "100-continue" })));
	assert_int_equal(duet_response_status(response), 417);
	duet_response_free(response);
	(void)close(fd);
	duet_client_free(client);
	stub_stop(&here);
	stub_stop(&no);
	stub_stop(&there);
	assert_int_equal(there.connections, 0);
}

static void talk_a_head_and_leave(struct stub_peer *peer)
{
	if (stub_read_head(peer))
		stub_fin(peer);
}

static struct duet_facts facts_of_failure(struct duet_client *client,
					  const struct stub *stub, int code)
{
	struct duet_facts facts = { .size = sizeof(facts) };
	char address[64];

	check_fails(client, DUET_REQUEST(.url = stub->url), code, "");
	duet_client_failure_facts(client, &facts);
	(void)snprintf(address, sizeof(address), "127.0.0.1:%u",
		       (unsigned)stub->port);
	assert_string_equal(facts.address, address);
	assert_true(facts.connected_us >= 0);
	assert_true(facts.total_us >= facts.connected_us);
	assert_int_equal(facts.first_byte_us, -1);
	return facts;
}

static void a_failure_tells_how_far_it_came(void **state)
{
	struct stub stub = { .talk = talk_a_head_and_leave, .tls = tls.server };
	struct duet_facts facts = { .size = sizeof(facts) };
	struct duet_client *client = duet_client_new(NULL, NULL);

	(void)state;
	assert_non_null(client);
	duet_client_failure_facts(client, &facts);
	assert_string_equal(facts.address, "");
	assert_int_equal(facts.connected_us, -1);
	stub_start(&stub);
	facts = facts_of_failure(client, &stub, DUET_E_UNTRUSTED);
	assert_int_equal(facts.handshake_us, -1);
	assert_string_equal(facts.tls_version, "TLSv1.3");
	assert_true(facts.tls_cipher[0] != '\0' && facts.tls_group[0] != '\0');
	assert_string_equal(facts.peer_subject, "CN=stub");
	assert_true(facts.chain_pem.len > 0);
	assert_false(facts.verified);
	duet_client_free(client);
	client = new_client();
	facts = facts_of_failure(client, &stub, DUET_E_TRUNCATED);
	assert_true(facts.handshake_us >= facts.connected_us);
	assert_int_equal(facts.cut, DUET_CUT_FIN);
	assert_string_equal(facts.peer_subject, "CN=stub");
	assert_true(facts.verified);
	stub_stop(&stub);
	/* Nobody listens there any more. */
	check_fails(client, DUET_REQUEST(.url = stub.url), DUET_E_CONNECT, "");
	duet_client_failure_facts(client, &facts);
	assert_string_equal(facts.address, "");
	assert_string_equal(facts.tls_version, "");
	assert_int_equal(facts.connected_us, -1);
	duet_client_free(client);
}

static void check_knows_nothing(const struct duet_client *client)
{
	struct duet_facts facts = { .size = sizeof(facts) };

	duet_client_failure_facts(client, &facts);
	assert_string_equal(facts.address, "");
	assert_string_equal(facts.tls_version, "");
	assert_int_equal(facts.chain_pem.len, 0);
	assert_int_equal(facts.connected_us, -1);
	assert_int_equal(facts.cut, DUET_CUT_NONE);
}

static void what_never_began_has_no_facts_of_another(void **state)
{
	struct stub stub = { .talk = talk_a_head_and_leave, .tls = tls.server };
	struct duet_client *client = new_client();

	(void)state;
	stub_start(&stub);
	(void)facts_of_failure(client, &stub, DUET_E_TRUNCATED);
	check_fails(client, DUET_REQUEST(.url = "https://"), DUET_E_URL, "");
	check_knows_nothing(client);
	close_down(NULL, client, &stub);
}

static void is_given_up(struct duet_response *response,
			const struct duet_error *error, void *arg)
{
	assert_null(response);
	assert_int_equal(error->code, DUET_E_GONE);
	check_knows_nothing(arg);
}

static void what_is_given_up_has_no_facts_of_another(void **state)
{
	struct stub stub = { .talk = talk_a_head_and_leave, .tls = tls.server };
	struct duet_client *client = new_client();

	(void)state;
	stub_start(&stub);
	(void)facts_of_failure(client, &stub, DUET_E_TRUNCATED);
	assert_int_equal(duet_start(client, DUET_REQUEST(.url = stub.url),
				    is_given_up, client, NULL),
			 DUET_OK);
	close_down(NULL, client, &stub);
}

static void sends_the_host_it_means(void **state)
{
	struct stub stub = { .talk = talk_paths };
	struct duet_client *client =
		duet_client_new(DUET_CLIENT(.resolve =
						    (const struct duet_resolve
							     []){
							    { "Name.Example",
							      80, "127.0.0.1" },
							    { "other.example",
							      80, "::1" },
							    { 0 } }),
				NULL);
	struct duet_client *routed;
	struct duet_response *response;
	char url[64];

	(void)state;
	assert_non_null(client);
	duet_client_free(client);
	stub_start(&stub);
	routed = duet_client_new(DUET_CLIENT(.resolve =
						     (const struct duet_resolve
							      []){
							     { "Name.Example",
							       stub.port,
							       "127.0.0.1" },
							     { 0 } }),
				 NULL);
	(void)snprintf(url, sizeof(url), "http://name.example:%u/",
		       (unsigned)stub.port);
	response =
		must_send(routed, DUET_REQUEST(.url = url, .insecure_http = 1));
	check_body(response, "the end");
	duet_response_free(response);
	response =
		must_send(routed, DUET_REQUEST(.url = url, .insecure_http = 1,
					       .headers = DUET_HEADERS(
						       { "Host", "mine" })));
	check_body(response, "the end");
	duet_response_free(response);
	duet_client_free(routed);
	stub_stop(&stub);
	(void)snprintf(url, sizeof(url), "\r\nHost: name.example:%u\r\n",
		       (unsigned)stub.port);
	assert_int_equal(count(stub.asked, url), 1);
	assert_int_equal(count(stub.asked, "\r\nHost: mine\r\n"), 1);
	assert_int_equal(count(stub.asked, "\r\nUser-Agent: duet/"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_redirects_on_the_same_connection),
		cmocka_unit_test(does_not_follow_unless_asked),
		cmocka_unit_test(stops_in_a_circle),
		cmocka_unit_test(credentials_stay_with_their_origin),
		cmocka_unit_test(never_goes_from_https_to_http),
		cmocka_unit_test(does_not_read_a_long_redirect),
		cmocka_unit_test(does_not_wait_for_a_redirects_body),
		cmocka_unit_test(asks_again_when_a_kept_connection_died),
		cmocka_unit_test(asks_once_where_an_answer_has_begun),
		cmocka_unit_test(gives_up_when_time_is_over),
		cmocka_unit_test(every_failure_is_a_sentence),
		cmocka_unit_test(speaks_through_a_socket_that_is_there),
		cmocka_unit_test(a_socket_is_never_left_for_another),
		cmocka_unit_test(a_failure_tells_how_far_it_came),
		cmocka_unit_test(what_never_began_has_no_facts_of_another),
		cmocka_unit_test(what_is_given_up_has_no_facts_of_another),
		cmocka_unit_test(sends_the_host_it_means),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
