/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cert/key.h"
#include "fixture.h"
#include "support/certs.h"
#include "tool.h"

static struct duet_facts_cert facts_of(const struct duet_inspection *inspection,
				       size_t i)
{
	struct duet_facts_cert facts = { .size = sizeof(facts) };

	assert_int_equal(duet_inspection_get(inspection, i, &facts), DUET_OK);
	return facts;
}

static void tells_every_fact_of_a_certificate(void **state)
{
	struct duet_inspection *inspection;
	struct duet_facts_cert facts;
	struct duet_buffer pem;
	struct tool_ca ca;
	struct duet_key *key = tool_key(DUET_KEY_RSA2048);

	(void)state;
	tool_ca_init(&ca, DUET_KEY_ED25519,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "Duet CA",
			       .organization = "Duet, Inc.",
			       .permitted = NAMES("x.org", "10.0.0.0/8")));
	assert_int_equal(duet_cert_issue(ca.identity, key,
					 DUET_CERT(.names = NAMES("x.org",
								  "*.x.org",
								  "10.0.0.1"),
						   .usage = DUET_USAGE_BOTH,
						   .not_before = 1700000000,
						   .not_after = 1900000000,
						   .crl_url =
							   "http://x.org/ca.crl"),
					 &pem, NULL),
			 DUET_OK);
	inspection = duet_inspect(bytes_of(&pem), NULL);
	assert_int_equal(duet_inspection_count(inspection), 1);
	facts = facts_of(inspection, 0);
	assert_int_equal(facts.kind, DUET_IS_CERTIFICATE);
	assert_string_equal(facts.subject, "CN=x.org");
	assert_string_equal(facts.issuer, "CN=Duet CA,O=Duet\\, Inc.");
	assert_int_equal(strlen(facts.serial), 40);
	assert_string_equal(facts.key, "RSA 2048");
	assert_string_equal(facts.signature, "ED25519");
	assert_string_equal(facts.usage, "server, client");
	assert_string_equal(facts.crl_url, "http://x.org/ca.crl");
	assert_int_equal(strlen(facts.sha256), 95);
	assert_int_equal(strlen(facts.spki_sha256), 44);
	assert_string_equal(facts.names[0], "x.org");
	assert_string_equal(facts.names[1], "*.x.org");
	assert_string_equal(facts.names[2], "IP:10.0.0.1");
	assert_null(facts.names[3]);
	assert_null(facts.permitted[0]);
	assert_null(facts.revoked[0]);
	assert_true(facts.not_before == 1700000000);
	assert_true(facts.not_after == 1900000000);
	assert_false(facts.is_ca);
	assert_false(facts.self_signed);
	duet_inspection_free(inspection);

	inspection = duet_inspect(bytes_of(&ca.pem), NULL);
	facts = facts_of(inspection, 0);
	assert_string_equal(facts.usage, "CA");
	assert_string_equal(facts.key, "Ed25519");
	assert_string_equal(facts.permitted[0], "x.org");
	assert_string_equal(facts.permitted[1], "IP:10.0.0.0/8");
	assert_true(facts.is_ca);
	assert_true(facts.self_signed);
	duet_inspection_free(inspection);
	duet_buffer_free(&pem);
	tool_ca_done(&ca);
	duet_key_free(key);
}

/* A certificate, its request, a CRL that lists it and its key, in one. */
static struct duet_buffer everything(void)
{
	struct duet_key *key = tool_key(DUET_KEY_P384);
	struct duet_buffer csr, cert, crl, pem, all;
	struct tool_ca ca;

	tool_ca_init(&ca, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "CA"));
	assert_int_equal(duet_csr_new(key, DUET_CERT(.names = NAMES("x.org")),
				      &csr, NULL),
			 DUET_OK);
	assert_int_equal(duet_csr_sign(ca.identity, bytes_of(&csr), NULL, &cert,
				       NULL),
			 DUET_OK);
	assert_int_equal(duet_crl_issue(ca.identity, duet_str(NULL),
					(struct duet_bytes[]){
						bytes_of(&cert) },
					1, 0, &crl, NULL),
			 DUET_OK);
	assert_int_equal(duet_key_write(key, NULL, &pem, NULL), DUET_OK);
	all.len = cert.len + csr.len + crl.len + pem.len;
	all.data = malloc(all.len + 1);
	(void)snprintf(all.data, all.len + 1, "%s%s%s%s", (char *)cert.data,
		       (char *)csr.data, (char *)crl.data, (char *)pem.data);
	duet_buffer_free(&csr);
	duet_buffer_free(&cert);
	duet_buffer_free(&crl);
	duet_buffer_free(&pem);
	tool_ca_done(&ca);
	duet_key_free(key);
	return all;
}

