/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "get/hint.h"
#include "support/unit.h"

static const char *hint(int code, enum duet_side alert_from,
			const struct duet_get_options *options)
{
	struct duet_error err = { .code = code,
				  .alert_from = (int32_t)alert_from };

	return duet_get_hint(&err, options, false);
}

static void names_the_option_that_is_the_remedy(void **state)
{
	struct duet_get_options options;

	(void)state;
	duet_get_options_init(&options);
	options.reach.max_time_ms = 1;
	assert_string_equal(hint(DUET_E_UNTRUSTED, DUET_SIDE_US, &options),
			    "see --cacert");
	assert_string_equal(hint(DUET_E_SELF_SIGNED, DUET_SIDE_US, &options),
			    "see --cacert");
	assert_string_equal(hint(DUET_E_CLIENT_CERT, DUET_SIDE_PEER, &options),
			    "see --cert and --key");
	assert_string_equal(hint(DUET_E_NO_CRL, DUET_SIDE_NONE, &options),
			    "try again later, or see --revocation");
	options.reach.crl = "x.crl";
	assert_string_equal(hint(DUET_E_NO_CRL, DUET_SIDE_NONE, &options),
			    "see --crl");
	assert_string_equal(hint(DUET_E_PIN, DUET_SIDE_NONE, &options),
			    "see --pin");
	assert_string_equal(hint(DUET_E_TIMEOUT, DUET_SIDE_NONE, &options),
			    "see --max-time");
}

static void means_the_proxy_where_the_sentence_does(void **state)
{
	static const struct {
		int code;
		const char *words;
		const char *hint;
	} rows[] = {
		{ DUET_E_UNTRUSTED, "the proxy https://p:1: no path",
		  "see --proxy-cacert" },
		{ DUET_E_PROXY,
		  "the proxy http://p:1: it wants authentication (407); give it a name and a password",
		  "see --proxy-user" },
		{ DUET_E_PROXY,
		  "the proxy http://p:1: it refuses this name and password (407); check them",
		  "see --proxy-user" },
		{ DUET_E_PROXY, "the proxy http://p:1: it refuses", NULL },
		{ DUET_E_TIMEOUT, "the proxy http://p:1: no way",
		  "see --connect-timeout" },
		{ DUET_E_CLIENT_CERT, "the proxy https://p:1: it wants", NULL },
	};
	struct duet_get_options options;
	size_t i;

	(void)state;
	duet_get_options_init(&options);
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_error err = { .code = rows[i].code };
		const char *got;

		(void)snprintf(err.text, sizeof(err.text), "https://e/: %s",
			       rows[i].words);
		got = duet_get_hint(&err, &options, false);
		if (rows[i].hint == NULL)
			assert_null(got);
		else
			assert_string_equal(got, rows[i].hint);
	}
}

static void is_silent_where_no_option_helps(void **state)
{
	struct duet_get_options options;

	(void)state;
	duet_get_options_init(&options);
	options.reach.cert = "given";
	assert_null(hint(DUET_E_UNTRUSTED, DUET_SIDE_PEER, &options));
	assert_null(hint(DUET_E_CLIENT_CERT, DUET_SIDE_PEER, &options));
	assert_null(hint(DUET_E_TIMEOUT, DUET_SIDE_NONE, &options));
	assert_null(hint(DUET_E_EXPIRED, DUET_SIDE_US, &options));
	assert_null(hint(DUET_E_LIMIT, DUET_SIDE_NONE, &options));
}

static void says_what_can_be_done_without_an_option(void **state)
{
	struct duet_get_options options;
	struct duet_error err = { .code = DUET_E_TIMEOUT };

	(void)state;
	duet_get_options_init(&options);
	assert_string_equal(hint(DUET_E_TRUNCATED, DUET_SIDE_NONE, &options),
			    "try again");
	assert_string_equal(hint(DUET_E_TRUNCATED, DUET_SIDE_PEER, &options),
			    "try again");
	assert_string_equal(hint(DUET_E_HTTP, DUET_SIDE_NONE, &options),
			    "tell the server's keeper");
	/* A limit that no option raises. */
	options.reach.max_time_ms = 1;
	assert_null(strstr(duet_get_hint(&err, &options, true), "--"));
	err.code = DUET_E_LIMIT;
	assert_non_null(duet_get_hint(&err, &options, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_option_that_is_the_remedy),
		cmocka_unit_test(means_the_proxy_where_the_sentence_does),
		cmocka_unit_test(is_silent_where_no_option_helps),
		cmocka_unit_test(says_what_can_be_done_without_an_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
