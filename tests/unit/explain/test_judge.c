/* SPDX-License-Identifier: MIT */
/* Whose fault it is, by facts alone. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/exit.h"
#include "explain/judge.h"
#include "support/unit.h"

enum {
	NOW = 1795993298, /* 2026-11-29 23:01:38 UTC */
	DAY = 86400,
};

static struct duet_explain_facts facts;
static struct duet_explain_findings findings;

static int begin(void **state)
{
	(void)state;
	duet_explain_facts_init(&facts);
	(void)snprintf(facts.url, sizeof(facts.url), "https://localhost/");
	(void)snprintf(facts.host, sizeof(facts.host), "localhost");
	facts.now = NOW;
	facts.warn_days = 21;
	facts.connected_us = 1000;
	return 0;
}

static void send_chain(const char *issuer, int64_t from, int64_t until)
{
	struct duet_explain_cert *cert = &facts.sent.certs[0];

	facts.sent.n = 1;
	(void)snprintf(cert->name, sizeof(cert->name), "localhost");
	(void)snprintf(cert->issuer, sizeof(cert->issuer), "%s", issuer);
	cert->not_before = from;
	cert->not_after = until;
}

static void fail_with(int code, const char *text)
{
	facts.error.code = code;
	(void)snprintf(facts.error.text, sizeof(facts.error.text), "%s", text);
}

static const struct duet_explain_finding *judge(void)
{
	duet_explain_judge(&facts, &findings);
	assert_true(findings.n > 0);
	return &findings.items[0];
}

static void has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("'%s' is not in '%s'", part, text);
}

/* ---- sentences of the library ---- */

static void takes_the_cause_out_of_a_sentence(void **state)
{
	static const struct {
		const char *sentence;
		const char *cause;
	} cases[] = {
		{ "https://localhost:1/ (127.0.0.1:1): 'localhost': its certificate expired 2 days ago, on 2026-11-27 23:27:02 UTC: the server needs a new one, unless the clock here is wrong",
		  "its certificate expired 2 days ago, on 2026-11-27 23:27:02 UTC" },
		{ "https://localhost:1/ (127.0.0.1:1): 'localhost': the server sent its certificate without the intermediate 'Duet broken: intermediate' that issued it: it must send the whole chain, or you give 'Duet broken: intermediate' as a trust anchor",
		  "the server sent its certificate without the intermediate 'Duet broken: intermediate' that issued it" },
		{ "https://localhost:1/ (127.0.0.1:1): 'localhost': the server's certificate is for a.org, not for this name: use a name it has",
		  "the server's certificate is for a.org, not for this name" },
		{ "no remedy here", "no remedy here" },
		{ "", "" },
		{ "https://x/: cannot connect", "cannot connect" },
		{ "https://x/: the proxy http://p:1: it wants authentication (407); give it a name and a password",
		  "the proxy http://p:1: it wants authentication (407)" },
		{ "https://x/: the proxy http://p:1: it refuses a way to 'x' port 443: 502 Bad Gateway; check the name",
		  "the proxy http://p:1: it refuses a way to 'x' port 443: 502 Bad Gateway" },
		{ "https://x/: the proxy http://p:1: cannot connect: check it",
		  "the proxy http://p:1: cannot connect" },
		{ "https://x/: the proxy http://p:1: gone",
		  "the proxy http://p:1: gone" },
	};
	char cause[512];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		duet_explain_cause(cause, sizeof(cause), cases[i].sentence);
		assert_string_equal(cause, cases[i].cause);
	}
}

/* ---- dates and clocks ---- */

static void an_old_certificate_is_the_servers_by_both_clocks(void **state)
{
	(void)state;
	send_chain("CA", NOW - 90 * DAY, NOW - 2 * DAY);
	fail_with(DUET_E_EXPIRED, "its certificate expired: renew it");
	facts.server_date = NOW + 60;
	assert_int_equal(judge()->side, DUET_EXPLAIN_SERVER);
	has(judge()->whose, "2026-11-29 23:01:38 UTC");
	has(judge()->remedy, "renew");
	facts.server_date = NOW + 10 * DAY;
	assert_int_equal(judge()->side, DUET_EXPLAIN_SERVER);
	has(judge()->whose, "2026-12-09");
}

