/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "site/error.h"
#include "support/unit.h"

static void assert_body(bool html, int status, const char *sentence,
			const char *expected)
{
	struct duet_buffer text = { NULL, 0 };
	struct duet_buf body;

	duet_buf_init(&body, 8192);
	assert_int_equal(duet_site_error_body(&body, html, status, sentence),
			 DUET_OK);
	assert_int_equal(duet_buf_take(&body, &text), DUET_OK);
	if (strstr(text.data, expected) == NULL)
		fail_msg("%s", (const char *)text.data);
	duet_buffer_free(&text);
}

static void a_line_of_text_has_number_name_and_sentence(void **state)
{
	(void)state;
	assert_body(false, 404, "it is <not> here.",
		    "404 Not Found: it is <not> here.\n");
}

static void a_page_has_the_same_and_no_markup_of_strangers(void **state)
{
	(void)state;
	assert_body(true, 404, "a <b> & c", "<title>404 Not Found</title>");
	assert_body(true, 404, "a <b> & c", "<p>a &lt;b&gt; &amp; c</p>\n");
}

static void a_sentence_too_long_is_no_overflow(void **state)
{
	char sentence[512];
	struct duet_buf body;

	(void)state;
	memset(sentence, '<', sizeof(sentence) - 1);
	sentence[sizeof(sentence) - 1] = '\0';
	duet_buf_init(&body, 1000);
	assert_int_equal(duet_site_error_body(&body, true, 400, sentence),
			 DUET_E_LIMIT);
	duet_buf_done(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_of_text_has_number_name_and_sentence),
		cmocka_unit_test(
			a_page_has_the_same_and_no_markup_of_strangers),
		cmocka_unit_test(a_sentence_too_long_is_no_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
