/* SPDX-License-Identifier: MIT */
/* Cookies, credentials and HSTS at each hop: what is remembered of an answer
 * goes with the next request, and with no other. */
#include <stdio.h>
#include <string.h>

#include <duet/state.h>

#include "base/clock.h"
#include "client/hsts.h"
#include "fixture.h"

static char urls[2][64]; /* of the stub: localhost, and 127.0.0.1 */

/* /hop sets a cookie and leads to /end, /away to the other name. */
static void talk(struct stub_peer *peer)
{
	char text[512];

	while (stub_read_head(peer)) {
		if (strstr(peer->head, " /hop") != NULL)
			(void)snprintf(text, sizeof(text),
				       "HTTP/1.1 302 X\r\nLocation: /end\r\n"
				       "Set-Cookie: hop=1\r\n"
				       "Strict-Transport-Security: max-age=9\r\n"
				       "Content-Length: 0\r\n\r\n");
		else if (strstr(peer->head, " /away") != NULL)
			(void)snprintf(text, sizeof(text),
				       "HTTP/1.1 307 X\r\nLocation: %s/end\r\n"
				       "Set-Cookie: away=1\r\n"
				       "Content-Length: 0\r\n\r\n",
				       urls[1]);
		else
			(void)snprintf(text, sizeof(text),
				       "HTTP/1.1 200 X\r\nSet-Cookie: end=1\r\n"
				       "Content-Length: 0\r\n\r\n");
		stub_say(peer, text);
	}
}

static void start(struct stub *stub)
{
	stub->tls = tls.server;
	stub->talk = talk;
	stub->parallel = true;
	stub_start(stub);
	(void)snprintf(urls[0], sizeof(urls[0]), "https://localhost:%u",
		       (unsigned)stub->port);
	(void)snprintf(urls[1], sizeof(urls[1]), "https://127.0.0.1:%u",
		       (unsigned)stub->port);
}

static struct duet_client *client_of(const struct stub *stub,
				     struct duet_client_options options)
{
	const struct duet_resolve routes[] = {
		{ "localhost", stub->port, "127.0.0.1" },
		{ NULL, 0, NULL },
	};
	struct duet_client *client;

	options.size = sizeof(options);
	options.tls = tls.client;
	options.resolve = routes;
	client = duet_client_new(&options, NULL);
	assert_non_null(client);
	return client;
}

static void ask(struct duet_client *client, const char *base, const char *path,
		const struct duet_header *headers)
{
	char url[128];

	(void)snprintf(url, sizeof(url), "%s%s", base, path);
	duet_response_free(
		must_send(client, DUET_REQUEST(.url = url, .headers = headers,
					       .max_redirects = 3)));
}

static void every_hop_stores_and_sends_cookies(void **state)
{
	struct duet_cookies *cookies = duet_cookies_new(NULL);
	struct stub stub = { 0 };
	struct duet_client *client;

	(void)state;
	start(&stub);
	client = client_of(&stub,
			   (struct duet_client_options){ .cookies = cookies });
	ask(client, urls[0], "/hop", NULL);
	ask(client, urls[0], "/away", DUET_HEADERS({ "Cookie", "own=2" }));
	close_down(NULL, client, &stub);
	duet_cookies_free(cookies);
	/* in the order of the requests: /hop, /end, /away, /end elsewhere */
	assert_null(strstr(strstr(stub.asked, "/hop"), "Cookie: own=2; "));
	assert_non_null(
		strstr(strstr(stub.asked, "GET /end"), "Cookie: hop=1\r\n"));
	assert_non_null(strstr(strstr(stub.asked, "GET /away"),
			       "Cookie: hop=1; end=1; own=2\r\n"));
	/* neither theirs nor the user's go to another host */
	assert_null(strstr(strstr(strstr(stub.asked, "GET /away"), "GET /end"),
			   "Cookie:"));
}

static const char *credentials(void *arg, const char *host, bool redirected)
{
	char *asked = arg;
	size_t n = strlen(asked);

	asked[n] = redirected ? 'r' : 'f';
	asked[n + 1] = '\0';
	return strcmp(host, "localhost") == 0 ? "user:pass" : NULL;
}

static void credentials_are_asked_for_at_each_hop(void **state)
{
	char asked[64] = "";
	struct stub stub = { 0 };
	struct duet_client *client;

	(void)state;
	start(&stub);
	client = client_of(&stub, (struct duet_client_options){
					  .credentials = credentials,
					  .credentials_arg = asked });
	ask(client, urls[0], "/away", NULL);
	assert_string_equal(asked, "fr");
	/* Who says it already is not asked. */
	ask(client, urls[0], "/end",
	    DUET_HEADERS({ "Authorization", "Own x" }));
	assert_string_equal(asked, "fr");
	close_down(NULL, client, &stub);
	assert_non_null(
		strstr(stub.asked, "Authorization: Basic dXNlcjpwYXNz\r\n"));
	assert_null(strstr(strstr(stub.asked, "GET /end"), "Basic"));
}

static void who_wants_https_gets_it(void **state)
{
	struct duet_hsts *hsts = duet_hsts_new(NULL);
	struct stub stub = { 0 };
	struct duet_client *client;
	struct duet_error err = { 0 };
	char plain[64];

	(void)state;
	start(&stub);
	client = client_of(&stub, (struct duet_client_options){ .hsts = hsts });
	(void)snprintf(plain, sizeof(plain), "http://localhost:%u",
		       (unsigned)stub.port);
	assert_null(duet_send(client, DUET_REQUEST(.url = plain), &err));
	assert_int_equal(err.code, DUET_E_URL);
	ask(client, urls[0], "/hop", NULL);
	assert_true(duet_hsts_knows(hsts, "localhost", duet_clock_wall()));
	/* Not refused any more: it is https now. */
	ask(client, plain, "/end", NULL);
	/* An address says so in vain. */
	ask(client, urls[1], "/hop", NULL);
	assert_false(duet_hsts_knows(hsts, "127.0.0.1", duet_clock_wall()));
	close_down(NULL, client, &stub);
	duet_hsts_free(hsts);
}

/* RFC 6797 s8.1: over http, and unverified, nobody has said it. */
static void only_who_is_verified_is_believed(void **state)
{
	struct duet_hsts *hsts = duet_hsts_new(NULL);
	struct duet_config *believing =
		duet_config_client(DUET_CLIENT_CONFIG(
						   .insecure_any_certificate =
							   true),
				   NULL);
	struct duet_client_options options = { .size = sizeof(options),
					       .tls = believing,
					       .hsts = hsts };
	struct stub stub = { 0 };
	struct stub plain = { .talk = talk };
	struct duet_client *client = duet_client_new(&options, NULL);
	char url[128];

	(void)state;
	start(&stub);
	stub_start(&plain);
	ask(client, urls[0], "/hop", NULL);
	(void)snprintf(url, sizeof(url), "http://localhost:%u/hop",
		       (unsigned)plain.port);
	duet_response_free(must_send(client, DUET_REQUEST(.url = url,
							  .insecure_http = 1)));
	assert_false(duet_hsts_knows(hsts, "localhost", duet_clock_wall()));
	close_down(NULL, client, &stub);
	stub_stop(&plain);
	duet_config_release(believing);
	duet_hsts_free(hsts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_hop_stores_and_sends_cookies),
		cmocka_unit_test(credentials_are_asked_for_at_each_hop),
		cmocka_unit_test(who_wants_https_gets_it),
		cmocka_unit_test(only_who_is_verified_is_believed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
