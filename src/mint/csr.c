/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "mint/command.h"
#include "mint/make.h"

static const struct duet_opt options_table[] = {
	DUET_MINT_OPT_USAGE,
	DUET_MINT_OPT_CN,
	DUET_MINT_OPT_ORG,
	DUET_MINT_OPT_KEY_TYPE,
	DUET_MINT_OPT_KEY,
	DUET_MINT_OPT_PASSPHRASE,
	{ "out", 'o', "NAME", "writes NAME.csr and NAME.key [the first NAME]",
	  DUET_OPT_STRING(struct duet_mint_options, out) },
	DUET_MINT_OPT_FORCE,
	{ 0 },
};

static const struct duet_opt_command command = {
	.name = "duet cert csr",
	.usage = "[OPTION]... NAME...",
	.summary =
		"Make a key and a certificate request (CSR) for NAMEs, to be signed\n"
		"by somebody else's CA. The key stays here.",
	.options = options_table,
	.max_operands = -1,
	.operand = "NAME",
};

static void next(const struct duet_mint_made *made)
{
	(void)printf("next: send %s to the CA", made->path);
	duet_mint_say_word(" (yours: duet cert sign ", made->path);
	(void)printf(")\n");
}

static int make(const struct duet_mint_options *options,
		const char *const *names, int n, struct duet_error *err)
{
	const struct duet_mint_job job = { options, DUET_MINT_REQUEST, next };

	(void)n;
	return duet_mint_make_for(&job, names, err);
}

int duet_mint_csr(int argc, char **argv)
{
	return duet_mint_run(&command, make, argc, argv);
}
