/* SPDX-License-Identifier: MIT */
/* Lists are asked for and given; the wire is memcpy. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tls/revocation.h"
#include "unit/tls/ends.h"

#define URL   "http://crl.test/leaf.crl"
#define ABOVE "http://crl.test/ca.crl"

static struct mint *root;
static struct mint *middle; /* between them */
static struct mint *leaf;
static struct mint *twin; /* of middle: the same name, another key */
static struct duet_config *server;

static int make(void **state)
{
	(void)state;
	root = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	middle = mint_new(root,
			  MINT(.cn = "Middle", .ca = true, .crl_url = ABOVE));
	twin = mint_new(root, MINT(.cn = "Middle", .ca = true));
	leaf = mint_new(middle, MINT(.cn = "leaf", .names = "localhost",
				     .crl_url = URL));
	server = plain_server(leaf);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	duet_config_release(server);
	mint_free(twin);
	mint_free(leaf);
	mint_free(middle);
	mint_free(root);
	return 0;
}

static struct duet_config *asking(uint8_t mode)
{
	struct duet_trust *trust = trust_in(root);
	struct duet_config *config = client_with((struct duet_client_config){
		.trust = trust, .revocation = mode });

	duet_trust_release(trust);
	return config;
}

static void ask(struct ends *ends, uint8_t mode, struct duet_config *of)
{
	struct duet_config *client = asking(mode);

	begin(ends, client, "localhost", of);
	duet_config_release(client);
	shake(ends);
}

static void wants(struct ends *ends, const char *url)
{
	struct duet_crl_wanted wanted = { .size = sizeof(wanted) };

	assert_int_equal(ends->client_rc, DUET_WANT_CRL);
	assert_int_equal(duet_tls_crl_wanted(ends->client, &wanted), DUET_OK);
	assert_string_equal(wanted.url, url);
}

/* Give it that list, and go on. */
static int give(struct ends *ends, const struct mint *by,
		const struct mint_crl_spec *spec)
{
	struct duet_error err = { 0 };
	unsigned char *der;
	size_t len;
	int rc;

	der = mint_crl_der(by, spec, &len);
	rc = duet_tls_crl_give(ends->client, (struct duet_bytes){ der, len },
			       &err);
	free(der);
	assert_true(rc == DUET_OK || err.text[0] != '\0');
	shake(ends);
	return rc;
}

static struct duet_revocation_facts facts_of(const struct ends *ends, size_t at)
{
	struct duet_revocation_facts facts = { .size = sizeof(facts) };

	assert_int_equal(duet_tls_revocation(ends->client, at, &facts),
			 DUET_OK);
	return facts;
}

static void zero_asks_for_nothing(void **state)
{
	struct duet_revocation_facts facts = { .size = sizeof(facts) };
	struct duet_crl_wanted wanted = { .size = sizeof(wanted) };
	struct ends ends;

	(void)state;
	ask(&ends, DUET_REVOCATION_OFF, server);
	assert_int_equal(ends.client_rc, DUET_OK);
	assert_int_equal(duet_tls_crl_wanted(ends.client, &wanted), DUET_EOF);
	assert_int_equal(duet_tls_crl_give(ends.client,
					   (struct duet_bytes){ "", 0 }, NULL),
			 DUET_E_STATE);
	assert_int_equal(duet_tls_revocation(ends.client, 0, &facts), DUET_EOF);
	done(&ends);
}

/* At every version, byte by byte as well. */
static void asks_of_the_whole_chain(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	static const size_t steps[] = { 1, WHOLE };
	struct ends ends;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct duet_config *client = asking(DUET_REVOCATION_HARD);

		begin(&ends, client, "localhost", server);
		duet_config_release(client);
		at_most(&ends, versions[i / 2]);
		ends.step = steps[i % 2];
		shake(&ends);
		wants(&ends, URL);
		assert_int_equal(give(&ends, middle, MINT_CRL(.number = 300)),
				 DUET_OK);
		wants(&ends, ABOVE);
		assert_int_equal(give(&ends, root, MINT_CRL(.number = 1)),
				 DUET_OK);
		assert_int_equal(ends.client_rc, DUET_OK);
		assert_int_equal(facts_of(&ends, 0).state,
				 DUET_REVOCATION_GOOD);
		assert_string_equal(facts_of(&ends, 0).number, "012c");
		assert_string_equal(facts_of(&ends, 0).url, URL);
		assert_string_equal(facts_of(&ends, 1).subject, "Middle");
		assert_string_equal(facts_of(&ends, 1).issuer, "Root");
		tell(ends.client, ends.server);
		done(&ends);
	}
}

