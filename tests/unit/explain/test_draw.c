/* SPDX-License-Identifier: MIT */
/* Screens as people see them, and what bounds them. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "base/str.h"
#include "explain/draw.h"
#include "support/unit.h"

enum {
	NOW = 1795993298, /* 2026-11-29 23:01:38 UTC */
	DAY = 86400,
	SCREEN_LINES = 24,
	SCREEN_COLUMNS = 80,
};

static struct duet_explain_facts facts;
static struct duet_explain_findings findings;

static void add_cert(struct duet_explain_chain *chain, const char *name,
		     const char *issuer, int64_t from, int64_t until)
{
	struct duet_explain_cert *cert = &chain->certs[chain->n++];

	memset(cert, 0, sizeof(*cert));
	(void)snprintf(cert->name, sizeof(cert->name), "%s", name);
	(void)snprintf(cert->issuer, sizeof(cert->issuer), "%s", issuer);
	(void)snprintf(cert->key, sizeof(cert->key), "ECDSA P-256");
	cert->not_before = from;
	cert->not_after = until;
	cert->self_signed = strcmp(name, issuer) == 0;
}

static int begin(void **state)
{
	(void)state;
	duet_explain_facts_init(&facts);
	(void)snprintf(facts.url, sizeof(facts.url), "https://example.org/");
	(void)snprintf(facts.host, sizeof(facts.host), "example.org");
	(void)snprintf(facts.address, sizeof(facts.address), "192.0.2.7:443");
	facts.now = NOW;
	facts.warn_days = 21;
	facts.connected_us = 12000;
	add_cert(&facts.sent, "example.org", "R11", NOW - DAY, NOW + 80 * DAY);
	add_cert(&facts.sent, "R11", "ISRG Root X1", NOW - DAY,
		 NOW + 300 * DAY);
	(void)snprintf(facts.sent.certs[0].names,
		       sizeof(facts.sent.certs[0].names),
		       "example.org, www.example.org");
	facts.path = facts.sent;
	add_cert(&facts.path, "ISRG Root X1", "ISRG Root X1", NOW - DAY,
		 NOW + 3000 * DAY);
	facts.path_whole = true;
	return 0;
}

/* All that a server in order gives. */
static void be_good(void)
{
	facts.handshake_us = 31000;
	facts.first_byte_us = 45500;
	facts.status = 200;
	facts.verified = true;
	(void)snprintf(facts.version, sizeof(facts.version), "TLSv1.3");
	(void)snprintf(facts.cipher, sizeof(facts.cipher),
		       "TLS_AES_128_GCM_SHA256");
	(void)snprintf(facts.group, sizeof(facts.group), "X25519");
	(void)snprintf(facts.alpn, sizeof(facts.alpn), "h2");
	facts.versions[0].taken = DUET_EXPLAIN_YES;
	facts.versions[1].taken = DUET_EXPLAIN_YES;
	facts.versions[2].taken = DUET_EXPLAIN_NO;
	facts.versions[3].taken = DUET_EXPLAIN_NO;
	facts.groups[0].taken = DUET_EXPLAIN_YES;
	facts.groups[1].taken = DUET_EXPLAIN_NO;
	facts.protocols[0].taken = DUET_EXPLAIN_YES;
	facts.protocols[1].taken = DUET_EXPLAIN_YES;
	facts.resumes = DUET_EXPLAIN_YES;
	facts.closing = DUET_EXPLAIN_CLOSING_NOTIFY;
	facts.plain = DUET_EXPLAIN_PLAIN_ANSWER;
	facts.plain_status = 400;
	facts.n_revocation = 1;
	facts.revocation[0].state = DUET_REVOCATION_GOOD;
	facts.revocation[0].this_update = NOW - DAY;
}

static void fail_with(int code, const char *text)
{
	facts.error.code = code;
	(void)snprintf(facts.error.text, sizeof(facts.error.text), "%s", text);
	facts.faults[0] = facts.error;
	facts.n_faults = 1;
}

/* Within 24 lines of 80 columns, whatever is on it. */
static void check_bounds(const char *text)
{
	size_t lines = 0;
	const char *p;

	for (p = text; *p != '\0'; lines++) {
		size_t len = strcspn(p, "\n");

		assert_int_equal(p[len], '\n');
		assert_true(len <= SCREEN_COLUMNS);
		p += len + 1;
	}
	assert_true(lines <= SCREEN_LINES);
}

