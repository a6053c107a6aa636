/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "tool.h"

static const char *const x_org[] = { "x.org", NULL };
static const char *const localhost[] = { "localhost", NULL };
static const char *const email[] = { "email:a@x.org", NULL };
static const char *const nobody[] = { NULL };

#define TEXT65 \
	"12345678901234567890123456789012345678901234567890123456789012345"

static void refuses_what_no_certificate_can_be(void **state)
{
	const struct {
		const struct duet_cert_spec *spec;
		const char *why;
	} cases[] = {
		{ DUET_CERT(.days = 0), "needs a DNS name or an IP address" },
		{ NULL, "needs a DNS name or an IP address" },
		{ DUET_CERT(.names = nobody), "needs a DNS name" },
		{ DUET_CERT(.names = email), "needs a DNS name" },
		{ DUET_CERT(.names = email, .usage = DUET_USAGE_BOTH),
		  "needs a DNS name" },
		{ DUET_CERT(.usage = DUET_USAGE_CLIENT),
		  "needs a name or a common name" },
		{ DUET_CERT(.usage = DUET_USAGE_CA), "needs a common name" },
		{ DUET_CERT(.usage = 4, .names = x_org), "4 is no usage" },
		{ DUET_CERT(.names = x_org, .days = -1), "not negative" },
		{ DUET_CERT(.names = x_org, .not_after = -1), "not negative" },
		{ DUET_CERT(.names = x_org, .days = 1, .not_after = 1),
		  "give one" },
		{ DUET_CERT(.names = x_org, .not_after = 1),
		  "would end before it begins" },
		{ DUET_CERT(.names = x_org, .days = INT32_MAX),
		  "after the year 9999" },
		{ DUET_CERT(.names = x_org, .not_after = INT64_C(253402300800)),
		  "after the year 9999" },
		{ DUET_CERT(.names = x_org, .path_length = 1), "are for a CA" },
		{ DUET_CERT(.names = x_org, .permitted = localhost),
		  "are for a CA" },
		{ DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "x",
			    .path_length = -1),
		  "a path length is 0 to 20" },
		{ DUET_CERT(.names = x_org, .common_name = TEXT65),
		  "a common name has 1 to 64 characters" },
		{ DUET_CERT(.names = x_org, .common_name = ""),
		  "a common name has 1 to 64 characters" },
		{ DUET_CERT(.names = x_org, .common_name = "a\nb"),
		  "'a\\x0ab': a common name must be UTF-8" },
		{ DUET_CERT(.names = x_org, .organization = "\xff"),
		  "an organization must be UTF-8" },
		{ DUET_CERT(.names = x_org, .organization = "\\\x7f"),
		  "an organization must be UTF-8" },
		{ DUET_CERT(.names = x_org, .crl_url = "https://x.org/a"),
		  "begins with http://" },
		{ DUET_CERT(.names = x_org, .crl_url = "http://x.org/a b"),
		  "no blanks" },
		{ &(const struct duet_cert_spec){ .names = x_org },
		  ".size is not set" },
	};
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct duet_buffer pem = { NULL, 0 };
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(duet_cert_self_signed(key, cases[i].spec, &pem,
						       &err),
				 DUET_E_ARGUMENT);
		assert_null(pem.data);
		if (strstr(err.text, cases[i].why) == NULL)
			fail_msg("'%s' lacks '%s'", err.text, cases[i].why);
	}
	duet_key_free(key);
}

static void takes_a_long_first_name_without_a_common_name(void **state)
{
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct duet_buffer pem;
	struct tool_ca ca;
	X509 *cert;
	int at;

	(void)state;
	tool_ca_init(&ca, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "CA"));
	assert_int_equal(duet_cert_issue(ca.identity, key,
					 DUET_CERT(.names = NAMES(
							   "a-name-that-is-longer.than-a-common-name.may-be-in-x509.example.org")),
					 &pem, NULL),
			 DUET_OK);
	cert = tool_cert(bytes_of(&pem), 0);
	assert_int_equal(X509_NAME_entry_count(X509_get_subject_name(cert)), 0);
	/* RFC 5280 s4.2.1.6 */
	at = X509_get_ext_by_NID(cert, NID_subject_alt_name, -1);
	assert_int_equal(X509_EXTENSION_get_critical(X509_get_ext(cert, at)),
			 1);
	X509_free(cert);
	duet_buffer_free(&pem);
	tool_ca_done(&ca);
	duet_key_free(key);
}

static void an_address_alone_makes_no_common_name(void **state)
{
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct duet_buffer pem;
	struct tool_ca ca;
	X509 *cert;

	(void)state;
	tool_ca_init(&ca, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "CA"));
	assert_int_equal(duet_cert_issue(ca.identity, key,
					 DUET_CERT(.names = NAMES("::1")), &pem,
					 NULL),
			 DUET_OK);
	cert = tool_cert(bytes_of(&pem), 0);
	assert_int_equal(X509_NAME_entry_count(X509_get_subject_name(cert)), 0);
	X509_free(cert);
	duet_buffer_free(&pem);
	assert_int_equal(duet_cert_self_signed(key,
					       DUET_CERT(.names = NAMES("::1")),
					       &pem, NULL),
			 DUET_OK);
	assert_int_equal(tool_verify(bytes_of(&pem), bytes_of(&pem),
				     X509_PURPOSE_SSL_SERVER, NULL),
			 X509_V_OK);
	duet_buffer_free(&pem);
	tool_ca_done(&ca);
	duet_key_free(key);
}

static void reads_the_spec_of_an_older_caller(void **state)
{
	struct duet_cert_spec spec = { .names = x_org,
				       .crl_url = "not looked at" };
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct duet_buffer pem;

	(void)state;
	spec.size = offsetof(struct duet_cert_spec, crl_url);
	assert_int_equal(duet_cert_self_signed(key, &spec, &pem, NULL),
			 DUET_OK);
	duet_buffer_free(&pem);
	duet_key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_no_certificate_can_be),
		cmocka_unit_test(takes_a_long_first_name_without_a_common_name),
		cmocka_unit_test(an_address_alone_makes_no_common_name),
		cmocka_unit_test(reads_the_spec_of_an_older_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
