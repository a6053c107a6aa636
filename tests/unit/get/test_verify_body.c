/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "cli/exit.h"
#include "get/verify_body.h"
#include "support/unit.h"

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

struct trial {
	int exit;
	const char *word;
	struct duet_get_outcome outcome;
};

/* Of the body "abc", which must have a sum, and came with a status. */
static struct trial judge(const char *want, int status,
			  enum duet_get_output_kind kind, const char *path)
{
	char name[64];
	struct duet_head head = { .status = status };
	struct duet_get_checksum sum = { .sha256 = false };
	struct duet_get_output output = { .kind = kind };
	struct trial trial = { .outcome = { .url = "https://x/",
					    .method = "GET" } };

	(void)snprintf(sum.want.hex, sizeof(sum.want.hex), "%s", want);
	(void)snprintf(name, sizeof(name), "%s", path != NULL ? path : "");
	output.path = path != NULL ? name : NULL;
	trial.outcome.head = &head;
	assert_int_equal(duet_get_checksum_begin(&sum, NULL), DUET_OK);
	duet_get_checksum_add(&sum, "abc", 3);
	trial.exit = duet_get_verify_body(&sum, &output,
					  status == 304 ? output.path : NULL,
					  &trial.outcome, &trial.word);
	trial.outcome.head = NULL;
	duet_get_checksum_done(&sum);
	return trial;
}

static void what_was_meant_is_well(void **state)
{
	(void)state;
	assert_int_equal(judge(ABC, 200, DUET_GET_OUTPUT_FILE, NULL).exit,
			 DUET_EXIT_OK);
	assert_int_equal(judge("", 200, DUET_GET_OUTPUT_FILE, NULL).exit,
			 DUET_EXIT_OK);
}

static void what_was_not_says_where_it_is(void **state)
{
	static const struct {
		int status;
		enum duet_get_output_kind kind;
		const char *words;
	} cases[] = {
		{ 200, DUET_GET_OUTPUT_FILE, "ask who gave the sum" },
		{ 200, DUET_GET_OUTPUT_STDOUT, "written out already" },
		{ 200, DUET_GET_OUTPUT_IN_PLACE, "written out already" },
		{ 404, DUET_GET_OUTPUT_FILE, "an error page" },
		{ 304, DUET_GET_OUTPUT_STDOUT, "no body came" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct trial trial =
			judge("00", cases[i].status, cases[i].kind, NULL);

		assert_int_equal(trial.exit, DUET_EXIT_CHECKSUM);
		assert_string_equal(trial.word, "wrong_checksum");
		assert_non_null(
			strstr(trial.outcome.error.text, cases[i].words));
	}
}

static void a_file_that_is_gone_meanwhile_is_a_failure_of_reading(void **state)
{
	struct trial trial = judge(ABC, 304, DUET_GET_OUTPUT_NONE, "/no/file");

	(void)state;
	assert_int_equal(trial.exit, DUET_EXIT_READ);
	assert_non_null(strstr(trial.outcome.error.text, "/no/file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_meant_is_well),
		cmocka_unit_test(what_was_not_says_where_it_is),
		cmocka_unit_test(
			a_file_that_is_gone_meanwhile_is_a_failure_of_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
