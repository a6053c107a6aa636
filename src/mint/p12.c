/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/secret.h"
#include "mint/command.h"
#include "mint/files.h"
#include "mint/signer.h"

static const struct duet_opt options_table[] = {
	{ "passphrase-file", 0, "FILE",
	  "its first line protects the file; wanted",
	  DUET_OPT_STRING(struct duet_mint_options, passphrase_file) },
	{ "key", 0, "FILE", "the private key [beside it, or in it]",
	  DUET_OPT_STRING(struct duet_mint_options, key_file) },
	{ "key-passphrase-file", 0, "FILE", "its first line opens the key",
	  DUET_OPT_STRING(struct duet_mint_options, ca_passphrase_file) },
	{ "name", 'n', "TEXT", "what importers call it [CERTIFICATE]",
	  DUET_OPT_STRING(struct duet_mint_options, friendly_name) },
	{ "out", 'o', "FILE", "[CERTIFICATE, ending in .p12]",
	  DUET_OPT_STRING(struct duet_mint_options, out) },
	DUET_MINT_OPT_FORCE,
	{ 0 },
};

static const struct duet_opt_command command = {
	.name = "duet cert p12",
	.usage = "--passphrase-file FILE [OPTION]... CERTIFICATE",
	.summary =
		"Put a certificate chain and its key into one PKCS#12 file, for browsers,\n"
		"phones and Java (AES-256, SHA-256).",
	.options = options_table,
	.min_operands = 1,
	.max_operands = 1,
	.operand = "CERTIFICATE",
};

static int seal(const struct duet_mint_options *options, const char *cert_file,
		struct duet_buffer *ret_p12, struct duet_error *err)
{
	const char *slash = strrchr(cert_file, '/');
	const char *name = slash != NULL ? slash + 1 : cert_file;
	struct duet_identity *identity;
	char *passphrase = NULL;
	int rc;

	if (options->passphrase_file == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a private key travels in it: give --passphrase-file FILE (or - for standard input)");
	rc = duet_secret_read(options->passphrase_file, "passphrase",
			      &passphrase, err);
	if (rc != DUET_OK)
		return rc;
	identity = duet_mint_open_pair(cert_file, options->key_file,
				       options->ca_passphrase_file,
				       "--key-passphrase-file", err);
	if (options->friendly_name != NULL)
		name = options->friendly_name;
	rc = identity != NULL
		     ? duet_p12_write(identity, name, passphrase, ret_p12, err)
		     : err->code;
	duet_identity_release(identity);
	duet_secret_free(passphrase);
	return rc;
}

static int make(const struct duet_mint_options *options,
		const char *const *operands, int n, struct duet_error *err)
{
	struct duet_buffer p12 = { NULL, 0 };
	char *path;
	int rc;

	(void)n;
	path = options->out != NULL ? duet_mem_strdup(options->out)
				    : duet_mint_sibling(operands[0], ".p12");
	if (path == NULL)
		return duet_error_nomem(err);
	rc = duet_mint_check_free(path, DUET_MINT_SECRET, options->force, err);
	if (rc == DUET_OK)
		rc = seal(options, operands[0], &p12, err);
	if (rc == DUET_OK)
		rc = duet_mint_write(path,
				     (struct duet_bytes){ p12.data, p12.len },
				     DUET_MINT_SECRET, options->force, err);
	if (rc == DUET_OK)
		(void)printf("wrote %s: certificate and private key, protected by the passphrase\n"
			     "next: import it where it is to be used, and delete it here\n",
			     path);
	duet_buffer_free(&p12);
	duet_mem_free(path);
	return rc;
}

int duet_mint_p12(int argc, char **argv)
{
	return duet_mint_run(&command, make, argc, argv);
}
