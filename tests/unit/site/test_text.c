/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "site/text.h"
#include "support/unit.h"

#define NOT_SHOWN "\xef\xbf\xbd"

typedef int add_fn(struct duet_buf *dst, struct duet_bytes text);

static void assert_text(add_fn *add, const char *text, const char *expected)
{
	struct duet_buffer got = { NULL, 0 };
	struct duet_buf buf;

	duet_buf_init(&buf, 4096);
	assert_int_equal(add(&buf, duet_str(text)), DUET_OK);
	assert_int_equal(duet_buf_take(&buf, &got), DUET_OK);
	assert_string_equal(got.data, expected);
	duet_buffer_free(&got);
	duet_buf_done(&buf);
}

static void each_form_escapes_what_means_something_in_it(void **state)
{
	static const struct {
		const char *text;
		const char *html;
		const char *href;
		const char *json;
	} cases[] = {
		{ "", "", "", "\"\"" },
		{ "a-b_c.d~9", "a-b_c.d~9", "a-b_c.d~9", "\"a-b_c.d~9\"" },
		{ "a b", "a b", "a%20b", "\"a b\"" },
		{ "<b a='\"'>&", "&lt;b a=&#39;&quot;&#39;&gt;&amp;",
		  "%3Cb%20a%3D%27%22%27%3E%26", "\"<b a='\\\"'>&\"" },
		{ "&lt", "&amp;lt", "%26lt", "\"&lt\"" },
		{ "a\\", "a\\", "a%5C", "\"a\\\\\"" },
		{ "http:", "http:", "http%3A", "\"http:\"" },
		{ "%41?#;", "%41?#;", "%2541%3F%23%3B", "\"%41?#;\"" },
		{ "\xc3\xa9", "\xc3\xa9", "%C3%A9", "\"\xc3\xa9\"" },
		/* no character at all */
		{ "a\n\x1b\x7f", "a" NOT_SHOWN NOT_SHOWN NOT_SHOWN,
		  "a%0A%1B%7F", "\"a" NOT_SHOWN NOT_SHOWN NOT_SHOWN "\"" },
		{ "\xff\xc3.", NOT_SHOWN NOT_SHOWN ".", "%FF%C3.",
		  "\"" NOT_SHOWN NOT_SHOWN ".\"" },
		{ "\xc2\x9b", NOT_SHOWN NOT_SHOWN, "%C2%9B",
		  "\"" NOT_SHOWN NOT_SHOWN "\"" },
		/* U+202E makes "exe.jpg" of it; U+2066 and others are kin */
		{ "\xe2\x80\xaegpj.exe", NOT_SHOWN "gpj.exe",
		  "%E2%80%AEgpj.exe", "\"" NOT_SHOWN "gpj.exe\"" },
		{ "\xe2\x81\xa6.\xe2\x81\xa9", NOT_SHOWN "." NOT_SHOWN,
		  "%E2%81%A6.%E2%81%A9", "\"" NOT_SHOWN "." NOT_SHOWN "\"" },
		{ "\xe2\x80\x8e\xe2\x80\x8f", NOT_SHOWN NOT_SHOWN,
		  "%E2%80%8E%E2%80%8F", "\"" NOT_SHOWN NOT_SHOWN "\"" },
		/* their neighbours are not */
		{ "\xe2\x80\xa6\xe2\x80\xaf", "\xe2\x80\xa6\xe2\x80\xaf",
		  "%E2%80%A6%E2%80%AF", "\"\xe2\x80\xa6\xe2\x80\xaf\"" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_text(duet_text_html, cases[i].text, cases[i].html);
		assert_text(duet_text_href, cases[i].text, cases[i].href);
		assert_text(duet_text_json, cases[i].text, cases[i].json);
	}
}

static void what_is_too_long_ends_in_dots(void **state)
{
	static const struct {
		const char *text;
		const char *shown;
	} cases[] = {
		{ "", "" },
		{ "1234567890a", "1234567890a" },
		{ "1234567890ab", "12345678..." },
		/* never within a character */
		{ "1234567\xc3\xa9-----", "1234567..." },
		{ "12345\xf0\x9f\x98\x80-----", "12345..." },
		{ "123456\xc3\xa9-----", "123456\xc3\xa9..." },
		/* and what is none does not take more with it */
		{ "12345\x80\x80\x80\x80\x80\x80\x80", "12345..." },
		{ "1234\x80\x80\x80\x80\x80\x80\x80\x80", "1234\x80..." },
	};
	char shown[12];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		memset(shown, 'x', sizeof(shown));
		duet_text_shorten(shown, sizeof(shown),
				  duet_str(cases[i].text));
		assert_string_equal(shown, cases[i].shown);
	}
}

static void a_full_buffer_is_reported(void **state)
{
	static add_fn *const all[] = {
		duet_text_html,
		duet_text_href,
		duet_text_json,
	};
	struct duet_buf buf;
	size_t i;
	size_t max;

	(void)state;
	for (i = 0; i < COUNT(all); i++)
		for (max = 1; max < 12; max++) {
			duet_buf_init(&buf, max);
			assert_int_equal(all[i](&buf,
						duet_str("ab\xff\"12345678")),
					 DUET_E_LIMIT);
			duet_buf_done(&buf);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_escapes_what_means_something_in_it),
		cmocka_unit_test(what_is_too_long_ends_in_dots),
		cmocka_unit_test(a_full_buffer_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
