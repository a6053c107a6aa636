/* SPDX-License-Identifier: MIT */
#include "tls/config.h"
#include "unit/tls/ends.h"

static struct mint *ca;
static struct mint *leaf;
static struct mint *weak;
static struct duet_identity *identity;
static struct duet_trust *trust;

static int set_up(void **state)
{
	(void)state;
	ca = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	leaf = mint_new(ca, MINT(.cn = "x", .names = "localhost"));
	weak = mint_new(ca, MINT(.cn = "weak", .names = "localhost",
				 .key = MINT_RSA1024));
	identity = identity_of(leaf);
	trust = trust_in(ca);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	duet_trust_release(trust);
	duet_identity_release(identity);
	mint_free(weak);
	mint_free(leaf);
	mint_free(ca);
	return 0;
}

static void refuses_servers_that_make_no_sense(void **state)
{
	static const char *const no_alpn[] = { NULL };
	static const char *const empty_alpn[] = { "", NULL };
	struct duet_identity *weak_identity = identity_of(weak);
	struct duet_identity *missing = NULL;
	const struct {
		struct duet_server_config options;
		int code;
	} table[] = {
		{ { .n_identities = 0 }, DUET_E_ARGUMENT },
		{ { .identities = &missing, .n_identities = 1 },
		  DUET_E_ARGUMENT },
		{ { .identities = &weak_identity, .n_identities = 1 },
		  DUET_E_WEAK },
		{ { .identities = &identity,
		    .n_identities = 1,
		    .client_cert = DUET_CLIENT_CERT_REQUIRE },
		  DUET_E_ARGUMENT },
		{ { .identities = &identity,
		    .n_identities = 1,
		    .client_trust = trust },
		  DUET_E_ARGUMENT },
		{ { .identities = &identity, .n_identities = 1, .profile = 2 },
		  DUET_E_ARGUMENT },
		{ { .identities = &identity, .n_identities = 1, .closure = 3 },
		  DUET_E_ARGUMENT },
		{ { .identities = &identity, .n_identities = 1, .crl = 4 },
		  DUET_E_ARGUMENT },
		{ { .identities = &identity,
		    .n_identities = 1,
		    .client_trust = trust,
		    .client_cert = 3 },
		  DUET_E_ARGUMENT },
		{ { .identities = &identity,
		    .n_identities = 1,
		    .alpn = no_alpn },
		  DUET_E_ARGUMENT },
		{ { .identities = &identity,
		    .n_identities = 1,
		    .alpn = empty_alpn },
		  DUET_E_ARGUMENT },
	};
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct duet_server_config options = table[i].options;

		options.size = sizeof(options);
		assert_null(duet_config_server(&options, &err));
		assert_int_equal(err.code, table[i].code);
		assert_true(strlen(err.text) > 20);
		assert_null(duet_config_server(&options, NULL));
	}
	assert_null(duet_config_server(NULL, &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
	duet_identity_release(weak_identity);
}

static void refuses_clients_that_make_no_sense(void **state)
{
	struct duet_identity *weak_identity = identity_of(weak);
	const struct {
		struct duet_client_config options;
		int code;
	} table[] = {
		{ { .trust = trust, .profile = 2 }, DUET_E_ARGUMENT },
		{ { .trust = trust, .closure = 3 }, DUET_E_ARGUMENT },
		{ { .trust = trust, .crl = 4 }, DUET_E_ARGUMENT },
		{ { .trust = trust, .only_version = 14 }, DUET_E_ARGUMENT },
		{ { .trust = trust, .only_version = DUET_TLS_1_1 },
		  DUET_E_ARGUMENT },
		{ { .trust = trust, .only_groups = "X25519:nonsense" },
		  DUET_E_UNSUPPORTED },
		{ { .trust = trust, .identity = weak_identity }, DUET_E_WEAK },
	};
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct duet_client_config options = table[i].options;

		options.size = sizeof(options);
		assert_null(duet_config_client(&options, &err));
		assert_int_equal(err.code, table[i].code);
	}
	duet_identity_release(weak_identity);
}

static struct duet_config *server_of(struct duet_server_config options)
{
	options.identities = &identity;
	options.n_identities = 1;
	return server_with(options);
}

/* The version they agree on, or NULL. */
static const char *agree(struct duet_config *client, struct duet_config *server,
			 struct ends *ends)
{
	static struct duet_peer peer;

	peer.size = sizeof(peer);
	begin(ends, client, "localhost", server);
	shake(ends);
	if (ends->client_rc != DUET_OK)
		return NULL;
	assert_int_equal(duet_tls_peer(ends->client, &peer), DUET_OK);
	return peer.version;
}

