/* SPDX-License-Identifier: MIT */
#include "broken/case.h"

/* RFC 9113 s6 */
enum {
	DATA = 0,
	HEADERS = 1,
	RST_STREAM = 3,
	SETTINGS = 4,
	PUSH_PROMISE = 5,
	PING = 6,
	GOAWAY = 7,
	CONTINUATION = 9,

	END_STREAM = 0x1,
	END_HEADERS = 0x4,
	NO_FLAGS = 0,
};

/* Field blocks (RFC 7541): ":status: 200", and "content-length: 1000". */
#define STATUS_200 "\x88"
#define LENGTH_1000    \
	"\x0f\x0d\x04" \
	"1000"
/* ":method: GET", ":scheme: https", ":path: /", ":authority: localhost" */
#define A_REQUEST              \
	"\x82\x87\x84\x41\x09" \
	"localhost"
#define A_FIELD    \
	"\x00\x07" \
	"x-again"  \
	"\x01"     \
	"x"
/* A field of 3000 bytes into the table, and a thousand times the same one. */
#define TEN(text)      text text text text text text text text text text
#define THOUSAND(text) TEN(TEN(TEN(text)))
#define AN_ENTRY   \
	"\x40\x06" \
	"x-bomb"   \
	"\x7f\xb9\x16" THOUSAND("xyz")
#define THE_SAME THOUSAND("\xbe")

#define STEPS(...)                                                             \
	.identity = DUET_BROKEN_H2, .steps = (const struct duet_broken_step[]) \
	{                                                                      \
		READ_H2, __VA_ARGS__, THE_END                                  \
	}
#define READ_H2                            \
	{                                  \
		.act = DUET_BROKEN_READ_H2 \
	}
#define READ_H2_ALL                            \
	{                                      \
		.act = DUET_BROKEN_READ_H2_ALL \
	}
#define FRAME(kind, flag, text) \
	FRAMES(kind, flag, text, .on_stream = true, .times = 1)
/* Of the connection. */
#define FRAME_0(kind, flag, text) FRAMES(kind, flag, text, .times = 1)
#define FRAMES(kind, flag, text, ...)                                      \
	{                                                                  \
		.act = DUET_BROKEN_FRAME, .type = (kind), .flags = (flag), \
		.bytes = (text), .len = sizeof(text) - 1, __VA_ARGS__      \
	}
#define HEAD FRAME(HEADERS, END_HEADERS, STATUS_200 LENGTH_1000)
#define BODY_FRAME(n, flag)                                                   \
	{                                                                     \
		.act = DUET_BROKEN_FRAME_BODY, .type = DATA, .flags = (flag), \
		.on_stream = true, .times = (n)                               \
	}
/* Error codes (RFC 9113 s7) */
#define NO_ERROR       "\0\0\0\0"
#define INTERNAL_ERROR "\0\0\0\2"

const struct duet_broken_case duet_broken_h2[] = {
	{ "h2-reset", "RST_STREAM in the body", .exit = 18,
	  .words = { "reset the stream" }, .body = 500,
	  STEPS(HEAD, BODY_FRAME(500, NO_FLAGS),
		FRAME(RST_STREAM, NO_FLAGS, INTERNAL_ERROR), WAIT) },
	{ "h2-goaway", "GOAWAY in the body, and gone", .exit = 18,
	  .words = { "GOAWAY" }, .body = 500,
	  STEPS(HEAD, BODY_FRAME(500, NO_FLAGS),
		FRAME_0(GOAWAY, NO_FLAGS, NO_ERROR INTERNAL_ERROR), GOODBYE,
		FIN) },
	{ "h2-short", "END_STREAM before content-length", .exit = 56,
	  .words = { "1000", "500" }, .body = 500,
	  STEPS(HEAD, BODY_FRAME(500, END_STREAM), WAIT) },
	{ "h2-fin", "no END_STREAM, close_notify, FIN", .exit = 18,
	  .words = { "END_STREAM" }, .body = 500,
	  STEPS(HEAD, BODY_FRAME(500, NO_FLAGS), GOODBYE, FIN) },
	{ "h2-settings", "SETTINGS without end", .exit = 63,
	  .words = { "frames" },
	  STEPS(FRAMES(SETTINGS, NO_FLAGS, "",
		       .times = DUET_BROKEN_FOR_EVER)) },
	{ "h2-ping", "PING without end", .exit = 63, .words = { "frames" },
	  STEPS(FRAMES(PING, NO_FLAGS, "01234567",
		       .times = DUET_BROKEN_FOR_EVER)) },
	{ "h2-bomb", "15 KB of HPACK, which are 36 MB", .exit = 63,
	  .words = { "field block" },
	  STEPS(FRAME(HEADERS, NO_FLAGS, STATUS_200 AN_ENTRY),
		FRAMES(CONTINUATION, NO_FLAGS, THE_SAME, .on_stream = true,
		       .times = 12),
		FRAME(CONTINUATION, END_HEADERS, ""), WAIT) },
	{ "h2-continuation", "CONTINUATION without end", .exit = 63,
	  .words = { "CONTINUATION" },
	  STEPS(FRAME(HEADERS, NO_FLAGS, STATUS_200),
		FRAMES(CONTINUATION, NO_FLAGS, A_FIELD, .on_stream = true,
		       .times = DUET_BROKEN_FOR_EVER)) },
	{ "h2-no-window", "never lets the client send a body", .exit = 28,
	  .words = { "still being sent" }, .method = "POST", .slow = true,
	  STEPS(READ_H2_ALL, HEAD, BODY_FRAME(1000, END_STREAM), WAIT) },
	{ "h2-push", "PUSH_PROMISE, which was forbidden", .exit = 56,
	  .words = { "PUSH_PROMISE" },
	  STEPS(FRAME(PUSH_PROMISE, END_HEADERS, "\0\0\0\2" A_REQUEST), HEAD,
		BODY_FRAME(1000, END_STREAM), WAIT) },
	{ "h2-stream-0", "DATA on stream 0", .exit = 56, .words = { "DATA" },
	  STEPS(HEAD, FRAME_0(DATA, NO_FLAGS, "x"), WAIT) },
	{ "h2-text", "HTTP/1.1 where HTTP/2 was agreed on", .exit = 56,
	  .words = { "HTTP/1.1" }, .identity = DUET_BROKEN_H2,
	  /* the preface of HTTP/2 has a blank line too */
	  .steps =
		  (const struct duet_broken_step[]){
			  READ_HEAD,
			  SAY("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
			  WAIT, THE_END } },
	{ 0 },
};
