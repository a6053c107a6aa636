/* SPDX-License-Identifier: MIT */
/* mint/command.h - the commands of 'duet cert', a file each, and what all of
 * them begin and end with. */
#ifndef DUET_MINT_COMMAND_H
#define DUET_MINT_COMMAND_H

#include "cli/command.h"
#include "mint/options.h"

duet_command_fn duet_mint_self_signed;
duet_command_fn duet_mint_ca;
duet_command_fn duet_mint_issue;
duet_command_fn duet_mint_csr;
duet_command_fn duet_mint_sign;
duet_command_fn duet_mint_p12;
duet_command_fn duet_mint_crl;
duet_command_fn duet_mint_show;

/* The n operands end in NULL. DUET_OK, or what failed with its sentence. */
typedef int duet_mint_fn(const struct duet_mint_options *options,
			 const char *const *operands, int n,
			 struct duet_error *err);

/* Read the options, run, complain if need be. Returns the exit code. */
int duet_mint_run(const struct duet_opt_command *command, duet_mint_fn *run,
		  int argc, char **argv);

#endif
