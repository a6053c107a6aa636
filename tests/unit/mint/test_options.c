/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <duet/cert.h>

#include "mint/options.h"
#include "support/unit.h"

static void knows_every_kind_of_key(void **state)
{
	static const struct {
		const char *word;
		enum duet_key_kind kind;
	} cases[] = {
		{ "p256", DUET_KEY_P256 },
		{ "p384", DUET_KEY_P384 },
		{ "ed25519", DUET_KEY_ED25519 },
		{ "rsa2048", DUET_KEY_RSA2048 },
		{ "rsa3072", DUET_KEY_RSA3072 },
		{ "rsa4096", DUET_KEY_RSA4096 },
	};
	struct duet_mint_options options = { .key_type = 99 };
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(duet_mint_options_key_type(&options, NULL,
							    cases[i].word,
							    &err),
				 DUET_OK);
		assert_int_equal(options.key_type, cases[i].kind);
	}
	assert_int_equal(duet_mint_options_key_type(&options, NULL, "rsa1024",
						    &err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "ed25519"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_every_kind_of_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
