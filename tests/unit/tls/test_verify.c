/* SPDX-License-Identifier: MIT */
#include "unit/tls/ends.h"

enum {
	DAY = 86400,
};
#define NOW INT64_C(1795521600)

static struct mint *root;
static struct mint *middle;
static struct mint *constrained;
static struct mint *other;

static int64_t fixed_clock(void *arg)
{
	return arg != NULL ? *(const int64_t *)arg : NOW;
}

static struct mint *make_ca(const struct mint *issuer, const char *cn,
			    const char *permitted)
{
	return mint_new(issuer,
			MINT(.cn = cn, .ca = true, .permitted = permitted,
			     .not_before = NOW - 1000 * DAY,
			     .not_after = NOW + 1000 * DAY));
}

static int set_up(void **state)
{
	(void)state;
	root = make_ca(NULL, "Root", NULL);
	middle = make_ca(root, "Middle", NULL);
	constrained = make_ca(root, "Constrained", "DNS:inside.example");
	other = make_ca(NULL, "Other", NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mint_free(other);
	mint_free(constrained);
	mint_free(middle);
	mint_free(root);
	return 0;
}

static struct mint *make_leaf(const struct mint *issuer,
			      const struct mint_spec *given)
{
	struct mint_spec spec = *given;

	if (spec.not_before == 0)
		spec.not_before = NOW - DAY;
	if (spec.not_after == 0)
		spec.not_after = NOW + DAY;
	return mint_new(issuer, &spec);
}

/* What a client with these options says to that leaf, asked for by name. */
static int judge(const struct mint *leaf, const char *name,
		 struct duet_client_config options, bool *ret_verified)
{
	struct duet_config *server = plain_server(leaf);
	struct duet_peer peer = { .size = sizeof(peer) };
	struct duet_config *client;
	struct ends ends;

	options.clock = fixed_clock;
	client = client_with(options);
	begin(&ends, client, name, server);
	shake(&ends);
	*ret_verified = false;
	if (ends.client_rc == DUET_OK) {
		assert_int_equal(duet_tls_peer(ends.client, &peer), DUET_OK);
		assert_true(peer.has_certificate);
		*ret_verified = peer.verified;
	}
	done(&ends);
	duet_config_release(client);
	duet_config_release(server);
	return ends.client_rc;
}

/* RFC 9525 s6.3 to s6.5 */
static void compares_names_as_the_rules_say(void **state)
{
	static const struct {
		const char *names;
		const char *name;
		int code;
	} table[] = {
		{ "a.example", "a.example", DUET_OK },
		{ "a.example", "A.EXAMPLE", DUET_OK },
		{ "a.example", "a.example.", DUET_OK },
		{ "x.example,a.example", "a.example", DUET_OK },
		{ "a.example", "b.example", DUET_E_NAME },
		{ "a.example", "x.a.example", DUET_E_NAME },
		{ "*.b.example", "x.b.example", DUET_OK },
		{ "*.b.example", "b.example", DUET_E_NAME },
		{ "*.b.example", "y.x.b.example", DUET_E_NAME },
		{ "x*.b.example", "xy.b.example", DUET_E_NAME },
		{ "*x.b.example", "yx.b.example", DUET_E_NAME },
		{ "*", "localhost", DUET_E_NAME },
		{ "x.*.example", "x.b.example", DUET_E_NAME },
		{ NULL, "a.example", DUET_E_NAME }, /* the CN is that name */
		{ "IP:192.0.2.1", "192.0.2.1", DUET_OK },
		{ "IP:192.0.2.1", "192.0.2.2", DUET_E_NAME },
		{ "IP:2001:db8::1", "[2001:db8:0::1]", DUET_OK },
		{ "DNS:192.0.2.1", "192.0.2.1", DUET_E_NAME },
		{ "IP:192.0.2.1", "a.example", DUET_E_NAME },
	};
	struct duet_trust *trust = trust_in(root);
	bool verified;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct mint *leaf;
		int rc;

		leaf = make_leaf(root, MINT(.cn = "a.example",
					    .names = table[i].names));
		rc = judge(leaf, table[i].name,
			   (struct duet_client_config){ .trust = trust },
			   &verified);
		if (rc != table[i].code)
			fail_msg("'%s' for '%s': %s", table[i].names,
				 table[i].name, duet_status_name(rc));
		assert_int_equal(verified, rc == DUET_OK);
		mint_free(leaf);
	}
	duet_trust_release(trust);
}

