/* SPDX-License-Identifier: MIT */
#include "cert/fault.h"
#include "tool.h"

static const char *const names[] = { "localhost", NULL };

static void make(const struct duet_cert_fault *fault, struct tool_ca *ca,
		 struct duet_buffer *pem)
{
	tool_ca_init(ca, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "CA"));
	assert_int_equal(duet_cert_fault_issue(ca->identity,
					       DUET_CERT(.names = names), fault,
					       pem, NULL),
			 DUET_OK);
}

static int verdict_on(const struct duet_cert_fault *fault)
{
	struct duet_buffer pem;
	struct tool_ca ca;
	int verdict;

	make(fault, &ca, &pem);
	verdict = tool_verify(bytes_of(&pem), bytes_of(&ca.pem),
			      X509_PURPOSE_SSL_SERVER, "localhost");
	duet_buffer_free(&pem);
	tool_ca_done(&ca);
	return verdict;
}

static void one_without_a_fault_holds(void **state)
{
	(void)state;
	assert_int_equal(verdict_on(&(struct duet_cert_fault){ 0 }), X509_V_OK);
	assert_int_equal(verdict_on(&(struct duet_cert_fault){ .must_staple =
								       true }),
			 X509_V_OK);
}

static void the_key_is_as_weak_as_it_was_asked_for(void **state)
{
	struct duet_buffer pem;
	struct tool_ca ca;
	X509 *cert;

	(void)state;
	make(&(struct duet_cert_fault){ .rsa_1024 = true }, &ca, &pem);
	cert = tool_cert(bytes_of(&pem), 0);
	assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(cert)), 1024);
	X509_free(cert);
	duet_buffer_free(&pem);
	tool_ca_done(&ca);
}

static void the_signature_is_sha_1_and_right_all_the_same(void **state)
{
	struct duet_buffer pem;
	struct tool_ca ca;
	X509 *cert, *issuer;

	(void)state;
	make(&(struct duet_cert_fault){ .sha_1 = true }, &ca, &pem);
	cert = tool_cert(bytes_of(&pem), 0);
	issuer = tool_cert(bytes_of(&ca.pem), 0);
	assert_int_equal(X509_get_signature_nid(cert), NID_ecdsa_with_SHA1);
	assert_int_equal(X509_verify(cert, X509_get0_pubkey(issuer)), 1);
	X509_free(issuer);
	X509_free(cert);
	duet_buffer_free(&pem);
	tool_ca_done(&ca);
}

static void must_staple_is_in_it(void **state)
{
	struct duet_buffer pem;
	struct tool_ca ca;
	X509 *cert;

	(void)state;
	make(&(struct duet_cert_fault){ .must_staple = true }, &ca, &pem);
	cert = tool_cert(bytes_of(&pem), 0);
	assert_true(X509_get_ext_by_NID(cert, NID_tlsfeature, -1) >= 0);
	X509_free(cert);
	duet_buffer_free(&pem);
	tool_ca_done(&ca);
}

static void the_key_comes_with_it(void **state)
{
	struct duet_identity *identity;
	struct duet_buffer pem;
	struct tool_ca ca;

	(void)state;
	make(&(struct duet_cert_fault){ 0 }, &ca, &pem);
	identity = duet_identity_new(DUET_IDENTITY(.cert_pem = bytes_of(&pem)),
				     NULL);
	assert_non_null(identity);
	duet_identity_release(identity);
	duet_buffer_free(&pem);
	tool_ca_done(&ca);
}

static void a_spec_that_says_nothing_sensible_is_refused(void **state)
{
	const struct duet_cert_fault fault = { 0 };
	struct duet_error err;
	struct duet_buffer pem;
	struct tool_ca ca;

	(void)state;
	tool_ca_init(&ca, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "CA"));
	assert_int_equal(duet_cert_fault_issue(ca.identity,
					       DUET_CERT(.names = names,
							 .days = -1),
					       &fault, &pem, &err),
			 DUET_E_ARGUMENT);
	tool_ca_done(&ca);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_without_a_fault_holds),
		cmocka_unit_test(the_key_is_as_weak_as_it_was_asked_for),
		cmocka_unit_test(the_signature_is_sha_1_and_right_all_the_same),
		cmocka_unit_test(must_staple_is_in_it),
		cmocka_unit_test(the_key_comes_with_it),
		cmocka_unit_test(a_spec_that_says_nothing_sensible_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
