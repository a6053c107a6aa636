/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/str.h"
#include "http/field.h"
#include "support/unit.h"

/* RFC 9110 s5.6.1 */
static void lists_are_cut_at_commas_outside_of_quotes(void **state)
{
	static const struct {
		const char *value;
		const char *members[4]; /* the rest NULL */
	} cases[] = {
		{ "", { "" } },
		{ "a", { "a" } },
		{ " a \t", { "a" } },
		{ "a,b", { "a", "b" } },
		{ "a , ,b,", { "a", "", "b", "" } },
		{ "a;x=\"1,2\",b", { "a;x=\"1,2\"", "b" } },
		{ "\"a\\\",\", b", { "\"a\\\",\"", "b" } },
		{ "\"a, b", { "\"a, b" } },
		{ "\"a\\", { "\"a\\" } },
	};
	size_t i;
	size_t k;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const char *cursor = cases[i].value;
		struct duet_bytes member;

		for (k = 0; duet_list_next(&cursor, &member); k++) {
			if (k == 4 || cases[i].members[k] == NULL ||
			    !duet_bytes_eq(member, cases[i].members[k]))
				fail_msg("member %zu of '%s'", k,
					 cases[i].value);
		}
		assert_true(k == 4 || cases[i].members[k] == NULL);
	}
	assert_true(duet_list_has("a, Close", "close"));
	assert_false(duet_list_has("closed, \"close\"", "close"));
}

/* RFC 9110 s5.6.4 */
static void quoted_strings_lose_their_quotes(void **state)
{
	static const struct {
		const char *text;
		const char *plain; /* NULL: refused */
	} cases[] = {
		{ "\"a b\"", "a b" },
		{ "\"\"", "" },
		{ "\"a\\\"b\"", "a\"b" },
		{ "token", "token" },
		{ "\"1234567\"", "1234567" },
		{ "\"12345678\"", NULL },
		{ "12345678", NULL },
		{ "", NULL },
		{ "a b", NULL },
		{ "\"a", NULL },
		{ "\"a\\\"", NULL },
		{ "\"a\"b", NULL },
		{ "\"a\nb\"", NULL },
	};
	char plain[8];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		bool ok = duet_unquote(duet_str(cases[i].text), plain,
				       sizeof(plain));

		assert_int_equal(ok, cases[i].plain != NULL);
		if (ok)
			assert_string_equal(plain, cases[i].plain);
	}
}

static void fields_are_found_by_name_in_any_case(void **state)
{
	struct duet_fields fields = { NULL, 0, 0 };
	struct duet_head head = { .headers = NULL };
	int i;

	(void)state;
	assert_null(duet_head_get(&head, "a"));
	for (i = 0; i < 50; i++)
		assert_int_equal(duet_fields_add(&fields, "X", "y"), DUET_OK);
	assert_int_equal(duet_fields_add(&fields, "Late", "1"), DUET_OK);
	assert_int_equal(duet_fields_add(&fields, "late", "2"), DUET_OK);
	head.headers = fields.list;
	assert_string_equal(duet_head_get(&head, "LATE"), "1");
	assert_null(duet_head_get(&head, "lat"));
	duet_fields_reset(&fields);
	assert_null(duet_head_get(&head, "x"));
	duet_fields_done(&fields);
}

/* RFC 9110 s12.4.2 */
static void a_weight_has_three_digits_at_most(void **state)
{
	static const struct {
		const char *text;
		int weight;
	} cases[] = {
		{ "1", 1000 },    { "0", 0 },     { "1.", 1000 },
		{ "0.", 0 },      { "0.5", 500 }, { "0.25", 250 },
		{ "0.125", 125 }, { "0.001", 1 }, { "1.000", 1000 },
		{ "0.1234", 0 },  { "1.001", 0 }, { "2", 0 },
		{ "", 0 },        { ".5", 0 },    { "-1", 0 },
		{ "0,5", 0 },     { "0.x", 0 },   { "10", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_int_equal(duet_weight(duet_str(cases[i].text)),
				 cases[i].weight);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_weight_has_three_digits_at_most),
		cmocka_unit_test(lists_are_cut_at_commas_outside_of_quotes),
		cmocka_unit_test(quoted_strings_lose_their_quotes),
		cmocka_unit_test(fields_are_found_by_name_in_any_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
