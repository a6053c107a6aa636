/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/str.h"
#include "support/unit.h"

static void compares_without_regard_to_case(void **state)
{
	(void)state;
	assert_true(duet_str_eq_nocase("Content-Length", "content-LENGTH"));
	assert_false(duet_str_eq_nocase("Content-Length", "Content-Lengt"));
	assert_false(duet_str_eq_nocase("Content-Lengt", "Content-Length"));
	assert_false(duet_str_eq_nocase("@", "`")); /* 32 apart, no letters */
	assert_true(duet_bytes_eq(duet_str("abc"), "abc"));
	assert_false(duet_bytes_eq(duet_str("abc"), "ABC"));
	assert_true(duet_str_starts("unix:/run", "unix:"));
	assert_true(duet_str_ends("a.localhost", ".localhost"));
	assert_false(duet_str_ends("host", ".localhost"));
}

static void parses_numbers_whole_or_not_at_all(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t value;
	} cases[] = {
		{ "0", true, 0 },
		{ "007", true, 7 },
		{ "18446744073709551615", true, UINT64_MAX },
		{ "18446744073709551616", false, 0 },
		{ "99999999999999999999", false, 0 },
		{ "", false, 0 },
		{ "+1", false, 0 },
		{ "-1", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "0x10", false, 0 },
	};
	uint32_t small;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		uint64_t value = 0;

		assert_int_equal(duet_parse_u64(duet_str(cases[i].text),
						&value),
				 cases[i].good);
		assert_true(value == cases[i].value);
	}
	assert_true(duet_parse_u32("65535", 65535, &small));
	assert_int_equal(small, 65535);
	assert_false(duet_parse_u32("65536", 65535, &small));
}

static void writes_numbers_as_they_are_read(void **state)
{
	static const struct {
		uint64_t value;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 9, "9" },
		{ 10, "10" },
		{ 102400, "102400" },
		{ UINT64_MAX, "18446744073709551615" },
	};
	char text[DUET_U64_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(duet_u64_text(text, cases[i].value),
				 strlen(cases[i].text));
		assert_string_equal(text, cases[i].text);
	}
}

static void makes_text_of_strangers_harmless(void **state)
{
	static const struct {
		const char *text;
		const char *shown;
	} cases[] = {
		{ "plain text", "plain text" },
		{ "\x1b[31mred", "\\x1b[31mred" },
		{ "a\r\nb\tc", "a\\x0d\\x0ab\\x09c" },
		{ "back\\slash", "back\\\\slash" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "\xc2\x9b"
		  "31m",
		  "\\xc2\\x9b31m" },                   /* C1 CSI */
		{ "\xc0\xaf", "\\xc0\\xaf" },          /* overlong */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" }, /* surrogate */
		{ "\xf0\x9f\x94\x92", "\xf0\x9f\x94\x92" },
		{ "\xf0\x9f", "\\xf0\\x9f" },
		{ "\x7f", "\\x7f" },
	};
	char shown[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		duet_str_printable(shown, sizeof(shown),
				   duet_str(cases[i].text));
		assert_string_equal(shown, cases[i].shown);
	}
}

static void a_sentence_is_made_harmless_once(void **state)
{
	static const struct {
		const char *text;
		const char *shown;
	} cases[] = {
		{ "'y\x1b[31m.part'", "'y\\x1b[31m.part'" },
		{ "'y\\x1b[31m.part'", "'y\\x1b[31m.part'" },
		{ "a\\", "a\\" },
		{ "a\\\\b", "a\\\\b" },
		{ "gr\xc3\xbc\xc3\x9f\n", "gr\xc3\xbc\xc3\x9f\\x0a" },
		{ "\xff", "\\xff" },
	};
	char shown[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		duet_str_harmless(shown, sizeof(shown),
				  duet_str(cases[i].text));
		assert_string_equal(shown, cases[i].shown);
	}
}

static void shortens_with_dots_and_never_inside_a_character(void **state)
{
	char shown[10];
	char tiny[1];

	(void)state;
	duet_str_printable(shown, sizeof(shown), duet_str("123456789"));
	assert_string_equal(shown, "123456789");
	duet_str_printable(shown, sizeof(shown), duet_str("1234567890"));
	assert_string_equal(shown, "123456...");
	duet_str_printable(shown, sizeof(shown), duet_str("12345\n7890"));
	assert_string_equal(shown, "12345...");
	duet_str_printable(tiny, sizeof(tiny), duet_str("long"));
	assert_string_equal(tiny, "");
}

/* RFC 3629 s4, but for C1 controls */
static void knows_characters_of_more_than_one_byte(void **state)
{
	static const struct {
		const char *text;
		size_t n;
	} cases[] = {
		{ "", 0 },
		{ "a", 0 },
		{ "\xc3\xa9", 2 },
		{ "\xc3", 0 },
		{ "\xe2\x82\xac...", 3 },
		{ "\xe2\x82", 0 },
		{ "\xf0\x9f\x98\x80", 4 },
		{ "\xc0\xaf", 0 },
		{ "\xed\xa0\x80", 0 },
		{ "\xf4\x90\x80\x80", 0 },
		{ "\xc2\x9b", 0 },
		{ "\xff", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_int_equal(duet_utf8_sequence(cases[i].text,
						    strlen(cases[i].text)),
				 cases[i].n);
	/* without a NUL behind it */
	assert_int_equal(duet_utf8_sequence("\xe2\x82\xac", 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_without_regard_to_case),
		cmocka_unit_test(parses_numbers_whole_or_not_at_all),
		cmocka_unit_test(writes_numbers_as_they_are_read),
		cmocka_unit_test(knows_characters_of_more_than_one_byte),
		cmocka_unit_test(makes_text_of_strangers_harmless),
		cmocka_unit_test(a_sentence_is_made_harmless_once),
		cmocka_unit_test(
			shortens_with_dots_and_never_inside_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
