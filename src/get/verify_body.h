/* SPDX-License-Identifier: MIT */
/* get/verify_body.h - a body that is whole: is it the one that was meant? */
#ifndef DUET_GET_VERIFY_BODY_H
#define DUET_GET_VERIFY_BODY_H

#include "get/outcome.h"
#include "get/output.h"

/*
 * End what was hashed of it while it was written; file: hash that instead, if
 * anybody wants to know. Where no body came, no sum is known, and none that was
 * asked for is right. An exit code; unless that is DUET_EXIT_OK,
 * outcome->error has the sentence and *ret_word may have a word.
 */
int duet_get_verify_body(struct duet_get_checksum *checksum,
			 const struct duet_get_output *output, const char *file,
			 struct duet_get_outcome *outcome,
			 const char **ret_word);

#endif
