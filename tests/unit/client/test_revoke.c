/* SPDX-License-Identifier: MIT */
/* A client that fetches the lists its handshakes wait for. */
#define _GNU_SOURCE /* mkdtemp, nftw */
#include <sys/socket.h>

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>

#include <duet/openssl.h>

#include "client/revoke.h"
#include "support/certs.h"
#include "support/stub.h"
#include "support/tempdir.h"

static struct mint *root;
static struct mint *leaf;
static unsigned char *list; /* of root */
static size_t list_len;
static struct stub lists;
static struct stub site;
static char cache[TEMP_DIR_BYTES];
static atomic_bool went_on;

static void talk_list(struct stub_peer *peer)
{
	char head[128];

	while (stub_read_head(peer)) {
		if (strstr(peer->head, " /hop") != NULL) {
			stub_say(peer, "HTTP/1.1 302 X\r\nLocation: /1.crl\r\n"
				       "Content-Length: 0\r\n\r\n");
			continue;
		}
		(void)snprintf(head, sizeof(head),
			       "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
			       list_len);
		stub_say(peer, head);
		stub_say_bytes(peer, list, list_len);
	}
}

static void talk_silence(struct stub_peer *peer)
{
	(void)stub_drain(peer);
}

static void talk_hello(struct stub_peer *peer)
{
	while (stub_read_head(peer))
		stub_reply(peer, 200, "hello");
}

/* A site whose certificate names a list at that path of the other server. */
static void start(stub_talk_fn *talk, const char *path,
		  const struct mint_crl_spec *spec)
{
	struct duet_identity *identity;
	char url[128];

	lists = (struct stub){ .talk = talk };
	stub_start(&lists);
	(void)snprintf(url, sizeof(url), "%s%s", lists.url, path);
	root = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	leaf = mint_new(root, MINT(.cn = "leaf", .crl_url = url,
				   .names = "localhost,IP:127.0.0.1"));
	list = mint_crl_der(root, spec, &list_len);
	identity = duet_identity_new(DUET_IDENTITY(.cert_pem = duet_str(
							   leaf->cert_pem),
						   .key_pem = duet_str(
							   leaf->key_pem)),
				     NULL);
	assert_non_null(identity);
	site = (struct stub){ .talk = talk_hello, .parallel = true };
	site.tls =
		duet_config_server(DUET_SERVER_CONFIG(.identities = &identity,
						      .n_identities = 1),
				   NULL);
	assert_non_null(site.tls);
	stub_start(&site);
	duet_identity_release(identity);
}

static void stop(void)
{
	stub_stop(&site);
	stub_stop(&lists);
	duet_config_release(site.tls);
	free(list);
	mint_free(leaf);
	mint_free(root);
}

static struct duet_client *new_client(uint8_t mode,
				      struct duet_client_options more)
{
	struct duet_trust *trust =
		duet_trust_new(DUET_TRUST(.ca_pem = duet_str(root->cert_pem)),
			       NULL);
	struct duet_client *client;

	more.size = sizeof(more);
	more.tls = duet_config_client(DUET_CLIENT_CONFIG(.trust = trust,
							 .revocation = mode),
				      NULL);
	assert_non_null(more.tls);
	client = duet_client_new(&more, NULL);
	assert_non_null(client);
	duet_config_release(more.tls);
	duet_trust_release(trust);
	return client;
}

static int ask(struct duet_client *client, struct duet_facts *facts,
	       struct duet_error *err)
{
	struct duet_response *response;

	*facts = (struct duet_facts){ .size = sizeof(*facts) };
	memset(err, 0, sizeof(*err));
	response = duet_send(client, DUET_REQUEST(.url = site.url, .fresh = 1),
			     err);
	if (response == NULL) {
		duet_client_failure_facts(client, facts);
		return err->code;
	}
	duet_response_facts(response, facts);
	assert_int_equal(facts->n_revocation, 1);
	facts->n_revocation = facts->revocation[0].state; /* it goes */
	duet_response_free(response);
	return DUET_OK;
}

static void a_list_is_fetched_and_obeyed(void **state)
{
	struct duet_client *client;
	struct duet_facts facts;
	struct duet_error err;

	(void)state;
	start(talk_list, "/hop", MINT_CRL(.number = 1));
	client = new_client(DUET_REVOCATION_HARD,
			    (struct duet_client_options){ 0 });
	if (ask(client, &facts, &err) != DUET_OK)
		fail_msg("%s", err.text);
	assert_int_equal(facts.n_revocation, DUET_REVOCATION_GOOD);
	duet_client_free(client);
	stop();
}

static void kept_lists_are_not_fetched(void **state)
{
	struct duet_client *client;
	struct duet_facts facts;
	struct duet_error err;
	int i;

	(void)state;
	start(talk_list, "/1.crl", MINT_CRL(.number = 1));
	for (i = 0; i < 3; i++) {
		client = new_client(DUET_REVOCATION_HARD,
				    (struct duet_client_options){
					    .crl_dir = cache });
		if (ask(client, &facts, &err) != DUET_OK)
			fail_msg("%s", err.text);
		duet_client_free(client);
	}
	assert_int_equal(lists.connections, 1);
	stop();
}

