/* SPDX-License-Identifier: MIT */
/* base/nearest.h - "did you mean": the likeliest word for a mistyped one. */
#ifndef DUET_BASE_NEAREST_H
#define DUET_BASE_NEAREST_H

#include <duet/error.h>

struct duet_nearest {
	const char *word; /* as typed */
	const char *best; /* NULL: nothing offered is near */
	size_t distance;
};
void duet_nearest_init(struct duet_nearest *nearest, const char *word);
/* candidate stays put for as long as the result is used. */
void duet_nearest_offer(struct duet_nearest *nearest, const char *candidate);

#endif
