/* SPDX-License-Identifier: MIT */
#include "tls/sites.h"
#include "unit/tls/ends.h"

enum {
	N = 6,
};

static struct mint *ca;
static struct mint *mints[N];
static struct duet_identity *identities[N];
static struct duet_config *client; /* believes them all, by any name */

static int set_up(void **state)
{
	static const struct mint_spec specs[N] = {
		{ .cn = "first", .names = "a.example,www.a.example" },
		{ .cn = "first RSA",
		  .names = "a.example",
		  .key = MINT_RSA2048 },
		{ .cn = "wild", .names = "*.b.example,b.example" },
		{ .cn = "exact", .names = "x.b.example" },
		{ .cn = "again", .names = "a.example,only.example" },
		{ .cn = "upper", .names = "UP.example" },
	};
	struct duet_trust *trust;
	size_t i;

	(void)state;
	ca = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	for (i = 0; i < N; i++) {
		mints[i] = mint_new(ca, &specs[i]);
		identities[i] = identity_of(mints[i]);
	}
	trust = trust_in(ca);
	client = client_with((struct duet_client_config){
		.trust = trust, .insecure_any_name = 1 });
	duet_trust_release(trust);
	return 0;
}

static int tear_down(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N; i++) {
		duet_identity_release(identities[i]);
		mint_free(mints[i]);
	}
	duet_config_release(client);
	mint_free(ca);
	return 0;
}

static struct duet_config *a_server(uint8_t refuse_unknown)
{
	return server_with((struct duet_server_config){
		.identities = identities,
		.n_identities = N,
		.refuse_unknown_names = refuse_unknown });
}

/* Ask for sni (NULL: for none), with these signature algorithms (NULL: all),
 * and check whose certificate comes. */
static void check_site(struct duet_config *server, const char *sni,
		       const char *sigalgs, const char *cn)
{
	struct duet_peer peer = { .size = sizeof(peer) };
	struct ends ends;

	begin(&ends, client, sni != NULL ? sni : "127.0.0.1", server);
	if (sigalgs != NULL)
		assert_int_equal(SSL_set1_sigalgs_list(duet_tls_ssl(
							       ends.client),
						       sigalgs),
				 1);
	shaken(&ends);
	assert_int_equal(duet_tls_peer(ends.client, &peer), DUET_OK);
	if (strcmp(peer.subject + strlen("CN="), cn) != 0)
		fail_msg("%s for %s", peer.subject, sni);
	assert_int_equal(duet_tls_peer(ends.server, &peer), DUET_OK);
	assert_string_equal(peer.server_name, sni != NULL ? sni : "");
	done(&ends);
}

/* What is asked for, and whose certificate comes. */
struct site {
	const char *sni;
	const char *sigalgs;
	const char *cn;
};

static void check_sites(struct duet_config *server, const struct site *table,
			size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		check_site(server, table[i].sni, table[i].sigalgs, table[i].cn);
	duet_config_release(server);
}

/* A client that asks so is refused for its name, by an alert of the server's,
 * who says these words. */
static void check_refused(struct duet_config *server, const char *name,
			  const char *words, struct ends *ends)
{
	begin(ends, client, name, server);
	shake(ends);
	assert_int_equal(ends->server_rc, DUET_E_SERVER_NAME);
	assert_int_equal(ends->server_err.alert, SSL_AD_UNRECOGNIZED_NAME);
	assert_int_equal(ends->server_err.alert_from, DUET_SIDE_US);
	assert_non_null(strstr(ends->server_err.text, words));
	assert_int_equal(ends->client_rc, DUET_E_SERVER_NAME);
	assert_int_equal(ends->client_err.alert, SSL_AD_UNRECOGNIZED_NAME);
	assert_int_equal(ends->client_err.alert_from, DUET_SIDE_PEER);
}

static void shows_the_identity_that_is_asked_for(void **state)
{
	static const struct site table[] = {
		{ "a.example", NULL, "first" },
		{ "a.example", "ECDSA+SHA256", "first" },
		{ "a.example", "RSA-PSS+SHA256", "first RSA" },
		{ "A.EXAMPLE", NULL, "first" },
		{ "www.a.example", NULL, "first" },
		{ "only.example", NULL, "again" },
		{ "b.example", NULL, "wild" },
		{ "y.b.example", NULL, "wild" },
		{ "x.b.example", NULL, "exact" },
		{ "up.example", NULL, "upper" },
		/* Unknown names, and none at all: the first. */
		{ "z.y.b.example", NULL, "first" },
		{ "unknown.example", NULL, "first" },
		{ "unknown.example", "RSA-PSS+SHA256", "first RSA" },
		{ NULL, NULL, "first" },
		{ NULL, "RSA-PSS+SHA256", "first RSA" },
	};
	struct duet_config *server = a_server(0);

	(void)state;
	check_sites(server, table, COUNT(table));
}

