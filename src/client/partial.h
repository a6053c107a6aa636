/* SPDX-License-Identifier: MIT */
/* client/partial.h - whether a 206 is the part that was asked for. */
#ifndef DUET_CLIENT_PARTIAL_H
#define DUET_CLIENT_PARTIAL_H

#include "client/headers.h"

/*
 * RFC 9110 s15.3.7: who gets a 206 has to look what part it is. Another part
 * than the one that was asked for, less of it, or a part of what was asked for
 * as a whole must not be taken for it. asked is the request's fields. DUET_OK
 * (also for every other status), DUET_E_HTTP.
 */
DUET_CHECK int duet_partial_check(const struct duet_headers *asked,
				  const struct duet_head *answer,
				  struct duet_error *err);

#endif
