/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cert/key.h"
#include "cert/words.h"
#include "tool.h"

static struct tool_ca ca;

static int make_ca(void **state)
{
	(void)state;
	tool_ca_init(&ca, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "CA"));
	return 0;
}

static int drop_ca(void **state)
{
	(void)state;
	tool_ca_done(&ca);
	return 0;
}

static struct duet_buffer request(const struct duet_key *key,
				  const struct duet_cert_spec *spec)
{
	struct duet_buffer pem;

	assert_int_equal(duet_csr_new(key, spec, &pem, NULL), DUET_OK);
	return pem;
}

static void every_kind_of_key_asks_and_is_answered(void **state)
{
	static const enum duet_key_kind kinds[] = {
		DUET_KEY_P256, DUET_KEY_P384, DUET_KEY_ED25519, DUET_KEY_RSA2048
	};
	struct duet_buffer csr, pem;
	struct duet_key *key;
	X509 *cert;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(kinds); i++) {
		key = tool_key(kinds[i]);
		csr = request(key, DUET_CERT(.names = NAMES("x.org", "10.0.0.1",
							    "2001:db8::1",
							    "email:a@x.org"),
					     .organization = "Duet"));
		assert_int_equal(duet_csr_sign(ca.identity, bytes_of(&csr),
					       DUET_CERT(.days = 3), &pem,
					       NULL),
				 DUET_OK);
		assert_int_equal(tool_verify(bytes_of(&pem), bytes_of(&ca.pem),
					     X509_PURPOSE_SSL_SERVER, "x.org"),
				 X509_V_OK);
		cert = tool_cert(bytes_of(&pem), 0);
		assert_int_equal(X509_check_ip_asc(cert, "10.0.0.1", 0), 1);
		assert_int_equal(X509_check_ip_asc(cert, "2001:db8::1", 0), 1);
		assert_int_equal(X509_check_email(cert, "a@x.org", 0, 0), 1);
		assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(cert),
					     duet_key_pkey(key)),
				 1);
		X509_free(cert);
		duet_buffer_free(&pem);
		duet_buffer_free(&csr);
		duet_key_free(key);
	}
}

static char *subject_of(const struct duet_buffer *pem)
{
	X509 *cert = tool_cert(bytes_of(pem), 0);
	char *dn = duet_words_dn(X509_get_subject_name(cert));

	X509_free(cert);
	return dn;
}

static void the_subject_is_the_requests_unless_the_spec_has_one(void **state)
{
	const struct {
		const struct duet_cert_spec *spec;
		const char *subject;
		const char *host;
	} cases[] = {
		{ DUET_CERT(.days = 1), "CN=asked,O=Asker", "x.org" },
		{ DUET_CERT(.common_name = "given"), "CN=given", "x.org" },
		{ DUET_CERT(.organization = "Given"), "CN=x.org,O=Given",
		  "x.org" },
		{ DUET_CERT(.names = NAMES("y.org")), "CN=y.org", "y.org" },
	};
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct duet_buffer csr, pem;
	char *subject;
	size_t i;

	(void)state;
	csr = request(key,
		      DUET_CERT(.names = NAMES("x.org"), .common_name = "asked",
				.organization = "Asker"));
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(duet_csr_sign(ca.identity, bytes_of(&csr),
					       cases[i].spec, &pem, NULL),
				 DUET_OK);
		subject = subject_of(&pem);
		assert_string_equal(subject, cases[i].subject);
		assert_int_equal(tool_verify(bytes_of(&pem), bytes_of(&ca.pem),
					     X509_PURPOSE_SSL_SERVER,
					     cases[i].host),
				 X509_V_OK);
		free(subject);
		duet_buffer_free(&pem);
	}
	duet_buffer_free(&csr);
	duet_key_free(key);
}

/* Whoever asks to become a CA gets what the spec says, and no more. */
static void a_request_cannot_make_itself_a_ca(void **state)
{
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct duet_buffer csr, pem;
	X509 *cert;

	(void)state;
	csr = request(key, DUET_CERT(.names = NAMES("x.org"),
				     .usage = DUET_USAGE_CA));
	assert_int_equal(duet_csr_sign(ca.identity, bytes_of(&csr),
				       DUET_CERT(.usage = DUET_USAGE_SERVER),
				       &pem, NULL),
			 DUET_OK);
	cert = tool_cert(bytes_of(&pem), 0);
	assert_int_equal(X509_check_ca(cert), 0);
	assert_int_equal(X509_get_key_usage(cert), KU_DIGITAL_SIGNATURE);
	assert_int_equal(X509_get_extended_key_usage(cert), XKU_SSL_SERVER);
	X509_free(cert);
	duet_buffer_free(&pem);
	duet_buffer_free(&csr);
	duet_key_free(key);
}

/* Another letter of base64, other in its highest bit: the lowest of the last
 * one say nothing. */
static char other_letter(char c)
{
	bool is_low = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'f');

	return is_low ? 'g' : 'A';
}

static void refuses_a_request_that_was_changed(void **state)
{
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct duet_buffer csr, pem = { NULL, 0 };
	struct duet_error err;
	size_t i, refused = 0;
	char *text, was;

	(void)state;
	csr = request(key, DUET_CERT(.names = NAMES("x.org")));
	text = csr.data;
	for (i = 0; i < csr.len; i++) {
		was = text[i];
		text[i] = other_letter(was);
		if (duet_csr_sign(ca.identity, bytes_of(&csr), NULL, &pem,
				  &err) == DUET_OK)
			fail_msg("byte %zu was changed unnoticed", i);
		refused += err.code == DUET_E_ARGUMENT;
		text[i] = was;
	}
	assert_true(refused > 0);
	assert_int_equal(duet_csr_sign(ca.identity, bytes_of(&csr), NULL, &pem,
				       &err),
			 DUET_OK);
	duet_buffer_free(&pem);
	duet_buffer_free(&csr);
	duet_key_free(key);
}

