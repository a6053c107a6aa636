/* SPDX-License-Identifier: MIT */
#include "base/nearest.h"
#include "support/unit.h"

static const char *nearest_to(const char *word)
{
	static const char *const names[] = {
		"cacert", "cert",     "crl", "insecure-any-certificate",
		"json",   "max-time", "o"
	};
	struct duet_nearest nearest;
	size_t i;

	duet_nearest_init(&nearest, word);
	for (i = 0; i < COUNT(names); i++)
		duet_nearest_offer(&nearest, names[i]);
	return nearest.best;
}

static void finds_the_word_that_was_meant(void **state)
{
	static const struct {
		const char *typed;
		const char *meant;
	} cases[] = {
		{ "cacrt", "cacert" },
		{ "caecrt", "cacert" },
		{ "cacertt", "cacert" },
		{ "jsn", "json" },
		{ "maxtime", "max-time" },
		{ "max_time", "max-time" },
		{ "insecure", "insecure-any-certificate" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_string_equal(nearest_to(cases[i].typed), cases[i].meant);
}

static void keeps_quiet_when_nothing_is_near(void **state)
{
	static const char *const cases[] = {
		"",
		"verbose",
		"xyzzy",
		"jxxn",
		"a-word-far-longer-than-any-option-name-could-be",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_null(nearest_to(cases[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_word_that_was_meant),
		cmocka_unit_test(keeps_quiet_when_nothing_is_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
