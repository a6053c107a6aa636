/* SPDX-License-Identifier: MIT */
#include "get/opt_tables.h"
#include "get/options.h"

const struct duet_opt duet_get_opt_trust[] = {
	{ "cacert", 0, "FILE", "trust these only; believe these CRLs",
	  DUET_OPT_STRING(struct duet_get_options, cacert), .group = "Trust",
	  .example = "ca.pem", .brief = true },
	{ "crl", 0, "FILE|DIR", NULL,
	  DUET_OPT_STRING(struct duet_get_options, crl), .example = "ca.crl",
	  .brief = true },
	{ "cert", 'E', "FILE", "own certificate; its key",
	  DUET_OPT_STRING(struct duet_get_options, cert),
	  .example = "client.pem", .brief = true },
	{ "key", 0, "FILE", NULL, DUET_OPT_STRING(struct duet_get_options, key),
	  .example = "client.key", .brief = true },
	{ "pass", 0, "PASSPHRASE", "of that key or PKCS#12 file",
	  DUET_OPT_STRING(struct duet_get_options, pass) },
	{ "insecure-any-certificate", 'k', NULL, "believe anybody",
	  DUET_OPT_FLAG(struct duet_get_options, insecure_any_certificate),
	  .brief = true },
	{ "insecure-http", 0, NULL, "http:// URLs too",
	  DUET_OPT_FLAG(struct duet_get_options, insecure_http),
	  .brief = true },
	{ 0 },
};
