/* SPDX-License-Identifier: MIT */
#include "get/opt_tables.h"
#include "get/options.h"

const struct duet_opt duet_get_opt_many[] = {
	{ "parallel", 'Z', NULL, "several URLs at once",
	  DUET_OPT_FLAG(struct duet_get_options, parallel),
	  .group = "Many URLs" },
	{ "parallel-max", 0, "NUMBER", "... at most so many [50]",
	  DUET_OPT_NUMBER(struct duet_get_options, parallel_max, 1,
			  DUET_GET_PARALLEL_MOST),
	  .example = "8" },
	{ "fail-early", 0, NULL, "the first failure ends all",
	  DUET_OPT_FLAG(struct duet_get_options, fail_early) },
	{ "remote-name-all", 0, NULL, "-O for each that has no -o",
	  DUET_OPT_FLAG(struct duet_get_options, remote_name_all) },
	{ "input", 0, "FILE", "more URLs, one a line, each with a name or not",
	  DUET_OPT_STRING(struct duet_get_options, input),
	  .example = "urls.txt" },
	{ "progress", 0, "bar|none|json", "how it goes, on standard error",
	  DUET_OPT_CHOICE(struct duet_get_options, progress),
	  .example = "none" },
	{ 0 },
};
