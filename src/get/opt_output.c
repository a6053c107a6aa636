/* SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "get/checksum.h"
#include "get/opt_tables.h"
#include "get/options.h"

static int add_output(void *options, const struct duet_opt *opt,
		      const char *arg, struct duet_error *err)
{
	struct duet_get_options *get = options;
	int rc = duet_opt_list_add(&get->outputs, arg);

	(void)opt;
	if (rc != DUET_OK)
		return duet_error_set(err, rc, "too many of them");
	return DUET_OK;
}

static int add_checksum(void *options, const struct duet_opt *opt,
			const char *arg, struct duet_error *err)
{
	struct duet_get_options *get = options;
	int rc = duet_get_checksum_check(arg, err);

	(void)opt;
	if (rc != DUET_OK)
		return rc;
	rc = duet_opt_list_add(&get->checksums, arg);
	return rc == DUET_OK ? rc : duet_error_set(err, rc, "too many of them");
}

const struct duet_opt duet_get_opt_output[] = {
	{ "output", 'o', "FILE", "save as FILE; as the URL's last part",
	  DUET_OPT_CALL(add_output), .group = "Output", .brief = true },
	{ "remote-name", 'O', NULL, NULL, DUET_OPT_CALL(add_output),
	  .brief = true },
	{ "include", 'i', NULL, "the head too; the head alone (HEAD)",
	  DUET_OPT_FLAG(struct duet_get_options, include), .brief = true },
	{ "head", 'I', NULL, NULL, DUET_OPT_FLAG(struct duet_get_options, head),
	  .brief = true },
	{ "silent", 's', NULL, "no progress, no errors; errors, still",
	  DUET_OPT_FLAG(struct duet_get_options, silent), .brief = true },
	{ "show-error", 'S', NULL, NULL,
	  DUET_OPT_FLAG(struct duet_get_options, show_error), .brief = true },
	{ "verbose", 'v', NULL, "addresses, TLS, chain, heads, evidence",
	  DUET_OPT_FLAG(struct duet_get_options, verbose), .brief = true },
	{ "json", 0, NULL, "facts as JSON, one object a URL",
	  DUET_OPT_FLAG(struct duet_get_options, json), .brief = true },
	{ "fail", 'f', NULL, "a status of 400 or more fails (22)",
	  DUET_OPT_FLAG(struct duet_get_options, fail), .brief = true },
	{ "checksum", 0, "sha256:HEX|FILE", "what the body must have",
	  DUET_OPT_CALL(add_checksum), .group = "Report",
	  .example = "SHA256SUMS" },
	{ "receipt", 0, "FILE", "what is known afterwards, as JSON",
	  DUET_OPT_STRING(struct duet_get_options, receipt),
	  .example = "receipt.json" },
	{ "write-out", 'w', "FORMAT|@FILE", "facts at the end: %{name}, \\n",
	  DUET_OPT_STRING(struct duet_get_options, write_out),
	  .example = "'%{http_code}'" },
	{ "har", 0, "FILE", "requests and answers, for tools of browsers",
	  DUET_OPT_STRING(struct duet_get_options, har),
	  .example = "requests.har" },
	{ "insecure-har-secrets", 0, NULL, "... with cookies and credentials",
	  DUET_OPT_FLAG(struct duet_get_options, insecure_har_secrets) },
	{ "insecure-any-digest", 0, NULL, "a wrong Repr-Digest is no failure",
	  DUET_OPT_FLAG(struct duet_get_options, insecure_any_digest) },
	{ 0 },
};
