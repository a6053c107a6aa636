/* SPDX-License-Identifier: MIT */
/* cli/pin.h - "sha256//BASE64[;sha256//BASE64...]", as curl writes pins. */
#ifndef DUET_CLI_PIN_H
#define DUET_CLI_PIN_H

#include <duet/tls.h>

#include "cli/opt.h"

/* One argument of --pin. DUET_OK, DUET_E_ARGUMENT with a sentence. */
DUET_CHECK int duet_pins_check(const char *arg, struct duet_error *err);
/* All of them, which have been checked; how many, at most DUET_PINS_MAX. More
 * are DUET_E_ARGUMENT. */
DUET_CHECK int duet_pins_read(const struct duet_opt_list *args,
			      struct duet_pin ret[DUET_PINS_MAX], size_t *ret_n,
			      struct duet_error *err);

#endif
