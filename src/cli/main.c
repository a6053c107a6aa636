/* SPDX-License-Identifier: MIT */
#include "cli/command.h"

int main(int argc, char **argv)
{
	static const struct duet_command commands[] = {
		{ 0 },
	};

	return duet_command_run("duet",
				"HTTPS, both ends: serve it, fetch it, and make its certificates.",
				commands, argc, argv);
}
