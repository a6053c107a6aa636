/* SPDX-License-Identifier: MIT */
/* http/fault.h - why a message is refused: a sentence, and a status. */
#ifndef DUET_HTTP_FAULT_H
#define DUET_HTTP_FAULT_H

#include <duet/error.h>

struct duet_fault {
	struct duet_error *err; /* may be NULL */
	int32_t status;         /* the answer it deserves from a server */
};

/*
 * Say why and return the code that goes with the status: DUET_E_LIMIT for
 * 413, 414 and 431, DUET_E_HTTP for the rest.
 */
int duet_fault_set(struct duet_fault *fault, int32_t status, const char *fmt,
		   ...) DUET_PRINTF(3, 4);
/* Out of memory: 503. */
int duet_fault_nomem(struct duet_fault *fault);

enum {
	DUET_QUOTE_BYTES = 64,
};
/* The beginning of a stranger's text, fit to stand in a sentence. */
const char *duet_fault_quote(char dst[DUET_QUOTE_BYTES],
			     struct duet_bytes text);

#endif
