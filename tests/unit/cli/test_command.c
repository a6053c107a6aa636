/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* dup2 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* What they print on standard output must not get into the tests' own. */
static int hide_stdout(void)
{
	int kept;
	int nowhere = open("/dev/null", O_WRONLY);

	(void)fflush(stdout);
	kept = dup(STDOUT_FILENO);
	assert_true(nowhere >= 0 && kept >= 0);
	assert_int_equal(dup2(nowhere, STDOUT_FILENO), STDOUT_FILENO);
	(void)close(nowhere);
	return kept;
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
	int kept = hide_stdout();
	int rc;

	for (; *words != NULL; words++)
		argv[argc++] = (char *)*words;
	rc = duet_command_run("duet", "Tries.", table, argc, argv);
	assert_int_equal(dup2(kept, STDOUT_FILENO), STDOUT_FILENO);
	(void)close(kept);
	return rc;
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

/* What duet_complain() puts on standard error. */
static void assert_complains(const char *sentence, const char *want)
{
	char said[512];
	FILE *file = tmpfile();
	int kept = dup(STDERR_FILENO);
	size_t n;

	assert_true(file != NULL && kept >= 0);
	assert_int_equal(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
	duet_complain("duet get", sentence);
	assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
	(void)close(kept);
	rewind(file);
	n = fread(said, 1, sizeof(said) - 1, file);
	said[n] = '\0';
	(void)fclose(file);
	assert_string_equal(said, want);
}

static void what_a_terminal_obeys_is_not_said_to_it(void **state)
{
	(void)state;
	assert_complains("'y\x1b[31m.part' is lost",
			 "duet get: 'y\\x1b[31m.part' is lost\n");
	assert_complains("'gr\xc3\xbc\xc3\x9f\\x1b' is lost",
			 "duet get: 'gr\xc3\xbc\xc3\x9f\\x1b' is lost\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_the_command_of_that_name_and_no_other),
		cmocka_unit_test(ends_well_when_asked_for_help_or_the_version),
		cmocka_unit_test(anything_else_is_a_mistake),
		cmocka_unit_test(what_a_terminal_obeys_is_not_said_to_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
