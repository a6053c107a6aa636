/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "mint/signer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/secret.h"
#include "mint/files.h"

enum {
	REMEDY_BYTES = 160,
};

/* More of what to do behind a sentence of the library. */
static void add_remedy(struct duet_error *err, const char *remedy)
{
	size_t used = strlen(err->text);

	(void)snprintf(err->text + used, sizeof(err->text) - used, "; %s",
		       remedy);
}

struct duet_identity *duet_mint_open_pair(const char *cert_file,
					  const char *key_file,
					  const char *passphrase_file,
					  const char *option,
					  struct duet_error *err)
{
	struct duet_identity *identity = NULL;
	char remedy[REMEDY_BYTES];
	char *passphrase = NULL;
	char *beside = NULL;

	if (duet_secret_read(passphrase_file, "passphrase", &passphrase, err) !=
	    DUET_OK)
		return NULL;
	if (key_file == NULL) {
		beside = duet_mint_sibling(cert_file, ".key");
		if (beside == NULL) {
			(void)duet_error_nomem(err);
			goto out;
		}
		if (access(beside, F_OK) == 0)
			key_file = beside;
	}
	identity = duet_identity_new(DUET_IDENTITY(.cert_file = cert_file,
						   .key_file = key_file,
						   .passphrase = passphrase),
				     err);
	if (identity == NULL && err->code == DUET_E_PASSPHRASE &&
	    passphrase == NULL) {
		(void)snprintf(remedy, sizeof(remedy), "give %s FILE", option);
		add_remedy(err, remedy);
	}
out:
	duet_mem_free(beside);
	duet_secret_free(passphrase);
	return identity;
}

struct duet_identity *duet_mint_open_ca(const struct duet_mint_options *options,
					struct duet_error *err)
{
	const char *cert_file =
		options->ca_file != NULL ? options->ca_file : DUET_MINT_CA_FILE;
	struct duet_identity *ca;

	ca = duet_mint_open_pair(cert_file, options->ca_key_file,
				 options->ca_passphrase_file,
				 "--ca-passphrase-file", err);
	if (ca == NULL && options->ca_file == NULL && err->sys == ENOENT)
		add_remedy(err,
			   "make a CA with 'duet cert ca', or name one with --ca FILE");
	return ca;
}

struct duet_key *duet_mint_open_key(const struct duet_mint_options *options,
				    const char *passphrase,
				    struct duet_error *err)
{
	struct duet_buffer pem = { NULL, 0 };
	struct duet_bytes bytes;
	struct duet_key *key;

	if (options->key_file == NULL)
		return duet_key_new((enum duet_key_kind)options->key_type, err);
	if (duet_mint_read(options->key_file, &pem, err) != DUET_OK)
		return NULL;
	bytes.data = pem.data;
	bytes.len = pem.len;
	key = duet_key_read(bytes, passphrase, err);
	if (key == NULL) {
		if (err->code == DUET_E_PASSPHRASE && passphrase == NULL)
			add_remedy(err, "give --passphrase-file FILE");
		duet_error_prefix(err, "'%s': ", options->key_file);
	}
	duet_buffer_free(&pem);
	return key;
}
