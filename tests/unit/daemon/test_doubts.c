/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "daemon/doubts.h"
#include "support/unit.h"

enum {
	PLACES = 2,
};

static char *said_of(const char *const *origins,
		     char (*texts)[DUET_ADDRESS_TEXT_BYTES], size_t n)
{
	const char *given[PLACES] = { origins[0], origins[1] };
	const struct duet_sockets sockets = { .texts = texts,
					      .origins = given,
					      .n_places = n };
	static char said[4096];
	struct duet_bytes bytes;
	struct duet_buf lines;

	duet_buf_init(&lines, sizeof(said) - 1);
	assert_int_equal(duet_doubts_places(&lines, &sockets), DUET_OK);
	bytes = duet_buf_bytes(&lines);
	if (bytes.len > 0)
		memcpy(said, bytes.data, bytes.len);
	said[bytes.len] = '\0';
	duet_buf_done(&lines);
	return said;
}

static void a_place_that_the_local_ca_does_not_name_is_doubted(void **state)
{
	static const char both[] = "vm:0";
	static struct {
		const char *origins[PLACES];
		char texts[PLACES][DUET_ADDRESS_TEXT_BYTES];
		size_t n;
		const char *url; /* NULL: no doubt */
		const char *name;
	} cases[] = {
		{ { "localhost:0" }, { "127.0.0.1:84" }, 1, NULL, NULL },
		{ { "LOCALHOST:0" }, { "[::1]:84" }, 1, NULL, NULL },
		{ { "[0::1]:84" }, { "[::1]:84" }, 1, NULL, NULL },
		{ { ":0" }, { "[::]:84" }, 1, NULL, NULL },
		{ { "unix:/x" }, { "unix:/x" }, 1, NULL, NULL },
		{ { "127.0.0.2:0" },
		  { "127.0.0.2:84" },
		  1,
		  "https://127.0.0.2:84/,",
		  "issue 127.0.0.2'" },
		{ { "[2001:db8::1]:0" },
		  { "[2001:db8::1]:84" },
		  1,
		  "https://[2001:db8::1]:84/,",
		  "issue 2001:db8::1'" },
		{ { both, both },
		  { "127.0.0.1:84", "[::1]:84" },
		  2,
		  "https://vm:84/,",
		  "issue vm'" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const char *said =
			said_of(cases[i].origins, cases[i].texts, cases[i].n);

		if (cases[i].url == NULL) {
			assert_string_equal(said, "");
			continue;
		}
		if (strstr(said, cases[i].url) == NULL ||
		    strstr(said, cases[i].name) == NULL ||
		    strchr(said, '\n') != strrchr(said, '\n'))
			fail_msg("%s", said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_place_that_the_local_ca_does_not_name_is_doubted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
