/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "client/cookie_date.h"
#include "support/unit.h"

/* RFC 6265bis s5.1.1 */
static const struct {
	const char *text;
	int64_t wall; /* -1: none */
} rows[] = {
	{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
	{ "Sun Nov  6 08:49:37 1994", 784111777 },
	{ "Sun, 06-Nov-1994 08:49:37 GMT", 784111777 },
	{ "06 nov 1994 08:49:37", 784111777 },
	{ "1994 08:49:37 6 November", 784111777 },
	{ "08:49:37 6 november 94", 784111777 },
	{ "6/nov/94/8:49:37", 784111777 },
	{ "8:49:37 November 6 1994", 784111777 },
	{ "6Nov 94 08:49:37", -1 },                    /* no month by itself */
	{ "06 Nov 1994 08:49:37.123 PST", 784111777 }, /* zones are nothing */
	{ "06 Nov 1994 08:49:37abc", 784111777 },
	{ "06 Nov 1994 08:49:370", -1 },
	{ "06 Nov 1994 008:49:37", -1 },
	{ "06 Nov 1994 24:00:00", -1 },
	{ "06 Nov 1994 23:60:00", -1 },
	{ "06 Nov 1994 23:59:60", -1 },
	{ "00 Nov 1994 08:49:37", -1 },
	{ "32 Nov 1994 08:49:37", -1 },
	{ "31 Nov 1994 08:49:37", -1 },
	{ "29 Feb 2023 00:00:00", -1 },
	{ "29 Feb 2024 00:00:00", 1709164800 },
	{ "01 Jan 69 00:00:00", 3124224000 },
	{ "01 Jan 70 00:00:00", 0 },
	{ "01 Jan 99 00:00:00", 915148800 },
	{ "01 Jan 00 00:00:00", 946684800 },
	{ "01 Jan 123 00:00:00", -1 }, /* before 1601 */
	{ "01 Jan 1600 00:00:00", -1 },
	{ "01 Jan 1601 00:00:00", -11644473600 },
	{ "01 Jan 9999 00:00:00", 253370764800 },
	{ "01 Jan 10000 00:00:00", -1 },
	{ "06 Nov 1994", -1 },
	{ "Nov 1994 08:49:37", -1 },
	{ "06 1994 08:49:37", -1 },
	{ "", -1 },
	{ "; ; ;", -1 },
	{ "0", -1 },
	{ "06 Nov 1994 08:49:37 07 Dec 1995 09:50:38", 784111777 },
};

static void reads_what_the_standard_reads(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		int64_t wall = -1;
		bool ok = duet_cookie_date_parse(duet_str(rows[i].text), &wall);

		if (ok != (rows[i].wall != -1) || wall != rows[i].wall)
			fail_msg("'%s': %d %lld", rows[i].text, ok,
				 (long long)wall);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_the_standard_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
