/* SPDX-License-Identifier: MIT */
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
	options.max_time_ms = 1;
	assert_string_equal(hint(DUET_E_UNTRUSTED, DUET_SIDE_US, &options),
			    "see --cacert");
	assert_string_equal(hint(DUET_E_SELF_SIGNED, DUET_SIDE_US, &options),
			    "see --cacert");
	assert_string_equal(hint(DUET_E_CLIENT_CERT, DUET_SIDE_PEER, &options),
			    "see --cert and --key");
	assert_string_equal(hint(DUET_E_NO_CRL, DUET_SIDE_NONE, &options),
			    "try again later, or see --revocation");
	options.crl = "x.crl";
	assert_string_equal(hint(DUET_E_NO_CRL, DUET_SIDE_NONE, &options),
			    "see --crl");
	assert_string_equal(hint(DUET_E_PIN, DUET_SIDE_NONE, &options),
			    "see --pin");
	assert_string_equal(hint(DUET_E_TIMEOUT, DUET_SIDE_NONE, &options),
			    "see --max-time");
}

static void is_silent_where_no_option_helps(void **state)
{
	struct duet_get_options options;

	(void)state;
	duet_get_options_init(&options);
	options.cert = "given";
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
	options.max_time_ms = 1;
	assert_null(strstr(duet_get_hint(&err, &options, true), "--"));
	err.code = DUET_E_LIMIT;
	assert_non_null(duet_get_hint(&err, &options, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_option_that_is_the_remedy),
		cmocka_unit_test(is_silent_where_no_option_helps),
		cmocka_unit_test(says_what_can_be_done_without_an_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
