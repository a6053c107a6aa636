/* SPDX-License-Identifier: MIT */
#include "http/condition.h"
#include "support/unit.h"

#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define SAME   "Sun, 06 Nov 1994 08:49:37 GMT"
#define AFTER  "Sun, 06 Nov 1994 08:49:38 GMT"

enum {
	MODIFIED = 784111777, /* SAME */
	NOW = 1790000000,
	MET = DUET_CONDITION_MET,
	NOT_MODIFIED = DUET_CONDITION_NOT_MODIFIED,
	FAILED = DUET_CONDITION_FAILED,
};

static const struct duet_validators current = { true, "\"a\"", MODIFIED };

/* RFC 9110 s13.1 and the order of s13.2.2 */
static void conditions_are_evaluated_in_their_order(void **state)
{
	static const struct {
		const char *method;
		struct duet_header fields[4];
		int get; /* what a GET gets */
	} cases[] = {
		{ "GET", { { "X", "y" } }, MET },
		{ "GET", { { "If-Match", "\"a\"" } }, MET },
		{ "GET", { { "If-Match", "\"b\", \"a\"" } }, MET },
		{ "GET", { { "If-Match", "*" } }, MET },
		{ "GET", { { "If-Match", "\"b\"" } }, FAILED },
		{ "GET", { { "If-Match", "W/\"a\"" } }, FAILED },
		{ "GET", { { "If-Match", "" } }, FAILED },
		{ "GET",
		  { { "If-Match", "\"b\"" }, { "If-Match", "\"a\"" } },
		  MET },
		{ "GET", { { "if-unmodified-since", SAME } }, MET },
		{ "GET", { { "If-Unmodified-Since", AFTER } }, MET },
		{ "GET", { { "If-Unmodified-Since", BEFORE } }, FAILED },
		{ "GET", { { "If-Unmodified-Since", "yesterday" } }, MET },
		{ "GET",
		  { { "If-Match", "\"a\"" },
		    { "If-Unmodified-Since", BEFORE } },
		  MET },
		{ "GET", { { "If-None-Match", "\"a\"" } }, NOT_MODIFIED },
		{ "GET", { { "If-None-Match", "W/\"a\"" } }, NOT_MODIFIED },
		{ "GET", { { "If-None-Match", "*" } }, NOT_MODIFIED },
		{ "GET", { { "If-None-Match", "\"b\"" } }, MET },
		{ "HEAD", { { "If-None-Match", "\"a\"" } }, NOT_MODIFIED },
		{ "PUT", { { "If-None-Match", "*" } }, FAILED },
		{ "PUT", { { "If-None-Match", "\"b\"" } }, MET },
		{ "GET", { { "If-Modified-Since", SAME } }, NOT_MODIFIED },
		{ "GET", { { "If-Modified-Since", AFTER } }, NOT_MODIFIED },
		{ "GET", { { "If-Modified-Since", BEFORE } }, MET },
		{ "GET", { { "If-Modified-Since", "0" } }, MET },
		{ "GET",
		  { { "If-Modified-Since", SAME },
		    { "If-Modified-Since", SAME } },
		  MET },
		{ "POST", { { "If-Modified-Since", SAME } }, MET },
		{ "GET",
		  { { "If-None-Match", "\"b\"" },
		    { "If-Modified-Since", SAME } },
		  MET },
		{ "GET",
		  { { "If-Match", "\"b\"" }, { "If-None-Match", "\"a\"" } },
		  FAILED },
		{ "GET",
		  { { "If-Match", "\"a\"" }, { "If-None-Match", "\"a\"" } },
		  NOT_MODIFIED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_head head = { .method = cases[i].method,
					  .headers = cases[i].fields };

		if ((int)duet_condition_check(&head, &current, NOW) !=
		    cases[i].get)
			fail_msg("case %zu: %s %s: %s", i, cases[i].method,
				 cases[i].fields[0].name,
				 cases[i].fields[0].value);
	}
}

static void nothing_there_matches_nothing(void **state)
{
	static const struct duet_validators none = { false, NULL, -1 };
	static const struct duet_header match[] = { { "If-Match", "*" },
						    { NULL, NULL } };
	static const struct duet_header other[] = {
		{ "If-None-Match", "*" },
		{ "If-Modified-Since", SAME },
		{ "If-Unmodified-Since", BEFORE },
		{ NULL, NULL },
	};
	struct duet_head head = { .method = "PUT", .headers = match };

	(void)state;
	assert_int_equal(duet_condition_check(&head, &none, NOW), FAILED);
	head.headers = other;
	assert_int_equal(duet_condition_check(&head, &none, NOW), MET);
	head.headers = NULL;
	assert_int_equal(duet_condition_check(&head, &none, NOW), MET);
}

/* RFC 9110 s13.1.5, s14.2 */
static void a_range_is_of_what_is_still_there(void **state)
{
	static const struct {
		const char *method;
		struct duet_header fields[4];
		const char *range; /* what is obeyed */
	} cases[] = {
		{ "GET", { { "Range", "r" } }, "r" },
		{ "HEAD", { { "Range", "r" } }, NULL },
		{ "POST", { { "Range", "r" } }, NULL },
		{ "GET", { { "X", "r" } }, NULL },
		{ "GET", { { "If-Range", "\"a\"" } }, NULL },
		{ "GET", { { "range", "r" }, { "if-range", "\"a\"" } }, "r" },
		{ "GET", { { "If-Range", "\"b\"" }, { "Range", "r" } }, NULL },
		{ "GET",
		  { { "If-Range", "W/\"a\"" }, { "Range", "r" } },
		  NULL },
		{ "GET", { { "If-Range", "*" }, { "Range", "r" } }, NULL },
		/* it may have changed twice in that second */
		{ "GET", { { "If-Range", SAME }, { "Range", "r" } }, NULL },
		{ "GET", { { "If-Range", BEFORE }, { "Range", "r" } }, NULL },
		{ "GET", { { "If-Range", AFTER }, { "Range", "r" } }, NULL },
		{ "GET", { { "If-Range", "today" }, { "Range", "r" } }, NULL },
		/* on the way they may be joined to what is malformed */
		{ "GET", { { "Range", "r" }, { "Range", "r" } }, NULL },
		{ "GET",
		  { { "If-Range", "\"a\"" },
		    { "If-Range", "\"b\"" },
		    { "Range", "r" } },
		  NULL },
		{ "GET",
		  { { "If-Range", "\"b\"" },
		    { "If-Range", "\"a\"" },
		    { "Range", "r" } },
		  NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_head head = { .method = cases[i].method,
					  .headers = cases[i].fields };
		const char *range = duet_condition_range(&head, &current);

		if ((range == NULL) != (cases[i].range == NULL))
			fail_msg("case %zu: %s", i,
				 range != NULL ? range : "none");
		if (range != NULL)
			assert_string_equal(range, cases[i].range);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_are_evaluated_in_their_order),
		cmocka_unit_test(nothing_there_matches_nothing),
		cmocka_unit_test(a_range_is_of_what_is_still_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
