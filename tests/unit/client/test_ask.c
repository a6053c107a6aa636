/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "client/ask.h"
#include "support/memory.h"
#include "support/unit.h"

static int a_source(void *arg, void *buf, size_t cap, size_t *n)
{
	(void)arg;
	(void)buf;
	(void)cap;
	*n = 0;
	return DUET_EOF;
}

static void init(struct duet_ask *ask, const struct duet_request *request)
{
	struct duet_error err;

	if (duet_ask_init(ask, request, NULL, &err) != DUET_OK)
		fail_msg("%s", err.text);
}

static void fills_in_what_is_left_out(void **state)
{
	struct duet_ask ask;

	(void)state;
	init(&ask, DUET_REQUEST(.url = "https://e/"));
	assert_string_equal(ask.method, "GET");
	assert_int_equal(ask.length, 0);
	assert_int_equal(ask.timeout_ms, 300000);
	assert_int_equal(ask.max_body, 16 * 1024 * 1024);
	assert_int_equal(ask.max_redirects, 0);
	assert_int_equal(ask.fd, -1);
	assert_int_equal(ask.headers.n, 1);
	assert_non_null(duet_headers_get(&ask.headers, "User-Agent"));
	assert_false(ask.own_host);
	duet_ask_done(&ask);
}

static void a_body_makes_it_a_post(void **state)
{
	static const struct {
		struct duet_bytes body;
		duet_source_fn *source;
		int64_t source_length;
		const char *method;
		const char *want;
		int64_t length;
	} rows[] = {
		{ { "abc", 3 }, NULL, 0, NULL, "POST", 3 },
		{ { "abc", 3 }, NULL, 0, "PUT", "PUT", 3 },
		{ { NULL, 0 }, a_source, 5, NULL, "POST", 5 },
		{ { NULL, 0 }, a_source, -1, NULL, "POST", -1 },
		{ { NULL, 0 }, a_source, 0, NULL, "POST", -1 },
		{ { NULL, 0 }, NULL, 7, NULL, "GET", 0 },
		{ { NULL, 0 }, NULL, 0, "HEAD", "HEAD", 0 },
	};
	struct duet_ask ask;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		init(&ask,
		     DUET_REQUEST(.url = "https://e/", .body = rows[i].body,
				  .source = rows[i].source,
				  .source_length = rows[i].source_length,
				  .method = rows[i].method));
		assert_string_equal(ask.method, rows[i].want);
		assert_int_equal(ask.length, rows[i].length);
		duet_ask_done(&ask);
	}
}

static void the_users_headers_win(void **state)
{
	struct duet_ask ask;

	(void)state;
	init(&ask, DUET_REQUEST(.url = "https://u:p@e/",
				.headers = DUET_HEADERS({ "host", "f" },
							{ "user-agent", "x" },
							{ "AUTHORIZATION",
							  "Bearer y" })));
	assert_true(ask.own_host);
	assert_int_equal(ask.headers.n, 3);
	assert_string_equal(duet_headers_get(&ask.headers, "User-Agent"), "x");
	assert_string_equal(duet_headers_get(&ask.headers, "Authorization"),
			    "Bearer y");
	duet_ask_done(&ask);
}

static void a_field_without_a_value_keeps_ours_out(void **state)
{
	struct duet_ask ask;

	(void)state;
	init(&ask, DUET_REQUEST(.url = "https://e/",
				.headers = DUET_HEADERS({ "user-agent", NULL },
							{ "Host", NULL })));
	assert_int_equal(ask.headers.n, 0);
	assert_false(ask.own_host);
	duet_ask_done(&ask);
}

