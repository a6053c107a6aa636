/* SPDX-License-Identifier: MIT */
/* cli/command.h - commands, and what each of them says and ends with. */
#ifndef DUET_CLI_COMMAND_H
#define DUET_CLI_COMMAND_H

#include <duet/error.h>

/* argv[0] is the command's own name. Returns the exit code. */
typedef int duet_command_fn(int argc, char **argv);

struct duet_command {
	const char *name;
	const char *help; /* one line */
	duet_command_fn *run;
};

/*
 * Run the command that argv[1] names; table ends in a row without a name.
 * Without one, or with --help, print them all; for an unknown one name the
 * nearest. program is "duet", or "duet cert".
 */
DUET_CHECK int duet_command_run(const char *program, const char *summary,
				const struct duet_command *table, int argc,
				char **argv);

/* "duet get: SENTENCE" on standard error, harmless to a terminal whatever names
 * are in it. */
void duet_complain(const char *program, const char *sentence);
/* Flush standard output: DUET_EXIT_OK, or DUET_EXIT_WRITE after a complaint
 * when what was printed there could not be written. */
DUET_CHECK int duet_finish_stdout(const char *program);

/* The commands of main.c's table. All but serve live in rooms of their own. */
duet_command_fn duet_cli_serve;
duet_command_fn duet_cli_get;
duet_command_fn duet_cli_cert;
duet_command_fn duet_cli_broken;
duet_command_fn duet_cli_explain;

#endif
