/* SPDX-License-Identifier: MIT */
/* Which proxy is taken from the options and from the environment. */
#define _POSIX_C_SOURCE 200809L /* setenv */
#include <stdlib.h>
#include <string.h>

#include "cli/proxy.h"
#include "support/unit.h"

static const char *const variables[] = {
	"https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY",
	"all_proxy",   "ALL_PROXY",   "no_proxy",   "NO_PROXY",
};

static int clear(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(variables); i++)
		assert_int_equal(unsetenv(variables[i]), 0);
	return 0;
}

static void set(const char *name, const char *value)
{
	assert_int_equal(setenv(name, value, 1), 0);
}

static void check(const struct duet_reach_options *options, const char *https,
		  const char *http)
{
	struct duet_client_options got = { 0 };

	duet_reach_proxy_choose(options, &got);
	if (https == NULL)
		assert_null(got.proxy);
	else
		assert_string_equal(got.proxy, https);
	if (http == NULL)
		assert_null(got.proxy_for_http);
	else
		assert_string_equal(got.proxy_for_http, http);
}

static void reads_the_environment_as_curl_does(void **state)
{
	struct duet_reach_options options = { 0 };

	(void)state;
	check(&options, NULL, "");
	set("ALL_PROXY", "A");
	check(&options, "A", "A");
	set("all_proxy", "a");
	check(&options, "a", "a");
	set("HTTPS_PROXY", "S");
	check(&options, "S", "a");
	set("https_proxy", "");
	check(&options, "S", "a");
	set("https_proxy", "s");
	check(&options, "s", "a");
	/* what a client of a CGI program may have set */
	set("HTTP_PROXY", "H");
	check(&options, "s", "a");
	set("http_proxy", "h");
	check(&options, "s", "h");
}

static void obeys_the_options_first(void **state)
{
	struct duet_reach_options options = { .proxy = "mine",
					      .proxy_user = "a:b" };
	struct duet_client_options got = { 0 };

	(void)state;
	set("https_proxy", "s");
	set("http_proxy", "h");
	set("NO_PROXY", "N");
	check(&options, "mine", NULL);
	options.proxy = "";
	check(&options, "", NULL);
	options.proxy = NULL;
	options.unix_socket = "/x";
	check(&options, NULL, NULL);

	duet_reach_proxy_choose(&options, &got);
	assert_string_equal(got.proxy_user, "a:b");
	assert_string_equal(got.no_proxy, "N");
	set("no_proxy", "n");
	duet_reach_proxy_choose(&options, &got);
	assert_string_equal(got.no_proxy, "n");
	options.noproxy = "";
	duet_reach_proxy_choose(&options, &got);
	assert_string_equal(got.no_proxy, "");
}

static void knows_which_wants_tls(void **state)
{
	struct duet_client_options client = { 0 };

	(void)state;
	assert_false(duet_reach_proxy_wants_tls(&client));
	client.proxy = "http://p";
	assert_false(duet_reach_proxy_wants_tls(&client));
	client.proxy_for_http = "HTTPS://p";
	assert_true(duet_reach_proxy_wants_tls(&client));
	client.proxy_for_http = "";
	client.proxy = "https://p";
	assert_true(duet_reach_proxy_wants_tls(&client));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_the_environment_as_curl_does,
				       clear),
		cmocka_unit_test_setup(obeys_the_options_first, clear),
		cmocka_unit_test(knows_which_wants_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
