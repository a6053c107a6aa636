/* SPDX-License-Identifier: MIT */
/* Both forms of a made-up directory, and which order a query asks for. What a
 * request gets is seen end to end. */
#include <string.h>

#include "site/listing_int.h"
#include "support/unit.h"

enum {
	BODY_MAX_BYTES = 65536,
};

/* Names that would be markup, a scheme, or no text; one after the other. */
static char names[] = "dir \"&\"\0http:\0<i>\xff";

static struct duet_directory_entry entries[] = {
	{ 0, 0, 784111777, true },
	{ 8, 1432981, 784111777, false },
	{ 14, 1, -1, false },
};

static const struct duet_directory full = {
	.entries = entries,
	.count = COUNT(entries),
	.n_directories = 1,
	.size = 1432982,
	.names = { .data = (uint8_t *)names, .end = sizeof(names) },
};

static const struct duet_directory none = { .count = 0 };

typedef int form_fn(struct duet_buf *dst, const struct duet_listing *listing);

static struct duet_buffer body_of(form_fn *form,
				  const struct duet_listing *listing)
{
	struct duet_buffer text = { NULL, 0 };
	struct duet_buf body;

	duet_buf_init(&body, BODY_MAX_BYTES);
	assert_int_equal(form(&body, listing), DUET_OK);
	assert_int_equal(duet_buf_take(&body, &text), DUET_OK);
	return text;
}

static void assert_page(const struct duet_listing *listing,
			const char *expected)
{
	struct duet_buffer text = body_of(duet_listing_page, listing);

	if (strstr(text.data, expected) == NULL)
		fail_msg("no %s in %s", expected, (const char *)text.data);
	duet_buffer_free(&text);
}

static void a_row_is_name_size_and_date(void **state)
{
	const struct duet_listing listing = { "/", &full,
					      DUET_DIRECTORY_BY_NAME, false };

	(void)state;
	assert_page(&listing, "<tr class=\"dir\"><th scope=\"row\">"
			      "<a href=\"./dir%20%22%26%22/\"><bdi>"
			      "dir &quot;&amp;&quot;/</bdi></a></th><td></td>"
			      "<td><time datetime=\"1994-11-06T08:49:37Z\">"
			      "1994-11-06 08:49</time></td></tr>\n");
	assert_page(&listing,
		    "<tr><th scope=\"row\"><a href=\"./http%3A\"><bdi>http:"
		    "</bdi></a></th><td><data value=\"1432981\" "
		    "title=\"1,432,981 bytes\">1.4 MB</data></td>");
	assert_page(&listing,
		    "<a href=\"./%3Ci%3E%FF\"><bdi>&lt;i&gt;\xef\xbf\xbd</bdi>");
	assert_page(&listing,
		    "<footer><p>1 directory, 2 files, <data value=\"1432982\" "
		    "title=\"1,432,982 bytes\">1.4 MB</data> in all</p>"
		    "</footer>");
}

static void a_page_leads_to_every_directory_above(void **state)
{
	const struct duet_listing root = { "/", &full, DUET_DIRECTORY_BY_NAME,
					   false };
	const struct duet_listing below = { "/a/<b>/c/", &full,
					    DUET_DIRECTORY_BY_NAME, false };
	struct duet_buffer text = body_of(duet_listing_page, &root);

	(void)state;
	assert_null(strstr(text.data, "../"));
	duet_buffer_free(&text);
	assert_page(&root, "<li><a aria-current=\"page\" href=\"./\">");
	assert_page(&below,
		    "<li><a href=\"../../../\"><bdi>Home</bdi></a></li>\n"
		    "<li><a href=\"../../\"><bdi>a</bdi></a></li>\n"
		    "<li><a href=\"../\"><bdi>&lt;b&gt;</bdi></a></li>\n"
		    "<li><a aria-current=\"page\" href=\"./\"><bdi>c</bdi></a>"
		    "</li>\n</ol>");
	assert_page(&below, "<a href=\"../\">Parent directory</a>");
	assert_page(&below, "<title>Index of /a/&lt;b&gt;/c/</title>");
}

static void the_column_in_order_offers_the_other_way(void **state)
{
	const struct duet_listing up = { "/", &full, DUET_DIRECTORY_BY_SIZE,
					 false };
	const struct duet_listing down = { "/", &full, DUET_DIRECTORY_BY_SIZE,
					   true };

	(void)state;
	assert_page(&up, "<th scope=\"col\" aria-sort=\"ascending\">"
			 "<a href=\"?sort=size&amp;order=desc\"");
	assert_page(&down, "<th scope=\"col\" aria-sort=\"descending\">"
			   "<a href=\"?sort=size&amp;order=asc\"");
	assert_page(&down, "<th scope=\"col\">"
			   "<a href=\"?sort=date&amp;order=asc\"");
	assert_page(&down, "by size, largest first</caption>");
}