static char *draw(void)
{
	static const struct duet_explain_style style = { .utf8 = false };
	char *text;

	duet_explain_judge(&facts, &findings);
	text = duet_explain_draw(&facts, &findings, &style);
	assert_non_null(text);
	check_bounds(text);
	return text;
}

static void check(const char *expected)
{
	char *text = draw();

	assert_string_equal(text, expected);
	duet_mem_free(text);
}

static void one_in_order(void **state)
{
	(void)state;
	be_good();
	check("GOOD  https://example.org/\n"
	      "\n"
	      "  reached   192.0.2.7:443, TCP at 12 ms, TLS at 31 ms, answer 200 at 46 ms\n"
	      "  chain     example.org  ECDSA P-256  until 2027-02-17, in 80 days\n"
	      "              ^ R11  ECDSA P-256  until 2027-09-25\n"
	      "                ^ ISRG Root X1  ECDSA P-256  until 2035-02-15; trusted\n"
	      "  names     example.org, www.example.org\n"
	      "  revoked   no, by the CRL of 2026-11-28\n"
	      "  versions  TLS 1.3 (chosen), TLS 1.2; not TLS 1.1, TLS 1.0\n"
	      "  cipher    TLS_AES_128_GCM_SHA256\n"
	      "  groups    X25519 (chosen); not P-256; not known: P-384\n"
	      "  protocols h2 (chosen), http/1.1\n"
	      "  resumes   yes, on a second connection\n"
	      "  closes    with close_notify\n"
	      "  http://   on the same port: 400\n");
}

static void one_that_ends_soon(void **state)
{
	char *text;

	(void)state;
	be_good();
	facts.path.certs[0].not_after = NOW + 5 * DAY;
	facts.closing = DUET_EXPLAIN_CLOSING_BARE;
	text = draw();
	assert_true(
		duet_str_starts(text,
				"GOOD  https://example.org/  (soon: its certificate expires in 5 days, on\n"
				"      2026-12-04 23:01:38 UTC)\n"));
	assert_non_null(strstr(text, "  closes    without close_notify\n"));
	assert_non_null(
		strstr(text,
		       "  note      it ends connections without close_notify"));
	duet_mem_free(text);
}

static void one_with_two_faults(void **state)
{
	(void)state;
	facts.path.certs[0].not_after = NOW - 2 * DAY;
	facts.sent.certs[0].not_after = NOW - 2 * DAY;
	facts.server_date = NOW;
	facts.status = 200;
	fail_with(DUET_E_EXPIRED,
		  "https://example.org/ (192.0.2.7:443): 'example.org': its certificate expired 2 days ago, on 2026-11-27 23:01:38 UTC: the server needs a new one, unless the clock here is wrong");
	facts.faults[1].code = DUET_E_NAME;
	(void)snprintf(facts.faults[1].text, sizeof(facts.faults[1].text),
		       "the server's certificate is for www.example.org, not for this name: use a name it has");
	facts.n_faults = 2;
	check("BAD  https://example.org/  (expired)\n"
	      "\n"
	      "  why       its certificate expired 2 days ago, on 2026-11-27 23:01:38 UTC\n"
	      "  whose     the server's: its own clock says 2026-11-29 23:01:38 UTC, as the\n"
	      "            one here does\n"
	      "  to do     renew the certificate at the server, and reload it: many renew it\n"
	      "            and forget that\n"
	      "  also      the server's certificate is for www.example.org, not for this name:\n"
	      "            ask by a name it is for; or its keeper adds 'example.org' to the\n"
	      "            certificate, or shows another one for this name (SNI)\n"
	      "\n"
	      "  reached   192.0.2.7:443, TCP at 12 ms, answer 200 (nobody verified)\n"
	      "  chain     example.org  ECDSA P-256  expired 2026-11-27, 2 days ago\n"
	      "              ^ R11  ECDSA P-256  until 2027-09-25\n"
	      "                ^ ISRG Root X1  ECDSA P-256  until 2035-02-15; trusted\n"
	      "  names     example.org, www.example.org\n");
}

