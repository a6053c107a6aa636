/* SPDX-License-Identifier: MIT */
#include "cli/complete.h"

#include <string.h>

#include "base/str.h"

static char asking[] = "--complete";

bool duet_complete_is_asked(int argc, char **argv)
{
	return argc > 1 && strcmp(argv[1], asking) == 0;
}

static void offer(FILE *out, const char *current, const char *word,
		  const char *help)
{
	if (duet_str_starts(word, current))
		(void)fprintf(out, "%s\t%s\n", word, help);
}

int duet_complete_command(const char *program, const struct duet_command *table,
			  int argc, char **argv)
{
	const char *current = argc > 2 ? argv[2] : "";

	if (argc > 3) {
		for (; table->name != NULL; table++) {
			if (strcmp(table->name, argv[2]) != 0)
				continue;
			argv[1] = argv[2];
			argv[2] = asking;
			return table->run(argc - 1, argv + 1);
		}
		return duet_finish_stdout(program);
	}
	for (; table->name != NULL; table++)
		offer(stdout, current, table->name, table->help);
	if (current[0] == '-') {
		offer(stdout, current, "--help", "the commands");
		offer(stdout, current, "--version", "the version");
	}
	return duet_finish_stdout(program);
}

/* A word under completion. */
struct word {
	FILE *out;
	const char *whole; /* "--output=a" */
	const char *value; /* in it: "a" */
	const char *help;
	bool any_case; /* what is in capital letters is a word as well */
};

/* Names of arguments that are paths. */
static const struct {
	const char *name;
	bool is_directory;
} paths[] = {
	{ "FILE", false },    { "PATH", false },        { "DIR", true },
	{ "REQUEST", false }, { "CERTIFICATE", false },
};

/* Paths behind so many bytes of the value. */
static void offer_paths(const struct word *word, size_t skip, bool directories)
{
	(void)fprintf(word->out, ":%s %.*s\n",
		      directories ? "directories" : "files",
		      (int)((size_t)(word->value - word->whole) + skip),
		      word->whole);
}

static void offer_literal(const struct word *word, struct duet_bytes literal)
{
	size_t typed = strlen(word->value);

	if (typed <= literal.len &&
	    memcmp(literal.data, word->value, typed) == 0)
		(void)fprintf(word->out, "%.*s%.*s\t%s\n",
			      (int)(word->value - word->whole), word->whole,
			      (int)literal.len, (const char *)literal.data,
			      word->help);
}

/* "FILE", "@FILE", "unix:PATH": is it behind what comes before its name? */
static bool offer_if_path(const struct word *word, struct duet_bytes kind)
{
	const char *text = kind.data;
	size_t before = 0;
	size_t i;

	while (before < kind.len && !duet_is_alpha((unsigned char)text[before]))
		before++;
	if (memchr(text, ':', kind.len) != NULL)
		before = (size_t)((const char *)memchr(text, ':', kind.len) -
				  text) +
			 1;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *value = word->value;
		const char *inside;

		if (!duet_bytes_eq((struct duet_bytes){ text + before,
							kind.len - before },
				   paths[i].name))
			continue;
		/* "-F name=@FILE" */
		inside = before == 1 && text[0] == '@' ? strstr(value, "=@")
						       : NULL;
		if (inside != NULL)
			value = inside + 1;
		if (strncmp(value, text, before) == 0)
			offer_paths(word,
				    (size_t)(value - word->value) + before,
				    paths[i].is_directory);
		else if (before > 1)
			offer_literal(word,
				      (struct duet_bytes){ text, before });
		return true;
	}
	return false;
}

static bool is_literal(const struct word *word, struct duet_bytes kind)
{
	const unsigned char *p = kind.data;
	size_t i;

	for (i = 0; i < kind.len; i++)
		if (!word->any_case && p[i] >= 'A' && p[i] <= 'Z')
			return false;
	return kind.len > 0;
}

/* One of "off|soft|hard", or of "FILE|-|none". */
static void offer_kind(const struct word *word, struct duet_bytes kind)
{
	if (!offer_if_path(word, kind) && is_literal(word, kind))
		offer_literal(word, kind);
}

/* All that are between bars, as far as a blank. */
static void offer_value(const struct word *word, const char *kinds)
{
	size_t left = strcspn(kinds, " ");

	while (left > 0) {
		size_t len = strcspn(kinds, "| ");

		if (len > left)
			len = left;
		offer_kind(word, (struct duet_bytes){ kinds, len });
		len += len < left ? 1 : 0;
		kinds += len;
		left -= len;
	}
}

