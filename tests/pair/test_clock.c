/* SPDX-License-Identifier: MIT */
/* A stepped clock: every limit of time, to the millisecond. */
#include <stdio.h>
#include <string.h>

#include <duet/http.h>

#include "support/pair.h"
#include "support/unit.h"

/* The end that is tested, and what it has told. */
static struct duet_conn *conn;
static struct trace trace;

static void have(struct duet_conn *end, int64_t now_ms)
{
	assert_non_null(end);
	conn = end;
	memset(&trace, 0, sizeof(trace));
	duet_conn_now(conn, now_ms);
	(void)trace_pull(&trace, conn);
}

static int plain_server(void **state)
{
	struct duet_error err;

	(void)state;
	have(duet_conn_plain_server(DUET_LIMITS(.idle_ms = 5000,
						.head_ms = 3000,
						.body_ms = 2000,
						.body_rate = 10,
						.stall_ms = 6000,
						.send_ms = 4000),
				    &err),
	     100);
	return 0;
}

static int conn_done(void **state)
{
	(void)state;
	duet_conn_free(conn);
	return 0;
}

static void expect_limit(const char *limit, int32_t status)
{
	assert_int_equal(trace.failure, DUET_E_TIMEOUT);
	assert_non_null(strstr(trace.err.text, limit));
	assert_true(trace.closed || trace.aborts == 1);
	assert_int_equal(trace.status, status);
}

/* At that time, and not a millisecond before. */
static void expect_limit_at(int64_t at_ms, const char *limit, int32_t status)
{
	assert_int_equal(duet_conn_deadline(conn), at_ms);
	duet_conn_now(conn, at_ms - 1);
	assert_false(trace_pull(&trace, conn));
	duet_conn_now(conn, at_ms);
	assert_true(trace_pull(&trace, conn));
	expect_limit(limit, status);
}

static void an_idle_connection_ends_after_idle_ms(void **state)
{
	(void)state;
	duet_conn_now(conn, 1100); /* by now it has given its buffers back */
	assert_false(trace_pull(&trace, conn));
	expect_limit_at(5100, "idle_ms", 0);
	assert_int_equal(trace.closed_by, DUET_CUT_TIMEOUT);
	assert_true(duet_conn_deadline(conn) == INT64_MAX);
}

static void a_head_that_trickles_is_cut_after_head_ms(void **state)
{
	static const char head[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	int64_t now = 2000;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(head) && trace.failure == 0; i++) {
		const char one[2] = { head[i], '\0' };

		duet_conn_now(conn, now);
		pair_give(conn, one);
		(void)trace_pull(&trace, conn);
		now += 500;
		duet_conn_now(conn, now);
		(void)trace_pull(&trace, conn);
	}
	assert_int_equal(now, 5000); /* 3000 after its first byte */
	expect_limit("head_ms", 408);
	assert_int_equal(trace.aborts, 1);
	assert_int_equal(trace.cut, DUET_CUT_TIMEOUT);
}

static void a_head_is_cut_though_the_time_is_told_after_bytes(void **state)
{
	static const char head[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	int64_t now = 100;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(head) && trace.failure == 0; i++) {
		const char one[2] = { head[i], '\0' };

		pair_give(conn, one);
		now += 1400;
		duet_conn_now(conn, now);
		(void)trace_pull(&trace, conn);
		if (duet_conn_deadline(conn) <= now)
			(void)trace_pull(&trace, conn);
	}
	/* The first byte came at 1500; after 3000 one may still come. */
	assert_int_equal(now, 5700);
	expect_limit("head_ms", 408);
}