static void a_user_in_the_url_is_basic_authorization(void **state)
{
	struct duet_redirect_to to = { .other_origin = false };
	struct duet_ask ask;

	(void)state;
	init(&ask, DUET_REQUEST(.url = "https://Aladdin:open%20sesame@e/"));
	assert_string_equal(duet_headers_get(&ask.headers, "Authorization"),
			    "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
	/* It goes along where it belongs ... */
	assert_int_equal(duet_url_parse(&to.url, "https://e/b", NULL), DUET_OK);
	assert_int_equal(duet_ask_redirect(&ask, &to), DUET_OK);
	assert_string_equal(ask.url.text, "https://e/b");
	assert_non_null(duet_headers_get(&ask.headers, "Authorization"));
	/* ... and nowhere else; another URL may have its own. */
	to.other_origin = true;
	assert_int_equal(duet_url_parse(&to.url, "https://f/", NULL), DUET_OK);
	assert_int_equal(duet_ask_redirect(&ask, &to), DUET_OK);
	assert_null(duet_headers_get(&ask.headers, "Authorization"));
	assert_int_equal(duet_url_parse(&to.url, "https://a:b@g/", NULL),
			 DUET_OK);
	assert_int_equal(duet_ask_redirect(&ask, &to), DUET_OK);
	assert_string_equal(duet_headers_get(&ask.headers, "Authorization"),
			    "Basic YTpi");
	duet_ask_done(&ask);
}

static void a_redirect_to_get_drops_the_body(void **state)
{
	struct duet_redirect_to to = { .as_get = true };
	struct duet_ask ask;

	(void)state;
	init(&ask, DUET_REQUEST(.url = "https://e/", .body = { "abc", 3 },
				.headers = DUET_HEADERS(
					{ "Content-Type", "text/plain" })));
	assert_int_equal(duet_url_parse(&to.url, "https://e/b", NULL), DUET_OK);
	assert_int_equal(duet_ask_redirect(&ask, &to), DUET_OK);
	assert_string_equal(ask.method, "GET");
	assert_int_equal(ask.length, 0);
	assert_int_equal(ask.body.len, 0);
	assert_null(duet_headers_get(&ask.headers, "Content-Type"));
	duet_ask_done(&ask);
}

static void asks_before_it_sends_much(void **state)
{
	static const struct {
		duet_source_fn *source;
		int64_t length;
		const char *expect; /* of the user; NULL: none */
		bool want;
	} rows[] = {
		{ a_source, 1024 * 1024, NULL, false },
		{ a_source, 1024 * 1024 + 1, NULL, true },
		{ a_source, DUET_LENGTH_UNKNOWN, NULL, false },
		{ a_source, 0, NULL, false },
		{ a_source, 1024 * 1024 + 1, "", false },
		{ a_source, 10, "100-Continue", true },
		{ a_source, 0, "100-continue", true },
		{ NULL, 0, "100-continue", false },
	};
	struct duet_ask ask;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		init(&ask,
		     DUET_REQUEST(.url = "https://e/", .source = rows[i].source,
				  .source_length = rows[i].length,
				  .headers = DUET_HEADERS(
					  { rows[i].expect != NULL ? "expect"
								   : "X",
					    rows[i].expect })));
		assert_int_equal(ask.expect_continue, rows[i].want);
		assert_null(duet_headers_get(&ask.headers, "Expect"));
		duet_ask_done(&ask);
	}
}

