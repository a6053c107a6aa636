/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "http/outgoing.h"
#include "support/unit.h"

static struct duet_outgoing sums(const struct duet_header *headers)
{
	struct duet_head head = { .size = sizeof(head), .headers = headers };
	struct duet_outgoing out;

	assert_int_equal(duet_outgoing_fields(&head, &out, NULL), DUET_OK);
	return out;
}

static void fields_are_counted(void **state)
{
	struct duet_outgoing out = sums(NULL);

	(void)state;
	assert_int_equal(out.n_fields, 0);
	assert_int_equal(out.bytes, 0);
	out = sums(DUET_HEADERS({ "Host", "a" }, { "X", "" }));
	assert_int_equal(out.n_fields, 2);
	assert_int_equal(out.bytes, strlen("Host: a\r\nX: \r\n"));
	assert_false(out.upgrade);
	assert_false(out.te);
	out = sums(DUET_HEADERS({ "upgrade", "x" }, { "Te", "trailers" }));
	assert_true(out.upgrade);
	assert_true(out.te);
}

static void a_bad_field_is_named(void **state)
{
	static const struct {
		const char *name;
		const char *value;
	} bad[] = {
		{ "", "v" },   { "a b", "v" },        { "a", "x\ry" },
		{ "a", NULL }, { "Connection", "x" }, { "content-length", "3" },
	};
	struct duet_outgoing out;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct duet_head head = {
			.size = sizeof(head),
			.status = 200,
			.headers = DUET_HEADERS({ bad[i].name, bad[i].value }),
		};

		assert_int_equal(duet_outgoing_reply(&head, &out, &err),
				 DUET_E_ARGUMENT);
		assert_non_null(strstr(err.text, bad[i].name));
	}
}

static void a_request_needs_its_parts(void **state)
{
	const struct duet_head bad[] = {
		{ .target = "/", .headers = DUET_HEADERS({ "Host", "a" }) },
		{ .method = "G ET",
		  .target = "/",
		  .headers = DUET_HEADERS({ "Host", "a" }) },
		{ .method = "GET", .headers = DUET_HEADERS({ "Host", "a" }) },
		{ .method = "GET",
		  .target = "*",
		  .headers = DUET_HEADERS({ "Host", "a" }) },
		{ .method = "GET", .target = "/" },
		{ .method = "GET",
		  .target = "/",
		  .headers = DUET_HEADERS({ "Host", "a" }, { "host", "a" }) },
		{ .method = "GET",
		  .target = "/",
		  .headers = DUET_HEADERS({ "Host", "a b" }) },
		{ .method = "GET",
		  .target = "/",
		  .headers = DUET_HEADERS({ "Host", "a" }),
		  .content_length = -2 },
	};
	struct duet_head good = {
		.method = "GET",
		.target = "/",
		.headers = DUET_HEADERS({ "Host", "a" }),
	};
	struct duet_outgoing out;
	struct duet_error err;
	size_t i;

	(void)state;
	assert_int_equal(duet_outgoing_request(&good, &out, &err), DUET_OK);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(duet_outgoing_request(&bad[i], &out, &err),
				 DUET_E_ARGUMENT);
}

static void a_reply_has_a_status_that_fits(void **state)
{
	const struct duet_head bad[] = {
		{ .status = 99 },
		{ .status = 1000 },
		{ .status = 204, .content_length = 1 },
		{ .status = 103, .content_length = 1 },
		{ .status = 200, .content_length = -2 },
		{ .status = 200, .reason = "a\nb" },
	};
	const struct duet_head good = { .status = 200, .content_length = -1 };
	struct duet_outgoing out;
	struct duet_error err;
	size_t i;

	(void)state;
	assert_int_equal(duet_outgoing_reply(&good, &out, &err), DUET_OK);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(duet_outgoing_reply(&bad[i], &out, &err),
				 DUET_E_ARGUMENT);
}

static void some_fields_are_no_trailers(void **state)
{
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_outgoing_trailers(NULL, &err), DUET_OK);
	assert_int_equal(duet_outgoing_trailers(DUET_HEADERS({ "x-sum", "1" }),
						&err),
			 DUET_OK);
	assert_int_equal(duet_outgoing_trailers(DUET_HEADERS({ "Host", "a" }),
						&err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "'Host'"));
}

static void some_methods_tell_the_length_of_nothing(void **state)
{
	static const char *const expect[] = { "POST", "PUT", "PATCH" };
	static const char *const none[] = { "GET", "HEAD", "DELETE", "post" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(expect); i++)
		assert_true(duet_outgoing_expects_content(expect[i]));
	for (i = 0; i < COUNT(none); i++)
		assert_false(duet_outgoing_expects_content(none[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_counted),
		cmocka_unit_test(a_bad_field_is_named),
		cmocka_unit_test(a_request_needs_its_parts),
		cmocka_unit_test(a_reply_has_a_status_that_fits),
		cmocka_unit_test(some_fields_are_no_trailers),
		cmocka_unit_test(some_methods_tell_the_length_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
