/* SPDX-License-Identifier: MIT */
#include "unit/tls/ends.h"

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

static struct mint *ca;
static struct mint *other_ca;
static struct mint *leaf;
static struct duet_identity *identity;
static struct duet_trust *trust;

static int set_up(void **state)
{
	(void)state;
	ca = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	other_ca = mint_new(NULL, MINT(.cn = "Other", .ca = true));
	leaf = mint_new(ca, MINT(.cn = "x", .names = "a.example,b.example"));
	identity = identity_of(leaf);
	trust = trust_in(ca);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	duet_trust_release(trust);
	duet_identity_release(identity);
	mint_free(leaf);
	mint_free(other_ca);
	mint_free(ca);
	return 0;
}

static struct duet_config *a_client(void)
{
	return client_with((struct duet_client_config){ .trust = trust });
}

static struct duet_config *a_server(void)
{
	return server_with((struct duet_server_config){ .identities = &identity,
							.n_identities = 1 });
}

/* Visit, and leave with a session. */
static struct duet_buffer visit(struct duet_config *client,
				struct duet_config *server, int version)
{
	struct duet_buffer session = { NULL, 0 };
	struct duet_error err;
	struct ends ends;

	begin(&ends, client, "a.example", server);
	at_most(&ends, version);
	shaken(&ends);
	tell(ends.server, ends.client); /* the ticket comes before it */
	if (duet_tls_session_export(ends.client, &session, &err) != DUET_OK)
		fail_msg("%s", err.text);
	done(&ends);
	return session;
}

static struct duet_bytes bytes_of(const struct duet_buffer *buffer)
{
	struct duet_bytes bytes = { buffer->data, buffer->len };

	return bytes;
}

/* Visit again with that session: whether it was resumed, on both sides. */
static bool visit_again(struct duet_config *client, struct duet_config *server,
			int version, const struct duet_buffer *session)
{
	struct duet_peer at_client = { .size = sizeof(at_client) };
	struct duet_peer at_server = { .size = sizeof(at_server) };
	struct duet_error err;
	struct ends ends;

	begin(&ends, client, "a.example", server);
	at_most(&ends, version);
	if (duet_tls_session_import(ends.client, bytes_of(session), &err) !=
	    DUET_OK)
		fail_msg("%s", err.text);
	shaken(&ends);
	tell(ends.client, ends.server);
	tell(ends.server, ends.client);
	assert_int_equal(duet_tls_peer(ends.client, &at_client), DUET_OK);
	assert_int_equal(duet_tls_peer(ends.server, &at_server), DUET_OK);
	assert_int_equal(at_client.resumed, at_server.resumed);
	assert_true(at_client.verified);
	assert_true(at_client.has_certificate);
	assert_string_equal(at_server.server_name, "a.example");
	done(&ends);
	return at_client.resumed;
}

static void resumes_what_it_exported(void **state)
{
	struct duet_config *client = a_client();
	struct duet_config *same = a_client();
	struct duet_config *server = a_server();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(versions); i++) {
		struct duet_buffer session;

		session = visit(client, server, versions[i]);
		assert_true(visit_again(client, server, versions[i], &session));
		/* A configuration made the same way is the same policy. */
		assert_true(visit_again(same, server, versions[i], &session));
		duet_buffer_free(&session);
	}
	duet_config_release(client);
	duet_config_release(same);
	duet_config_release(server);
}

static void has_nothing_to_export_before_the_ticket(void **state)
{
	struct duet_config *client = a_client();
	struct duet_config *server = a_server();
	struct duet_buffer session;
	struct duet_error err;
	struct ends ends;

	(void)state;
	begin(&ends, client, "a.example", server);
	assert_int_equal(duet_tls_session_export(ends.client, &session, &err),
			 DUET_E_STATE);
	shaken(&ends);
	assert_int_equal(duet_tls_session_export(ends.client, &session, &err),
			 DUET_E_STATE);
	tell(ends.server, ends.client);
	assert_int_equal(duet_tls_session_export(ends.client, &session, &err),
			 DUET_OK);
	duet_buffer_free(&session);
	assert_int_equal(duet_tls_session_export(ends.server, &session, &err),
			 DUET_E_ARGUMENT);
	done(&ends);
	duet_config_release(client);
	duet_config_release(server);
}

