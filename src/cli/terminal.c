/* SPDX-License-Identifier: MIT */
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool duet_terminal_is_able(void)
{
	const char *term = getenv("TERM");

	return term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

bool duet_terminal_may_colour(void)
{
	const char *no_colour = getenv("NO_COLOR");

	return no_colour == NULL || no_colour[0] == '\0';
}

bool duet_terminal_wants_colour(int fd)
{
	return isatty(fd) != 0 && duet_terminal_is_able() &&
	       duet_terminal_may_colour();
}

/* The first of the three that is set decides (POSIX.1 8.2). */
bool duet_terminal_speaks_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && value[0] != '\0')
			return strstr(value, "UTF-8") != NULL ||
			       strstr(value, "utf8") != NULL;
	}
	return false;
}
