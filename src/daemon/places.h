/* SPDX-License-Identifier: MIT */
/* daemon/places.h - where a service is told to listen, by options and a file
 * together. */
#ifndef DUET_DAEMON_PLACES_H
#define DUET_DAEMON_PLACES_H

#include <stdbool.h>
#include <stddef.h>

#include <duet/error.h>

struct duet_places {
	const char *name;          /* "--listen", as it is shown */
	const char *const *places; /* ended by NULL; or NULL */
	bool is_option; /* else of the file, which is checked there */
};

/* That the options among them are places to listen, and leave each other and
 * the rest alone. DUET_OK, or DUET_E_ARGUMENT with the first mistake. */
DUET_CHECK int duet_places_check(const struct duet_places *lists, size_t n,
				 struct duet_error *err);

#endif