static void gives_no_ticket_when_told_not_to(void **state)
{
	struct duet_config *client = a_client();
	struct duet_config *server;
	struct duet_buffer session;
	struct ends ends;
	size_t i;

	(void)state;
	server = server_with((struct duet_server_config){
		.identities = &identity, .n_identities = 1, .no_tickets = 1 });
	for (i = 0; i < COUNT(versions); i++) {
		begin(&ends, client, "a.example", server);
		at_most(&ends, versions[i]);
		shaken(&ends);
		tell(ends.server, ends.client);
		assert_int_equal(duet_tls_session_export(ends.client, &session,
							 NULL),
				 DUET_E_STATE);
		done(&ends);
	}
	duet_config_release(client);
	duet_config_release(server);
}

/* A session is not verified again, so it serves its own policy only. */
static void refuses_sessions_of_others(void **state)
{
	struct mint *alice = mint_new(ca, MINT(.cn = "Alice"));
	struct duet_identity *as_alice = identity_of(alice);
	struct duet_trust *other_trust = trust_in(other_ca);
	char *crl = mint_crl(ca, NULL, 0, 0);
	struct duet_trust *crl_trust = trust_with(ca, crl);
	const struct duet_client_config others[] = {
		{ .trust = other_trust },
		{ .trust = crl_trust },
		{ .trust = trust, .identity = as_alice },
		{ .trust = trust, .insecure_any_name = 1 },
		{ .trust = trust, .insecure_any_time = 1 },
		{ .trust = trust, .insecure_any_certificate = 1 },
		{ .trust = trust, .profile = DUET_PROFILE_MODERN },
		{ .trust = trust, .crl = DUET_CRL_LEAF },
	};
	struct duet_config *client = a_client();
	struct duet_config *server = a_server();
	struct duet_buffer session = visit(client, server, TLS1_3_VERSION);
	struct duet_error err;
	struct duet_tls *tls;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(others); i++) {
		struct duet_config *config = client_with(others[i]);

		tls = duet_tls_client(config, "a.example", NULL);
		assert_int_equal(duet_tls_session_import(tls,
							 bytes_of(&session),
							 &err),
				 DUET_E_ARGUMENT);
		duet_tls_free(tls);
		duet_config_release(config);
	}
	tls = duet_tls_client(client, "b.example", NULL);
	assert_int_equal(duet_tls_session_import(tls, bytes_of(&session), &err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "another server name"));
	duet_tls_free(tls);
	duet_buffer_free(&session);
	duet_config_release(server);
	duet_config_release(client);
	duet_trust_release(crl_trust);
	duet_trust_release(other_trust);
	duet_identity_release(as_alice);
	mint_free(alice);
	free(crl);
}

static void survives_a_session_damaged_anywhere(void **state)
{
	struct duet_config *client = a_client();
	struct duet_config *server = a_server();
	struct duet_buffer session = visit(client, server, TLS1_3_VERSION);
	uint8_t *p = session.data;
	struct duet_bytes part;
	struct duet_tls *tls;
	size_t refused = 0;
	size_t i;

	(void)state;
	for (i = 0; i < session.len; i++) {
		p[i] ^= 0x41;
		tls = duet_tls_client(client, "a.example", NULL);
		if (duet_tls_session_import(tls, bytes_of(&session), NULL) !=
		    DUET_OK)
			refused++;
		duet_tls_free(tls);
		p[i] ^= 0x41;
		part.data = p;
		part.len = i;
		tls = duet_tls_client(client, "a.example", NULL);
		assert_int_equal(duet_tls_session_import(tls, part, NULL),
				 DUET_E_ARGUMENT);
		duet_tls_free(tls);
	}
	assert_true(refused > 50);
	duet_buffer_free(&session);
	duet_config_release(server);
	duet_config_release(client);
}

static int64_t stepped_clock(void *arg)
{
	return *(const int64_t *)arg;
}

static void does_not_resume_past_the_certificate(void **state)
{
	int64_t now = (int64_t)time(NULL);
	struct duet_config *server = a_server();
	struct duet_config *client;
	struct duet_buffer session;
	struct duet_error err;
	struct duet_tls *tls;

	(void)state;
	client = client_with((struct duet_client_config){
		.trust = trust, .clock = stepped_clock, .clock_arg = &now });
	session = visit(client, server, TLS1_3_VERSION);
	now += INT64_C(100) * 86400;
	tls = duet_tls_client(client, "a.example", NULL);
	assert_int_equal(duet_tls_session_import(tls, bytes_of(&session), &err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "expired"));
	duet_tls_free(tls);
	duet_buffer_free(&session);
	duet_config_release(client);
	duet_config_release(server);
}

