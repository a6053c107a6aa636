/* SPDX-License-Identifier: MIT */
/* What is asked again by itself, because it was said before the handshake. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "support/sock.h"

enum {
	EARLY = 4000,
	LARGE = 70000, /* more than is drained for a connection's sake */
};

/* A head that came early, and whether the next is still to be turned away. */
static bool is_early(struct stub_peer *peer)
{
	bool early = peer->n_early > 0;

	peer->n_early = 0;
	return early;
}

static void talk(struct stub_peer *peer)
{
	while (stub_read_head(peer))
		stub_reply(peer, 200, is_early(peer) ? "early" : "late");
}

static void talk_425(struct stub_peer *peer)
{
	while (stub_read_head(peer))
		stub_reply(peer, is_early(peer) ? 425 : 200, "late");
}

static void talk_425_always(struct stub_peer *peer)
{
	while (stub_read_head(peer))
		stub_reply(peer, peer->number > 0 ? 425 : 200, "no");
}

static void talk_425_at_length(struct stub_peer *peer)
{
	char *body = calloc(1, LARGE + 1);

	if (body == NULL)
		abort();
	memset(body, 'x', LARGE);
	while (stub_read_head(peer))
		if (is_early(peer))
			stub_reply(peer, 425, body);
		else
			stub_reply(peer, 200, "late");
	free(body);
}

static void talk_redirect(struct stub_peer *peer)
{
	while (stub_read_head(peer))
		if (strstr(peer->head, " /hop ") != NULL)
			stub_say(peer,
				 "HTTP/1.1 302 X\r\nLocation: /\r\n"
				 "Content-Length: 0\r\nConnection: close\r\n\r\n");
		else
			stub_reply(peer, 200,
				   is_early(peer) ? "early" : "late");
}

