/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/mem.h"
#include "cli/url.h"
#include "support/unit.h"

static void a_url_without_a_scheme_is_https(void **state)
{
	static const struct {
		const char *given;
		const char *complete;
	} cases[] = {
		{ "example.org", "https://example.org" },
		{ "localhost:8443/x", "https://localhost:8443/x" },
		{ "https://example.org", "https://example.org" },
		{ "HTTPS://example.org", "HTTPS://example.org" },
		{ "http://example.org", "http://example.org" },
		{ "ftp://example.org", "ftp://example.org" },
		{ "example.org/?u=http://x",
		  "https://example.org/?u=http://x" },
		{ "[::1]:8443", "https://[::1]:8443" },
		{ "//example.org", "https:////example.org" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		char *url = duet_cli_url_complete(cases[i].given);

		assert_string_equal(url, cases[i].complete);
		duet_mem_free(url);
	}
}

static void names_and_queries_are_added(void **state)
{
	static const struct {
		const char *url;
		const char *name;
		const char *query;
		const char *want;
	} rows[] = {
		{ "https://e/", "a b.txt", NULL, "https://e/a%20b.txt" },
		{ "https://e", "f", NULL, "https://e/f" },
		{ "https://e/d/", "gr\xc3\xbc/?#%", NULL,
		  "https://e/d/gr%C3%BC%2F%3F%23%25" },
		{ "https://e/d", "f", NULL, "https://e/d" },
		{ "https://e/d/?q", "f", NULL, "https://e/d/f?q" },
		{ "https://e?q", "f", NULL, "https://e/f?q" },
		{ "https://e/?q=/", "f", "a=b", "https://e/f?q=/&a=b" },
		{ "https://e/d", NULL, "a=b", "https://e/d?a=b" },
		{ "https://e/d?", NULL, "a=b", "https://e/d?a=b" },
		{ "https://e/d?x#f", NULL, "a=b", "https://e/d?x&a=b" },
		{ "https://e#/f/", NULL, "a=b", "https://e?a=b" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		char *url = duet_cli_url_with(rows[i].url, rows[i].name,
					      rows[i].query);

		assert_string_equal(url, rows[i].want);
		duet_mem_free(url);
	}
	assert_true(duet_cli_url_wants_name("https://e"));
	assert_true(duet_cli_url_wants_name("https://e?q"));
	assert_true(duet_cli_url_wants_name("https://e/d/#f"));
	assert_false(duet_cli_url_wants_name("https://e/d?q/"));
}

static void a_file_is_named_after_the_last_segment(void **state)
{
	static const struct {
		const char *url;
		const char *name;
	} cases[] = {
		{ "https://example.org/a/b.txt", "b.txt" },
		{ "https://example.org/b.txt?x=/y/z", "b.txt" },
		{ "https://example.org/b.txt#/c", "b.txt" },
		{ "https://example.org/a%20b", "a b" },
		{ "https://example.org/gr%C3%BC%C3%9Fe", "gr\xc3\xbc\xc3\x9f"
							 "e" },
		{ "https://example.org/...", "..." },
		{ "https://example.org/.profile", ".profile" },
	};
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		char *name = NULL;

		assert_int_equal(duet_cli_url_name(cases[i].url, &name, &err),
				 DUET_OK);
		assert_string_equal(name, cases[i].name);
		duet_mem_free(name);
	}
}

static void refuses_a_name_that_leads_elsewhere(void **state)
{
	static const char *const cases[] = {
		"https://example.org",
		"https://example.org/",
		"https://example.org/dir/",
		"https://example.org?/x",
		"https://example.org/.",
		"https://example.org/..",
		"https://example.org/%2e%2e",
		"https://example.org/a%2fb",
		"https://example.org/..%2f..%2fetc%2fpasswd",
		"https://example.org/a%00b",
		"https://example.org/a%0ab",
		"https://example.org/%1b[2J",
		"https://example.org/a%7f",
		"https://example.org/a%",
		"https://example.org/a%2",
		"https://example.org/a%zz",
	};
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		char *name = NULL;

		assert_int_equal(duet_cli_url_name(cases[i], &name, &err),
				 DUET_E_ARGUMENT);
		assert_null(name);
		assert_non_null(strstr(err.text, "-o FILE"));
	}
}

static void knows_this_machine_by_its_names(void **state)
{
	static const char *const local[] = {
		"https://localhost",      "https://localhost:8443/x",
		"https://LocalHost/",     "https://a.b.localhost",
		"https://127.0.0.1:1",    "https://127.255.0.9",
		"https://[::1]:8443/",    "https://[0:0:0:0:0:0:0:1]",
		"https://user@localhost",
	};
	static const char *const foreign[] = {
		"https://example.org",
		"https://localhost.example.org",
		"https://notlocalhost",
		"https://localhost@example.org",
		"https://localhost:8443@example.org",
		"https://example.org/localhost",
		"https://example.org?localhost",
		"https://example.org#@localhost",
		"https://128.0.0.1",
		"https://127.0.0.1.example.org",
		"https://127.1",
		"https://[::2]",
		"https://[::ffff:127.0.0.1]",
		"https://",
		"localhost",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(local); i++)
		assert_true(duet_cli_url_is_local(local[i]));
	for (i = 0; i < COUNT(foreign); i++)
		assert_false(duet_cli_url_is_local(foreign[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_without_a_scheme_is_https),
		cmocka_unit_test(names_and_queries_are_added),
		cmocka_unit_test(a_file_is_named_after_the_last_segment),
		cmocka_unit_test(refuses_a_name_that_leads_elsewhere),
		cmocka_unit_test(knows_this_machine_by_its_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