/* Nor past an intermediate or a CRL: the first end counts. */
static void does_not_resume_past_the_chain_or_crl(void **state)
{
	int64_t now = (int64_t)time(NULL);
	int64_t soon = now + 3600;
	struct mint *middle =
		mint_new(ca, MINT(.cn = "M", .ca = true, .not_after = soon));
	struct mint *below =
		mint_new(middle, MINT(.cn = "x", .names = "a.example"));
	struct duet_config *servers[] = { plain_server(below), a_server() };
	char *crl = mint_crl(ca, NULL, 0, soon);
	struct duet_trust *trusts[] = { duet_trust_retain(trust),
					trust_with(ca, crl) };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(servers); i++) {
		struct duet_config *client;
		struct duet_buffer session;
		struct duet_error err;
		struct duet_tls *tls;

		now = soon - 1800;
		client = client_with(
			(struct duet_client_config){ .trust = trusts[i],
						     .clock = stepped_clock,
						     .clock_arg = &now });
		session = visit(client, servers[i], TLS1_3_VERSION);
		assert_true(visit_again(client, servers[i], TLS1_3_VERSION,
					&session));
		now = soon + 1;
		tls = duet_tls_client(client, "a.example", NULL);
		assert_int_equal(duet_tls_session_import(tls,
							 bytes_of(&session),
							 &err),
				 DUET_E_ARGUMENT);
		assert_non_null(strstr(err.text, "expired"));
		duet_tls_free(tls);
		duet_buffer_free(&session);
		duet_config_release(client);
		duet_config_release(servers[i]);
		duet_trust_release(trusts[i]);
	}
	mint_free(below);
	mint_free(middle);
	free(crl);
}

static void make_keys(uint8_t keys[][DUET_TICKET_KEY_BYTES], uint8_t first,
		      size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		memset(keys[i], first + (int)i, DUET_TICKET_KEY_BYTES);
}

static void set_keys(struct duet_config *server, uint8_t first, size_t n)
{
	uint8_t keys[DUET_TICKET_KEYS_MAX][DUET_TICKET_KEY_BYTES];
	struct duet_error err;

	make_keys(keys, first, n);
	if (duet_config_ticket_keys(server,
				    (const uint8_t(*)[DUET_TICKET_KEY_BYTES])
					    keys,
				    n, &err) != DUET_OK)
		fail_msg("%s", err.text);
}

/* Keys 3, 2, 1 come and go; each lists itself first. */
static void rotates_ticket_keys(void **state)
{
	struct duet_config *client = a_client();
	struct duet_config *server = a_server();
	struct duet_config *twin = a_server();
	struct duet_buffer session;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(versions); i++) {
		set_keys(server, 3, 1);
		set_keys(twin, 9, 1);
		session = visit(client, server, versions[i]);
		assert_true(visit_again(client, server, versions[i], &session));
		/* A new key seals, the old one still opens. */
		set_keys(server, 2, 2);
		assert_true(visit_again(client, server, versions[i], &session));
		/* Another process with the same keys. */
		assert_false(visit_again(client, twin, versions[i], &session));
		set_keys(twin, 1, 3);
		assert_true(visit_again(client, twin, versions[i], &session));
		/* Gone. */
		set_keys(server, 1, 2);
		assert_false(
			visit_again(client, server, versions[i], &session));
		duet_buffer_free(&session);
	}
	duet_config_release(client);
	duet_config_release(server);
	duet_config_release(twin);
}

static void refuses_nonsense_for_ticket_keys(void **state)
{
	uint8_t keys[9][DUET_TICKET_KEY_BYTES];
	const uint8_t(*some)[DUET_TICKET_KEY_BYTES] =
		(const uint8_t(*)[DUET_TICKET_KEY_BYTES])keys;
	struct duet_config *client = a_client();
	struct duet_config *server = a_server();

	(void)state;
	make_keys(keys, 1, COUNT(keys));
	assert_int_equal(duet_config_ticket_keys(server, NULL, 1, NULL),
			 DUET_E_ARGUMENT);
	assert_int_equal(duet_config_ticket_keys(server, some, 0, NULL),
			 DUET_E_ARGUMENT);
	assert_int_equal(duet_config_ticket_keys(server, some, 9, NULL),
			 DUET_E_ARGUMENT);
	assert_int_equal(duet_config_ticket_keys(client, some, 1, NULL),
			 DUET_E_STATE);
	duet_config_release(client);
	duet_config_release(server);
}

