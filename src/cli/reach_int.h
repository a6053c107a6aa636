/* SPDX-License-Identifier: MIT */
/* cli/reach_int.h - who we are: reach_identity.c. */
#ifndef DUET_CLI_REACH_INT_H
#define DUET_CLI_REACH_INT_H

#include "cli/reach.h"

/* Set .identity to what --cert names, asking for a passphrase where one is
 * needed, not given, and somebody is there to be asked. */
DUET_CHECK int duet_reach_load_identity(struct duet_reach *reach,
					struct duet_error *err);

#endif
