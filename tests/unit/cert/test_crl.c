/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/clock.h"
#include "cert/words.h"
#include "tool.h"

static struct tool_ca ca;
static struct duet_key *key;

static int make_ca(void **state)
{
	(void)state;
	key = tool_key(DUET_KEY_P256);
	tool_ca_init(&ca, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "CA"));
	return 0;
}

static int drop_ca(void **state)
{
	(void)state;
	tool_ca_done(&ca);
	duet_key_free(key);
	return 0;
}

static struct duet_buffer issue(const struct tool_ca *by)
{
	struct duet_buffer pem;

	assert_int_equal(duet_cert_issue(by->identity, key,
					 DUET_CERT(.names = NAMES("x.org")),
					 &pem, NULL),
			 DUET_OK);
	return pem;
}

static X509_CRL *tool_crl(const struct duet_buffer *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
	X509_CRL *crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);

	assert_non_null(crl);
	BIO_free(bio);
	return crl;
}

/* What OpenSSL says of a certificate in the light of a CRL. */
static int verdict(const struct duet_buffer *pem, const struct duet_buffer *crl)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509 *anchor = tool_cert(bytes_of(&ca.pem), 0);
	X509 *cert = tool_cert(bytes_of(pem), 0);
	X509_CRL *list = tool_crl(crl);
	int result;

	assert_int_equal(X509_STORE_add_cert(store, anchor), 1);
	assert_int_equal(X509_STORE_add_crl(store, list), 1);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, cert, NULL), 1);
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT |
					      X509_V_FLAG_CRL_CHECK);
	result = X509_verify_cert(ctx) == 1 ? X509_V_OK
					    : X509_STORE_CTX_get_error(ctx);
	X509_CRL_free(list);
	X509_free(cert);
	X509_free(anchor);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return result;
}

static long number_of(const struct duet_buffer *pem)
{
	X509_CRL *crl = tool_crl(pem);
	ASN1_INTEGER *number =
		X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
	long n = ASN1_INTEGER_get(number);

	ASN1_INTEGER_free(number);
	X509_CRL_free(crl);
	return n;
}

static void a_revoked_certificate_is_refused_and_stays_so(void **state)
{
	struct duet_buffer one = issue(&ca);
	struct duet_buffer two = issue(&ca);
	struct duet_buffer first, second, third;
	const struct duet_bytes both[] = { bytes_of(&two), bytes_of(&one) };
	X509_CRL *crl;

	(void)state;
	assert_int_equal(duet_crl_issue(ca.identity, duet_str(NULL), NULL, 0, 0,
					&first, NULL),
			 DUET_OK);
	assert_int_equal(verdict(&one, &first), X509_V_OK);
	assert_int_equal(number_of(&first), 1);

	assert_int_equal(duet_crl_issue(ca.identity, bytes_of(&first),
					(struct duet_bytes[]){ bytes_of(&one) },
					1, 0, &second, NULL),
			 DUET_OK);
	assert_int_equal(verdict(&one, &second), X509_V_ERR_CERT_REVOKED);
	assert_int_equal(verdict(&two, &second), X509_V_OK);
	assert_int_equal(number_of(&second), 2);

	/* Twice named is once listed. */
	assert_int_equal(duet_crl_issue(ca.identity, bytes_of(&second), both, 2,
					30, &third, NULL),
			 DUET_OK);
	assert_int_equal(verdict(&one, &third), X509_V_ERR_CERT_REVOKED);
	assert_int_equal(verdict(&two, &third), X509_V_ERR_CERT_REVOKED);
	assert_int_equal(number_of(&third), 3);
	crl = tool_crl(&third);
	assert_int_equal(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl)), 2);
	assert_int_equal(X509_CRL_get_version(crl), 1);
	assert_int_equal(duet_words_time(X509_CRL_get0_nextUpdate(crl)) -
				 duet_words_time(X509_CRL_get0_lastUpdate(crl)),
			 30 * 86400 + 3600);
	X509_CRL_free(crl);
	duet_buffer_free(&one);
	duet_buffer_free(&two);
	duet_buffer_free(&first);
	duet_buffer_free(&second);
	duet_buffer_free(&third);
}

