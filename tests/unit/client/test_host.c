/* SPDX-License-Identifier: MIT */
#include "client/host.h"
#include "support/unit.h"

static void tells_addresses_from_names(void **state)
{
	static const struct {
		const char *host;
		bool is;
	} rows[] = {
		{ "127.0.0.1", true },
		{ "127.1", true },
		{ "1", true },
		{ "127.0.0.1.", true },
		{ "::1", true },
		{ "fe80::1", true },
		{ "example.org", false },
		{ "1.example", false },
		{ "a.1b", false },
		{ "localhost", false },
		{ "", false },
		{ ".", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		if (duet_host_is_address(rows[i].host) != rows[i].is)
			fail_msg("%s", rows[i].host);
}

static void a_name_is_within_those_above_it(void **state)
{
	static const struct {
		const char *host;
		const char *domain;
		bool is;
	} rows[] = {
		{ "example.org", "example.org", true },
		{ "a.example.org", "example.org", true },
		{ "a.b.example.org", "example.org", true },
		{ "aexample.org", "example.org", false },
		{ "example.org", "a.example.org", false },
		{ "example.org", "rg", false },
		{ "example.org", "", false },
		{ "127.0.0.1", "127.0.0.1", true },
		{ "127.0.0.1", "0.0.1", false },
		{ "127.0.0.1", "1", false },
		{ "example.org.", "example.org", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		if (duet_host_is_within(rows[i].host, rows[i].domain) !=
		    rows[i].is)
			fail_msg("%s %s", rows[i].host, rows[i].domain);
}

static void knows_where_strangers_are(void **state)
{
	static const struct {
		const char *host;
		bool is;
	} rows[] = {
		{ "com", true },           { "co.uk", true },
		{ "github.io", true },     { "example.com", false },
		{ "a.co.uk", false },      { "localhost", true },
		{ "no-such-tld", true },   { "a.no-such-tld", false },
		{ "com.", true },          { "co.uk..", true },
		{ "example.com.", false }, { "a.b.kawasaki.jp", false },
		{ "b.kawasaki.jp", true }, { "city.kawasaki.jp", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		if (duet_host_is_public_suffix(rows[i].host) != rows[i].is)
			fail_msg("%s", rows[i].host);
}

static void a_plain_one_has_no_odd_letters(void **state)
{
	static const struct {
		const char *host;
		bool is;
	} rows[] = {
		{ "example.org", true }, { "a-b_c.1", true },
		{ "::1", true },         { "127.0.0.1", true },
		{ "e.org.", true },      { "", false },
		{ ".org", false },       { "E.org", false },
		{ "a b", false },        { "#a", false },
		{ "a/b", false },        { "\xc3\xa4", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		if (duet_host_is_plain(rows[i].host) != rows[i].is)
			fail_msg("%s", rows[i].host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_one_has_no_odd_letters),
		cmocka_unit_test(tells_addresses_from_names),
		cmocka_unit_test(a_name_is_within_those_above_it),
		cmocka_unit_test(knows_where_strangers_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
