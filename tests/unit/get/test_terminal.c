/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "get/terminal.h"
#include "support/unit.h"

/* What is shown of text that comes in pieces of n bytes. */
static void show_in_pieces(char *dst, const char *text, size_t len, size_t n)
{
	struct duet_get_terminal terminal;
	const uint8_t *p = (const uint8_t *)text;

	duet_get_terminal_init(&terminal);
	while (len > 0) {
		size_t piece = n < len ? n : len;
		size_t taken;

		dst += duet_get_terminal_show(&terminal, dst, 64, p, piece,
					      &taken);
		assert_int_not_equal(taken, 0);
		p += taken;
		len -= taken;
	}
	*dst = '\0';
}

static void shows_text_and_disarms_the_rest(void **state)
{
	static const struct {
		const char *text;
		const char *shown;
	} cases[] = {
		{ "plain\r\n\ttext\n", "plain\r\n\ttext\n" },
		{ "back\\slash", "back\\slash" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "\xe2\x82\xac \xf0\x9f\x8e\xb5",
		  "\xe2\x82\xac \xf0\x9f\x8e\xb5" },
		{ "\x1b[31mred", "\\x1b[31mred" },
		{ "\x07\x08\x7f", "\\x07\\x08\\x7f" },
		{ "\xc2\x9b"
		  "31m",
		  "\\xc2\\x9b31m" },
		{ "\x9b"
		  "31m",
		  "\\x9b31m" },
		{ "\xc0\xaf", "\\xc0\\xaf" },
		{ "\xe0\x80\xaf|", "\\xe0\\x80\\xaf|" },
		{ "\xed\xa0\x80|", "\\xed\\xa0\\x80|" },
		{ "\xf4\x90\x80\x80|", "\\xf4\\x90\\x80\\x80|" },
		{ "\xe2\x82 cut", "\\xe2\\x82 cut" },
		{ "\xe2\x82\x1b[2J", "\\xe2\\x82\\x1b[2J" },
		{ "\xc3\xc3\xbc", "\\xc3\xc3\xbc" },
	};
	char shown[256];
	size_t i;
	size_t n;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		for (n = 1; n < 8; n++) {
			show_in_pieces(shown, cases[i].text,
				       strlen(cases[i].text), n);
			assert_string_equal(shown, cases[i].shown);
		}
}

static void never_writes_past_the_end(void **state)
{
	struct duet_get_terminal terminal;
	uint8_t bad[300];
	char dst[64 + 8];
	size_t taken;
	size_t used;

	(void)state;
	memset(bad, 0x1b, sizeof(bad));
	memset(dst, '#', sizeof(dst));
	duet_get_terminal_init(&terminal);
	used = duet_get_terminal_show(&terminal, dst, 64, bad, sizeof(bad),
				      &taken);
	assert_in_range(used, 4, 64);
	assert_int_equal(used, 4 * taken);
	assert_memory_equal(dst + 64, "########", 8);
}

static void a_nul_is_what_makes_it_binary(void **state)
{
	(void)state;
	assert_true(duet_get_terminal_is_binary((const uint8_t *)"a\0b", 3));
	assert_false(
		duet_get_terminal_is_binary((const uint8_t *)"\x1b\xff", 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_text_and_disarms_the_rest),
		cmocka_unit_test(never_writes_past_the_end),
		cmocka_unit_test(a_nul_is_what_makes_it_binary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