static void tells_every_block_of_a_text(void **state)
{
	struct duet_facts_cert cert, csr, crl, key;
	struct duet_buffer all = everything();
	struct duet_inspection *inspection;

	(void)state;
	inspection = duet_inspect(bytes_of(&all), NULL);
	assert_non_null(inspection);
	assert_int_equal(duet_inspection_count(inspection), 4);
	cert = facts_of(inspection, 0);
	csr = facts_of(inspection, 1);
	crl = facts_of(inspection, 2);
	key = facts_of(inspection, 3);
	assert_int_equal(csr.kind, DUET_IS_CSR);
	assert_string_equal(csr.subject, "CN=x.org");
	assert_string_equal(csr.names[0], "x.org");
	assert_string_equal(csr.usage, "server");
	assert_string_equal(csr.issuer, "");
	assert_true(csr.self_signed);
	assert_int_equal(crl.kind, DUET_IS_CRL);
	assert_string_equal(crl.issuer, "CN=CA");
	assert_string_equal(crl.serial, "01");
	assert_string_equal(crl.revoked[0], cert.serial);
	assert_null(crl.revoked[1]);
	assert_int_equal(key.kind, DUET_IS_PRIVATE_KEY);
	assert_string_equal(key.key, "ECDSA P-384");
	assert_string_equal(key.spki_sha256, cert.spki_sha256);
	assert_string_equal(csr.spki_sha256, cert.spki_sha256);
	assert_string_equal(key.subject, "");
	assert_int_equal(duet_inspection_get(inspection, 4, &key),
			 DUET_E_ARGUMENT);
	duet_inspection_free(inspection);
	free(all.data);
}

/* The same blocks, each as DER. */
static void knows_der_by_its_content(void **state)
{
	struct duet_inspection *pem, *der;
	struct duet_facts_cert facts;
	struct duet_buffer all = everything();
	struct duet_buffer bytes;
	char *block = all.data;
	char *end;
	size_t i;

	(void)state;
	pem = duet_inspect(bytes_of(&all), NULL);
	for (i = 0; i < 4; i++) {
		end = strstr(block + 1, "-----END");
		end = strchr(end, '\n') + 1;
		assert_int_equal(duet_pem_to_der((struct
						  duet_bytes){ block,
							       (size_t)(end -
									block) },
						 &bytes, NULL),
				 DUET_OK);
		der = duet_inspect(bytes_of(&bytes), NULL);
		assert_non_null(der);
		assert_int_equal(duet_inspection_count(der), 1);
		facts = facts_of(pem, i);
		assert_string_equal(facts_of(der, 0).sha256, facts.sha256);
		assert_int_equal(facts_of(der, 0).kind, facts.kind);
		duet_inspection_free(der);
		duet_buffer_free(&bytes);
		block = end;
	}
	duet_inspection_free(pem);
	free(all.data);
}

static void names_an_encrypted_key_and_asks_nothing(void **state)
{
	static const char *const keys[] = { fixture_key_encrypted,
					    fixture_key_sec1_encrypted,
					    fixture_key_des };
	struct duet_inspection *inspection;
	struct duet_buffer der;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(keys); i++) {
		inspection = duet_inspect(duet_str(keys[i]), NULL);
		assert_non_null(inspection);
		assert_string_equal(facts_of(inspection, 0).key, "encrypted");
		assert_string_equal(facts_of(inspection, 0).spki_sha256, "");
		duet_inspection_free(inspection);
	}
	assert_int_equal(duet_pem_to_der(duet_str(fixture_key_encrypted), &der,
					 NULL),
			 DUET_OK);
	inspection = duet_inspect(bytes_of(&der), NULL);
	assert_non_null(inspection);
	assert_string_equal(facts_of(inspection, 0).key, "encrypted");
	duet_inspection_free(inspection);
	duet_buffer_free(&der);
}

static void says_when_there_is_nothing_it_knows(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} cases[] = {
		{ "", "no certificate, request, CRL or private key in it" },
		{ "hello", "no certificate, request, CRL or private key" },
		{ "\x30\x03\x02\x01\x01", "this is binary, but no" },
		{ "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n",
		  "no certificate, request, CRL or private key in it" },
		{ "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		  "the text: block 1 (line 1, CERTIFICATE) is damaged" },
		{ "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		  "the text: block 1 (line 1, PRIVATE KEY) is damaged" },
	};
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_null(duet_inspect(duet_str(cases[i].text), &err));
		assert_int_equal(err.code, DUET_E_PEM);
		if (strstr(err.text, cases[i].why) == NULL)
			fail_msg("'%s' lacks '%s'", err.text, cases[i].why);
	}
	duet_inspection_free(NULL);
}

