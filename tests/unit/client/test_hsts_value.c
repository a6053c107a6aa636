/* SPDX-License-Identifier: MIT */
#include "client/hsts.h"
#include "support/unit.h"

/* RFC 6797 s6.1 */
static void reads_what_the_standard_reads(void **state)
{
	static const struct {
		const char *value;
		bool ok;
		uint64_t max_age;
		bool below;
	} rows[] = {
		{ "max-age=31536000", true, 31536000, false },
		{ "max-age=15768000 ; includeSubDomains", true, 15768000,
		  true },
		{ "max-age=\"31536000\"", true, 31536000, false },
		{ "max-age=0", true, 0, false },
		{ "max-age=0; includeSubDomains", true, 0, true },
		{ "MAX-AGE=1;INCLUDESUBDOMAINS", true, 1, true },
		{ "includeSubDomains; max-age=1", true, 1, true },
		{ ";; max-age=1 ;;", true, 1, false },
		{ "max-age = 1", true, 1, false },
		{ "max-age=1; preload; x=y; z=\"a;b\"", true, 1, false },
		{ "max-age=99999999999999999999999", true, UINT64_MAX, false },
		{ "", false, 0, false },
		{ "includeSubDomains", false, 0, false },
		{ "max-age", false, 0, false },
		{ "max-age=", false, 0, false },
		{ "max-age=-1", false, 0, false },
		{ "max-age=1x", false, 0, false },
		{ "max-age=\"1", false, 0, false },
		{ "max-age=\"\"", false, 0, false },
		{ "max-age=1; max-age=1", false, 0, false },
		{ "max-age=1; Max-Age=2", false, 0, false },
		{ "max-age=1; x; X", false, 0, false },
		{ "max-age=1; includeSubDomains; includesubdomains", false, 0,
		  false },
		{ "max-age=1; includeSubDomains=yes", false, 0, false },
		{ "max-age=1; a b", false, 0, false },
		{ "max-age=1, max-age=2", false, 0, false },
		{ "max-age=1; x=\"", false, 0, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		uint64_t max_age = 0;
		bool below = false;
		bool ok =
			duet_hsts_parse_value(rows[i].value, &max_age, &below);

		if (ok != rows[i].ok)
			fail_msg("'%s'", rows[i].value);
		if (ok &&
		    (max_age != rows[i].max_age || below != rows[i].below))
			fail_msg("'%s': %llu", rows[i].value,
				 (unsigned long long)max_age);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_the_standard_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
