/* SPDX-License-Identifier: MIT */
#include "cli/opt.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/complete.h"
#include "cli/exit.h"

const struct duet_opt duet_opt_common[] = {
	{ "help", 'h', NULL, "this help; the version", .group = "",
	  .brief = true },
	{ "version", 'V', NULL, NULL },
	{ 0 },
};

/* One reading of a command line. */
struct reader {
	const struct duet_opt_command *command;
	int argc;
	char **argv;
	int next;     /* argv[next] is to be read */
	int operands; /* argv[1..operands] are; never past next */
	void *options;
	enum duet_opt_ask ask;
	struct duet_error *err;
};

const struct duet_opt *duet_opt_table(const struct duet_opt_command *command,
				      size_t i)
{
	const struct duet_opt_topic *topic = command->topics;

	if (command->options != NULL && i-- == 0)
		return command->options;
	for (; topic != NULL && topic->name != NULL; topic++) {
		if (i-- == 0)
			return topic->options;
		if (topic->more != NULL && i-- == 0)
			return topic->more;
	}
	return i == 0 ? duet_opt_common : NULL;
}

const struct duet_opt *duet_opt_find_name(
	const struct duet_opt_command *command, struct duet_bytes name)
{
	const struct duet_opt *opt;
	size_t i;

	for (i = 0; (opt = duet_opt_table(command, i)) != NULL; i++)
		for (; opt->name != NULL; opt++)
			if (duet_bytes_eq(name, opt->name))
				return opt;
	return NULL;
}

const struct duet_opt *duet_opt_find_letter(
	const struct duet_opt_command *command, char letter)
{
	const struct duet_opt *opt;
	size_t i;

	for (i = 0; (opt = duet_opt_table(command, i)) != NULL; i++)
		for (; opt->name != NULL; opt++)
			if (opt->letter == letter)
				return opt;
	return NULL;
}

static const char *foreign(const struct duet_opt_command *command,
			   const char *name)
{
	const struct duet_opt_foreign *row = command->foreign;

	while (row != NULL && row->name != NULL && strcmp(row->name, name) != 0)
		row++;
	return row != NULL && row->name != NULL ? row->ours : NULL;
}

static int unknown(const struct reader *reader, const char *given,
		   struct duet_bytes name)
{
	struct duet_nearest nearest;
	const struct duet_opt *opt;
	const char *ours;
	char word[64];
	char shown[80];
	size_t i;

	(void)snprintf(word, sizeof(word), "%.*s", (int)name.len,
		       (const char *)name.data);
	duet_str_printable(shown, sizeof(shown), duet_str(given));
	ours = foreign(reader->command, word);
	if (ours != NULL)
		return duet_error_set(reader->err, DUET_E_ARGUMENT,
				      "%s: there is no such option: %s", shown,
				      ours);
	duet_nearest_init(&nearest, word);
	for (i = 0; (opt = duet_opt_table(reader->command, i)) != NULL; i++)
		for (; opt->name != NULL; opt++)
			duet_nearest_offer(&nearest, opt->name);
	if (nearest.best == NULL)
		return duet_error_set(reader->err, DUET_E_ARGUMENT,
				      "%s: there is no such option; see %s --help",
				      shown, reader->command->name);
	return duet_error_set(reader->err, DUET_E_ARGUMENT,
			      "%s: there is no such option; did you mean --%s?",
			      shown, nearest.best);
}

static int take(struct reader *reader, const struct duet_opt *opt,
		const char *given, const char *arg)
{
	if (opt == &duet_opt_common[0])
		reader->ask = DUET_OPT_ASK_HELP;
	else if (opt == &duet_opt_common[1])
		reader->ask = DUET_OPT_ASK_VERSION;
	else
		return duet_opt_store(opt, given, arg, reader->options,
				      reader->err);
	return DUET_OK;
}

/* The argument that follows, or the mistake that none does. */
static int next_arg(struct reader *reader, const struct duet_opt *opt,
		    const char *given, const char **ret)
{
	if (reader->next < reader->argc) {
		*ret = reader->argv[reader->next++];
		return DUET_OK;
	}
	return duet_error_set(reader->err, DUET_E_ARGUMENT,
			      "%s: wants %s after it; try %s %s", given,
			      opt->arg, given,
			      opt->example != NULL ? opt->example : opt->arg);
}

static int read_long(struct reader *reader, const char *text)
{
	struct duet_bytes name = { text + 2, strcspn(text + 2, "=") };
	const char *arg =
		text[2 + name.len] == '=' ? text + 3 + name.len : NULL;
	const struct duet_opt *opt = duet_opt_find_name(reader->command, name);
	char given[64];
	int rc;

	(void)snprintf(given, sizeof(given), "--%.*s", (int)name.len, text + 2);
	if (opt == NULL)
		return unknown(reader, given, name);
	if (opt->arg == NULL && arg != NULL)
		return duet_error_set(reader->err, DUET_E_ARGUMENT,
				      "%s: takes no value; leave out the '='",
				      given);
	if (opt->arg != NULL && arg == NULL) {
		rc = next_arg(reader, opt, given, &arg);
		if (rc != DUET_OK)
			return rc;
	}
	return take(reader, opt, given, arg);
}

