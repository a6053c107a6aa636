/* SPDX-License-Identifier: MIT */
#include "download/part.h"
#include "support/unit.h"

static bool of(const char *value, struct duet_span *part, int64_t *size)
{
	struct duet_header headers[] = {
		{ .name = "content-range", .value = value }, { NULL, NULL }
	};
	struct duet_head head = { .size = sizeof(head), .headers = headers };

	if (value == NULL)
		headers[0].name = NULL;
	return duet_part_of(&head, part, size);
}

static void says_which_part_of_how_much(void **state)
{
	struct duet_span part;
	int64_t size;

	(void)state;
	assert_true(of("bytes 100-199/1000", &part, &size));
	assert_int_equal(part.from, 100);
	assert_int_equal(part.to, 200);
	assert_int_equal(size, 1000);
	assert_true(of("bytes 100-199/*", &part, &size));
	assert_int_equal(size, -1);
	assert_true(of("bytes */1000", &part, &size));
	assert_int_equal(part.from, part.to);
	assert_int_equal(size, 1000);
}

static void refuses_what_cannot_be(void **state)
{
	static const char *const bad[] = {
		NULL,
		"",
		"bytes",
		"bytes 0-99",
		"bytes 99-0/1000",
		"bytes 0-1000/1000",
		"bytes */*",
		"lines 0-99/1000",
		"bytes 0-99/1000, 100-199/1000",
		"bytes 0-18446744073709551615/*",
		"bytes 9223372036854775808-9223372036854775809/*",
		"bytes 0-99/99999999999999999999",
	};
	struct duet_span part;
	int64_t size;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		if (of(bad[i], &part, &size))
			fail_msg("believed: %s", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_which_part_of_how_much),
		cmocka_unit_test(refuses_what_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
