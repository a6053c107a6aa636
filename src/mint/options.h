/* SPDX-License-Identifier: MIT */
/* mint/options.h - what can be said to 'duet cert': one struct for all of its
 * commands, and the rows that several of their tables share. */
#ifndef DUET_MINT_OPTIONS_H
#define DUET_MINT_OPTIONS_H

#include "cli/opt.h"

enum {
	DUET_MINT_DAYS_MAX = 3650000, /* the library knows the year 9999 */
};

struct duet_mint_options {
	/* what a certificate says */
	const char *common_name;
	const char *organization;
	const char *crl_url;
	struct duet_opt_list names;
	struct duet_opt_list permitted;
	int64_t days; /* 0: the library's default */
	int64_t path_length;
	uint8_t usage; /* enum duet_usage */

	/* whose it is */
	const char *key_file; /* NULL: a new one is made */
	const char *passphrase_file;
	uint8_t key_type; /* enum duet_key_kind */

	/* who signs it */
	const char *ca_file;
	const char *ca_key_file;
	const char *ca_passphrase_file;

	/* what comes out, and where */
	const char *out;
	const char *der_file;
	const char *friendly_name;
	struct duet_opt_list revoke;
	bool force;
	bool json;

	/* whom to ask */
	const char *cacert;
	const char *crl;
	const char *server_name;
	int32_t max_ms;
};

/* Give the lists back. */
void duet_mint_options_done(struct duet_mint_options *options);

#define DUET_MINT_KEY_TYPES "p256|p384|ed25519|rsa2048|rsa3072|rsa4096"
#define DUET_MINT_OPT_KEY_TYPE                                           \
	{                                                                \
		"key-type", 't', "TYPE",                                 \
			"p256, p384, ed25519, rsa2048|3072|4096 [p256]", \
			DUET_OPT_CALL(duet_mint_options_key_type),       \
			.values = DUET_MINT_KEY_TYPES                    \
	}
#define DUET_MINT_OPT_KEY                                                   \
	{                                                                   \
		"key", 0, "FILE",                                           \
			"a private key that is there, not a new one",       \
			DUET_OPT_STRING(struct duet_mint_options, key_file) \
	}
#define DUET_MINT_OPT_PASSPHRASE                                        \
	{                                                               \
		"passphrase-file", 0, "FILE",                           \
			"its first line encrypts the key, or opens it", \
			DUET_OPT_STRING(struct duet_mint_options,       \
					passphrase_file)                \
	}
#define DUET_MINT_OPT_USAGE                                                    \
	{                                                                      \
		"usage", 'u', "server|client|both", "what it is for [server]", \
			DUET_OPT_CHOICE(struct duet_mint_options, usage)       \
	}
#define DUET_MINT_OPT_CN                                                       \
	{                                                                      \
		"cn", 0, "TEXT", "common name [the first NAME]",               \
			DUET_OPT_STRING(struct duet_mint_options, common_name) \
	}
#define DUET_MINT_OPT_ORG                                         \
	{                                                         \
		"org", 0, "TEXT", "organization",                 \
			DUET_OPT_STRING(struct duet_mint_options, \
					organization)             \
	}
#define DUET_MINT_OPT_DAYS(default_days)                                   \
	{                                                                  \
		"days", 'd', "NUMBER",                                     \
			"how long it is valid [" default_days "]",         \
			DUET_OPT_NUMBER(struct duet_mint_options, days, 1, \
					DUET_MINT_DAYS_MAX),               \
			.example = "30"                                    \
	}
#define DUET_MINT_OPT_CRL_URL                                                 \
	{                                                                     \
		"crl-url", 0, "URL", "http://... where the CRL is to be had", \
			DUET_OPT_STRING(struct duet_mint_options, crl_url)    \
	}
#define DUET_MINT_OPT_CA(default_file)                                      \
	{                                                                   \
		"ca", 0, "FILE", "the CA's certificate [" default_file "]", \
			DUET_OPT_STRING(struct duet_mint_options, ca_file)  \
	}
#define DUET_MINT_OPT_CA_KEY                                                   \
	{                                                                      \
		"ca-key", 0, "FILE", "its private key [beside it, or in it]",  \
			DUET_OPT_STRING(struct duet_mint_options, ca_key_file) \
	}
#define DUET_MINT_OPT_CA_PASSPHRASE                               \
	{                                                         \
		"ca-passphrase-file", 0, "FILE",                  \
			"its first line opens that key",          \
			DUET_OPT_STRING(struct duet_mint_options, \
					ca_passphrase_file)       \
	}
#define DUET_MINT_OPT_FORCE                                            \
	{                                                              \
		"force", 'f', NULL, "replace files that are there",    \
			DUET_OPT_FLAG(struct duet_mint_options, force) \
	}

/* A duet_opt_fn for the rows above. */
int duet_mint_options_key_type(void *options, const struct duet_opt *opt,
			       const char *arg, struct duet_error *err);

#endif
