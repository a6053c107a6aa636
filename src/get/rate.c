/* SPDX-License-Identifier: MIT */
#include "get/rate.h"

#include <string.h>

enum {
	MARK_EVERY_US = 500000,
	PAST = sizeof(((struct duet_get_rate *)0)->past) /
	       sizeof(((struct duet_get_rate *)0)->past[0]),
};

void duet_get_rate_begin(struct duet_get_rate *rate, int64_t now_us,
			 uint64_t bytes)
{
	memset(rate, 0, sizeof(*rate));
	rate->past[0].at_us = now_us;
	rate->past[0].bytes = bytes;
	rate->marks = 1;
}

double duet_get_rate_measure(struct duet_get_rate *rate, int64_t now_us,
			     uint64_t bytes)
{
	size_t last = (rate->marks - 1) % PAST;
	size_t oldest;
	int64_t span_us;

	if (rate->marks == 0)
		return 0;
	if (now_us - rate->past[last].at_us >= MARK_EVERY_US) {
		last = rate->marks++ % PAST;
		rate->past[last].at_us = now_us;
		rate->past[last].bytes = bytes;
	}
	oldest = rate->marks > PAST ? rate->marks % PAST : 0;
	span_us = now_us - rate->past[oldest].at_us;
	/* What is counted may begin anew. */
	if (span_us <= 0 || bytes < rate->past[oldest].bytes)
		return 0;
	return (double)(bytes - rate->past[oldest].bytes) * 1e6 /
	       (double)span_us;
}
