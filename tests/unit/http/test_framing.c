/* SPDX-License-Identifier: MIT */
/* RFC 9112 s6.3, item by item; the refusals are in test_h1_recv.c. */
#include "http/framing.h"
#include "support/unit.h"

#define F(...)                     \
	{                          \
		__VA_ARGS__,       \
		{                  \
			NULL, NULL \
		}                  \
	}
#define CHUNKED                                \
	{                                      \
		"Transfer-Encoding", "chunked" \
	}
#define FIVE                          \
	{                             \
		"Content-Length", "5" \
	}

static void a_response_has_the_body_its_head_says(void **state)
{
	static const struct {
		int status;
		int32_t minor;
		struct duet_asked asked;
		struct duet_header fields[3];
		enum duet_body body;
		int64_t length;
		bool close;
	} cases[] = {
		/* 1: HEAD, 1xx, 204, 304 */
		{ 200, 1, { .head = true }, F(FIVE), DUET_BODY_NONE, 0, false },
		{ 200,
		  1,
		  { .head = true },
		  F(CHUNKED),
		  DUET_BODY_NONE,
		  0,
		  false },
		{ 103, 1, { 0 }, F(FIVE), DUET_BODY_NONE, 0, false },
		{ 204, 1, { 0 }, F(FIVE), DUET_BODY_NONE, 0, false },
		{ 304, 1, { 0 }, F(FIVE), DUET_BODY_NONE, 0, false },
		/* 2: 2xx to CONNECT; and 101 */
		{ 200,
		  1,
		  { .connect = true },
		  F(FIVE),
		  DUET_BODY_TUNNEL,
		  -1,
		  true },
		{ 101,
		  1,
		  { .upgrade = true },
		  F(FIVE),
		  DUET_BODY_TUNNEL,
		  -1,
		  true },
		{ 403,
		  1,
		  { .connect = true },
		  F(FIVE),
		  DUET_BODY_LENGTH,
		  5,
		  false },
		/* 4 */
		{ 200, 1, { 0 }, F(CHUNKED), DUET_BODY_CHUNKED, -1, false },
		/* 6 */
		{ 200, 1, { 0 }, F(FIVE), DUET_BODY_LENGTH, 5, false },
		{ 200, 0, { 0 }, F(FIVE), DUET_BODY_LENGTH, 5, true },
		{ 200,
		  0,
		  { 0 },
		  F(FIVE, { "Connection", "keep-alive" }),
		  DUET_BODY_LENGTH,
		  5,
		  false },
		{ 200,
		  1,
		  { 0 },
		  F(FIVE, { "Connection", "keep-alive, close" }),
		  DUET_BODY_LENGTH,
		  5,
		  true },
		/* 8 */
		{ 200, 1, { 0 }, F({ "X", "y" }), DUET_BODY_CLOSE, -1, true },
		{ 200,
		  0,
		  { 0 },
		  F({ "Connection", "keep-alive" }),
		  DUET_BODY_CLOSE,
		  -1,
		  true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_head head = { .status = cases[i].status,
					  .minor = cases[i].minor,
					  .headers = cases[i].fields };
		struct duet_fault fault = { NULL, 0 };
		enum duet_body body = DUET_BODY_NONE;

		assert_int_equal(duet_framing_response(&head, &cases[i].asked,
						       INT64_MAX, &body,
						       &fault),
				 DUET_OK);
		if (body != cases[i].body ||
		    head.content_length != cases[i].length ||
		    head.close != cases[i].close)
			fail_msg("case %zu", i);
	}
}

/* A limit on bodies is none on what a HEAD tells of one. */
static void the_length_of_a_body_that_does_not_come_may_be_any(void **state)
{
	static const struct duet_header fields[] = F(FIVE);
	const struct duet_asked asked_head = { .head = true };
	const struct duet_asked asked = { 0 };
	struct duet_head head = { .status = 200,
				  .minor = 1,
				  .headers = fields };
	struct duet_fault fault = { NULL, 0 };
	enum duet_body body;

	(void)state;
	assert_int_equal(duet_framing_response(&head, &asked_head, 4, &body,
					       &fault),
			 DUET_OK);
	assert_int_equal(duet_framing_response(&head, &asked, 4, &body, &fault),
			 DUET_E_LIMIT);
	assert_int_equal(duet_framing_response(&head, &asked, 5, &body, &fault),
			 DUET_OK);
}

static void names_are_compared_without_case(void **state)
{
	(void)state;
	assert_true(duet_framing_is_ours("cONTENT-lENGTH"));
	assert_true(duet_framing_is_ours("Connection"));
	assert_false(duet_framing_is_ours("Content-Type"));
	assert_false(duet_framing_is_ours("Content-Length2"));
	assert_true(duet_framing_is_head_only("HOST"));
	assert_false(duet_framing_is_head_only("Server-Timing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_response_has_the_body_its_head_says),
		cmocka_unit_test(
			the_length_of_a_body_that_does_not_come_may_be_any),
		cmocka_unit_test(names_are_compared_without_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
