/* SPDX-License-Identifier: MIT */
/* download/pace.h - no faster than so many bytes a second: what is not read
 * makes the server wait. Half a second may be made up for, no more. */
#ifndef DUET_DOWNLOAD_PACE_H
#define DUET_DOWNLOAD_PACE_H

#include <duet/error.h>

/* All zero: as fast as it comes. */
struct duet_pace {
	uint64_t rate; /* bytes a second */
	int64_t at_us; /* by duet_clock_us(), when .saved was true */
	uint64_t saved;
};

/* How many of at most want may be read now; 0: wait first. */
size_t duet_pace_allow(struct duet_pace *pace, int64_t now_us, size_t want);
/* So many were read of those allowed. */
void duet_pace_use(struct duet_pace *pace, size_t n);
/* Until some may be read, worth the trouble: never 0 while none may. */
int32_t duet_pace_wait_ms(const struct duet_pace *pace);

#endif
