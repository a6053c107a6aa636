/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "cli/opt.h"

enum {
	SCREEN = 25, /* lines */
	COLUMNS = 80,
	SPEC_BYTES = 120,
};

/* "-o, --output FILE" */
static void add_spec(char *dst, size_t cap, const struct duet_opt *opt)
{
	size_t used = strlen(dst);
	char letter[5] = "";

	if (opt->letter != 0)
		(void)snprintf(letter, sizeof(letter), "-%c, ", opt->letter);
	else if (used == 0)
		(void)snprintf(letter, sizeof(letter), "    ");
	(void)snprintf(dst + used, cap - used, "%s%s--%s%s%s",
		       used > 0 ? ", " : "", letter, opt->name,
		       opt->arg != NULL ? " " : "",
		       opt->arg != NULL ? opt->arg : "");
}

/* One line's options: opt and those that share its words. */
static const struct duet_opt *line_spec(char *dst, size_t cap,
					const struct duet_opt *opt)
{
	dst[0] = '\0';
	do {
		add_spec(dst, cap, opt);
		opt++;
	} while (opt->name != NULL && opt->help == NULL);
	return opt;
}

/* How the options of one screen are set out. */
struct layout {
	bool brief;    /* only what is marked so */
	bool headings; /* a line for each group that has a name */
	size_t width;  /* of the left column */
	size_t lines;
	size_t groups;
};

static void measure(struct layout *layout, const struct duet_opt *opt)
{
	char spec[SPEC_BYTES];

	while (opt->name != NULL) {
		bool shown = opt->brief || !layout->brief;

		if (opt->group != NULL)
			layout->groups++;
		opt = line_spec(spec, sizeof(spec), opt);
		if (!shown)
			continue;
		if (strlen(spec) > layout->width)
			layout->width = strlen(spec);
		layout->lines++;
	}
}

static void print_options(const struct layout *layout,
			  const struct duet_opt *opt, FILE *out)
{
	char spec[SPEC_BYTES];

	while (opt->name != NULL) {
		const char *help = opt->help;
		bool shown = opt->brief || !layout->brief;

		if (shown && layout->headings && opt->group != NULL)
			(void)fprintf(out,
				      opt->group[0] != '\0' ? "%s:\n" : "%s\n",
				      opt->group);
		opt = line_spec(spec, sizeof(spec), opt);
		if (shown)
			(void)fprintf(out, "  %-*s  %s\n", (int)layout->width,
				      spec, help);
	}
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; text != NULL && *text != '\0'; text++)
		if (*text == '\n' || text[1] == '\0')
			n++;
	return n;
}

/* "More: --help all, or output, request." On as many lines as it takes, which
 * are counted; out may be NULL. */
static size_t print_topics(const struct duet_opt_topic *topic, FILE *out)
{
	static const char begin[] = "More: --help all, or";
	size_t column = sizeof(begin) - 1;
	size_t lines = 1;

	if (out != NULL)
		(void)fputs(begin, out);
	for (; topic->name != NULL; topic++) {
		size_t len = strlen(topic->name) + 2; /* blank, and comma */
		bool wrap = column + len >= COLUMNS;

		if (out != NULL)
			(void)fprintf(out, "%s%s%s", wrap ? "\n  " : " ",
				      topic->name,
				      topic[1].name != NULL ? "," : ".\n");
		column = wrap ? len + 1 : column + len;
		lines += wrap ? 1 : 0;
	}
	return lines;
}

/* All tables, or of those with topics what is brief. */
static void help(const struct duet_opt_command *command, bool all, FILE *out)
{
	struct layout layout = { .brief = command->topics != NULL && !all };
	const struct duet_opt *table;
	size_t i;

	for (i = 0; (table = duet_opt_table(command, i)) != NULL; i++)
		measure(&layout, table);
	if (layout.brief)
		layout.lines += print_topics(command->topics, NULL);
	layout.headings = all || 3 + layout.lines + layout.groups +
						 count_lines(command->footer) <=
					 SCREEN;
	(void)fprintf(out, "Usage: %s %s\n%s\n\n", command->name,
		      command->usage, command->summary);
	for (i = 0; (table = duet_opt_table(command, i)) != NULL; i++)
		print_options(&layout, table, out);
	if (layout.brief)
		(void)print_topics(command->topics, out);
	if (command->footer != NULL)
		(void)fprintf(out, "%s\n", command->footer);
}

static int unknown_topic(const struct duet_opt_command *command,
			 const char *name, struct duet_error *err)
{
	const struct duet_opt_topic *topic = command->topics;
	char shown[80];
	int rc;

	duet_str_printable(shown, sizeof(shown), duet_str(name));
	rc = duet_error_set(err, DUET_E_ARGUMENT,
			    "--help: there is no topic '%s'; the topics are all",
			    shown);
	for (; topic != NULL && topic->name != NULL; topic++)
		duet_error_append(err, ", %s", topic->name);
	return rc;
}

int duet_opt_help(const struct duet_opt_command *command, const char *name,
		  FILE *out, struct duet_error *err)
{
	struct layout layout = { .headings = true };
	const struct duet_opt_topic *topic = command->topics;

	if (name == NULL || strcmp(name, "all") == 0) {
		help(command, name != NULL, out);
		return DUET_OK;
	}
	for (; topic != NULL && topic->name != NULL; topic++) {
		if (strcmp(topic->name, name) != 0)
			continue;
		measure(&layout, topic->options);
		if (topic->more != NULL)
			measure(&layout, topic->more);
		print_options(&layout, topic->options, out);
		if (topic->more != NULL)
			print_options(&layout, topic->more, out);
		return DUET_OK;
	}
	return unknown_topic(command, name, err);
}