/* A request by OpenSSL with one name of our making, in SAN or as CN. */
static int sign_foreign(int san_type, const char *san, int san_len,
			const char *cn, struct duet_error *err)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");
	X509_REQ *req = X509_REQ_new();
	STACK_OF(X509_EXTENSION) *list = NULL;
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *name = GENERAL_NAME_new();
	BIO *bio = BIO_new(BIO_s_mem());
	ASN1_STRING *string;
	struct duet_buffer out = { NULL, 0 };
	struct duet_bytes pem;
	char *data;
	int rc;

	string = ASN1_STRING_type_new(
		san_type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
	assert_int_equal(ASN1_STRING_set(string, san, san_len), 1);
	GENERAL_NAME_set0_value(name, san_type, string);
	assert_true(sk_GENERAL_NAME_push(names, name) > 0);
	if (san_len > 0) {
		assert_int_equal(X509V3_add1_i2d(&list, NID_subject_alt_name,
						 names, 0, X509V3_ADD_DEFAULT),
				 1);
		assert_int_equal(X509_REQ_add_extensions(req, list), 1);
	}
	if (cn != NULL)
		assert_int_equal(X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(
								    req),
							    "CN", MBSTRING_UTF8,
							    (const void *)cn,
							    -1, -1, 0),
				 1);
	assert_int_equal(X509_REQ_set_pubkey(req, pkey), 1);
	assert_true(X509_REQ_sign(req, pkey, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509_REQ(bio, req), 1);
	pem.len = (size_t)BIO_get_mem_data(bio, &data);
	pem.data = data;
	err->text[0] = '\0';
	rc = duet_csr_sign(ca.identity, pem, NULL, &out, err);
	duet_buffer_free(&out);
	BIO_free(bio);
	GENERAL_NAMES_free(names);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	X509_REQ_free(req);
	EVP_PKEY_free(pkey);
	return rc;
}

static void names_of_requests_are_checked_like_ours(void **state)
{
	static const struct {
		int type;
		const char *san;
		int len;
		const char *cn;
		int status;
		const char *sentence;
	} cases[] = {
		{ GEN_DNS, "x.org", 5, NULL, DUET_OK, "" },
		{ GEN_DNS, "", 0, "x.org", DUET_OK, "" },
		{ GEN_DNS, "bank.org\0.x.org", 15, NULL, DUET_E_ARGUMENT,
		  "bank.org\\x01" },
		{ GEN_DNS, "*", 1, NULL, DUET_E_ARGUMENT, "first label" },
		{ GEN_DNS, "a b", 3, NULL, DUET_E_ARGUMENT, "only letters" },
		{ GEN_IPADD, "abc", 3, NULL, DUET_E_ARGUMENT, "malformed" },
		{ GEN_DNS, "127.0.0.1", 9, NULL, DUET_E_ARGUMENT,
		  "'127.0.0.1' as a DNS name" },
		{ GEN_DNS, "::1", 3, NULL, DUET_E_ARGUMENT, "as a DNS name" },
		{ GEN_DNS, "email:a@x.org", 13, NULL, DUET_E_ARGUMENT,
		  "'email:a@x.org' as a DNS name" },
		{ GEN_DNS, "*.x.org", 7, NULL, DUET_OK, "" },
		{ GEN_EMAIL, "email:a@x.org", 13, NULL, DUET_E_ARGUMENT,
		  "needs no quoting" },
		{ GEN_DNS, "", 0, "10.9.8.7", DUET_E_ARGUMENT,
		  "needs a DNS name" },
		{ GEN_DNS, "", 0, "email:a@x.org", DUET_E_ARGUMENT,
		  "needs a DNS name" },
		{ GEN_URI, "http://x.org/", 13, "a person", DUET_E_ARGUMENT,
		  "needs a DNS name" },
		{ GEN_DNS, "", 0, "a person", DUET_E_ARGUMENT,
		  "needs a DNS name" },
		{ GEN_DNS, "", 0, NULL, DUET_E_ARGUMENT, "needs a DNS name" },
	};
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(sign_foreign(cases[i].type, cases[i].san,
					      cases[i].len, cases[i].cn, &err),
				 cases[i].status);
		if (strstr(err.text, cases[i].sentence) == NULL)
			fail_msg("'%s' lacks '%s'", err.text,
				 cases[i].sentence);
	}
}

static void refuses_what_is_no_request(void **state)
{
	struct duet_buffer pem = { NULL, 0 };
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_csr_sign(ca.identity, bytes_of(&ca.pem), NULL,
				       &pem, &err),
			 DUET_E_PEM);
	assert_string_equal(err.text,
			    "the request: no certificate request in it");
	assert_int_equal(duet_csr_sign(ca.identity, duet_str(NULL), NULL, &pem,
				       &err),
			 DUET_E_PEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_key_asks_and_is_answered),
		cmocka_unit_test(
			the_subject_is_the_requests_unless_the_spec_has_one),
		cmocka_unit_test(a_request_cannot_make_itself_a_ca),
		cmocka_unit_test(refuses_a_request_that_was_changed),
		cmocka_unit_test(names_of_requests_are_checked_like_ours),
		cmocka_unit_test(refuses_what_is_no_request),
	};

	return cmocka_run_group_tests(tests, make_ca, drop_ca);
}
