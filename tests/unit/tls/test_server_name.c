/* SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "tls/engine.h"
#include "tls/server_name.h"
#include "unit/tls/ends.h"

#define LABEL_63 \
	"aaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"

static const struct {
	const char *given;
	const char *used; /* NULL: refused */
	bool is_ip;
} table[] = {
	{ "localhost", "localhost", false },
	{ "example.org", "example.org", false },
	{ "example.org.", "example.org", false },
	{ "EXAMPLE.org", "EXAMPLE.org", false },
	{ "a_b.example", "a_b.example", false },
	{ "xn--bcher-kva.example", "xn--bcher-kva.example", false },
	{ "1.example", "1.example", false },
	{ "127.0.0.1", "127.0.0.1", true },
	{ "::1", "::1", true },
	{ "[::1]", "::1", true },
	{ "2001:db8::1", "2001:db8::1", true },
	{ "fe80::1%eth0", "fe80::1", true },
	{ "[fe80::1%eth0]", "fe80::1", true },
	{ "x" LABEL_63 ".example", "x" LABEL_63 ".example", false },
	{ NULL, NULL, false },
	{ "", NULL, false },
	{ ".", NULL, false },
	{ "..", NULL, false },
	{ ".example", NULL, false },
	{ "a..b", NULL, false },
	{ "example..", NULL, false },
	{ "-a.example", NULL, false },
	{ "a-.example", NULL, false },
	{ "a b", NULL, false },
	{ "*.example.org", NULL, false },
	{ "example.org:443", NULL, false },
	{ "https://example.org", NULL, false },
	{ "[example.org]", NULL, false },
	{ "[127.0.0.1", NULL, false },
	{ "[]", NULL, false },
	{ "127.1", NULL, false },
	{ "256.1.1.1", NULL, false },
	{ "0x7f000001", NULL, false },
	{ "2130706433", NULL, false },
	{ "127.0.0.1.", "127.0.0.1", true },
	{ "b\xc3\xbc"
	  "cher.example",
	  NULL, false },
	{ "xx" LABEL_63 ".example", NULL, false },
};

static void takes_dns_names_and_addresses_only(void **state)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		SSL *ssl = SSL_new(ctx);
		struct duet_error err;
		char *used = NULL;
		int rc;

		rc = duet_server_name_set(ssl, table[i].given, true, &used,
					  &err);
		if (table[i].used == NULL) {
			if (rc != DUET_E_ARGUMENT)
				fail_msg("'%s' is taken", table[i].given);
			assert_true(strlen(err.text) > 20);
		} else {
			if (rc != DUET_OK)
				fail_msg("%s", err.text);
			assert_string_equal(used, table[i].used);
			assert_int_equal(duet_server_name_is_ip(used),
					 table[i].is_ip);
		}
		duet_mem_free(used);
		SSL_free(ssl);
	}
	SSL_CTX_free(ctx);
}

/* RFC 6066 s3: no literal addresses, no dot at the end. */
static void asks_for_dns_names_only(void **state)
{
	static const struct {
		const char *name;
		const char *sni;
	} asked[] = {
		{ "example.org.", "example.org" },
		{ "127.0.0.1", NULL },
		{ "[::1]", NULL },
	};
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(asked); i++) {
		SSL *ssl = SSL_new(ctx);
		char *used = NULL;
		const char *sni;

		assert_int_equal(duet_server_name_set(ssl, asked[i].name, true,
						      &used, NULL),
				 DUET_OK);
		sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
		if (asked[i].sni != NULL)
			assert_string_equal(sni, asked[i].sni);
		else
			assert_null(sni);
		duet_mem_free(used);
		SSL_free(ssl);
	}
	SSL_CTX_free(ctx);
}

static void refuses_a_client_without_a_name(void **state)
{
	struct mint *root = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	struct duet_config *config = plain_client(root);
	struct duet_error err;

	(void)state;
	assert_null(duet_tls_client(config, "", &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
	assert_null(duet_tls_client(config, NULL, &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
	duet_config_release(config);
	mint_free(root);
}

/* For which other names a connection may be used, if it is verified. */
static void vouches_for_the_names_of_the_certificate(void **state)
{
	static const struct {
		const char *name;
		bool vouched_for;
	} rows[] = {
		{ "localhost", true },    { "LOCALHOST", true },
		{ "two.test", true },     { "a.three.test", true },
		{ "three.test", false },  { "a.b.three.test", false },
		{ ".three.test", false }, { "", false },
		{ "127.0.0.1", false },   { "leaf", false },
	};
	struct mint *root = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	struct mint *leaf =
		mint_new(root, MINT(.cn = "leaf",
				    .names = "localhost,two.test,*.three.test,"
					     "IP:127.0.0.1"));
	struct duet_config *server = plain_server(leaf);
	struct duet_config *client = plain_client(root);
	struct duet_config *careless =
		duet_config_client(DUET_CLIENT_CONFIG(
						   .insecure_any_certificate =
							   1),
				   NULL);
	struct ends ends;
	size_t i;

	(void)state;
	begin(&ends, client, "localhost", server);
	assert_false(duet_tls_vouches_for(ends.client, "localhost"));
	shaken(&ends);
	for (i = 0; i < COUNT(rows); i++)
		assert_int_equal(duet_tls_vouches_for(ends.client,
						      rows[i].name),
				 rows[i].vouched_for);
	done(&ends);
	begin(&ends, careless, "localhost", server);
	shaken(&ends);
	assert_false(duet_tls_vouches_for(ends.client, "two.test"));
	done(&ends);
	duet_config_release(careless);
	duet_config_release(client);
	duet_config_release(server);
	mint_free(leaf);
	mint_free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_dns_names_and_addresses_only),
		cmocka_unit_test(asks_for_dns_names_only),
		cmocka_unit_test(refuses_a_client_without_a_name),
		cmocka_unit_test(vouches_for_the_names_of_the_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
