/* SPDX-License-Identifier: MIT */
/* http/condition.h - conditional requests (RFC 9110 s13). */
#ifndef DUET_HTTP_CONDITION_H
#define DUET_HTTP_CONDITION_H

#include <duet/http.h>

/* The representation that the request is about, as it is now. */
struct duet_validators {
	bool exists;      /* there is one */
	const char *etag; /* with its quotes; NULL: none */
	int64_t modified; /* wall seconds; below 0: not known */
};

enum duet_condition {
	DUET_CONDITION_MET,          /* go on */
	DUET_CONDITION_NOT_MODIFIED, /* 304 */
	DUET_CONDITION_FAILED,       /* 412 */
};

/*
 * If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since, in the
 * order of RFC 9110 s13.2.2. now: the wall clock.
 */
enum duet_condition duet_condition_check(const struct duet_head *request,
					 const struct duet_validators *current,
					 int64_t now);

/* The Range field that is to be obeyed, or NULL: it is a GET with one such
 * line, and with no If-Range or one with the strong tag of what is there. */
const char *duet_condition_range(const struct duet_head *request,
				 const struct duet_validators *current);

#endif
