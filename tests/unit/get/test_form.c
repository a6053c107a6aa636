/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* mkstemp */
#include "files.h"
#include "get/form.h"

static int build(struct duet_get_body *body, const char *text, const char *by,
		 struct duet_error *err)
{
	const char *items[] = { text, NULL };
	const char *bys[] = { by, NULL };
	struct duet_get_options options;

	duet_get_options_init(&options);
	options.form.items = items;
	options.form.count = 1;
	options.form_by.items = bys;
	options.form_by.count = 1;
	return duet_get_form_body(body, &options, "B", err);
}

/* The part between the boundaries. */
static const char *part_of(const char *text, const char *by)
{
	static const char begin[] =
		"--B\r\nContent-Disposition: form-data; name=";
	struct duet_get_body body = { NULL };
	struct duet_error err;
	char *whole;
	size_t len;

	if (build(&body, text, by, &err) != DUET_OK)
		fail_msg("%s: %s", text, err.text);
	whole = read_whole(&body, 7);
	duet_get_body_done(&body);
	len = strlen(whole);
	assert_memory_equal(whole, begin, sizeof(begin) - 1);
	assert_true(len > sizeof(begin) + 8);
	assert_string_equal(whole + len - 9, "\r\n--B--\r\n");
	whole[len - 9] = '\0';
	return whole + sizeof(begin) - 1;
}

static void values_are_fields(void **state)
{
	static const struct {
		const char *text;
		const char *by;
		const char *want;
	} rows[] = {
		{ "a=1", "form", "\"a\"\r\n\r\n1" },
		{ "a=", "form", "\"a\"\r\n\r\n" },
		{ "a=b=c;d", "form", "\"a\"\r\n\r\nb=c;d" },
		{ "a=x;type=text/x", "form",
		  "\"a\"\r\nContent-Type: text/x\r\n\r\nx" },
		{ "a=x;filename=n.txt;type=text/x", "form",
		  "\"a\"; filename=\"n.txt\"\r\nContent-Type: text/x\r\n\r\nx" },
		{ "a=x;type=text/x;charset=y;filename=n", "form",
		  "\"a\"; filename=\"n\"\r\nContent-Type: text/x;charset=y\r\n\r\nx" },
		{ "a=@b;type=c", "form-string", "\"a\"\r\n\r\n@b;type=c" },
		{ "a=\"q\"", "form", "\"a\"\r\n\r\n\"q\"" },
		{ "q\"r\r\ns=1", "form", "\"q%22r%0D%0As\"\r\n\r\n1" },
		{ "\xc3\xbc\\=1", "form", "\"\xc3\xbc\\\"\r\n\r\n1" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		assert_string_equal(part_of(rows[i].text, rows[i].by),
				    rows[i].want);
}

static void check_file(const char *before, const char *path, const char *after,
		       const char *want)
{
	char text[200];

	(void)snprintf(text, sizeof(text), "%s%s%s", before, path, after);
	assert_string_equal(part_of(text, "form"), want);
}

static void files_have_names_and_types(void **state)
{
	struct file file = file_new("content");
	const char *name = file.path + 5;
	char want[200];

	(void)state;
	(void)snprintf(want, sizeof(want),
		       "\"f\"; filename=\"%s\"\r\nContent-Type: application/octet-stream\r\n\r\ncontent",
		       name);
	check_file("f=@", file.path, "", want);
	check_file("f=@\"", file.path, "\"", want);
	check_file("f=<", file.path, "", "\"f\"\r\n\r\ncontent");
	check_file("f=<", file.path, ";type=a/b",
		   "\"f\"\r\nContent-Type: a/b\r\n\r\ncontent");
	check_file("f=@", file.path, ";filename=page.html",
		   "\"f\"; filename=\"page.html\"\r\nContent-Type: text/html\r\n\r\ncontent");
	check_file("f=@", file.path, ";filename=\"a\\\"b;c\";type=a/b",
		   "\"f\"; filename=\"a%22b;c\"\r\nContent-Type: a/b\r\n\r\ncontent");
	(void)unlink(file.path);
}

static void several_parts_share_a_boundary(void **state)
{
	const char *items[] = { "a=1", "b=2", NULL };
	const char *bys[] = { "form", "form-string", NULL };
	struct duet_get_body body = { NULL };
	struct duet_get_options options;

	(void)state;
	duet_get_options_init(&options);
	options.form.items = items;
	options.form.count = 2;
	options.form_by.items = bys;
	options.form_by.count = 2;
	assert_int_equal(duet_get_form_body(&body, &options, "B", NULL),
			 DUET_OK);
	assert_string_equal(read_whole(&body, 100),
			    "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
			    "--B\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n2\r\n"
			    "--B--\r\n");
	duet_get_body_done(&body);
}

static void boundaries_differ_and_are_legal(void **state)
{
	char a[DUET_GET_BOUNDARY_BYTES];
	char b[DUET_GET_BOUNDARY_BYTES];

	(void)state;
	assert_int_equal(duet_get_form_boundary(a, NULL), DUET_OK);
	assert_int_equal(duet_get_form_boundary(b, NULL), DUET_OK);
	assert_string_not_equal(a, b);
	assert_int_equal(strlen(a), 37); /* RFC 2046 s5.1.1: 70 at most */
	assert_int_equal(strspn(a, "duet-0123456789abcdef"), 37);
}

static void refuses_in_words(void **state)
{
	static const struct {
		const char *text;
		int code;
		const char *word;
	} rows[] = {
		{ "a=@/nonexistent", DUET_E_SYSTEM, "-F: '/nonexistent'" },
		{ "a=</nonexistent", DUET_E_SYSTEM, "-F: '/nonexistent'" },
		{ "a=@/tmp", DUET_E_SYSTEM, "-F: '/tmp': cannot send" },
		{ "a=x;type=none", DUET_E_ARGUMENT, "'none' is not a type" },
		{ "a=x;type=a/b\r\nX: y", DUET_E_ARGUMENT, "is not a type" },
	};
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_get_body body = { NULL };

		assert_int_equal(build(&body, rows[i].text, "form", &err),
				 rows[i].code);
		if (strstr(err.text, rows[i].word) == NULL)
			fail_msg("%s", err.text);
		duet_get_body_done(&body);
	}
	assert_true(duet_get_form_is_field("a="));
	assert_false(duet_get_form_is_field("=a"));
	assert_false(duet_get_form_is_field("a"));
	assert_false(duet_get_form_is_field(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_fields),
		cmocka_unit_test(files_have_names_and_types),
		cmocka_unit_test(several_parts_share_a_boundary),
		cmocka_unit_test(boundaries_differ_and_are_legal),
		cmocka_unit_test(refuses_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
