/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "cert/load.h"
#include "fixture.h"
#include "support/unit.h"

static struct duet_bytes text(const char *str)
{
	return duet_str(str);
}

static void reads_every_certificate_in_order(void **state)
{
	STACK_OF(X509) *chain = NULL;
	char pem[4096];

	(void)state;
	(void)snprintf(pem, sizeof(pem), "\xEF\xBB\xBFsubject: x\r\n%s%s\n%s",
		       fixture_cert, fixture_key, fixture_cert);
	assert_int_equal(duet_load_chain(text(pem), "x", &chain, NULL), 0);
	assert_int_equal(sk_X509_num(chain), 2);
	sk_X509_pop_free(chain, X509_free);
}

static void reads_windows_line_ends(void **state)
{
	STACK_OF(X509) *chain = NULL;
	char pem[4096];
	size_t n = 0;
	const char *p;

	(void)state;
	for (p = fixture_cert; *p != '\0'; p++) {
		if (*p == '\n')
			pem[n++] = '\r';
		pem[n++] = *p;
	}
	pem[n] = '\0';
	assert_int_equal(duet_load_chain(text(pem), "x", &chain, NULL), 0);
	sk_X509_pop_free(chain, X509_free);
}

static void refuses_a_chain_in_words(void **state)
{
	static const struct {
		const char *pem;
		const char *sentence;
	} cases[] = {
		{ "", "'x': it is empty" },
		{ "hello\n", "'x': no certificate in it" },
		{ fixture_key, "'x': no certificate in it" },
		{ "\x30\x03\x02\x01\x01",
		  "'x': no certificate in it: it is not PEM but binary (DER or PKCS#12)" },
		{ "\n-----BEGIN CERTIFICATE-----\nAAAA\n",
		  "'x': block 1 (line 2) has no END line of its own: the file was cut or damaged" },
		{ "-----BEGIN CERTIFICATE-----\n-----END X-----\n",
		  "'x': block 1 (line 1) has no END line of its own: the file was cut or damaged" },
		{ "a\nb\n-----END CERTIFICATE-----\n",
		  "'x': line 3 ends a block that no line begins: its BEGIN line is missing or damaged" },
		{ "-----BEGIN CERTIFICATE----\n",
		  "'x': line 1 is a damaged BEGIN line" },
		{ "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n",
		  "'x': block 1 (line 1, CERTIFICATE) is damaged" },
		{ "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
		  "'x': block 1 (line 1, CERTIFICATE) is damaged" },
	};
	STACK_OF(X509) *chain = NULL;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(duet_load_chain(text(cases[i].pem), "'x'",
						 &chain, &err),
				 DUET_E_PEM);
		assert_null(chain);
		assert_string_equal(err.text, cases[i].sentence);
	}
}

static void refuses_the_chain_for_one_bad_block(void **state)
{
	STACK_OF(X509) *chain = NULL;
	struct duet_error err;
	char pem[4096];

	(void)state;
	(void)snprintf(pem, sizeof(pem), "%s%s", fixture_cert, fixture_cert);
	pem[strlen(fixture_cert) + 60] = '!';
	assert_int_equal(duet_load_chain(text(pem), "'x'", &chain, &err),
			 DUET_E_PEM);
	assert_string_equal(err.text,
			    "'x': block 2 (line 12, CERTIFICATE) is damaged");
	assert_true(err.ossl != 0);
}

/* Whether a change is noticed depends on where it falls; that nothing is read
 * past the end and nothing leaks is for the sanitizers. */
static void survives_damage_at_every_byte(void **state)
{
	static const char damage[] = { '\0', '\n', '-', 'A', '\x7f' };
	STACK_OF(X509) *chain;
	size_t len = strlen(fixture_cert);
	size_t i, k, accepted = 0;
	char *pem;

	(void)state;
	for (i = 0; i < len; i++) {
		for (k = 0; k < sizeof(damage); k++) {
			pem = strdup(fixture_cert);
			pem[i] = damage[k];
			chain = NULL;
			if (duet_load_chain((struct duet_bytes){ pem, len },
					    "x", &chain, NULL) == DUET_OK)
				accepted++;
			sk_X509_pop_free(chain, X509_free);
			free(pem);
		}
	}
	assert_true(accepted > 0);
	assert_true(accepted < len * sizeof(damage));
}

static void refuses_a_chain_cut_anywhere(void **state)
{
	STACK_OF(X509) *chain = NULL;
	size_t len = strlen(fixture_cert) - 1;
	char *cut;
	size_t i;

	(void)state;
	for (i = 0; i < len; i++) {
		cut = malloc(i + 1);
		memcpy(cut, fixture_cert, i);
		assert_int_equal(duet_load_chain((struct duet_bytes){ cut, i },
						 "x", &chain, NULL),
				 DUET_E_PEM);
		free(cut);
	}
}

