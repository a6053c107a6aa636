/* SPDX-License-Identifier: MIT */
#include "get/opt_tables.h"
#include "get/options.h"

const struct duet_opt duet_get_opt_connection[] = {
	{ "resolve", 0, "HOST:PORT:ADDR", "reach HOST:PORT at ADDR",
	  DUET_OPT_LIST(struct duet_get_options, resolve),
	  .group = "Connection", .example = "example.org:443:127.0.0.1",
	  .brief = true },
	{ "max-time", 'm', "SECONDS", "give up after so long",
	  DUET_OPT_SECONDS(struct duet_get_options, max_time_ms, 1, 2000000000),
	  .example = "5", .brief = true },
	{ "close", 0, "strict|framed|lenient", "an end without close_notify",
	  DUET_OPT_CHOICE(struct duet_get_options, close),
	  .example = "strict" },
	{ "no-session", 0, NULL, "neither resume nor keep a TLS session",
	  DUET_OPT_FLAG(struct duet_get_options, no_session) },
	{ 0 },
};
