/* SPDX-License-Identifier: MIT */
/* cli/terminal.h - what may be written to a terminal, by the environment. */
#ifndef DUET_CLI_TERMINAL_H
#define DUET_CLI_TERMINAL_H

#include <stdbool.h>

/* It can erase a line, and show colours. */
bool duet_terminal_is_able(void);
/* NO_COLOR is not there, or empty (https://no-color.org). */
bool duet_terminal_may_colour(void);
/* Of a descriptor: all that, and it is a terminal. */
bool duet_terminal_wants_colour(int fd);
/* The locale's encoding is UTF-8. */
bool duet_terminal_speaks_utf8(void);

#endif
