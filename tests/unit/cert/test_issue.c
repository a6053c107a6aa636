/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cert/words.h"
#include "tool.h"

static const enum duet_key_kind kinds[] = {
	DUET_KEY_P256,
	DUET_KEY_P384,
	DUET_KEY_ED25519,
	DUET_KEY_RSA2048,
};

static void every_kind_of_key_signs_for_itself(void **state)
{
	struct duet_buffer pem;
	struct duet_key *key;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(kinds); i++) {
		key = tool_key(kinds[i]);
		assert_int_equal(duet_cert_self_signed(key,
						       DUET_CERT(.names =
									 NAMES("localhost",
									       "127.0.0.1")),
						       &pem, NULL),
				 DUET_OK);
		assert_int_equal(tool_verify(bytes_of(&pem), bytes_of(&pem),
					     X509_PURPOSE_SSL_SERVER,
					     "localhost"),
				 X509_V_OK);
		duet_buffer_free(&pem);
		duet_key_free(key);
	}
}

static void every_kind_of_ca_issues_for_every_kind_of_key(void **state)
{
	struct duet_buffer pem;
	struct tool_ca ca;
	struct duet_key *key;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(kinds); i++) {
		tool_ca_init(&ca, kinds[i],
			     DUET_CERT(.usage = DUET_USAGE_CA,
				       .common_name = "CA"));
		for (k = 0; k < COUNT(kinds); k++) {
			key = tool_key(kinds[k]);
			assert_int_equal(duet_cert_issue(ca.identity, key,
							 DUET_CERT(.names = NAMES(
									   "*.x.org")),
							 &pem, NULL),
					 DUET_OK);
			assert_int_equal(tool_verify(bytes_of(&pem),
						     bytes_of(&ca.pem),
						     X509_PURPOSE_SSL_SERVER,
						     "www.x.org"),
					 X509_V_OK);
			duet_buffer_free(&pem);
			duet_key_free(key);
		}
		tool_ca_done(&ca);
	}
}

static void a_chain_through_two_cas_holds_and_leaves_the_root_out(void **state)
{
	struct tool_ca root, middle;
	struct duet_buffer pem;
	struct duet_key *key = tool_key(DUET_KEY_P256);
	X509 *cert;

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
	assert_int_equal(tool_verify(bytes_of(&pem), bytes_of(&root.pem),
				     X509_PURPOSE_SSL_SERVER, "x.org"),
			 X509_V_OK);
	cert = tool_cert(bytes_of(&pem), 1);
	assert_non_null(cert);
	X509_free(cert);
	assert_null(tool_cert(bytes_of(&pem), 2));
	duet_buffer_free(&pem);
	tool_ca_done(&middle);
	tool_ca_done(&root);
	duet_key_free(key);
}

static void a_usage_holds_for_its_purpose_alone(void **state)
{
	static const struct {
		uint8_t usage;
		int server, client;
	} cases[] = {
		{ DUET_USAGE_SERVER, X509_V_OK, X509_V_ERR_INVALID_PURPOSE },
		{ DUET_USAGE_CLIENT, X509_V_ERR_INVALID_PURPOSE, X509_V_OK },
		{ DUET_USAGE_BOTH, X509_V_OK, X509_V_OK },
	};
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct duet_buffer pem;
	struct tool_ca ca;
	size_t i;

	(void)state;
	tool_ca_init(&ca, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "CA"));
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(duet_cert_issue(ca.identity, key,
						 DUET_CERT(
								 .names = NAMES(
									 "x.org"),
								 .usage =
									 cases[i]
								 .usage),
						 &pem, NULL),
				 DUET_OK);
		assert_int_equal(tool_verify(bytes_of(&pem), bytes_of(&ca.pem),
					     X509_PURPOSE_SSL_SERVER, NULL),
				 cases[i].server);
		assert_int_equal(tool_verify(bytes_of(&pem), bytes_of(&ca.pem),
					     X509_PURPOSE_SSL_CLIENT, NULL),
				 cases[i].client);
		duet_buffer_free(&pem);
	}
	tool_ca_done(&ca);
	duet_key_free(key);
}

