/* SPDX-License-Identifier: MIT */
/* mint/signer.h - the CA and the keys that the options name. */
#ifndef DUET_MINT_SIGNER_H
#define DUET_MINT_SIGNER_H

#include <duet/cert.h>

#include "mint/options.h"

/* What --ca and its companions name when they are not given. */
#define DUET_MINT_CA_FILE "ca.pem"

/*
 * The CA of --ca, --ca-key, --ca-passphrase-file. NULL with a sentence that
 * says what to do.
 */
DUET_CHECK struct duet_identity *duet_mint_open_ca(
	const struct duet_mint_options *options, struct duet_error *err);
/* The key of --key, or a new one of --key-type. */
DUET_CHECK struct duet_key *duet_mint_open_key(
	const struct duet_mint_options *options, const char *passphrase,
	struct duet_error *err);
/*
 * A chain and its key: key_file NULL is the file of cert_file's name that ends
 * in ".key", or where there is none, cert_file itself.
 */
DUET_CHECK struct duet_identity *duet_mint_open_pair(
	const char *cert_file, const char *key_file,
	const char *passphrase_file, const char *option,
	struct duet_error *err);

#endif
