/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "http/range.h"
#include "support/unit.h"

/* "whole", "outside", or "0-99 200-299" */
static void describe(char *dst, size_t cap, const char *value, uint64_t size)
{
	struct duet_range ranges[DUET_RANGES_MAX];
	size_t count = 0;
	size_t used = 0;
	size_t i;

	dst[0] = '\0';
	switch (duet_range_parse(value, size, ranges, &count)) {
	case DUET_RANGE_WHOLE:
		(void)snprintf(dst, cap, "whole");
		return;
	case DUET_RANGE_OUTSIDE:
		(void)snprintf(dst, cap, "outside");
		return;
	case DUET_RANGE_PARTS:
		break;
	}
	assert_in_range(count, 1, DUET_RANGES_MAX);
	for (i = 0; i < count; i++) {
		assert_true(ranges[i].length > 0);
		assert_true(ranges[i].offset + ranges[i].length <= size);
		used += (size_t)snprintf(dst + used, cap - used, "%s%llu-%llu",
					 i > 0 ? " " : "",
					 (unsigned long long)ranges[i].offset,
					 (unsigned long long)(ranges[i].offset +
							      ranges[i].length -
							      1));
	}
}

/* RFC 9110 s14.1.2, s14.2, s15.3.7.2 */
static void tells_which_bytes_are_asked_for(void **state)
{
	static const struct {
		const char *value;
		uint64_t size;
		const char *parts;
	} cases[] = {
		{ "bytes=0-0", 1000, "0-0" },
		{ "bytes=0-999", 1000, "0-999" },
		{ "bytes=0-1000", 1000, "0-999" },
		{ "bytes=0-18446744073709551615", 1000, "0-999" },
		/* no number is too large to be read */
		{ "bytes=5-18446744073709551616", 1000, "5-999" },
		{ "bytes=-18446744073709551616", 1000, "0-999" },
		{ "bytes=18446744073709551616-", 1000, "outside" },
		{ "bytes=99999999999999999999-99999999999999999999", 1000,
		  "outside" },
		{ "bytes=0-0,99999999999999999999-", 1000, "0-0" },
		{ "bytes=18446744073709551616-0", 1000, "whole" },
		{ "bytes=0-18446744073709551616x", 1000, "whole" },
		{ "bytes=x18446744073709551616-", 1000, "whole" },
		{ "bytes=0-", 1000, "0-999" },
		{ "bytes=999-", 1000, "999-999" },
		{ "bytes=1000-", 1000, "outside" },
		{ "bytes=1000-2000", 1000, "outside" },
		{ "bytes=-1", 1000, "999-999" },
		{ "bytes=-1000", 1000, "0-999" },
		{ "bytes=-5000", 1000, "0-999" },
		{ "bytes=-0", 1000, "outside" },
		{ "bytes=0-", 0, "outside" },
		{ "bytes=0-0", 0, "outside" },
		{ "bytes=-0", 0, "outside" },
		/* the end of nothing is there, and is all of it */
		{ "bytes=-5", 0, "whole" },
		{ "bytes=0-0,-5", 0, "whole" },
		{ "bytes=-5,0-0", 0, "whole" },
		{ "bytes=-0,0-", 0, "outside" },
		{ "Bytes=0-0", 1000, "0-0" },
		{ "bytes=0-0,999-", 1000, "0-0 999-999" },
		{ "bytes=0-0 , , 999-", 1000, "0-0 999-999" },
		{ "bytes=999-,0-0", 1000, "999-999 0-0" },
		{ "bytes=0-0,2000-", 1000, "0-0" },
		/* overlapping, touching, and nearly so */
		{ "bytes=0-500,400-600", 1000, "0-600" },
		{ "bytes=400-600,0-500", 1000, "0-600" },
		{ "bytes=0-99,100-199", 1000, "0-199" },
		{ "bytes=0-99,179-199", 1000, "0-199" },
		{ "bytes=0-99,180-199", 1000, "0-99 180-199" },
		{ "bytes=0-9,500-509,5-505", 1000, "0-509" },
		{ "bytes=0-999,0-999,0-999,0-999", 1000, "0-999" },
		/* what is malformed is ignored */
		{ "bytes=", 1000, "whole" },
		{ "bytes=,", 1000, "whole" },
		{ "bytes=-", 1000, "whole" },
		{ "bytes=5-4", 1000, "whole" },
		{ "bytes=a-b", 1000, "whole" },
		{ "bytes=0", 1000, "whole" },
		{ "bytes=0-0-0", 1000, "whole" },
		{ "bytes=--5", 1000, "whole" },
		{ "bytes=0x0-5", 1000, "whole" },
		{ "bytes=0 - 5", 1000, "whole" },
		{ "bytes=0-0,x", 1000, "whole" },
		{ "bytes = 0-0", 1000, "whole" },
		{ "lines=0-0", 1000, "whole" },
		{ "", 1000, "whole" },
		/* too many to be meant well */
		{ "bytes=0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,"
		  "0-0,0-0,0-0",
		  1000, "0-0" },
		{ "bytes=0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,"
		  "0-0,0-0,0-0,0-0",
		  1000, "whole" },
	};
	char parts[400];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		describe(parts, sizeof(parts), cases[i].value, cases[i].size);
		if (strcmp(parts, cases[i].parts) != 0)
			fail_msg("%s of %llu: %s", cases[i].value,
				 (unsigned long long)cases[i].size, parts);
	}
}

