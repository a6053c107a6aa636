/* SPDX-License-Identifier: MIT */
/*
 * broken/script.h - what a misbehaving server does, as a list of steps:
 *
 *	static const struct duet_broken_step cut[] = {
 *		READ_HEAD,
 *		SAY("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
 *		BODY(500),
 *		GOODBYE,
 *		FIN,
 *		THE_END,
 *	};
 *
 * A step whose client has gone is the last one.
 */
#ifndef DUET_BROKEN_SCRIPT_H
#define DUET_BROKEN_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum duet_broken_act {
	DUET_BROKEN_THE_END = 0,
	DUET_BROKEN_READ_HEAD,   /* of an HTTP/1.1 request, to its blank line */
	DUET_BROKEN_READ_H2,     /* to the end of the request's fields */
	DUET_BROKEN_READ_H2_ALL, /* to the end of the request */
	DUET_BROKEN_SAY,         /* .bytes, .times over */
	DUET_BROKEN_BODY,        /* .times bytes of text */
	DUET_BROKEN_FRAME,       /* HTTP/2, around .bytes, .times over */
	DUET_BROKEN_FRAME_BODY,  /* the same around .times bytes of text */
	DUET_BROKEN_PLAIN_URL,   /* where the same process speaks plain HTTP */
	DUET_BROKEN_PLAIN_ANSWER, /* there: the CRL, or whatever is asked */
	DUET_BROKEN_WAIT,         /* for the client to go */
	DUET_BROKEN_GOODBYE,      /* close_notify */
	DUET_BROKEN_FIN,          /* and read on, so that no RST follows it */
	DUET_BROKEN_RST,          /* once all has arrived */
};

/* As .times: till the client goes. */
#define DUET_BROKEN_FOR_EVER UINT32_MAX

struct duet_broken_step {
	enum duet_broken_act act;
	const char *bytes;
	size_t len;
	uint32_t times;
	uint32_t every_ms; /* a pause after each of them */
	uint8_t type;      /* of a frame (RFC 9113 s6) */
	uint8_t flags;
	bool on_stream; /* that of the request; otherwise 0 */
};

/* Arguments of the last two are those of the struct: SAY_OFTEN("x", .times =
 * 3). Text is a literal, and may hold NUL. */
#define THE_END                            \
	{                                  \
		.act = DUET_BROKEN_THE_END \
	}
#define READ_HEAD                            \
	{                                    \
		.act = DUET_BROKEN_READ_HEAD \
	}
#define WAIT                            \
	{                               \
		.act = DUET_BROKEN_WAIT \
	}
#define GOODBYE                            \
	{                                  \
		.act = DUET_BROKEN_GOODBYE \
	}
#define FIN                            \
	{                              \
		.act = DUET_BROKEN_FIN \
	}
#define RST                            \
	{                              \
		.act = DUET_BROKEN_RST \
	}
#define PLAIN_URL                            \
	{                                    \
		.act = DUET_BROKEN_PLAIN_URL \
	}
#define BODY(n)                                       \
	{                                             \
		.act = DUET_BROKEN_BODY, .times = (n) \
	}
#define SAY(text) SAY_OFTEN(text, .times = 1)
#define SAY_OFTEN(text, ...)                             \
	{                                                \
		.act = DUET_BROKEN_SAY, .bytes = (text), \
		.len = sizeof(text) - 1, __VA_ARGS__     \
	}

#endif