static void refuses_in_words(void **state)
{
	static const int no_fd = 9999;
	static const struct duet_header bad_name[] = { { "Bad Name", "v" },
						       { 0 } };
	static const struct duet_header bad_value[] = { { "X", "a\nY: b" },
							{ 0 } };
	static const struct duet_header ours[] = { { "Content-Length", "5" },
						   { 0 } };
	static const struct duet_header no_trailer[] = { { "Host", "e" },
							 { 0 } };
	static const struct duet_header proxys[] = {
		{ "proxy-authorization", "Basic eA==" }, { 0 }
	};
	static const struct duet_header bad_host[] = { { "Host", "not a host" },
						       { 0 } };
	static const struct {
		struct duet_request request;
		int code;
		const char *word;
	} rows[] = {
		{ { .size = sizeof(struct duet_request) },
		  DUET_E_ARGUMENT,
		  ".url" },
		{ { .url = "https://e/" }, DUET_E_ARGUMENT, ".size" },
		{ { .size = sizeof(struct duet_request), .url = "http://e/" },
		  DUET_E_URL,
		  "not encrypted" },
		{ { .size = sizeof(struct duet_request), .url = "e" },
		  DUET_E_URL,
		  "put https://" },
		{ { .size = sizeof(struct duet_request),
		    .url = "https://e/",
		    .headers = proxys },
		  DUET_E_ARGUMENT,
		  "the server would see it" },
		{ { .size = sizeof(struct duet_request),
		    .url = "https://e/",
		    .body = { "x", 1 },
		    .source = a_source },
		  DUET_E_ARGUMENT,
		  "both set" },
		{ { .size = sizeof(struct duet_request),
		    .url = "https://e/",
		    .source = a_source,
		    .source_length = -2 },
		  DUET_E_ARGUMENT,
		  "source_length" },
		{ { .size = sizeof(struct duet_request),
		    .url = "https://e/",
		    .fd = &no_fd },
		  DUET_E_SYSTEM,
		  "9999" },
		{ { .size = sizeof(struct duet_request),
		    .url = "https://e/",
		    .method = "BAD M" },
		  DUET_E_ARGUMENT,
		  "method" },
		{ { .size = sizeof(struct duet_request),
		    .url = "https://e/",
		    .headers = bad_name },
		  DUET_E_ARGUMENT,
		  "'Bad Name'" },
		{ { .size = sizeof(struct duet_request),
		    .url = "https://e/",
		    .method = "CONNECT" },
		  DUET_E_ARGUMENT,
		  "no target for CONNECT" },
		{ { .size = sizeof(struct duet_request),
		    .url = "https://e/",
		    .headers = bad_value },
		  DUET_E_ARGUMENT,
		  "control characters" },
		{ { .size = sizeof(struct duet_request),
		    .url = "https://e/",
		    .headers = ours },
		  DUET_E_ARGUMENT,
		  "leave it out" },
		{ { .size = sizeof(struct duet_request),
		    .url = "https://e/",
		    .trailers = no_trailer },
		  DUET_E_ARGUMENT,
		  "the trailer field 'Host' cannot be sent after a body" },
		{ { .size = sizeof(struct duet_request),
		    .url = "https://e/",
		    .headers = bad_host },
		  DUET_E_ARGUMENT,
		  "Host" },
	};
	struct duet_ask ask;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		memset(&err, 0, sizeof(err));
		if (duet_ask_init(&ask, &rows[i].request, NULL, &err) !=
			    rows[i].code ||
		    strstr(err.text, rows[i].word) == NULL)
			fail_msg("row %zu: %s", i, err.text);
	}
}

static void trailers_are_announced_and_need_chunks(void **state)
{
	static const struct duet_header two[] = { { "X-One", "1" },
						  { "X-Two", "" },
						  { 0 } };
	static const struct {
		struct duet_bytes body;
		const char *announced; /* by the user */
		const char *want;
	} rows[] = {
		{ { "abc", 3 }, NULL, "X-One, X-Two" },
		{ { NULL, 0 }, NULL, "X-One, X-Two" },
		{ { "abc", 3 }, "X-Two", "X-Two" },
	};
	struct duet_redirect_to to = { .as_get = true };
	struct duet_ask ask;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		init(&ask,
		     DUET_REQUEST(.url = "https://e/", .body = rows[i].body,
				  .trailers = two,
				  .headers = DUET_HEADERS(
					  { "trailer", rows[i].announced })));
		assert_string_equal(ask.method, "POST");
		assert_int_equal(ask.length, DUET_LENGTH_UNKNOWN);
		assert_string_equal(duet_headers_get(&ask.headers, "Trailer"),
				    rows[i].want);
		assert_ptr_equal(ask.trailers, two);
		duet_ask_done(&ask);
	}
	init(&ask, DUET_REQUEST(.url = "https://e/", .trailers = two));
	assert_int_equal(duet_url_parse(&to.url, "https://e/b", NULL), DUET_OK);
	assert_int_equal(duet_ask_redirect(&ask, &to), DUET_OK);
	assert_null(ask.trailers);
	assert_null(duet_headers_get(&ask.headers, "Trailer"));
	duet_ask_done(&ask);
	init(&ask, DUET_REQUEST(.url = "https://e/",
				.trailers = DUET_HEADERS({ NULL, NULL })));
	assert_string_equal(ask.method, "GET");
	assert_int_equal(ask.length, 0);
	duet_ask_done(&ask);
}