static void what_is_empty_or_cut_says_so(void **state)
{
	struct duet_directory cut = full;
	const struct duet_listing empty = { "/", &none, DUET_DIRECTORY_BY_NAME,
					    false };
	const struct duet_listing listing = { "/", &cut, DUET_DIRECTORY_BY_NAME,
					      false };
	struct duet_buffer text = body_of(duet_listing_page, &listing);

	(void)state;
	assert_null(strstr(text.data, "This is not all"));
	duet_buffer_free(&text);
	cut.is_cut = true;
	assert_page(&listing, "<p class=\"note\">This is not all:");
	assert_page(&empty, "There is nothing in it to see.");
	assert_page(&empty, "0 directories, 0 files, ");
	text = body_of(duet_listing_json, &listing);
	assert_non_null(strstr(text.data, "\"complete\":false"));
	duet_buffer_free(&text);
}

static void json_has_the_same(void **state)
{
	const struct duet_listing listing = { "/a\"b/", &full,
					      DUET_DIRECTORY_BY_NAME, false };
	struct duet_buffer text = body_of(duet_listing_json, &listing);

	(void)state;
	assert_string_equal(text.data,
			    "{\"path\":\"/a\\\"b/\",\"complete\":true,\"entries\":[\n"
			    "{\"name\":\"dir \\\"&\\\"\",\"href\":\"./dir%20%22%26%22/\","
			    "\"type\":\"directory\",\"size\":null,"
			    "\"modified\":\"1994-11-06T08:49:37Z\"},\n"
			    "{\"name\":\"http:\",\"href\":\"./http%3A\","
			    "\"type\":\"file\",\"size\":1432981,"
			    "\"modified\":\"1994-11-06T08:49:37Z\"},\n"
			    "{\"name\":\"<i>\xef\xbf\xbd\",\"href\":\"./%3Ci%3E%FF\","
			    "\"type\":\"file\",\"size\":1,"
			    "\"modified\":\"1969-12-31T23:59:59Z\"}\n"
			    "]}\n");
	duet_buffer_free(&text);
}

static void a_query_means_an_order_or_nothing(void **state)
{
	static const struct {
		const char *query;
		enum duet_directory_key key;
		bool descending;
	} cases[] = {
		{ "", DUET_DIRECTORY_BY_NAME, false },
		{ "sort=size", DUET_DIRECTORY_BY_SIZE, false },
		{ "sort=date&order=desc", DUET_DIRECTORY_BY_DATE, true },
		{ "order=desc&sort=name", DUET_DIRECTORY_BY_NAME, true },
		{ "order=asc", DUET_DIRECTORY_BY_NAME, false },
		{ "a=b&sort=size&c", DUET_DIRECTORY_BY_SIZE, false },
		{ "sort=size&sort=date", DUET_DIRECTORY_BY_DATE, false },
		{ "&&sort=size&&", DUET_DIRECTORY_BY_SIZE, false },
		/* nothing */
		{ "sort", DUET_DIRECTORY_BY_NAME, false },
		{ "sort=", DUET_DIRECTORY_BY_NAME, false },
		{ "=size", DUET_DIRECTORY_BY_NAME, false },
		{ "sort=SIZE", DUET_DIRECTORY_BY_NAME, false },
		{ "sort=sizes", DUET_DIRECTORY_BY_NAME, false },
		{ "sort=s", DUET_DIRECTORY_BY_NAME, false },
		{ "sort==size", DUET_DIRECTORY_BY_NAME, false },
		{ "xsort=size", DUET_DIRECTORY_BY_NAME, false },
		{ "sort=size&sort=x", DUET_DIRECTORY_BY_SIZE, false },
		{ "order=down", DUET_DIRECTORY_BY_NAME, false },
	};
	enum duet_directory_key key;
	bool descending;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		duet_listing_order(duet_str(cases[i].query), &key, &descending);
		if (key != cases[i].key || descending != cases[i].descending)
			fail_msg("%s: %d %d", cases[i].query, key, descending);
	}
}

/* However small the buffer, and whatever did not fit. */
static void a_full_buffer_is_reported(void **state)
{
	static form_fn *const forms[] = {
		duet_listing_page,
		duet_listing_json,
	};
	const struct duet_listing listing = { "/a/", &full,
					      DUET_DIRECTORY_BY_NAME, false };
	struct duet_buf body;
	size_t i;
	size_t max;

	(void)state;
	for (i = 0; i < COUNT(forms); i++) {
		struct duet_buffer text = body_of(forms[i], &listing);

		for (max = 1; max < text.len; max++) {
			duet_buf_init(&body, max);
			assert_int_equal(forms[i](&body, &listing),
					 DUET_E_LIMIT);
			duet_buf_done(&body);
		}
		duet_buffer_free(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_is_name_size_and_date),
		cmocka_unit_test(a_page_leads_to_every_directory_above),
		cmocka_unit_test(the_column_in_order_offers_the_other_way),
		cmocka_unit_test(what_is_empty_or_cut_says_so),
		cmocka_unit_test(json_has_the_same),
		cmocka_unit_test(a_query_means_an_order_or_nothing),
		cmocka_unit_test(a_full_buffer_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