static void the_end_of_the_largest_file_is_no_overflow(void **state)
{
	char parts[100];

	(void)state;
	describe(parts, sizeof(parts), "bytes=9223372036854775806-", INT64_MAX);
	assert_string_equal(parts, "9223372036854775806-9223372036854775806");
	describe(parts, sizeof(parts), "bytes=0-0,-1", INT64_MAX);
	assert_string_equal(parts,
			    "0-0 9223372036854775806-9223372036854775806");
}

/* RFC 9110 s14.4 */
static void content_range_goes_there_and_back(void **state)
{
	static const struct {
		const char *value;
		bool ok;
		uint64_t offset, length, size;
	} cases[] = {
		{ "bytes 0-99/1000", true, 0, 100, 1000 },
		{ "bytes 999-999/1000", true, 999, 1, 1000 },
		{ "bytes 5-9/*", true, 5, 5, UINT64_MAX },
		{ "bytes */1000", true, 0, 0, 1000 },
		{ "bytes */*", false, 0, 0, 0 },
		{ "bytes 0-1000/1000", false, 0, 0, 0 },
		{ "bytes 9-5/1000", false, 0, 0, 0 },
		{ "bytes 0-99", false, 0, 0, 0 },
		{ "bytes=0-99/1000", false, 0, 0, 0 },
		{ "bytes 0-/1000", false, 0, 0, 0 },
		{ "bytes -99/1000", false, 0, 0, 0 },
		{ "bytes 0-99/", false, 0, 0, 0 },
		{ "bytes /-", false, 0, 0, 0 },
		{ "items 0-99/1000", false, 0, 0, 0 },
		{ "", false, 0, 0, 0 },
	};
	char text[DUET_CONTENT_RANGE_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_range range = { 0, 0 };
		uint64_t size = 0;

		if (duet_range_parse_content(cases[i].value, &range, &size) !=
		    cases[i].ok)
			fail_msg("'%s'", cases[i].value);
		assert_int_equal(range.offset, cases[i].offset);
		assert_int_equal(range.length, cases[i].length);
		assert_int_equal(size, cases[i].size);
		if (!cases[i].ok || size == UINT64_MAX)
			continue;
		duet_range_format(text, range.length > 0 ? &range : NULL, size);
		assert_string_equal(text, cases[i].value);
	}
}

static void parts_have_heads_and_an_end(void **state)
{
	const struct duet_range range = { 2, 3 };
	struct duet_buf buf;
	static const char text[] = "\r\n--B\r\nContent-Type: text/plain\r\n"
				   "Content-Range: bytes 2-4/9\r\n\r\n"
				   "\r\n--B\r\nContent-Range: bytes 2-4/9\r\n"
				   "\r\n\r\n--B--\r\n";

	(void)state;
	duet_buf_init(&buf, 1000);
	assert_int_equal(duet_range_part_head(&buf, "B", "text/plain", &range,
					      9),
			 DUET_OK);
	assert_int_equal(duet_range_part_head(&buf, "B", NULL, &range, 9),
			 DUET_OK);
	assert_int_equal(duet_range_parts_end(&buf, "B"), DUET_OK);
	assert_int_equal(duet_buf_len(&buf), strlen(text));
	assert_memory_equal(duet_buf_bytes(&buf).data, text, strlen(text));
	duet_buf_done(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_which_bytes_are_asked_for),
		cmocka_unit_test(the_end_of_the_largest_file_is_no_overflow),
		cmocka_unit_test(content_range_goes_there_and_back),
		cmocka_unit_test(parts_have_heads_and_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
