/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "client/decode.h"
#include "http/pack.h"
#include "support/unit.h"

static const char text[] = "what is said, what is said, what is said";

static struct duet_bytes packed(uint8_t *dst, size_t cap)
{
	size_t len = 0;

	assert_int_equal(duet_pack(DUET_CODING_GZIP, duet_str(text), dst, cap,
				   &len),
			 DUET_OK);
	return (struct duet_bytes){ dst, len };
}

#define GZIP DUET_HEAD(.headers = DUET_HEADERS({ "Content-Encoding", "gzip" }))

static void nothing_is_touched_unless_asked_for(void **state)
{
	struct duet_decode decode = { 0 };
	struct duet_bytes src = duet_str(text);
	char buf[8];
	size_t n;

	(void)state;
	assert_int_equal(duet_decode_next(&decode, &src, buf, sizeof(buf), &n,
					  NULL),
			 DUET_OK);
	assert_int_equal(n, sizeof(buf));
	assert_memory_equal(buf, text, n);
	assert_int_equal(decode.bytes, n);
	assert_ptr_equal(src.data, text + n);
	src.len = 0;
	assert_int_equal(duet_decode_next(&decode, &src, buf, sizeof(buf), &n,
					  NULL),
			 DUET_WANT_READ);
	assert_int_equal(duet_decode_end(&decode, NULL), DUET_OK);
	assert_string_equal(duet_decode_name(&decode), "");
}

static void undoes_what_the_head_says(void **state)
{
	struct duet_decode decode = { .head = GZIP };
	uint8_t room[200];
	struct duet_bytes src = packed(room, sizeof(room));
	char buf[200];
	size_t n;

	(void)state;
	assert_int_equal(duet_decode_next(&decode, &src, buf, sizeof(buf), &n,
					  NULL),
			 DUET_OK);
	assert_int_equal(n, sizeof(text) - 1);
	assert_memory_equal(buf, text, n);
	assert_int_equal(duet_decode_end(&decode, NULL), DUET_OK);
	assert_string_equal(duet_decode_name(&decode), "gzip");
	duet_decode_done(&decode);
}

/* HEAD, and others that have no body, may name any coding. */
static void a_body_of_no_bytes_is_empty(void **state)
{
	struct duet_decode decode = {
		.head = DUET_HEAD(.headers = DUET_HEADERS(
					  { "Content-Encoding", "deflate" })),
	};
	struct duet_bytes src = { NULL, 0 };
	char buf[8];
	size_t n;

	(void)state;
	assert_int_equal(duet_decode_next(&decode, &src, buf, sizeof(buf), &n,
					  NULL),
			 DUET_WANT_READ);
	assert_int_equal(duet_decode_end(&decode, NULL), DUET_OK);
	src = duet_str("x");
	assert_int_equal(duet_decode_next(&decode, &src, buf, sizeof(buf), &n,
					  NULL),
			 DUET_E_CODING);
	duet_decode_done(&decode);
}

/* The owner keeps the failure; here nothing more comes of it. */
static void a_failure_is_told_once(void **state)
{
	struct duet_decode decode = { .head = GZIP };
	struct duet_bytes src = duet_str("no gzip");
	char buf[8];
	size_t n;

	(void)state;
	assert_int_equal(duet_decode_next(&decode, &src, buf, sizeof(buf), &n,
					  NULL),
			 DUET_E_CODING);
	assert_int_equal(duet_decode_next(&decode, &src, buf, sizeof(buf), &n,
					  NULL),
			 DUET_WANT_READ);
	assert_int_equal(duet_decode_end(&decode, NULL), DUET_OK);
	duet_decode_done(&decode);
}

static void a_cut_stream_in_a_whole_message_is_seen(void **state)
{
	struct duet_decode decode = { .head = GZIP };
	uint8_t room[200];
	struct duet_bytes src = packed(room, sizeof(room));
	char buf[200];
	size_t n;

	(void)state;
	src.len -= 4;
	assert_int_equal(duet_decode_next(&decode, &src, buf, sizeof(buf), &n,
					  NULL),
			 DUET_OK);
	assert_int_equal(duet_decode_end(&decode, NULL), DUET_E_CODING_CUT);
	duet_decode_done(&decode);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_touched_unless_asked_for),
		cmocka_unit_test(undoes_what_the_head_says),
		cmocka_unit_test(a_body_of_no_bytes_is_empty),
		cmocka_unit_test(a_failure_is_told_once),
		cmocka_unit_test(a_cut_stream_in_a_whole_message_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
