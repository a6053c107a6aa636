/* SPDX-License-Identifier: MIT */
/* get/hint.h - the library names the cause, the program what can be done. */
#ifndef DUET_GET_HINT_H
#define DUET_GET_HINT_H

#include "get/options.h"

/*
 * "see --cacert" for a server that nobody we know vouches for, "try again" for
 * an answer that was cut; NULL where the sentence says it all, or the option
 * that would help was given. limit: one of the library's was reached.
 */
const char *duet_get_hint(const struct duet_error *err,
			  const struct duet_get_options *options, bool limit);

#endif
