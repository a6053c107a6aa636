/* SPDX-License-Identifier: MIT */
/* cli/prompt.h - a question to the person at the terminal. */
#ifndef DUET_CLI_PROMPT_H
#define DUET_CLI_PROMPT_H

#include <duet/error.h>

/*
 * Ask on the terminal of this process, wherever its standard input and output
 * lead, and read a line that is not shown, perhaps an empty one. *ret is new,
 * for duet_secret_free(), and NULL where it fails. A signal that ends the
 * process does so once the terminal is as it was. DUET_OK, DUET_E_SYSTEM (there
 * is no terminal, or nothing was typed), DUET_E_ARGUMENT (a NUL was),
 * DUET_E_LIMIT, DUET_E_NOMEM.
 */
DUET_CHECK int duet_prompt_secret(const char *question, char **ret,
				  struct duet_error *err);

#endif
