/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "cert/key.h"
#include "tool.h"

static void every_kind_survives_being_written_and_read(void **state)
{
	static const enum duet_key_kind kinds[] = {
		DUET_KEY_P256, DUET_KEY_P384, DUET_KEY_ED25519, DUET_KEY_RSA2048
	};
	static const char *const passphrases[] = { NULL, "", "secret" };
	struct duet_key *key, *again;
	struct duet_buffer pem;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(kinds); i++) {
		key = tool_key(kinds[i]);
		for (k = 0; k < COUNT(passphrases); k++) {
			assert_int_equal(duet_key_write(key, passphrases[k],
							&pem, NULL),
					 DUET_OK);
			again = duet_key_read(bytes_of(&pem), passphrases[k],
					      NULL);
			assert_non_null(again);
			assert_int_equal(EVP_PKEY_eq(duet_key_pkey(key),
						     duet_key_pkey(again)),
					 1);
			duet_key_free(again);
			duet_buffer_free(&pem);
		}
		duet_key_free(key);
	}
}

static void a_passphrase_protects(void **state)
{
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct duet_buffer pem;
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_key_write(key, "secret", &pem, NULL), DUET_OK);
	assert_non_null(
		strstr(pem.data, "-----BEGIN ENCRYPTED PRIVATE KEY-----"));
	assert_null(duet_key_read(bytes_of(&pem), NULL, &err));
	assert_int_equal(err.code, DUET_E_PASSPHRASE);
	assert_null(duet_key_read(bytes_of(&pem), "Secret", &err));
	assert_int_equal(err.code, DUET_E_PASSPHRASE);
	duet_buffer_free(&pem);
	duet_key_free(key);
}

static void refuses_no_kind_and_an_endless_passphrase(void **state)
{
	struct duet_key *key = tool_key(DUET_KEY_P256);
	char passphrase[PEM_BUFSIZE + 2];
	struct duet_buffer pem;
	struct duet_error err;

	(void)state;
	assert_null(duet_key_new((enum duet_key_kind)99, &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
	memset(passphrase, 'x', sizeof(passphrase));
	passphrase[PEM_BUFSIZE + 1] = '\0';
	assert_int_equal(duet_key_write(key, passphrase, &pem, &err),
			 DUET_E_ARGUMENT);
	passphrase[PEM_BUFSIZE] = '\0';
	assert_int_equal(duet_key_write(key, passphrase, &pem, &err), DUET_OK);
	duet_key_free(key);
	key = duet_key_read(bytes_of(&pem), passphrase, NULL);
	assert_non_null(key);
	duet_key_free(key);
	duet_buffer_free(&pem);
	duet_key_free(NULL);
}

/* A key from OpenSSL, as somebody's file would have it. */
static int read_back(EVP_PKEY *pkey, struct duet_error *err)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct duet_bytes pem;
	struct duet_key *key;
	char *data;

	assert_non_null(pkey);
	assert_int_equal(PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0,
						  NULL, NULL),
			 1);
	pem.len = (size_t)BIO_get_mem_data(bio, &data);
	pem.data = data;
	err->code = DUET_OK;
	key = duet_key_read(pem, NULL, err);
	duet_key_free(key);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	return err->code;
}

static EVP_PKEY *explicit_curve(void)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");

	assert_int_equal(EVP_PKEY_set_utf8_string_param(pkey,
							OSSL_PKEY_PARAM_EC_ENCODING,
							OSSL_PKEY_EC_ENCODING_EXPLICIT),
			 1);
	return pkey;
}

static void keys_that_are_read_are_looked_at(void **state)
{
	struct duet_error err;

	(void)state;
	assert_int_equal(read_back(EVP_EC_gen("P-521"), &err), DUET_OK);
	assert_int_equal(read_back(EVP_RSA_gen(3072), &err), DUET_OK);
	assert_int_equal(read_back(EVP_RSA_gen(1024), &err), DUET_E_WEAK);
	assert_string_equal(err.text,
			    "the private key: an RSA key of 1024 bits is too weak: 2048 are the least");
	assert_int_equal(read_back(EVP_EC_gen("secp256k1"), &err),
			 DUET_E_UNSUPPORTED);
	assert_int_equal(read_back(explicit_curve(), &err), DUET_E_UNSUPPORTED);
	assert_int_equal(read_back(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"),
				   &err),
			 DUET_E_UNSUPPORTED);
	assert_int_equal(read_back(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"),
				   &err),
			 DUET_E_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_survives_being_written_and_read),
		cmocka_unit_test(a_passphrase_protects),
		cmocka_unit_test(refuses_no_kind_and_an_endless_passphrase),
		cmocka_unit_test(keys_that_are_read_are_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