static void revoked_is_refused_with_who_when_and_why(void **state)
{
	static const uint8_t modes[] = { DUET_REVOCATION_SOFT,
					 DUET_REVOCATION_HARD };
	const struct mint *revoked[] = { leaf, NULL };
	struct ends ends;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(modes); i++) {
		ask(&ends, modes[i], server);
		assert_int_equal(give(&ends, middle,
				      MINT_CRL(.revoked = revoked,
					       .this_update = 1790000000,
					       .reason = 1)),
				 DUET_OK);
		assert_int_equal(ends.client_rc, DUET_E_REVOKED);
		assert_non_null(
			strstr(ends.client_err.text,
			       "'localhost': its certificate was revoked by 'Middle' "));
		assert_non_null(
			strstr(ends.client_err.text,
			       ", on 2026-09-21 14:13:20 UTC (its key was stolen): "));
		assert_int_equal(ends.client_err.alert,
				 SSL_AD_CERTIFICATE_REVOKED);
		assert_int_equal(ends.client_err.alert_from, DUET_SIDE_US);
		assert_int_equal(facts_of(&ends, 0).state,
				 DUET_REVOCATION_REVOKED);
		assert_string_equal(facts_of(&ends, 0).reason, "keyCompromise");
		assert_int_equal(facts_of(&ends, 1).state,
				 DUET_REVOCATION_UNCHECKED);
		done(&ends);
	}
}

static void a_revoked_intermediate_is_refused(void **state)
{
	const struct mint *revoked[] = { middle, NULL };
	struct ends ends;

	(void)state;
	ask(&ends, DUET_REVOCATION_SOFT, server);
	assert_int_equal(give(&ends, middle, MINT_CRL(.number = 1)), DUET_OK);
	assert_int_equal(give(&ends, root, MINT_CRL(.revoked = revoked)),
			 DUET_OK);
	assert_int_equal(ends.client_rc, DUET_E_REVOKED);
	assert_non_null(
		strstr(ends.client_err.text,
		       "the CA certificate 'Middle' was revoked by 'Root'"));
	done(&ends);
}

/* Whatever keeps it from being known: soft tells, hard fails. */
static void what_is_not_known_depends_on_the_mode(void **state)
{
	const struct {
		const struct mint *by;
		struct mint_crl_spec spec;
		uint8_t doubt;
		const char *words;
	} cases[] = {
		{ twin, { 0 }, DUET_DOUBT_WRONG_SIGNER, "is another CA's" },
		{ root, { 0 }, DUET_DOUBT_WRONG_SIGNER, "is another CA's" },
		{ middle,
		  { .digest = "SHA1" },
		  DUET_DOUBT_WRONG_SIGNER,
		  "can be forged" },
		{ middle,
		  { .this_update = 1700000000, .next_update = 1700600000 },
		  DUET_DOUBT_EXPIRED,
		  "is out of date, it was to be renewed by 2023-11-21" },
		{ middle,
		  { .this_update = 2500000000, .next_update = 2600000000 },
		  DUET_DOUBT_EXPIRED,
		  "is of the future" },
		{ middle,
		  { .next_update = -1 },
		  DUET_DOUBT_EXPIRED,
		  "does not say until when" },
		{ middle,
		  { .point = "critical,fullname:URI:http://crl.test/2.crl" },
		  DUET_DOUBT_WRONG_SCOPE,
		  "is another part" },
		{ middle,
		  { .point = "critical,onlyCA:TRUE" },
		  DUET_DOUBT_WRONG_SCOPE,
		  "is for certificates of CAs" },
		{ middle,
		  { .point = "critical,onlysomereasons:keyCompromise" },
		  DUET_DOUBT_WRONG_SCOPE,
		  "some reasons" },
		{ middle,
		  { .point = "critical,indirectCRL:TRUE" },
		  DUET_DOUBT_WRONG_SCOPE,
		  "is indirect" },
		{ middle, { .delta = true }, DUET_DOUBT_MALFORMED, "a delta" },
		{ middle,
		  { .stranger = true },
		  DUET_DOUBT_MALFORMED,
		  "a critical extension" },
	};
	struct ends ends;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		ask(&ends, DUET_REVOCATION_SOFT, server);
		assert_int_equal(give(&ends, cases[i].by, &cases[i].spec),
				 DUET_E_NO_CRL);
		assert_int_equal(facts_of(&ends, 0).state,
				 DUET_REVOCATION_UNKNOWN);
		assert_int_equal(facts_of(&ends, 0).doubt, cases[i].doubt);
		assert_non_null(strstr(facts_of(&ends, 0).words,
				       "the CRL at '" URL "' "));
		assert_non_null(
			strstr(facts_of(&ends, 0).words, cases[i].words));
		assert_int_equal(give(&ends, root, MINT_CRL(.number = 1)),
				 DUET_OK);
		assert_int_equal(ends.client_rc, DUET_OK);
		done(&ends);
		ask(&ends, DUET_REVOCATION_HARD, server);
		(void)give(&ends, cases[i].by, &cases[i].spec);
		assert_int_equal(ends.client_rc, DUET_E_NO_CRL);
		assert_non_null(strstr(ends.client_err.text, cases[i].words));
		assert_non_null(
			strstr(ends.client_err.text,
			       "'localhost': whether its certificate was revoked by 'Middle' is not known: the CRL at '"));
		done(&ends);
	}
}

