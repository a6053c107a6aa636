/* SPDX-License-Identifier: MIT */
/* A stepped clock: every limit of time, to the millisecond. */
#include <stdio.h>
#include <string.h>

#include <duet/http.h>

#include "support/pair.h"
#include "support/unit.h"

static struct pair_configs configs;

static void give(struct duet_conn *conn, const char *text)
{
	struct duet_room room;
	size_t len = strlen(text);

	assert_int_equal(duet_conn_recv_room(conn, &room), DUET_OK);
	assert_true(room.len >= len);
	memcpy(room.data, text, len);
	duet_conn_recv_done(conn, len);
}

static struct duet_conn *plain_server(struct trace *trace)
{
	struct duet_error err;
	struct duet_conn *conn =
		duet_conn_plain_server(DUET_LIMITS(.idle_ms = 5000,
						   .head_ms = 3000,
						   .body_ms = 2000,
						   .body_rate = 10,
						   .stall_ms = 6000,
						   .send_ms = 4000),
				       &err);

	assert_non_null(conn);
	memset(trace, 0, sizeof(*trace));
	duet_conn_now(conn, 100);
	(void)trace_pull(trace, conn);
	return conn;
}

static void expect_limit(const struct trace *trace, const char *limit,
			 int32_t status)
{
	assert_int_equal(trace->failure, DUET_E_TIMEOUT);
	assert_non_null(strstr(trace->err.text, limit));
	assert_true(trace->closed || trace->aborts == 1);
	assert_int_equal(trace->status, status);
}

static void an_idle_connection_ends_after_idle_ms(void **state)
{
	struct trace trace;
	struct duet_conn *conn = plain_server(&trace);

	(void)state;
	duet_conn_now(conn, 1100); /* by now it has given its buffers back */
	assert_false(trace_pull(&trace, conn));
	assert_int_equal(duet_conn_deadline(conn), 5100);
	duet_conn_now(conn, 5099);
	assert_false(trace_pull(&trace, conn));
	duet_conn_now(conn, 5100);
	assert_true(trace_pull(&trace, conn));
	expect_limit(&trace, "idle_ms", 0);
	assert_int_equal(trace.closed_by, DUET_CUT_TIMEOUT);
	assert_true(duet_conn_deadline(conn) == INT64_MAX);
	duet_conn_free(conn);
}

static void a_head_that_trickles_is_cut_after_head_ms(void **state)
{
	static const char head[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	struct trace trace;
	struct duet_conn *conn = plain_server(&trace);
	int64_t now = 2000;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(head) && trace.failure == 0; i++) {
		const char one[2] = { head[i], '\0' };

		duet_conn_now(conn, now);
		give(conn, one);
		(void)trace_pull(&trace, conn);
		now += 500;
		duet_conn_now(conn, now);
		(void)trace_pull(&trace, conn);
	}
	assert_int_equal(now, 5000); /* 3000 after its first byte */
	expect_limit(&trace, "head_ms", 408);
	assert_int_equal(trace.aborts, 1);
	assert_int_equal(trace.cut, DUET_CUT_TIMEOUT);
	duet_conn_free(conn);
}

static void a_head_is_cut_though_the_time_is_told_after_bytes(void **state)
{
	static const char head[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	struct trace trace;
	struct duet_conn *conn = plain_server(&trace);
	int64_t now = 100;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(head) && trace.failure == 0; i++) {
		const char one[2] = { head[i], '\0' };

		give(conn, one);
		now += 1400;
		duet_conn_now(conn, now);
		(void)trace_pull(&trace, conn);
		if (duet_conn_deadline(conn) <= now)
			(void)trace_pull(&trace, conn);
	}
	/* The first byte came at 1500; after 3000 one may still come. */
	assert_int_equal(now, 5700);
	expect_limit(&trace, "head_ms", 408);
	duet_conn_free(conn);
}