/* Hand the session over behind the back of the policy in front of it. */
static bool resumes_raw(struct duet_config *client, struct duet_config *first,
			struct duet_config *second, const char *second_name,
			int version)
{
	SSL_SESSION *session;
	struct ends ends;
	bool resumed;

	begin(&ends, client, "a.example", first);
	at_most(&ends, version);
	shaken(&ends);
	tell(ends.server, ends.client);
	session = SSL_get1_session(duet_tls_ssl(ends.client));
	done(&ends);
	begin(&ends, client, second_name, second);
	at_most(&ends, version);
	assert_int_equal(SSL_set_session(duet_tls_ssl(ends.client), session),
			 1);
	shake(&ends);
	resumed = SSL_session_reused(duet_tls_ssl(ends.server)) == 1;
	SSL_SESSION_free(session);
	done(&ends);
	return resumed;
}

/* CVE-2025-23419 and its kin. */
static void binds_sessions_to_site_and_policy(void **state)
{
	struct mint *b = mint_new(ca, MINT(.cn = "b", .names = "c.example"));
	struct duet_identity *two[] = { identity, identity_of(b) };
	struct duet_config *client = a_client();
	struct duet_config *open_server;
	struct duet_config *strict_server;
	size_t i;

	(void)state;
	open_server = server_with((struct duet_server_config){
		.identities = two, .n_identities = 2 });
	strict_server = server_with((struct duet_server_config){
		.identities = two,
		.n_identities = 2,
		.client_trust = trust,
		.client_cert = DUET_CLIENT_CERT_REQUEST });
	set_keys(open_server, 1, 1);
	set_keys(strict_server, 1, 1);
	for (i = 0; i < COUNT(versions); i++) {
		assert_true(resumes_raw(client, open_server, open_server,
					"a.example", versions[i]));
		assert_true(resumes_raw(client, strict_server, strict_server,
					"a.example", versions[i]));
		assert_false(resumes_raw(client, open_server, strict_server,
					 "a.example", versions[i]));
		assert_false(resumes_raw(client, open_server, open_server,
					 "c.example", versions[i]));
	}
	duet_config_release(strict_server);
	duet_config_release(open_server);
	duet_config_release(client);
	duet_identity_release(two[1]);
	mint_free(b);
}

/* The certificate that a client showed is in its ticket. */
static void remembers_client_certificates(void **state)
{
	struct mint *alice = mint_new(ca, MINT(.cn = "Alice"));
	struct duet_identity *as_alice = identity_of(alice);
	struct duet_peer peer = { .size = sizeof(peer) };
	struct duet_config *client;
	struct duet_config *server;
	struct duet_buffer session;
	struct ends ends;
	size_t i;

	(void)state;
	client = client_with((struct duet_client_config){
		.trust = trust, .identity = as_alice });
	server = server_with((struct duet_server_config){
		.identities = &identity,
		.n_identities = 1,
		.client_trust = trust,
		.client_cert = DUET_CLIENT_CERT_REQUIRE });
	for (i = 0; i < COUNT(versions); i++) {
		session = visit(client, server, versions[i]);
		begin(&ends, client, "a.example", server);
		at_most(&ends, versions[i]);
		assert_int_equal(duet_tls_session_import(ends.client,
							 bytes_of(&session),
							 NULL),
				 DUET_OK);
		shaken(&ends);
		assert_int_equal(duet_tls_peer(ends.server, &peer), DUET_OK);
		assert_true(peer.resumed);
		assert_true(peer.verified);
		assert_string_equal(peer.subject, "CN=Alice");
		done(&ends);
		duet_buffer_free(&session);
	}
	duet_config_release(client);
	duet_config_release(server);
	duet_identity_release(as_alice);
	mint_free(alice);
}

/* Resume once more, over a ticket due for renewal; leave with the new one. */
static void renew(struct duet_config *client, struct duet_config *server,
		  int version, struct duet_buffer *session)
{
	struct duet_error err;
	struct ends ends;

	set_keys(server, 1, 2);
	begin(&ends, client, "a.example", server);
	at_most(&ends, version);
	assert_int_equal(duet_tls_session_import(ends.client, bytes_of(session),
						 NULL),
			 DUET_OK);
	shaken(&ends);
	assert_int_equal(SSL_session_reused(duet_tls_ssl(ends.server)), 1);
	tell(ends.server, ends.client);
	duet_buffer_free(session);
	if (duet_tls_session_export(ends.client, session, &err) != DUET_OK)
		fail_msg("%s", err.text);
	done(&ends);
}

