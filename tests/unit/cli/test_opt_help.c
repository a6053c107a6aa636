/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* fmemopen */
#include <stdio.h>
#include <string.h>

#include "cli/opt.h"
#include "support/unit.h"

struct sample {
	bool flag;
	const char *text;
};

static const struct duet_opt few[] = {
	{ "output", 'o', "FILE", "save as FILE, or by the URL's name",
	  DUET_OPT_STRING(struct sample, text), .group = "Output" },
	{ "remote-name", 'O', NULL, NULL, DUET_OPT_FLAG(struct sample, flag) },
	{ "json", 0, NULL, "facts as JSON", DUET_OPT_FLAG(struct sample, flag),
	  .group = "Report" },
	{ 0 },
};

static void print_help(const struct duet_opt *options, const char *footer,
		       char *text, size_t cap)
{
	const struct duet_opt_command command = {
		.name = "duet try",
		.usage = "[OPTION]... URL",
		.summary = "Try something.",
		.footer = footer,
		.options = options,
	};
	FILE *out = fmemopen(text, cap, "w");

	assert_non_null(out);
	duet_opt_help(&command, out);
	assert_int_equal(fclose(out), 0);
}

static void writes_the_table_in_aligned_columns(void **state)
{
	char text[4096];

	(void)state;
	print_help(few, "See duet-try(1).", text, sizeof(text));
	assert_string_equal(text,
			    "Usage: duet try [OPTION]... URL\n"
			    "Try something.\n"
			    "\n"
			    "Output:\n"
			    "  -o, --output FILE, -O, --remote-name  save as FILE, or by the URL's name\n"
			    "Report:\n"
			    "      --json                            facts as JSON\n"
			    "\n"
			    "  -h, --help, -V, --version             this help; the version\n"
			    "See duet-try(1).\n");
}

static void leaves_headings_out_rather_than_overflow_a_screen(void **state)
{
	struct duet_opt many[21] = { { 0 } };
	char text[8192];
	const char *p;
	size_t lines = 0;
	size_t i;

	(void)state;
	for (i = 0; i < 20; i++) {
		many[i].name = "name";
		many[i].help = "words";
		many[i].group = "Heading";
	}
	print_help(many, NULL, text, sizeof(text));
	assert_null(strstr(text, "Heading"));
	for (p = text; *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_the_table_in_aligned_columns),
		cmocka_unit_test(
			leaves_headings_out_rather_than_overflow_a_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
