/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/error.h"
#include "cli/opt.h"
#include "support/unit.h"

struct sample {
	bool silent;
	bool loud;
	uint8_t follow;
	const char *output;
	struct duet_opt_list headers;
	int64_t workers;
	int32_t time_ms;
	uint8_t close;
	size_t called;
	const char *last;
};

static int call(void *options, const struct duet_opt *opt, const char *arg,
		struct duet_error *err)
{
	struct sample *sample = options;

	(void)opt;
	if (strcmp(arg, "bad") == 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'bad' is no good; try it=good");
	sample->called++;
	sample->last = arg;
	return DUET_OK;
}

static const struct duet_opt options[] = {
	{ "silent", 's', NULL, "say nothing",
	  DUET_OPT_FLAG(struct sample, silent), .group = "Output" },
	{ "loud", 'l', NULL, NULL, DUET_OPT_FLAG(struct sample, loud) },
	{ "follow", 0, NULL, "follow", DUET_OPT_SET(struct sample, follow, 1) },
	{ "no-follow", 0, NULL, NULL, DUET_OPT_SET(struct sample, follow, 2) },
	{ "output", 'o', "FILE", "save", DUET_OPT_STRING(struct sample, output),
	  .example = "page.html" },
	{ "header", 'H', "LINE", "send", DUET_OPT_LIST(struct sample, headers),
	  .group = "Request" },
	{ "workers", 'w', "NUMBER", "so many [2]",
	  DUET_OPT_NUMBER(struct sample, workers, 1, 64), .example = "4" },
	{ "max-time", 0, "SECONDS", "not longer",
	  DUET_OPT_SECONDS(struct sample, time_ms, 1, 86400000),
	  .example = "5" },
	{ "close", 0, "strict|framed|lenient", "how to end",
	  DUET_OPT_CHOICE(struct sample, close), .example = "strict" },
	{ "cacert", 0, "FILE", "believe these", DUET_OPT_CALL(call) },
	{ 0 },
};

static const struct duet_opt_foreign foreign[] = {
	{ "insecure", "here it is -k" },
	{ NULL, NULL },
};

static const struct duet_opt_command command = {
	.name = "duet try",
	.usage = "[OPTION]... URL...",
	.summary = "Try something.",
	.options = options,
	.foreign = foreign,
	.min_operands = 1,
	.max_operands = 3,
	.operand = "URL",
};

/* A reading of "try" and what follows, which ends in NULL. */
struct reading {
	struct sample sample;
	char *argv[12];
	int operands;
	enum duet_opt_ask ask;
	struct duet_error err;
	int rc;
};

static void read_args(struct reading *reading, const char *const *args)
{
	int argc = 1;

	memset(reading, 0, sizeof(*reading));
	reading->argv[0] = (char *)"try";
	for (; *args != NULL; args++)
		reading->argv[argc++] = (char *)*args;
	reading->rc = duet_opt_parse(&command, argc, reading->argv,
				     &reading->sample, &reading->operands,
				     &reading->ask, &reading->err);
}
#define READ(reading, ...) \
	read_args(reading, (const char *const[]){ __VA_ARGS__, NULL })

static void reads_a_value_in_each_of_its_forms(void **state)
{
	static const char *const forms[][4] = {
		{ "--output=x", "u" }, { "--output", "x", "u" },
		{ "-ox", "u" },        { "-o", "x", "u" },
		{ "-slox", "u" },      { "-slo", "x", "u" },
		{ "u", "-ox" },        { "u", "--output", "x" },
	};
	struct reading reading;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(forms); i++) {
		read_args(&reading, forms[i]);
		assert_int_equal(reading.rc, DUET_OK);
		assert_string_equal(reading.sample.output, "x");
		assert_int_equal(reading.operands, 1);
		assert_string_equal(reading.argv[1], "u");
	}
}

static void stores_each_kind(void **state)
{
	struct reading reading;

	(void)state;
	READ(&reading, "-sw", "7", "-Ha: b", "--header", "c: d", "--max-time",
	     "0.25", "--close=lenient", "--cacert", "f", "u");
	assert_int_equal(reading.rc, DUET_OK);
	assert_true(reading.sample.silent);
	assert_false(reading.sample.loud);
	assert_int_equal(reading.sample.workers, 7);
	assert_int_equal(reading.sample.headers.count, 2);
	assert_string_equal(reading.sample.headers.items[0], "a: b");
	assert_string_equal(reading.sample.headers.items[1], "c: d");
	assert_null(reading.sample.headers.items[2]);
	assert_int_equal(reading.sample.time_ms, 250);
	assert_int_equal(reading.sample.close, 2);
	assert_int_equal(reading.sample.called, 1);
	assert_string_equal(reading.sample.last, "f");
	duet_opt_list_done(&reading.sample.headers);
}

static void the_last_of_two_contrary_options_wins(void **state)
{
	struct reading reading;

	(void)state;
	READ(&reading, "--follow", "--no-follow", "u");
	assert_int_equal(reading.sample.follow, 2);
	READ(&reading, "--no-follow", "--follow", "u");
	assert_int_equal(reading.sample.follow, 1);
}

static void reads_seconds_with_a_point(void **state)
{
	static const struct {
		const char *text;
		int32_t ms;
	} cases[] = {
		{ "5", 5000 },     { "0.5", 500 }, { "1.05", 1050 },
		{ "1.234", 1234 }, { "0.001", 1 }, { "86400", 86400000 },
	};
	struct reading reading;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		READ(&reading, "u", "--max-time", cases[i].text);
		assert_int_equal(reading.rc, DUET_OK);
		assert_int_equal(reading.sample.time_ms, cases[i].ms);
	}
}