static void offer_argument(struct word *word, const struct duet_opt *opt)
{
	word->help = opt->help != NULL ? opt->help : "";
	word->any_case = opt->values != NULL;
	if (opt->arg != NULL)
		offer_value(word, opt->values != NULL ? opt->values : opt->arg);
}

/* What the usage has beside options: "[OPTION]... DIR | --config FILE". */
static void offer_operand(const struct word *word,
			  const struct duet_opt_command *command)
{
	const char *p = command->usage;
	bool is_argument = false;

	while (*p != '\0') {
		size_t len = strcspn(p, " ");

		if (*p != '[' && *p != '-' && *p != '|' && !is_argument) {
			char kinds[80];
			const char *dots;

			(void)snprintf(kinds, sizeof(kinds), "%.*s", (int)len,
				       p);
			dots = strstr(kinds, "...");
			if (dots != NULL)
				kinds[dots - kinds] = '\0';
			offer_value(word, kinds);
		}
		is_argument = *p == '-';
		p += len;
		p += strspn(p, " ");
	}
}

static void offer_options(const struct word *word,
			  const struct duet_opt_command *command)
{
	const struct duet_opt *opt;
	const char *help = "";
	char name[80];
	size_t i;

	for (i = 0; (opt = duet_opt_table(command, i)) != NULL; i++)
		for (; opt->name != NULL; opt++) {
			if (opt->help != NULL)
				help = opt->help;
			(void)snprintf(name, sizeof(name), "--%s", opt->name);
			offer(word->out, word->whole, name, help);
			(void)snprintf(name, sizeof(name), "-%c", opt->letter);
			if (opt->letter != 0)
				offer(word->out, word->whole, name, help);
		}
}

/* What the words before say of the one to be completed. */
struct before {
	const struct duet_opt *wants; /* its argument is the word */
	bool only_operands;
	bool help;
};

static void read_option(struct before *before,
			const struct duet_opt_command *command,
			const char *text)
{
	const struct duet_opt *opt;
	const char *p;

	if (text[1] == '-') {
		opt = duet_opt_find_name(command, duet_str(text + 2));
		if (opt != NULL && opt->arg != NULL)
			before->wants = opt;
		before->help = before->help || opt == &duet_opt_common[0];
		return;
	}
	for (p = text + 1; *p != '\0'; p++) {
		opt = duet_opt_find_letter(command, *p);
		before->help = before->help || opt == &duet_opt_common[0];
		if (opt == NULL || opt->arg == NULL)
			continue;
		if (p[1] == '\0')
			before->wants = opt;
		return;
	}
}

static struct before read_before(const struct duet_opt_command *command, int n,
				 char **words)
{
	struct before before = { 0 };
	int i;

	for (i = 0; i < n; i++) {
		if (before.wants != NULL)
			before.wants = NULL;
		else if (before.only_operands || words[i][0] != '-')
			continue;
		else if (strcmp(words[i], "--") == 0)
			before.only_operands = true;
		else
			read_option(&before, command, words[i]);
	}
	return before;
}

static void offer_topics(const struct word *word,
			 const struct duet_opt_command *command)
{
	const struct duet_opt_topic *topic = command->topics;

	for (; topic != NULL && topic->name != NULL; topic++)
		offer(word->out, word->whole, topic->name,
		      "options about this");
	if (command->topics != NULL)
		offer(word->out, word->whole, "all", "all options");
}

void duet_complete_options(const struct duet_opt_command *command, int argc,
			   char **argv, FILE *out)
{
	const char *current = argc > 2 ? argv[argc - 1] : "";
	struct before before = read_before(command, argc - 3, argv + 2);
	struct word word = { out, current, current, "", false };
	const char *equals = strchr(current, '=');
	const struct duet_opt *opt;

	if (before.wants != NULL) {
		word.help =
			before.wants->help != NULL ? before.wants->help : "";
		offer_argument(&word, before.wants);
	} else if (before.help) {
		offer_topics(&word, command);
	} else if (before.only_operands || current[0] != '-') {
		offer_operand(&word, command);
	} else if (current[1] == '-' && equals != NULL) {
		opt = duet_opt_find_name(command,
					 (struct duet_bytes){
						 current + 2,
						 (size_t)(equals - current) -
							 2 });
		word.value = equals + 1;
		if (opt != NULL)
			offer_argument(&word, opt);
	} else {
		offer_options(&word, command);
	}
}
