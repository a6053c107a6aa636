/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "settings/table.h"
#include "support/unit.h"

static void a_choice_is_a_whole_word(void **state)
{
	int which = -1;

	(void)state;
	assert_true(duet_table_choice("a|bc|d", duet_str("bc"), &which));
	assert_int_equal(which, 1);
	assert_true(duet_table_choice("a|bc|d", duet_str("d"), &which));
	assert_int_equal(which, 2);
	assert_false(duet_table_choice("a|bc|d", duet_str("b"), &which));
	assert_false(duet_table_choice("a|bc|d", duet_str("a|bc"), &which));
	assert_false(duet_table_choice("a|bc|d", duet_str(""), &which));
	assert_int_equal(which, 2);
}

static void every_row_says_what_it_is_for(void **state)
{
	const struct duet_row *row;
	size_t i;

	(void)state;
	for (i = 0; duet_tables[i] != NULL; i++)
		for (row = duet_tables[i]->rows; row->key != NULL; row++) {
			assert_non_null(row->help);
			assert_ptr_equal(duet_table_find(duet_tables[i],
							 duet_str(row->key)),
					 row);
			if (row->kind == DUET_ROW_NUMBER)
				assert_true(row->min < row->max);
			if (row->kind == DUET_ROW_MAP ||
			    row->kind == DUET_ROW_MAPS)
				assert_non_null(row->of);
			else
				assert_true(row->is_required ||
					    row->fallback != NULL);
		}
}

/* What is missing would be thought to be a mistake by whoever reads
 * duet_http(3). */
static void every_limit_of_a_server_has_a_key(void **state)
{
	static const char *const keys[] = {
		"line_bytes",   "head_bytes",   "headers",  "body_bytes",
		"requests",     "handshake_ms", "head_ms",  "idle_ms",
		"body_ms",      "body_rate",    "stall_ms", "send_ms",
		"linger_ms",    "streams",      "resets",   "controls",
		"window_bytes",
	};
	const struct duet_row *row =
		duet_table_find(&duet_table_top, duet_str("limits"));
	size_t i;

	(void)state;
	assert_non_null(row);
	for (i = 0; i < COUNT(keys); i++)
		assert_non_null(duet_table_find(row->of, duet_str(keys[i])));
	assert_null(row->of->rows[i].key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_choice_is_a_whole_word),
		cmocka_unit_test(every_row_says_what_it_is_for),
		cmocka_unit_test(every_limit_of_a_server_has_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
