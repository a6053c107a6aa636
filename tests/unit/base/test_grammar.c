/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/grammar.h"
#include "base/str.h"
#include "support/unit.h"

/* RFC 9110 s5.5, s5.6.2, s5.6.3; RFC 5234 B.1 */
static void every_byte_is_in_its_class(void **state)
{
	static const char tchars[] = "!#$%&'*+-.^_`|~0123456789"
				     "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	int c;

	(void)state;
	for (c = 0; c < 256; c++) {
		bool token = c != 0 && strchr(tchars, c) != NULL;
		bool value = c == '\t' || (c >= ' ' && c != 0x7f);
		bool visible = c >= '!' && c <= '~';

		assert_int_equal(duet_is_control((unsigned char)c),
				 !value || c == '\t');
		assert_int_equal(duet_is_vchar((unsigned char)c), visible);
		assert_int_equal(duet_is_ows((unsigned char)c),
				 c == ' ' || c == '\t');
		assert_int_equal(duet_is_tchar((unsigned char)c), token);
		assert_int_equal(duet_is_field_byte((unsigned char)c), value);
	}
}

static void a_token_has_a_byte_and_a_value_need_not(void **state)
{
	struct duet_bytes with_nul = { "a\0b", 3 };

	(void)state;
	assert_true(duet_is_token(duet_str("X-A")));
	assert_false(duet_is_token(duet_str("")));
	assert_false(duet_is_token(duet_str("X A")));
	assert_false(duet_is_token(with_nul));
	assert_true(duet_is_field_value(duet_str("")));
	assert_true(duet_is_field_value(duet_str(" \xff\t")));
	assert_false(duet_is_field_value(with_nul));
}

static void blanks_go_at_both_ends(void **state)
{
	static const struct {
		const char *text;
		const char *trimmed;
	} rows[] = {
		{ "", "" },           { " \t ", "" },
		{ "a", "a" },         { " \ta b\t ", "a b" },
		{ "\na\r", "\na\r" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		assert_true(duet_bytes_eq(duet_trim(duet_str(rows[i].text)),
					  rows[i].trimmed));
}

/* At every place of a text of every length, since eight are looked at once. */
static void a_control_character_is_found_wherever_it_is(void **state)
{
	char text[40];
	size_t len;
	size_t at;
	int c;

	(void)state;
	for (len = 1; len < sizeof(text); len++) {
		memset(text, '\x80', sizeof(text));
		assert_true(
			duet_is_field_value((struct duet_bytes){ text, len }));
		for (at = 0; at < len; at++)
			for (c = 0; c < 256; c++) {
				memset(text, at % 2 ? '~' : '\xff', len);
				text[at] = (char)c;
				assert_int_equal(duet_is_field_value(
							 (struct duet_bytes){
								 text, len }),
						 duet_is_field_byte(
							 (unsigned char)c));
			}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_is_in_its_class),
		cmocka_unit_test(a_control_character_is_found_wherever_it_is),
		cmocka_unit_test(a_token_has_a_byte_and_a_value_need_not),
		cmocka_unit_test(blanks_go_at_both_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