static void reads_keys_and_says_why_not(void **state)
{
	static const struct {
		const char *pem;
		const char *passphrase;
		int status;
		const char *sentence;
	} cases[] = {
		{ fixture_key, NULL, DUET_OK, NULL },
		{ fixture_key, "not needed", DUET_OK, NULL },
		{ fixture_key_sec1, NULL, DUET_OK, NULL },
		{ fixture_key_encrypted, "secret", DUET_OK, NULL },
		{ fixture_key_sec1_encrypted, "secret", DUET_OK, NULL },
		{ fixture_key_encrypted, NULL, DUET_E_PASSPHRASE,
		  "'x': the private key (line 1) is encrypted: it needs its passphrase" },
		{ fixture_key_sec1_encrypted, NULL, DUET_E_PASSPHRASE,
		  "'x': the private key (line 1) is encrypted: it needs its passphrase" },
		{ fixture_key_encrypted, "wrong", DUET_E_PASSPHRASE,
		  "'x': wrong passphrase for the private key (line 1), or it is damaged" },
		{ fixture_key_encrypted, "", DUET_E_PASSPHRASE,
		  "'x': wrong passphrase for the private key (line 1), or it is damaged" },
		{ fixture_key_sec1_encrypted, "wrong", DUET_E_PASSPHRASE,
		  "'x': wrong passphrase for the private key (line 1), or it is damaged" },
		{ fixture_key_des, "secret", DUET_E_UNSUPPORTED,
		  "'x': the private key (line 1) is encrypted in an old way that OpenSSL 3 no longer does: convert it with 'openssl pkey -provider legacy -provider default'" },
		{ "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		  NULL, DUET_E_PEM,
		  "'x': the private key (line 1) is damaged, or of a kind this OpenSSL does not know" },
		{ fixture_cert, NULL, DUET_E_PEM, "'x': no private key in it" },
		{ "", NULL, DUET_E_PEM, "'x': no private key in it" },
	};
	struct duet_error err;
	EVP_PKEY *key;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		key = NULL;
		err.text[0] = '\0';
		assert_int_equal(duet_load_key(text(cases[i].pem),
					       cases[i].passphrase, "'x'", &key,
					       &err),
				 cases[i].status);
		if (cases[i].sentence != NULL)
			assert_string_equal(err.text, cases[i].sentence);
		else
			assert_int_equal(EVP_PKEY_get_bits(key), 256);
		EVP_PKEY_free(key);
	}
}

static void survives_a_key_damaged_at_every_byte(void **state)
{
	size_t len = strlen(fixture_key_encrypted);
	EVP_PKEY *key;
	char *pem;
	size_t i;

	(void)state;
	for (i = 0; i < len; i++) {
		pem = strdup(fixture_key_encrypted);
		pem[i] ^= 1;
		key = NULL;
		if (duet_load_key((struct duet_bytes){ pem, len }, NULL, "x",
				  &key, NULL) == DUET_OK)
			fail();
		free(pem);
	}
}

static void limits_the_rounds_of_key_derivation(void **state)
{
	EVP_PKEY *key = NULL;
	struct duet_error err;
	char *data, *copy;
	X509_SIG *sig;
	X509_ALGOR *pbe;
	BIO *bio;
	int n;

	(void)state;
	pbe = PKCS5_pbe2_set(EVP_aes_256_cbc(), 20 * 1000 * 1000, NULL, 0);
	sig = X509_SIG_new();
	{
		X509_ALGOR *algor;
		ASN1_OCTET_STRING *octets;

		X509_SIG_getm(sig, &algor, &octets);
		assert_int_equal(X509_ALGOR_copy(algor, pbe), 1);
		assert_int_equal(ASN1_OCTET_STRING_set(octets,
						       (const void *)"0123", 4),
				 1);
	}
	bio = BIO_new(BIO_s_mem());
	assert_int_equal(PEM_write_bio_PKCS8(bio, sig), 1);
	n = (int)BIO_get_mem_data(bio, &data);
	copy = strndup(data, (size_t)n);
	assert_int_equal(duet_load_key(text(copy), "secret", "'x'", &key, &err),
			 DUET_E_LIMIT);
	assert_string_equal(err.text,
			    "'x': the private key asks for 20000000 rounds of key derivation; at most 2000000 are done");
	free(copy);
	BIO_free(bio);
	X509_SIG_free(sig);
	X509_ALGOR_free(pbe);
}

/* A PKCS#12 of the fixtures, encrypted with passphrase as OpenSSL does now. */
static struct duet_bytes make_p12(const char *passphrase, int mac_iterations,
				  unsigned char **ret)
{
	STACK_OF(X509) *chain = NULL;
	EVP_PKEY *key = NULL;
	PKCS12 *p12;
	int len;

	assert_int_equal(duet_load_chain(text(fixture_cert), "x", &chain, NULL),
			 0);
	assert_int_equal(duet_load_key(text(fixture_key), NULL, "x", &key,
				       NULL),
			 0);
	p12 = PKCS12_create(passphrase, "name", key, sk_X509_value(chain, 0),
			    NULL, 0, 0, 0, mac_iterations, 0);
	assert_non_null(p12);
	*ret = NULL;
	len = i2d_PKCS12(p12, ret);
	assert_true(len > 0);
	PKCS12_free(p12);
	EVP_PKEY_free(key);
	sk_X509_pop_free(chain, X509_free);
	return (struct duet_bytes){ *ret, (size_t)len };
}