static void one_with_a_gap(void **state)
{
	(void)state;
	facts.sent.n = 1;
	facts.path.n = 3;
	facts.fetch = DUET_EXPLAIN_FETCH_GOOD;
	(void)snprintf(facts.fetch_name, sizeof(facts.fetch_name), "R11");
	(void)snprintf(facts.fetch_url, sizeof(facts.fetch_url),
		       "http://r11.i.example/");
	fail_with(DUET_E_NO_ISSUER,
		  "https://example.org/ (192.0.2.7:443): 'example.org': the server sent its certificate without the intermediate 'R11' that issued it: it must send the whole chain, or you give 'R11' as a trust anchor");
	check("BAD  https://example.org/  (missing_intermediate)\n"
	      "\n"
	      "  why       the server sent its certificate without the intermediate 'R11' that\n"
	      "            issued it\n"
	      "  whose     the server's: it leaves out 'R11'; with it, from\n"
	      "            http://r11.i.example/, the chain is good\n"
	      "  to do     append that certificate to the server's chain file (fullchain.pem),\n"
	      "            and reload it; browsers that have met it before hide the mistake\n"
	      "\n"
	      "  reached   192.0.2.7:443, TCP at 12 ms\n"
	      "  chain     example.org  ECDSA P-256  until 2027-02-17, in 80 days\n"
	      "              ^ R11: not sent, and unknown here (fetched: good)\n"
	      "  names     example.org, www.example.org\n");
}

static void one_with_a_long_chain(void **state)
{
	(void)state;
	add_cert(&facts.path, "Four", "Five", NOW - DAY, NOW + 3000 * DAY);
	add_cert(&facts.path, "Five", "Six", NOW - DAY, NOW + 3000 * DAY);
	add_cert(&facts.path, "Six", "Six", NOW - DAY, NOW + 3000 * DAY);
	facts.path.more = 7;
	check("GOOD  https://example.org/\n"
	      "\n"
	      "  reached   192.0.2.7:443, TCP at 12 ms\n"
	      "  chain     example.org  ECDSA P-256  until 2027-02-17, in 80 days\n"
	      "              ^ R11  ECDSA P-256  until 2027-09-25\n"
	      "                ^ ISRG Root X1  ECDSA P-256  until 2035-02-15\n"
	      "                  ^ 9 more\n"
	      "                    ^ Six  ECDSA P-256  until 2035-02-15; trusted\n"
	      "  names     example.org, www.example.org\n");
}

/* What was sent may be in no order, or of no use. */
static void one_that_ends_within(void **state)
{
	(void)state;
	facts.path.n = 2;
	facts.path_whole = false;
	add_cert(&facts.sent, "Stray", "Stray", NOW - DAY, NOW + 300 * DAY);
	fail_with(DUET_E_UNTRUSTED,
		  "the CA certificate 'R11' was issued by the unknown CA 'ISRG Root X1': give it");
	check("BAD  https://example.org/  (untrusted_issuer)\n"
	      "\n"
	      "  why       the CA certificate 'R11' was issued by the unknown CA 'ISRG Root\n"
	      "            X1'\n"
	      "  whose     cannot be told from here: a CA that this machine was not told of,\n"
	      "            or one in between that the server leaves out: it sent 3\n"
	      "            certificates, and not that one\n"
	      "  to do     give the certificate of that CA with --cacert FILE, from a place\n"
	      "            you trust; or have the server send its whole chain (fullchain.pem)\n"
	      "\n"
	      "  reached   192.0.2.7:443, TCP at 12 ms\n"
	      "  chain     example.org  ECDSA P-256  until 2027-02-17, in 80 days\n"
	      "              ^ R11  ECDSA P-256  until 2027-09-25\n"
	      "                ^ ISRG Root X1: not sent, and unknown here\n"
	      "  names     example.org, www.example.org\n");
}

static void one_that_is_not_there(void **state)
{
	(void)state;
	facts.address[0] = '\0';
	facts.connected_us = -1;
	facts.sent.n = 0;
	facts.path.n = 0;
	facts.error.code = DUET_E_RESOLVE;
	(void)snprintf(facts.error.text, sizeof(facts.error.text),
		       "https://example.org/: it has no address");
	check("BAD  https://example.org/  (name_not_resolved)\n"
	      "\n"
	      "  why       it has no address\n"
	      "  whose     cannot be told from here: a name that is misspelt or gone, or the\n"
	      "            resolver of this machine\n"
	      "  to do     check its spelling; then: getent hosts NAME, here and elsewhere\n");
}