static void limits_are_told(void **state)
{
	const struct {
		stub_talk_fn *talk;
		struct duet_client_options options;
		uint8_t doubt;
		const char *words;
	} cases[] = {
		{ talk_silence,
		  { .crl_ms = 500 },
		  DUET_DOUBT_SLOW,
		  "did not come within 500 ms" },
		{ talk_list,
		  { .crl_bytes = 100 },
		  DUET_DOUBT_OVERSIZED,
		  "is larger than 100 bytes" },
	};
	struct duet_client *client;
	struct duet_facts facts;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		start(cases[i].talk, "/1.crl", MINT_CRL(.number = 1));
		client = new_client(DUET_REVOCATION_HARD, cases[i].options);
		assert_int_equal(ask(client, &facts, &err), DUET_E_NO_CRL);
		assert_non_null(strstr(err.text, cases[i].words));
		assert_int_equal(facts.revocation[0].doubt, cases[i].doubt);
		/* What could not be had a moment ago is not asked for again. */
		assert_int_equal(ask(client, &facts, &err), DUET_E_NO_CRL);
		assert_non_null(strstr(err.text, cases[i].words));
		duet_client_free(client);
		assert_int_equal(lists.connections, 1);
		client = new_client(DUET_REVOCATION_SOFT, cases[i].options);
		assert_int_equal(ask(client, &facts, &err), DUET_OK);
		assert_int_equal(facts.n_revocation, DUET_REVOCATION_UNKNOWN);
		duet_client_free(client);
		stop();
	}
}

struct seen {
	int done;
	int status;
};

static void note(struct duet_response *response, const struct duet_error *err,
		 void *arg)
{
	struct seen *seen = arg;

	seen->done++;
	seen->status = err != NULL ? err->code : DUET_OK;
	duet_response_free(response);
}

/* One request waits for a list that never comes, and another is not held up. */
static void nothing_else_waits(void **state)
{
	struct stub other = { .talk = talk_hello };
	struct seen waiting = { 0, 0 };
	struct seen going = { 0, 0 };
	struct duet_client *client;
	struct duet_error err;

	(void)state;
	start(talk_silence, "/1.crl", MINT_CRL(.number = 1));
	stub_start(&other);
	client = new_client(DUET_REVOCATION_SOFT,
			    (struct duet_client_options){ 0 });
	assert_int_equal(duet_start(client, DUET_REQUEST(.url = site.url), note,
				    &waiting, &err),
			 DUET_OK);
	while (lists.connections == 0)
		assert_int_equal(duet_client_step(client, 10, &err), DUET_OK);
	assert_int_equal(duet_start(client,
				    DUET_REQUEST(.url = other.url,
						 .insecure_http = 1),
				    note, &going, &err),
			 DUET_OK);
	while (going.done == 0)
		assert_int_equal(duet_client_step(client, -1, &err), DUET_OK);
	assert_int_equal(going.status, DUET_OK);
	assert_int_equal(waiting.done, 0);
	/* And it may end in the midst of that. */
	duet_client_free(client);
	assert_int_equal(waiting.done, 1);
	assert_int_equal(waiting.status, DUET_E_GONE);
	stub_stop(&other);
	stop();
}

static int make(void **state)
{
	(void)state;
	temp_dir_make(cache);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	return temp_dir_remove(cache);
}

/* TLS 1.2 as far as the client's part of it, and then nothing. */
static void talk_half_a_handshake(struct stub_peer *peer)
{
	struct duet_config *config = (struct duet_config *)peer->stub->arg;
	struct duet_tls *engine = duet_tls_server(config, NULL);
	struct duet_bytes bytes = { NULL, 0 };
	struct duet_room room;
	ssize_t n = 1;

	if (engine == NULL)
		return;
	(void)SSL_set_max_proto_version(duet_tls_ssl(engine), TLS1_2_VERSION);
	while (n > 0 && bytes.len == 0 &&
	       duet_tls_recv_room(engine, &room) == DUET_OK) {
		n = recv(peer->fd, room.data, room.len, 0);
		duet_tls_recv_done(engine, n > 0 ? (size_t)n : 0);
		if (duet_tls_handshake(engine, NULL) < 0)
			break;
		bytes = duet_tls_send_bytes(engine);
	}
	stub_say_bytes(peer, bytes.data, bytes.len);
	if (stub_read(peer, 1))
		atomic_store(&went_on, true);
	(void)stub_drain(peer);
	duet_tls_free(engine);
}

/* Time that runs out later is not the lists' fault. */
static void lists_that_came_are_not_blamed(void **state)
{
	struct stub half = { .talk = talk_half_a_handshake };
	struct duet_client *client;
	struct duet_error err;
	char url[64];
	int32_t patience;

	(void)state;
	start(talk_list, "/1.crl", MINT_CRL(.number = 1));
	half.arg = site.tls;
	stub_start(&half);
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/",
		       (unsigned)half.port);
	client = new_client(DUET_REVOCATION_HARD,
			    (struct duet_client_options){ 0 });
	/* Long enough, however slow this is. */
	for (patience = 200; !atomic_load(&went_on); patience *= 2) {
		assert_null(duet_send(client,
				      DUET_REQUEST(.url = url,
						   .timeout_ms = patience),
				      &err));
		assert_int_equal(err.code, DUET_E_TIMEOUT);
	}
	assert_non_null(strstr(err.text, "the TLS handshake was not over"));
	duet_client_free(client);
	stub_stop(&half);
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_fetched_and_obeyed),
		cmocka_unit_test(kept_lists_are_not_fetched),
		cmocka_unit_test(limits_are_told),
		cmocka_unit_test(nothing_else_waits),
		cmocka_unit_test(lists_that_came_are_not_blamed),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
