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

/* Whether a Range field is to be obeyed: it is a GET, and there is no If-Range
 * or it has the strong entity tag of what is there now. */
bool duet_condition_range(const struct duet_head *request,
			  const struct duet_validators *current);

#endif
