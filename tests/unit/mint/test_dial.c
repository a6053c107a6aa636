/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "mint/dial.h"
#include "support/unit.h"

static void reads_where_a_server_is(void **state)
{
	static const struct {
		const char *text;
		const char *host;
		const char *port;
	} cases[] = {
		{ "x.org:443", "x.org", "443" },
		{ "localhost:08443", "localhost", "8443" },
		{ "[::1]:8443", "::1", "8443" },
		{ "127.0.0.1:1", "127.0.0.1", "1" },
		{ "https://x.org", "x.org", "443" },
		{ "https://x.org:65535/a:b/c?d", "x.org", "65535" },
		{ "https://[::1]/", "::1", "443" },
		{ "https://[::1]:8443?x", "::1", "8443" },
	};
	struct duet_mint_target target;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_true(duet_mint_target_parse(cases[i].text, &target));
		assert_string_equal(target.host, cases[i].host);
		assert_string_equal(target.port, cases[i].port);
	}
}

static void takes_nothing_else_for_a_server(void **state)
{
	static const char *const cases[] = {
		"",          "x.org",       "x.org:",         ":443",
		"x.org:0",   "x.org:65536", "x.org:https",    "[::1]",
		"::1:443",   "[::1:443",    "[]:443",         "a/b:443",
		"https://",  "https:///",   "https://x.org:", "http://x.org",
		"[::1]x443",
	};
	struct duet_mint_target target;
	char longer[400];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		if (duet_mint_target_parse(cases[i], &target))
			fail_msg("'%s' was taken", cases[i]);
	memset(longer, 'a', sizeof(longer));
	memcpy(longer + sizeof(longer) - 5, ":443", 5);
	assert_false(duet_mint_target_parse(longer, &target));
	assert_false(duet_mint_target_parse(longer + 130, &target));
	assert_true(duet_mint_target_parse(longer + 140, &target));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_where_a_server_is),
		cmocka_unit_test(takes_nothing_else_for_a_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
