/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>

#include "cli/command.h"
#include "cli/exit.h"

/*
 * A standard descriptor that somebody has closed (2>&-, cron) would be given
 * to the next file or socket, and what is said would be written into that.
 * /dev/null stands in for it, the wrong way round: who reads from it or writes
 * to it is told that it cannot be done.
 */
static bool hold_standard_descriptors(void)
{
	static const int wrong_way[] = { O_WRONLY, O_RDONLY, O_RDONLY };
	int fd;

	for (fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", wrong_way[fd]) != fd)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	static const struct duet_command commands[] = {
		{ "serve", "serve the files of a directory", duet_cli_serve },
		{ "get", "fetch URLs, verified, and know that they are whole",
		  duet_cli_get },
		{ "cert", "make certificates, and look at them",
		  duet_cli_cert },
		{ "explain", "say of a server what is wrong, and whose fault",
		  duet_cli_explain },
		{ "broken", "servers that are wrong, to try clients with",
		  duet_cli_broken },
		{ 0 },
	};

	if (!hold_standard_descriptors())
		return DUET_EXIT_UNSUPPORTED; /* and nowhere to say so */
	return duet_command_run("duet",
				"HTTPS, both ends: serve it, fetch it, and make its certificates.",
				commands, argc, argv);
}
