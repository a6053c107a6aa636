/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cli/command.h"
#include "cli/exit.h"
#include "support/unit.h"

static int count_arguments(int argc, char **argv)
{
	assert_string_equal(argv[0], "one");
	return 100 + argc;
}

static int answer_two(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 2000;
}

static int run(const char *const *words)
{
	static const struct duet_command table[] = {
		{ "one", "counts", count_arguments },
		{ "two", "answers", answer_two },
		{ 0 },
	};
	char *argv[8] = { NULL };
	int argc = 0;

	for (; *words != NULL; words++)
		argv[argc++] = (char *)*words;
	return duet_command_run("# duet", "Tries.", table, argc, argv);
}
#define RUN(...) run((const char *const[]){ "duet", __VA_ARGS__, NULL })

static void runs_the_command_of_that_name_and_no_other(void **state)
{
	(void)state;
	assert_int_equal(RUN("one"), 101);
	assert_int_equal(RUN("one", "two", "--help"), 103);
	assert_int_equal(RUN("two"), 2000);
}

static void ends_well_when_asked_for_help_or_the_version(void **state)
{
	(void)state;
	assert_int_equal(RUN("--help"), DUET_EXIT_OK);
	assert_int_equal(RUN("-h"), DUET_EXIT_OK);
	assert_int_equal(RUN("help"), DUET_EXIT_OK);
	assert_int_equal(RUN("--version"), DUET_EXIT_OK);
	assert_int_equal(RUN("-V"), DUET_EXIT_OK);
}

static void anything_else_is_a_mistake(void **state)
{
	static const char *const none[] = { "duet", NULL };

	(void)state;
	assert_int_equal(run(none), DUET_EXIT_USAGE);
	assert_int_equal(RUN(""), DUET_EXIT_USAGE);
	assert_int_equal(RUN("on"), DUET_EXIT_USAGE);
	assert_int_equal(RUN("tow"), DUET_EXIT_USAGE);
	assert_int_equal(RUN("--nonsense"), DUET_EXIT_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_the_command_of_that_name_and_no_other),
		cmocka_unit_test(ends_well_when_asked_for_help_or_the_version),
		cmocka_unit_test(anything_else_is_a_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
