/* SPDX-License-Identifier: MIT */
/*
 * Messages, good and bad, for the tests of the HTTP/1.1 engine. Bytes with a
 * NUL in them are why they have a length.
 */
#ifndef DUET_TESTS_H1_MESSAGES_H
#define DUET_TESTS_H1_MESSAGES_H

#include "support/h1_run.h"

struct message {
	const char *text;
	size_t len;
	int status;        /* of a refusal; 0: it is fine */
	const char *says;  /* part of the refusal's words, or of the log */
	const char *asked; /* responses: the method; NULL: GET */
};

#define M(text, ...)                                \
	{                                           \
		text, sizeof(text) - 1, __VA_ARGS__ \
	}
#define H       "Host: h\r\n"
#define GET     "GET / HTTP/1.1\r\n" H
#define POST    "POST / HTTP/1.1\r\n" H
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

static const struct message requests[] = {
	M(GET "\r\n", 0, "end no-body"),
	M("\r\n" GET "\r\n", 0, "end no-body"), /* RFC 9112 s2.2 */
	M("\n" GET "\r\n", 0, "end no-body"),
	M("GET / HTTP/1.1\nHost: h\n\n", 0, "end no-body"),
	M("GET / HTTP/1.1\nHost: h\r\n\n", 0, "end no-body"),
	M("GET / HTTP/1.0\r\n\r\n", 0, "1.0 length 0 close"),
	M("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", 0, "length 0\n"),
	M("GET / HTTP/1.1\r\nHost:\r\n\r\n", 0, "end no-body"),
	M("OPTIONS * HTTP/1.1\r\nHost: \r\n\r\n", 0, "end no-body"),
	M("GET / HTTP/1.2\r\nHost: h\r\n\r\n", 0, "1.2 length 0"),
	M("GET / HTTP/1.9\r\nHost: h\r\n\r\n", 0, "1.9 length 0"),
	M("P!#$%&'*+-.^_`|~ /a HTTP/1.1\r\n" H "\r\n", 0, "~ /a 1.1"),
	M("GET /\xff|\"<>^`{}\\ HTTP/1.1\r\n" H "\r\n", 0, "\xff|"),
	M("GET http://x/y HTTP/1.1\r\n" H "\r\n", 0, "http://x/y"),
	M("OPTIONS * HTTP/1.1\r\n" H "\r\n", 0, "OPTIONS *"),
	M("CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", 0, "h:443 1.1"),
	M(GET "X:\r\n\r\n", 0, "  X: \n"),
	M(GET "X:a\r\n\r\n", 0, "  X: a\n"),
	M(GET "X: \t a\tb \xff \t \r\n\r\n", 0, "  X: a\tb \xff\n"),
	M(GET "X: 1\r\nX: 2\r\n\r\n", 0, "  X: 1\n  X: 2\n"),
	M("GET / HTTP/1.1\r\nhOST: [::1]:8443\r\n\r\n", 0, "end no-body"),
	M(GET "Connection: close\r\n\r\n", 0, "length 0 close"),
	M(GET "Connection: x, Close ,y\r\n\r\n", 0, "length 0 close"),
	M(GET "Connection: x\r\nConnection: close\r\n\r\n", 0, "0 close"),
	M(GET "Connection: upgrade\r\nUpgrade: x\r\n\r\n", 0, "0 upgrade"),
	M(GET "Upgrade: x\r\n\r\n", 0, "length 0\n"),
	M(POST "Content-Length: 0\r\n\r\n", 0, "end length"),
	M(POST "Content-Length: 5\r\n\r\nhello", 0, "data hello\nend length"),
	M(POST "Content-Length: 0005\r\n\r\nhello", 0, "data hello\nend"),
	M(POST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\nhello", 0,
	  "length 5 expect\n"),
	M("POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
	  "\r\nhi",
	  0, "length 2 close\n"),
	M(GET "Expect: 100-continue\r\n\r\n", 0, "length 0\n"),
	M(CHUNKED "0\r\n\r\n", 0, "end last-chunk"),
	M(CHUNKED "5\r\nhello\r\n0\r\n\r\n", 0, "hello\nend last-chunk"),
	M(CHUNKED "1\r\nh\r\n4\r\nello\r\n000\r\n\r\n", 0, "data hello\nend"),
	M(CHUNKED "a\r\n0123456789\r\n0\r\n\r\n", 0, "0123456789\nend"),
	M(CHUNKED "A\r\n0123456789\r\n0\r\n\r\n", 0, "0123456789\nend"),
	M(CHUNKED "0000000000000005\r\nhello\r\n0\r\n\r\n", 0, "hello\nend"),
	M(CHUNKED "5;a\r\nhello\r\n0;b=c\r\n\r\n", 0, "hello\nend"),
	M(CHUNKED "5 ; a = b\r\nhello\r\n0;b=\"c;d\\\"\xff\";e\r\n\r\n", 0,
	  "hello\nend"),
	M(CHUNKED "5\r\nhello\r\n0\r\nT: 1\r\nu: 2\r\n\r\n", 0,
	  "end last-chunk\n  T: 1\n  u: 2\n"),
	M(POST "Transfer-Encoding: \tChunked \r\n\r\n0\r\n\r\n", 0, "end last"),
	/* one after the other */
	M(POST "Content-Length: 5\r\n\r\nhello" GET "\r\n", 0, "head 2 GET"),
	M(POST "Content-Length: 5\r\n\r\nhello\r\n" GET "\r\n", 0,
	  "head 2 GET"),
	M(CHUNKED "3\r\nabc\r\n0\r\n\r\n" CHUNKED "3\r\nabc\r\n0\r\n\r\n" GET
		  "Connection: close\r\n\r\n",
	  0, "head 3 GET / 1.1 length 0 close\n"),
	M(GET "\r\n" GET " x: y\r\n\r\n", 400, "obs-fold"),
	M(GET "Connection: close\r\n\r\nrubbish", 0, "closed none DUET_OK"),
};

