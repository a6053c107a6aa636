/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cli/resolve.h"
#include "support/unit.h"

static int parse(struct duet_resolve_table *table, const char *a, const char *b,
		 struct duet_error *err)
{
	const char *items[] = { a, b, NULL };
	struct duet_opt_list given = { items, b != NULL ? 2 : 1 };
	struct duet_opt_list none = { NULL, 0 };

	return duet_resolve_table_init(table, &given, &none, err);
}

static void reads_names_ports_and_addresses(void **state)
{
	struct duet_resolve_table table;
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
	duet_resolve_table_done(&table);
}

static void without_any_there_is_no_table(void **state)
{
	struct duet_resolve_table table;
	struct duet_opt_list none = { NULL, 0 };
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_resolve_table_init(&table, &none, &none, &err),
			 DUET_OK);
	assert_null(table.rows);
	duet_resolve_table_done(&table);
}

static void reads_places_that_lead_elsewhere(void **state)
{
	const char *items[] = { "example.org:443:127.0.0.1:8443",
				":::", "[::1]:80:[::2]:", NULL };
	struct duet_opt_list given = { items, 3 };
	struct duet_opt_list none = { NULL, 0 };
	struct duet_resolve_table table;
	const struct duet_connect_to *rows;

	(void)state;
	assert_int_equal(duet_resolve_table_init(&table, &none, &given, NULL),
			 DUET_OK);
	rows = table.detours;
	assert_string_equal(rows[0].host, "example.org");
	assert_int_equal(rows[0].port, 443);
	assert_string_equal(rows[0].to_host, "127.0.0.1");
	assert_int_equal(rows[0].to_port, 8443);
	assert_string_equal(rows[1].host, "");
	assert_int_equal(rows[1].port, 0);
	assert_string_equal(rows[1].to_host, "");
	assert_int_equal(rows[1].to_port, 0);
	assert_string_equal(rows[2].host, "::1");
	assert_string_equal(rows[2].to_host, "::2");
	assert_int_equal(rows[2].to_port, 0);
	assert_null(rows[3].host);
	duet_resolve_table_done(&table);
}

static void refuses_other_places(void **state)
{
	static const char *const cases[] = {
		"",           "a",           "a:1",       "a:1:b",
		"a:x:b:1",    "a:1:b:0",     "a:1:b:1:2", "[::1:1:b:1",
		"[::1]1:b:1", "a:65536:b:1",
	};
	struct duet_opt_list none = { NULL, 0 };
	struct duet_resolve_table table;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const char *items[] = { cases[i], NULL };
		struct duet_opt_list given = { items, 1 };
		struct duet_error err = { 0 };

		assert_int_equal(duet_resolve_table_init(&table, &none, &given,
							 &err),
				 DUET_E_ARGUMENT);
		assert_non_null(strstr(err.text, "--connect-to: "));
		duet_resolve_table_done(&table);
	}
}

static void refuses_other_forms(void **state)
{
	static const char *const cases[] = {
		"",       "example.org",      "example.org:443",
		":443:x", "example.org:0:x",  "example.org:65536:x",
		"a:b:c",  "example.org:443:", "example.org:443:192.0.2.1,",
		"[::1",   "[::1]8443:::1",
	};
	struct duet_resolve_table table;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(parse(&table, cases[i], NULL, &err),
				 DUET_E_ARGUMENT);
		assert_non_null(strstr(err.text, "try --resolve "));
		duet_resolve_table_done(&table);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_names_ports_and_addresses),
		cmocka_unit_test(without_any_there_is_no_table),
		cmocka_unit_test(reads_places_that_lead_elsewhere),
		cmocka_unit_test(refuses_other_places),
		cmocka_unit_test(refuses_other_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
