/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/str.h"
#include "http/etag.h"
#include "support/unit.h"

/* RFC 9110 s8.8.3 */
static void knows_a_tag_from_nonsense(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		bool weak;
	} cases[] = {
		{ "\"a\"", true, false },        { "\"\"", true, false },
		{ "W/\"a\"", true, true },       { "\"a,b\\\"", true, false },
		{ "\"\xc3\xa9\"", true, false }, { "a", false, false },
		{ "\"a", false, false },         { "w/\"a\"", false, false },
		{ "W/a", false, false },         { "\"a\" ", false, false },
		{ "\"a b\"", false, false },     { "\"a\"b\"", false, false },
		{ "*", false, false },           { "", false, false },
	};
	struct duet_etag tag;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		if (duet_etag_parse(cases[i].text, &tag) != cases[i].ok)
			fail_msg("'%s'", cases[i].text);
		if (cases[i].ok)
			assert_int_equal(tag.weak, cases[i].weak);
	}
}

static void reads_lists_with_commas_within_tags(void **state)
{
	const char *cursor = " , \"a,b\", W/\"c\" ,,\"\"";
	struct duet_etag tag;

	(void)state;
	assert_int_equal(duet_etag_next(&cursor, &tag), 1);
	assert_int_equal(tag.opaque.len, 3);
	assert_memory_equal(tag.opaque.data, "a,b", 3);
	assert_int_equal(duet_etag_next(&cursor, &tag), 1);
	assert_true(tag.weak);
	assert_int_equal(duet_etag_next(&cursor, &tag), 1);
	assert_int_equal(tag.opaque.len, 0);
	assert_int_equal(duet_etag_next(&cursor, &tag), 0);
	cursor = "\"a\" \"b\"";
	assert_int_equal(duet_etag_next(&cursor, &tag), -1);
	cursor = "a";
	assert_int_equal(duet_etag_next(&cursor, &tag), -1);
}

/* RFC 9110 s8.8.3.2, its table */
static void compares_strongly_and_weakly(void **state)
{
	static const struct {
		const char *a, *b;
		bool strong, weak;
	} cases[] = {
		{ "W/\"1\"", "W/\"1\"", false, true },
		{ "W/\"1\"", "W/\"2\"", false, false },
		{ "W/\"1\"", "\"1\"", false, true },
		{ "\"1\"", "\"1\"", true, true },
		{ "\"1\"", "\"12\"", false, false },
		{ "\"\"", "\"\"", true, true },
	};
	struct duet_etag a;
	struct duet_etag b;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_true(duet_etag_parse(cases[i].a, &a));
		assert_true(duet_etag_parse(cases[i].b, &b));
		assert_int_equal(duet_etag_equal_strong(&a, &b),
				 cases[i].strong);
		assert_int_equal(duet_etag_equal_weak(&a, &b), cases[i].weak);
		assert_int_equal(duet_etag_equal_weak(&b, &a), cases[i].weak);
	}
}

static void a_file_has_a_strong_tag_that_changes_with_it(void **state)
{
	char one[DUET_ETAG_BYTES];
	char other[DUET_ETAG_BYTES];
	struct duet_etag tag;

	(void)state;
	duet_etag_of_file(one, 1000, 42, 1700000000, 5);
	assert_true(duet_etag_parse(one, &tag));
	assert_false(tag.weak);
	duet_etag_of_file(other, 1001, 42, 1700000000, 5);
	assert_string_not_equal(one, other);
	duet_etag_of_file(other, 1000, 42, 1700000001, 5);
	assert_string_not_equal(one, other);
	duet_etag_of_file(other, 1000, 42, 1700000000, 6);
	assert_string_not_equal(one, other);
	duet_etag_of_file(other, 1000, 43, 1700000000, 5);
	assert_string_not_equal(one, other);
	duet_etag_of_file(other, 1000, 42, 1700000000, 5);
	assert_string_equal(one, other);
	duet_etag_of_file(other, UINT64_MAX, UINT64_MAX, -1, UINT32_MAX);
	assert_true(duet_etag_parse(other, &tag));
}

static void each_coding_has_a_tag_of_its_own(void **state)
{
	struct duet_bytes content = { "0123456789", 10 };
	char file[DUET_ETAG_BYTES];
	char other[DUET_ETAG_BYTES];
	char tag[DUET_ETAG_BYTES];
	struct duet_etag parsed;

	(void)state;
	duet_etag_of_file(file, UINT64_MAX, UINT64_MAX, -1, UINT32_MAX);
	duet_etag_of_coding(tag, file, "zstd", &content);
	assert_true(duet_etag_parse(tag, &parsed));
	assert_false(parsed.weak);
	assert_string_not_equal(tag, file);
	duet_etag_of_coding(other, file, "gzip", &content);
	assert_string_not_equal(tag, other);
	duet_etag_of_coding(other, file, "zstd", NULL);
	assert_true(duet_etag_parse(other, &parsed));
	assert_string_not_equal(tag, other);
	duet_etag_of_coding(other, file, "zstd", &content);
	assert_string_equal(tag, other);
	content.len = 9;
	duet_etag_of_coding(other, file, "zstd", &content);
	assert_string_not_equal(tag, other);
	content = duet_str("0123456798");
	duet_etag_of_coding(other, file, "zstd", &content);
	assert_string_not_equal(tag, other);
	content = duet_str("1123456789");
	duet_etag_of_coding(other, file, "zstd", &content);
	assert_string_not_equal(tag, other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_a_tag_from_nonsense),
		cmocka_unit_test(reads_lists_with_commas_within_tags),
		cmocka_unit_test(compares_strongly_and_weakly),
		cmocka_unit_test(a_file_has_a_strong_tag_that_changes_with_it),
		cmocka_unit_test(each_coding_has_a_tag_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