/* The issuer has said so once, and nothing unsays it. */
static void revoked_in_an_old_list_is_revoked(void **state)
{
	const struct mint *revoked[] = { leaf, NULL };
	struct ends ends;

	(void)state;
	ask(&ends, DUET_REVOCATION_SOFT, server);
	assert_int_equal(give(&ends, middle,
			      MINT_CRL(.revoked = revoked,
				       .this_update = 1700000000,
				       .next_update = 1700600000)),
			 DUET_OK);
	assert_int_equal(ends.client_rc, DUET_E_REVOKED);
	done(&ends);
}

static void dates_can_be_forgiven(void **state)
{
	struct duet_trust *trust = trust_in(root);
	struct duet_config *client = client_with(
		(struct duet_client_config){ .trust = trust,
					     .revocation = DUET_REVOCATION_HARD,
					     .insecure_any_time = 1 });
	struct ends ends;

	(void)state;
	begin(&ends, client, "localhost", server);
	shake(&ends);
	assert_int_equal(give(&ends, middle,
			      MINT_CRL(.this_update = 1700000000,
				       .next_update = 1700600000)),
			 DUET_OK);
	assert_int_equal(give(&ends, root, MINT_CRL(.number = 1)), DUET_OK);
	assert_int_equal(ends.client_rc, DUET_OK);
	done(&ends);
	duet_config_release(client);
	duet_trust_release(trust);
}

static void a_part_that_is_named_is_good(void **state)
{
	struct ends ends;

	(void)state;
	ask(&ends, DUET_REVOCATION_HARD, server);
	assert_int_equal(give(&ends, middle,
			      MINT_CRL(.point = "critical,fullname:URI:" URL
						",onlyuser:TRUE")),
			 DUET_OK);
	assert_int_equal(give(&ends, root,
			      MINT_CRL(.point = "critical,fullname:URI:" ABOVE
						",onlyCA:TRUE")),
			 DUET_OK);
	assert_int_equal(ends.client_rc, DUET_OK);
	done(&ends);
}

static void missing_is_told_in_words(void **state)
{
	struct ends ends;

	(void)state;
	ask(&ends, DUET_REVOCATION_HARD, server);
	duet_tls_crl_missing(ends.client, DUET_DOUBT_SLOW,
			     "did not come within 10 s");
	shake(&ends);
	assert_int_equal(ends.client_rc, DUET_E_NO_CRL);
	assert_non_null(strstr(ends.client_err.text,
			       "the CRL at '" URL
			       "' did not come within 10 s"));
	assert_string_equal(duet_revocation_doubt_name(
				    facts_of(&ends, 0).doubt),
			    "slow");
	done(&ends);
}

static void several_places_are_tried_in_turn(void **state)
{
	struct mint *other =
		mint_new(middle,
			 MINT(.cn = "other", .names = "localhost",
			      .crl_url =
				      "ldap://l.test/x,URI:http://a.test/1,URI:http://b.test/2"));
	struct duet_config *of = plain_server(other);
	struct ends ends;

	(void)state;
	ask(&ends, DUET_REVOCATION_HARD, of);
	wants(&ends, "http://a.test/1");
	duet_tls_crl_missing(ends.client, DUET_DOUBT_UNREACHABLE, "is away");
	shake(&ends);
	wants(&ends, "http://b.test/2");
	assert_int_equal(give(&ends, twin, MINT_CRL(.number = 1)),
			 DUET_E_NO_CRL);
	assert_int_equal(ends.client_rc, DUET_E_NO_CRL);
	assert_non_null(strstr(ends.client_err.text,
			       "'http://b.test/2' is another CA's"));
	done(&ends);
	duet_config_release(of);
	mint_free(other);
}

