/* SPDX-License-Identifier: MIT */
#include "get/opt_tables.h"
#include "get/options.h"

const struct duet_opt duet_get_opt_insecure[] = {
	{ "insecure-any-certificate", 'k', NULL, "believe anybody",
	  DUET_OPT_FLAG(struct duet_get_options, insecure_any_certificate),
	  .brief = true },
	{ "insecure-http", 0, NULL, "http:// URLs too",
	  DUET_OPT_FLAG(struct duet_get_options, insecure_http),
	  .brief = true },
	{ 0 },
};
