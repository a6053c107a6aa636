/* SPDX-License-Identifier: MIT */
/* download/retry.h - what may be tried again, when, and how often. */
#ifndef DUET_DOWNLOAD_RETRY_H
#define DUET_DOWNLOAD_RETRY_H

#include <duet/http.h>

enum {
	DUET_RETRY_FIRST_MS = 1000,    /* then twice as long each time, */
	DUET_RETRY_LAST_MS = 600000,   /* up to this */
	DUET_RETRY_AFTER_MAX_S = 3600, /* who asks for more is not waited for */
};

struct duet_retry {
	int64_t left;     /* attempts */
	int64_t done;     /* of them, so far */
	int32_t delay_ms; /* always the same; 0: see above */
	int32_t max_ms;   /* none begins later than that; 0: no limit */
	int64_t began_ms; /* by duet_clock_ms() */
};

/* Asking again does no more than asking once (RFC 9110 s9.2.2). */
bool duet_retry_is_safe(const char *method);
/* A failure that may pass by itself: no connection, no answer in time, one that
 * was cut. Never a certificate, nor broken HTTP. */
bool duet_retry_is_passing(int status);
/* 408, 429, 500, 502, 503, 504 */
bool duet_retry_is_passing_answer(int http_status);
/* Retry-After (RFC 9110 s10.2.3) as seconds from now; 0 for NULL and for what
 * is neither a number nor a date. */
int64_t duet_retry_after(const char *value, int64_t now_wall);
/*
 * One more attempt: how many ms from now, below 0: none. luck, from 0 to 99,
 * spreads those that failed together: the wait is between half of what it
 * would be and all of it. after_s is the least, as the server has it.
 */
int64_t duet_retry_next(struct duet_retry *retry, int64_t now_ms,
			int64_t after_s, unsigned luck);

#endif