/* RFC 5280 s6.1.1 (d): an anchor is a name and a key, however it is wrapped;
 * openssl req -x509 makes some without key usage. What it vouches for is held
 * to the rules. */
static void an_anchor_need_not_be_in_good_form(void **state)
{
	const struct mint_spec sloppy = { .cn = "Sloppy",
					  .ca = true,
					  .sloppy_ca = true,
					  .not_before = NOW - DAY,
					  .not_after = NOW + DAY };
	struct mint *anchor = mint_new(NULL, &sloppy);
	struct mint *between = mint_new(root, &sloppy);
	struct mint *by_anchor = make_leaf(anchor, MINT(.cn = "a.example",
							.names = "a.example"));
	struct mint *by_between =
		make_leaf(between,
			  MINT(.cn = "a.example", .names = "a.example"));
	struct mint *late =
		make_leaf(anchor, MINT(.cn = "a.example", .names = "a.example",
				       .not_before = NOW - 3 * DAY,
				       .not_after = NOW - DAY));
	struct duet_trust *in_anchor = trust_in(anchor);
	struct duet_trust *in_root = trust_in(root);
	struct duet_client_config of_anchor = { .trust = in_anchor };
	struct duet_client_config of_root = { .trust = in_root };
	bool verified;

	(void)state;
	assert_int_equal(judge(by_anchor, "a.example", of_anchor, &verified),
			 DUET_OK);
	assert_true(verified);
	assert_int_equal(judge(late, "a.example", of_anchor, &verified),
			 DUET_E_EXPIRED);
	assert_int_equal(judge(by_between, "a.example", of_root, &verified),
			 DUET_E_CERTIFICATE);
	duet_trust_release(in_root);
	duet_trust_release(in_anchor);
	mint_free(late);
	mint_free(by_between);
	mint_free(by_anchor);
	mint_free(between);
	mint_free(anchor);
}

enum flaw { FLAWLESS, EXPIRED, TOO_EARLY, MISNAMED, STRANGE, FLAWS };

static struct mint *make_flawed(enum flaw flaw)
{
	int64_t begins = flaw == TOO_EARLY ? NOW + DAY : NOW - 3 * DAY;
	int64_t ends = flaw == EXPIRED ? NOW - DAY : NOW + 3 * DAY;

	return make_leaf(flaw == STRANGE ? other : root,
			 MINT(.cn = "x",
			      .names = flaw == MISNAMED ? "b.example"
							: "a.example",
			      .not_before = begins, .not_after = ends));
}

static void forgives_what_it_was_told_to_and_nothing_else(void **state)
{
	static const struct {
		uint8_t any_certificate, any_name, any_time;
		int codes[FLAWS];
	} table[] = {
		{ 0,
		  0,
		  0,
		  { DUET_OK, DUET_E_EXPIRED, DUET_E_NOT_YET_VALID, DUET_E_NAME,
		    DUET_E_UNTRUSTED } },
		{ 0,
		  1,
		  0,
		  { DUET_OK, DUET_E_EXPIRED, DUET_E_NOT_YET_VALID, DUET_OK,
		    DUET_E_UNTRUSTED } },
		{ 0,
		  0,
		  1,
		  { DUET_OK, DUET_OK, DUET_OK, DUET_E_NAME,
		    DUET_E_UNTRUSTED } },
		{ 1, 0, 0, { DUET_OK, DUET_OK, DUET_OK, DUET_OK, DUET_OK } },
	};
	struct duet_trust *trust = trust_in(root);
	bool verified;
	size_t i;
	int flaw;

	(void)state;
	for (flaw = 0; flaw < FLAWS; flaw++) {
		struct mint *leaf = make_flawed((enum flaw)flaw);

		for (i = 0; i < COUNT(table); i++) {
			struct duet_client_config options = {
				.trust = trust,
				.insecure_any_certificate =
					table[i].any_certificate,
				.insecure_any_name = table[i].any_name,
				.insecure_any_time = table[i].any_time,
			};

			assert_int_equal(judge(leaf, "a.example", options,
					       &verified),
					 table[i].codes[flaw]);
			/* Whatever was waived, nobody calls it verified. */
			assert_int_equal(verified, flaw == FLAWLESS && i == 0);
		}
		mint_free(leaf);
	}
	duet_trust_release(trust);
}