static void speaks_the_versions_of_its_profile(void **state)
{
	struct duet_config *modern_server = server_of(
		(struct duet_server_config){ .profile = DUET_PROFILE_MODERN });
	struct duet_config *server =
		server_of((struct duet_server_config){ .size = 0 });
	struct duet_config *modern_client =
		client_with((struct duet_client_config){
			.trust = trust, .profile = DUET_PROFILE_MODERN });
	struct duet_config *client =
		client_with((struct duet_client_config){ .trust = trust });
	struct duet_config *old_client =
		client_with((struct duet_client_config){
			.trust = trust, .insecure_old_versions = 1 });
	struct ends ends;

	(void)state;
	assert_string_equal(agree(client, server, &ends), "TLSv1.3");
	done(&ends);
	assert_string_equal(agree(modern_client, modern_server, &ends),
			    "TLSv1.3");
	done(&ends);
	begin(&ends, client, "localhost", modern_server);
	at_most(&ends, TLS1_2_VERSION);
	shake(&ends);
	assert_int_equal(ends.server_rc, DUET_E_TLS_VERSION);
	assert_non_null(strstr(ends.server_err.text,
			       "offers TLS 1.2 at most, and we speak TLS 1.3"));
	assert_int_equal(ends.client_rc, DUET_E_TLS_VERSION);
	done(&ends);
	begin(&ends, old_client, "localhost", server);
	at_most(&ends, TLS1_1_VERSION);
	shake(&ends);
	assert_int_equal(ends.server_rc, DUET_E_TLS_VERSION);
	assert_non_null(strstr(ends.server_err.text, "TLS 1.1 at most"));
	done(&ends);
	duet_config_release(modern_server);
	duet_config_release(modern_client);
	duet_config_release(old_client);
	duet_config_release(server);
	duet_config_release(client);
}

/* RFC 7301 s3.2 */
static void agrees_on_a_protocol_of_the_server(void **state)
{
	static const char *const both[] = { "h2", "http/1.1", NULL };
	static const char *const both_reversed[] = { "http/1.1", "h2", NULL };
	static const char *const old[] = { "http/1.1", NULL };
	static const char *const strange[] = { "imap", NULL };
	static const struct {
		const char *const *client;
		const char *const *server;
		const char *chosen; /* NULL: refused */
	} table[] = {
		{ both, both, "h2" },      { both_reversed, both, "h2" },
		{ old, both, "http/1.1" }, { both, old, "http/1.1" },
		{ NULL, both, "" },        { both, NULL, "" },
		{ strange, both, NULL },
	};
	struct duet_peer peer = { .size = sizeof(peer) };
	struct ends ends;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct duet_config *client =
			client_with((struct duet_client_config){
				.trust = trust, .alpn = table[i].client });
		struct duet_config *server = server_of(
			(struct duet_server_config){ .alpn = table[i].server });

		begin(&ends, client, "localhost", server);
		shake(&ends);
		if (table[i].chosen != NULL) {
			assert_int_equal(ends.client_rc, DUET_OK);
			assert_int_equal(duet_tls_peer(ends.client, &peer),
					 DUET_OK);
			assert_string_equal(peer.alpn, table[i].chosen);
			assert_int_equal(duet_tls_peer(ends.server, &peer),
					 DUET_OK);
			assert_string_equal(peer.alpn, table[i].chosen);
		} else {
			assert_true(ends.client_rc < 0);
			assert_int_equal(ends.server_err.alert,
					 SSL_AD_NO_APPLICATION_PROTOCOL);
			assert_non_null(strstr(ends.server_err.text, "ALPN"));
			assert_non_null(strstr(ends.client_err.text, "ALPN"));
		}
		done(&ends);
		duet_config_release(client);
		duet_config_release(server);
	}
}

static void count_line(const char *line, void *arg)
{
	size_t *lines = arg;

	assert_null(strchr(line, '\n'));
	assert_non_null(strchr(line, ' '));
	*lines += 1;
}

static void hands_out_its_keys_when_asked(void **state)
{
	size_t at_client = 0;
	size_t at_server = 0;
	struct duet_config *client = client_with(
		(struct duet_client_config){ .trust = trust,
					     .keylog = count_line,
					     .keylog_arg = &at_client });
	struct duet_config *server = server_of((struct duet_server_config){
		.keylog = count_line, .keylog_arg = &at_server });
	struct ends ends;

	(void)state;
	begin(&ends, client, "localhost", server);
	shaken(&ends);
	done(&ends);
	assert_true(at_client >= 4);
	assert_true(at_server >= 4);
	duet_config_release(client);
	duet_config_release(server);
}