static void a_body_buys_time_by_coming(void **state)
{
	(void)state;
	pair_give(conn,
		  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n");
	(void)trace_pull(&trace, conn);
	assert_int_equal(duet_conn_deadline(conn), 2100);
	duet_conn_now(conn, 2000);
	pair_give(conn, "0123456789"); /* ten bytes: one second more */
	(void)trace_pull(&trace, conn);
	expect_limit_at(3100, "body_rate", 408);
}

static void a_body_that_stalls_is_cut_after_stall_ms(void **state)
{
	static char text[4096];

	(void)state;
	(void)snprintf(text, sizeof(text),
		       "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n"
		       "\r\n%02000d",
		       0); /* 200 s in advance */
	pair_give(conn, text);
	(void)trace_pull(&trace, conn);
	expect_limit_at(6100, "stall_ms", 408);
}

static void answer(void)
{
	assert_int_equal(duet_conn_reply(conn, trace.stream,
					 DUET_HEAD(.status = 204), NULL),
			 DUET_OK);
	pair_take(conn);
	duet_conn_done(conn, trace.stream);
}

static void each_wait_between_exchanges_has_its_own_idle_ms(void **state)
{
	int64_t now = 100;
	int i;

	(void)state;
	for (i = 1; i < 5; i++) {
		now += 4000; /* of 5000 */
		duet_conn_now(conn, now);
		pair_give(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
		(void)trace_pull(&trace, conn);
		assert_int_equal(trace.ends, i);
		answer();
		(void)trace_pull(&trace, conn);
		assert_int_equal(trace.failure, 0);
	}
	duet_conn_now(conn, now + 1000); /* its buffers go */
	assert_false(trace_pull(&trace, conn));
	assert_int_equal(duet_conn_deadline(conn), now + 5000);
}

static void each_body_of_a_pipeline_has_its_own_time(void **state)
{
	(void)state;
	pair_give(conn,
		  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n");
	(void)trace_pull(&trace, conn);
	duet_conn_now(conn, 1900); /* of 2000 after 100 */
	pair_give(conn,
		  "1234"
		  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n");
	(void)trace_pull(&trace, conn);
	assert_int_equal(trace.ends, 1);
	answer();
	(void)trace_pull(&trace, conn);
	assert_int_equal(duet_conn_deadline(conn), 3900);
}

static void our_own_thinking_is_not_held_against_the_peer(void **state)
{
	(void)state;
	pair_give(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	(void)trace_pull(&trace, conn);
	assert_int_equal(trace.ends, 1);
	assert_true(duet_conn_deadline(conn) == INT64_MAX);
	duet_conn_now(conn, 1000000);
	assert_false(trace_pull(&trace, conn));
	assert_int_equal(trace.failure, 0);
}

static void a_reply_has_reply_ms_to_begin(void **state)
{
	struct duet_error err;
	uint64_t stream;

	(void)state;
	have(duet_conn_plain_client(DUET_LIMITS(.reply_ms = 900), &err), 100);
	assert_int_equal(pair_ask(conn, &stream), DUET_OK);
	pair_take(conn);
	(void)trace_pull(&trace, conn);
	expect_limit_at(1000, "reply_ms", 0);
	assert_int_equal(trace.cut, DUET_CUT_TIMEOUT);
}

static void a_peer_that_takes_nothing_is_cut_after_send_ms(void **state)
{
	struct duet_error err;

	(void)state;
	pair_give(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	(void)trace_pull(&trace, conn);
	assert_int_equal(duet_conn_reply(conn, trace.stream,
					 DUET_HEAD(.status = 204), &err),
			 DUET_OK);
	assert_true(duet_conn_send_bytes(conn).len > 1);
	assert_int_equal(duet_conn_deadline(conn), 4100);
	duet_conn_now(conn, 3000);
	duet_conn_send_done(conn, 1);
	assert_true(duet_conn_send_bytes(conn).len > 0);
	assert_int_equal(duet_conn_deadline(conn), 7000);
	duet_conn_now(conn, 7000);
	assert_true(trace_pull(&trace, conn));
	expect_limit("send_ms", 0);
}

static void a_peer_that_has_left_off_is_cut_after_send_ms_too(void **state)
{
	struct duet_error err;
	size_t taken;

	(void)state;
	pair_give(conn,
		  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc");
	(void)trace_pull(&trace, conn);
	assert_int_equal(duet_conn_reply(conn, trace.stream,
					 DUET_HEAD(.status = 200,
						   .content_length = 100),
					 &err),
			 DUET_OK);
	assert_int_equal(duet_conn_send_data(conn, trace.stream, "half", 4,
					     &taken, &err),
			 DUET_OK);
	assert_true(duet_conn_send_bytes(conn).len > 0);
	duet_conn_recv_end(conn, 0);
	assert_true(trace_pull(&trace, conn));
	assert_int_equal(trace.aborts, 1);
	assert_false(trace.closed); /* half closed, it may still listen */
	assert_int_equal(duet_conn_deadline(conn), 4100);
	trace.failure = 0;
	duet_conn_now(conn, 4100);
	assert_true(trace_pull(&trace, conn));
	expect_limit("send_ms", 0);
	assert_int_equal(trace.closed_by, DUET_CUT_TIMEOUT);
	assert_true(duet_conn_deadline(conn) == INT64_MAX);
}

static void an_answer_to_a_late_request_has_send_ms(void **state)
{
	struct duet_error err;

	(void)state;
	pair_give(conn, "GET / HTTP/1.1\r\n");
	(void)trace_pull(&trace, conn);
	duet_conn_now(conn, 3100);
	assert_true(trace_pull(&trace, conn));
	expect_limit("head_ms", 408);
	assert_false(trace.closed);
	assert_true(duet_conn_deadline(conn) == INT64_MAX);
	assert_int_equal(duet_conn_reply(conn, trace.stream,
					 DUET_HEAD(.status = 408), &err),
			 DUET_OK);
	assert_true(duet_conn_send_bytes(conn).len > 0);
	assert_int_equal(duet_conn_deadline(conn), 7100);
	duet_conn_now(conn, 7099);
	assert_false(trace_pull(&trace, conn));
	duet_conn_now(conn, 7100);
	assert_true(trace_pull(&trace, conn));
	assert_true(trace.closed);
	assert_non_null(strstr(trace.err.text, "send_ms"));
}

/* RFC 9110 s10.1.1: it may wait to be asked for its body, but not in it. */
static void who_has_begun_a_body_waits_for_no_100(void **state)
{
	(void)state;
	pair_give(conn, "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
			"Transfer-Encoding: chunked\r\n\r\n");
	(void)trace_pull(&trace, conn);
	assert_true(duet_conn_deadline(conn) == INT64_MAX);
	duet_conn_now(conn, 9000);
	pair_give(conn, "0"); /* of a chunk line: not yet a byte of the body */
	(void)trace_pull(&trace, conn);
	assert_int_equal(duet_conn_deadline(conn), 11000);
	duet_conn_now(conn, 11000);
	assert_true(trace_pull(&trace, conn));
	expect_limit("body_ms", 408);
}

/* RFC 9112 s9.5: the rest of the request may never be read. */
static void an_early_answer_outlasts_a_stuck_upload(void **state)
{
	static const char body[10000];
	struct duet_error err;
	uint64_t stream;
	size_t taken;
	int i;

	(void)state;
	have(duet_conn_plain_client(DUET_LIMITS(.send_ms = 900), &err), 0);
	assert_int_equal(duet_conn_request(conn,
					   DUET_HEAD(.method = "POST",
						     .target = "/",
						     .content_length = 20000,
						     .headers = DUET_HEADERS(
							     { "Host", "x" })),
					   &stream, &err),
			 DUET_OK);
	assert_int_equal(duet_conn_send_data(conn, stream, body, sizeof(body),
					     &taken, &err),
			 DUET_OK);
	assert_true(duet_conn_send_bytes(conn).len > 0);
	(void)trace_pull(&trace, conn);
	assert_int_equal(duet_conn_deadline(conn), 900);
	pair_give(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
	(void)trace_pull(&trace, conn);
	for (i = 1; i <= 4; i++) {
		duet_conn_now(conn, i * 500);
		pair_give(conn, "x");
		assert_true(duet_conn_send_bytes(conn).len > 0);
		assert_true(trace_pull(&trace, conn));
		assert_int_equal(trace.body_len, (size_t)i);
	}
	assert_int_equal(trace.ends, 1);
	assert_int_equal(trace.failure, 0);
}

static void a_handshake_has_handshake_ms(void **state)
{
	struct duet_error err;

	(void)state;
	have(duet_conn_server(pair_server(TLS_1_3),
			      DUET_LIMITS(.handshake_ms = 700), &err),
	     50);
	expect_limit_at(750, "handshake_ms", 0);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, plain_server, conn_done)
	const struct CMUnitTest tests[] = {
		TEST(an_idle_connection_ends_after_idle_ms),
		TEST(a_head_that_trickles_is_cut_after_head_ms),
		TEST(a_head_is_cut_though_the_time_is_told_after_bytes),
		TEST(a_body_buys_time_by_coming),
		TEST(a_body_that_stalls_is_cut_after_stall_ms),
		TEST(each_wait_between_exchanges_has_its_own_idle_ms),
		TEST(each_body_of_a_pipeline_has_its_own_time),
		TEST(our_own_thinking_is_not_held_against_the_peer),
		cmocka_unit_test_teardown(a_reply_has_reply_ms_to_begin,
					  conn_done),
		TEST(a_peer_that_takes_nothing_is_cut_after_send_ms),
		TEST(a_peer_that_has_left_off_is_cut_after_send_ms_too),
		TEST(an_answer_to_a_late_request_has_send_ms),
		TEST(who_has_begun_a_body_waits_for_no_100),
		cmocka_unit_test_teardown(an_early_answer_outlasts_a_stuck_upload,
					  conn_done),
		cmocka_unit_test_teardown(a_handshake_has_handshake_ms,
					  conn_done),
	};
#undef TEST

	return cmocka_run_group_tests(tests, pair_set_up, pair_tear_down);
}
