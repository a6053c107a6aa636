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
	assert_int_equal(duet_opt_help(&command, NULL, out, NULL), DUET_OK);
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

static const struct duet_opt report[] = {
	{ "json", 0, NULL, "facts as JSON", DUET_OPT_FLAG(struct sample, flag),
	  .group = "Report", .brief = true },
	{ "har", 0, "FILE", "all of it", DUET_OPT_STRING(struct sample, text) },
	{ 0 },
};
static const struct duet_opt wire[] = {
	{ "proxy", 'x', "URL", "by way of",
	  DUET_OPT_STRING(struct sample, text), .group = "Wire" },
	{ 0 },
};
/* Of one command among those that share the table before. */
static const struct duet_opt own_wire[] = {
	{ "bare", 0, NULL, "without TLS", DUET_OPT_FLAG(struct sample, flag) },
	{ 0 },
};
static const struct duet_opt_topic topics[] = {
	{ "report", report },
	{ "wire", wire, own_wire },
	{ 0 },
};
static const struct duet_opt_command by_topic = {
	.name = "duet try",
	.usage = "URL",
	.summary = "Try.",
	.topics = topics,
	.max_operands = -1,
};

static void expect_topic(const char *topic, const char *expected)
{
	char text[4096];
	FILE *out = fmemopen(text, sizeof(text), "w");

	assert_non_null(out);
	assert_int_equal(duet_opt_help(&by_topic, topic, out, NULL), DUET_OK);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
}

static void of_topics_the_first_screen_shows_what_is_brief(void **state)
{
	(void)state;
	expect_topic(NULL,
		     "Usage: duet try URL\n"
		     "Try.\n"
		     "\n"
		     "Report:\n"
		     "      --json                 facts as JSON\n"
		     "\n"
		     "  -h, --help, -V, --version  this help; the version\n"
		     "More: --help all, or report, wire.\n");
}

static void a_topic_is_shown_alone_and_all_of_them_together(void **state)
{
	(void)state;
	expect_topic("wire", "Wire:\n"
			     "  -x, --proxy URL  by way of\n"
			     "      --bare       without TLS\n");
	expect_topic("all",
		     "Usage: duet try URL\n"
		     "Try.\n"
		     "\n"
		     "Report:\n"
		     "      --json                 facts as JSON\n"
		     "      --har FILE             all of it\n"
		     "Wire:\n"
		     "  -x, --proxy URL            by way of\n"
		     "      --bare                 without TLS\n"
		     "\n"
		     "  -h, --help, -V, --version  this help; the version\n");
}

static void a_topic_that_is_none_is_refused_with_those_there_are(void **state)
{
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_opt_help(&by_topic, "wires", stdout, &err),
			 DUET_E_ARGUMENT);
	assert_string_equal(err.text,
			    "--help: there is no topic 'wires'; the topics are all, report, wire");
}

static void help_is_followed_by_its_topic(void **state)
{
	char *argv[] = { (char *)"try", (char *)"URL", (char *)"--help",
			 (char *)"wire", (char *)"--nonsense" };
	enum duet_opt_ask ask = DUET_OPT_ASK_NOTHING;
	struct sample sample = { 0 };
	int n = 0;

	(void)state;
	assert_int_equal(duet_opt_parse(&by_topic, 5, argv, &sample, &n, &ask,
					NULL),
			 DUET_OK);
	assert_int_equal(ask, DUET_OPT_ASK_HELP);
	assert_int_equal(n, 1);
	assert_string_equal(argv[1], "wire");
}

static void options_of_every_topic_are_read(void **state)
{
	char *argv[] = { (char *)"try", (char *)"--bare", (char *)"-x",
			 (char *)"there", (char *)"URL" };
	enum duet_opt_ask ask = DUET_OPT_ASK_NOTHING;
	struct sample sample = { 0 };
	int n = 0;

	(void)state;
	assert_int_equal(duet_opt_parse(&by_topic, 5, argv, &sample, &n, &ask,
					NULL),
			 DUET_OK);
	assert_true(sample.flag);
	assert_string_equal(sample.text, "there");
	assert_int_equal(n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_the_table_in_aligned_columns),
		cmocka_unit_test(
			leaves_headings_out_rather_than_overflow_a_screen),
		cmocka_unit_test(
			of_topics_the_first_screen_shows_what_is_brief),
		cmocka_unit_test(
			a_topic_is_shown_alone_and_all_of_them_together),
		cmocka_unit_test(
			a_topic_that_is_none_is_refused_with_those_there_are),
		cmocka_unit_test(help_is_followed_by_its_topic),
		cmocka_unit_test(options_of_every_topic_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
