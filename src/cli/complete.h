/* SPDX-License-Identifier: MIT */
/*
 * cli/complete.h - what could stand where the cursor is, for shells.
 *
 * Their scripts (completions/) know nothing of the program. They call it with
 * "--complete" and the words so far, the last of which is to be completed, and
 * it answers by the tables it reads a command line by:
 *
 *	WORD<TAB>what it is      a word; one that ends in : or = goes on
 *	:files PREFIX            paths behind PREFIX, which is in the word
 *already :directories PREFIX      the same of directories
 *
 * Nothing is answered where only the person knows.
 */
#ifndef DUET_CLI_COMPLETE_H
#define DUET_CLI_COMPLETE_H

#include "cli/command.h"
#include "cli/opt.h"

/* Whether argv[1] asks for it. */
bool duet_complete_is_asked(int argc, char **argv);
/*
 * A word of a command line of program, after argv[1]: of the table, or by the
 * command of it that argv[2] names. Returns the exit code.
 */
DUET_CHECK int duet_complete_command(const char *program,
				     const struct duet_command *table, int argc,
				     char **argv);
/* The same of a command with options. */
void duet_complete_options(const struct duet_opt_command *command, int argc,
			   char **argv, FILE *out);

#endif
