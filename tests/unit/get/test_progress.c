/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "get/progress.h"
#include "support/unit.h"

enum {
	MIB = 1048576,
};

static const struct duet_get_progress half = {
	.name = "big.iso",
	.bytes = (uint64_t)440 * MIB,
	.total = (int64_t)1024 * MIB,
	.elapsed_us = 4000000,
	.rate = 112.0 * MIB,
};

static void the_line_fills_the_width_and_drops_what_does_not_fit(void **state)
{
	static const struct {
		int width;
		const char *line;
	} cases[] = {
		{ 200,
		  "big.iso   42%  [=================>                      ]  440 MiB of 1.0 GiB  112 MiB/s  0:05 left" },
		{ 80,
		  "big.iso   42%  [========>           ]  440 MiB of 1.0 GiB  112 MiB/s  0:05 left" },
		{ 60,
		  "big.iso   42%  440 MiB of 1.0 GiB  112 MiB/s  0:05 left" },
		{ 40, "big.iso   42%  440 MiB of 1.0 GiB" },
		{ 20, "big.iso   42%" },
		{ 10, "b...   42%" },
	};
	char line[DUET_GET_PROGRESS_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const struct duet_get_progress_style style = {
			.width = cases[i].width,
		};

		duet_get_progress_line(line, &half, &style);
		assert_string_equal(line, cases[i].line);
	}
}

static void no_line_is_as_wide_as_the_terminal(void **state)
{
	static const char *const names[] = {
		"a", "a-name-that-is-rather-long-and-goes-on-and-on.tar.gz",
		("gr\xc3\xbc\xc3\x9f"
		 "e-aus-m\xc3\xbcnchen-und-k\xc3\xb6ln")
	};
	struct duet_get_progress progress = half;
	char line[DUET_GET_PROGRESS_BYTES];
	size_t i;
	int width;

	(void)state;
	for (i = 0; i < COUNT(names); i++)
		for (width = 20; width < 200; width++) {
			const struct duet_get_progress_style style = {
				.width = width,
			};
			size_t columns = 0;
			const char *p;

			progress.name = names[i];
			duet_get_progress_line(line, &progress, &style);
			for (p = line; *p != '\0'; p++)
				columns += ((unsigned char)*p & 0xc0) != 0x80;
			assert_in_range(columns, 1, width - 1);
		}
}

static void the_line_follows_the_state(void **state)
{
	static const struct duet_get_progress_style style = { .width = 70 };
	static const struct {
		struct duet_get_progress progress;
		const char *line;
	} cases[] = {
		{ { "x", 0, -1, 1000000, 0, true },
		  "x  waiting for an answer" },
		{ { "x", 0, 1000, 1000000, 0, false },
		  "x    0%  [>                      ]  0 bytes of 1.0 KiB  stalled  0:01" },
		{ { "x", 1000, 1000, 1000000, 500, false },
		  "x  100%  [==============]  1.0 KiB of 1.0 KiB  500 bytes/s  0:00 left" },
		{ { "x", 5 * MIB, -1, 61000000, 2048, false },
		  "x  5.0 MiB  2.0 KiB/s  1:01" },
		{ { "x", 1, 1000000000000000, 1000000, 1, false },
		  "x    0%  [>             ]  1 byte of 909 TiB  1 byte/s  99:59:59 left" },
	};
	char line[DUET_GET_PROGRESS_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		duet_get_progress_line(line, &cases[i].progress, &style);
		assert_string_equal(line, cases[i].line);
	}
}

static void colours_and_letters_beyond_ascii_are_for_those_who_can(void **state)
{
	static const struct duet_get_progress_style style = {
		.width = 80,
		.colour = true,
		.utf8 = true,
	};
	char line[DUET_GET_PROGRESS_BYTES];

	(void)state;
	duet_get_progress_line(line, &half, &style);
	assert_non_null(strstr(line, "[\x1b[32m\xe2\x94\x81"));
	assert_non_null(strstr(line, "\xe2\x94\x81\x1b[0m "));
}

static void the_summary_says_how_it_ended(void **state)
{
	static const struct {
		int width;
		bool whole;
		const char *ending;
		const char *line;
	} cases[] = {
		{ 80, true, "whole by Content-Length",
		  "big.iso  440 MiB in 4.0 s (110 MiB/s), whole by Content-Length" },
		{ 40, true, "whole by Content-Length",
		  "bi...  440 MiB, whole by Content-Length" },
		{ 40, false, "cut short", "big.iso  440 MiB, cut short" },
	};
	char line[DUET_GET_PROGRESS_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const struct duet_get_progress_style style = {
			.width = cases[i].width,
		};

		duet_get_progress_summary(line, &half, cases[i].whole,
					  cases[i].ending, &style);
		assert_string_equal(line, cases[i].line);
	}
}

static void what_was_there_already_is_not_in_the_rate(void **state)
{
	const struct duet_get_progress_style style = { .width = 80 };
	struct duet_get_progress resumed = half;
	char line[DUET_GET_PROGRESS_BYTES];

	(void)state;
	resumed.before = resumed.bytes - 4096;
	duet_get_progress_summary(line, &resumed, true, "whole", &style);
	assert_string_equal(line,
			    "big.iso  440 MiB in 4.0 s (1.0 KiB/s), whole");
}

static void what_took_no_time_has_no_rate(void **state)
{
	static const struct duet_get_progress_style style = { .width = 80 };
	struct duet_get_progress progress = half;
	char line[DUET_GET_PROGRESS_BYTES];

	(void)state;
	progress.bytes = 13;
	progress.elapsed_us = 38000;
	duet_get_progress_summary(line, &progress, true, "whole", &style);
	assert_string_equal(line, "big.iso  13 bytes in 38 ms, whole");
}

