/* SPDX-License-Identifier: MIT */
#include "mint/options.h"

#include <string.h>

#include <duet/cert.h>

#include "base/error.h"

void duet_mint_options_done(struct duet_mint_options *options)
{
	duet_opt_list_done(&options->names);
	duet_opt_list_done(&options->permitted);
	duet_opt_list_done(&options->revoke);
}

int duet_mint_options_key_type(void *options, const struct duet_opt *opt,
			       const char *arg, struct duet_error *err)
{
	static const struct {
		const char *word;
		enum duet_key_kind kind;
	} table[] = {
		{ "p256", DUET_KEY_P256 },
		{ "p384", DUET_KEY_P384 },
		{ "ed25519", DUET_KEY_ED25519 },
		{ "rsa2048", DUET_KEY_RSA2048 },
		{ "rsa3072", DUET_KEY_RSA3072 },
		{ "rsa4096", DUET_KEY_RSA4096 },
	};
	struct duet_mint_options *own = options;
	size_t i;

	(void)opt;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(arg, table[i].word) == 0) {
			own->key_type = (uint8_t)table[i].kind;
			return DUET_OK;
		}
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "a key is p256, p384, ed25519, rsa2048, rsa3072 or rsa4096");
}
