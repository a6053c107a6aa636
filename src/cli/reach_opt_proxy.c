/* SPDX-License-Identifier: MIT */
#include "cli/reach.h"

const struct duet_opt duet_reach_opt_proxy[] = {
	{ "proxy", 'x', "URL", "go through it; \"\": through none",
	  DUET_OPT_STRING(struct duet_reach_options, proxy), .group = "Proxy",
	  .example = "http://proxy.example:3128" },
	{ "proxy-user", 'U', "NAME:PASSWORD", "who we are to it",
	  DUET_OPT_STRING(struct duet_reach_options, proxy_user),
	  .example = "alice:secret" },
	{ "proxy-cacert", 0, "FILE", "trust these only, of an https proxy",
	  DUET_OPT_STRING(struct duet_reach_options, proxy_cacert),
	  .example = "ca.pem" },
	{ "noproxy", 0, "LIST", "hosts that are reached without",
	  DUET_OPT_STRING(struct duet_reach_options, noproxy),
	  .example = "example.org,10.0.0.0/8" },
	{ 0 },
};
