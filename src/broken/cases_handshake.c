/* SPDX-License-Identifier: MIT */
#include "broken/case.h"

static const struct duet_broken_step plain[] = {
	{ .act = DUET_BROKEN_PLAIN_ANSWER },
	FIN,
	THE_END,
};

static const struct duet_broken_step gone[] = { THE_END };

const struct duet_broken_case duet_broken_handshakes[] = {
	{ "tls-1.1",
	  "nothing newer than TLS 1.1",
	  DUET_BROKEN_TLS_1_1,
	  35,
	  { "version", "TLS 1.2" } },
	{ "client-cert",
	  "wants a client certificate",
	  DUET_BROKEN_WANTS_CERT,
	  35,
	  { "client certificate", "--cert" } },
	{ DUET_BROKEN_PLAIN,
	  "plain HTTP on the port",
	  DUET_BROKEN_NO_TLS,
	  35,
	  { "plain HTTP", "http://" },
	  .steps = plain },
	{ "gone",
	  "closes the connection at once",
	  DUET_BROKEN_NO_TLS,
	  35,
	  { "without an answer", "hello" },
	  .steps = gone },
	{ "no-cipher",
	  "no cipher that anybody takes",
	  DUET_BROKEN_NULL_CIPHERS,
	  35,
	  { "cipher", "both sides" } },
	{ 0 },
};
