/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cert/names.h"
#include "support/unit.h"

#define LABEL63 \
	"abcdefghijklmnopqrstuvwxyz-0123456789-abcdefghijklmnopqrstuvwxy"

static void tells_a_name_by_its_form(void **state)
{
	static const struct {
		const char *text;
		enum duet_name_kind kind;
		size_t ip_len;
	} cases[] = {
		{ "localhost", DUET_NAME_DNS, 0 },
		{ "x.org", DUET_NAME_DNS, 0 },
		{ "xn--bcher-kva.example", DUET_NAME_DNS, 0 },
		{ "_dmarc.x.org", DUET_NAME_DNS, 0 },
		{ "1.x.org", DUET_NAME_DNS, 0 },
		{ "4chan", DUET_NAME_DNS, 0 },
		{ LABEL63 ".org", DUET_NAME_DNS, 0 },
		{ "*.x.org", DUET_NAME_WILDCARD, 0 },
		{ "127.0.0.1", DUET_NAME_IP, 4 },
		{ "::1", DUET_NAME_IP, 16 },
		{ "2001:db8::1", DUET_NAME_IP, 16 },
		{ "email:a.b+c@x.org", DUET_NAME_EMAIL, 0 },
	};
	struct duet_name name;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		if (duet_name_parse(cases[i].text, &name, &err) != DUET_OK)
			fail_msg("%s", err.text);
		assert_int_equal(name.kind, cases[i].kind);
		assert_int_equal(name.ip_len, cases[i].ip_len);
	}
	assert_string_equal(name.text, "a.b+c@x.org");
}

static void refuses_what_is_no_name_and_says_why(void **state)
{
	static const struct {
		const char *text;
		const char *why; /* within the sentence */
	} cases[] = {
		{ "", "'': a name is not empty" },
		{ "b\xc3\xbc"
		  "cher.example",
		  "b\xc3\xbc"
		  "cher.example': not ASCII: give the name in its A-label form (xn--...)" },
		{ "x.org.", "no dot at its end" },
		{ "x..org", "no empty label" },
		{ ".x.org", "no empty label" },
		{ "-x.org", "neither begins nor ends with '-'" },
		{ "x-.org", "neither begins nor ends with '-'" },
		{ LABEL63 "z.org", "at most 63 bytes" },
		{ LABEL63 "." LABEL63 "." LABEL63 "." LABEL63,
		  "at most 253 bytes" },
		{ "x org", "only letters, digits" },
		{ "x\1.org", "'x\\x01.org': neither" },
		{ "127.0.0.256", "ends in a number" },
		{ "1.2.3", "ends in a number" },
		{ "*", "whole first label" },
		{ "*.org", "two labels at least" },
		{ "*.", "two labels at least" },
		{ "a*.x.org", "whole first label" },
		{ "x.*.org", "whole first label" },
		{ "*.*.org", "only letters" },
		{ "https://x.org", "no scheme, port or path" },
		{ "x.org:443", "no scheme, port or path" },
		{ "[::1]", "no scheme, port or path" },
		{ "x.org/path", "no scheme, port or path" },
		{ "email:x.org", "not an email address" },
		{ "email:@x.org", "not an email address" },
		{ "email:a b@x.org", "needs no quoting" },
		{ "email:a@", "a name is not empty" },
		{ "email:\xc3\xbc@x.org", "not ASCII" },
	};
	struct duet_name name;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(duet_name_parse(cases[i].text, &name, &err),
				 DUET_E_ARGUMENT);
		if (strstr(err.text, cases[i].why) == NULL)
			fail_msg("'%s' lacks '%s'", err.text, cases[i].why);
	}
}

static void reads_subtrees(void **state)
{
	static const struct {
		const char *text;
		enum duet_name_kind kind;
		size_t range_len;
		const char *mask;
	} cases[] = {
		{ "localhost", DUET_NAME_DNS, 0, "" },
		{ ".corp", DUET_NAME_DNS, 0, "" },
		{ "127.0.0.0/8", DUET_NAME_IP, 8, "\xff\0\0\0" },
		{ "10.16.0.0/12", DUET_NAME_IP, 8, "\xff\xf0\0\0" },
		{ "0.0.0.0/0", DUET_NAME_IP, 8, "\0\0\0\0" },
		{ "192.0.2.1", DUET_NAME_IP, 8, "\xff\xff\xff\xff" },
		{ "::1/128", DUET_NAME_IP, 32,
		  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" },
		{ "fe80::/10", DUET_NAME_IP, 32,
		  "\xff\xc0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" },
		{ "email:x.org", DUET_NAME_EMAIL, 0, "" },
		{ "email:.x.org", DUET_NAME_EMAIL, 0, "" },
		{ "email:a@x.org", DUET_NAME_EMAIL, 0, "" },
	};
	struct duet_subtree tree;
	struct duet_error err;
	size_t i, half;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		if (duet_subtree_parse(cases[i].text, &tree, &err) != DUET_OK)
			fail_msg("%s", err.text);
		assert_int_equal(tree.kind, cases[i].kind);
		assert_int_equal(tree.range_len, cases[i].range_len);
		half = tree.range_len / 2;
		assert_memory_equal(tree.range + half, cases[i].mask, half);
	}
}

static void refuses_what_is_no_subtree(void **state)
{
	static const char *const cases[] = {
		"",
		".",
		"*.x.org",
		"10.0.0.1/8",
		"10.0.0.0/33",
		"10.0.0.0/",
		"::1/129",
		"10.0.0.0/-1",
		"x.org/8",
		"10.0.0.0/8/8",
		"fe80::/9x",
		"email:",
	};
	struct duet_subtree tree;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		if (duet_subtree_parse(cases[i], &tree, &err) !=
		    DUET_E_ARGUMENT)
			fail_msg("'%s' was taken", cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_a_name_by_its_form),
		cmocka_unit_test(refuses_what_is_no_name_and_says_why),
		cmocka_unit_test(reads_subtrees),
		cmocka_unit_test(refuses_what_is_no_subtree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