static void walks_chains_as_the_rules_say(void **state)
{
	struct mint *shallow;
	struct mint *deep;
	struct mint *leaf;
	const struct {
		const struct mint *trusted;
		const struct mint *issuer;
		const char *name;
		int code;
	} table[] = {
		{ root, root, "inside.example", DUET_OK },
		{ root, middle, "inside.example", DUET_OK },
		{ middle, middle, "inside.example", DUET_OK }, /* partial */
		{ other, middle, "inside.example", DUET_E_UNTRUSTED },
		{ root, constrained, "inside.example", DUET_OK },
		{ root, constrained, "outside.example", DUET_E_CERTIFICATE },
	};
	struct duet_client_config options = { .size = 0 };
	bool verified;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		struct duet_trust *trust = trust_in(table[i].trusted);

		leaf = make_leaf(table[i].issuer,
				 MINT(.cn = "x", .names = table[i].name));
		options.trust = trust;
		assert_int_equal(judge(leaf, table[i].name, options, &verified),
				 table[i].code);
		mint_free(leaf);
		duet_trust_release(trust);
	}
	/* A leaf is no CA, and a CA of path length 0 issues no CA. */
	shallow = mint_new(root, MINT(.cn = "Shallow", .ca = true,
				      .path_length = 1, .not_before = NOW - DAY,
				      .not_after = NOW + DAY));
	deep = make_ca(shallow, "Deep", NULL);
	leaf = make_leaf(deep, MINT(.cn = "x", .names = "a.example"));
	options.trust = trust_in(root);
	assert_int_equal(judge(leaf, "a.example", options, &verified),
			 DUET_E_CERTIFICATE);
	mint_free(leaf);
	mint_free(deep);
	mint_free(shallow);
	deep = make_leaf(root, MINT(.cn = "No CA", .names = "b.example"));
	leaf = make_leaf(deep, MINT(.cn = "x", .names = "a.example"));
	assert_true(judge(leaf, "a.example", options, &verified) < 0);
	mint_free(leaf);
	mint_free(deep);
	duet_trust_release(options.trust);
}

enum {
	ROOT_CRL = 1,
	MIDDLE_CRL = 2,
	LEAF_REVOKED = 4,
	MIDDLE_REVOKED = 8,
	OLD = 16,
	EARLY = 32,
};

static char *make_crls(const struct mint *leaf, unsigned what)
{
	const struct mint *leaves[] = { leaf, NULL };
	const struct mint *middles[] = { middle, NULL };
	int64_t begin_at = (what & EARLY) != 0 ? NOW + DAY : NOW - 2 * DAY;
	int64_t end_at = (what & OLD) != 0 ? NOW - DAY : NOW + 2 * DAY;
	char *of_root = calloc(1, 1);
	char *of_middle = calloc(1, 1);
	char *both;
	size_t len;

	if ((what & ROOT_CRL) != 0) {
		free(of_root);
		of_root =
			mint_crl(root,
				 (what & MIDDLE_REVOKED) != 0 ? middles : NULL,
				 begin_at, end_at);
	}
	if ((what & MIDDLE_CRL) != 0) {
		free(of_middle);
		of_middle = mint_crl(middle,
				     (what & LEAF_REVOKED) != 0 ? leaves : NULL,
				     begin_at, end_at);
	}
	len = strlen(of_root) + strlen(of_middle) + 1;
	both = malloc(len);
	assert_non_null(both);
	(void)snprintf(both, len, "%s%s", of_root, of_middle);
	free(of_root);
	free(of_middle);
	return both;
}