static void a_client_may_have_a_name_or_an_address_alone(void **state)
{
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct duet_buffer pem;
	struct tool_ca ca;
	X509 *cert;

	(void)state;
	tool_ca_init(&ca, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "CA"));
	assert_int_equal(duet_cert_issue(ca.identity, key,
					 DUET_CERT(.common_name =
							   "J\xc3\xb6rg \\ Co",
						   .organization = "Duet",
						   .usage = DUET_USAGE_CLIENT),
					 &pem, NULL),
			 DUET_OK);
	assert_int_equal(tool_verify(bytes_of(&pem), bytes_of(&ca.pem),
				     X509_PURPOSE_SSL_CLIENT, NULL),
			 X509_V_OK);
	duet_buffer_free(&pem);
	assert_int_equal(duet_cert_issue(ca.identity, key,
					 DUET_CERT(.names = NAMES(
							   "email:a@x.org"),
						   .usage = DUET_USAGE_CLIENT),
					 &pem, NULL),
			 DUET_OK);
	cert = tool_cert(bytes_of(&pem), 0);
	assert_int_equal(X509_check_email(cert, "a@x.org", 0, 0), 1);
	X509_free(cert);
	duet_buffer_free(&pem);
	tool_ca_done(&ca);
	duet_key_free(key);
}

/* RFC 5280 s4.1.2.2: positive, at most 20 octets; ours are all that long. */
static void serials_are_long_and_never_the_same(void **state)
{
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct duet_buffer pem;
	X509 *certs[2];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(duet_cert_self_signed(key,
						       DUET_CERT(.names = NAMES(
									 "x.org")),
						       &pem, NULL),
				 DUET_OK);
		certs[i] = tool_cert(bytes_of(&pem), 0);
		assert_int_equal(ASN1_STRING_length(
					 X509_get0_serialNumber(certs[i])),
				 20);
		duet_buffer_free(&pem);
	}
	assert_true(ASN1_INTEGER_cmp(X509_get0_serialNumber(certs[0]),
				     X509_get0_serialNumber(certs[1])) != 0);
	X509_free(certs[0]);
	X509_free(certs[1]);
	duet_key_free(key);
}

/* RFC 5280 s4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. */
static void dates_take_the_form_of_their_century(void **state)
{
	static const struct {
		int64_t not_after;
		int type;
	} cases[] = {
		{ INT64_C(2524607999), V_ASN1_UTCTIME }, /* 2049-12-31 */
		{ INT64_C(2524608000), V_ASN1_GENERALIZEDTIME },
		{ INT64_C(253402300799), V_ASN1_GENERALIZEDTIME }, /* 9999 */
	};
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct duet_buffer pem;
	X509 *cert;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(duet_cert_self_signed(key,
						       DUET_CERT(.names = NAMES(
									 "x.org"),
								 .not_after =
									 cases[i].not_after),
						       &pem, NULL),
				 DUET_OK);
		cert = tool_cert(bytes_of(&pem), 0);
		assert_int_equal(ASN1_STRING_type(X509_get0_notAfter(cert)),
				 cases[i].type);
		assert_true(duet_words_time(X509_get0_notAfter(cert)) ==
			    cases[i].not_after);
		X509_free(cert);
		duet_buffer_free(&pem);
	}
	duet_key_free(key);
}

