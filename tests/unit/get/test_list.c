/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "get/list.h"
#include "support/unit.h"

/* Lines of a file, and what was read of it as "line:url>name|". */
static void lines_are_urls_with_names(void **state)
{
	static const struct {
		const char *text;
		bool all;
		const char *is;
	} rows[] = {
		{ "", false, "" },
		{ "a", false, "1:a|" },
		{ "a\nb\n", false, "1:a|2:b|" },
		{ "a\r\n\r\n \t\nb\r\n", false, "1:a|4:b|" },
		{ "# a\n  # b\na#c\n", false, "3:a#c|" },
		{ "a b\n", false, "1:a>b|" },
		{ "\ta \t b c\t\n", false, "1:a>b c|" },
		{ "a #b\n", false, "1:a>#b|" },
		{ "a\nb c", true, "1:a>*|2:b>c|" },
	};
	size_t i;
	size_t k;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_get_list list = { 0 };
		struct duet_error err;
		char text[64];
		char is[128] = "";

		(void)snprintf(text, sizeof(text), "%s", rows[i].text);
		assert_int_equal(duet_get_list_parse(&list, text, strlen(text),
						     rows[i].all, &err),
				 DUET_OK);
		for (k = 0; k < list.n; k++) {
			const struct duet_get_item *item = &list.items[k];
			const char *name = item->name;
			size_t used = strlen(is);

			assert_int_equal(item->given,
					 name != NULL || rows[i].all);
			if (name == NULL && item->given)
				name = "*";
			(void)snprintf(is + used, sizeof(is) - used,
				       "%zu:%s%s%s|", item->line, item->url,
				       name != NULL ? ">" : "",
				       name != NULL ? name : "");
		}
		assert_string_equal(is, rows[i].is);
		duet_get_list_done(&list);
	}
}

static void a_nul_is_told_with_its_line(void **state)
{
	struct duet_get_list list = { 0 };
	struct duet_error err;
	char text[] = "a\nb\0c\nd";

	(void)state;
	assert_int_equal(duet_get_list_parse(&list, text, sizeof(text) - 1,
					     false, &err),
			 DUET_E_ARGUMENT);
	assert_string_equal(err.text,
			    "line 2: it has a NUL in it: this is no file of URLs");
	duet_get_list_done(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_urls_with_names),
		cmocka_unit_test(a_nul_is_told_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
