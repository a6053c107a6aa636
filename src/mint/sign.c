/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "base/error.h"
#include "base/mem.h"
#include "mint/command.h"
#include "mint/files.h"
#include "mint/make.h"
#include "mint/signer.h"

static const struct duet_opt options_table[] = {
	DUET_MINT_OPT_CA("ca.pem"),
	DUET_MINT_OPT_CA_KEY,
	DUET_MINT_OPT_CA_PASSPHRASE,
	{ "name", 'n', "NAME", "for this, not what was asked for; repeatable",
	  DUET_OPT_LIST(struct duet_mint_options, names) },
	DUET_MINT_OPT_USAGE,
	DUET_MINT_OPT_DAYS("90, at most the CA's"),
	{ "cn", 0, "TEXT", "common name [as asked for]",
	  DUET_OPT_STRING(struct duet_mint_options, common_name) },
	DUET_MINT_OPT_ORG,
	DUET_MINT_OPT_CRL_URL,
	{ "out", 'o', "FILE", "[REQUEST, ending in .pem]",
	  DUET_OPT_STRING(struct duet_mint_options, out) },
	DUET_MINT_OPT_FORCE,
	{ 0 },
};

static const struct duet_opt_command command = {
	.name = "duet cert sign",
	.usage = "[OPTION]... REQUEST",
	.summary =
		"Sign a certificate request (CSR) with your CA. Only its names, its\n"
		"subject and its key are taken over; see first: duet cert show REQUEST.",
	.options = options_table,
	.min_operands = 1,
	.max_operands = 1,
	.operand = "REQUEST",
};

static int sign(const struct duet_mint_options *options, const char *path,
		struct duet_buffer *ret_pem, struct duet_error *err)
{
	struct duet_buffer csr = { NULL, 0 };
	struct duet_identity *ca = NULL;
	struct duet_cert_spec spec;
	int rc;

	rc = duet_mint_read(path, &csr, err);
	if (rc != DUET_OK)
		return rc;
	duet_mint_spec(&spec, options, options->names.items);
	ca = duet_mint_open_ca(options, err);
	if (ca != NULL)
		rc = duet_csr_sign(ca, (struct duet_bytes){ csr.data, csr.len },
				   &spec, ret_pem, err);
	else
		rc = err->code;
	duet_identity_release(ca);
	duet_buffer_free(&csr);
	return rc;
}

static int make(const struct duet_mint_options *options,
		const char *const *operands, int n, struct duet_error *err)
{
	struct duet_buffer pem = { NULL, 0 };
	struct duet_bytes content;
	char *path;
	int rc;

	(void)n;
	path = duet_mint_sibling(options->out != NULL ? options->out
						      : operands[0],
				 ".pem");
	if (path == NULL)
		return duet_error_nomem(err);
	rc = duet_mint_check_free(path, DUET_MINT_PUBLIC, options->force, err);
	if (rc == DUET_OK)
		rc = sign(options, operands[0], &pem, err);
	content.data = pem.data;
	content.len = pem.len;
	if (rc == DUET_OK)
		rc = duet_mint_write(path, content, DUET_MINT_PUBLIC,
				     options->force, err);
	if (rc == DUET_OK) {
		duet_mint_report(path, content);
		(void)printf("next: send %s to whoever asked\n", path);
	}
	duet_buffer_free(&pem);
	duet_mem_free(path);
	return rc;
}

int duet_mint_sign(int argc, char **argv)
{
	return duet_mint_run(&command, make, argc, argv);
}
