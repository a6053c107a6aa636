/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/buf.h"
#include "support/memory.h"
#include "support/unit.h"

static void holds_what_was_added_in_order(void **state)
{
	struct duet_buf buf;

	(void)state;
	duet_buf_init(&buf, 100);
	assert_int_equal(duet_buf_add_str(&buf, "hello"), DUET_OK);
	assert_int_equal(duet_buf_printf(&buf, " %d", 42), DUET_OK);
	assert_int_equal(duet_buf_len(&buf), 8);
	assert_memory_equal(duet_buf_bytes(&buf).data, "hello 42", 8);
	duet_buf_consume(&buf, 6);
	assert_memory_equal(duet_buf_bytes(&buf).data, "42", 2);
	duet_buf_done(&buf);
}

static void refuses_to_grow_past_its_maximum(void **state)
{
	struct duet_buf buf;
	char bytes[11] = { 0 };

	(void)state;
	duet_buf_init(&buf, 10);
	assert_int_equal(duet_buf_add(&buf, bytes, 11), DUET_E_LIMIT);
	assert_int_equal(duet_buf_len(&buf), 0);
	assert_int_equal(duet_buf_add(&buf, bytes, 10), DUET_OK);
	assert_int_equal(duet_buf_add(&buf, bytes, 1), DUET_E_LIMIT);
	duet_buf_consume(&buf, 1);
	assert_int_equal(duet_buf_add(&buf, bytes, 1), DUET_OK);
	assert_int_equal(duet_buf_len(&buf), 10);
	duet_buf_done(&buf);
}

static void moves_held_bytes_when_room_runs_out(void **state)
{
	struct duet_buf buf;
	size_t i;

	(void)state;
	duet_buf_init(&buf, 600);
	for (i = 0; i < 500; i++)
		assert_int_equal(duet_buf_add(&buf, "x", 1), DUET_OK);
	assert_int_equal(duet_buf_add_str(&buf, "tail"), DUET_OK);
	duet_buf_consume(&buf, 500);
	assert_int_equal(duet_buf_reserve(&buf, 590), DUET_OK);
	assert_true(duet_buf_room(&buf) >= 590);
	assert_memory_equal(duet_buf_bytes(&buf).data, "tail", 4);
	duet_buf_done(&buf);
}

static void hands_over_its_bytes_with_a_nul_behind(void **state)
{
	struct duet_buffer taken = { NULL, 0 };
	struct duet_buf buf;

	(void)state;
	duet_buf_init(&buf, 100);
	assert_int_equal(duet_buf_add_str(&buf, "xxkey"), DUET_OK);
	duet_buf_consume(&buf, 2);
	assert_int_equal(duet_buf_take(&buf, &taken), DUET_OK);
	assert_int_equal(taken.len, 3);
	assert_string_equal(taken.data, "key");
	assert_int_equal(duet_buf_len(&buf), 0);
	duet_buffer_free(&taken);
	assert_null(taken.data);
}

static void reports_that_memory_is_out_and_keeps_what_it_has(void **state)
{
	struct duet_buf buf;
	char bytes[1000] = { 0 };

	(void)state;
	duet_buf_init(&buf, 10000);
	assert_int_equal(duet_buf_add_str(&buf, "kept"), DUET_OK);
	memory_end_after(0);
	assert_int_equal(duet_buf_add(&buf, bytes, sizeof(bytes)),
			 DUET_E_NOMEM);
	(void)memory_done();
	assert_int_equal(duet_buf_len(&buf), 4);
	assert_memory_equal(duet_buf_bytes(&buf).data, "kept", 4);
	duet_buf_done(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_what_was_added_in_order),
		cmocka_unit_test(refuses_to_grow_past_its_maximum),
		cmocka_unit_test(moves_held_bytes_when_room_runs_out),
		cmocka_unit_test(hands_over_its_bytes_with_a_nul_behind),
		cmocka_unit_test(
			reports_that_memory_is_out_and_keeps_what_it_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
