/* SPDX-License-Identifier: MIT */
#include <duet/client.h>

#include "get/opt_tables.h"
#include "get/options.h"

const struct duet_opt duet_get_opt_connection[] = {
	{ "resolve", 0, "HOST:PORT:ADDR", "reach HOST:PORT at ADDR",
	  DUET_OPT_LIST(struct duet_get_options, resolve),
	  .group = "Connection", .example = "example.org:443:127.0.0.1",
	  .brief = true },
	{ "connect-to", 0, "HOST:PORT:HOST:PORT", "go to the latter instead",
	  DUET_OPT_LIST(struct duet_get_options, connect_to),
	  .example = "example.org:443:127.0.0.1:8443" },
	{ "unix-socket", 0, "PATH", "connect to this socket instead",
	  DUET_OPT_STRING(struct duet_get_options, unix_socket),
	  .example = "/run/server.sock" },
	{ "interface", 0, "NAME|ADDRESS", "leave this machine by it",
	  DUET_OPT_STRING(struct duet_get_options, interface),
	  .example = "192.0.2.7" },
	{ "ipv4", '4', NULL, "by IPv4 alone; by IPv6 alone",
	  DUET_OPT_SET(struct duet_get_options, family, DUET_FAMILY_IPV4) },
	{ "ipv6", '6', NULL, NULL,
	  DUET_OPT_SET(struct duet_get_options, family, DUET_FAMILY_IPV6) },
	{ "connect-timeout", 0, "SECONDS", "give up connecting after so long",
	  DUET_OPT_SECONDS(struct duet_get_options, connect_timeout_ms, 1,
			   2000000000),
	  .example = "5" },
	{ "max-time", 'm', "SECONDS", "give up after so long",
	  DUET_OPT_SECONDS(struct duet_get_options, max_time_ms, 1, 2000000000),
	  .example = "5", .brief = true },
	{ "close", 0, "strict|framed|lenient", "an end without close_notify",
	  DUET_OPT_CHOICE(struct duet_get_options, close),
	  .example = "strict" },
	{ "no-session", 0, NULL, "neither resume nor keep a TLS session",
	  DUET_OPT_FLAG(struct duet_get_options, no_session) },
	{ "early-data", 0, NULL, "ask before the handshake is over; replayable",
	  DUET_OPT_FLAG(struct duet_get_options, early_data) },
	{ 0 },
};
