/* SPDX-License-Identifier: MIT */
/* get/passphrase.h - the passphrase of --cert and --key. */
#ifndef DUET_GET_PASSPHRASE_H
#define DUET_GET_PASSPHRASE_H

#include "get/options.h"

/* What --pass, --pass-file or --pass-fd gives; NULL where none of them was
 * said. *ret is new, for duet_secret_free(). */
DUET_CHECK int duet_get_passphrase(const struct duet_get_options *options,
				   char **ret, struct duet_error *err);
/* It is needed, and none of them was said: ask for it. */
DUET_CHECK int duet_get_passphrase_ask(const struct duet_get_options *options,
				       char **ret, struct duet_error *err);

#endif