static void a_body_buys_time_by_coming(void **state)
{
	struct trace trace;
	struct duet_conn *conn = plain_server(&trace);

	(void)state;
	give(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n");
	(void)trace_pull(&trace, conn);
	assert_int_equal(duet_conn_deadline(conn), 2100);
	duet_conn_now(conn, 2000);
	give(conn, "0123456789"); /* ten bytes: one second more */
	(void)trace_pull(&trace, conn);
	assert_int_equal(duet_conn_deadline(conn), 3100);
	duet_conn_now(conn, 3099);
	assert_false(trace_pull(&trace, conn));
	duet_conn_now(conn, 3100);
	assert_true(trace_pull(&trace, conn));
	expect_limit(&trace, "body_rate", 408);
	duet_conn_free(conn);
}

static void a_body_that_stalls_is_cut_after_stall_ms(void **state)
{
	static char text[4096];
	struct trace trace;
	struct duet_conn *conn = plain_server(&trace);

	(void)state;
	(void)snprintf(text, sizeof(text),
		       "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n"
		       "\r\n%02000d",
		       0); /* 200 s in advance */
	give(conn, text);
	(void)trace_pull(&trace, conn);
	assert_int_equal(duet_conn_deadline(conn), 6100);
	duet_conn_now(conn, 6099);
	assert_false(trace_pull(&trace, conn));
	duet_conn_now(conn, 6100);
	assert_true(trace_pull(&trace, conn));
	expect_limit(&trace, "stall_ms", 408);
	duet_conn_free(conn);
}

static void answer(struct duet_conn *conn, const struct trace *trace)
{
	assert_int_equal(duet_conn_reply(conn, trace->stream,
					 DUET_HEAD(.status = 204), NULL),
			 DUET_OK);
	duet_conn_send_done(conn, duet_conn_send_bytes(conn).len);
	duet_conn_done(conn, trace->stream);
}

static void each_wait_between_exchanges_has_its_own_idle_ms(void **state)
{
	struct trace trace;
	struct duet_conn *conn = plain_server(&trace);
	int64_t now = 100;
	int i;

	(void)state;
	for (i = 1; i < 5; i++) {
		now += 4000; /* of 5000 */
		duet_conn_now(conn, now);
		give(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
		(void)trace_pull(&trace, conn);
		assert_int_equal(trace.ends, i);
		answer(conn, &trace);
		(void)trace_pull(&trace, conn);
		assert_int_equal(trace.failure, 0);
	}
	duet_conn_now(conn, now + 1000); /* its buffers go */
	assert_false(trace_pull(&trace, conn));
	assert_int_equal(duet_conn_deadline(conn), now + 5000);
	duet_conn_free(conn);
}

static void each_body_of_a_pipeline_has_its_own_time(void **state)
{
	struct trace trace;
	struct duet_conn *conn = plain_server(&trace);

	(void)state;
	give(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n");
	(void)trace_pull(&trace, conn);
	duet_conn_now(conn, 1900); /* of 2000 after 100 */
	give(conn, "1234"
		   "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n");
	(void)trace_pull(&trace, conn);
	assert_int_equal(trace.ends, 1);
	answer(conn, &trace);
	(void)trace_pull(&trace, conn);
	assert_int_equal(duet_conn_deadline(conn), 3900);
	duet_conn_free(conn);
}

static void our_own_thinking_is_not_held_against_the_peer(void **state)
{
	struct trace trace;
	struct duet_conn *conn = plain_server(&trace);

	(void)state;
	give(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	(void)trace_pull(&trace, conn);
	assert_int_equal(trace.ends, 1);
	assert_true(duet_conn_deadline(conn) == INT64_MAX);
	duet_conn_now(conn, 1000000);
	assert_false(trace_pull(&trace, conn));
	assert_int_equal(trace.failure, 0);
	duet_conn_free(conn);
}

static void a_reply_has_reply_ms_to_begin(void **state)
{
	struct trace trace = { .closed = false };
	struct duet_error err;
	uint64_t stream;
	struct duet_conn *conn =
		duet_conn_plain_client(DUET_LIMITS(.reply_ms = 900), &err);

	(void)state;
	assert_non_null(conn);
	duet_conn_now(conn, 100);
	(void)trace_pull(&trace, conn);
	assert_int_equal(duet_conn_request(conn,
					   DUET_HEAD(.method = "GET",
						     .target = "/",
						     .headers = DUET_HEADERS(
							     { "Host", "x" })),
					   &stream, &err),
			 DUET_OK);
	duet_conn_send_done(conn, duet_conn_send_bytes(conn).len);
	(void)trace_pull(&trace, conn);
	assert_int_equal(duet_conn_deadline(conn), 1000);
	duet_conn_now(conn, 999);
	assert_false(trace_pull(&trace, conn));
	duet_conn_now(conn, 1000);
	assert_true(trace_pull(&trace, conn));
	expect_limit(&trace, "reply_ms", 0);
	assert_int_equal(trace.cut, DUET_CUT_TIMEOUT);
	duet_conn_free(conn);
}

static void a_peer_that_takes_nothing_is_cut_after_send_ms(void **state)
{
	struct trace trace;
	struct duet_conn *conn = plain_server(&trace);
	struct duet_error err;

	(void)state;
	give(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
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
	expect_limit(&trace, "send_ms", 0);
	duet_conn_free(conn);
}

static void a_peer_that_has_left_off_is_cut_after_send_ms_too(void **state)
{
	struct trace trace;
	struct duet_conn *conn = plain_server(&trace);
	struct duet_error err;
	size_t taken;

	(void)state;
	give(conn,
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
	expect_limit(&trace, "send_ms", 0);
	assert_int_equal(trace.closed_by, DUET_CUT_TIMEOUT);
	assert_true(duet_conn_deadline(conn) == INT64_MAX);
	duet_conn_free(conn);
}

static void an_answer_to_a_late_request_has_send_ms(void **state)
{
	struct trace trace;
	struct duet_conn *conn = plain_server(&trace);
	struct duet_error err;

	(void)state;
	give(conn, "GET / HTTP/1.1\r\n");
	(void)trace_pull(&trace, conn);
	duet_conn_now(conn, 3100);
	assert_true(trace_pull(&trace, conn));
	expect_limit(&trace, "head_ms", 408);
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
	duet_conn_free(conn);
}

/* RFC 9110 s10.1.1: it may wait to be asked for its body, but not in it. */
static void who_has_begun_a_body_waits_for_no_100(void **state)
{
	struct trace trace;
	struct duet_conn *conn = plain_server(&trace);

	(void)state;
	give(conn, "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
		   "Transfer-Encoding: chunked\r\n\r\n");
	(void)trace_pull(&trace, conn);
	assert_true(duet_conn_deadline(conn) == INT64_MAX);
	duet_conn_now(conn, 9000);
	give(conn, "0"); /* of a chunk line: not yet a byte of the body */
	(void)trace_pull(&trace, conn);
	assert_int_equal(duet_conn_deadline(conn), 11000);
	duet_conn_now(conn, 11000);
	assert_true(trace_pull(&trace, conn));
	expect_limit(&trace, "body_ms", 408);
	duet_conn_free(conn);
}

/* RFC 9112 s9.5: the rest of the request may never be read. */
static void an_early_answer_outlasts_a_stuck_upload(void **state)
{
	static const char body[10000];
	struct trace trace = { .closed = false };
	struct duet_error err;
	uint64_t stream;
	size_t taken;
	int i;
	struct duet_conn *conn =
		duet_conn_plain_client(DUET_LIMITS(.send_ms = 900), &err);

	(void)state;
	assert_non_null(conn);
	duet_conn_now(conn, 0);
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
	give(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
	(void)trace_pull(&trace, conn);
	for (i = 1; i <= 4; i++) {
		duet_conn_now(conn, i * 500);
		give(conn, "x");
		assert_true(duet_conn_send_bytes(conn).len > 0);
		assert_true(trace_pull(&trace, conn));
		assert_int_equal(trace.body_len, (size_t)i);
	}
	assert_int_equal(trace.ends, 1);
	assert_int_equal(trace.failure, 0);
	duet_conn_free(conn);
}

static void a_handshake_has_handshake_ms(void **state)
{
	struct trace trace = { .closed = false };
	struct duet_error err;
	struct duet_conn *conn =
		duet_conn_server(pair_server(&configs, TLS_1_3),
				 DUET_LIMITS(.handshake_ms = 700), &err);

	(void)state;
	assert_non_null(conn);
	duet_conn_now(conn, 50);
	assert_int_equal(duet_conn_deadline(conn), 750);
	(void)trace_pull(&trace, conn);
	duet_conn_now(conn, 749);
	assert_false(trace_pull(&trace, conn));
	duet_conn_now(conn, 750);
	assert_true(trace_pull(&trace, conn));
	expect_limit(&trace, "handshake_ms", 0);
	duet_conn_free(conn);
}

static int set_up(void **state)
{
	(void)state;
	return pair_configs_new(&configs);
}

static int tear_down(void **state)
{
	(void)state;
	pair_configs_done(&configs);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_idle_connection_ends_after_idle_ms),
		cmocka_unit_test(a_head_that_trickles_is_cut_after_head_ms),
		cmocka_unit_test(
			a_head_is_cut_though_the_time_is_told_after_bytes),
		cmocka_unit_test(a_body_buys_time_by_coming),
		cmocka_unit_test(a_body_that_stalls_is_cut_after_stall_ms),
		cmocka_unit_test(
			each_wait_between_exchanges_has_its_own_idle_ms),
		cmocka_unit_test(each_body_of_a_pipeline_has_its_own_time),
		cmocka_unit_test(our_own_thinking_is_not_held_against_the_peer),
		cmocka_unit_test(a_reply_has_reply_ms_to_begin),
		cmocka_unit_test(
			a_peer_that_takes_nothing_is_cut_after_send_ms),
		cmocka_unit_test(
			a_peer_that_has_left_off_is_cut_after_send_ms_too),
		cmocka_unit_test(an_answer_to_a_late_request_has_send_ms),
		cmocka_unit_test(who_has_begun_a_body_waits_for_no_100),
		cmocka_unit_test(an_early_answer_outlasts_a_stuck_upload),
		cmocka_unit_test(a_handshake_has_handshake_ms),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
