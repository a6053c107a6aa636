/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "get/resolve.h"
#include "support/unit.h"

static int parse(struct duet_get_resolve_table *table, const char *a,
		 const char *b, struct duet_error *err)
{
	const char *items[] = { a, b, NULL };
	struct duet_opt_list given = { items, b != NULL ? 2 : 1 };

	return duet_get_resolve_table_init(table, &given, err);
}

static void reads_names_ports_and_addresses(void **state)
{
	struct duet_get_resolve_table table;
	struct duet_error err;

	(void)state;
	assert_int_equal(parse(&table,
			       "example.org:443:192.0.2.1,[2001:db8::1]",
			       "[::1]:8443:::1", &err),
			 DUET_OK);
	assert_int_equal(table.count, 3);
	assert_string_equal(table.rows[0].host, "example.org");
	assert_int_equal(table.rows[0].port, 443);
	assert_string_equal(table.rows[0].address, "192.0.2.1");
	assert_string_equal(table.rows[1].host, "example.org");
	assert_string_equal(table.rows[1].address, "2001:db8::1");
	assert_string_equal(table.rows[2].host, "::1");
	assert_int_equal(table.rows[2].port, 8443);
	assert_string_equal(table.rows[2].address, "::1");
	assert_null(table.rows[3].host);
	duet_get_resolve_table_done(&table);
}

static void without_any_there_is_no_table(void **state)
{
	struct duet_get_resolve_table table;
	struct duet_opt_list none = { NULL, 0 };
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_get_resolve_table_init(&table, &none, &err),
			 DUET_OK);
	assert_null(table.rows);
	duet_get_resolve_table_done(&table);
}

static void refuses_other_forms(void **state)
{
	static const char *const cases[] = {
		"",       "example.org",      "example.org:443",
		":443:x", "example.org:0:x",  "example.org:65536:x",
		"a:b:c",  "example.org:443:", "example.org:443:192.0.2.1,",
		"[::1",   "[::1]8443:::1",
	};
	struct duet_get_resolve_table table;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(parse(&table, cases[i], NULL, &err),
				 DUET_E_ARGUMENT);
		assert_non_null(strstr(err.text, "try --resolve "));
		duet_get_resolve_table_done(&table);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_names_ports_and_addresses),
		cmocka_unit_test(without_any_there_is_no_table),
		cmocka_unit_test(refuses_other_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
