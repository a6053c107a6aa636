/* SPDX-License-Identifier: MIT */
/* client/partial.h - whether a 206 is the part that was asked for. */
#ifndef DUET_CLIENT_PARTIAL_H
#define DUET_CLIENT_PARTIAL_H

#include "client/headers.h"

/*
 * RFC 9110 s15.3.7: who gets a 206 has to look what part it is. Another part
 * than the one that was asked for, less of it, or a part of what was asked for
 * as a whole must not be taken for it. method and asked are the request's;
 * *ret_bytes, written in any case, is how many bytes the part is to have, or 0:
 * nothing is known. DUET_OK (also for every other status), DUET_E_HTTP.
 */
DUET_CHECK int duet_partial_check(const char *method,
				  const struct duet_headers *asked,
				  const struct duet_head *answer,
				  uint64_t *ret_bytes, struct duet_error *err);
/* ... and whether so many came, where the framing has told no length before.
 * DUET_OK, DUET_E_TRUNCATED for less, DUET_E_HTTP for more. */
DUET_CHECK int duet_partial_check_end(uint64_t bytes, uint64_t came,
				      struct duet_error *err);

#endif
