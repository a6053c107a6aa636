/* SPDX-License-Identifier: MIT */
/* get/hint.h - the library names the remedy, the program its option. */
#ifndef DUET_GET_HINT_H
#define DUET_GET_HINT_H

#include "get/options.h"

/* "--cacert" for a server that nobody we know vouches for; NULL where no
 * option helps, or the one that would was given. */
const char *duet_get_hint(const struct duet_error *err,
			  const struct duet_get_options *options);

#endif