static void consults_crls_as_it_was_told(void **state)
{
	static const struct {
		unsigned what;
		uint8_t crl;
		uint8_t any_time;
		int code;
	} table[] = {
		/* As there is none, there is nothing to consult. */
		{ 0, DUET_CRL_AUTO, 0, DUET_OK },
		{ 0, DUET_CRL_CHAIN, 0, DUET_E_NO_CRL },
		{ 0, DUET_CRL_LEAF, 0, DUET_E_NO_CRL },
		{ 0, DUET_CRL_OFF, 0, DUET_OK },
		/* Once there is one, all must be there. */
		{ ROOT_CRL | MIDDLE_CRL, DUET_CRL_AUTO, 0, DUET_OK },
		{ ROOT_CRL, DUET_CRL_AUTO, 0, DUET_E_NO_CRL },
		{ MIDDLE_CRL, DUET_CRL_AUTO, 0, DUET_E_NO_CRL },
		{ MIDDLE_CRL, DUET_CRL_LEAF, 0, DUET_OK },
		{ ROOT_CRL, DUET_CRL_LEAF, 0, DUET_E_NO_CRL },
		{ ROOT_CRL, DUET_CRL_OFF, 0, DUET_OK },
		{ ROOT_CRL | MIDDLE_CRL | LEAF_REVOKED, DUET_CRL_AUTO, 0,
		  DUET_E_REVOKED },
		{ ROOT_CRL | MIDDLE_CRL | LEAF_REVOKED, DUET_CRL_LEAF, 0,
		  DUET_E_REVOKED },
		{ ROOT_CRL | MIDDLE_CRL | LEAF_REVOKED, DUET_CRL_OFF, 0,
		  DUET_OK },
		{ ROOT_CRL | MIDDLE_CRL | MIDDLE_REVOKED, DUET_CRL_AUTO, 0,
		  DUET_E_REVOKED },
		{ ROOT_CRL | MIDDLE_CRL | MIDDLE_REVOKED, DUET_CRL_LEAF, 0,
		  DUET_OK },
		/* An old CRL is none, unless dates are waived. */
		{ ROOT_CRL | MIDDLE_CRL | OLD, DUET_CRL_AUTO, 0,
		  DUET_E_NO_CRL },
		{ ROOT_CRL | MIDDLE_CRL | EARLY, DUET_CRL_AUTO, 0,
		  DUET_E_NO_CRL },
		{ ROOT_CRL | MIDDLE_CRL | OLD, DUET_CRL_AUTO, 1, DUET_OK },
		{ ROOT_CRL | MIDDLE_CRL | EARLY, DUET_CRL_AUTO, 1, DUET_OK },
		{ ROOT_CRL | MIDDLE_CRL | OLD | LEAF_REVOKED, DUET_CRL_AUTO, 1,
		  DUET_E_REVOKED },
	};
	struct mint *leaf;
	bool verified;
	size_t i;

	(void)state;
	leaf = make_leaf(middle, MINT(.cn = "x", .names = "a.example"));
	for (i = 0; i < COUNT(table); i++) {
		char *crls = make_crls(leaf, table[i].what);
		struct duet_trust *trust = trust_with(root, crls);
		struct duet_client_config options = {
			.trust = trust,
			.crl = table[i].crl,
			.insecure_any_time = table[i].any_time,
		};
		int rc;

		rc = judge(leaf, "a.example", options, &verified);
		if (rc != table[i].code)
			fail_msg("row %zu: %s", i, duet_status_name(rc));
		duet_trust_release(trust);
		free(crls);
	}
	mint_free(leaf);
}

/* What a server says to this client. */
static int welcome(const struct mint *client_leaf, uint8_t want,
		   struct duet_error *ret_client_err, bool *ret_verified)
{
	struct mint *leaf =
		make_leaf(root, MINT(.cn = "s", .names = "a.example"));
	struct duet_identity *server_identity = identity_of(leaf);
	struct duet_identity *identity = NULL;
	struct duet_trust *trust = trust_in(root);
	struct duet_peer peer = { .size = sizeof(peer) };
	struct duet_config *server;
	struct duet_config *client;
	struct ends ends;
	char byte;
	size_t n;

	if (client_leaf != NULL)
		identity = identity_of(client_leaf);
	server = server_with(
		(struct duet_server_config){ .identities = &server_identity,
					     .n_identities = 1,
					     .client_trust = trust,
					     .client_cert = want,
					     .clock = fixed_clock });
	client = client_with((struct duet_client_config){
		.trust = trust, .identity = identity, .clock = fixed_clock });
	begin(&ends, client, "a.example", server);
	shake(&ends);
	assert_int_equal(ends.client_rc, DUET_OK); /* TLS 1.3 */
	*ret_verified = false;
	if (ends.server_rc == DUET_OK) {
		assert_int_equal(duet_tls_peer(ends.server, &peer), DUET_OK);
		*ret_verified = peer.verified;
		assert_int_equal(peer.has_certificate, client_leaf != NULL);
		tell(ends.client, ends.server);
		tell(ends.server, ends.client);
	} else {
		assert_int_equal(duet_tls_read(ends.client, &byte, 1, &n,
					       ret_client_err),
				 DUET_E_CLIENT_CERT);
	}
	done(&ends);
	duet_config_release(client);
	duet_config_release(server);
	duet_trust_release(trust);
	duet_identity_release(identity);
	duet_identity_release(server_identity);
	mint_free(leaf);
	return ends.server_rc;
}

