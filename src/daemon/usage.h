/* SPDX-License-Identifier: MIT */
/*
 * daemon/usage.h - what the processes of a service use, added up: time on
 * processors, memory, descriptors. By /proc, asked by a child of the
 * supervisor.
 */
#ifndef DUET_DAEMON_USAGE_H
#define DUET_DAEMON_USAGE_H

#include <sys/types.h>

#include "daemon/tally.h"

/* -1: that is not to be known. */
struct duet_usage {
	int64_t cpu_us;
	int64_t resident_bytes; /* what they share counts for each */
	int64_t open_fds;
};

/* Of the supervisor, this process, and those that the tally names and that are
 * the supervisor's children. Of a later one cpu_us is never less: *most_cpu_us
 * begins with 0. */
void duet_usage_take(struct duet_usage *ret, const struct duet_tally *tally,
		     pid_t supervisor, int64_t *most_cpu_us);

#endif
