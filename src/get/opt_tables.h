/* SPDX-License-Identifier: MIT */
/* get/opt_tables.h - the options of 'duet get' by topic, a file each; those
 * about how servers are reached are in cli/reach.h. */
#ifndef DUET_GET_OPT_TABLES_H
#define DUET_GET_OPT_TABLES_H

#include "cli/opt.h"

extern const struct duet_opt duet_get_opt_output[];
extern const struct duet_opt duet_get_opt_many[];
extern const struct duet_opt duet_get_opt_request[];
extern const struct duet_opt duet_get_opt_body[];
extern const struct duet_opt duet_get_opt_insecure[];
extern const struct duet_opt duet_get_opt_closing[];
extern const struct duet_opt duet_get_opt_download[];
extern const struct duet_opt duet_get_opt_state[];

#endif
