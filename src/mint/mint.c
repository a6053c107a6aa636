/* SPDX-License-Identifier: MIT */
#include "cli/exit.h"
#include "cli/remedy.h"
#include "mint/command.h"

static int end(const char *program, int status, struct duet_error *err)
{
	/* What was done is told also when the rest has failed. */
	int code = duet_finish_stdout(program);

	if (status == DUET_OK)
		return code;
	duet_remedy_add(err);
	duet_complain(program, err->text);
	/* Files, and not the network. */
	return status == DUET_E_SYSTEM ? DUET_EXIT_READ : duet_exit_for(status);
}

int duet_mint_run(const struct duet_opt_command *command, duet_mint_fn *run,
		  int argc, char **argv)
{
	struct duet_mint_options options = { 0 };
	struct duet_error err;
	int operands;
	int code;
	int rc;

	if (duet_opt_begin(command, argc, argv, &options, &operands, &code)) {
		argv[1 + operands] = NULL;
		rc = run(&options, (const char *const *)&argv[1], operands,
			 &err);
		code = end(command->name, rc, &err);
	}
	duet_mint_options_done(&options);
	return code;
}

int duet_cli_cert(int argc, char **argv)
{
	static const struct duet_command commands[] = {
		{ "self-signed", "a certificate that vouches for itself",
		  duet_mint_self_signed },
		{ "ca", "a certificate authority (CA) of your own",
		  duet_mint_ca },
		{ "issue", "a key and a certificate, signed by your CA",
		  duet_mint_issue },
		{ "csr", "a key and a request, for somebody else's CA",
		  duet_mint_csr },
		{ "sign", "a certificate for such a request, by your CA",
		  duet_mint_sign },
		{ "p12", "certificate and key in one file, for import",
		  duet_mint_p12 },
		{ "crl", "the list of what your CA has revoked",
		  duet_mint_crl },
		{ "show", "what a file holds, or what a server shows",
		  duet_mint_show },
		{ 0 },
	};

	return duet_command_run("duet cert",
				"Keys, certificates, requests and revocation lists.",
				commands, argc, argv);
}