static void one_that_is_valid_there_tells_of_the_clock_here(void **state)
{
	(void)state;
	send_chain("CA", NOW - 900 * DAY, NOW - 800 * DAY);
	fail_with(DUET_E_EXPIRED, "its certificate expired: renew it");
	facts.server_date = NOW - 850 * DAY;
	assert_int_equal(judge()->side, DUET_EXPLAIN_HERE);
	has(judge()->whose, "probably");
	has(judge()->whose, "nobody vouches");
	has(judge()->remedy, "timedatectl");
	send_chain("CA", NOW + 10 * DAY, NOW + 100 * DAY);
	fail_with(DUET_E_NOT_YET_VALID, "its certificate is not valid yet");
	facts.server_date = NOW + 50 * DAY;
	assert_int_equal(judge()->side, DUET_EXPLAIN_HERE);
	assert_int_equal(findings.n, 1); /* the clocks have been told of */
}

static void without_a_date_it_is_not_decided(void **state)
{
	(void)state;
	send_chain("CA", NOW - 90 * DAY, NOW - 2 * DAY);
	fail_with(DUET_E_EXPIRED, "its certificate expired: renew it");
	assert_int_equal(judge()->side, DUET_EXPLAIN_UNCERTAIN);
	has(judge()->whose, "has not said its own time");
}

static void one_above_is_not_for_the_server_to_renew(void **state)
{
	(void)state;
	send_chain("CA", NOW - DAY, NOW + 90 * DAY);
	facts.sent.certs[1] = facts.sent.certs[0];
	facts.sent.certs[1].not_after = NOW - DAY;
	facts.sent.n = 2;
	fail_with(DUET_E_EXPIRED, "the CA certificate 'CA' expired: renew it");
	facts.server_date = NOW;
	assert_int_equal(judge()->side, DUET_EXPLAIN_SERVER);
	has(judge()->remedy, "the chain that its CA gives out today");
	has(judge()->remedy, "update the CA certificates here");
}

static void clocks_that_differ_are_noted(void **state)
{
	(void)state;
	facts.server_date = NOW + 3600;
	assert_int_equal(judge()->level, DUET_EXPLAIN_NOTE);
	has(judge()->what, "2026-11-30 00:01:38 UTC");
	facts.server_date = NOW + 200;
	duet_explain_judge(&facts, &findings);
	assert_int_equal(findings.n, 0);
}

/* ---- chains ---- */

static void a_missing_certificate_that_helps_is_named(void **state)
{
	(void)state;
	send_chain("R11", NOW - DAY, NOW + 90 * DAY);
	fail_with(DUET_E_NO_ISSUER,
		  "the intermediate 'R11' is missing: send it");
	has(judge()->remedy, "fullchain.pem");
	facts.fetch = DUET_EXPLAIN_FETCH_GOOD;
	(void)snprintf(facts.fetch_name, sizeof(facts.fetch_name), "R11");
	(void)snprintf(facts.fetch_url, sizeof(facts.fetch_url),
		       "http://ca/r11");
	has(judge()->whose,
	    "'R11'; with it, from http://ca/r11, the chain is good");
	facts.fetch = DUET_EXPLAIN_FETCH_BAD;
	has(judge()->whose, "even with 'R11'");
	facts.fetch = DUET_EXPLAIN_FETCH_FAILED;
	has(judge()->whose, "is not known");
	assert_int_equal(judge()->side, DUET_EXPLAIN_SERVER);
}