static int rewind_status(void *arg)
{
	return *(const int *)arg;
}

static void a_source_is_sent_again_only_if_it_can_be(void **state)
{
	int status = DUET_OK;
	struct duet_error err = { 0 };
	struct duet_ask ask;

	(void)state;
	init(&ask, DUET_REQUEST(.url = "https://e/", .source = a_source));
	assert_false(duet_ask_can_repeat(&ask));
	duet_ask_done(&ask);
	init(&ask, DUET_REQUEST(.url = "https://e/", .body = { "abc", 3 }));
	assert_true(duet_ask_can_repeat(&ask));
	assert_int_equal(duet_ask_rewind(&ask, &err), DUET_OK);
	duet_ask_done(&ask);
	init(&ask,
	     DUET_REQUEST(.url = "https://e/", .source = a_source,
			  .source_arg = &status, .rewind = rewind_status));
	assert_true(duet_ask_can_repeat(&ask));
	assert_int_equal(duet_ask_rewind(&ask, &err), DUET_OK);
	status = DUET_E_SYSTEM;
	assert_int_equal(duet_ask_rewind(&ask, &err), DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "sent again"));
	duet_ask_done(&ask);
}

static void a_socket_is_duplicated(void **state)
{
	struct duet_ask ask;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	init(&ask, DUET_REQUEST(.url = "http://e/", .insecure_http = 1,
				.fd = &fds[0]));
	assert_true(ask.fd >= 0 && ask.fd != fds[0]);
	duet_ask_done(&ask);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
}

static void knows_what_may_be_asked_twice(void **state)
{
	static const struct {
		const char *method;
		bool idempotent;
	} rows[] = {
		{ "GET", true },    { "HEAD", true },    { "PUT", true },
		{ "DELETE", true }, { "OPTIONS", true }, { "TRACE", true },
		{ "POST", false },  { "PATCH", false },  { "get", false },
	};
	struct duet_ask ask;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		init(&ask, DUET_REQUEST(.url = "https://e/",
					.method = rows[i].method));
		assert_int_equal(duet_ask_is_idempotent(&ask),
				 rows[i].idempotent);
		duet_ask_done(&ask);
	}
}

static void survives_every_allocation_that_fails(void **state)
{
	struct duet_ask ask;
	int rc = DUET_E_NOMEM;
	int n;

	(void)state;
	for (n = 0; rc == DUET_E_NOMEM; n++) {
		memory_end_after(n);
		rc = duet_ask_init(&ask,
				   DUET_REQUEST(.url = "https://u:p@e/",
						.headers = DUET_HEADERS(
							{ "A", "b" }),
						.trailers =
							DUET_HEADERS({ "C",
								       "d" },
								     { "E",
								       "f" })),
				   NULL, NULL);
	}
	assert_int_equal(rc, DUET_OK);
	duet_ask_done(&ask);
	(void)memory_done();
	assert_true(n > 10);
}

static void a_part_is_not_decoded(void **state)
{
	struct duet_error err;
	struct duet_ask ask;

	(void)state;
	init(&ask, DUET_REQUEST(.url = "https://e/", .decode = 1));
	assert_string_equal(duet_headers_get(&ask.headers, "Accept-Encoding"),
			    "zstd, br, gzip");
	duet_ask_done(&ask);
	init(&ask, DUET_REQUEST(.url = "https://e/", .decode = 1,
				.headers = DUET_HEADERS(
					{ "accept-encoding", "br" })));
	assert_string_equal(duet_headers_get(&ask.headers, "Accept-Encoding"),
			    "br");
	duet_ask_done(&ask);
	assert_int_equal(duet_ask_init(&ask,
				       DUET_REQUEST(.url = "https://e/",
						    .decode = 1,
						    .headers = DUET_HEADERS(
							    { "Range",
							      "bytes=0-1" })),
				       NULL, &err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, ".decode"));
}

