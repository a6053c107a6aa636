/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "tls/fault.h"
#include "unit/tls/both.h"

/* The faults of a server with mint's certificate. */
static struct duet_config *faulty_server(const struct mint *mint,
					 struct duet_tls_fault fault)
{
	struct duet_config *config;
	struct duet_error err;
	char pem[8192];
	int n;

	n = snprintf(pem, sizeof(pem), "%s%s", mint->cert_pem, mint->key_pem);
	assert_in_range(n, 1, sizeof(pem) - 1);
	fault.pem = duet_str(pem);
	config = duet_tls_fault_server(&fault, &err);
	if (config == NULL)
		fail_msg("%s", err.text);
	return config;
}

/* What a client of ours says of that server. */
static int verdict_on(const struct mint *mint, struct duet_tls_fault fault,
		      struct duet_config *client)
{
	struct duet_config *server = faulty_server(mint, fault);
	struct ends ends;
	int rc;

	begin(&ends, client, "localhost", server);
	shake(&ends);
	rc = ends.client_rc;
	done(&ends);
	duet_config_release(server);
	return rc;
}

static void one_without_a_fault_is_believed(void **state)
{
	(void)state;
	assert_int_equal(verdict_on(leaf, (struct duet_tls_fault){ 0 },
				    client_config),
			 DUET_OK);
}

static void a_weak_certificate_is_shown_and_refused(void **state)
{
	struct mint *weak = mint_new(ca, MINT(.cn = "k", .names = "localhost",
					      .key = MINT_RSA1024));
	struct mint *forged = mint_new(ca, MINT(.cn = "d", .names = "localhost",
						.digest = "SHA1"));

	(void)state;
	assert_int_equal(verdict_on(weak, (struct duet_tls_fault){ 0 },
				    client_config),
			 DUET_E_WEAK);
	assert_int_equal(verdict_on(forged, (struct duet_tls_fault){ 0 },
				    client_config),
			 DUET_E_WEAK);
	mint_free(forged);
	mint_free(weak);
}

static void old_versions_only_with_a_client_that_wants_them(void **state)
{
	const struct duet_tls_fault fault = { .only_tls_1_1 = true };
	struct duet_trust *trust = trust_in(ca);
	struct duet_config *lax =
		duet_config_client(DUET_CLIENT_CONFIG(.trust = trust,
						      .insecure_old_versions =
							      1),
				   NULL);
	struct duet_config *server = faulty_server(leaf, fault);
	struct duet_peer peer = { .size = sizeof(peer) };
	struct ends ends;

	(void)state;
	assert_true(verdict_on(leaf, fault, client_config) < 0);
	begin(&ends, lax, "localhost", server);
	shaken(&ends);
	assert_int_equal(duet_tls_peer(ends.client, &peer), DUET_OK);
	assert_string_equal(peer.version, "TLSv1.1");
	done(&ends);
	duet_config_release(server);
	duet_config_release(lax);
	duet_trust_release(trust);
}

static void nobody_takes_no_encryption(void **state)
{
	const struct duet_tls_fault fault = { .only_null_ciphers = true };

	(void)state;
	assert_true(verdict_on(leaf, fault, client_config) < 0);
}

static void what_is_no_pair_is_refused(void **state)
{
	struct duet_error err;
	struct duet_tls_fault fault = { .pem = duet_str(leaf->cert_pem) };
	char pem[8192];

	(void)state;
	assert_null(duet_tls_fault_server(&fault, &err));
	assert_int_equal(err.code, DUET_E_PEM);
	(void)snprintf(pem, sizeof(pem), "%s%s", leaf->cert_pem, ca->key_pem);
	fault.pem = duet_str(pem);
	assert_null(duet_tls_fault_server(&fault, &err));
	assert_int_equal(err.code, DUET_E_KEY_MISMATCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_without_a_fault_is_believed),
		cmocka_unit_test(a_weak_certificate_is_shown_and_refused),
		cmocka_unit_test(
			old_versions_only_with_a_client_that_wants_them),
		cmocka_unit_test(nobody_takes_no_encryption),
		cmocka_unit_test(what_is_no_pair_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
