/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "mint/command.h"
#include "mint/make.h"

static const struct duet_opt options_table[] = {
	DUET_MINT_OPT_USAGE,
	DUET_MINT_OPT_DAYS("90"),
	DUET_MINT_OPT_CN,
	DUET_MINT_OPT_ORG,
	DUET_MINT_OPT_KEY_TYPE,
	DUET_MINT_OPT_KEY,
	DUET_MINT_OPT_PASSPHRASE,
	{ "out", 'o', "NAME", "writes NAME.pem and NAME.key [the first NAME]",
	  DUET_OPT_STRING(struct duet_mint_options, out) },
	DUET_MINT_OPT_FORCE,
	{ 0 },
};

static const struct duet_opt_command command = {
	.name = "duet cert self-signed",
	.usage = "[OPTION]... NAME...",
	.summary =
		"Make a key and a certificate that vouches for itself, for NAMEs:\n"
		"DNS names, *.x.org, IP addresses, or email:a@x.org.",
	.options = options_table,
	.min_operands = 1,
	.max_operands = -1,
	.operand = "NAME",
};

static void next(const struct duet_mint_made *made)
{
	duet_mint_say_use(made, " --listen :8443");
	if (made->options->usage == DUET_USAGE_CLIENT)
		return;
	if (strpbrk(made->name, "*:") == NULL) {
		duet_mint_say_word("      duet get --cacert ", made->path);
		(void)printf(" https://%s:8443/\n", made->name);
	}
}

static int make(const struct duet_mint_options *options,
		const char *const *names, int n, struct duet_error *err)
{
	const struct duet_mint_job job = { options, DUET_MINT_SELF_SIGNED,
					   next };

	(void)n;
	return duet_mint_make_for(&job, names, err);
}

int duet_mint_self_signed(int argc, char **argv)
{
	return duet_mint_run(&command, make, argc, argv);
}
