/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "get/event.h"
#include "support/unit.h"

static void each_is_a_line(void **state)
{
	static const struct duet_get_progress known = {
		.name = "f\"1", .bytes = 3, .total = 10, .rate = 2.5
	};
	static const struct duet_get_progress unknown = { .name = "f",
							  .total = -1 };
	static const struct {
		struct duet_get_event event;
		const char *line;
	} rows[] = {
		{ { DUET_GET_EVENT_BEGIN, 0, "https://a/f", &known, 0, NULL },
		  "{\"event\":\"begin\",\"name\":\"f\\\"1\",\"at\":0,\"url\":\"https://a/f\"}\n" },
		{ { DUET_GET_EVENT_PROGRESS, 7, "https://a/f", &known, 0,
		    NULL },
		  "{\"event\":\"progress\",\"bytes\":3,\"total\":10,\"rate\":2,\"at\":7,\"url\":\"https://a/f\"}\n" },
		{ { DUET_GET_EVENT_PROGRESS, 7, "https://a/f", &unknown, 0,
		    NULL },
		  "{\"event\":\"progress\",\"bytes\":0,\"total\":null,\"rate\":0,\"at\":7,\"url\":\"https://a/f\"}\n" },
		{ { DUET_GET_EVENT_END, 1, "https://a/f", &known, 18,
		    "cut short" },
		  "{\"event\":\"end\",\"bytes\":3,\"exit\":18,\"words\":\"cut short\",\"at\":1,\"url\":\"https://a/f\"}\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		char *line = duet_get_event_text(&rows[i].event);

		assert_non_null(line);
		assert_string_equal(line, rows[i].line);
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
