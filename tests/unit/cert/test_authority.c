/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cert/key.h"
#include "tool.h"

/* Two CAs of one name and one key: held to subtrees, and free. What the free
 * one signs shows what others make of the held one's constraints. */
struct twins {
	struct tool_ca held;
	struct duet_buffer free_pem;
	struct duet_identity *free_identity;
};

static void twins_init(struct twins *twins, const char *const *permitted)
{
	tool_ca_init(&twins->held, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "Twin",
			       .permitted = permitted));
	assert_int_equal(duet_cert_self_signed(twins->held.key,
					       DUET_CERT(.usage = DUET_USAGE_CA,
							 .common_name = "Twin"),
					       &twins->free_pem, NULL),
			 DUET_OK);
	twins->free_identity =
		tool_identity(bytes_of(&twins->free_pem), twins->held.key);
}

static void twins_done(struct twins *twins)
{
	duet_identity_release(twins->free_identity);
	duet_buffer_free(&twins->free_pem);
	tool_ca_done(&twins->held);
}

struct constraint_case {
	const char *name;
	bool allowed;
};

/* We refuse to sign, and OpenSSL refuses what somebody else has signed. */
static void check_case(const struct twins *twins, const struct duet_key *key,
		       const struct constraint_case *row)
{
	const char *const names[] = { row->name, NULL };
	const struct duet_cert_spec *spec =
		DUET_CERT(.names = names, .usage = DUET_USAGE_CLIENT);
	struct duet_buffer ours = { NULL, 0 };
	struct duet_buffer theirs;
	struct duet_error err;
	int verdict;
	int rc;

	rc = duet_cert_issue(twins->held.identity, key, spec, &ours, &err);
	if ((rc == DUET_OK) != row->allowed)
		fail_msg("%s: %s", row->name,
			 rc == DUET_OK ? "signed" : err.text);
	if (rc != DUET_OK) {
		assert_int_equal(rc, DUET_E_ARGUMENT);
		assert_non_null(strstr(err.text, "is outside of what the CA"));
	}
	assert_int_equal(duet_cert_issue(twins->free_identity, key, spec,
					 &theirs, NULL),
			 DUET_OK);
	verdict = tool_verify(bytes_of(&theirs), bytes_of(&twins->held.pem),
			      X509_PURPOSE_SSL_CLIENT, NULL);
	if ((verdict == X509_V_OK) != row->allowed)
		fail_msg("%s: %s", row->name,
			 X509_verify_cert_error_string(verdict));
	duet_buffer_free(&ours);
	duet_buffer_free(&theirs);
}

static void check_table(const char *const *permitted,
			const struct constraint_case *rows, size_t n)
{
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct twins twins;
	size_t i;

	twins_init(&twins, permitted);
	for (i = 0; i < n; i++)
		check_case(&twins, key, &rows[i]);
	twins_done(&twins);
	duet_key_free(key);
}

static void a_local_ca_signs_for_this_machine_alone(void **state)
{
	static const struct constraint_case rows[] = {
		{ "localhost", true },
		{ "a.localhost", true },
		{ "127.0.0.1", true },
		{ "127.9.9.9", true },
		{ "::1", true },
		{ "localhost.org", false },
		{ "notlocalhost", false },
		{ "x.org", false },
		{ "*.x.org", false },
		{ "128.0.0.1", false },
		{ "::2", false },
		{ "::ffff:127.0.0.1", false },
		{ "email:a@x.org", false },
	};

	(void)state;
	check_table(NAMES("localhost", "127.0.0.0/8", "::1/128"), rows,
		    COUNT(rows));
}

static void kinds_without_a_subtree_are_shut_out(void **state)
{
	static const struct constraint_case dns_rows[] = {
		{ "x.corp", true },          { "corp", false },
		{ "127.0.0.1", false },      { "::1", false },
		{ "email:a@x.corp", false },
	};
	static const struct constraint_case ip_rows[] = {
		{ "10.1.2.3", true },
		{ "11.1.2.3", false },
		{ "::1", false },
		{ "localhost", false },
	};
	static const struct constraint_case email_rows[] = {
		{ "email:a@x.org", true },
		{ "email:a@y.org", false },
		{ "x.org", false },
		{ "10.0.0.1", false },
	};

	(void)state;
	check_table(NAMES(".corp"), dns_rows, COUNT(dns_rows));
	check_table(NAMES("10.0.0.0/8"), ip_rows, COUNT(ip_rows));
	check_table(NAMES("email:x.org"), email_rows, COUNT(email_rows));
}

/* A client's certificate with a URI, which we never write, signed by ca. */
static struct duet_buffer issue_uri(const struct twins *twins, const char *uri)
{
	struct duet_key *key = tool_key(DUET_KEY_P256);
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *string = ASN1_STRING_type_new(V_ASN1_IA5STRING);
	BIO *bio = BIO_new(BIO_s_mem());
	struct duet_buffer pem;
	X509 *cert;
	char *data;