/* What the server answers, two hours on, to who was verified for one. */
static void check_lapse(struct duet_config *client, struct duet_trust *believed,
			int version, int code)
{
	int64_t now = (int64_t)time(NULL);
	struct duet_config *server;
	struct duet_buffer session;
	struct ends ends;

	server = server_with((struct duet_server_config){
		.identities = &identity,
		.n_identities = 1,
		.client_trust = believed,
		.client_cert = DUET_CLIENT_CERT_REQUIRE,
		.clock = stepped_clock,
		.clock_arg = &now });
	set_keys(server, 2, 1);
	session = visit(client, server, version);
	now += 1800;
	renew(client, server, version, &session);
	now += 5400;
	begin(&ends, client, "a.example", server);
	at_most(&ends, version);
	assert_int_equal(duet_tls_session_import(ends.client,
						 bytes_of(&session), NULL),
			 DUET_OK);
	shake(&ends);
	assert_int_equal(ends.server_rc, code);
	done(&ends);
	duet_buffer_free(&session);
	duet_config_release(server);
}

static void does_not_resume_clients_past_what_vouched(void **state)
{
	int64_t soon = (int64_t)time(NULL) + 3600;
	struct mint *bob = mint_new(ca, MINT(.cn = "Bob", .not_after = soon));
	struct mint *alice = mint_new(ca, MINT(.cn = "Alice"));
	struct duet_identity *as_bob = identity_of(bob);
	struct duet_identity *as_alice = identity_of(alice);
	char *crl = mint_crl(ca, NULL, 0, soon);
	struct duet_trust *crl_trust = trust_with(ca, crl);
	struct duet_config *client_bob;
	struct duet_config *client_alice;
	size_t i;

	(void)state;
	client_bob = client_with((struct duet_client_config){
		.trust = trust, .identity = as_bob });
	client_alice = client_with((struct duet_client_config){
		.trust = trust, .identity = as_alice });
	for (i = 0; i < COUNT(versions); i++) {
		check_lapse(client_bob, trust, versions[i], DUET_E_EXPIRED);
		check_lapse(client_alice, crl_trust, versions[i],
			    DUET_E_NO_CRL);
	}
	duet_config_release(client_alice);
	duet_config_release(client_bob);
	duet_trust_release(crl_trust);
	duet_identity_release(as_alice);
	duet_identity_release(as_bob);
	mint_free(alice);
	mint_free(bob);
	free(crl);
}

/* RFC 8446 sC.4: two visits by one ticket are seen to be one client's. */
static void uses_a_ticket_of_tls_1_3_once(void **state)
{
	struct duet_config *client = a_client();
	struct duet_config *server = a_server();
	struct duet_buffer first = visit(client, server, TLS1_3_VERSION);
	struct duet_buffer second = { NULL, 0 };
	struct duet_error err;
	struct ends ends;

	(void)state;
	begin(&ends, client, "a.example", server);
	assert_int_equal(duet_tls_session_import(ends.client, bytes_of(&first),
						 NULL),
			 DUET_OK);
	shaken(&ends);
	assert_int_equal(SSL_session_reused(duet_tls_ssl(ends.client)), 1);
	assert_int_equal(duet_tls_session_export(ends.client, &second, &err),
			 DUET_E_STATE);
	tell(ends.server, ends.client);
	assert_int_equal(duet_tls_session_export(ends.client, &second, &err),
			 DUET_OK);
	done(&ends);
	assert_true(first.len != second.len ||
		    memcmp(first.data, second.data, first.len) != 0);
	assert_true(visit_again(client, server, TLS1_3_VERSION, &second));
	duet_buffer_free(&first);
	duet_buffer_free(&second);
	duet_config_release(client);
	duet_config_release(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resumes_what_it_exported),
		cmocka_unit_test(does_not_resume_clients_past_what_vouched),
		cmocka_unit_test(uses_a_ticket_of_tls_1_3_once),
		cmocka_unit_test(does_not_resume_past_the_chain_or_crl),
		cmocka_unit_test(has_nothing_to_export_before_the_ticket),
		cmocka_unit_test(gives_no_ticket_when_told_not_to),
		cmocka_unit_test(refuses_sessions_of_others),
		cmocka_unit_test(survives_a_session_damaged_anywhere),
		cmocka_unit_test(does_not_resume_past_the_certificate),
		cmocka_unit_test(rotates_ticket_keys),
		cmocka_unit_test(refuses_nonsense_for_ticket_keys),
		cmocka_unit_test(binds_sessions_to_site_and_policy),
		cmocka_unit_test(remembers_client_certificates),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