/* RFC 5280 s6.3.3 (b) (2) (i): which of its places a list came from is all
 * one, but it must be one of the certificate's. */
static void a_part_may_lie_in_several_places(void **state)
{
	struct mint *other =
		mint_new(root,
			 MINT(.cn = "other", .names = "localhost",
			      .crl_url =
				      "http://a.test/1,URI:http://b.test/2"));
	struct duet_config *of = plain_server(other);
	struct ends ends;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		ask(&ends, DUET_REVOCATION_HARD, of);
		duet_tls_crl_missing(ends.client, DUET_DOUBT_UNREACHABLE,
				     "is away");
		wants(&ends, "http://b.test/2");
		if (i == 0) {
			assert_int_equal(give(&ends, root,
					      MINT_CRL(.point =
							       "critical,fullname:URI:http://a.test/1")),
					 DUET_OK);
			assert_int_equal(ends.client_rc, DUET_OK);
		} else {
			assert_int_equal(give(&ends, root,
					      MINT_CRL(.point =
							       "critical,fullname:URI:http://c.test/3")),
					 DUET_E_NO_CRL);
			assert_int_equal(ends.client_rc, DUET_E_NO_CRL);
		}
		done(&ends);
	}
	duet_config_release(of);
	mint_free(other);
}

static void without_a_place_nothing_is_known(void **state)
{
	const struct {
		const char *url;
		uint8_t doubt;
	} cases[] = { { NULL, DUET_DOUBT_NO_POINT },
		      { "https://s.test/1", DUET_DOUBT_OTHER_POINT } };
	struct ends ends;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct mint *other =
			mint_new(root, MINT(.names = "localhost", .cn = "other",
					    .crl_url = cases[i].url));
		struct duet_config *of = plain_server(other);

		ask(&ends, DUET_REVOCATION_SOFT, of);
		assert_int_equal(ends.client_rc, DUET_OK);
		assert_int_equal(facts_of(&ends, 0).doubt, cases[i].doubt);
		done(&ends);
		ask(&ends, DUET_REVOCATION_HARD, of);
		assert_int_equal(ends.client_rc, DUET_E_NO_CRL);
		done(&ends);
		duet_config_release(of);
		mint_free(other);
	}
}

static void the_short_lived_are_not_asked_about(void **state)
{
	int64_t now = duet_clock_wall();
	struct mint *brief =
		mint_new(root, MINT(.cn = "brief", .names = "localhost",
				    .crl_url = URL, .not_before = now - 3600,
				    .not_after = now - 3600 + 7 * 86400));
	struct duet_config *of = plain_server(brief);
	struct duet_trust *trust = trust_in(root);
	struct duet_config *client;
	struct ends ends;

	(void)state;
	ask(&ends, DUET_REVOCATION_HARD, of);
	assert_int_equal(ends.client_rc, DUET_OK);
	assert_int_equal(facts_of(&ends, 0).state, DUET_REVOCATION_SHORT_LIVED);
	done(&ends);
	client = client_with(
		(struct duet_client_config){ .trust = trust,
					     .revocation = DUET_REVOCATION_HARD,
					     .short_lived_s = -1 });
	begin(&ends, client, "localhost", of);
	shake(&ends);
	wants(&ends, URL);
	done(&ends);
	duet_config_release(client);
	duet_trust_release(trust);
	duet_config_release(of);
	mint_free(brief);
}

/* Under the key that it was verified by before, and no other. */
static void a_list_is_verified_once(void **state)
{
	struct duet_crl_wanted wanted = { .size = sizeof(wanted) };
	struct duet_crl_given given = { 0 };
	unsigned char *der;
	struct ends ends;
	size_t len;

	(void)state;
	der = mint_crl_der(middle, MINT_CRL(.number = 1), &len);
	der[len - 1] ^= 1; /* of the signature */
	given.der = (struct duet_bytes){ der, len };
	ask(&ends, DUET_REVOCATION_SOFT, server);
	assert_int_equal(duet_tls_crl_wanted(ends.client, &wanted), DUET_OK);
	given.verified_by = &wanted.issuer;
	assert_int_equal(duet_tls_crl_give_known(ends.client, &given, NULL),
			 DUET_OK);
	done(&ends);
	ask(&ends, DUET_REVOCATION_SOFT, server);
	wanted.issuer.sha256[3] ^= 1;
	assert_int_equal(duet_tls_crl_give_known(ends.client, &given, NULL),
			 DUET_E_NO_CRL);
	done(&ends);
	free(der);
}

