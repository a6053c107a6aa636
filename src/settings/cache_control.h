/* SPDX-License-Identifier: MIT */
/* settings/cache_control.h - a Cache-Control that caches understand: they pass
 * over what they do not, and keep a file for a time of their own choice. */
#ifndef DUET_SETTINGS_CACHE_CONTROL_H
#define DUET_SETTINGS_CACHE_CONTROL_H

#include <stdbool.h>

enum {
	DUET_CACHE_WHY_BYTES = 320,
};

/* Whether a value says what a response may not, and why. Directives that are
 * in no RFC are fine, unless they look like one that is (RFC 9111 s5.2.3). */
bool duet_cache_control_is_wrong(const char *value,
				 char why[DUET_CACHE_WHY_BYTES]);

#endif
