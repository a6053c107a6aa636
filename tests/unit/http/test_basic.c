/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "http/basic.h"
#include "support/unit.h"

enum {
	VALUE_BYTES = 2048,
	LONG = 600,
};

static bool read_pair(const void *pair, size_t len, struct duet_basic *ret)
{
	char value[VALUE_BYTES] = "Basic ";

	duet_base64_encode(value + strlen(value),
			   (struct duet_bytes){ pair, len });
	return duet_basic_read(value, ret);
}

static void assert_empty(const struct duet_basic *basic)
{
	static const struct duet_basic empty;

	assert_memory_equal(basic, &empty, sizeof(empty));
}

static void reads_the_examples_of_the_rfc(void **state)
{
	struct duet_basic basic;

	(void)state;
	/* RFC 7617 s2, s2.1 */
	assert_true(
		duet_basic_read("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", &basic));
	assert_string_equal(basic.name, "Aladdin");
	assert_string_equal(basic.password, "open sesame");
	assert_true(duet_basic_read("Basic dGVzdDoxMjPCow==", &basic));
	assert_string_equal(basic.name, "test");
	assert_string_equal(basic.password, "123\xc2\xa3");
	duet_basic_wipe(&basic);
	assert_empty(&basic);
}

static void the_case_of_the_scheme_and_blanks_do_not_count(void **state)
{
	struct duet_basic basic;

	(void)state;
	assert_true(duet_basic_read("bASIC   YTpi", &basic));
	assert_string_equal(basic.name, "a");
	assert_string_equal(basic.password, "b");
}

static void only_the_first_colon_parts(void **state)
{
	struct duet_basic basic;

	(void)state;
	assert_true(read_pair("a:b:c:", 6, &basic));
	assert_string_equal(basic.name, "a");
	assert_string_equal(basic.password, "b:c:");
	assert_true(read_pair(":", 1, &basic));
	assert_string_equal(basic.name, "");
	assert_string_equal(basic.password, "");
	assert_true(read_pair("a:", 2, &basic));
	assert_string_equal(basic.password, "");
}

static void what_is_malformed_gives_nothing(void **state)
{
	static const char *const values[] = {
		"",
		" ",
		"Basic",
		"Basic ",
		"Basi YTpi",
		"BasicYTpi",
		"Basicc YTpi",
		"Basic\tYTpi",
		" Basic YTpi",
		"Bearer YTpi",
		"Basic YTpi ",
		"Basic YTpi,",
		"Basic YTpi YTpi",
		"Basic YTp",
		"Basic YTo",
		"Basic YTp=",
		"Basic a:b",
		"Basic realm=\"x\"",
		"Basic YWI=", /* ab */
		"Basic \xc3\xa9\xc3\xa9",
	};
	struct duet_basic basic;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(values); i++) {
		if (duet_basic_read(values[i], &basic))
			fail_msg("'%s' was read", values[i]);
		assert_empty(&basic);
	}
}

static void control_characters_are_refused_wherever_they_are(void **state)
{
	struct duet_basic basic;
	char pair[] = "ab:cd";
	size_t at;
	int c;

	(void)state;
	for (at = 0; at < 5; at++) {
		char kept = pair[at];

		if (kept == ':')
			continue;
		for (c = 0; c < 256; c++) {
			pair[at] = (char)c;
			assert_int_equal(read_pair(pair, 5, &basic),
					 c >= 0x20 && c != 0x7f);
		}
		pair[at] = kept;
	}
}

static void each_of_the_two_has_its_length(void **state)
{
	struct duet_basic basic;
	char pair[2 * LONG];

	(void)state;
	memset(pair, 'x', sizeof(pair));
	pair[DUET_BASIC_NAME_MAX] = ':';
	assert_true(read_pair(pair,
			      DUET_BASIC_NAME_MAX + 1 + DUET_BASIC_PASSWORD_MAX,
			      &basic));
	assert_int_equal(strlen(basic.name), DUET_BASIC_NAME_MAX);
	assert_int_equal(strlen(basic.password), DUET_BASIC_PASSWORD_MAX);
	assert_false(
		read_pair(pair,
			  DUET_BASIC_NAME_MAX + 2 + DUET_BASIC_PASSWORD_MAX,
			  &basic));
	assert_empty(&basic);
	memset(pair, 'x', sizeof(pair));
	pair[1] = ':';
	assert_true(read_pair(pair, 2 + DUET_BASIC_PASSWORD_MAX, &basic));
	assert_false(read_pair(pair, 3 + DUET_BASIC_PASSWORD_MAX, &basic));
	pair[1] = 'x';
	pair[DUET_BASIC_NAME_MAX + 1] = ':';
	assert_false(read_pair(pair, DUET_BASIC_NAME_MAX + 2, &basic));
	assert_false(read_pair(pair, sizeof(pair), &basic));
}

static void a_challenge_has_its_realm_in_quotes(void **state)
{
	struct duet_buf buf;

	(void)state;
	duet_buf_init(&buf, VALUE_BYTES);
	assert_int_equal(duet_basic_challenge(&buf, "The \"old\" C:\\ house"),
			 DUET_OK);
	assert_int_equal(duet_buf_add(&buf, "", 1), DUET_OK);
	assert_string_equal((const char *)duet_buf_bytes(&buf).data,
			    "Basic realm=\"The \\\"old\\\" C:\\\\ house\", charset=\"UTF-8\"");
	duet_buf_reset(&buf);
	assert_int_equal(duet_basic_challenge(&buf, "a\r\nSet-Cookie: b"),
			 DUET_E_ARGUMENT);
	assert_int_equal(duet_buf_len(&buf), 0);
	duet_buf_done(&buf);
	duet_buf_init(&buf, 16);
	assert_int_equal(duet_basic_challenge(&buf, "long"), DUET_E_LIMIT);
	duet_buf_done(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_examples_of_the_rfc),
		cmocka_unit_test(
			the_case_of_the_scheme_and_blanks_do_not_count),
		cmocka_unit_test(only_the_first_colon_parts),
		cmocka_unit_test(what_is_malformed_gives_nothing),
		cmocka_unit_test(
			control_characters_are_refused_wherever_they_are),
		cmocka_unit_test(each_of_the_two_has_its_length),
		cmocka_unit_test(a_challenge_has_its_realm_in_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