/* Everything at once, and all of it long and hostile. */
static void a_screen_is_never_larger(void **state)
{
	char *text;
	size_t i;

	(void)state;
	be_good();
	memset(facts.url, 'u', sizeof(facts.url) - 1);
	memset(facts.proxy, 'p', sizeof(facts.proxy) - 1);
	facts.sent.n = DUET_EXPLAIN_CHAIN_MAX;
	for (i = 0; i < DUET_EXPLAIN_CHAIN_MAX; i++) {
		memset(facts.sent.certs[i].name, '\033',
		       sizeof(facts.sent.certs[i].name) - 1);
		memset(facts.sent.certs[i].names, '\377',
		       sizeof(facts.sent.certs[i].names) - 1);
		memset(facts.sent.certs[i].issuer, '\n',
		       sizeof(facts.sent.certs[i].issuer) - 1);
		facts.revocation[i].state = DUET_REVOCATION_UNKNOWN;
		facts.revocation[i].doubt = DUET_DOUBT_SLOW;
		memset(facts.revocation[i].words, 'w',
		       sizeof(facts.revocation[i].words) - 1);
	}
	facts.path = facts.sent;
	facts.n_revocation = DUET_EXPLAIN_CHAIN_MAX;
	facts.out_of_time = true;
	facts.closing = DUET_EXPLAIN_CLOSING_BARE;
	facts.versions[3].taken = DUET_EXPLAIN_YES;
	facts.server_date = 1;
	facts.status = 500;
	fail_with(DUET_E_UNTRUSTED, "");
	memset(facts.error.text, 'e', sizeof(facts.error.text) - 1);
	facts.faults[1].code = DUET_E_NAME;
	memset(facts.faults[1].text, 'f', sizeof(facts.faults[1].text) - 1);
	facts.faults[2].code = DUET_E_WEAK;
	memset(facts.faults[2].text, 'g', sizeof(facts.faults[2].text) - 1);
	facts.n_faults = 3;
	text = draw();
	assert_null(strchr(text, '\033'));
	duet_mem_free(text);
	facts.error.code = DUET_OK;
	facts.n_faults = 0;
	duet_mem_free(draw());
}

static void a_line_for_monitors(void **state)
{
	static const struct duet_explain_style style = { .utf8 = true };
	char *text;

	(void)state;
	fail_with(DUET_E_EXPIRED,
		  "https://example.org/ (192.0.2.7:443): 'example.org': its certificate expired 2 days ago: renew it");
	duet_explain_judge(&facts, &findings);
	text = duet_explain_line(&facts, &findings, &style);
	assert_string_equal(text,
			    "https://example.org/: its certificate expired 2 days ago (cannot be told from here)");
	duet_mem_free(text);
	/* The first of them turns around what follows. */
	fail_with(DUET_E_UNTRUSTED, "the CA '\xe2\x80\xae\x1b\xc3\xbc'");
	duet_explain_judge(&facts, &findings);
	text = duet_explain_line(&facts, &findings, &style);
	assert_string_equal(text,
			    "https://example.org/: the CA '\\xe2\\x80\\xae\\x1b\xc3\xbc' (cannot be told from here)");
	duet_mem_free(text);
}

static void json_has_all_members(void **state)
{
	static const char *const members[] = {
		"url",        "good",        "exit",        "findings",
		"connection", "chain",       "path",        "path_whole",
		"fetched",    "anchor_file", "revocation",  "versions",
		"groups",     "protocols",   "resumes",     "closes",
		"plain_http", "server_date", "out_of_time",
	};
	json_t *object;
	size_t i;

	(void)state;
	be_good();
	facts.groups[2].taken = DUET_EXPLAIN_UNKNOWN;
	duet_explain_judge(&facts, &findings);
	object = duet_explain_json(&facts, &findings);
	assert_non_null(object);
	for (i = 0; i < COUNT(members); i++)
		assert_non_null(json_object_get(object, members[i]));
	assert_int_equal(json_object_size(object), COUNT(members));
	assert_true(json_is_true(json_object_get(object, "good")));
	assert_true(json_is_true(
		json_object_get(json_object_get(object, "versions"),
				"TLS 1.3")));
	assert_true(json_is_null(
		json_object_get(json_object_get(object, "groups"), "P-384")));
	json_decref(object);
	duet_explain_facts_init(&facts);
	duet_explain_judge(&facts, &findings);
	object = duet_explain_json(&facts, &findings);
	assert_non_null(object);
	assert_int_equal(json_object_size(object), COUNT(members));
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, begin)
		TEST(one_in_order),          TEST(one_that_ends_soon),
		TEST(one_with_two_faults),   TEST(one_with_a_gap),
		TEST(one_with_a_long_chain), TEST(one_that_ends_within),
		TEST(one_that_is_not_there), TEST(a_screen_is_never_larger),
		TEST(a_line_for_monitors),   TEST(json_has_all_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