static void only_what_may_come_twice_goes_early(void **state)
{
	static const struct duet_header trailer[] = { { "A", "b" },
						      { NULL, NULL } };
	const struct duet_request bad[] = {
		{ .url = "https://e/", .method = "POST" },
		{ .url = "https://e/", .method = "get" },
		{ .url = "https://e/", .method = "OPTIONS" },
		{ .url = "https://e/", .method = "GET", .body = { "x", 1 } },
		{ .url = "https://e/", .source = a_source },
		{ .url = "https://e/", .method = "GET", .trailers = trailer },
		{ .url = "http://e/", .insecure_http = 1 },
	};
	struct duet_error err;
	struct duet_ask ask;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		struct duet_request request = bad[i];

		request.size = sizeof(request);
		request.early_data = 1;
		assert_int_equal(duet_ask_init(&ask, &request, NULL, &err),
				 DUET_E_ARGUMENT);
		assert_non_null(strstr(err.text, ".early_data"));
	}
	init(&ask, DUET_REQUEST(.url = "https://e/"));
	assert_false(ask.early);
	duet_ask_done(&ask);
	init(&ask, DUET_REQUEST(.url = "https://e/", .method = "HEAD",
				.early_data = 1));
	assert_true(ask.early);
	duet_ask_done(&ask);
}

static void it_does_not_go_early_to_another_origin(void **state)
{
	struct duet_ask ask;
	int other;

	(void)state;
	for (other = 0; other < 2; other++) {
		struct duet_redirect_to to = { .other_origin = other != 0 };
		struct duet_error err;

		init(&ask, DUET_REQUEST(.url = "https://e/", .early_data = 1));
		assert_int_equal(duet_url_parse(&to.url, "https://f/", &err),
				 DUET_OK);
		assert_int_equal(duet_ask_redirect(&ask, &to), DUET_OK);
		assert_int_equal(ask.early, other == 0);
		duet_ask_done(&ask);
	}
}

/* RFC 6265bis s5.8.1 */
static void there_is_one_field_of_cookies(void **state)
{
	struct duet_headers all = { 0 };
	struct duet_ask ask;

	(void)state;
	init(&ask, DUET_REQUEST(.url = "https://e/",
				.headers = DUET_HEADERS({ "cookie", "own" })));
	duet_ask_set_cookies(&ask, duet_mem_strdup("kept"));
	duet_ask_set_cookies(&ask, duet_mem_strdup("a=b; c=d"));
	assert_int_equal(duet_ask_fields(&ask, &all), DUET_OK);
	assert_string_equal(duet_headers_get(&all, "Cookie"), "a=b; c=d; own");
	assert_int_equal(all.n, 3);
	duet_headers_done(&all);
	duet_ask_done(&ask);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_is_not_decoded),
		cmocka_unit_test(only_what_may_come_twice_goes_early),
		cmocka_unit_test(it_does_not_go_early_to_another_origin),
		cmocka_unit_test(there_is_one_field_of_cookies),
		cmocka_unit_test(fills_in_what_is_left_out),
		cmocka_unit_test(a_body_makes_it_a_post),
		cmocka_unit_test(the_users_headers_win),
		cmocka_unit_test(a_field_without_a_value_keeps_ours_out),
		cmocka_unit_test(a_user_in_the_url_is_basic_authorization),
		cmocka_unit_test(a_redirect_to_get_drops_the_body),
		cmocka_unit_test(asks_before_it_sends_much),
		cmocka_unit_test(refuses_in_words),
		cmocka_unit_test(trailers_are_announced_and_need_chunks),
		cmocka_unit_test(a_source_is_sent_again_only_if_it_can_be),
		cmocka_unit_test(a_socket_is_duplicated),
		cmocka_unit_test(knows_what_may_be_asked_twice),
		cmocka_unit_test(survives_every_allocation_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
