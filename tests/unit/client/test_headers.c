/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/mem.h"
#include "client/headers.h"
#include "support/memory.h"
#include "support/unit.h"

static void keeps_fields_in_order_and_finds_them(void **state)
{
	struct duet_headers headers = { 0 };
	char name[8] = "X-?";
	int i;

	(void)state;
	assert_null(duet_headers_get(&headers, "X-a"));
	duet_headers_remove(&headers, "X-a");
	for (i = 0; i < 20; i++) {
		name[2] = (char)('a' + i);
		assert_int_equal(duet_headers_add(&headers, name, name),
				 DUET_OK);
	}
	assert_int_equal(headers.n, 20);
	assert_string_equal(duet_headers_get(&headers, "x-T"), "X-t");
	duet_headers_remove(&headers, "x-a");
	duet_headers_remove(&headers, "X-C");
	assert_int_equal(headers.n, 18);
	assert_string_equal(headers.list[0].name, "X-b");
	assert_string_equal(headers.list[1].name, "X-d");
	assert_null(headers.list[18].name);
	duet_headers_done(&headers);
}

static void removes_every_field_of_a_name(void **state)
{
	struct duet_headers headers = { 0 };

	(void)state;
	assert_int_equal(duet_headers_add_all(&headers,
					      DUET_HEADERS({ "a", "1" },
							   { "B", "2" },
							   { "A", "3" })),
			 DUET_OK);
	assert_int_equal(duet_headers_add_all(&headers, NULL), DUET_OK);
	duet_headers_remove(&headers, "a");
	assert_int_equal(headers.n, 1);
	assert_string_equal(headers.list[0].name, "B");
	duet_headers_done(&headers);
}

static void a_kept_head_outlives_its_source(void **state)
{
	struct duet_kept_head kept;
	char value[] = "text/plain";
	char reason[] = "Fine";

	(void)state;
	assert_int_equal(duet_kept_head_copy(&kept,
					     DUET_HEAD(.status = 200,
						       .reason = reason,
						       .content_length = 7,
						       .headers = DUET_HEADERS(
							       { "Content-Type",
								 value }))),
			 DUET_OK);
	memset(value, 'x', sizeof(value) - 1);
	memset(reason, 'x', sizeof(reason) - 1);
	assert_int_equal(kept.head.status, 200);
	assert_int_equal(kept.head.content_length, 7);
	assert_string_equal(kept.head.reason, "Fine");
	assert_string_equal(kept.head.headers[0].value, "text/plain");
	assert_null(kept.head.headers[1].name);
	duet_kept_head_done(&kept);
}

static void survives_every_allocation_that_fails(void **state)
{
	struct duet_kept_head kept;
	int rc = DUET_E_NOMEM;
	int n;

	(void)state;
	for (n = 0; rc == DUET_E_NOMEM; n++) {
		memory_end_after(n);
		rc = duet_kept_head_copy(&kept,
					 DUET_HEAD(.status = 200,
						   .reason = "OK",
						   .headers =
							   DUET_HEADERS({ "A",
									  "b" },
									{ "C",
									  "d" })));
	}
	assert_int_equal(rc, DUET_OK);
	duet_kept_head_done(&kept);
	(void)memory_done();
	assert_true(n > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_fields_in_order_and_finds_them),
		cmocka_unit_test(removes_every_field_of_a_name),
		cmocka_unit_test(a_kept_head_outlives_its_source),
		cmocka_unit_test(survives_every_allocation_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
