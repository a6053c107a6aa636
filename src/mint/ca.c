/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "mint/command.h"
#include "mint/make.h"

static const struct duet_opt options_table[] = {
	{ "permit", 'p', "SUBTREE",
	  "only localhost, .corp, 10.0.0.0/8; repeatable",
	  DUET_OPT_LIST(struct duet_mint_options, permitted) },
	{ "path-length", 0, "NUMBER", "how many CAs may be below it [0]",
	  DUET_OPT_NUMBER(struct duet_mint_options, path_length, 0, 20) },
	DUET_MINT_OPT_DAYS("3650"),
	DUET_MINT_OPT_ORG,
	DUET_MINT_OPT_CA("none: it is a root"),
	DUET_MINT_OPT_CA_KEY,
	DUET_MINT_OPT_CA_PASSPHRASE,
	DUET_MINT_OPT_CRL_URL,
	DUET_MINT_OPT_KEY_TYPE,
	DUET_MINT_OPT_KEY,
	DUET_MINT_OPT_PASSPHRASE,
	{ "out", 'o', "NAME", "writes NAME.pem and NAME.key [ca]",
	  DUET_OPT_STRING(struct duet_mint_options, out) },
	DUET_MINT_OPT_FORCE,
	{ 0 },
};

static const struct duet_opt_command command = {
	.name = "duet cert ca",
	.usage = "[OPTION]... [COMMON-NAME]",
	.summary =
		"Make a key and a certificate for a CA, which signs others'.\n"
		"Held to SUBTREEs it can harm nobody else who trusts it.",
	.options = options_table,
	.max_operands = 1,
	.operand = "COMMON-NAME",
};

static void next(const struct duet_mint_made *made)
{
	const struct duet_mint_options *options = made->options;

	duet_mint_say_word("next: duet cert issue --ca ", made->path);
	if (options->key_file != NULL)
		duet_mint_say_word(" --ca-key ", options->key_file);
	if (options->passphrase_file != NULL)
		duet_mint_say_word(" --ca-passphrase-file ",
				   options->passphrase_file);
	(void)printf(" NAME...\n");
}

static int make(const struct duet_mint_options *options,
		const char *const *operands, int n, struct duet_error *err)
{
	const struct duet_mint_job job = {
		options,
		options->ca_file != NULL ? DUET_MINT_ISSUED
					 : DUET_MINT_SELF_SIGNED,
		next,
	};
	struct duet_cert_spec spec;

	duet_mint_spec(&spec, options, NULL);
	spec.usage = DUET_USAGE_CA;
	spec.common_name = n > 0 ? operands[0] : "Duet private CA";
	return duet_mint_make(&job, &spec, "ca", err);
}

int duet_mint_ca(int argc, char **argv)
{
	return duet_mint_run(&command, make, argc, argv);
}