static void check_p12(struct duet_bytes p12, const char *passphrase, int status,
		      const char *sentence)
{
	STACK_OF(X509) *chain = NULL;
	EVP_PKEY *key = NULL;
	struct duet_error err;

	err.text[0] = '\0';
	assert_int_equal(duet_load_p12(p12, passphrase, "'x'", &chain, &key,
				       &err),
			 status);
	if (sentence != NULL)
		assert_string_equal(err.text, sentence);
	if (status == DUET_OK)
		assert_int_equal(X509_check_private_key(sk_X509_value(chain, 0),
							key),
				 1);
	EVP_PKEY_free(key);
	sk_X509_pop_free(chain, X509_free);
}

static void reads_pkcs12_and_says_why_not(void **state)
{
	unsigned char rc2[2048];
	unsigned char *der;
	struct duet_bytes p12;
	BIO *bio, *base64;
	int n;

	(void)state;
	p12 = make_p12("secret", 0, &der);
	check_p12(p12, "secret", DUET_OK, NULL);
	check_p12(p12, "wrong", DUET_E_PASSPHRASE,
		  "'x': wrong passphrase for this PKCS#12, or it is damaged");
	check_p12(p12, NULL, DUET_E_PASSPHRASE,
		  "'x': this PKCS#12 is encrypted: it needs its passphrase");
	check_p12((struct duet_bytes){ p12.data, p12.len - 1 }, "secret",
		  DUET_E_PEM, "'x': not a PKCS#12");
	OPENSSL_free(der);

	p12 = make_p12("", 0, &der);
	check_p12(p12, NULL, DUET_OK, NULL);
	check_p12(p12, "", DUET_OK, NULL);
	OPENSSL_free(der);

	p12 = make_p12("secret", -1, &der);
	check_p12(p12, "secret", DUET_E_UNSUPPORTED,
		  "'x': this PKCS#12 has no integrity check (MAC): make it anew with one");
	OPENSSL_free(der);

	bio = BIO_new_mem_buf(fixture_p12_rc2, -1);
	base64 = BIO_push(BIO_new(BIO_f_base64()), bio);
	n = BIO_read(base64, rc2, sizeof(rc2));
	BIO_free_all(base64);
	assert_true(n > 0);
	check_p12((struct duet_bytes){ rc2, (size_t)n }, "secret",
		  DUET_E_UNSUPPORTED,
		  "'x': this PKCS#12 is encrypted with an old algorithm (RC2 or the like) that OpenSSL 3 no longer does: convert it with 'openssl pkcs12 -legacy'");
	check_p12(text(fixture_cert), NULL, DUET_E_PEM, "'x': not a PKCS#12");
	check_p12(text(""), NULL, DUET_E_PEM, "'x': not a PKCS#12");
}

static void leaves_the_error_queue_of_the_host_alone(void **state)
{
	STACK_OF(X509) *chain = NULL;
	STACK_OF(X509_CRL) *crls = NULL;
	EVP_PKEY *key = NULL;

	(void)state;
	ERR_clear_error();
	ERR_raise(ERR_LIB_USER, 101);
	assert_true(duet_load_chain(text("x"), "x", &chain, NULL) < 0);
	assert_true(duet_load_key(text(fixture_key_des), "secret", "x", &key,
				  NULL) < 0);
	assert_true(duet_load_p12(text("\x30\x01x"), NULL, "x", &chain, &key,
				  NULL) < 0);
	assert_true(duet_load_crls(text("\x30\x01x"), "x", &crls, NULL) < 0);
	assert_int_equal(ERR_GET_REASON(ERR_get_error()), 101);
	assert_int_equal(ERR_get_error(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_certificate_in_order),
		cmocka_unit_test(reads_windows_line_ends),
		cmocka_unit_test(refuses_a_chain_in_words),
		cmocka_unit_test(refuses_the_chain_for_one_bad_block),
		cmocka_unit_test(survives_damage_at_every_byte),
		cmocka_unit_test(refuses_a_chain_cut_anywhere),
		cmocka_unit_test(reads_keys_and_says_why_not),
		cmocka_unit_test(survives_a_key_damaged_at_every_byte),
		cmocka_unit_test(limits_the_rounds_of_key_derivation),
		cmocka_unit_test(reads_pkcs12_and_says_why_not),
		cmocka_unit_test(leaves_the_error_queue_of_the_host_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
