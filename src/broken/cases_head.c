/* SPDX-License-Identifier: MIT */
#include "broken/case.h"

#define OK    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define REST  "Content-Length: 1000\r\n\r\n"
#define FOUND "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\n"
#define STEPS(...)                                            \
	.steps = (const struct duet_broken_step[])            \
	{                                                     \
		READ_HEAD, __VA_ARGS__, GOODBYE, FIN, THE_END \
	}
/* What a terminal would take for an order: a window's title. */
#define ORDER "\033]0;owned\007"

enum {
	TEN_MEGABYTES = 10 * 1024 * 1024,
	COOKIES = 80, /* with the rest of the head less than 100 lines */
	BOMB_ZEROES = 1048541,
};

/*
 * A gzip file (RFC 1952) of 1 MiB that is 1 082 094 376 bytes of nothing: after
 * the codes each zero byte is four times 258 zeroes (RFC 1951 s3.2.7).
 */
#define BOMB_HEAD                                                          \
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x31\x01\x00\x00" \
	"\x00\xc2\xa0\xf5\x4f\x6d\x08\x5f\xa0"
#define BOMB_TAIL "\x3e\x03\xf8\xf1\x25\x4a\x28\x73\x7f\x40"

const struct duet_broken_case duet_broken_heads[] = {
	{ "bare-cr", "a bare CR in a field", .exit = 56,
	  .words = { "control characters", "x0d" }, .may_take = true,
	  STEPS(SAY(OK "X-One: a\rX-Two: b\r\n" REST), BODY(1000)) },
	{ "nul", "a NUL in a field", .exit = 56,
	  .words = { "control characters", "x00" }, .may_take = true,
	  STEPS(SAY(OK "X-One: a\0b\r\n" REST), BODY(1000)) },
	{ "control-reason", "control characters in the reason", .exit = 56,
	  .words = { "control characters" }, .may_take = true,
	  STEPS(SAY("HTTP/1.1 200 " ORDER "\r\n" REST), BODY(1000)) },
	{ "control-field", "control characters in a field", .exit = 56,
	  .words = { "control characters" }, .may_take = true,
	  STEPS(SAY(OK "X-One: " ORDER "\r\n" REST), BODY(1000)) },
	{ "control-filename", "control characters in a file name", .exit = 56,
	  .words = { "control characters" }, .may_take = true,
	  STEPS(SAY(OK "Content-Disposition: attachment; filename=\"" ORDER
		       "\"\r\n" REST),
		BODY(1000)) },
	{ "path-filename", "a file name ../../evil", .body = 1000,
	  STEPS(SAY(OK "Content-Disposition: attachment; "
		       "filename=\"../../evil\"\r\n" REST),
		BODY(1000)) },
	{ "control-location", "control characters in a redirect", .exit = 56,
	  .words = { "control characters" }, .may_take = true,
	  STEPS(SAY(FOUND "Location: /" ORDER "\r\n\r\n")) },
	{ "redirect-loop", "a redirect to itself, for ever", .exit = 47,
	  .words = { "redirects", "circle" },
	  STEPS(SAY(FOUND "Location: /\r\n\r\n")) },
	{ "redirect-http", "a redirect to plain HTTP", .exit = 47,
	  .words = { "from https to http" },
	  STEPS(SAY(FOUND "Location: "), PLAIN_URL, SAY("\r\n\r\n")) },
	{ "endless-1xx", "100 Continue without end", .exit = 63,
	  .words = { "interim" },
	  STEPS(SAY_OFTEN("HTTP/1.1 100 Continue\r\n\r\n",
			  .times = DUET_BROKEN_FOR_EVER)) },
	{ "huge-head", "a field of 10 MB", .exit = 63, .words = { "line" },
	  STEPS(SAY(OK "X-Long: "), SAY_OFTEN("x", .times = TEN_MEGABYTES),
		SAY("\r\n" REST), BODY(1000)) },
	{ "many-fields", "fields without end", .exit = 63, .words = { "field" },
	  STEPS(SAY(OK), SAY_OFTEN("X-Again: and again\r\n",
				   .times = DUET_BROKEN_FOR_EVER)) },
	{ "many-cookies", "80 cookies for every domain", .body = 1000,
	  STEPS(SAY(OK),
		SAY_OFTEN("Set-Cookie: a=b; Domain=localhost; "
			  "Path=/; Max-Age=99999999999999999999\r\n",
			  .times = COOKIES),
		SAY(REST), BODY(1000)) },
	{ "gzip-bomb", "a gzip of 1 MiB that holds 1 GiB", .body = 1048576,
	  STEPS(SAY(OK "Content-Encoding: gzip\r\n"
		       "Content-Length: 1048576\r\n\r\n" BOMB_HEAD),
		SAY_OFTEN("\0", .times = BOMB_ZEROES), SAY(BOMB_TAIL)) },
	{ 0 },
};
