/* SPDX-License-Identifier: MIT */
/* Names and dates as servers give them. */
#include <stdio.h>
#include <string.h>

#include "explain/facts.h"
#include "support/certs.h"
#include "support/unit.h"

static void check_name(const char *dn, const char *name)
{
	char dst[DUET_EXPLAIN_TEXT];

	duet_explain_short_name(dst, sizeof(dst), dn);
	assert_string_equal(dst, name);
}

static void a_name_is_the_common_one_or_what_there_is(void **state)
{
	(void)state;
	check_name("CN=example.org,O=Example", "example.org");
	check_name("O=Example,CN=example.org", "example.org");
	check_name("C=DE,O=Example", "Example");
	check_name("C=DE,L=Ulm", "C=DE,L=Ulm");
	check_name("O=Not CN=this,C=DE", "Not CN=this");
	check_name("CN=a\\, b,O=x", "a, b");
	check_name("CN=a\\0Ab", "a\\0Ab");
	check_name("CN=", "CN=");
	check_name("", "");
}

static void a_long_name_is_cut(void **state)
{
	char dst[6];

	(void)state;
	duet_explain_short_name(dst, sizeof(dst), "CN=example.org");
	assert_string_equal(dst, "examp");
}

static void reads_dates_of_http(void **state)
{
	(void)state;
	assert_int_equal(duet_explain_date("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
	assert_int_equal(duet_explain_date("Sun, 06 Nov 1994 08:49:37 GMT"),
			 784111777);
	assert_int_equal(duet_explain_date("Sun, 29 Nov 2026 23:01:38 GMT"),
			 1795993298);
}

static void what_is_no_date_is_none(void **state)
{
	static const char *const cases[] = {
		"",
		"now",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994",
		"Sun, 06 Nov 1994 08:49:37 CET",
		"Sun, 06 Nox 1994 08:49:37 GMT",
		"Sun, 36 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 28:49:37 GMT",
		"Sun, 06 Nov 1994 08:79:37 GMT",
		"Sun, 06 Nov 1994 08:49:-7 GMT",
		"Sun, xx Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_int_equal(duet_explain_date(cases[i]), 0);
}

static void nothing_is_known_at_first(void **state)
{
	static struct duet_explain_facts facts;
	size_t i;

	(void)state;
	memset(&facts, 0xa5, sizeof(facts));
	duet_explain_facts_init(&facts);
	for (i = 0; i < DUET_EXPLAIN_VERSIONS; i++)
		assert_int_equal(facts.versions[i].taken, DUET_EXPLAIN_UNKNOWN);
	assert_string_equal(facts.versions[0].name, "TLS 1.3");
	assert_int_equal(facts.connected_us, -1);
	assert_int_equal(facts.sent.n, 0);
}

static void what_is_no_certificate_is_no_chain(void **state)
{
	struct duet_explain_chain chain;

	(void)state;
	assert_false(duet_explain_chain_read(&chain,
					     (struct duet_bytes){ NULL, 0 }));
	assert_false(duet_explain_chain_read(&chain, duet_str("<html>")));
	assert_int_equal(chain.n, 0);
}

/* How it ends counts: what is left out lies before that. */
static void of_a_long_chain_the_last_one_is_kept(void **state)
{
	struct mint *certs[DUET_EXPLAIN_CHAIN_MAX + 3];
	struct duet_explain_chain chain;
	static char pem[64 << 10];
	size_t used = 0;
	char name[16];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(certs); i++) {
		(void)snprintf(name, sizeof(name), "CA %zu", i);
		certs[i] = mint_new(NULL, MINT(.cn = name, .ca = true));
		assert_true(used + strlen(certs[i]->cert_pem) < sizeof(pem));
		used += (size_t)snprintf(pem + used, sizeof(pem) - used, "%s",
					 certs[i]->cert_pem);
	}
	assert_true(duet_explain_chain_read(&chain, duet_str(pem)));
	assert_int_equal(chain.n, DUET_EXPLAIN_CHAIN_MAX);
	assert_int_equal(chain.more, 3);
	assert_string_equal(chain.certs[1].name, "CA 1");
	assert_string_equal(chain.certs[chain.n - 1].name, "CA 10");
	for (i = 0; i < COUNT(certs); i++)
		mint_free(certs[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_the_common_one_or_what_there_is),
		cmocka_unit_test(a_long_name_is_cut),
		cmocka_unit_test(reads_dates_of_http),
		cmocka_unit_test(what_is_no_date_is_none),
		cmocka_unit_test(nothing_is_known_at_first),
		cmocka_unit_test(what_is_no_certificate_is_no_chain),
		cmocka_unit_test(of_a_long_chain_the_last_one_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
