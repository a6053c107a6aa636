/* SPDX-License-Identifier: MIT */
/* What the tables of h1_messages.h do not reach: the decoder by itself. */
#include <stdio.h>
#include <string.h>

#include "http/chunk.h"
#include "support/unit.h"

static void takes_nothing_after_the_last_chunk(void **state)
{
	static const char text[] = "3\r\nabc\r\n0\r\nT: 1\r\n\r\nGET /";
	struct duet_fault fault = { NULL, 0 };
	struct duet_bytes input = duet_str(text);
	struct duet_bytes data;
	struct duet_chunks chunks;
	size_t used = 0;

	(void)state;
	duet_chunks_init(&chunks, 100);
	assert_int_equal(duet_chunks_feed(&chunks, input, &used, &data, &fault),
			 DUET_OK);
	assert_int_equal(used, 6);
	assert_int_equal(data.len, 3);
	input = duet_str(text + used);
	assert_int_equal(duet_chunks_feed(&chunks, input, &used, &data, &fault),
			 DUET_OK);
	assert_true(chunks.last);
	assert_int_equal(used, 5);
	assert_int_equal(data.len, 0);
	assert_int_equal(chunks.count, 1);
	assert_int_equal(duet_chunks_feed(&chunks, input, &used, &data, &fault),
			 DUET_OK);
	assert_int_equal(used, 0);
}

static int feed_extension(size_t n, uint32_t overhead, struct duet_fault *fault)
{
	struct duet_chunks chunks;
	struct duet_bytes data;
	char text[200];
	size_t used;

	(void)snprintf(text, sizeof(text), "1;%.*s\r\na\r\n", (int)n,
		       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	duet_chunks_init(&chunks, overhead);
	return duet_chunks_feed(&chunks, duet_str(text), &used, &data, fault);
}

/* Extensions cost the sender nothing, so they have a limit of their own. */
static void extensions_have_a_limit(void **state)
{
	struct duet_fault fault = { NULL, 0 };

	(void)state;
	/* the semicolon counts */
	assert_int_equal(feed_extension(19, 20, &fault), DUET_OK);
	assert_int_equal(feed_extension(20, 20, &fault), DUET_E_LIMIT);
	assert_int_equal(fault.status, 413);
}

static void what_is_refused_stays_refused(void **state)
{
	struct duet_fault fault = { NULL, 0 };
	struct duet_chunks chunks;
	struct duet_bytes data;
	size_t used;

	(void)state;
	duet_chunks_init(&chunks, 100);
	assert_int_equal(duet_chunks_feed(&chunks, duet_str("x"), &used, &data,
					  &fault),
			 DUET_E_HTTP);
	assert_int_equal(duet_chunks_feed(&chunks, duet_str("5\r\nhello"),
					  &used, &data, &fault),
			 DUET_E_HTTP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_nothing_after_the_last_chunk),
		cmocka_unit_test(extensions_have_a_limit),
		cmocka_unit_test(what_is_refused_stays_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
