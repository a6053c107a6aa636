/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "http/prepared.h"
#include "support/unit.h"

static void assert_bytes(struct duet_bytes bytes, const char *text)
{
	assert_int_equal(bytes.len, strlen(text));
	assert_memory_equal(bytes.data, text, bytes.len);
}

static void is_ready_for_both_versions(void **state)
{
	struct duet_prepared *prepared;

	(void)state;
	assert_int_equal(duet_prepared_new(DUET_HEADERS({ "Content-Type",
							  "text/html" },
							{ "ETAG", " \"x\"\t" },
							{ "X-Empty", "" }),
					   &prepared),
			 DUET_OK);
	assert_bytes(prepared->text, "Content-Type: text/html\r\n"
				     "ETAG: \"x\"\r\n"
				     "X-Empty: \r\n");
	assert_int_equal(duet_prepared_count(prepared), 3);
	assert_bytes(prepared->fields[0].name, "content-type");
	assert_bytes(prepared->fields[0].value, "text/html");
	assert_bytes(prepared->fields[1].name, "etag");
	assert_bytes(prepared->fields[1].value, "\"x\"");
	assert_bytes(prepared->fields[2].name, "x-empty");
	assert_bytes(prepared->fields[2].value, "");
	duet_prepared_free(prepared);
}

static void none_is_fine(void **state)
{
	struct duet_prepared *prepared;

	(void)state;
	assert_int_equal(duet_prepared_count(NULL), 0);
	assert_int_equal(duet_prepared_text(NULL).len, 0);
	assert_int_equal(duet_prepared_new(DUET_HEADERS({ NULL, NULL }),
					   &prepared),
			 DUET_OK);
	assert_int_equal(duet_prepared_count(prepared), 0);
	assert_int_equal(duet_prepared_text(prepared).len, 0);
	duet_prepared_free(prepared);
}

static void what_no_reply_may_say_is_refused(void **state)
{
	static const struct duet_header bad[] = {
		{ "", "x" },
		{ "a b", "x" },
		{ "a", "x\r\nb: y" },
		{ "a", NULL },
		{ "Content-Length", "3" },
		{ "Transfer-Encoding", "chunked" },
		{ "Connection", "close" },
		{ "Upgrade", "x" },
		{ "TE", "trailers" },
	};
	struct duet_prepared *prepared = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct duet_header list[] = { bad[i], { NULL, NULL } };

		assert_int_equal(duet_prepared_new(list, &prepared),
				 DUET_E_ARGUMENT);
		assert_null(prepared);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_ready_for_both_versions),
		cmocka_unit_test(none_is_fine),
		cmocka_unit_test(what_no_reply_may_say_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