	assert_int_equal(duet_cert_issue(twins->free_identity, key,
					 DUET_CERT(.common_name = "A. Person",
						   .usage = DUET_USAGE_CLIENT),
					 &pem, NULL),
			 DUET_OK);
	cert = tool_cert(bytes_of(&pem), 0);
	duet_buffer_free(&pem);
	assert_int_equal(ASN1_STRING_set(string, uri, -1), 1);
	GENERAL_NAME_set0_value(name, GEN_URI, string);
	assert_true(sk_GENERAL_NAME_push(names, name) > 0);
	assert_int_equal(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0,
					   X509V3_ADD_DEFAULT),
			 1);
	assert_true(X509_sign(cert, duet_key_pkey(twins->held.key),
			      EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509(bio, cert), 1);
	pem.len = (size_t)BIO_get_mem_data(bio, &data);
	pem.data = duet_mem_dup(data, pem.len);
	BIO_free(bio);
	GENERAL_NAMES_free(names);
	X509_free(cert);
	duet_key_free(key);
	return pem;
}

static void uris_are_always_shut_out(void **state)
{
	static const char *const uris[] = {
		"spiffe://prod.bank.example/admin",
		"https://localhost/",
		"urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
	};
	struct duet_buffer pem;
	struct twins twins;
	size_t i;

	(void)state;
	twins_init(&twins, NAMES("localhost"));
	for (i = 0; i < COUNT(uris); i++) {
		pem = issue_uri(&twins, uris[i]);
		assert_int_equal(tool_verify(bytes_of(&pem),
					     bytes_of(&twins.free_pem),
					     X509_PURPOSE_SSL_CLIENT, NULL),
				 X509_V_OK);
		assert_int_not_equal(tool_verify(bytes_of(&pem),
						 bytes_of(&twins.held.pem),
						 X509_PURPOSE_SSL_CLIENT, NULL),
				     X509_V_OK);
		duet_buffer_free(&pem);
	}
	twins_done(&twins);
}

static void says_what_the_ca_may_sign_for(void **state)
{
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct duet_buffer pem;
	struct duet_error err;
	struct tool_ca ca;

	(void)state;
	tool_ca_init(&ca, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "Local",
			       .permitted = NAMES("localhost", "127.0.0.0/8")));
	assert_int_equal(duet_cert_issue(ca.identity, key,
					 DUET_CERT(.names = NAMES("localhost",
								  "x.org")),
					 &pem, &err),
			 DUET_E_ARGUMENT);
	assert_string_equal(err.text,
			    "'x.org' is outside of what the CA 'CN=Local' may sign for (localhost, IP:127.0.0.0/8): leave it out, or let another CA sign");
	/* OpenSSL takes a common name with a dot for a host. */
	assert_int_equal(duet_cert_issue(ca.identity, key,
					 DUET_CERT(.common_name = "x.org",
						   .usage = DUET_USAGE_CLIENT),
					 &pem, &err),
			 DUET_E_ARGUMENT);
	assert_string_equal(err.text,
			    "the new certificate would be refused: its common name is outside of what the CA may sign for");
	assert_int_equal(err.x509, X509_V_ERR_PERMITTED_VIOLATION);
	tool_ca_done(&ca);
	duet_key_free(key);
}

static void constraints_bind_the_cas_below_too(void **state)
{
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct tool_ca root, middle;
	struct duet_buffer pem;
	struct duet_error err;

	(void)state;
	tool_ca_init(&root, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "Root",
			       .path_length = 1, .permitted = NAMES(".corp")));
	tool_ca_below(&middle, &root,
		      DUET_CERT(.usage = DUET_USAGE_CA,
				.common_name = "Middle"));
	/* The root is not in the middle one's chain file: only clients see
	 * its constraints there. Given as a whole, we do too. */
	duet_identity_release(middle.identity);
	{
		char whole[8192];

		(void)snprintf(whole, sizeof(whole), "%s%s",
			       (char *)middle.pem.data, (char *)root.pem.data);
		middle.identity = tool_identity(duet_str(whole), middle.key);
	}
	assert_int_equal(duet_cert_issue(middle.identity, key,
					 DUET_CERT(.names = NAMES("x.org")),
					 &pem, &err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "'CN=Root' may sign for (.corp"));
	tool_ca_done(&middle);
	tool_ca_done(&root);
	duet_key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_local_ca_signs_for_this_machine_alone),
		cmocka_unit_test(kinds_without_a_subtree_are_shut_out),
		cmocka_unit_test(uris_are_always_shut_out),
		cmocka_unit_test(says_what_the_ca_may_sign_for),
		cmocka_unit_test(constraints_bind_the_cas_below_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
