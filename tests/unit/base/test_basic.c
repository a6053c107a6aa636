/* SPDX-License-Identifier: MIT */
#include "base/basic.h"
#include "support/memory.h"
#include "support/unit.h"

/* The first from RFC 7617 s2, with the lengths modulo 3 around it. */
static void credentials_are_base64(void **state)
{
	static const struct {
		const char *userinfo;
		const char *value;
	} rows[] = {
		{ "Aladdin:open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
		{ "a:b", "Basic YTpi" },
		{ "a:bc", "Basic YTpiYw==" },
		{ "a:bcd", "Basic YTpiY2Q=" },
		{ "a", "Basic YTo=" },
		{ ":", "Basic Og==" },
		{ "\xff:\xfe", "Basic /zr+" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		char *value = duet_basic_credentials(rows[i].userinfo);

		assert_string_equal(value, rows[i].value);
		duet_mem_free(value);
	}
}

static void without_memory_there_are_none(void **state)
{
	char *value = NULL;
	int n;

	(void)state;
	for (n = 0; value == NULL; n++) {
		memory_end_after(n);
		value = duet_basic_credentials("a:b");
		(void)memory_done();
	}
	assert_int_equal(n, 3);
	free(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(credentials_are_base64),
		cmocka_unit_test(without_memory_there_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
