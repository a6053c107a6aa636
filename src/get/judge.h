/* SPDX-License-Identifier: MIT */
/* get/judge.h - a body that is whole: is it the one that was meant? */
#ifndef DUET_GET_JUDGE_H
#define DUET_GET_JUDGE_H

#include "get/outcome.h"
#include "get/output.h"

/*
 * End what was hashed of it while it was written, or hash the file that is
 * there, where an answer 304 means that. An exit code; unless that is
 * DUET_EXIT_OK, outcome->error has the sentence and *ret_word may have a word.
 */
int duet_get_judge(struct duet_get_checksum *checksum,
		   const struct duet_get_output *output,
		   struct duet_get_outcome *outcome, const char **ret_word);

#endif
