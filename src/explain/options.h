/* SPDX-License-Identifier: MIT */
/* explain/options.h - what 'duet explain' can be asked for. */
#ifndef DUET_EXPLAIN_OPTIONS_H
#define DUET_EXPLAIN_OPTIONS_H

#include "cli/reach.h"

struct duet_explain_options {
	struct duet_reach_options reach; /* the first, see there */
	bool json;
	bool silent;
	bool verbose;
	bool no_fetch;
	int64_t warn_days;
};

extern const struct duet_opt_command duet_explain_command;

void duet_explain_options_init(struct duet_explain_options *options);
void duet_explain_options_done(struct duet_explain_options *options);

#endif
