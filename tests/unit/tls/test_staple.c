/* SPDX-License-Identifier: MIT */
/* A server that staples what OpenSSL makes of OCSP, and what we say to it. */
#include <openssl/ocsp.h>

#include "tls/staple.h"
#include "unit/tls/ends.h"

enum {
	HOUR = 3600,
	NEVER = -1, /* nothing is stapled */
};

static struct mint *root;
static struct mint *twin; /* the same name, another key */
static struct mint *leaf;
static struct mint *strict; /* must come with a staple */
static struct mint *responder;
static struct mint *other;

/* What is stapled. */
struct answer {
	const struct mint *about;
	const struct mint *by;
	int status; /* V_OCSP_CERTSTATUS_*, or NEVER */
	int reason;
	long this_update; /* from now, in seconds */
	long next_update;
	bool damaged;
	bool endless; /* it has no next_update */
};
static const struct answer *answer;

static int make(void **state)
{
	(void)state;
	root = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	twin = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	leaf = mint_new(root, MINT(.cn = "leaf", .names = "localhost"));
	strict = mint_new(root, MINT(.cn = "strict", .names = "localhost",
				     .must_staple = true));
	responder = mint_new(root, MINT(.cn = "ocsp", .eku = "OCSPSigning"));
	other = mint_new(root, MINT(.cn = "other", .names = "localhost"));
	return 0;
}

static int drop(void **state)
{
	(void)state;
	mint_free(other);
	mint_free(responder);
	mint_free(strict);
	mint_free(leaf);
	mint_free(twin);
	mint_free(root);
	return 0;
}

static ASN1_TIME *from_now(long seconds)
{
	return X509_gmtime_adj(NULL, seconds);
}

static OCSP_BASICRESP *basic_of(const struct answer *given)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(NULL, given->about->cert, root->cert);
	ASN1_TIME *this = from_now(given->this_update);
	ASN1_TIME *next = from_now(given->next_update);
	ASN1_TIME *revoked = from_now(-HOUR);

	assert_non_null(OCSP_basic_add1_status(basic, id, given->status,
					       given->reason, revoked, this,
					       given->endless ? NULL : next));
	assert_int_equal(OCSP_basic_sign(basic, given->by->cert, given->by->key,
					 EVP_sha256(), NULL, 0),
			 1);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(this);
	ASN1_TIME_free(next);
	ASN1_TIME_free(revoked);
	return basic;
}

static int staple_cb(SSL *ssl, void *arg)
{
	OCSP_RESPONSE *response;
	OCSP_BASICRESP *basic;
	unsigned char *der = NULL;
	int len;

	(void)arg;
	if (answer->status == NEVER)
		return SSL_TLSEXT_ERR_NOACK;
	basic = basic_of(answer);
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	len = i2d_OCSP_RESPONSE(response, &der);
	assert_true(len > 0);
	if (answer->damaged)
		der[60] ^= 0x55; /* in what is signed */
	(void)SSL_set_tlsext_status_ocsp_resp(ssl, der, len);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	return SSL_TLSEXT_ERR_OK;
}

static void shake_with(struct ends *ends, struct duet_config *server,
		       const struct answer *given, uint8_t mode, int version)
{
	struct duet_trust *trust = trust_in(root);
	struct duet_config *client = client_with((struct duet_client_config){
		.trust = trust, .revocation = mode });

	answer = given;
	begin(ends, client, "localhost", server);
	at_most(ends, version);
	(void)SSL_CTX_set_tlsext_status_cb(SSL_get_SSL_CTX(
						   duet_tls_ssl(ends->server)),
					   staple_cb);
	shake(ends);
	duet_config_release(client);
	duet_trust_release(trust);
}

