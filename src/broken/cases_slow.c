/* SPDX-License-Identifier: MIT */
#include "broken/case.h"

#define STEPS(...)                                 \
	.steps = (const struct duet_broken_step[]) \
	{                                          \
		READ_HEAD, __VA_ARGS__, THE_END    \
	}
#define LONG "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"

enum {
	PAUSE_MS = 200,
};

const struct duet_broken_case duet_broken_slow[] = {
	{ "silent",
	  "accepts, and says nothing",
	  DUET_BROKEN_NO_TLS,
	  28,
	  { "TLS handshake" },
	  .slow = true,
	  .steps = (const struct duet_broken_step[]){ WAIT, THE_END } },
	{ "no-answer", "takes the request, and that is all", .exit = 28,
	  .words = { "no answer within" }, .slow = true, STEPS(WAIT) },
	{ "slow-head", "a head a letter at a time, for ever", .exit = 28,
	  .words = { "no answer within" }, .slow = true,
	  STEPS(SAY("HTTP/1.1 200 OK\r\nX-Slow: "),
		SAY_OFTEN("x", .times = DUET_BROKEN_FOR_EVER,
			  .every_ms = PAUSE_MS)) },
	{ "trickle", "a body a letter at a time, for ever", .exit = 28,
	  .words = { "not whole within" }, .slow = true,
	  .body = DUET_BROKEN_ANY,
	  STEPS(SAY(LONG), SAY_OFTEN("x", .times = DUET_BROKEN_FOR_EVER,
				     .every_ms = PAUSE_MS)) },
	{ "stall", "half a body, and then nothing", .exit = 28,
	  .words = { "500 bytes" }, .slow = true, .body = 500,
	  STEPS(SAY(LONG), BODY(500), WAIT) },
	{ 0 },
};