static void lists_given_and_lists_fetched_do_not_mix(void **state)
{
	char *crl = mint_crl(root, NULL, 0, 0);
	struct duet_trust *trust = trust_with(root, crl);
	struct duet_error err;

	(void)state;
	assert_null(
		duet_config_client(DUET_CLIENT_CONFIG(
						   .trust = trust,
						   .revocation =
							   DUET_REVOCATION_SOFT),
				   &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
	assert_null(
		duet_config_client(DUET_CLIENT_CONFIG(
						   .insecure_any_certificate =
							   1,
						   .revocation =
							   DUET_REVOCATION_SOFT),
				   &err));
	assert_null(
		duet_config_client(DUET_CLIENT_CONFIG(.revocation = 3), &err));
	duet_trust_release(trust);
	free(crl);
}

static void refuses_session(struct duet_config *config,
			    const struct duet_buffer *session)
{
	struct ends ends;

	begin(&ends, config, "localhost", server);
	assert_int_equal(duet_tls_session_import(ends.client,
						 (struct duet_bytes){
							 session->data,
							 session->len },
						 NULL),
			 DUET_E_ARGUMENT);
	done(&ends);
}

/* Resumed under another mode it would be believed by less. */
static void a_session_is_of_its_mode(void **state)
{
	struct duet_config *hard = asking(DUET_REVOCATION_HARD);
	struct duet_config *soft = asking(DUET_REVOCATION_SOFT);
	struct duet_buffer session;
	struct ends ends;
	struct ends again;

	(void)state;
	begin(&ends, soft, "localhost", server);
	shake(&ends);
	duet_tls_crl_missing(ends.client, DUET_DOUBT_SLOW, "is slow");
	duet_tls_crl_missing(ends.client, DUET_DOUBT_SLOW, "is slow");
	shaken(&ends);
	tell(ends.server, ends.client);
	assert_int_equal(duet_tls_session_export(ends.client, &session, NULL),
			 DUET_OK);
	refuses_session(hard, &session);
	begin(&again, soft, "localhost", server);
	assert_int_equal(duet_tls_session_import(again.client,
						 (struct duet_bytes){
							 session.data,
							 session.len },
						 NULL),
			 DUET_OK);
	shaken(&again);
	done(&again);
	done(&ends);
	duet_buffer_free(&session);
	duet_config_release(soft);
	duet_config_release(hard);
}

/* A session that was made without asking about a certificate that lives for
 * months is none for who would ask. */
static void a_session_is_of_its_patience(void **state)
{
	struct duet_trust *trust = trust_in(root);
	struct duet_config *patient = client_with(
		(struct duet_client_config){ .trust = trust,
					     .revocation = DUET_REVOCATION_HARD,
					     .short_lived_s = INT32_MAX });
	struct duet_config *hard = asking(DUET_REVOCATION_HARD);
	struct duet_buffer session;
	struct ends ends;

	(void)state;
	begin(&ends, patient, "localhost", server);
	shaken(&ends);
	tell(ends.server, ends.client);
	assert_int_equal(duet_tls_session_export(ends.client, &session, NULL),
			 DUET_OK);
	refuses_session(hard, &session);
	done(&ends);
	duet_buffer_free(&session);
	duet_config_release(hard);
	duet_config_release(patient);
	duet_trust_release(trust);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zero_asks_for_nothing),
		cmocka_unit_test(asks_of_the_whole_chain),
		cmocka_unit_test(revoked_is_refused_with_who_when_and_why),
		cmocka_unit_test(a_revoked_intermediate_is_refused),
		cmocka_unit_test(what_is_not_known_depends_on_the_mode),
		cmocka_unit_test(revoked_in_an_old_list_is_revoked),
		cmocka_unit_test(dates_can_be_forgiven),
		cmocka_unit_test(a_part_that_is_named_is_good),
		cmocka_unit_test(missing_is_told_in_words),
		cmocka_unit_test(several_places_are_tried_in_turn),
		cmocka_unit_test(a_part_may_lie_in_several_places),
		cmocka_unit_test(without_a_place_nothing_is_known),
		cmocka_unit_test(the_short_lived_are_not_asked_about),
		cmocka_unit_test(a_list_is_verified_once),
		cmocka_unit_test(lists_given_and_lists_fetched_do_not_mix),
		cmocka_unit_test(a_session_is_of_its_mode),
		cmocka_unit_test(a_session_is_of_its_patience),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
