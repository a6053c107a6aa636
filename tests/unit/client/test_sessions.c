/* SPDX-License-Identifier: MIT */
/* Sessions in a place of the user's; those in memory are test_pool.c's. */
#include <stdio.h>
#include <string.h>

#include "fixture.h"

struct shelf {
	char session[65536];
	size_t n;
	int kept;
	int asked;
	uint16_t port;
	char settings[65];
};

static void check_key(struct shelf *shelf, const struct duet_session_key *key)
{
	assert_string_equal(key->host, "127.0.0.1");
	assert_int_equal(key->port, shelf->port);
	assert_int_equal(strlen(key->settings), 64);
	if (shelf->settings[0] != '\0')
		assert_string_equal(key->settings, shelf->settings);
	(void)snprintf(shelf->settings, sizeof(shelf->settings), "%s",
		       key->settings);
}

static void keep(void *arg, const struct duet_session_key *key,
		 struct duet_bytes session)
{
	struct shelf *shelf = arg;

	check_key(shelf, key);
	assert_in_range(session.len, 1, sizeof(shelf->session));
	memcpy(shelf->session, session.data, session.len);
	shelf->n = session.len;
	shelf->kept++;
}

static size_t take(void *arg, const struct duet_session_key *key, void *buf,
		   size_t cap)
{
	struct shelf *shelf = arg;
	size_t n = shelf->n;

	check_key(shelf, key);
	assert_true(n <= cap);
	memcpy(buf, shelf->session, n);
	shelf->n = 0;
	shelf->asked++;
	return n;
}

static void talk_close(struct stub_peer *peer)
{
	if (stub_read_head(peer))
		stub_say(peer, "HTTP/1.1 200 OK\r\nConnection: close\r\n"
			       "Content-Length: 2\r\n\r\nok");
}

static bool resumes(struct shelf *shelf, const char *url, bool fresh)
{
	struct duet_client *client =
		duet_client_new(DUET_CLIENT(.tls = tls.client,
					    .session_keep = keep,
					    .session_take = take,
					    .session_arg = shelf),
				NULL);
	struct duet_facts facts = { .size = sizeof(facts) };
	struct duet_response *response;
	struct duet_bytes body;

	assert_non_null(client);
	response = must_send(client, DUET_REQUEST(.url = url, .fresh = fresh));
	assert_int_equal(duet_response_body(response, &body, NULL), DUET_OK);
	duet_response_facts(response, &facts);
	duet_response_free(response);
	duet_client_free(client);
	return facts.resumed;
}

static void another_client_goes_on_with_it(void **state)
{
	static struct shelf shelf;
	struct stub stub = { .talk = talk_close, .tls = tls.server };

	(void)state;
	stub_start(&stub);
	shelf.port = stub.port;
	assert_false(resumes(&shelf, stub.url, false));
	assert_int_equal(shelf.kept, 1);
	assert_true(resumes(&shelf, stub.url, false));
	assert_int_equal(shelf.kept, 2);
	/* One that is nothing costs a full handshake. */
	memset(shelf.session, 'x', 40);
	assert_false(resumes(&shelf, stub.url, false));
	/* A connection of its own asks for none, and leaves none. */
	assert_false(resumes(&shelf, stub.url, true));
	assert_int_equal(shelf.asked, 3);
	assert_int_equal(shelf.kept, 3);
	stub_stop(&stub);
}

static void wants_both_or_none(void **state)
{
	struct duet_error err;

	(void)state;
	assert_null(duet_client_new(DUET_CLIENT(.session_keep = keep), &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
	assert_null(duet_client_new(DUET_CLIENT(.session_take = take), &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_client_goes_on_with_it),
		cmocka_unit_test(wants_both_or_none),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
