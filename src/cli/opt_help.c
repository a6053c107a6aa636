/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "cli/opt.h"

enum {
	SCREEN = 25, /* lines */
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

struct measure {
	size_t width; /* of the left column */
	size_t lines;
	size_t groups;
};

static void measure(struct measure *m, const struct duet_opt *opt)
{
	char spec[SPEC_BYTES];

	while (opt->name != NULL) {
		if (opt->group != NULL)
			m->groups++;
		opt = line_spec(spec, sizeof(spec), opt);
		if (strlen(spec) > m->width)
			m->width = strlen(spec);
		m->lines++;
	}
}

static void print_options(const struct duet_opt *opt, size_t width,
			  bool headings, FILE *out)
{
	char spec[SPEC_BYTES];

	while (opt->name != NULL) {
		const char *help = opt->help;

		if (headings && opt->group != NULL)
			(void)fprintf(out,
				      opt->group[0] != '\0' ? "%s:\n" : "%s\n",
				      opt->group);
		opt = line_spec(spec, sizeof(spec), opt);
		(void)fprintf(out, "  %-*s  %s\n", (int)width, spec, help);
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

void duet_opt_help(const struct duet_opt_command *command, FILE *out)
{
	struct measure m = { 0 };
	bool headings;

	measure(&m, command->options);
	measure(&m, duet_opt_common);
	headings =
		3 + m.lines + m.groups + count_lines(command->footer) <= SCREEN;
	(void)fprintf(out, "Usage: %s %s\n%s\n\n", command->name,
		      command->usage, command->summary);
	print_options(command->options, m.width, headings, out);
	print_options(duet_opt_common, m.width, headings, out);
	if (command->footer != NULL)
		(void)fprintf(out, "%s\n", command->footer);
}
