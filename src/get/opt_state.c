/* SPDX-License-Identifier: MIT */
#include "get/opt_tables.h"
#include "get/options.h"

const struct duet_opt duet_get_opt_state[] = {
	{ "cookie", 'b', "DATA|FILE", "send NAME=VALUE; or a file's cookies",
	  DUET_OPT_LIST(struct duet_get_options, cookies),
	  .group = "Cookies and HSTS", .example = "name=value" },
	{ "cookie-jar", 'c', "FILE", "keep cookies in FILE",
	  DUET_OPT_STRING(struct duet_get_options, cookie_jar),
	  .example = "cookies.txt" },
	{ "hsts", 0, "FILE", "keep who wants https in FILE; nowhere",
	  DUET_OPT_STRING(struct duet_get_options, hsts),
	  .example = "hsts.txt" },
	{ "no-hsts", 0, NULL, NULL,
	  DUET_OPT_FLAG(struct duet_get_options, no_hsts) },
	{ "netrc", 'n', NULL, "names and passwords of ~/.netrc; of FILE",
	  DUET_OPT_FLAG(struct duet_get_options, netrc),
	  .group = "Credentials" },
	{ "netrc-file", 0, "FILE", NULL,
	  DUET_OPT_STRING(struct duet_get_options, netrc_file),
	  .example = "netrc" },
	{ "bearer", 0, "TOKEN|@FILE", "a token to say who we are",
	  DUET_OPT_STRING(struct duet_get_options, bearer),
	  .example = "@token" },
	{ "compressed", 0, NULL, "ask for zstd, br or gzip, and decode",
	  DUET_OPT_FLAG(struct duet_get_options, compressed), .group = "Body" },
	{ 0 },
};