static void an_unknown_ca_may_be_a_middlebox(void **state)
{
	static const struct {
		const char *issuer;
		const char *maker; /* NULL: nobody's */
	} cases[] = {
		{ "Zscaler Intermediate Root CA (zscaler.net)", "Zscaler" },
		{ "mitmproxy", "mitmproxy" },
		{ "FGT60 FortiGate CA", "Fortinet" },
		{ "DO_NOT_TRUST_FiddlerRoot", "Fiddler" },
		{ "AVAST Web/Mail Shield Root", "Avast" },
		{ "ISRG Root X1", NULL },
		{ "", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		send_chain(cases[i].issuer, NOW - DAY, NOW + 90 * DAY);
		fail_with(DUET_E_UNTRUSTED, "issued by an unknown CA: give it");
		if (cases[i].maker == NULL) {
			assert_int_equal(judge()->side, DUET_EXPLAIN_UNCERTAIN);
			continue;
		}
		assert_int_equal(judge()->side, DUET_EXPLAIN_BETWEEN);
		has(judge()->whose, cases[i].maker);
		has(judge()->whose, "perhaps");
		has(judge()->remedy, "another network");
	}
}

static void an_anchor_of_this_machine_is_noted(void **state)
{
	(void)state;
	send_chain("Corp", NOW - DAY, NOW + 90 * DAY);
	facts.path = facts.sent;
	facts.path.n = 2;
	facts.path.certs[1] = facts.path.certs[0];
	facts.path_whole = true;
	(void)snprintf(facts.path.certs[1].name,
		       sizeof(facts.path.certs[1].name), "Corp");
	(void)snprintf(facts.anchor_file, sizeof(facts.anchor_file),
		       "/usr/local/share/ca-certificates/corp.crt");
	assert_int_equal(judge()->level, DUET_EXPLAIN_NOTE);
	assert_int_equal(judge()->side, DUET_EXPLAIN_BETWEEN);
	has(judge()->what, "'Corp'");
	has(judge()->what, "corp.crt");
	has(judge()->remedy, "another network");
	assert_int_equal(duet_explain_exit(&findings), DUET_EXIT_OK);
}

static void all_that_is_wrong_is_told(void **state)
{
	(void)state;
	send_chain("CA", NOW - 90 * DAY, NOW - 2 * DAY);
	fail_with(DUET_E_EXPIRED, "its certificate expired: renew it");
	facts.faults[0] = facts.error;
	facts.faults[1].code = DUET_E_NAME;
	facts.n_faults = 2;
	assert_int_equal(judge()->code, DUET_E_EXPIRED);
	assert_int_equal(findings.n, 2);
	assert_int_equal(findings.items[1].code, DUET_E_NAME);
	assert_int_equal(findings.items[1].level, DUET_EXPLAIN_FAULT);
	has(findings.items[1].remedy, "'localhost'");
}

static void what_was_revoked_says_when_and_why(void **state)
{
	(void)state;
	fail_with(DUET_E_REVOKED, "its certificate was revoked: avoid it");
	facts.n_revocation = 1;
	facts.revocation[0].state = DUET_REVOCATION_REVOKED;
	facts.revocation[0].revoked_at = NOW - DAY;
	(void)snprintf(facts.revocation[0].reason,
		       sizeof(facts.revocation[0].reason), "keyCompromise");
	has(judge()->whose, "2026-11-28 23:01:38 UTC");
	has(judge()->whose, "keyCompromise");
	(void)snprintf(facts.revocation[0].reason,
		       sizeof(facts.revocation[0].reason), "unspecified");
	has(judge()->whose, "no reason given");
}

/* ---- handshakes and ways ---- */

static void too_old_is_the_servers_or_yours(void **state)
{
	(void)state;
	fail_with(DUET_E_TLS_VERSION, "no version in common: turn on TLS 1.2");
	facts.versions[2].taken = DUET_EXPLAIN_YES;
	facts.versions[3].taken = DUET_EXPLAIN_YES;
	assert_int_equal(judge()->side, DUET_EXPLAIN_SERVER);
	has(judge()->whose, "nothing newer than TLS 1.1");
	assert_int_equal(findings.n, 1);
	facts.versions[2].taken = DUET_EXPLAIN_NO;
	has(judge()->whose, "nothing newer than TLS 1.0");
	facts.versions[1].taken = DUET_EXPLAIN_YES;
	facts.old_refused_us = true;
	assert_int_equal(judge()->side, DUET_EXPLAIN_CALLER);
	has(judge()->remedy, "--min-tls");
}

static void a_cipher_that_it_takes_is_named(void **state)
{
	(void)state;
	fail_with(DUET_E_TLS_CIPHER, "nothing in common: update it");
	has(judge()->whose, "that is safe");
	facts.asked_unverified = true;
	(void)snprintf(facts.cipher, sizeof(facts.cipher), "AES128-SHA");
	has(judge()->whose, "it took AES128-SHA");
	assert_int_equal(judge()->side, DUET_EXPLAIN_SERVER);
}

static void a_client_certificate_is_yours_to_give(void **state)
{
	(void)state;
	fail_with(DUET_E_CLIENT_CERT, "it wants one: give it");
	assert_int_equal(judge()->side, DUET_EXPLAIN_CALLER);
	has(judge()->remedy, "--cert");
	facts.own_cert = true;
	has(judge()->whose, "--cert");
	has(judge()->remedy, "duet cert show");
}

static void a_refused_connection_is_the_servers(void **state)
{
	(void)state;
	fail_with(DUET_E_CONNECT, "cannot connect");
	facts.error.sys = ECONNREFUSED;
	assert_int_equal(judge()->side, DUET_EXPLAIN_SERVER);
	facts.error.sys = ENETUNREACH;
	assert_int_equal(judge()->side, DUET_EXPLAIN_BETWEEN);
	facts.error.sys = 0;
	assert_int_equal(judge()->side, DUET_EXPLAIN_UNCERTAIN);
}

static void a_proxy_that_refuses_is_not_the_server(void **state)
{
	(void)state;
	fail_with(DUET_E_CONNECT,
		  "https://localhost/: the proxy http://p:1: cannot connect: check it");
	facts.error.sys = ECONNREFUSED;
	assert_int_equal(judge()->side, DUET_EXPLAIN_BETWEEN);
	has(judge()->whose, "nothing is known of the server");
}

static void a_proxy_that_is_refused_is_not_the_server(void **state)
{
	(void)state;
	facts.connected_us = -1;
	fail_with(DUET_E_UNTRUSTED,
		  "https://localhost/: the proxy https://p:1: 'p': its certificate was issued by the unknown CA 'X': give it");
	assert_int_equal(judge()->side, DUET_EXPLAIN_BETWEEN);
	has(judge()->what, "the unknown CA 'X'");
	has(judge()->whose, "certificate of the proxy");
	has(judge()->remedy, "--proxy-cacert");
}

static void silence_says_how_far_it_came(void **state)
{
	(void)state;
	fail_with(DUET_E_TIMEOUT, "no answer in time");
	facts.connected_us = -1;
	has(judge()->whose, "nothing came back");
	facts.connected_us = 5;
	has(judge()->whose, "no TLS came");
	assert_int_equal(judge()->side, DUET_EXPLAIN_UNCERTAIN);
	facts.handshake_us = 9;
	assert_int_equal(judge()->side, DUET_EXPLAIN_SERVER);
	has(judge()->whose, "TLS is in order");
}

static void every_failure_of_a_server_has_somebody_and_a_remedy(void **state)
{
	static const int codes[] = {
		DUET_E_TIMEOUT,     DUET_E_LIMIT,         DUET_E_GONE,
		DUET_E_RESOLVE,     DUET_E_CONNECT,       DUET_E_TRUNCATED,
		DUET_E_HTTP,        DUET_E_PROXY,         DUET_E_TLS,
		DUET_E_NOT_TLS,     DUET_E_TLS_VERSION,   DUET_E_TLS_CIPHER,
		DUET_E_CLIENT_CERT, DUET_E_SERVER_NAME,   DUET_E_UNTRUSTED,
		DUET_E_SELF_SIGNED, DUET_E_NO_ISSUER,     DUET_E_NAME,
		DUET_E_EXPIRED,     DUET_E_NOT_YET_VALID, DUET_E_REVOKED,
		DUET_E_NO_CRL,      DUET_E_PURPOSE,       DUET_E_WEAK,
		DUET_E_SYSTEM,      DUET_E_UNSUPPORTED,   DUET_E_CERTIFICATE,
		DUET_E_PIN,         DUET_E_STAPLE,
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(codes); i++) {
		fail_with(codes[i], "the cause: the library's remedy");
		assert_string_equal(judge()->what, "the cause");
		assert_int_not_equal(judge()->side, DUET_EXPLAIN_NOBODY);
		assert_string_not_equal(judge()->whose, "");
		assert_string_not_equal(judge()->remedy, "");
		assert_int_equal(duet_explain_exit(&findings),
				 duet_exit_for(codes[i]));
		assert_string_not_equal(duet_explain_side_word(judge()->side),
					"nobody");
	}
}

/* ---- what works ---- */

static void nothing_wrong_is_nothing_said(void **state)
{
	(void)state;
	send_chain("CA", NOW - DAY, NOW + 90 * DAY);
	duet_explain_judge(&facts, &findings);
	assert_int_equal(findings.n, 0);
	assert_int_equal(duet_explain_exit(&findings), DUET_EXIT_OK);
}

static void what_ends_soon_is_a_warning(void **state)
{
	(void)state;
	send_chain("CA", NOW - DAY, NOW + 20 * DAY);
	assert_int_equal(judge()->level, DUET_EXPLAIN_WARNING);
	has(judge()->what, "its certificate expires in 20 days");
	assert_int_equal(duet_explain_exit(&findings), DUET_EXIT_WARNING);
	facts.warn_days = 19;
	duet_explain_judge(&facts, &findings);
	assert_int_equal(findings.n, 0);
	facts.warn_days = 20;
	assert_int_equal(judge()->level, DUET_EXPLAIN_WARNING);
}

/* The date of an anchor means nothing, that of what is between does. */
static void the_one_that_ends_first_is_named(void **state)
{
	(void)state;
	send_chain("CA", NOW - DAY, NOW + 90 * DAY);
	facts.path = facts.sent;
	facts.path.n = 3;
	facts.path_whole = true;
	facts.path.certs[1] = facts.path.certs[0];
	facts.path.certs[2] = facts.path.certs[0];
	facts.path.certs[2].not_after = NOW + DAY;
	duet_explain_judge(&facts, &findings);
	assert_int_equal(findings.n, 0);
	facts.path.certs[1].not_after = NOW + 2 * DAY;
	(void)snprintf(facts.path.certs[1].name,
		       sizeof(facts.path.certs[1].name), "R11");
	has(judge()->what, "R11 expires in 2 days");
}

static void what_could_be_better_is_noted_and_is_no_failure(void **state)
{
	(void)state;
	send_chain("CA", NOW - DAY, NOW + 90 * DAY);
	facts.closing = DUET_EXPLAIN_CLOSING_BARE;
	facts.versions[1].taken = DUET_EXPLAIN_YES;
	facts.versions[3].taken = DUET_EXPLAIN_YES;
	facts.status = 502;
	facts.plain = DUET_EXPLAIN_PLAIN_ANSWER;
	facts.plain_status = 200;
	facts.n_revocation = 1;
	facts.revocation[0].state = DUET_REVOCATION_UNKNOWN;
	facts.revocation[0].doubt = DUET_DOUBT_UNREACHABLE;
	assert_int_equal(judge()->level, DUET_EXPLAIN_NOTE);
	assert_int_equal(findings.n, 5);
	assert_int_equal(duet_explain_exit(&findings), DUET_EXIT_OK);
	facts.revocation[0].doubt = DUET_DOUBT_NO_POINT;
	facts.plain_status = 400;
	facts.status = 404;
	facts.closing = DUET_EXPLAIN_CLOSING_NOTIFY;
	facts.versions[3].taken = DUET_EXPLAIN_NO;
	facts.versions[0].taken = DUET_EXPLAIN_NO;
	has(judge()->what, "TLS 1.3");
	assert_int_equal(findings.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, begin)
		TEST(takes_the_cause_out_of_a_sentence),
		TEST(one_above_is_not_for_the_server_to_renew),
		TEST(a_cipher_that_it_takes_is_named),
		TEST(an_old_certificate_is_the_servers_by_both_clocks),
		TEST(one_that_is_valid_there_tells_of_the_clock_here),
		TEST(without_a_date_it_is_not_decided),
		TEST(clocks_that_differ_are_noted),
		TEST(a_missing_certificate_that_helps_is_named),
		TEST(an_unknown_ca_may_be_a_middlebox),
		TEST(an_anchor_of_this_machine_is_noted),
		TEST(all_that_is_wrong_is_told),
		TEST(what_was_revoked_says_when_and_why),
		TEST(too_old_is_the_servers_or_yours),
		TEST(a_client_certificate_is_yours_to_give),
		TEST(a_refused_connection_is_the_servers),
		TEST(a_proxy_that_refuses_is_not_the_server),
		TEST(a_proxy_that_is_refused_is_not_the_server),
		TEST(silence_says_how_far_it_came),
		TEST(every_failure_of_a_server_has_somebody_and_a_remedy),
		TEST(nothing_wrong_is_nothing_said),
		TEST(what_ends_soon_is_a_warning),
		TEST(the_one_that_ends_first_is_named),
		TEST(what_could_be_better_is_noted_and_is_no_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