static const struct message bad_requests[] = {
	/* RFC 9112 s3: the request line */
	M("\r\n\r\n" GET "\r\n", 400, "no method"),
	M(" GET / HTTP/1.1\r\n" H "\r\n", 400, "no method"),
	M("G@T / HTTP/1.1\r\n" H "\r\n", 400, "no method"),
	M("G\0T / HTTP/1.1\r\n" H "\r\n", 400, "no method"),
	M("G\xc9T / HTTP/1.1\r\n" H "\r\n", 400, "no method"),
	M("GET\r\n\r\n", 400, "no target"),
	M("GET /\r\n\r\n", 400, "no target or no version"),
	M("GET  / HTTP/1.1\r\n" H "\r\n", 400, "no HTTP version"),
	M("GET /  HTTP/1.1\r\n" H "\r\n", 400, "no HTTP version"),
	M("GET / HTTP/1.1 \r\n" H "\r\n", 400, "no HTTP version"),
	M("GET / HTTP/1.1\r\r\n" H "\r\n", 400, "no HTTP version"),
	M("GET\t/\tHTTP/1.1\r\n" H "\r\n", 400, "no method"),
	M("GET / \tHTTP/1.1\r\n" H "\r\n", 400, "no HTTP version"),
	M("GET / http/1.1\r\n" H "\r\n", 400, "no HTTP version"),
	M("GET / HTTP/1.\r\n" H "\r\n", 400, "no HTTP version"),
	M("GET / HTTP/11.1\r\n" H "\r\n", 400, "no HTTP version"),
	M("GET / HTTP/1.10\r\n" H "\r\n", 400, "no HTTP version"),
	M("GET / HTTPS/1.1\r\n" H "\r\n", 400, "no HTTP version"),
	M("GET /a b HTTP/1.1\r\n" H "\r\n", 400, "no HTTP version"),
	M("GET / HTTP/2.0\r\n" H "\r\n", 505, "HTTP/2.0"),
	M("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "HTTP/2.0"),
	M("GET / HTTP/0.9\r\n\r\n", 505, "HTTP/0.9"),
	M("\x16\x03\x01\x02\x00\x01\n", 400, "no method"),
	/* RFC 9112 s3.2: a target for the method */
	M("GET * HTTP/1.1\r\n" H "\r\n", 400, "no target for"),
	M("GET a HTTP/1.1\r\n" H "\r\n", 400, "no target for"),
	M("GET /#a HTTP/1.1\r\n" H "\r\n", 400, "no target for"),
	M("GET /\x01 HTTP/1.1\r\n" H "\r\n", 400, "no target for"),
	M("GET /\x7f HTTP/1.1\r\n" H "\r\n", 400, "no target for"),
	M("GET /\ra HTTP/1.1\r\n" H "\r\n", 400, "no target for"),
	M("GET /\0a HTTP/1.1\r\n" H "\r\n", 400, "a NUL"),
	M("GET h:443 HTTP/1.1\r\n" H "\r\n", 400, "no target for"),
	M("GET http://u@h/ HTTP/1.1\r\n" H "\r\n", 400, "no target for"),
	M("CONNECT / HTTP/1.1\r\n" H "\r\n", 400, "no target for"),
	M("CONNECT h HTTP/1.1\r\n" H "\r\n", 400, "no target for"),
	/* RFC 9112 s5: field lines */
	M(GET "X : a\r\n\r\n", 400, "whitespace before the colon"),
	M(GET "X\t: a\r\n\r\n", 400, "whitespace before the colon"),
	M(GET "X\r\n\r\n", 400, "no colon"),
	M(GET ": a\r\n\r\n", 400, "no token"),
	M(GET "X Y: a\r\n\r\n", 400, "no token"),
	M(GET "X\0: a\r\n\r\n", 400, "no token"),
	M(GET "X\xe9: a\r\n\r\n", 400, "no token"),
	M(GET "(X): a\r\n\r\n", 400, "no token"),
	M(GET "X: a\r\n b\r\n\r\n", 400, "obs-fold"),
	M(GET "X: a\r\n\tb: c\r\n\r\n", 400, "obs-fold"),
	M("GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400, "obs-fold"),
	M(GET "X: a\rb\r\n\r\n", 400, "control characters"),
	M(GET "X: a\r\r\n\r\n", 400, "control characters"),
	M(GET "X: a\0b\r\n\r\n", 400, "control characters"),
	M(GET "X: a\x01\r\n\r\n", 400, "control characters"),
	M(GET "X: a\x7f\r\n\r\n", 400, "control characters"),
	M(GET "\r\r\n\r\n", 400, "no colon"),
	/* RFC 9112 s3.2: Host */
	M("GET / HTTP/1.1\r\n\r\n", 400, "no Host"),
	M("GET http://h/ HTTP/1.1\r\n\r\n", 400, "no Host"),
	M(GET "Host: h\r\n\r\n", 400, "2 Host"),
	M(GET "host: x\r\n\r\n", 400, "2 Host"),
	M("GET / HTTP/1.0\r\nHost: h\r\nHost: h\r\n\r\n", 400, "2 Host"),
	M("GET http://h/ HTTP/1.1\r\nHost:\r\n\r\n", 400, "no host"),
	M("CONNECT h:1 HTTP/1.1\r\nHost:\r\n\r\n", 400, "no host"),
	M("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "no host"),
	M("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, "no host"),
	M("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "no host"),
	M("GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400, "no host"),
	M("GET / HTTP/1.1\r\nHost: h:http\r\n\r\n", 400, "no host"),
	M("GET / HTTP/1.0\r\nHost: a b\r\n\r\n", 400, "no host"),
	/* RFC 9112 s6.2, s6.3: Content-Length */
	M(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400,
	  "2 Content-Length"),
	M(POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400,
	  "2 Content-Length"),
	M(POST "Content-Length: 5, 5\r\n\r\nhello", 400, "is no number"),
	M(POST "Content-Length:\r\n\r\n", 400, "is no number"),
	M(POST "Content-Length: +5\r\n\r\nhello", 400, "is no number"),
	M(POST "Content-Length: -5\r\n\r\nhello", 400, "is no number"),
	M(POST "Content-Length: 5 5\r\n\r\nhello", 400, "is no number"),
	M(POST "Content-Length: 0x5\r\n\r\nhello", 400, "is no number"),
	M(POST "Content-Length: 5.0\r\n\r\nhello", 400, "is no number"),
	M(POST "Content-Length: \"5\"\r\n\r\nhello", 400, "is no number"),
	M(POST "Content-Length: \xd9\xa5\r\n\r\nhello", 400, "is no number"),
	M(POST "Content-Length: 9223372036854775808\r\n\r\n", 413,
	  "body_bytes"),
	M(POST "Content-Length: 18446744073709551621\r\n\r\n", 413,
	  "body_bytes"),
	/* RFC 9112 s6.1, s6.3: Transfer-Encoding */
	M(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
	  "both"),
	M(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400,
	  "both"),
	M("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "1.0"),
	M(POST "Transfer-Encoding: chunked, chunked\r\n\r\n", 400, "twice"),
	M(POST
	  "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
	  400, "twice"),
	M(POST "Transfer-Encoding: chunked, gzip\r\n\r\n", 400, "not last"),
	M(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
	  400, "not last"),
	M(POST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501, "other than"),
	M(POST "Transfer-Encoding: gzip\r\n\r\n", 501, "other than"),
	M(POST "Transfer-Encoding: identity\r\n\r\n", 501, "other than"),
	M(POST "Transfer-Encoding: x;y=z\r\n\r\n", 501, "other than"),
	M(POST "Transfer-Encoding: xchunked\r\n\r\n", 501, "other than"),
	M(POST "Transfer-Encoding: chunked;x=y\r\n\r\n", 400, "malformed"),
	M(POST "Transfer-Encoding: \"chunked\"\r\n\r\n", 400, "malformed"),
	M(POST "Transfer-Encoding: chunked x\r\n\r\n", 400, "malformed"),
	M(POST "Transfer-Encoding:\r\n\r\n", 400, "malformed"),
	M(POST "Transfer-Encoding: ,chunked\r\n\r\n", 400, "malformed"),
	M(POST "Transfer-Encoding: chunked,\r\n\r\n", 400, "malformed"),
	M("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\nContent-Length: 5\r\n\r\n", 400,
	  "CONNECT with a body"),
	M("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n"
	  "Transfer-Encoding: chunked\r\n\r\n",
	  400, "CONNECT with a body"),
};

/* Heads that are fine, and bodies that are not: RFC 9112 s7.1. */
static const struct message bad_bodies[] = {
	M(CHUNKED "\r\n", 400, "chunk size"),
	M(CHUNKED "x\r\n", 400, "chunk size"),
	M(CHUNKED "-1\r\n", 400, "chunk size"),
	M(CHUNKED "+1\r\n", 400, "chunk size"),
	M(CHUNKED " 1\r\nh\r\n", 400, "chunk size"),
	M(CHUNKED "0x1\r\nh\r\n", 400, "chunk size"),
	M(CHUNKED "1 \r\nh\r\n", 400, "extension"),
	M(CHUNKED "5\nhello\r\n0\r\n\r\n", 400, "chunk size"),
	M(CHUNKED "5\rhello\r\n0\r\n\r\n", 400, "LF"),
	M(CHUNKED "10000000000000005\r\nhello", 400, "chunk size"),
	M(CHUNKED "fffffffffffffffff\r\nhello", 400, "chunk size"),
	M(CHUNKED "5\r\nhello0\r\n\r\n", 400, "after a chunk's data"),
	M(CHUNKED "5\r\nhello!\r\n0\r\n\r\n", 400, "after a chunk's data"),
	M(CHUNKED "5\r\nhello\n0\r\n\r\n", 400, "after a chunk's data"),
	M(CHUNKED "5\r\nhello\r0\r\n\r\n", 400, "after a chunk's data"),
	M(CHUNKED "5;\r\nhello\r\n", 400, "extension"),
	M(CHUNKED "5;;a\r\nhello\r\n", 400, "extension"),
	M(CHUNKED "5;a=\r\nhello\r\n", 400, "extension"),
	M(CHUNKED "5;a=b=c\r\nhello\r\n", 400, "extension"),
	M(CHUNKED "5;a b\r\nhello\r\n", 400, "extension"),
	M(CHUNKED "5;a\nhello\r\n", 400, "extension"),
	M(CHUNKED "5;a=\"b\r\nhello\r\n", 400, "extension"),
	M(CHUNKED "5;a=\"b\nc\"\r\nhello\r\n", 400, "extension"),
	M(CHUNKED "5;a=\"b\"c\r\nhello\r\n", 400, "chunk line"),
	M(CHUNKED "5;a=\"\\\x01\"\r\nhello\r\n", 400, "extension"),
	M(CHUNKED "5;\0\r\nhello\r\n", 400, "extension"),
	M(CHUNKED "5;\xe9\r\nhello\r\n", 400, "extension"),
	M(CHUNKED "0\n\r\n", 400, "chunk size"),
	/* RFC 9110 s6.5.1: what trailers may not say */
	M(CHUNKED "0\r\n\n", 400, "bare LF"),
	M(CHUNKED "0\r\nT: 1\n\r\n", 400, "bare LF"),
	M(CHUNKED "0\r\nT : 1\r\n\r\n", 400, "before the colon"),
	M(CHUNKED "0\r\nT: 1\r\n 2\r\n\r\n", 400, "obs-fold"),
	M(CHUNKED "0\r\nT: \x01\r\n\r\n", 400, "control"),
	M(CHUNKED "0\r\nContent-Length: 5\r\n\r\n", 400, "Content-Length"),
	M(CHUNKED "0\r\ntransfer-encoding: chunked\r\n\r\n", 400, "transfer-"),
	M(CHUNKED "0\r\nHost: x\r\n\r\n", 400, "Host"),
	M(CHUNKED "0\r\nTrailer: x\r\n\r\n", 400, "Trailer"),
	M(CHUNKED "0\r\nConnection: close\r\n\r\n", 400, "Connection"),
	M(CHUNKED "0\r\nAuthorization: x\r\n\r\n", 400, "Authorization"),
};

#define OK200      "HTTP/1.1 200 OK\r\n"
#define CHUNKED200 OK200 "Transfer-Encoding: chunked\r\n\r\n"

static const struct message responses[] = {
	M(OK200 "Content-Length: 5\r\n\r\nhello", 0, "data hello\nend length"),
	M(OK200 "Content-Length: 0\r\n\r\n", 0, "end length"),
	M(CHUNKED200 "5\r\nhello\r\n0\r\nT: 1\r\n\r\n", 0,
	  "data hello\nend last-chunk\n  T: 1\n"),
	M(OK200 "\r\nhello", 0, "length -1 close\ndata hello\n"),
	M("HTTP/1.0 200 OK\r\n\r\nhello", 0, "1.0 length -1 close\n"),
	M("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", 0, "2 close\n"),
	M("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n"
	  "\r\nhi",
	  0, "length 2\n"),
	M("HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", 0, "end length"),
	M("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 0, "200 ''"),
	M("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", 0, "200 ''"),
	M("HTTP/1.1 200 Tr\xe8s bien\r\nContent-Length: 0\r\n\r\n", 0, "bien"),
	M("HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", 0, "999 'Odd'"),
	M("HTTP/1.1 204 No Content\r\n\r\n", 0, "end no-body"),
	M("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 0, "no-body"),
	M("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", 0,
	  "end no-body"),
	M(OK200 "Content-Length: 99\r\n\r\n", 0, "end no-body", "HEAD"),
	M(CHUNKED200, 0, "end no-body", "HEAD"),
	M(OK200 "\r\n", 0, "end no-body", "HEAD"),
	M("HTTP/1.1 100 Continue\r\n\r\n" OK200 "Content-Length: 0\r\n\r\n", 0,
	  "interim 1 100 'Continue'"),
	M("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
	  "HTTP/1.1 100 Continue\r\n\r\n" CHUNKED200 "0\r\n\r\n",
	  0, "  Link: </a>\ninterim 1 100"),
	M(OK200 "Content-Length: 0\r\nConnection: close\r\n\r\n", 0,
	  "closed none DUET_OK"),
	M(OK200 "Content-Length: 5\r\n\r\nhello!", 0,
	  "end length\nclosed protocol DUET_E_HTTP"),
	M("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", 0,
	  "end no-body\nclosed protocol DUET_E_HTTP"),
	M(OK200 "Content-Length: 5\r\n\r\nraw\0\xff", 0, "bytes, sum",
	  "CONNECT"),
	M(OK200 "Transfer-Encoding: chunked\r\n\r\nraw", 0, "data raw",
	  "CONNECT"),
	M("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nraw", 0,
	  "length -1 close upgrade\n  Upgrade: x\ndata raw", "UPGRADE"),
	M("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", 0,
	  "end length", "CONNECT"),
};

static const struct message bad_responses[] = {
	/* RFC 9112 s4: the status line */
	M("\r\n" OK200 "\r\n", 502, "no HTTP version"),
	M("220 mail.example ESMTP\r\n", 502, "no HTTP version"),
	M("SSH-2.0-OpenSSH_9.2\r\n", 502, "no HTTP version"),
	M("HTTP/1.1200 OK\r\n\r\n", 502, "no HTTP version"),
	M("HTTP/1.1  200 OK\r\n\r\n", 502, "no status"),
	M("HTTP/1.1 20 OK\r\n\r\n", 502, "no status"),
	M("HTTP/1.1 2000 OK\r\n\r\n", 502, "three digits"),
	M("HTTP/1.1 200OK\r\n\r\n", 502, "three digits"),
	M("HTTP/1.1 099 No\r\n\r\n", 502, "three digits"),
	M("HTTP/1.1 2x0 OK\r\n\r\n", 502, "no status"),
	M("HTTP/1.1\t200\tOK\r\n\r\n", 502, "no HTTP version"),
	M("HTTP/2.0 200 OK\r\n\r\n", 502, "other than 1.x"),
	M("HTTP/2 200 OK\r\n\r\n", 502, "no HTTP version"),
	M("http/1.1 200 OK\r\n\r\n", 502, "no HTTP version"),
	M("HTTP/1.1 200 O\rK\r\n\r\n", 502, "control characters"),
	M("HTTP/1.1 200 O\0K\r\n\r\n", 502, "control characters"),
	/* the fields */
	M(OK200 "X : a\r\n\r\n", 400, "before the colon"),
	M(OK200 "X: a\r\n b\r\n\r\n", 400, "obs-fold"),
	M(OK200 "X: a\0\r\n\r\n", 400, "control characters"),
	M(OK200 "X\r\n\r\n", 400, "no colon"),
	M(OK200 "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400,
	  "2 Content-Length"),
	M(OK200 "Content-Length: 5, 5\r\n\r\nhello", 400, "no number"),
	M(OK200 "Content-Length: x\r\n\r\n", 400, "no number", "HEAD"),
	M(OK200 "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
	  "both"),
	M("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
	  "HTTP/1.0"),
	M(OK200 "Transfer-Encoding: gzip, chunked\r\n\r\n", 501, "other than"),
	M(OK200 "Transfer-Encoding: gzip\r\n\r\n", 501, "other than"),
	M(OK200 "Transfer-Encoding: chunked, gzip\r\n\r\n", 400, "not last"),
	M("HTTP/1.1 101 Switching Protocols\r\n\r\n", 502, "no upgrade"),
	M("HTTP/1.1 100 Continue\r\nX\r\n\r\n", 400, "no colon"),
	/* the body */
	M(CHUNKED200 "5\nhello\r\n0\r\n\r\n", 400, "chunk size"),
	M(CHUNKED200 "5\r\nhello\r\n0\r\nHost: x\r\n\r\n", 400, "Host"),
};

static inline void ask(struct h1_run *run, const char *method)
{
	bool upgrade = method != NULL && strcmp(method, "UPGRADE") == 0;
	const struct duet_header fields[] = {
		{ "Host", "h:1" },
		{ upgrade ? "Upgrade" : NULL, "x" },
		{ NULL, NULL },
	};
	struct duet_head head = {
		.size = sizeof(head),
		.method = method == NULL || upgrade ? "GET" : method,
		.target = "/",
		.headers = fields,
	};
	uint64_t stream = 0;

	if (strcmp(head.method, "CONNECT") == 0)
		head.target = "h:1";
	MUST(duet_h1_request(run->h1, &head, &stream, NULL) == DUET_OK);
	h1_run_send(run);
}

#endif
