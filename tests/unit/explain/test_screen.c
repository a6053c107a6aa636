/* SPDX-License-Identifier: MIT */
/* Rows are wrapped, cut and left out, and never more than a screen. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "explain/screen.h"
#include "support/unit.h"

static const struct duet_explain_style plain = { .utf8 = true };

static char *show(struct duet_explain_screen *screen)
{
	char *text = duet_explain_show(screen, &plain);

	assert_non_null(text);
	return text;
}

static void check(struct duet_explain_screen *screen, const char *expected)
{
	char *text = show(screen);

	assert_string_equal(text, expected);
	duet_mem_free(text);
}

static void words_go_to_the_next_line_whole(void **state)
{
	struct duet_explain_screen screen = { 0 };

	(void)state;
	(void)duet_explain_row(&screen, "label", 1, "%s",
			       "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 end");
	check(&screen,
	      "  label     0123456789 0123456789 0123456789 0123456789 0123456789 0123456789\n"
	      "            0123456789 end\n");
}

static void a_word_that_fits_nowhere_is_broken(void **state)
{
	struct duet_explain_screen screen = { 0 };
	char word[90];

	(void)state;
	memset(word, 'x', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	(void)duet_explain_row(&screen, NULL, 1, "%s", word);
	check(&screen,
	      "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
	      "xxxxxxxxxx\n");
}

static void too_long_a_text_ends_in_dots(void **state)
{
	struct duet_explain_screen screen = { 0 };

	(void)state;
	duet_explain_row(&screen, "a", 1, "%s",
			 "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 end")
		->max_lines = 1;
	check(&screen,
	      "  a         0123456789 0123456789 0123456789 0123456789 0123456789 ...\n");
}

static void strangers_steer_no_terminal(void **state)
{
	struct duet_explain_screen screen = { 0 };
	const struct duet_explain_style ascii = { 0 };
	char *text;

	(void)state;
	(void)duet_explain_row(&screen, "a", 1, "%s",
			       "x\033[2J\ny \xc3\xa4 \xff");
	check(&screen, "  a         x\\x1b[2J\\x0ay \xc3\xa4 \\xff\n");
	text = duet_explain_show(&screen, &ascii);
	assert_string_equal(text,
			    "  a         x\\x1b[2J\\x0ay \\xc3\\xa4 \\xff\n");
	duet_mem_free(text);
}

static void nothing_turns_the_letters_around(void **state)
{
	struct duet_explain_screen screen = { 0 };

	(void)state;
	(void)duet_explain_row(&screen, NULL, 1, "%s",
			       "a\xe2\x80\xaegro\xe2\x80\x8b\xe2\x81\xa6.\xe2\x80\x93");
	check(&screen,
	      "a\\xe2\\x80\\xaegro\\xe2\\x80\\x8b\\xe2\\x81\\xa6.\xe2\x80\x93\n");
}

static void wide_letters_count_twice(void **state)
{
	struct duet_explain_screen screen = { 0 };
	char letters[3 * 40 + 1] = "";
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < 40; i++)
		memcpy(letters + 3 * i, "\xe4\xb8\x80", 4);
	(void)duet_explain_row(&screen, NULL, 1, "%s", letters);
	text = show(&screen);
	assert_int_equal(strcspn(text, "\n"), 3 * 39);
	duet_mem_free(text);
}

static size_t lines_of(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

static void the_lightest_rows_are_left_out(void **state)
{
	struct duet_explain_screen screen = { 0 };
	char *text;
	int i;

	(void)state;
	for (i = 0; i < DUET_EXPLAIN_ROWS_MAX; i++)
		duet_explain_row(&screen, "row",
				 (uint8_t)(i == 0 ? 0 : i % 3 + 1),
				 "%d of weight %d", i, i == 0 ? 0 : i % 3 + 1);
	text = show(&screen);
	assert_int_equal(lines_of(text), DUET_EXPLAIN_LINES);
	assert_non_null(strstr(text, "0 of weight 0"));
	assert_non_null(strstr(text, "39 of weight 1"));
	assert_null(strstr(text, "of weight 3"));
	duet_mem_free(text);
}

static void colour_is_for_the_first_word(void **state)
{
	struct duet_explain_screen screen = { 0 };
	const struct duet_explain_style style = { .colour = true };
	char *text;

	(void)state;
	duet_explain_row(&screen, NULL, 1, "BAD it is")->mark =
		DUET_EXPLAIN_RED;
	text = duet_explain_show(&screen, &style);
	assert_string_equal(text, "\033[1;31mBAD\033[0m it is\n");
	duet_mem_free(text);
	check(&screen, "BAD it is\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_go_to_the_next_line_whole),
		cmocka_unit_test(a_word_that_fits_nowhere_is_broken),
		cmocka_unit_test(too_long_a_text_ends_in_dots),
		cmocka_unit_test(strangers_steer_no_terminal),
		cmocka_unit_test(nothing_turns_the_letters_around),
		cmocka_unit_test(wide_letters_count_twice),
		cmocka_unit_test(the_lightest_rows_are_left_out),
		cmocka_unit_test(colour_is_for_the_first_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
