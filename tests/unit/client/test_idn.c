/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/mem.h"
#include "client/idn.h"
#include "support/unit.h"

static void writes_names_in_ascii(void **state)
{
	static const struct {
		const char *host;
		const char *ascii;
		const char *unicode; /* as it comes back; NULL: the same */
	} rows[] = {
		{ "b\u00fccher.example", "xn--bcher-kva.example", NULL },
		{ "B\u00dcCHER.Example.", "xn--bcher-kva.example.",
		  "b\u00fccher.example." },
		/* UTS 46, not transitional: it is not "fass" */
		{ "fa\u00df.example", "xn--fa-hia.example", NULL },
		{ "a\u0308rger.example", "xn--rger-koa.example",
		  "\u00e4rger.example" },
		{ "\u0431\u0430\u0437\u0430.\u0440\u0444",
		  "xn--80aabz.xn--p1ai", NULL },
		{ "\u4f8b\u3048\u3002\u30c6\u30b9\u30c8",
		  "xn--r8jz45g.xn--zckzah", "\u4f8b\u3048.\u30c6\u30b9\u30c8" },
		{ "a_\u00fc.example", "xn--a_-yka.example", NULL },
		/* one alphabet a part */
		{ "abc.\u0430\u0431.example", "abc.xn--80ac.example", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const char *want = rows[i].unicode != NULL ? rows[i].unicode
							   : rows[i].host;
		const char *why = NULL;
		char *unicode;
		char *ascii = NULL;

		assert_true(duet_idn_is_needed(duet_str(rows[i].host)));
		if (duet_idn_to_ascii(duet_str(rows[i].host), &ascii, &why) !=
		    DUET_OK)
			fail_msg("'%s': %s", rows[i].host, why);
		assert_string_equal(ascii, rows[i].ascii);
		unicode = duet_idn_to_unicode(ascii);
		assert_string_equal(unicode, want);
		duet_mem_free(unicode);
		duet_mem_free(ascii);
	}
	assert_false(duet_idn_is_needed(duet_str("xn--bcher-kva.example")));
}

static void refuses_in_words(void **state)
{
	static const struct {
		const char *host;
		const char *word;
	} rows[] = {
		{ "\xff.example", "UTF-8" },
		{ "\u00fc\xed\xa0\x80.example", "UTF-8" },
		{ "\U0001f600.example", "IDNA2008" },
		{ "\u0301x.example", "IDNA2008" },
		{ "a\u200d.example", "IDNA2008" },
		/* what would be cut up as something else */
		{ "\u00fc\uff0fx.example", "IDNA2008" },
		{ "\u00fc%41.example", "IDNA2008" },
		{ "\u00fc\uff20x.example", "IDNA2008" },
		{ "\u00fc\uff1a80", "IDNA2008" },
		{ "x\uff0fy.example", "IDNA2008" },
		{ "-\u00fc.example", "hyphen" },
		{ "ab--\u00fc.example", "hyphen" },
		{ "xn--b\u00fccher.example", "stands for nothing" },
		{ "\u05d01a.example", "right to left" },
		{ "\u0430pple.example", "look alike" },
		{ "\u03bfrg.example", "look alike" },
		{ "\uff11\uff12\uff17.0.0.1", "digits" },
		{ "\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc",
		  "too long" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const char *why = "";
		char *ascii = NULL;

		if (duet_idn_to_ascii(duet_str(rows[i].host), &ascii, &why) !=
			    DUET_E_URL ||
		    strstr(why, rows[i].word) == NULL)
			fail_msg("'%s': %s", rows[i].host,
				 ascii != NULL ? ascii : why);
	}
}

static void refuses_what_is_longer_than_any(void **state)
{
	char host[2000];
	const char *why = "";
	char *ascii = NULL;

	(void)state;
	memset(host, 0xfc, sizeof(host));
	assert_int_equal(duet_idn_to_ascii((struct duet_bytes){ host,
								sizeof(host) },
					   &ascii, &why),
			 DUET_E_URL);
	assert_non_null(strstr(why, "too long"));
}

static void shows_nothing_where_there_is_nothing_to_show(void **state)
{
	(void)state;
	assert_null(duet_idn_to_unicode("example.org"));
	assert_null(duet_idn_to_unicode("xn--zzzzzz999999.example"));
	assert_null(duet_idn_to_unicode("192.0.2.7"));
}

/* Who reads it shall not read another name, nor their terminal obey it. */
static void shows_no_name_that_is_none(void **state)
{
	(void)state;
	/* U+202E turns the direction; U+009B begins an escape sequence */
	assert_null(duet_idn_to_unicode("xn--ab-g4t.example"));
	assert_null(duet_idn_to_unicode("xn--ab-mca.example"));
	/* paypal with a Cyrillic letter, and an invisible one */
	assert_null(duet_idn_to_unicode("xn--pypal-4ve.example"));
	assert_null(duet_idn_to_unicode("xn--zug.example"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_names_in_ascii),
		cmocka_unit_test(refuses_in_words),
		cmocka_unit_test(refuses_what_is_longer_than_any),
		cmocka_unit_test(shows_nothing_where_there_is_nothing_to_show),
		cmocka_unit_test(shows_no_name_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
