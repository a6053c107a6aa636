/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/file.h"
#include "cert/identity.h"
#include "fixture.h"
#include "support/unit.h"

static struct duet_bytes text(const char *str)
{
	return duet_str(str);
}

static void holds_the_leaf_its_issuers_and_the_key(void **state)
{
	struct duet_identity *identity;
	char pem[4096];

	(void)state;
	(void)snprintf(pem, sizeof(pem), "%s%s%s", fixture_cert, fixture_cert,
		       fixture_key);
	identity =
		duet_identity_new(DUET_IDENTITY(.cert_pem = text(pem)), NULL);
	assert_non_null(identity);
	assert_int_equal(X509_check_private_key(duet_identity_leaf(identity),
						duet_identity_key(identity)),
			 1);
	assert_int_equal(sk_X509_num(duet_identity_rest(identity)), 1);
	assert_ptr_equal(duet_identity_retain(identity), identity);
	duet_identity_release(identity);
	assert_non_null(duet_identity_leaf(identity));
	duet_identity_release(identity);
	duet_identity_release(NULL);
}

static void reads_its_parts_from_files(void **state)
{
	char dir[] = "/tmp/duet-identity-XXXXXX";
	struct duet_identity *identity;
	struct duet_error err;
	char cert[64], key[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(cert, sizeof(cert), "%s/c.pem", dir);
	(void)snprintf(key, sizeof(key), "%s/k.pem", dir);
	assert_int_equal(duet_file_write(cert, text(fixture_cert), 0600, &err),
			 0);
	assert_int_equal(duet_file_write(key, text(fixture_key_encrypted), 0600,
					 &err),
			 0);
	identity = duet_identity_new(DUET_IDENTITY(.cert_file = cert,
						   .key_file = key,
						   .passphrase = "secret"),
				     &err);
	assert_non_null(identity);
	duet_identity_release(identity);

	assert_null(duet_identity_new(DUET_IDENTITY(.cert_file = cert,
						    .key_file = key),
				      &err));
	assert_int_equal(err.code, DUET_E_PASSPHRASE);
	assert_non_null(strstr(err.text, key));
	assert_null(duet_identity_new(DUET_IDENTITY(.cert_file = cert), &err));
	assert_int_equal(err.code, DUET_E_PEM);
	assert_non_null(strstr(err.text, "/c.pem': no private key in it"));
	assert_int_equal(unlink(cert), 0);
	assert_null(duet_identity_new(DUET_IDENTITY(.cert_file = cert,
						    .key_file = key),
				      &err));
	assert_int_equal(err.code, DUET_E_SYSTEM);
	assert_int_equal(unlink(key), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void refuses_more_or_less_than_one_source(void **state)
{
	const struct duet_identity_source *cases[] = {
		DUET_IDENTITY(.cert_file = NULL),
		DUET_IDENTITY(.cert_file = "a", .cert_pem = text("b")),
		DUET_IDENTITY(.p12_file = "a", .cert_pem = text("b")),
		DUET_IDENTITY(.p12 = text("a"), .key_pem = text("b")),
		DUET_IDENTITY(.cert_file = "a", .key_file = "b",
			      .key_pem = text("b")),
		DUET_IDENTITY(.key_file = "b"),
		NULL,
		&(const struct duet_identity_source){ .cert_file = "a" },
	};
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_null(duet_identity_new(cases[i], &err));
		assert_int_equal(err.code, DUET_E_ARGUMENT);
		assert_true(err.text[0] != '\0');
	}
}

static void refuses_the_key_of_another_certificate(void **state)
{
	EVP_PKEY *other = EVP_EC_gen("P-256");
	struct duet_error err;
	BIO *bio = BIO_new(BIO_s_mem());
	struct duet_bytes pem;
	char *data;

	(void)state;
	assert_int_equal(PEM_write_bio_PrivateKey(bio, other, NULL, NULL, 0,
						  NULL, NULL),
			 1);
	pem.len = (size_t)BIO_get_mem_data(bio, &data);
	pem.data = data;
	assert_null(
		duet_identity_new(DUET_IDENTITY(.cert_pem = text(fixture_cert),
						.key_pem = pem),
				  &err));
	assert_int_equal(err.code, DUET_E_KEY_MISMATCH);
	assert_non_null(strstr(err.text, "from another pair"));
	BIO_free(bio);
	EVP_PKEY_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_the_leaf_its_issuers_and_the_key),
		cmocka_unit_test(reads_its_parts_from_files),
		cmocka_unit_test(refuses_more_or_less_than_one_source),
		cmocka_unit_test(refuses_the_key_of_another_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