/* The list begins early for slow clocks; nothing was revoked before it was. */
static void only_the_list_is_dated_early(void **state)
{
	struct duet_buffer one = issue(&ca);
	int64_t before = duet_clock_wall();
	struct duet_buffer pem;
	X509_REVOKED *entry;
	X509_CRL *crl;
	int64_t when;

	(void)state;
	assert_int_equal(duet_crl_issue(ca.identity, duet_str(NULL),
					(struct duet_bytes[]){ bytes_of(&one) },
					1, 0, &pem, NULL),
			 DUET_OK);
	crl = tool_crl(&pem);
	entry = sk_X509_REVOKED_value(X509_CRL_get_REVOKED(crl), 0);
	when = duet_words_time(X509_REVOKED_get0_revocationDate(entry));
	assert_in_range(when, before, duet_clock_wall());
	assert_int_equal(duet_words_time(X509_CRL_get0_lastUpdate(crl)),
			 when - 3600);
	X509_CRL_free(crl);
	duet_buffer_free(&one);
	duet_buffer_free(&pem);
}

static void refuses_what_is_not_its_own(void **state)
{
	struct duet_buffer crl = { NULL, 0 };
	struct duet_buffer other_crl, foreign, copied, leaf_pem;
	struct duet_identity *leaf;
	struct tool_ca other, twin;
	struct duet_error err;

	(void)state;
	tool_ca_init(&other, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "Other"));
	tool_ca_init(&twin, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "CA"));
	foreign = issue(&other);
	copied = issue(&twin);
	leaf_pem = issue(&ca);
	leaf = tool_identity(bytes_of(&leaf_pem), key);
	assert_int_equal(duet_crl_issue(other.identity, duet_str(NULL), NULL, 0,
					0, &other_crl, NULL),
			 DUET_OK);

	assert_int_equal(duet_crl_issue(ca.identity, duet_str(NULL),
					(struct duet_bytes[]){
						bytes_of(&foreign) },
					1, 0, &crl, &err),
			 DUET_E_ARGUMENT);
	assert_string_equal(err.text,
			    "'CN=x.org' cannot be revoked here: another CA has issued it");
	assert_int_equal(duet_crl_issue(ca.identity, duet_str(NULL),
					(struct duet_bytes[]){
						bytes_of(&copied) },
					1, 0, &crl, &err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "signature is not this CA's"));
	assert_int_equal(duet_crl_issue(ca.identity, duet_str(NULL),
					(struct duet_bytes[]){
						bytes_of(&ca.pem) },
					1, 0, &crl, &err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "cannot hold the CA itself"));
	assert_int_equal(duet_crl_issue(ca.identity, bytes_of(&other_crl), NULL,
					0, 0, &crl, &err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "another CA's"));
	assert_int_equal(duet_crl_issue(leaf, duet_str(NULL), NULL, 0, 0, &crl,
					&err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "'CN=x.org' is not a CA"));
	assert_int_equal(duet_crl_issue(ca.identity, duet_str("x"), NULL, 0, 0,
					&crl, &err),
			 DUET_E_PEM);
	assert_int_equal(duet_crl_issue(ca.identity, duet_str(NULL), NULL, 0,
					-1, &crl, &err),
			 DUET_E_ARGUMENT);
	assert_null(crl.data);
	duet_identity_release(leaf);
	duet_buffer_free(&leaf_pem);
	duet_buffer_free(&foreign);
	duet_buffer_free(&copied);
	duet_buffer_free(&other_crl);
	tool_ca_done(&other);
	tool_ca_done(&twin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_revoked_certificate_is_refused_and_stays_so),
		cmocka_unit_test(only_the_list_is_dated_early),
		cmocka_unit_test(refuses_what_is_not_its_own),
	};

	return cmocka_run_group_tests(tests, make_ca, drop_ca);
}
