/* SPDX-License-Identifier: MIT */
#include "download/pace.h"

enum {
	PARTS = 2,  /* of a second's bytes can be saved: one of so many */
	STEPS = 20, /* ... and one of so many is worth waking for */
	SECOND_US = 1000000,
};

static uint64_t at_least_1(uint64_t n)
{
	return n > 0 ? n : 1;
}

static uint64_t step_of(const struct duet_pace *pace)
{
	return at_least_1(pace->rate / STEPS);
}

size_t duet_pace_allow(struct duet_pace *pace, int64_t now_us, size_t want)
{
	uint64_t most = at_least_1(pace->rate / PARTS);
	uint64_t passed_us;
	uint64_t more;

	if (pace->rate == 0)
		return want;
	if (pace->at_us == 0)
		pace->at_us = now_us;
	passed_us = (uint64_t)(now_us - pace->at_us);
	if (passed_us >= SECOND_US) {
		pace->saved = most;
		pace->at_us = now_us;
	} else {
		/* Below 2^40 a second this cannot overflow. */
		more = passed_us * pace->rate / SECOND_US;
		/* The rest of a byte stays to be counted. */
		if (more > 0) {
			pace->saved += more;
			pace->at_us = now_us;
		}
		if (pace->saved > most)
			pace->saved = most;
	}
	if (pace->saved < step_of(pace))
		return 0;
	return want < pace->saved ? want : (size_t)pace->saved;
}

void duet_pace_use(struct duet_pace *pace, size_t n)
{
	pace->saved -= n < pace->saved ? n : pace->saved;
}

int32_t duet_pace_wait_ms(const struct duet_pace *pace)
{
	uint64_t step = step_of(pace);
	uint64_t missing = pace->saved < step ? step - pace->saved : 0;

	if (pace->rate == 0 || missing == 0)
		return 0;
	return (int32_t)(missing * 1000 / pace->rate + 1);
}
