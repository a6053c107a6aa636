/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "site/error.h"
#include "support/unit.h"

static const struct duet_problem missing = {
	.status = 404,
	.sentence = "a <b> & \"c\"",
	.target = "/<i>?q=\"\xff",
};

static struct duet_buffer body_of(enum duet_error_form form,
				  const struct duet_problem *problem)
{
	struct duet_buffer text = { NULL, 0 };
	struct duet_buf body;

	duet_buf_init(&body, 16384);
	assert_int_equal(duet_site_error_body(&body, form, problem), DUET_OK);
	assert_int_equal(duet_buf_take(&body, &text), DUET_OK);
	return text;
}

static void assert_body(enum duet_error_form form,
			const struct duet_problem *problem,
			const char *expected)
{
	struct duet_buffer text = body_of(form, problem);

	if (strstr(text.data, expected) == NULL)
		fail_msg("%s", (const char *)text.data);
	duet_buffer_free(&text);
}

static void a_line_of_text_has_number_name_and_sentence(void **state)
{
	struct duet_buffer text = body_of(DUET_ERROR_TEXT, &missing);

	(void)state;
	assert_string_equal(text.data, "404 Not Found: a <b> & \"c\"\n");
	duet_buffer_free(&text);
}

static void a_page_has_the_same_and_no_markup_of_strangers(void **state)
{
	static const char *const parts[] = {
		"<title>404 Not Found</title>",
		"<h1><b>404</b> Not Found</h1>\n",
		"<p>a &lt;b&gt; &amp; &quot;c&quot;</p>\n",
		"<bdi>/&lt;i&gt;?q=&quot;\xef\xbf\xbd</bdi>",
		"<a href=\"/\">To the start page</a>",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(parts); i++)
		assert_body(DUET_ERROR_PAGE, &missing, parts[i]);
}

/* RFC 9457 */
static void json_has_the_same(void **state)
{
	struct duet_buffer text = body_of(DUET_ERROR_JSON, &missing);

	(void)state;
	assert_string_equal(text.data,
			    "{\"type\":\"about:blank\",\"status\":404,"
			    "\"title\":\"Not Found\","
			    "\"detail\":\"a <b> & \\\"c\\\"\","
			    "\"target\":\"/<i>?q=\\\"\xef\xbf\xbd\"}\n");
	duet_buffer_free(&text);
}

static void the_start_page_is_no_way_out_of_itself(void **state)
{
	const struct duet_problem problem = { 403, "no.", "/", NULL };
	struct duet_buffer text = body_of(DUET_ERROR_PAGE, &problem);

	(void)state;
	assert_null(strstr(text.data, "href"));
	duet_buffer_free(&text);
}

static void a_request_with_an_id_is_told_it(void **state)
{
	const struct duet_problem problem = { 500, "no.", "/", "4f<2a" };

	(void)state;
	assert_body(DUET_ERROR_TEXT, &problem,
		    "500 Internal Server Error: no.\nRequest 4f<2a\n");
	assert_body(DUET_ERROR_PAGE, &problem,
		    "<dt>Request</dt><dd><bdi>4f&lt;2a</bdi></dd>");
	assert_body(DUET_ERROR_JSON, &problem, ",\"request\":\"4f<2a\"}\n");
}

/* Also of the bytes that take most room. */
static void the_beginning_of_a_long_target_is_shown(void **state)
{
	char target[8192];
	const struct duet_problem problem = { 404, "no.", target, NULL };

	(void)state;
	memset(target, '"', sizeof(target) - 1);
	target[0] = '/';
	target[sizeof(target) - 1] = '\0';
	assert_body(DUET_ERROR_PAGE, &problem, "&quot;&quot;...</bdi>");
	assert_body(DUET_ERROR_JSON, &problem, "\\\"\\\"...\"}");
}

static void a_sentence_too_long_is_no_overflow(void **state)
{
	static const enum duet_error_form forms[] = {
		DUET_ERROR_TEXT,
		DUET_ERROR_PAGE,
		DUET_ERROR_JSON,
	};
	char sentence[512];
	const struct duet_problem problem = { 400, sentence, "/", NULL };
	struct duet_buf body;
	size_t i;

	(void)state;
	memset(sentence, '<', sizeof(sentence) - 1);
	sentence[sizeof(sentence) - 1] = '\0';
	for (i = 0; i < COUNT(forms); i++) {
		duet_buf_init(&body, 500);
		assert_int_equal(duet_site_error_body(&body, forms[i],
						      &problem),
				 DUET_E_LIMIT);
		duet_buf_done(&body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_of_text_has_number_name_and_sentence),
		cmocka_unit_test(
			a_page_has_the_same_and_no_markup_of_strangers),
		cmocka_unit_test(json_has_the_same),
		cmocka_unit_test(the_start_page_is_no_way_out_of_itself),
		cmocka_unit_test(a_request_with_an_id_is_told_it),
		cmocka_unit_test(the_beginning_of_a_long_target_is_shown),
		cmocka_unit_test(a_sentence_too_long_is_no_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