/* One whose basic constraints are an OCTET STRING of nonsense. */
static void says_when_an_extension_is_malformed(void **state)
{
	X509 *cert = tool_cert(duet_str(fixture_cert), 0);
	struct duet_inspection *inspection;
	ASN1_OCTET_STRING *nonsense = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;
	unsigned char *der = NULL;
	int at, len;

	(void)state;
	assert_int_equal(ASN1_OCTET_STRING_set(nonsense, (const void *)"x", 1),
			 1);
	at = X509_get_ext_by_NID(cert, NID_basic_constraints, -1);
	X509_EXTENSION_free(X509_delete_ext(cert, at));
	extension = X509_EXTENSION_create_by_NID(NULL, NID_basic_constraints, 1,
						 nonsense);
	assert_int_equal(X509_add_ext(cert, extension, -1), 1);
	len = i2d_re_X509_tbs(cert, NULL);
	assert_true(len > 0);
	len = i2d_X509(cert, &der);
	inspection =
		duet_inspect((struct duet_bytes){ der, (size_t)len }, NULL);
	assert_non_null(inspection);
	assert_string_equal(facts_of(inspection, 0).usage,
			    "malformed extensions");
	duet_inspection_free(inspection);
	OPENSSL_free(der);
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(nonsense);
	X509_free(cert);
}

static void fills_the_facts_of_an_older_caller(void **state)
{
	struct duet_facts_cert facts = { 0 };
	struct duet_inspection *inspection;

	(void)state;
	facts.size = offsetof(struct duet_facts_cert, issuer);
	inspection = duet_inspect(duet_str(fixture_cert), NULL);
	assert_int_equal(duet_inspection_get(inspection, 0, &facts), DUET_OK);
	assert_string_equal(facts.subject, "CN=localhost");
	assert_null(facts.issuer);
	facts.size = 0;
	assert_int_equal(duet_inspection_get(inspection, 0, &facts),
			 DUET_E_ARGUMENT);
	duet_inspection_free(inspection);
}

static void survives_damage_at_every_byte_of_der(void **state)
{
	struct duet_inspection *inspection;
	struct duet_buffer all = everything();
	struct duet_buffer der;
	char *block = all.data;
	unsigned char *p;
	size_t i, k;
	char *end;

	(void)state;
	for (k = 0; k < 4; k++) {
		end = strchr(strstr(block + 1, "-----END"), '\n') + 1;
		assert_int_equal(duet_pem_to_der((struct
						  duet_bytes){ block,
							       (size_t)(end -
									block) },
						 &der, NULL),
				 DUET_OK);
		p = der.data;
		for (i = 0; i < der.len; i++) {
			p[i] ^= 0x55;
			inspection = duet_inspect(bytes_of(&der), NULL);
			duet_inspection_free(inspection);
			p[i] ^= 0x55;
		}
		duet_buffer_free(&der);
		block = end;
	}
	free(all.data);
}

static void tells_where_an_issuer_is(void **state)
{
	struct mint *mint =
		mint_new(NULL, MINT(.cn = "x", .aia = "http://x.org/ca"));
	struct mint *without = mint_new(NULL, MINT(.cn = "x"));
	struct duet_inspection *inspection;

	(void)state;
	inspection = duet_inspect(duet_str(mint->cert_pem), NULL);
	assert_string_equal(facts_of(inspection, 0).issuer_url,
			    "http://x.org/ca");
	duet_inspection_free(inspection);
	inspection = duet_inspect(duet_str(without->cert_pem), NULL);
	assert_string_equal(facts_of(inspection, 0).issuer_url, "");
	duet_inspection_free(inspection);
	mint_free(without);
	mint_free(mint);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_every_fact_of_a_certificate),
		cmocka_unit_test(tells_where_an_issuer_is),
		cmocka_unit_test(tells_every_block_of_a_text),
		cmocka_unit_test(knows_der_by_its_content),
		cmocka_unit_test(names_an_encrypted_key_and_asks_nothing),
		cmocka_unit_test(says_when_there_is_nothing_it_knows),
		cmocka_unit_test(says_when_an_extension_is_malformed),
		cmocka_unit_test(fills_the_facts_of_an_older_caller),
		cmocka_unit_test(survives_damage_at_every_byte_of_der),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
