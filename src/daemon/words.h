/* SPDX-License-Identifier: MIT */
/* daemon/words.h - sentences of the library for people who have no library. */
#ifndef DUET_DAEMON_WORDS_H
#define DUET_DAEMON_WORDS_H

#include <duet/error.h>

/* Copy text without the names of members of struct duet_limits and the like,
 * which no option of ours sets: duet-serve(1) has the limits by what they are
 * of. Cut where dst, of cap bytes, is too small. */
void duet_words_plain(char *dst, size_t cap, const char *text);

/* To a sentence with a path in it: what a shell does with one, and a file of
 * settings does not. */
void duet_words_add_expansion(struct duet_error *err);

#endif
