/* SPDX-License-Identifier: MIT */
#include "download/validator.h"
#include "support/unit.h"

#define EARLY "Sun, 06 Nov 1994 08:49:37 GMT"
#define LATE  "Sun, 06 Nov 1994 08:50:37 GMT"
#define SOON  "Sun, 06 Nov 1994 08:50:36 GMT"

static struct duet_validator of(const char *etag, const char *modified,
				const char *date)
{
	struct duet_header headers[4] = { { NULL, NULL } };
	struct duet_head head = { .size = sizeof(head), .headers = headers };
	struct duet_validator validator;
	size_t n = 0;

	if (etag != NULL)
		headers[n++] =
			(struct duet_header){ .name = "ETag", .value = etag };
	if (modified != NULL)
		headers[n++] = (struct duet_header){ .name = "Last-Modified",
						     .value = modified };
	if (date != NULL)
		headers[n++] =
			(struct duet_header){ .name = "Date", .value = date };
	duet_validator_of(&head, &validator);
	return validator;
}

static void takes_what_is_strong(void **state)
{
	(void)state;
	assert_string_equal(of("\"a\"", EARLY, LATE).text, "\"a\"");
	assert_string_equal(of(NULL, EARLY, LATE).text, EARLY);
}

static void takes_nothing_that_is_weak(void **state)
{
	(void)state;
	assert_string_equal(of("W/\"a\"", EARLY, LATE).text, "");
	assert_string_equal(of("a", EARLY, LATE).text, "");
	assert_string_equal(of(NULL, EARLY, SOON).text, "");
	assert_string_equal(of(NULL, EARLY, NULL).text, "");
	assert_string_equal(of(NULL, LATE, EARLY).text, "");
	assert_string_equal(of(NULL, "yesterday", LATE).text, "");
	assert_string_equal(of(NULL, NULL, LATE).text, "");
}

static void one_too_long_is_none(void **state)
{
	char tag[DUET_VALIDATOR_BYTES + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tag); i++)
		tag[i] = 'x';
	tag[0] = '"';
	tag[DUET_VALIDATOR_BYTES - 2] = '"';
	tag[DUET_VALIDATOR_BYTES - 1] = '\0';
	assert_string_equal(of(tag, NULL, NULL).text, tag);
	tag[DUET_VALIDATOR_BYTES - 2] = 'x';
	tag[DUET_VALIDATOR_BYTES - 1] = '"';
	tag[DUET_VALIDATOR_BYTES] = '\0';
	assert_string_equal(of(tag, NULL, NULL).text, "");
}

static void a_part_may_deny_to_be_of_the_version(void **state)
{
	struct duet_header headers[] = { { .name = "ETag", .value = "\"b\"" },
					 { NULL, NULL } };
	struct duet_head head = { .size = sizeof(head), .headers = headers };
	struct duet_validator validator = of("\"a\"", NULL, NULL);
	struct duet_validator none = of(NULL, NULL, NULL);

	(void)state;
	assert_true(duet_validator_is_denied(&validator, &head));
	assert_false(duet_validator_is_denied(&none, &head));
	headers[0].value = "\"a\"";
	assert_false(duet_validator_is_denied(&validator, &head));
	headers[0].value = "W/\"a\"";
	assert_true(duet_validator_is_denied(&validator, &head));
	headers[0].name = NULL;
	assert_false(duet_validator_is_denied(&validator, &head));
}

static void text_of_a_file_is_looked_at(void **state)
{
	struct duet_validator validator;

	(void)state;
	assert_true(duet_validator_parse("\"a\"", &validator));
	assert_true(duet_validator_is_some(&validator));
	assert_true(duet_validator_parse(EARLY, &validator));
	assert_false(duet_validator_parse("W/\"a\"", &validator));
	assert_false(duet_validator_is_some(&validator));
	assert_false(duet_validator_parse("\"a\"\r\nX: y", &validator));
	assert_false(duet_validator_parse("\"a\"b", &validator));
	assert_false(duet_validator_parse("", &validator));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_is_strong),
		cmocka_unit_test(takes_nothing_that_is_weak),
		cmocka_unit_test(one_too_long_is_none),
		cmocka_unit_test(a_part_may_deny_to_be_of_the_version),
		cmocka_unit_test(text_of_a_file_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
