/* SPDX-License-Identifier: MIT */
#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "base/str.h"
#include "cli/complete.h"
#include "cli/exit.h"

enum {
	/* Four bytes for each of an error's, and what is put beside it. */
	SENTENCE_MAX = 4 * sizeof(((struct duet_error *)NULL)->text) + 512,
};

void duet_complain(const char *program, const char *sentence)
{
	char shown[SENTENCE_MAX];

	duet_str_harmless(shown, sizeof(shown), duet_str(sentence));
	(void)fprintf(stderr, "%s: %s\n", program, shown);
}

int duet_finish_stdout(const char *program)
{
	struct duet_error err;

	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return DUET_EXIT_OK;
	(void)duet_error_sys(&err, DUET_E_SYSTEM, errno,
			     "cannot write to standard output");
	duet_complain(program, err.text);
	return DUET_EXIT_WRITE;
}

static void print_commands(const char *program, const char *summary,
			   const struct duet_command *table, FILE *out)
{
	const struct duet_command *row;

	(void)fprintf(out, "Usage: %s COMMAND [OPTION]...\n%s\n\nCommands:\n",
		      program, summary);
	for (row = table; row->name != NULL; row++)
		(void)fprintf(out, "  %-12s  %s\n", row->name, row->help);
	(void)fprintf(out, "\n'%s COMMAND --help' says more of one.\n",
		      program);
}

static int unknown(const char *program, const struct duet_command *table,
		   const char *word)
{
	struct duet_nearest nearest;
	struct duet_error err;
	char shown[80];

	duet_str_printable(shown, sizeof(shown), duet_str(word));
	duet_nearest_init(&nearest, word);
	for (; table->name != NULL; table++)
		duet_nearest_offer(&nearest, table->name);
	if (nearest.best != NULL)
		(void)duet_error_set(&err, DUET_E_ARGUMENT,
				     "'%s' is not a command; did you mean '%s %s'?",
				     shown, program, nearest.best);
	else
		(void)duet_error_set(&err, DUET_E_ARGUMENT,
				     "'%s' is not a command; see %s --help",
				     shown, program);
	duet_complain(program, err.text);
	return DUET_EXIT_USAGE;
}

int duet_command_run(const char *program, const char *summary,
		     const struct duet_command *table, int argc, char **argv)
{
	const struct duet_command *row;
	const char *word;

	if (argc < 2) {
		print_commands(program, summary, table, stderr);
		return DUET_EXIT_USAGE;
	}
	if (duet_complete_is_asked(argc, argv))
		return duet_complete_command(program, table, argc, argv);
	word = argv[1];
	for (row = table; row->name != NULL; row++)
		if (strcmp(row->name, word) == 0)
			return row->run(argc - 1, argv + 1);
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
		(void)printf("duet %s\n", DUET_VERSION);
		return duet_finish_stdout(program);
	}
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
	    strcmp(word, "help") == 0) {
		print_commands(program, summary, table, stdout);
		return duet_finish_stdout(program);
	}
	return unknown(program, table, word);
}
