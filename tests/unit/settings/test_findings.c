/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings/findings.h"
#include "support/unit.h"

static void expect_printed(struct duet_findings *findings, const char *expected)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	duet_findings_print(findings, "f.yaml", out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
	free(text);
}

static void they_are_printed_by_line_and_then_as_found(void **state)
{
	struct duet_findings findings = { 0 };

	(void)state;
	duet_findings_error(&findings, (struct duet_place){ 7, 1 }, "c");
	duet_findings_error(&findings, (struct duet_place){ 2, 9 }, "b%d", 1);
	duet_findings_warn(&findings, (struct duet_place){ 2, 9 }, "b2");
	duet_findings_error(&findings, (struct duet_place){ 2, 1 }, "a");
	duet_findings_error(&findings, (struct duet_place){ 0, 0 }, "whole");
	assert_int_equal(findings.n, 5);
	assert_int_equal(findings.n_errors, 4);
	expect_printed(&findings, "f.yaml: whole\n"
				  "f.yaml:2:1: a\n"
				  "f.yaml:2:9: b1\n"
				  "f.yaml:2:9: warning: b2\n"
				  "f.yaml:7:1: c\n");
	duet_findings_done(&findings);
	expect_printed(&findings, "");
}

static void beyond_the_maximum_they_are_counted(void **state)
{
	struct duet_findings findings = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < DUET_FINDINGS_MAX + 3; i++)
		duet_findings_error(&findings, (struct duet_place){ 1, 1 },
				    "again");
	assert_int_equal(findings.n, DUET_FINDINGS_MAX);
	assert_int_equal(findings.n_left_out, 3);
	assert_int_equal(findings.n_errors, DUET_FINDINGS_MAX + 3);
	duet_findings_done(&findings);
}

static size_t count_errors(const struct duet_findings *findings)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < findings->n; i++)
		n += !findings->items[i].is_warning;
	return n;
}

/* Of a thousand sites whose certificates end soon, one cannot be served. */
static void an_error_takes_the_place_of_a_warning(void **state)
{
	struct duet_findings findings = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < DUET_FINDINGS_MAX; i++)
		duet_findings_warn(&findings, (struct duet_place){ 1, 1 },
				   "soon");
	duet_findings_error(&findings, (struct duet_place){ 2, 1 }, "wrong");
	duet_findings_warn(&findings, (struct duet_place){ 3, 1 }, "soon");
	assert_int_equal(findings.n, DUET_FINDINGS_MAX);
	assert_int_equal(findings.n_left_out, 2);
	assert_int_equal(count_errors(&findings), 1);
	for (i = 0; i < DUET_FINDINGS_MAX; i++)
		duet_findings_error(&findings, (struct duet_place){ 2, 1 },
				    "wrong");
	assert_int_equal(findings.n, DUET_FINDINGS_MAX);
	assert_int_equal(findings.n_left_out, DUET_FINDINGS_MAX + 2);
	assert_int_equal(count_errors(&findings), DUET_FINDINGS_MAX);
	duet_findings_done(&findings);
}

static void what_they_quote_moves_no_terminal(void **state)
{
	struct duet_findings findings = { 0 };

	(void)state;
	duet_findings_error(&findings, (struct duet_place){ 1, 2 },
			    "'%s': \xc3\xa4",
			    "a\nf.yaml:1:1: b\x1b[2J\xc2\x9b");
	expect_printed(&findings,
		       "f.yaml:1:2: 'a\\x0af.yaml:1:1: b\\x1b[2J\\x9b': \xc3\xa4\n");
	duet_findings_done(&findings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_printed_by_line_and_then_as_found),
		cmocka_unit_test(beyond_the_maximum_they_are_counted),
		cmocka_unit_test(an_error_takes_the_place_of_a_warning),
		cmocka_unit_test(what_they_quote_moves_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
