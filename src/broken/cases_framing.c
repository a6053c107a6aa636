/* SPDX-License-Identifier: MIT */
#include "broken/case.h"

#define OK      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"
#define STEPS(...)                                            \
	.steps = (const struct duet_broken_step[])            \
	{                                                     \
		READ_HEAD, __VA_ARGS__, GOODBYE, FIN, THE_END \
	}

/* RFC 9112 s6.3, s7.1 */
const struct duet_broken_case duet_broken_framing[] = {
	{ "length-twice", "Content-Length 1000, and 500", .exit = 56,
	  .words = { "Content-Length" },
	  STEPS(SAY(OK "Content-Length: 1000\r\nContent-Length: 500\r\n\r\n"),
		BODY(1000)) },
	{ "length-negative", "Content-Length: -1", .exit = 56,
	  .words = { "Content-Length" },
	  STEPS(SAY(OK "Content-Length: -1\r\n\r\n"), BODY(1000)) },
	{ "length-huge", "Content-Length past 64 bits", .exit = 63,
	  .words = { "Content-Length" },
	  STEPS(SAY(OK "Content-Length: 99999999999999999999\r\n\r\n"),
		BODY(1000)) },
	{ "length-exabyte", "an exabyte promised, 1000 bytes sent", .exit = 18,
	  .words = { "1000" }, .body = 1000,
	  STEPS(SAY(OK "Content-Length: 1000000000000000000\r\n\r\n"),
		BODY(1000)) },
	{ "length-and-chunks", "Content-Length and Transfer-Encoding",
	  .exit = 56, .words = { "Content-Length", "Transfer-Encoding" },
	  .may_take = true,
	  STEPS(SAY(OK "Content-Length: 1000\r\n"
		       "Transfer-Encoding: chunked\r\n\r\n3e8\r\n"),
		BODY(1000), SAY("\r\n0\r\n\r\n")) },
	{ "chunk-size", "a chunk of xyz bytes", .exit = 56,
	  .words = { "chunk" },
	  STEPS(SAY(CHUNKED "xyz\r\n"), BODY(1000), SAY("\r\n0\r\n\r\n")) },
	{ "chunk-extensions", "chunk extensions without end", .exit = 63,
	  .words = { "chunk extensions" },
	  STEPS(SAY(CHUNKED "3e8"),
		SAY_OFTEN(";name=value", .times = DUET_BROKEN_FOR_EVER)) },
	{ "trailers", "trailers without end", .exit = 63,
	  .words = { "trailers" }, .body = 1000,
	  STEPS(SAY(CHUNKED "3e8\r\n"), BODY(1000), SAY("\r\n0\r\n"),
		SAY_OFTEN("X-Trailer: again\r\n",
			  .times = DUET_BROKEN_FOR_EVER)) },
	{ "head-with-body", "an answer to HEAD has a body", .method = "HEAD",
	  .body = DUET_BROKEN_ANY,
	  STEPS(SAY(OK "Content-Length: 1000\r\n\r\n"), BODY(1000)) },
	{ "204-with-body", "204 No Content has a body",
	  STEPS(SAY("HTTP/1.1 204 No Content\r\n"
		    "Content-Length: 1000\r\n\r\n"),
		BODY(1000)) },
	{ "304-with-body", "304, unasked for, has a body", .exit = 56,
	  .words = { "304" }, .may_take = true,
	  STEPS(SAY("HTTP/1.1 304 Not Modified\r\n\r\n"), BODY(1000)) },
	{ 0 },
};
