/* SPDX-License-Identifier: MIT */
#include "cli/command.h"

int main(int argc, char **argv)
{
	static const struct duet_command commands[] = {
		{ "serve", "serve the files of a directory", duet_cli_serve },
		{ "get", "fetch URLs, verified, and know that they are whole",
		  duet_cli_get },
		{ "cert", "make certificates, and look at them",
		  duet_cli_cert },
		{ 0 },
	};

	return duet_command_run("duet",
				"HTTPS, both ends: serve it, fetch it, and make its certificates.",
				commands, argc, argv);
}
