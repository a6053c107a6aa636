/* SPDX-License-Identifier: MIT */
#include <openssl/pem.h>

#include "cert/load.h"
#include "cert/rounds.h"
#include "support/unit.h"

enum {
	MANY = 20 * 1000 * 1000, /* a minute, and more under ASan */
};

static long rounds(X509_ALGOR *algor)
{
	long n;

	assert_non_null(algor);
	n = duet_rounds(algor);
	X509_ALGOR_free(algor);
	return n;
}

static X509_ALGOR *pbes1(int n)
{
	return PKCS5_pbe_set(NID_pbe_WithSHA1And3_Key_TripleDES_CBC, n, NULL,
			     0);
}

static void counts_the_rounds_of_every_scheme(void **state)
{
	X509_ALGOR *damaged = pbes1(1);

	(void)state;
	assert_int_equal(rounds(PKCS5_pbe2_set(EVP_aes_256_cbc(), MANY, NULL,
					       0)),
			 MANY);
	assert_int_equal(rounds(pbes1(MANY)), MANY);
	assert_int_equal(rounds(PKCS5_pbe_set(NID_pbeWithMD5AndDES_CBC, MANY,
					      NULL, 0)),
			 MANY);
	assert_int_equal(X509_ALGOR_set0(damaged,
					 OBJ_nid2obj(NID_pbeWithMD5AndDES_CBC),
					 V_ASN1_NULL, NULL),
			 1);
	assert_int_equal(rounds(damaged), 0);
}

/* A key that nobody will open: what counts is asked before. */
static X509_SIG *key_encrypted_by(X509_ALGOR *by)
{
	X509_SIG *sig = X509_SIG_new();
	ASN1_OCTET_STRING *octets;
	X509_ALGOR *algor;

	X509_SIG_getm(sig, &algor, &octets);
	assert_int_equal(X509_ALGOR_copy(algor, by), 1);
	assert_int_equal(ASN1_OCTET_STRING_set(octets,
					       (const unsigned char *)"0123",
					       4),
			 1);
	X509_ALGOR_free(by);
	return sig;
}

static void limits_those_of_an_old_key(void **state)
{
	X509_SIG *sig = key_encrypted_by(pbes1(MANY));
	struct duet_error err;
	EVP_PKEY *key = NULL;
	struct duet_bytes pem;
	char *data;
	BIO *bio = BIO_new(BIO_s_mem());

	(void)state;
	assert_int_equal(PEM_write_bio_PKCS8(bio, sig), 1);
	pem.len = (size_t)BIO_get_mem_data(bio, &data);
	pem.data = data;
	assert_int_equal(duet_load_key(pem, "secret", "'x'", &key, &err),
			 DUET_E_LIMIT);
	BIO_free(bio);
	X509_SIG_free(sig);
}

static STACK_OF(PKCS12_SAFEBAG) *bags_with(PKCS12_SAFEBAG *bag)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = sk_PKCS12_SAFEBAG_new_null();

	assert_non_null(bag);
	assert_int_equal(sk_PKCS12_SAFEBAG_push(bags, bag), 1);
	return bags;
}

/* bags, or what they are in, are given away. */
static PKCS7 *packed(STACK_OF(PKCS12_SAFEBAG) *bags)
{
	PKCS7 *safe = PKCS12_pack_p7data(bags);

	assert_non_null(safe);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return safe;
}

static PKCS7 *encrypted(STACK_OF(PKCS12_SAFEBAG) *bags, X509_ALGOR *claimed)
{
	PKCS7 *safe = PKCS12_pack_p7encdata(NID_aes_256_cbc, "secret", -1, NULL,
					    0, 1, bags);

	assert_non_null(safe);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	if (claimed != NULL)
		assert_int_equal(X509_ALGOR_copy(safe->d.encrypted->enc_data
							 ->algorithm,
						 claimed),
				 1);
	X509_ALGOR_free(claimed);
	return safe;
}

static STACK_OF(PKCS12_SAFEBAG) *slow_bags(void)
{
	return bags_with(
		PKCS12_SAFEBAG_create0_pkcs8(key_encrypted_by(pbes1(MANY))));
}

static void refuse_p12_of(PKCS7 *safe)
{
	STACK_OF(PKCS7) *safes = sk_PKCS7_new_null();
	PKCS12 *p12 = PKCS12_init(NID_pkcs7_data);
	STACK_OF(X509) *chain = NULL;
	unsigned char *der = NULL;
	EVP_PKEY *key = NULL;
	struct duet_error err;
	struct duet_bytes bytes;

	assert_int_equal(sk_PKCS7_push(safes, safe), 1);
	assert_int_equal(PKCS12_pack_authsafes(p12, safes), 1);
	assert_int_equal(PKCS12_set_mac(p12, "secret", -1, NULL, 0, 1,
					EVP_sha256()),
			 1);
	bytes.len = (size_t)i2d_PKCS12(p12, &der);
	bytes.data = der;
	assert_int_equal(duet_load_p12(bytes, "secret", "'x'", &chain, &key,
				       &err),
			 DUET_E_LIMIT);
	assert_string_equal(err.text,
			    "'x': this PKCS#12 asks for too many rounds of key derivation; at most 2000000 are done");
	OPENSSL_free(der);
	PKCS12_free(p12);
	sk_PKCS7_pop_free(safes, PKCS7_free);
}

static void limits_those_inside_a_pkcs12(void **state)
{
	(void)state;
	refuse_p12_of(packed(slow_bags()));
	refuse_p12_of(encrypted(slow_bags(), pbes1(MANY)));
	/* Behind a door that opens at once. */
	refuse_p12_of(encrypted(slow_bags(), NULL));
}

/* Of the kind of CVE-2024-0727: a type, and no content of it. */
static void survives_content_that_is_left_out(void **state)
{
	static const int kinds[] = { NID_pkcs7_encrypted, NID_pkcs7_data };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(kinds); i++) {
		PKCS7 *safe = PKCS7_new();
		PKCS12 *p12 = PKCS12_init(NID_pkcs7_data);
		STACK_OF(PKCS7) *safes = sk_PKCS7_new_null();

		safe->type = OBJ_nid2obj(kinds[i]);
		assert_int_equal(sk_PKCS7_push(safes, safe), 1);
		assert_int_equal(PKCS12_pack_authsafes(p12, safes), 1);
		assert_int_equal(duet_rounds_p12(p12, "secret"), 0);
		sk_PKCS7_pop_free(safes, PKCS7_free);
		PKCS12_free(p12);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_the_rounds_of_every_scheme),
		cmocka_unit_test(limits_those_of_an_old_key),
		cmocka_unit_test(limits_those_inside_a_pkcs12),
		cmocka_unit_test(survives_content_that_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