static void every_answer_has_its_consequence(void **state)
{
	const struct {
		const struct mint *server;
		struct answer given;
		int code;
		const char *words;
	} cases[] = {
		{ leaf,
		  { leaf, root, V_OCSP_CERTSTATUS_GOOD, 0, -HOUR, HOUR },
		  DUET_OK,
		  "" },
		{ leaf, { .status = NEVER }, DUET_OK, "" },
		{ leaf,
		  { leaf, root, V_OCSP_CERTSTATUS_REVOKED, 1, -HOUR, HOUR },
		  DUET_E_REVOKED,
		  "its certificate was revoked by 'Root' 1 hour ago" },
		{ leaf,
		  { leaf, responder, V_OCSP_CERTSTATUS_REVOKED, 4, -HOUR,
		    HOUR },
		  DUET_E_REVOKED,
		  "(it was superseded)" },
		/* A stranger's answer says nothing, for good or ill. */
		{ leaf,
		  { leaf, twin, V_OCSP_CERTSTATUS_REVOKED, 1, -HOUR, HOUR },
		  DUET_OK,
		  "" },
		{ leaf,
		  { other, root, V_OCSP_CERTSTATUS_REVOKED, 1, -HOUR, HOUR },
		  DUET_OK,
		  "" },
		{ strict,
		  { strict, root, V_OCSP_CERTSTATUS_GOOD, 0, -HOUR, HOUR },
		  DUET_OK,
		  "" },
		{ strict,
		  { strict, responder, V_OCSP_CERTSTATUS_GOOD, 0, -HOUR, HOUR },
		  DUET_OK,
		  "" },
		{ strict,
		  { .status = NEVER },
		  DUET_E_STAPLE,
		  "(RFC 7633), and the server sent none" },
		{ strict,
		  { strict, root, V_OCSP_CERTSTATUS_GOOD, 0, -3 * HOUR, -HOUR },
		  DUET_E_STAPLE,
		  "and the one that came is out of date" },
		{ strict,
		  { strict, root, V_OCSP_CERTSTATUS_GOOD, 0, HOUR, 2 * HOUR },
		  DUET_E_STAPLE,
		  "and the one that came is out of date" },
		{ strict,
		  { strict, root, V_OCSP_CERTSTATUS_UNKNOWN, 0, -HOUR, HOUR },
		  DUET_E_STAPLE,
		  "without an opinion" },
		{ strict,
		  { strict, twin, V_OCSP_CERTSTATUS_GOOD, 0, -HOUR, HOUR },
		  DUET_E_STAPLE,
		  "not signed by the certificate's issuer" },
		{ strict,
		  { strict, leaf, V_OCSP_CERTSTATUS_GOOD, 0, -HOUR, HOUR },
		  DUET_E_STAPLE,
		  "not signed by the certificate's issuer" },
		{ strict,
		  { other, root, V_OCSP_CERTSTATUS_GOOD, 0, -HOUR, HOUR },
		  DUET_E_STAPLE,
		  "about another certificate" },
		{ strict,
		  { strict, root, V_OCSP_CERTSTATUS_GOOD, 0, -HOUR, HOUR,
		    .damaged = true },
		  DUET_E_STAPLE,
		  "and the one that came is " },
	};
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct ends ends;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * COUNT(cases); i++) {
		struct duet_config *server = plain_server(cases[i / 2].server);

		shake_with(&ends, server, &cases[i / 2].given,
			   DUET_REVOCATION_OFF, versions[i % 2]);
		if (ends.client_rc != cases[i / 2].code)
			fail_msg("case %zu: %d %s", i, ends.client_rc,
				 ends.client_err.text);
		if (ends.client_rc < 0) {
			assert_non_null(strstr(ends.client_err.text,
					       cases[i / 2].words));
			assert_int_equal(ends.client_err.alert_from,
					 DUET_SIDE_US);
		}
		done(&ends);
		duet_config_release(server);
	}
}

/* RFC 6960 s2.4: without an end; it would be a good answer for ever. */
static void one_without_an_end_holds_for_days(void **state)
{
	const struct answer given[] = {
		{ strict, root, V_OCSP_CERTSTATUS_GOOD, 0, -6 * 24 * HOUR,
		  .endless = true },
		{ strict, root, V_OCSP_CERTSTATUS_GOOD, 0, -8 * 24 * HOUR,
		  .endless = true },
	};
	struct duet_config *server = plain_server(strict);
	struct ends ends;

	(void)state;
	shake_with(&ends, server, &given[0], DUET_REVOCATION_OFF,
		   TLS1_3_VERSION);
	assert_int_equal(ends.client_rc, DUET_OK);
	done(&ends);
	shake_with(&ends, server, &given[1], DUET_REVOCATION_OFF,
		   TLS1_3_VERSION);
	assert_int_equal(ends.client_rc, DUET_E_STAPLE);
	assert_non_null(strstr(ends.client_err.text, "is out of date"));
	done(&ends);
	duet_config_release(server);
}

/* TLS 1.3 sends it with the certificate, so that no list need be asked for. */
static void a_staple_stands_for_a_list(void **state)
{
	const struct answer good = { leaf, root,  V_OCSP_CERTSTATUS_GOOD,
				     0,    -HOUR, HOUR };
	struct duet_revocation_facts facts = { .size = sizeof(facts) };
	struct duet_config *server = plain_server(leaf);
	struct ends ends;

	(void)state;
	shake_with(&ends, server, &good, DUET_REVOCATION_HARD, TLS1_3_VERSION);
	assert_int_equal(ends.client_rc, DUET_OK);
	assert_int_equal(duet_tls_revocation(ends.client, 0, &facts), DUET_OK);
	assert_true(facts.stapled);
	assert_int_equal(facts.state, DUET_REVOCATION_GOOD);
	done(&ends);
	duet_config_release(server);
}

/* A resumed session has neither certificate nor staple. */
static void resuming_needs_none(void **state)
{
	const struct answer good = { strict, root,  V_OCSP_CERTSTATUS_GOOD,
				     0,      -HOUR, HOUR };
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct duet_config *server = plain_server(strict);
	struct duet_trust *trust = trust_in(root);
	struct duet_config *client =
		client_with((struct duet_client_config){ .trust = trust });
	struct duet_buffer session;
	struct duet_peer peer = { .size = sizeof(peer) };
	struct ends again;
	struct ends ends;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(versions); i++) {
		shake_with(&ends, server, &good, DUET_REVOCATION_OFF,
			   versions[i]);
		assert_int_equal(ends.client_rc, DUET_OK);
		tell(ends.server, ends.client);
		assert_int_equal(duet_tls_session_export(ends.client, &session,
							 NULL),
				 DUET_OK);
		begin(&again, client, "localhost", server);
		at_most(&again, versions[i]);
		assert_int_equal(duet_tls_session_import(again.client,
							 (struct duet_bytes){
								 session.data,
								 session.len },
							 NULL),
				 DUET_OK);
		shaken(&again);
		assert_int_equal(duet_tls_peer(again.client, &peer), DUET_OK);
		assert_true(peer.resumed);
		done(&again);
		done(&ends);
		duet_buffer_free(&session);
	}
	duet_config_release(client);
	duet_trust_release(trust);
	duet_config_release(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_answer_has_its_consequence),
		cmocka_unit_test(one_without_an_end_holds_for_days),
		cmocka_unit_test(a_staple_stands_for_a_list),
		cmocka_unit_test(resuming_needs_none),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
