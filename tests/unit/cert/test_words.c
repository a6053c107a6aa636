/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "cert/words.h"
#include "support/unit.h"

static void a_subject_cannot_reach_the_terminal(void **state)
{
	static const struct {
		const char *text;
		const char *shown;
	} cases[] = {
		{ "localhost", "CN=localhost" },
		{ "a,b", "CN=a\\,b" },
		{ "a\\b", "CN=a\\\\b" },
		{ "J\xc3\xb6rg", "CN=J\xc3\xb6rg" },
		{ "\x1b[31m", "CN=\\1B[31m" },
		{ "a\nb", "CN=a\\0Ab" },
		{ "\xc2\x9b", "CN=\\xc2\\x9b" },
	};
	X509_NAME *name;
	char *shown;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		name = X509_NAME_new();
		assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN",
							    MBSTRING_UTF8,
							    (const void
								     *)cases[i]
								    .text,
							    -1, -1, 0),
				 1);
		shown = duet_words_dn(name);
		assert_string_equal(shown, cases[i].shown);
		free(shown);
		X509_NAME_free(name);
	}
}

static GENERAL_NAME *make_name(int type, const char *data, int len)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *string = ASN1_STRING_type_new(
		type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);

	assert_int_equal(ASN1_STRING_set(string, data, len), 1);
	GENERAL_NAME_set0_value(name, type, string);
	return name;
}

static void names_are_shown_by_kind(void **state)
{
	static const struct {
		int type;
		const char *data;
		int len;
		const char *name;
		const char *subtree;
	} cases[] = {
		{ GEN_DNS, "x.org", 5, "x.org", "x.org" },
		{ GEN_DNS, "*.x.org", 7, "*.x.org", "DNS:*.x.org" },
		{ GEN_DNS, ".corp", 5, "DNS:.corp", ".corp" },
		{ GEN_DNS, "a\0b", 3, "DNS:a\\x00b", "DNS:a\\x00b" },
		{ GEN_DNS, "127.0.0.1", 9, "DNS:127.0.0.1", "DNS:127.0.0.1" },
		{ GEN_DNS, "IP:1.2.3.4", 10, "DNS:IP:1.2.3.4",
		  "DNS:IP:1.2.3.4" },
		{ GEN_DNS, "email:a@b", 9, "DNS:email:a@b", "DNS:email:a@b" },
		{ GEN_DNS, "DNS:x.org", 9, "DNS:DNS:x.org", "DNS:DNS:x.org" },
		{ GEN_URI, "x, bank.org", 11, "URI:x,\\x20bank.org",
		  "URI:x,\\x20bank.org" },
		{ GEN_EMAIL, "a@b", 3, "email:a@b", "email:a@b" },
		{ GEN_URI, "http://x/", 9, "URI:http://x/", "URI:http://x/" },
		{ GEN_IPADD, "\x7f\0\0\1", 4, "IP:127.0.0.1", "IP:malformed" },
		{ GEN_IPADD, "\x0a\0\0\0\xff\0\0\0", 8, "IP:malformed",
		  "IP:10.0.0.0/8" },
		{ GEN_IPADD, "\x0a\0\0\0\xff\0\xff\0", 8, "IP:malformed",
		  "IP:10.0.0.0/odd mask" },
		{ GEN_IPADD, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16, "IP:::1",
		  "IP:malformed" },
		{ GEN_IPADD, "", 0, "IP:malformed", "IP:malformed" },
	};
	GENERAL_NAME *name;
	char *shown;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		name = make_name(cases[i].type, cases[i].data, cases[i].len);
		shown = duet_words_general_name(name);
		assert_string_equal(shown, cases[i].name);
		free(shown);
		shown = duet_words_subtree(name);
		assert_string_equal(shown, cases[i].subtree);
		free(shown);
		GENERAL_NAME_free(name);
	}
}

static void times_are_seconds_in_both_forms(void **state)
{
	static const struct {
		int type;
		const char *text;
		int64_t seconds;
	} cases[] = {
		{ V_ASN1_UTCTIME, "700101000000Z", 0 },
		{ V_ASN1_UTCTIME, "231114221320Z", 1700000000 },
		{ V_ASN1_GENERALIZEDTIME, "99991231235959Z", 253402300799 },
		{ V_ASN1_GENERALIZEDTIME, "19500101000000Z", -631152000 },
		{ V_ASN1_UTCTIME, "nonsense", 0 },
		{ V_ASN1_UTCTIME, "", 0 },
	};
	ASN1_TIME *time;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		time = ASN1_STRING_type_new(cases[i].type);
		assert_int_equal(ASN1_STRING_set(time, cases[i].text, -1), 1);
		assert_true(duet_words_time(time) == cases[i].seconds);
		ASN1_STRING_free(time);
	}
	assert_true(duet_words_time(NULL) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_subject_cannot_reach_the_terminal),
		cmocka_unit_test(names_are_shown_by_kind),
		cmocka_unit_test(times_are_seconds_in_both_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
