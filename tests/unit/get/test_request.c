/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* mkstemp */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "get/request.h"
#include "support/unit.h"

static const char *header(const struct duet_get_request *request,
			  const char *name)
{
	const struct duet_header *header;

	for (header = request->headers; header->name != NULL; header++)
		if (strcmp(header->name, name) == 0)
			return header->value;
	return NULL;
}

static struct duet_get_request make(const struct duet_get_options *options)
{
	struct duet_get_request request;
	struct duet_error err;

	assert_int_equal(duet_get_request_init(&request, options, &err),
			 DUET_OK);
	return request;
}

static void a_plain_get_follows_ten_redirects(void **state)
{
	struct duet_get_options options;
	struct duet_get_request request;

	(void)state;
	duet_get_options_init(&options);
	request = make(&options);
	assert_string_equal(request.method, "GET");
	assert_int_equal(request.max_redirects, 10);
	assert_string_equal(header(&request, "User-Agent"),
			    "duet/" DUET_VERSION);
	assert_string_equal(header(&request, "Accept"), "*/*");
	assert_int_equal(request.n_headers, 2);
	assert_int_equal(request.body.len, 0);
	duet_get_request_done(&request);
}

static void only_safe_methods_follow_unasked(void **state)
{
	static const struct {
		const char *method;
		uint8_t location;
		int followed;
	} cases[] = {
		{ "GET", DUET_GET_LOCATION_SAFE, 7 },
		{ "HEAD", DUET_GET_LOCATION_SAFE, 7 },
		{ "POST", DUET_GET_LOCATION_SAFE, 0 },
		{ "PUT", DUET_GET_LOCATION_SAFE, 0 },
		{ "PUT", DUET_GET_LOCATION_ON, 7 },
		{ "GET", DUET_GET_LOCATION_OFF, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_get_options options;
		struct duet_get_request request;

		duet_get_options_init(&options);
		options.method = cases[i].method;
		options.location = cases[i].location;
		options.max_redirs = 7;
		request = make(&options);
		assert_int_equal(request.max_redirects, cases[i].followed);
		duet_get_request_done(&request);
	}
}

static void given_lines_replace_ours_or_take_them_out(void **state)
{
	const char *lines[] = { "accept:text/html", "User-Agent:", "X-Empty;",
				"X-Two:  a: b", NULL };
	struct duet_get_options options;
	struct duet_get_request request;

	(void)state;
	duet_get_options_init(&options);
	options.headers.items = lines;
	options.headers.count = 4;
	request = make(&options);
	assert_string_equal(header(&request, "accept"), "text/html");
	assert_null(header(&request, "Accept"));
	assert_null(header(&request, "User-Agent"));
	assert_string_equal(header(&request, "X-Empty"), "");
	assert_string_equal(header(&request, "X-Two"), "a: b");
	assert_int_equal(request.n_headers, 4); /* and one without a value */
	duet_get_request_done(&request);
}

/* RFC 7617 s2, RFC 4648 s10 */
static void passwords_are_sent_as_basic_authentication(void **state)
{
	static const struct {
		const char *user;
		const char *value;
	} cases[] = {
		{ "Aladdin:open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
		{ "a:", "Basic YTo=" },
		{ "ab:", "Basic YWI6" },
		{ "a:bc", "Basic YTpiYw==" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_get_options options;
		struct duet_get_request request;

		duet_get_options_init(&options);
		options.user = cases[i].user;
		request = make(&options);
		assert_string_equal(header(&request, "Authorization"),
				    cases[i].value);
		duet_get_request_done(&request);
	}
}

static void a_range_is_asked_for_in_bytes(void **state)
{
	struct duet_get_options options;
	struct duet_get_request request;

	(void)state;
	duet_get_options_init(&options);
	options.range = "0-99";
	request = make(&options);
	assert_string_equal(header(&request, "Range"), "bytes=0-99");
	duet_get_request_done(&request);
}

static void data_is_joined_and_files_lose_their_line_ends(void **state)
{
	char path[] = "/tmp/duet-test-XXXXXX";
	char at_path[sizeof(path) + 1];
	const char *data[] = { "a=1", at_path, "", NULL };
	struct duet_get_options options;
	struct duet_get_request request;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "b=2\r\n&c\n", 8), 8);
	(void)close(fd);
	(void)snprintf(at_path, sizeof(at_path), "@%s", path);
	duet_get_options_init(&options);
	options.data.items = data;
	options.data.count = 3;
	request = make(&options);
	(void)unlink(path);
	assert_string_equal(request.method, "POST");
	assert_string_equal(request.body.data, "a=1&b=2&c&");
	assert_int_equal(request.body.len, 10);
	assert_string_equal(header(&request, "Content-Type"),
			    "application/x-www-form-urlencoded");
	duet_get_request_done(&request);
}

static void a_missing_file_of_data_is_named(void **state)
{
	const char *data[] = { "@/nonexistent/form", NULL };
	struct duet_get_options options;
	struct duet_get_request request;
	struct duet_error err;

	(void)state;
	duet_get_options_init(&options);
	options.data.items = data;
	options.data.count = 1;
	assert_int_equal(duet_get_request_init(&request, &options, &err),
			 DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "'/nonexistent/form'"));
	duet_get_request_done(&request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_get_follows_ten_redirects),
		cmocka_unit_test(only_safe_methods_follow_unasked),
		cmocka_unit_test(given_lines_replace_ours_or_take_them_out),
		cmocka_unit_test(passwords_are_sent_as_basic_authentication),
		cmocka_unit_test(a_range_is_asked_for_in_bytes),
		cmocka_unit_test(data_is_joined_and_files_lose_their_line_ends),
		cmocka_unit_test(a_missing_file_of_data_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
