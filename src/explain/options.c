/* SPDX-License-Identifier: MIT */
#include "explain/options.h"

#include <string.h>

enum {
	WARN_DAYS = 21,
	WARN_DAYS_MAX = 3650,
};

static const struct duet_opt report[] = {
	{ "json", 0, NULL, "one JSON object instead of a screen",
	  DUET_OPT_FLAG(struct duet_explain_options, json), .group = "Report",
	  .brief = true },
	{ "silent", 's', NULL, "the verdict alone, and only if bad",
	  DUET_OPT_FLAG(struct duet_explain_options, silent), .brief = true },
	{ "verbose", 'v', NULL, "each connection, on standard error",
	  DUET_OPT_FLAG(struct duet_explain_options, verbose), .brief = true },
	{ "warn-days", 0, "DAYS", "exit 120 if the chain ends so soon [21]",
	  DUET_OPT_NUMBER(struct duet_explain_options, warn_days, 0,
			  WARN_DAYS_MAX),
	  .example = "30", .brief = true },
	{ "no-fetch", 0, NULL, "fetch no intermediate that was not sent",
	  DUET_OPT_FLAG(struct duet_explain_options, no_fetch), .brief = true },
	{ 0 },
};

static const struct duet_opt_topic topics[] = {
	{ "report", report },
	{ "trust", duet_reach_opt_trust },
	{ "connection", duet_reach_opt_connection },
	{ "proxy", duet_reach_opt_proxy },
	{ 0 },
};

const struct duet_opt_command duet_explain_command = {
	.name = "duet explain",
	.usage = "[OPTION]... HOST[:PORT]|URL",
	.summary =
		"Say of an HTTPS server what is wrong, whose fault it is, and what to do.",
	.topics = topics,
	.min_operands = 1,
	.max_operands = 1,
	.operand = "HOST[:PORT] or a URL",
};

void duet_explain_options_init(struct duet_explain_options *options)
{
	memset(options, 0, sizeof(*options));
	duet_reach_options_init(&options->reach);
	options->warn_days = WARN_DAYS;
}

void duet_explain_options_done(struct duet_explain_options *options)
{
	duet_reach_options_done(&options->reach);
}