static void everything_after_two_dashes_is_an_operand(void **state)
{
	struct reading reading;

	(void)state;
	READ(&reading, "a", "--", "-s", "--output");
	assert_int_equal(reading.rc, DUET_OK);
	assert_int_equal(reading.operands, 3);
	assert_string_equal(reading.argv[1], "a");
	assert_string_equal(reading.argv[2], "-s");
	assert_string_equal(reading.argv[3], "--output");
	assert_false(reading.sample.silent);
}

static void one_dash_alone_is_an_operand_or_a_value(void **state)
{
	struct reading reading;

	(void)state;
	READ(&reading, "-", "-o", "-");
	assert_int_equal(reading.rc, DUET_OK);
	assert_int_equal(reading.operands, 1);
	assert_string_equal(reading.argv[1], "-");
	assert_string_equal(reading.sample.output, "-");
}

static void a_value_may_look_like_an_option_or_be_empty(void **state)
{
	struct reading reading;

	(void)state;
	READ(&reading, "--output", "--silent", "u");
	assert_string_equal(reading.sample.output, "--silent");
	assert_false(reading.sample.silent);
	READ(&reading, "--output=", "u");
	assert_string_equal(reading.sample.output, "");
	READ(&reading, "--output=a=b", "u");
	assert_string_equal(reading.sample.output, "a=b");
}

static void help_and_version_need_no_operands(void **state)
{
	struct reading reading;

	(void)state;
	READ(&reading, "--help");
	assert_int_equal(reading.rc, DUET_OK);
	assert_int_equal(reading.ask, DUET_OPT_ASK_HELP);
	READ(&reading, "-V");
	assert_int_equal(reading.ask, DUET_OPT_ASK_VERSION);
	READ(&reading, "-s", "-h", "--nonsense");
	assert_int_equal(reading.ask, DUET_OPT_ASK_HELP);
}

static void says_what_is_wrong_and_what_to_try(void **state)
{
	static const struct {
		const char *args[5];
		const char *text;
	} cases[] = {
		{ { "u", "--max-time", "5x" },
		  "--max-time: '5x' is not a number of seconds; try --max-time 5" },
		{ { "u", "--max-time", "1." },
		  "--max-time: '1.' is not a number of seconds; try --max-time 5" },
		{ { "u", "--max-time", "0.0001" },
		  "--max-time: '0.0001' is not a number of seconds; try --max-time 5" },
		{ { "u", "--max-time=0" },
		  "--max-time: 0 is out of range; from 0.001 to 86400 seconds" },
		{ { "u", "--max-time=86401" },
		  "--max-time: 86401 is out of range; from 0.001 to 86400 seconds" },
		{ { "u", "-w", "0" }, "-w: 0 is out of range; from 1 to 64" },
		{ { "u", "--workers=65" },
		  "--workers: 65 is out of range; from 1 to 64" },
		{ { "u", "-w-1" }, "-w: '-1' is not a whole number; try -w 4" },
		{ { "u", "--workers", "" },
		  "--workers: '' is not a whole number; try --workers 4" },
		{ { "u", "--workers", "99999999999999999999" },
		  "--workers: '99999999999999999999' is not a whole number; try --workers 4" },
		{ { "u", "--close", "hard" },
		  "--close: 'hard' is not one of strict, framed or lenient; try --close strict" },
		{ { "u", "--cacert", "bad" },
		  "--cacert: 'bad' is no good; try it=good" },
		{ { "u", "--output" },
		  "--output: wants FILE after it; try --output page.html" },
		{ { "u", "-H" }, "-H: wants LINE after it; try -H LINE" },
		{ { "u", "--silent=yes" },
		  "--silent: takes no value; leave out the '='" },
		{ { "u", "--cacrt", "x" },
		  "--cacrt: there is no such option; did you mean --cacert?" },
		{ { "u", "-cacert", "x" },
		  "-cacert: there is no such option; did you mean --cacert?" },
		{ { "u", "--outp=x" },
		  "--outp: there is no such option; did you mean --output?" },
		{ { "u", "--hlep" },
		  "--hlep: there is no such option; did you mean --help?" },
		{ { "u", "--insecure" },
		  "--insecure: there is no such option: here it is -k" },
		{ { "u", "-Z" },
		  "-Z: there is no such option; see duet try --help" },
		{ { "u", "-sZ" },
		  "-sZ: there is no such option; see duet try --help" },
		{ { "u", "--\x1b[2J" },
		  "--\\x1b[2J: there is no such option; see duet try --help" },
		{ { "-s" },
		  "URL is missing; usage: duet try [OPTION]... URL..." },
		{ { "a", "b", "c", "d" },
		  "'d' is one too many; usage: duet try [OPTION]... URL..." },
	};
	struct reading reading;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		read_args(&reading, cases[i].args);
		assert_int_equal(reading.rc, DUET_E_ARGUMENT);
		assert_string_equal(reading.err.text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_value_in_each_of_its_forms),
		cmocka_unit_test(stores_each_kind),
		cmocka_unit_test(the_last_of_two_contrary_options_wins),
		cmocka_unit_test(reads_seconds_with_a_point),
		cmocka_unit_test(everything_after_two_dashes_is_an_operand),
		cmocka_unit_test(one_dash_alone_is_an_operand_or_a_value),
		cmocka_unit_test(a_value_may_look_like_an_option_or_be_empty),
		cmocka_unit_test(help_and_version_need_no_operands),
		cmocka_unit_test(says_what_is_wrong_and_what_to_try),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
