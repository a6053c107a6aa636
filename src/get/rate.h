/* SPDX-License-Identifier: MIT */
/* get/rate.h - bytes a second, between now and some seconds ago. */
#ifndef DUET_GET_RATE_H
#define DUET_GET_RATE_H

#include <duet/error.h>

/* All zero has not begun. */
struct duet_get_rate {
	struct {
		int64_t at_us;
		uint64_t bytes;
	} past[8];
	size_t marks; /* made so far */
};

/* From here on, at so many bytes. */
void duet_get_rate_begin(struct duet_get_rate *rate, int64_t now_us,
			 uint64_t bytes);
/* So many by now. Bytes a second; 0 before it has begun. */
double duet_get_rate_measure(struct duet_get_rate *rate, int64_t now_us,
			     uint64_t bytes);

#endif