/* "-vso FILE", "-voFILE": letters until one takes the rest. */
static int read_letters(struct reader *reader, const char *text)
{
	const char *p;
	int rc = DUET_OK;

	for (p = text + 1; *p != '\0' && rc == DUET_OK; p++) {
		const struct duet_opt *opt =
			duet_opt_find_letter(reader->command, *p);
		const char given[] = { '-', *p, '\0' };
		const char *arg = NULL;

		if (opt == NULL) /* "-cacert": perhaps a dash is missing */
			return unknown(reader, text[2] != '\0' ? text : given,
				       duet_str(text + 1));
		if (opt->arg == NULL) {
			rc = take(reader, opt, given, NULL);
			continue;
		}
		arg = p + 1;
		if (*arg == '\0')
			rc = next_arg(reader, opt, given, &arg);
		return rc != DUET_OK ? rc : take(reader, opt, given, arg);
	}
	return rc;
}

/*
 * argv[1..operands] are the operands so far; what lies between them and next
 * are options that have been read, so one of those makes room.
 */
static void keep_operand(struct reader *reader, char *operand)
{
	reader->argv[++reader->operands] = operand;
}

/* What --help is asked about. */
static void read_topic(struct reader *reader)
{
	if (reader->command->topics != NULL && reader->next < reader->argc &&
	    reader->argv[reader->next][0] != '-')
		reader->argv[++reader->operands] = reader->argv[reader->next];
}

static int read_all(struct reader *reader)
{
	bool only_operands = false;
	int rc = DUET_OK;

	while (reader->next < reader->argc && rc == DUET_OK &&
	       reader->ask == DUET_OPT_ASK_NOTHING) {
		char *text = reader->argv[reader->next++];

		if (only_operands || text[0] != '-' || text[1] == '\0')
			keep_operand(reader, text);
		else if (strcmp(text, "--") == 0)
			only_operands = true;
		else if (text[1] == '-')
			rc = read_long(reader, text);
		else
			rc = read_letters(reader, text);
	}
	if (reader->ask == DUET_OPT_ASK_HELP) {
		reader->operands = 0;
		read_topic(reader);
	}
	return rc;
}

static int count_operands(const struct reader *reader)
{
	const struct duet_opt_command *command = reader->command;
	char shown[80];

	if (reader->operands < command->min_operands)
		return duet_error_set(reader->err, DUET_E_ARGUMENT,
				      "%s is missing; usage: %s %s",
				      command->operand, command->name,
				      command->usage);
	if (command->max_operands < 0 ||
	    reader->operands <= command->max_operands)
		return DUET_OK;
	duet_str_printable(shown, sizeof(shown),
			   duet_str(reader->argv[command->max_operands + 1]));
	return duet_error_set(reader->err, DUET_E_ARGUMENT,
			      "'%s' is one too many; usage: %s %s", shown,
			      command->name, command->usage);
}

int duet_opt_parse(const struct duet_opt_command *command, int argc,
		   char **argv, void *options, int *ret_operands,
		   enum duet_opt_ask *ret_ask, struct duet_error *err)
{
	struct reader reader = {
		.command = command,
		.argc = argc,
		.argv = argv,
		.next = 1,
		.options = options,
		.err = err,
	};
	int rc = read_all(&reader);

	if (rc == DUET_OK && reader.ask == DUET_OPT_ASK_NOTHING)
		rc = count_operands(&reader);
	if (rc != DUET_OK)
		return rc;
	*ret_operands = reader.operands;
	*ret_ask = reader.ask;
	return DUET_OK;
}

bool duet_opt_begin(const struct duet_opt_command *command, int argc,
		    char **argv, void *options, int *ret_operands,
		    int *ret_exit)
{
	enum duet_opt_ask ask = DUET_OPT_ASK_NOTHING;
	struct duet_error err;
	int rc;

	if (duet_complete_is_asked(argc, argv)) {
		duet_complete_options(command, argc, argv, stdout);
		*ret_exit = duet_finish_stdout(command->name);
		return false;
	}
	rc = duet_opt_parse(command, argc, argv, options, ret_operands, &ask,
			    &err);
	if (rc == DUET_OK && ask == DUET_OPT_ASK_NOTHING)
		return true;
	if (rc == DUET_OK && ask == DUET_OPT_ASK_HELP)
		rc = duet_opt_help(command, *ret_operands > 0 ? argv[1] : NULL,
				   stdout, &err);
	if (rc != DUET_OK) {
		duet_complain(command->name, err.text);
		*ret_exit =
			rc == DUET_E_NOMEM ? DUET_EXIT_NOMEM : DUET_EXIT_USAGE;
		return false;
	}
	if (ask == DUET_OPT_ASK_VERSION)
		(void)printf("duet %s\n", DUET_VERSION);
	*ret_exit = duet_finish_stdout(command->name);
	return false;
}