static void validity_begins_early_and_lasts_as_asked(void **state)
{
	struct duet_key *key = tool_key(DUET_KEY_P256);
	int64_t now = duet_clock_wall();
	struct duet_buffer pem;
	int64_t begin, end;
	X509 *cert;

	(void)state;
	assert_int_equal(duet_cert_self_signed(key,
					       DUET_CERT(.names = NAMES(
								 "x.org")),
					       &pem, NULL),
			 DUET_OK);
	cert = tool_cert(bytes_of(&pem), 0);
	begin = duet_words_time(X509_get0_notBefore(cert));
	end = duet_words_time(X509_get0_notAfter(cert));
	assert_in_range(now - begin, 3590, 3600);
	assert_in_range(end - now, 90 * 86400, 90 * 86400 + 10);
	X509_free(cert);
	duet_buffer_free(&pem);
	duet_key_free(key);
}

static void nothing_outlives_its_ca(void **state)
{
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct duet_buffer pem;
	struct duet_error err;
	struct tool_ca ca;
	X509 *cert, *above;

	(void)state;
	tool_ca_init(&ca, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "CA",
			       .days = 10));
	assert_int_equal(duet_cert_issue(ca.identity, key,
					 DUET_CERT(.names = NAMES("x.org")),
					 &pem, NULL),
			 DUET_OK);
	cert = tool_cert(bytes_of(&pem), 0);
	above = tool_cert(bytes_of(&ca.pem), 0);
	assert_int_equal(ASN1_TIME_compare(X509_get0_notAfter(cert),
					   X509_get0_notAfter(above)),
			 0);
	X509_free(cert);
	X509_free(above);
	duet_buffer_free(&pem);
	assert_int_equal(duet_cert_issue(ca.identity, key,
					 DUET_CERT(.names = NAMES("x.org"),
						   .days = 11),
					 &pem, &err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "ask for fewer days"));
	tool_ca_done(&ca);
	duet_key_free(key);
}

static void only_a_ca_issues_and_only_as_deep_as_it_may(void **state)
{
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct tool_ca leaf, ca, deep;
	struct duet_buffer pem;
	struct duet_error err;

	(void)state;
	tool_ca_init(&leaf, DUET_KEY_P256,
		     DUET_CERT(.names = NAMES("x.org"), .days = 3650));
	tool_ca_init(&ca, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "CA"));
	tool_ca_init(&deep, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "Deep",
			       .path_length = 2));
	assert_int_equal(duet_cert_issue(leaf.identity, key,
					 DUET_CERT(.names = NAMES("y.org")),
					 &pem, &err),
			 DUET_E_ARGUMENT);
	assert_string_equal(err.text,
			    "'CN=x.org' is not a CA: its certificate does not allow signing a certificate");
	assert_int_equal(duet_cert_issue(ca.identity, key,
					 DUET_CERT(.usage = DUET_USAGE_CA,
						   .common_name = "below"),
					 &pem, &err),
			 DUET_E_ARGUMENT);
	assert_string_equal(err.text,
			    "the CA 'CN=CA' may sign no other CA: its path length is 0");
	assert_int_equal(duet_cert_issue(deep.identity, key,
					 DUET_CERT(.usage = DUET_USAGE_CA,
						   .common_name = "below",
						   .path_length = 2),
					 &pem, &err),
			 DUET_E_ARGUMENT);
	assert_string_equal(err.text,
			    "the CA 'CN=Deep' has path length 2, so a CA below it has at most 1");
	tool_ca_done(&leaf);
	tool_ca_done(&ca);
	tool_ca_done(&deep);
	duet_key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_key_signs_for_itself),
		cmocka_unit_test(every_kind_of_ca_issues_for_every_kind_of_key),
		cmocka_unit_test(
			a_chain_through_two_cas_holds_and_leaves_the_root_out),
		cmocka_unit_test(a_usage_holds_for_its_purpose_alone),
		cmocka_unit_test(a_client_may_have_a_name_or_an_address_alone),
		cmocka_unit_test(serials_are_long_and_never_the_same),
		cmocka_unit_test(dates_take_the_form_of_their_century),
		cmocka_unit_test(validity_begins_early_and_lasts_as_asked),
		cmocka_unit_test(nothing_outlives_its_ca),
		cmocka_unit_test(only_a_ca_issues_and_only_as_deep_as_it_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