static void has_nothing_for_a_kind_of_key_it_lacks(void **state)
{
	struct duet_config *server = a_server(0);
	struct ends ends;

	(void)state;
	begin(&ends, client, "b.example", server);
	assert_int_equal(SSL_set1_sigalgs_list(duet_tls_ssl(ends.client),
					       "RSA-PSS+SHA256"),
			 1);
	shake(&ends);
	assert_int_equal(ends.server_rc, DUET_E_TLS_CIPHER);
	assert_int_equal(ends.client_rc, DUET_E_TLS_CIPHER);
	assert_int_equal(ends.client_err.alert_from, DUET_SIDE_PEER);
	done(&ends);
	duet_config_release(server);
}

static void refuses_unknown_names_when_told_to(void **state)
{
	struct duet_config *server = a_server(1);
	struct ends ends;

	(void)state;
	check_site(server, "a.example", NULL, "first");
	check_site(server, NULL, NULL, "first");
	check_refused(server, "unknown.example",
		      "the client asking for 'unknown.example': there is no",
		      &ends);
	done(&ends);
	duet_config_release(server);
}

static void refuses_clients_without_a_name_when_told_to(void **state)
{
	struct duet_config *server = server_with(
		(struct duet_server_config){ .identities = identities,
					     .n_identities = N,
					     .refuse_nameless = 1 });
	struct ends ends;

	(void)state;
	check_site(server, "unknown.example", NULL, "first");
	check_refused(server, "127.0.0.1", "which site it wants", &ends);
	assert_non_null(strstr(ends.client_err.text, "use a name"));
	done(&ends);
	duet_config_release(server);
}

/* A site is what its owner says, not what its certificates are good for. */
static void names_that_are_given_stand_for_those_of_certificates(void **state)
{
	static const char *const one[] = { "one.test", "*.one.test", NULL };
	static const char *const two[] = { "Two.test.", NULL };
	static const char *const none[] = { NULL };
	static const char *const *const names[N] = { none, none, one,
						     two,  none, two };
	static const struct site table[] = {
		{ "one.test", NULL, "wild" },
		{ "x.one.test", NULL, "wild" },
		{ "two.test", NULL, "exact" },
		{ "x.two.test", NULL, "first" },
		{ "x.b.example", NULL, "first" },
		{ "up.example", "RSA-PSS+SHA256", "first RSA" },
		{ NULL, "RSA-PSS+SHA256", "first RSA" },
	};
	struct duet_config *server = server_with((struct duet_server_config){
		.identities = identities, .n_identities = N, .names = names });

	(void)state;
	check_sites(server, table, COUNT(table));
}

static void refuses_what_cannot_be_a_name(void **state)
{
	static const char *const empty[] = { "", NULL };
	static const char *const *const names[N] = { empty, empty, empty,
						     empty, empty, empty };
	static const char *const *const missing[N] = { NULL };
	struct duet_error err;

	(void)state;
	assert_null(
		duet_config_server(DUET_SERVER_CONFIG(.identities = identities,
						      .n_identities = N,
						      .names = names),
				   &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
	assert_null(
		duet_config_server(DUET_SERVER_CONFIG(.identities = identities,
						      .n_identities = N,
						      .names = missing),
				   &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "identity number 1"));
}

static struct duet_bytes name_of(const char *text)
{
	return duet_str(text);
}

static void finds_sites_by_name(void **state)
{
	static const char *const unknown[] = {
		"", ".", "..", "*", "example", ".a.example", "y.x.b.example",
	};
	struct duet_bytes with_nul = { "a.example\0.b.example", 20 };
	struct duet_sites *sites;
	size_t i;

	(void)state;
	assert_int_equal(duet_sites_new(identities, N, NULL, &sites, NULL),
			 DUET_OK);
	for (i = 0; i < COUNT(unknown); i++)
		assert_null(duet_sites_find(sites, name_of(unknown[i])));
	assert_null(duet_sites_find(sites, with_nul));
	assert_ptr_equal(duet_sites_find(sites, name_of("y.b.example")),
			 duet_sites_find(sites, name_of("z.b.example.")));
	assert_int_not_equal(duet_site_number(
				     duet_sites_find(sites,
						     name_of("x.b.example"))),
			     duet_site_number(
				     duet_sites_find(sites,
						     name_of("y.b.example"))));
	duet_sites_free(sites);
	duet_sites_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_the_identity_that_is_asked_for),
		cmocka_unit_test(has_nothing_for_a_kind_of_key_it_lacks),
		cmocka_unit_test(refuses_unknown_names_when_told_to),
		cmocka_unit_test(refuses_clients_without_a_name_when_told_to),
		cmocka_unit_test(
			names_that_are_given_stand_for_those_of_certificates),
		cmocka_unit_test(refuses_what_cannot_be_a_name),
		cmocka_unit_test(finds_sites_by_name),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
