/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "cert/identity.h"
#include "cert/key.h"
#include "fixture.h"
#include "tool.h"

static void a_chain_survives_being_written_as_pkcs12(void **state)
{
	static const char *const passphrases[] = { "", "secret",
						   "p\xc3\xa4sse" };
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct duet_identity *identity, *again;
	struct tool_ca root, middle;
	struct duet_buffer pem, p12;
	struct duet_error err;
	size_t i;

	(void)state;
	tool_ca_init(&root, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "Root",
			       .path_length = 1));
	tool_ca_below(&middle, &root,
		      DUET_CERT(.usage = DUET_USAGE_CA,
				.common_name = "Middle"));
	assert_int_equal(duet_cert_issue(middle.identity, key,
					 DUET_CERT(.names = NAMES("x.org")),
					 &pem, NULL),
			 DUET_OK);
	identity = tool_identity(bytes_of(&pem), key);
	for (i = 0; i < COUNT(passphrases); i++) {
		assert_int_equal(duet_p12_write(identity, "x.org",
						passphrases[i], &p12, NULL),
				 DUET_OK);
		again = duet_identity_new(DUET_IDENTITY(.p12 = bytes_of(&p12),
							.passphrase =
								passphrases[i]),
					  NULL);
		assert_non_null(again);
		assert_int_equal(X509_cmp(duet_identity_leaf(identity),
					  duet_identity_leaf(again)),
				 0);
		assert_int_equal(sk_X509_num(duet_identity_rest(again)), 1);
		assert_int_equal(X509_cmp(sk_X509_value(duet_identity_rest(
								again),
							0),
					  duet_identity_leaf(middle.identity)),
				 0);
		assert_int_equal(EVP_PKEY_eq(duet_identity_key(again),
					     duet_key_pkey(key)),
				 1);
		duet_identity_release(again);
		assert_null(
			duet_identity_new(DUET_IDENTITY(.p12 = bytes_of(&p12),
							.passphrase = "wrong"),
					  &err));
		assert_int_equal(err.code, DUET_E_PASSPHRASE);
		duet_buffer_free(&p12);
	}
	assert_int_equal(duet_p12_write(identity, NULL, NULL, &p12, &err),
			 DUET_E_ARGUMENT);
	duet_identity_release(identity);
	duet_buffer_free(&pem);
	tool_ca_done(&middle);
	tool_ca_done(&root);
	duet_key_free(key);
}

static void one_block_becomes_der(void **state)
{
	X509 *cert = tool_cert(duet_str(fixture_cert), 0);
	unsigned char *wanted = NULL;
	struct duet_buffer der;
	int len;

	(void)state;
	assert_int_equal(duet_pem_to_der(duet_str(fixture_cert), &der, NULL),
			 DUET_OK);
	len = i2d_X509(cert, &wanted);
	assert_int_equal(der.len, len);
	assert_memory_equal(der.data, wanted, der.len);
	duet_buffer_free(&der);
	OPENSSL_free(wanted);
	X509_free(cert);
}

static void none_two_and_encrypted_blocks_do_not(void **state)
{
	static const struct {
		const char *first, *second;
		const char *why;
	} cases[] = {
		{ "", "", "no block in it" },
		{ fixture_cert, fixture_key, "more than one block" },
		{ fixture_key_sec1_encrypted, "", "is damaged" },
		{ fixture_cert, "-----END X-----", "no line begins" },
	};
	struct duet_buffer der = { NULL, 0 };
	struct duet_error err;
	char pem[4096];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		(void)snprintf(pem, sizeof(pem), "%s%s", cases[i].first,
			       cases[i].second);
		assert_int_equal(duet_pem_to_der(duet_str(pem), &der, &err),
				 DUET_E_PEM);
		assert_non_null(strstr(err.text, cases[i].why));
		assert_null(der.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_survives_being_written_as_pkcs12),
		cmocka_unit_test(one_block_becomes_der),
		cmocka_unit_test(none_two_and_encrypted_blocks_do_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
