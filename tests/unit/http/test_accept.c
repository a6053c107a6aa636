/* SPDX-License-Identifier: MIT */
#include "http/accept.h"
#include "support/unit.h"

enum {
	PLAIN,
	HTML,
	JSON,
	NONE = -1,
};

static const char *const types[] = {
	"text/plain",
	"text/html",
	"application/json",
};

static int choose(const char *first, const char *second)
{
	const struct duet_header fields[] = {
		{ "Host", "x" },
		{ "accept", first },
		{ second != NULL ? "ACCEPT" : NULL, second },
		{ NULL, NULL },
	};
	const struct duet_head head = {
		.size = sizeof(head),
		.headers = fields,
	};

	return duet_accept_choose(&head, types, COUNT(types));
}

/* RFC 9110 s12.5.1 */
static void the_type_with_the_highest_weight_is_chosen(void **state)
{
	static const struct {
		const char *accept;
		int chosen;
	} cases[] = {
		{ "text/html", HTML },
		{ "TEXT/HTML", HTML },
		{ "text/htm", NONE },
		{ "text/html5", NONE },
		{ "text", NONE },
		{ "*/*", PLAIN },
		{ "text/*", PLAIN },
		{ "Text/*", PLAIN },
		{ "application/*", JSON },
		{ "app/*", NONE },
		{ "applications/*", NONE },
		{ "*/json", NONE },
		{ "image/png", NONE },
		{ "", NONE },
		{ ",, text/html ,", HTML },
		/* a browser, curl, a script */
		{ "text/html,application/xhtml+xml,application/xml;q=0.9,"
		  "image/avif,image/webp,*/*;q=0.8",
		  HTML },
		{ "application/json, text/plain, */*", PLAIN },
		{ "application/json, text/plain;q=0.9, */*;q=0.1", JSON },
		/* weights */
		{ "text/html;q=0.5, application/json", JSON },
		{ "text/html;q=0.5, application/json;q=0.501", JSON },
		{ "text/html;q=0.502, application/json;q=0.501", HTML },
		{ "text/html ; Q=0.2 , application/json ; q=0.3", JSON },
		{ "text/html;q=0", NONE },
		{ "text/html;q=0.000, */*;q=0.001", PLAIN },
		{ "text/html;q=2, application/json;q=0.1", JSON },
		{ "text/html;q=x, application/json;q=0.1", JSON },
		{ "text/html;q=, application/json;q=0.1", JSON },
		/* the closer range overrules, wherever it stands */
		{ "*/*, text/plain;q=0.1, text/html;q=0.2, "
		  "application/*;q=0.3",
		  JSON },
		{ "text/html;q=0.2, text/*;q=0.4, */*;q=0.3", PLAIN },
		{ "text/*;q=0, */*", JSON },
		/* of those that are liked the same, who is called by name */
		{ "text/html, */*", HTML },
		{ "*/*, application/json", JSON },
		{ "text/*, application/json", JSON },
		{ "*/*, application/*", JSON },
		/* parameters */
		{ "text/html;charset=utf-8", HTML },
		{ "text/html;level=1;q=0.3, text/html;q=0.7, "
		  "application/json;q=0.5",
		  HTML },
		{ "text/html;level=1, text/html;q=0.2, application/json;q=0.5",
		  JSON },
		{ "text/html;a=\"x;q=0\"", HTML },
		{ "text/html;a=\"x\\\";q=0\"", HTML },
		{ "text/html;a=\"x,text/plain\";q=0.4, application/json;q=0.3",
		  HTML },
		{ "text/html;q=0.1;ext=1, application/json;q=0.05", HTML },
		{ "text/html;", HTML },
		{ ";q=1", NONE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		if (choose(cases[i].accept, NULL) != cases[i].chosen)
			fail_msg("%s: %d", cases[i].accept,
				 choose(cases[i].accept, NULL));
}

static void lines_are_one_list(void **state)
{
	(void)state;
	assert_int_equal(choose("text/html;q=0.5", "application/json"), JSON);
	assert_int_equal(choose("application/json", "text/html;q=0.5"), JSON);
	assert_int_equal(choose("*/*", "text/plain;q=0"), HTML);
}

static void without_the_field_anything_will_do(void **state)
{
	const struct duet_head head = { .size = sizeof(head) };

	(void)state;
	assert_int_equal(duet_accept_choose(&head, types, COUNT(types)), PLAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_type_with_the_highest_weight_is_chosen),
		cmocka_unit_test(lines_are_one_list),
		cmocka_unit_test(without_the_field_anything_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
