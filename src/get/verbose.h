/* SPDX-License-Identifier: MIT */
/* get/verbose.h - -v: what happened, on standard error. '*' what is known,
 * '>' what was sent, '<' what came. */
#ifndef DUET_GET_VERBOSE_H
#define DUET_GET_VERBOSE_H

#include "get/outcome.h"

/* Once the head of the answer is there: connection, chain, both heads. */
void duet_get_verbose_answer(const struct duet_get_outcome *outcome);
/* Without one: how far it came. */
void duet_get_verbose_failure(const struct duet_get_outcome *outcome);
/* How it ended, and by what evidence. */
void duet_get_verbose_end(const struct duet_get_outcome *outcome);
/* The head of an answer as text, for -i and -I; new, or empty. */
DUET_CHECK int duet_get_head_text(const struct duet_head *head,
				  struct duet_buffer *ret,
				  struct duet_error *err);

#endif
