/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* mkstemp */
#include "base/mem.h"
#include "base/str.h"
#include "files.h"
#include "get/data.h"

struct given {
	const char *data[4];
	const char *by[4];
};

static struct duet_get_options options_of(struct given *given)
{
	struct duet_get_options options;

	duet_get_options_init(&options);
	options.data.items = given->data;
	options.data_by.items = given->by;
	while (given->data[options.data.count] != NULL)
		options.data.count++;
	options.data_by.count = options.data.count;
	return options;
}

static void check_body(struct given *given, const char *want)
{
	struct duet_get_options options = options_of(given);
	struct duet_get_body body = { NULL };
	struct duet_error err;

	if (duet_get_data_body(&body, &options, &err) != DUET_OK)
		fail_msg("%s", err.text);
	assert_string_equal(read_whole(&body, 5), want);
	duet_get_body_done(&body);
}

static void text_is_joined_by_ampersands(void **state)
{
	struct given rows[] = {
		{ { "a=1", "b=2", "" }, { "data", "data", "data" } },
		{ { "@x", "y" }, { "data-raw", "data" } },
		{ { "" }, { "data" } },
	};
	const char *want[] = { "a=1&b=2&", "@x&y", "" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		check_body(&rows[i], want[i]);
}

static void files_keep_or_lose_their_line_ends(void **state)
{
	struct file file = file_new("b=2\r\n&c\n");
	struct given rows[] = {
		{ { "a=1", file.at, "" }, { "data", "data", "data" } },
		{ { "a=1", file.at, "z" }, { "data", "data-binary", "data" } },
		{ { file.at, file.at }, { "data-binary", "data-binary" } },
		{ { "[", file.at, "]" },
		  { "json-body", "json-body", "json-body" } },
	};
	const char *want[] = { "a=1&b=2&c&", "a=1&b=2\r\n&c\n&z",
			       "b=2\r\n&c\n&b=2\r\n&c\n", "[b=2\r\n&c\n]" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		check_body(&rows[i], want[i]);
	(void)unlink(file.path);
}

static void contents_are_encoded_and_names_are_not(void **state)
{
	struct file file = file_new("x y\n");
	char named[40];
	struct given rows[] = {
		{ { "a b&c" }, { "data-urlencode" } },
		{ { "=a=b" }, { "data-urlencode" } },
		{ { "n m=a&b" }, { "data-urlencode" } },
		{ { "n@m=a@b" }, { "data-urlencode" } },
		{ { file.at }, { "data-urlencode" } },
		{ { named, "z" }, { "data-urlencode", "data" } },
		{ { "-._~Z9" }, { "data-urlencode" } },
		{ { "gr\xc3\xbc\xc3\x9f" }, { "data-urlencode" } },
		{ { "=" }, { "data-urlencode" } },
	};
	const char *want[] = { "a%20b%26c", "a%3Db",          "n m=a%26b",
			       "n@m=a%40b", "x%20y%0A",       "n=x%20y%0A&z",
			       "-._~Z9",    "gr%C3%BC%C3%9F", "" };
	size_t i;

	(void)state;
	(void)snprintf(named, sizeof(named), "n%s", file.at);
	for (i = 0; i < COUNT(rows); i++)
		check_body(&rows[i], want[i]);
	(void)unlink(file.path);
}

static void check_query(struct duet_get_options *options, const char *want)
{
	struct duet_error err;
	char *query = NULL;

	if (duet_get_data_query(&query, options, &err) != DUET_OK)
		fail_msg("%s", err.text);
	if (want == NULL)
		assert_null(query);
	else
		assert_string_equal(query, want);
	duet_mem_free(query);
}

static void a_query_is_safe_in_a_url(void **state)
{
	struct given none = { { "a=1" }, { "data" } };
	struct given some = { { "a=1 #x", "b=%20\"\n" },
			      { "data", "data-raw" } };
	const char *queries[] = { "q=a & b", "+raw=a%20b", NULL };
	struct duet_get_options options = options_of(&none);

	(void)state;
	check_query(&options, NULL);
	options = options_of(&some);
	options.get = true;
	check_query(&options, "a=1%20%23x&b=%20%22%0A");
	options.url_query.items = queries;
	options.url_query.count = 2;
	check_query(&options, "q=a%20%26%20b&raw=a%20b&a=1%20%23x&b=%20%22%0A");
}

static void files_that_are_missing_and_too_much_are_told(void **state)
{
	static char long_text[70000];
	static const char *const names[] = { "-d: ", "--data-binary: ",
					     "--data-urlencode: " };
	struct given missing[] = {
		{ { "@/nonexistent/form" }, { "data" } },
		{ { "@/nonexistent/form" }, { "data-binary" } },
		{ { "n@/nonexistent/form" }, { "data-urlencode" } },
	};
	struct given much = { { long_text }, { "data" } };
	struct duet_get_body body = { NULL };
	struct duet_get_options options;
	struct duet_error err;
	char *query = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(missing); i++) {
		options = options_of(&missing[i]);
		assert_int_equal(duet_get_data_body(&body, &options, &err),
				 DUET_E_SYSTEM);
		assert_non_null(strstr(err.text, "'/nonexistent/form'"));
		assert_true(duet_str_starts(err.text, names[i]));
		duet_get_body_done(&body);
	}
	memset(long_text, 'x', sizeof(long_text) - 1);
	options = options_of(&much);
	options.get = true;
	assert_int_equal(duet_get_data_query(&query, &options, &err),
			 DUET_E_LIMIT);
	assert_non_null(strstr(err.text, "65536 bytes"));
	assert_null(query);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_joined_by_ampersands),
		cmocka_unit_test(files_keep_or_lose_their_line_ends),
		cmocka_unit_test(contents_are_encoded_and_names_are_not),
		cmocka_unit_test(a_query_is_safe_in_a_url),
		cmocka_unit_test(files_that_are_missing_and_too_much_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
