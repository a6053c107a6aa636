/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "get/ending.h"
#include "support/unit.h"

static void every_evidence_has_words_of_its_own(void **state)
{
	unsigned a;
	unsigned b;

	(void)state;
	for (a = DUET_BY_NONE; a <= DUET_BY_FIN; a++)
		for (b = a + 1; b <= DUET_BY_FIN; b++)
			assert_string_not_equal(duet_get_evidence_words(a),
						duet_get_evidence_words(b));
}

static void every_cut_has_words_of_its_own(void **state)
{
	unsigned a;
	unsigned b;

	(void)state;
	for (a = DUET_CUT_NONE; a <= DUET_CUT_LOCAL; a++)
		for (b = a + 1; b <= DUET_CUT_LOCAL; b++)
			assert_string_not_equal(duet_get_cut_words(a),
						duet_get_cut_words(b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_evidence_has_words_of_its_own),
		cmocka_unit_test(every_cut_has_words_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
