/* SPDX-License-Identifier: MIT */
#include "get/opt_tables.h"
#include "get/options.h"

const struct duet_opt duet_get_opt_closing[] = {
	{ "close", 0, "strict|framed|lenient", "an end without close_notify",
	  DUET_OPT_CHOICE(struct duet_get_options, close),
	  .example = "strict" },
	{ "no-session", 0, NULL, "neither resume nor keep a TLS session",
	  DUET_OPT_FLAG(struct duet_get_options, no_session) },
	{ "early-data", 0, NULL, "ask before the handshake is over; replayable",
	  DUET_OPT_FLAG(struct duet_get_options, early_data) },
	{ 0 },
};
