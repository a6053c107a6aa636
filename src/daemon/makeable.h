/* SPDX-License-Identifier: MIT */
/* daemon/makeable.h - whether what a service makes when it begins could be
 * made, as far as it can be known without doing so. With a sentence:
 * DUET_E_SYSTEM, DUET_E_NOMEM. */
#ifndef DUET_DAEMON_MAKEABLE_H
#define DUET_DAEMON_MAKEABLE_H

#include <duet/error.h>

/* As duet_log_open(). */
DUET_CHECK int duet_makeable_log(const char *where, struct duet_error *err);
/* "unix:PATH" */
DUET_CHECK int duet_makeable_socket(const char *place, struct duet_error *err);

#endif