/* The policy digest follows from content, not from objects. */
static void knows_policies_that_are_the_same(void **state)
{
	struct duet_trust *again = trust_in(ca);
	struct duet_config *a =
		client_with((struct duet_client_config){ .trust = trust });
	struct duet_config *b =
		client_with((struct duet_client_config){ .trust = again });
	struct duet_config *c = client_with((struct duet_client_config){
		.trust = trust, .identity = identity });

	(void)state;
	assert_memory_equal(a->policy, b->policy, sizeof(a->policy));
	assert_memory_not_equal(a->policy, c->policy, sizeof(a->policy));
	assert_ptr_equal(duet_config_retain(a), a);
	duet_config_release(a);
	duet_config_release(a);
	duet_config_release(b);
	duet_config_release(c);
	duet_config_release(NULL);
	duet_trust_release(again);
}

static void works_with_an_ssl_ctx_of_the_host(void **state)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	struct duet_config *server =
		server_of((struct duet_server_config){ .size = 0 });
	struct duet_config *client;
	struct duet_error err;
	struct ends ends;
	SSL_CTX *dtls;

	(void)state;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	assert_int_equal(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx),
					     ca->cert),
			 1);
	client = duet_config_from_ssl_ctx(ctx, DUET_CLOSE_STRICT, NULL);
	assert_non_null(client);
	SSL_CTX_free(ctx);
	begin(&ends, client, "localhost", server);
	shaken(&ends);
	tell(ends.client, ends.server);
	tell(ends.server, ends.client);
	done(&ends);
	begin(&ends, client, "other.example", server);
	shake(&ends);
	assert_int_equal(ends.client_rc, DUET_E_TLS);
	done(&ends);
	duet_config_release(client);
	duet_config_release(server);
	assert_null(duet_config_from_ssl_ctx(NULL, DUET_CLOSE_STRICT, &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
	dtls = SSL_CTX_new(DTLS_client_method());
	client = duet_config_from_ssl_ctx(dtls, DUET_CLOSE_STRICT, NULL);
	assert_null(duet_tls_client(client, "localhost", &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
	duet_config_release(client);
	SSL_CTX_free(dtls);
}

/* What a client with these options agrees on with a server of ours. */
static int meet(struct duet_client_config options, struct duet_peer *peer,
		struct ends *ends)
{
	struct duet_config *server = plain_server(leaf);
	struct duet_config *client;

	options.trust = trust;
	client = client_with(options);
	begin(ends, client, "localhost", server);
	shake(ends);
	peer->size = sizeof(*peer);
	assert_int_equal(duet_tls_peer(ends->client, peer), DUET_OK);
	duet_config_release(client);
	duet_config_release(server);
	return ends->client_rc;
}

static void offers_one_thing_alone(void **state)
{
	struct duet_peer peer;
	struct ends ends;

	(void)state;
	assert_int_equal(meet((struct
			       duet_client_config){ .only_version =
							    DUET_TLS_1_2,
						    .only_groups =
							    "P-384:P-256" },
			      &peer, &ends),
			 DUET_OK);
	assert_string_equal(peer.version, "TLSv1.2");
	done(&ends);
	assert_int_equal(meet((struct duet_client_config){ .only_version =
								   DUET_TLS_1_3,
							   .only_groups =
								   "P-384" },
			      &peer, &ends),
			 DUET_OK);
	assert_string_equal(peer.version, "TLSv1.3");
	assert_string_equal(peer.group, "P-384");
	done(&ends);
	assert_int_equal(meet((struct
			       duet_client_config){ .only_version =
							    DUET_TLS_1_1,
						    .insecure_old_versions =
							    true },
			      &peer, &ends),
			 DUET_E_TLS_VERSION);
	done(&ends);
	assert_int_equal(meet((struct duet_client_config){ .only_version =
								   DUET_TLS_1_3,
							   .only_groups =
								   "P-521" },
			      &peer, &ends),
			 DUET_E_TLS_CIPHER);
	done(&ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_servers_that_make_no_sense),
		cmocka_unit_test(refuses_clients_that_make_no_sense),
		cmocka_unit_test(offers_one_thing_alone),
		cmocka_unit_test(speaks_the_versions_of_its_profile),
		cmocka_unit_test(agrees_on_a_protocol_of_the_server),
		cmocka_unit_test(hands_out_its_keys_when_asked),
		cmocka_unit_test(knows_policies_that_are_the_same),
		cmocka_unit_test(works_with_an_ssl_ctx_of_the_host),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