static int count(const struct stub *stub, const char *what)
{
	const char *p = stub->asked;
	int n = 0;

	for (; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

/* Sessions outlive a client in one slot. */
static struct {
	char data[8192];
	size_t len;
} slot;

static void keep(void *arg, const struct duet_session_key *key,
		 struct duet_bytes session)
{
	(void)arg;
	(void)key;
	assert_true(session.len <= sizeof(slot.data));
	memcpy(slot.data, session.data, session.len);
	slot.len = session.len;
}

static size_t take(void *arg, const struct duet_session_key *key, void *buf,
		   size_t cap)
{
	size_t len = slot.len;

	(void)arg;
	(void)key;
	assert_true(len <= cap);
	memcpy(buf, slot.data, len);
	slot.len = 0;
	return len;
}

static struct duet_client *client_of_slot(void)
{
	struct duet_client *client =
		duet_client_new(DUET_CLIENT(.tls = tls.client,
					    .session_keep = keep,
					    .session_take = take),
				NULL);

	assert_non_null(client);
	return client;
}

/* One request with a client of its own: its status, its body, its facts. */
static int ask(const struct duet_request *request, const char *want,
	       struct duet_facts *ret_facts)
{
	struct duet_client *client = client_of_slot();
	struct duet_response *response = must_send(client, request);
	struct duet_bytes body = { NULL, 0 };
	struct duet_error err = { 0 };
	int status = duet_response_status(response);

	if (duet_response_body(response, &body, &err) != DUET_OK)
		fail_msg("%s", err.text);
	assert_int_equal(body.len, strlen(want));
	assert_memory_equal(body.data, want, body.len);
	ret_facts->size = sizeof(*ret_facts);
	duet_response_facts(response, ret_facts);
	duet_response_free(response);
	duet_client_free(client);
	return status;
}

static void begin(struct stub *stub, stub_talk_fn *fn)
{
	struct duet_facts facts;

	*stub = (struct stub){ .tls = tls.server, .talk = fn, .early = EARLY };
	slot.len = 0;
	stub_start(stub);
	(void)ask(DUET_REQUEST(.url = stub->url),
		  fn == talk_425_always ? "no" : "late", &facts);
	assert_int_equal(facts.early_data, DUET_EARLY_NONE);
	assert_true(slot.len > 0);
}

static void what_is_accepted_is_asked_once(void **state)
{
	struct duet_facts facts;
	struct stub stub;

	(void)state;
	begin(&stub, talk);
	assert_int_equal(ask(DUET_REQUEST(.url = stub.url, .early_data = 1),
			     "early", &facts),
			 200);
	assert_int_equal(facts.early_data, DUET_EARLY_ACCEPTED);
	assert_true(facts.resumed);
	stub_stop(&stub);
	assert_int_equal(count(&stub, "GET / "), 2);
}

static void nobody_gets_it_unasked(void **state)
{
	struct duet_facts facts;
	struct stub stub;

	(void)state;
	begin(&stub, talk);
	(void)ask(DUET_REQUEST(.url = stub.url), "late", &facts);
	assert_int_equal(facts.early_data, DUET_EARLY_NONE);
	assert_true(facts.resumed);
	/* A connection of its own has no earlier session. */
	(void)ask(DUET_REQUEST(.url = stub.url, .early_data = 1, .fresh = 1),
		  "late", &facts);
	assert_int_equal(facts.early_data, DUET_EARLY_NONE);
	assert_false(facts.resumed);
	stub_stop(&stub);
}

static void what_is_rejected_is_asked_again_there(void **state)
{
	static uint8_t keys[1][DUET_TICKET_KEY_BYTES];
	struct duet_facts facts;
	struct stub stub;

	(void)state;
	begin(&stub, talk);
	keys[0][0]++;
	assert_int_equal(duet_config_ticket_keys(tls.server,
						 (const uint8_t(*)[80])keys, 1,
						 NULL),
			 DUET_OK);
	assert_int_equal(ask(DUET_REQUEST(.url = stub.url, .early_data = 1),
			     "late", &facts),
			 200);
	assert_int_equal(facts.early_data, DUET_EARLY_REJECTED);
	assert_false(facts.resumed);
	assert_true(facts.verified);
	stub_stop(&stub);
	assert_int_equal(stub.connections, 2);
	assert_int_equal(count(&stub, "GET / "), 2);
}

/* RFC 8470 s5.2 */
static void a_425_is_asked_again_after_the_handshake(void **state)
{
	struct duet_facts facts;
	struct stub stub;

	(void)state;
	begin(&stub, talk_425);
	assert_int_equal(ask(DUET_REQUEST(.url = stub.url, .early_data = 1),
			     "late", &facts),
			 200);
	assert_int_equal(facts.early_data, DUET_EARLY_ACCEPTED);
	assert_true(facts.reused);
	stub_stop(&stub);
	assert_int_equal(stub.connections, 2);
	assert_int_equal(count(&stub, "GET / "), 3);
}

static void a_425_too_long_costs_its_connection(void **state)
{
	struct duet_facts facts;
	struct stub stub;

	(void)state;
	begin(&stub, talk_425_at_length);
	assert_int_equal(ask(DUET_REQUEST(.url = stub.url, .early_data = 1),
			     "late", &facts),
			 200);
	assert_int_equal(facts.early_data, DUET_EARLY_ACCEPTED);
	assert_false(facts.reused);
	stub_stop(&stub);
	assert_int_equal(stub.connections, 3);
	assert_int_equal(count(&stub, "GET / "), 3);
}

static void a_second_425_is_the_answer(void **state)
{
	struct duet_facts facts;
	struct stub stub;

	(void)state;
	begin(&stub, talk_425_always);
	assert_int_equal(ask(DUET_REQUEST(.url = stub.url, .early_data = 1),
			     "no", &facts),
			 425);
	/* ... and the first, to what was not sent early. */
	assert_int_equal(ask(DUET_REQUEST(.url = stub.url), "no", &facts), 425);
	stub_stop(&stub);
	assert_int_equal(count(&stub, "GET / "), 4);
}

static void on_a_socket_of_the_users_there_is_one_try(void **state)
{
	struct duet_address address;
	struct duet_facts facts;
	struct stub stub;
	int fd;

	(void)state;
	begin(&stub, talk_425);
	assert_true(duet_address_parse(&address, "127.0.0.1", stub.port));
	fd = sock_connected(&address);
	assert_int_equal(ask(DUET_REQUEST(.url = stub.url, .early_data = 1,
					  .fd = &fd),
			     "late", &facts),
			 425);
	assert_int_equal(facts.early_data, DUET_EARLY_ACCEPTED);
	assert_int_equal(close(fd), 0);
	stub_stop(&stub);
	assert_int_equal(count(&stub, "GET / "), 2);
}

/* Though there is a session for it again. */
static void where_a_redirect_leads_it_does_not_go_early(void **state)
{
	struct duet_facts facts;
	char url[96];
	struct stub stub;

	(void)state;
	begin(&stub, talk_redirect);
	(void)snprintf(url, sizeof(url), "%s/hop", stub.url);
	assert_int_equal(ask(DUET_REQUEST(.url = url, .early_data = 1,
					  .max_redirects = 1),
			     "late", &facts),
			 200);
	assert_int_equal(facts.early_data, DUET_EARLY_ACCEPTED);
	assert_int_equal(facts.redirects, 1);
	stub_stop(&stub);
	assert_int_equal(stub.connections, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_accepted_is_asked_once),
		cmocka_unit_test(nobody_gets_it_unasked),
		cmocka_unit_test(what_is_rejected_is_asked_again_there),
		cmocka_unit_test(a_425_is_asked_again_after_the_handshake),
		cmocka_unit_test(a_425_too_long_costs_its_connection),
		cmocka_unit_test(a_second_425_is_the_answer),
		cmocka_unit_test(on_a_socket_of_the_users_there_is_one_try),
		cmocka_unit_test(where_a_redirect_leads_it_does_not_go_early),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
