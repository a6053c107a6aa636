/* SPDX-License-Identifier: MIT */
#include "http/target.h"
#include "support/unit.h"

/* RFC 9112 s3.2 */
static void tells_the_form_of_a_target_by_its_method(void **state)
{
	static const struct {
		const char *method;
		const char *target;
		enum duet_target_form form;
	} cases[] = {
		{ "GET", "/", DUET_TARGET_ORIGIN },
		{ "GET", "//a", DUET_TARGET_ORIGIN },
		{ "POST", "/a%20b?c|d\"e", DUET_TARGET_ORIGIN },
		{ "GET", "/\xc3\xa9\xff", DUET_TARGET_ORIGIN },
		{ "GET", "/a b", DUET_TARGET_BAD },
		{ "GET", "/a\tb", DUET_TARGET_BAD },
		{ "GET", "/a#b", DUET_TARGET_BAD },
		{ "GET", "/a\x7f", DUET_TARGET_BAD },
		{ "GET", "/a\r", DUET_TARGET_BAD },
		{ "GET", "", DUET_TARGET_BAD },
		{ "GET", "a", DUET_TARGET_BAD },
		{ "GET", "?q", DUET_TARGET_BAD },
		{ "OPTIONS", "*", DUET_TARGET_ASTERISK },
		{ "GET", "*", DUET_TARGET_BAD },
		{ "OPTIONS", "*a", DUET_TARGET_BAD },
		{ "OPTIONS", "/", DUET_TARGET_ORIGIN },
		{ "GET", "http://h", DUET_TARGET_ABSOLUTE },
		{ "GET", "HTTP://h:80/a?b", DUET_TARGET_ABSOLUTE },
		{ "GET", "https://h/a", DUET_TARGET_ABSOLUTE },
		{ "OPTIONS", "http://h", DUET_TARGET_ABSOLUTE },
		{ "GET", "http://", DUET_TARGET_BAD },
		{ "GET", "http:///a", DUET_TARGET_BAD },
		{ "GET", "http://u@h/", DUET_TARGET_BAD }, /* RFC 9110 s4.2.4 */
		{ "GET", "http:/a", DUET_TARGET_BAD },
		{ "GET", "ftp://h/", DUET_TARGET_BAD },
		{ "GET", "h:80", DUET_TARGET_BAD },
		{ "CONNECT", "h:443", DUET_TARGET_AUTHORITY },
		{ "CONNECT", "[::1]:443", DUET_TARGET_AUTHORITY },
		{ "CONNECT", "h", DUET_TARGET_BAD },
		{ "CONNECT", "h:", DUET_TARGET_BAD },
		{ "CONNECT", "/", DUET_TARGET_BAD },
		{ "CONNECT", "http://h", DUET_TARGET_BAD },
		{ "connect", "h:443", DUET_TARGET_BAD }, /* methods have case */
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		if (duet_target_form(cases[i].method, cases[i].target) !=
		    cases[i].form)
			fail_msg("%s %s", cases[i].method, cases[i].target);
}

/* RFC 9110 s7.2, RFC 3986 s3.2.2 */
static void knows_an_authority_from_nonsense(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		int32_t port;
	} cases[] = {
		{ "example.org", true, -1 },
		{ "example.org:8443", true, 8443 },
		{ "example.org:", true, -1 },
		{ "127.0.0.1:1", true, 1 },
		{ "[::1]", true, -1 },
		{ "[2001:db8::1.2.3.4]:65535", true, 65535 },
		{ "a_b", true, -1 },
		{ "a%20b", true, -1 },
		{ "", false, 0 },
		{ ":80", false, 0 },
		{ "h:0", false, 0 },
		{ "h:65536", false, 0 },
		{ "h:99999999999999999999", false, 0 },
		{ "h:8o", false, 0 },
		{ "h:+80", false, 0 },
		{ "h:80:80", false, 0 },
		{ "a b", false, 0 },
		{ "a/b", false, 0 },
		{ "a?b", false, 0 },
		{ "a\\b", false, 0 },
		{ "u@h", false, 0 },
		{ "a%2", false, 0 },
		{ "a%zz", false, 0 },
		{ "\xc3\xa9", false, 0 },
		{ "[::1", false, 0 },
		{ "[]", false, 0 },
		{ "[1]", false, 0 },
		{ "[::1]x", false, 0 },
		{ "[::1%25lo]", false, 0 },
		{ "[v1.a]", false, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		int32_t port = 0;

		if (duet_is_authority(duet_str(cases[i].text), &port) !=
		    cases[i].ok)
			fail_msg("'%s'", cases[i].text);
		if (cases[i].ok)
			assert_int_equal(port, cases[i].port);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_form_of_a_target_by_its_method),
		cmocka_unit_test(knows_an_authority_from_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
