/* SPDX-License-Identifier: MIT */
/* cli/words.h - the library's sentences name its own parameters; whoever types
 * a command knows options, or nothing. */
#ifndef DUET_CLI_WORDS_H
#define DUET_CLI_WORDS_H

#include <duet/error.h>

/*
 * Put err's sentence in words of the command line. *ret_limit says whether one
 * of the library's limits was reached, which no option sets.
 */
void duet_cli_words(struct duet_error *err, bool *ret_limit);

#endif
