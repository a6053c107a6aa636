/* SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "cli/pin.h"
#include "cli/reach.h"

static int add_pins(void *options, const struct duet_opt *opt, const char *arg,
		    struct duet_error *err)
{
	struct duet_reach_options *reach = options;
	int rc = duet_pins_check(arg, err);

	(void)opt;
	if (rc != DUET_OK)
		return rc;
	rc = duet_opt_list_add(&reach->pins, arg);
	return rc == DUET_OK ? rc : duet_error_set(err, rc, "too many of them");
}

const struct duet_opt duet_reach_opt_trust[] = {
	{ "cacert", 0, "FILE", "trust these only; believe these CRLs",
	  DUET_OPT_STRING(struct duet_reach_options, cacert), .group = "Trust",
	  .example = "ca.pem", .brief = true },
	{ "crl", 0, "FILE|DIR", NULL,
	  DUET_OPT_STRING(struct duet_reach_options, crl), .example = "ca.crl",
	  .brief = true },
	{ "capath", 0, "DIR", "trust those in DIR",
	  DUET_OPT_STRING(struct duet_reach_options, capath),
	  .example = "/etc/ssl/certs" },
	{ "revocation", 0, "off|soft|hard", "fetch CRLs [soft]",
	  DUET_OPT_CHOICE(struct duet_reach_options, revocation),
	  .example = "hard" },
	{ "revocation-time", 0, "SECONDS", "for one CRL [10]",
	  DUET_OPT_SECONDS(struct duet_reach_options, revocation_time_ms, 1,
			   2000000000),
	  .example = "5" },
	{ "revocation-size", 0, "BYTES", "of one CRL at most [104857600]",
	  DUET_OPT_NUMBER(struct duet_reach_options, revocation_size, 1,
			  (int64_t)1 << 40),
	  .example = "1000000" },
	{ "pin", 0, "KEY[;KEY...]", "take these server keys only",
	  DUET_OPT_CALL(add_pins),
	  .example = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
	{ "min-tls", 0, "1.2|1.3", "no older version [1.2]",
	  DUET_OPT_CHOICE(struct duet_reach_options, min_tls),
	  .example = "1.3" },
	{ "cert", 'E', "FILE", "own certificate; its key",
	  DUET_OPT_STRING(struct duet_reach_options, cert),
	  .example = "client.pem", .brief = true },
	{ "key", 0, "FILE", NULL,
	  DUET_OPT_STRING(struct duet_reach_options, key),
	  .example = "client.key", .brief = true },
	{ "pass", 0, "PASSPHRASE", "of that key or PKCS#12 file",
	  DUET_OPT_STRING(struct duet_reach_options, pass) },
	{ "pass-file", 0, "FILE", "its first line is that",
	  DUET_OPT_STRING(struct duet_reach_options, pass_file),
	  .example = "pass.txt" },
	{ "pass-fd", 0, "NUMBER", "the same of a descriptor",
	  DUET_OPT_NUMBER(struct duet_reach_options, pass_fd, 0, 65535),
	  .example = "3" },
	{ 0 },
};