static void asks_clients_for_certificates(void **state)
{
	struct mint *good =
		make_leaf(root, MINT(.cn = "Alice", .eku = "clientAuth"));
	struct mint *for_servers =
		make_leaf(root, MINT(.cn = "Server", .eku = "serverAuth"));
	struct mint *strange = make_leaf(other, MINT(.cn = "Mallory"));
	struct mint *old =
		make_leaf(root, MINT(.cn = "Bob", .not_before = NOW - 9 * DAY,
				     .not_after = NOW - DAY));
	const struct {
		const struct mint *leaf;
		uint8_t want;
		int code;
		bool verified;
		const char *client_says;
	} table[] = {
		{ NULL, DUET_CLIENT_CERT_REQUEST, DUET_OK, false, NULL },
		{ NULL, DUET_CLIENT_CERT_REQUIRE, DUET_E_CLIENT_CERT, false,
		  "wants a client certificate and we have none" },
		{ good, DUET_CLIENT_CERT_REQUEST, DUET_OK, true, NULL },
		{ good, DUET_CLIENT_CERT_REQUIRE, DUET_OK, true, NULL },
		{ for_servers, DUET_CLIENT_CERT_REQUIRE, DUET_E_PURPOSE, false,
		  "refuses our client certificate 'Server'" },
		{ strange, DUET_CLIENT_CERT_REQUEST, DUET_E_UNTRUSTED, false,
		  "refuses our client certificate 'Mallory'" },
		{ strange, DUET_CLIENT_CERT_REQUIRE, DUET_E_UNTRUSTED, false,
		  "refuses our client certificate 'Mallory'" },
		{ old, DUET_CLIENT_CERT_REQUIRE, DUET_E_EXPIRED, false,
		  "expired" },
	};
	struct duet_error err;
	bool verified;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		assert_int_equal(welcome(table[i].leaf, table[i].want, &err,
					 &verified),
				 table[i].code);
		assert_int_equal(verified, table[i].verified);
		if (table[i].client_says != NULL &&
		    strstr(err.text, table[i].client_says) == NULL)
			fail_msg("%s", err.text);
	}
	mint_free(old);
	mint_free(strange);
	mint_free(for_servers);
	mint_free(good);
}

/* The clock is asked anew for every connection. */
static void believes_its_own_clock(void **state)
{
	struct mint *leaf =
		make_leaf(root, MINT(.cn = "x", .names = "a.example"));
	struct duet_config *server = plain_server(leaf);
	struct duet_trust *trust = trust_in(root);
	int64_t now = NOW;
	struct duet_config *client;
	struct ends ends;

	(void)state;
	client = client_with((struct duet_client_config){
		.trust = trust, .clock = fixed_clock, .clock_arg = &now });
	begin(&ends, client, "a.example", server);
	shaken(&ends);
	done(&ends);
	now = NOW + 2 * DAY;
	begin(&ends, client, "a.example", server);
	shake(&ends);
	assert_int_equal(ends.client_rc, DUET_E_EXPIRED);
	assert_non_null(strstr(ends.client_err.text, "1 day ago"));
	done(&ends);
	duet_config_release(client);
	duet_config_release(server);
	duet_trust_release(trust);
	mint_free(leaf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_names_as_the_rules_say),
		cmocka_unit_test(an_anchor_need_not_be_in_good_form),
		cmocka_unit_test(forgives_what_it_was_told_to_and_nothing_else),
		cmocka_unit_test(walks_chains_as_the_rules_say),
		cmocka_unit_test(consults_crls_as_it_was_told),
		cmocka_unit_test(asks_clients_for_certificates),
		cmocka_unit_test(believes_its_own_clock),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
