/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* mkstemp */
#include "base/mem.h"
#include "files.h"
#include "get/request.h"

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
	assert_int_equal(request.body.n, 0);
	assert_null(request.query);
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

static void data_become_a_form_or_json(void **state)
{
	static const struct {
		const char *by;
		const char *type;
		const char *accept;
	} rows[] = {
		{ "data", "application/x-www-form-urlencoded", "*/*" },
		{ "data-urlencode", "application/x-www-form-urlencoded",
		  "*/*" },
		{ "json-body", "application/json", "application/json" },
	};
	const char *data[] = { "a", NULL };
	const char *by[] = { NULL, NULL };
	struct duet_get_options options;
	struct duet_get_request request;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		by[0] = rows[i].by;
		duet_get_options_init(&options);
		options.data.items = data;
		options.data.count = 1;
		options.data_by.items = by;
		request = make(&options);
		assert_string_equal(request.method, "POST");
		assert_string_equal(read_whole(&request.body, 5), "a");
		assert_string_equal(header(&request, "Content-Type"),
				    rows[i].type);
		assert_string_equal(header(&request, "Accept"), rows[i].accept);
		duet_get_request_done(&request);
		options.get = true;
		options.head = i == 1;
		request = make(&options);
		assert_string_equal(request.method, i == 1 ? "HEAD" : "GET");
		assert_int_equal(request.body.n, 0);
		assert_string_equal(request.query, "a");
		assert_null(header(&request, "Content-Type"));
		duet_get_request_done(&request);
	}
}

static void a_form_with_files_names_its_boundary(void **state)
{
	const char *form[] = { "a=b", NULL };
	const char *by[] = { "form", NULL };
	struct duet_get_options options;
	struct duet_get_request request;
	const char *boundary;
	char *whole;

	(void)state;
	duet_get_options_init(&options);
	options.form.items = form;
	options.form.count = 1;
	options.form_by.items = by;
	request = make(&options);
	assert_string_equal(request.method, "POST");
	boundary = header(&request, "Content-Type");
	assert_memory_equal(boundary, "multipart/form-data; boundary=", 30);
	boundary += 30;
	whole = read_whole(&request.body, 100);
	assert_memory_equal(whole + 2, boundary, strlen(boundary));
	duet_get_request_done(&request);
}

static void a_file_is_put_under_its_name(void **state)
{
	struct file file = file_new("content");
	struct duet_get_options options;
	struct duet_get_request request;
	char want[80];
	char *url;

	(void)state;
	duet_get_options_init(&options);
	options.upload_file = file.path;
	request = make(&options);
	assert_string_equal(request.method, "PUT");
	assert_string_equal(read_whole(&request.body, 100), "content");
	assert_null(header(&request, "Content-Type"));
	url = duet_get_request_url(&request, "e/dir/");
	(void)snprintf(want, sizeof(want), "https://e/dir/%s", file.path + 5);
	assert_string_equal(url, want);
	duet_mem_free(url);
	url = duet_get_request_url(&request, "https://e/other");
	assert_string_equal(url, "https://e/other");
	duet_mem_free(url);
	duet_get_request_done(&request);
	(void)unlink(file.path);
}

static void what_is_filled_in_can_be_sent(void **state)
{
	const char *trailers[] = { "X-One:  1", "X-Two:", NULL };
	const char *lines[] = { "Expect:", NULL };
	struct file file = file_new("content");
	struct duet_get_reading reading;
	struct duet_get_options options;
	struct duet_get_request request;
	struct duet_request filled = { .size = sizeof(filled) };

	(void)state;
	duet_get_options_init(&options);
	options.upload_file = file.path;
	options.trailers.items = trailers;
	options.trailers.count = 2;
	options.headers.items = lines;
	options.headers.count = 1;
	options.expect = true;
	options.user_agent = "me";
	options.referer = "https://r/";
	request = make(&options);
	/* -H Expect: is heard by the library. */
	assert_string_equal(header(&request, "Expect"), "");
	assert_string_equal(header(&request, "User-Agent"), "me");
	assert_string_equal(header(&request, "Referer"), "https://r/");
	duet_get_request_fill(&request, &reading, &filled);
	assert_string_equal(filled.method, "PUT");
	assert_int_equal(filled.source_length, 7);
	assert_ptr_equal(filled.source_arg, &reading);
	assert_non_null(filled.source);
	assert_non_null(filled.rewind);
	assert_string_equal(filled.trailers[0].name, "X-One");
	assert_string_equal(filled.trailers[0].value, "1");
	assert_string_equal(filled.trailers[1].value, "");
	assert_null(filled.trailers[2].name);
	assert_int_equal(duet_get_request_check(&request, 2, NULL), DUET_OK);
	duet_get_reading_done(&reading);
	duet_get_request_done(&request);
	(void)unlink(file.path);
}

static void what_is_read_once_goes_to_one_url(void **state)
{
	struct duet_get_options options;
	struct duet_get_reading reading;
	struct duet_get_request request;
	struct duet_request filled = { .size = sizeof(filled) };
	struct duet_error err;

	(void)state;
	duet_get_options_init(&options);
	options.upload_file = "/dev/zero";
	options.user_agent = "";
	request = make(&options);
	assert_null(header(&request, "User-Agent"));
	assert_int_equal(duet_get_request_check(&request, 1, &err), DUET_OK);
	assert_int_equal(duet_get_request_check(&request, 2, &err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "2 URLs"));
	duet_get_request_fill(&request, &reading, &filled);
	assert_int_equal(filled.source_length, DUET_LENGTH_UNKNOWN);
	assert_null(filled.rewind);
	duet_get_reading_done(&reading);
	duet_get_request_done(&request);
}

static void an_empty_body_has_a_length(void **state)
{
	struct file file = file_new("");
	struct duet_get_options options;
	struct duet_get_reading reading;
	struct duet_get_request request;
	struct duet_request filled = { .size = sizeof(filled) };

	(void)state;
	duet_get_options_init(&options);
	options.upload_file = file.path;
	request = make(&options);
	duet_get_request_fill(&request, &reading, &filled);
	assert_null(filled.source);
	assert_int_equal(filled.source_length, 0);
	assert_string_equal(filled.method, "PUT");
	duet_get_reading_done(&reading);
	duet_get_request_done(&request);
	(void)unlink(file.path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_get_follows_ten_redirects),
		cmocka_unit_test(only_safe_methods_follow_unasked),
		cmocka_unit_test(given_lines_replace_ours_or_take_them_out),
		cmocka_unit_test(a_range_is_asked_for_in_bytes),
		cmocka_unit_test(data_become_a_form_or_json),
		cmocka_unit_test(a_form_with_files_names_its_boundary),
		cmocka_unit_test(a_file_is_put_under_its_name),
		cmocka_unit_test(what_is_filled_in_can_be_sent),
		cmocka_unit_test(what_is_read_once_goes_to_one_url),
		cmocka_unit_test(an_empty_body_has_a_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
