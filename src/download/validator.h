/* SPDX-License-Identifier: MIT */
/* download/validator.h - by what a version of a file is known, well enough to
 * put parts of it together (RFC 9110 s8.8.1). */
#ifndef DUET_DOWNLOAD_VALIDATOR_H
#define DUET_DOWNLOAD_VALIDATOR_H

#include <duet/http.h>

enum {
	DUET_VALIDATOR_BYTES = 512, /* what is longer is none */
};

/* As If-Range has it: an entity tag or a date. "": none is strong enough. */
struct duet_validator {
	char text[DUET_VALIDATOR_BYTES];
};

/*
 * That of an answer: its entity tag where that is strong; where it has no tag
 * at all, Last-Modified, if Date is a minute later or more (RFC 9110 s8.8.2.2:
 * within the same second there could have been two versions, and the clocks
 * may be two).
 */
void duet_validator_of(const struct duet_head *head,
		       struct duet_validator *ret);
/* Text of our own files, which may have been changed. False: neither a strong
 * tag nor a date, and then *ret is none. */
DUET_CHECK bool duet_validator_parse(const char *text,
				     struct duet_validator *ret);
bool duet_validator_is_some(const struct duet_validator *validator);
/* An answer with a part says that it is of another version. One that says
 * nothing has been asked by If-Range, and does not. */
bool duet_validator_is_denied(const struct duet_validator *validator,
			      const struct duet_head *head);

#endif