static void sizes_have_two_or_three_digits(void **state)
{
	static const struct {
		double bytes;
		const char *text;
	} cases[] = {
		{ 0, "0 bytes" },          { 1, "1 byte" },
		{ 999, "999 bytes" },      { 1000, "1.0 KiB" },
		{ 1536, "1.5 KiB" },       { 10239, "10 KiB" },
		{ 1023487, "999 KiB" },    { 1023488, "1.0 MiB" },
		{ 1073741824, "1.0 GiB" },
	};
	char text[DUET_GET_SIZE_TEXT_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		duet_get_size_text(text, cases[i].bytes);
		assert_string_equal(text, cases[i].text);
	}
}

static void what_came_out_of_an_encoded_body_is_said_too(void **state)
{
	static const struct duet_get_progress_style style = { .width = 80 };
	struct duet_get_progress progress = half;
	char line[DUET_GET_PROGRESS_BYTES];

	(void)state;
	progress.decoded = (uint64_t)2 << 30;
	duet_get_progress_line(line, &progress, &style);
	assert_non_null(strstr(line, " of 1.0 GiB (2.0 GiB decoded)  "));
	duet_get_progress_summary(line, &progress, true, "whole", &style);
	assert_string_equal(line,
			    "big.iso  440 MiB (2.0 GiB decoded) in 4.0 s (110 MiB/s), whole");
}

static const struct duet_get_total many = {
	.urls = 300,
	.done = 12,
	.failed = 1,
	.active = 8,
	.bytes = 45 * MIB,
	.expected = -1,
	.elapsed_us = 12000000,
	.rate = 11.0 * MIB,
};

static void the_line_of_all_drops_what_does_not_fit(void **state)
{
	static const struct {
		int width;
		const char *line;
	} cases[] = {
		{ 120,
		  "12 of 300 done, 1 failed, 8 under way  45 MiB  11 MiB/s  about 4:48 left" },
		{ 73,
		  "12 of 300 done, 1 failed, 8 under way  45 MiB  11 MiB/s  about 4:48 left" },
		{ 72,
		  "12 of 300 done, 1 failed  45 MiB  11 MiB/s  about 4:48 left" },
		{ 55, "12 of 300 done, 1 failed  45 MiB  about 4:48 left" },
		{ 40, "12 of 300 done, 1 failed  45 MiB" },
		{ 30, "12 of 300 done, 1 failed" },
		{ 11, "12 of 300 " },
	};
	char line[DUET_GET_PROGRESS_BYTES];
	size_t i;
	int width;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const struct duet_get_progress_style style = {
			.width = cases[i].width,
		};

		duet_get_progress_total(line, &many, &style);
		assert_string_equal(line, cases[i].line);
	}
	for (width = 2; width < 200; width++) {
		const struct duet_get_progress_style style = {
			.width = width,
		};

		duet_get_progress_total(line, &many, &style);
		assert_in_range(strlen(line), 1, width - 1);
	}
}

static void the_line_of_all_follows_the_state(void **state)
{
	static const struct duet_get_progress_style style = { .width = 100 };
	static const struct {
		struct duet_get_total total;
		const char *line;
	} cases[] = {
		{ { 3, 0, 0, 3, 0, -1, 2000000, 0 },
		  "0 of 3 done, 3 under way  0 bytes  stalled  0:02" },
		{ { 3, 1, 0, 2, 1000, 3000, 2000000, 500 },
		  "1 of 3 done, 2 under way  1.0 KiB of 2.9 KiB  500 bytes/s  0:04 left" },
		{ { 3, 1, 0, 2, 1000, 3000, 2000000, 0 },
		  "1 of 3 done, 2 under way  1.0 KiB of 2.9 KiB  stalled  0:02" },
		{ { 3, 3, 0, 0, 3000, 3000, 4000000, 750 },
		  "3 of 3 done, 0 under way  2.9 KiB of 2.9 KiB  750 bytes/s  0:00 left" },
	};
	char line[DUET_GET_PROGRESS_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		duet_get_progress_total(line, &cases[i].total, &style);
		assert_string_equal(line, cases[i].line);
	}
}

static void there_is_room_for_some_lines(void **state)
{
	static const struct {
		int height;
		size_t n;
		size_t room;
	} cases[] = {
		{ 24, 0, 0 }, { 24, 5, 5 }, { 24, 50, 8 }, { 10, 50, 7 },
		{ 4, 50, 1 }, { 3, 50, 0 }, { 0, 50, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const struct duet_get_progress_style style = {
			.width = 80,
			.height = cases[i].height,
		};

		assert_int_equal(duet_get_progress_room(&style, cases[i].n),
				 cases[i].room);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_came_out_of_an_encoded_body_is_said_too),
		cmocka_unit_test(
			the_line_fills_the_width_and_drops_what_does_not_fit),
		cmocka_unit_test(no_line_is_as_wide_as_the_terminal),
		cmocka_unit_test(the_line_follows_the_state),
		cmocka_unit_test(
			colours_and_letters_beyond_ascii_are_for_those_who_can),
		cmocka_unit_test(the_summary_says_how_it_ended),
		cmocka_unit_test(what_was_there_already_is_not_in_the_rate),
		cmocka_unit_test(what_took_no_time_has_no_rate),
		cmocka_unit_test(sizes_have_two_or_three_digits),
		cmocka_unit_test(the_line_of_all_drops_what_does_not_fit),
		cmocka_unit_test(the_line_of_all_follows_the_state),
		cmocka_unit_test(there_is_room_for_some_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
