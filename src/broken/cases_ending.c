/* SPDX-License-Identifier: MIT */
#include "broken/case.h"

#define OK          "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define WITH_LENGTH OK "Content-Length: 1000\r\n\r\n"
#define UNTIL_CLOSE OK "Connection: close\r\n\r\n"
#define CHUNKED     OK "Transfer-Encoding: chunked\r\n\r\n"
#define ONE_CHUNK   SAY("3e8\r\n"), BODY(1000), SAY("\r\n")
#define STEPS(...)                                 \
	.steps = (const struct duet_broken_step[]) \
	{                                          \
		READ_HEAD, __VA_ARGS__, THE_END    \
	}

const struct duet_broken_case duet_broken_endings[] = {
	{ "length-fin", "whole; no close_notify", .body = 1000,
	  STEPS(SAY(WITH_LENGTH), BODY(1000), FIN) },
	{ "length-cut", "half of its length, close_notify", .exit = 18,
	  .words = { "500" }, .body = 500,
	  STEPS(SAY(WITH_LENGTH), BODY(500), GOODBYE, FIN) },
	{ "length-cut-fin", "half of its length, FIN", .exit = 18,
	  .words = { "500" }, .body = 500,
	  STEPS(SAY(WITH_LENGTH), BODY(500), FIN) },
	{ "close-notify", "no length, close_notify", .body = 1000,
	  STEPS(SAY(UNTIL_CLOSE), BODY(1000), GOODBYE, FIN) },
	{ "close-fin", "no length, FIN", .exit = 18,
	  .words = { "close_notify" }, .body = 1000,
	  STEPS(SAY(UNTIL_CLOSE), BODY(1000), FIN) },
	{ "close-rst", "no length, RST", .exit = 18, .words = { "reset" },
	  .body = 1000, STEPS(SAY(UNTIL_CLOSE), BODY(1000), RST) },
	{ "chunks-cut", "no last chunk, close_notify", .exit = 18,
	  .words = { "chunk" }, .body = 1000,
	  STEPS(SAY(CHUNKED), ONE_CHUNK, GOODBYE, FIN) },
	{ "chunks-cut-fin", "no last chunk, FIN", .exit = 18,
	  .words = { "chunk" }, .body = 1000,
	  STEPS(SAY(CHUNKED), ONE_CHUNK, FIN) },
	{ "head-cut", "ends within the head", .exit = 18, .words = { "head" },
	  STEPS(SAY(OK "Content-Le"), FIN) },
	{ 0 },
};
