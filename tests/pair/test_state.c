/* SPDX-License-Identifier: MIT */
/* What a driver is told of a connection, and of the memory it holds. */
#include <string.h>

#include <duet/http.h>

#include "support/memory.h"
#include "support/pair.h"
#include "support/unit.h"

/* Both ends, with an exchange behind them or before them. */
struct ends {
	struct duet_conn *client;
	struct duet_conn *server;
	struct wire there;
	struct wire back;
	struct trace client_trace;
	struct trace server_trace;
};

static void move_all(struct ends *ends)
{
	size_t moved;

	do {
		moved = wire_conn_to_conn(&ends->there, ends->client,
					  ends->server);
		(void)trace_pull(&ends->server_trace, ends->server);
		moved += wire_conn_to_conn(&ends->back, ends->server,
					   ends->client);
		(void)trace_pull(&ends->client_trace, ends->client);
	} while (moved > 0);
}

static void ends_new(struct ends *ends, enum tls_version version)
{
	memset(ends, 0, sizeof(*ends));
	ends->there.left = SIZE_MAX;
	ends->back.left = SIZE_MAX;
	ends->client = pair_client_conn(version);
	ends->server = pair_server_conn(version);
	duet_conn_now(ends->client, 0);
	duet_conn_now(ends->server, 0);
}

static void ends_free(struct ends *ends)
{
	duet_conn_free(ends->client);
	duet_conn_free(ends->server);
}

static void begin_exchange(struct ends *ends)
{
	struct duet_error err;
	uint64_t stream;

	assert_int_equal(pair_ask(ends->client, &stream), DUET_OK);
	move_all(ends);
	assert_int_equal(ends->server_trace.ends, (int)stream);
	assert_int_equal(duet_conn_reply(ends->server, stream,
					 DUET_HEAD(.status = 200,
						   .content_length = 2),
					 &err),
			 DUET_OK);
	move_all(ends);
}

static void end_exchange(struct ends *ends)
{
	uint64_t stream = ends->server_trace.stream;
	struct duet_error err;
	size_t taken;

	assert_int_equal(duet_conn_send_data(ends->server, stream, "ok", 2,
					     &taken, &err),
			 DUET_OK);
	assert_int_equal(duet_conn_send_end(ends->server, stream, NULL, &err),
			 DUET_OK);
	duet_conn_done(ends->server, stream);
	move_all(ends);
	assert_int_equal(ends->client_trace.ends, (int)stream);
}

static void an_idle_connection_gives_its_memory_back(void **state)
{
	static const enum tls_version versions[] = { TLS_NONE, TLS_1_2,
						     TLS_1_3 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(versions); i++) {
		struct ends ends;
		long busy;

		ends_new(&ends, versions[i]);
		begin_exchange(&ends);
		end_exchange(&ends);
		busy = memory.held;
		assert_int_equal(duet_conn_deadline(ends.server), 1000);
		duet_conn_now(ends.server, 1000);
		duet_conn_now(ends.client, 1000);
		move_all(&ends);
		assert_true(memory.held <=
			    busy - 2); /* of each end, one at least */
		assert_int_equal(duet_conn_deadline(ends.server), 60000);
		begin_exchange(&ends);
		end_exchange(&ends);
		ends_free(&ends);
	}
}

/* A head may be handed on as it is. */
static void a_head_after_a_rest_is_as_good_as_one_before(void **state)
{
	struct duet_event event = { .size = sizeof(event) };
	struct ends ends;
	struct duet_error err;
	uint64_t stream;

	(void)state;
	ends_new(&ends, TLS_NONE);
	move_all(&ends);
	duet_conn_now(ends.server, 1500);
	move_all(&ends);
	pair_give(ends.server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(duet_conn_next(ends.server, &event, &err), DUET_OK);
	assert_int_equal(event.type, DUET_EV_HEAD);
	assert_int_equal(event.head->size, sizeof(*event.head));
	assert_int_equal(duet_conn_request(ends.client, event.head, &stream,
					   &err),
			 DUET_OK);
	ends_free(&ends);
}

static void draining_ends_an_idle_connection_at_once(void **state)
{
	struct ends ends;
	uint64_t stream;

	(void)state;
	ends_new(&ends, TLS_1_3);
	begin_exchange(&ends);
	end_exchange(&ends);
	assert_true(pair_state(ends.server).reusable);
	assert_false(pair_state(ends.client).peer_closed);
	duet_conn_drain(ends.server);
	assert_true(pair_state(ends.server).closing);
	assert_false(pair_state(ends.server).reusable);
	/* a request that has been on its way is not looked at any more */
	assert_int_equal(pair_ask(ends.client, &stream), DUET_OK);
	(void)wire_conn_to_conn(&ends.there, ends.client, ends.server);
	(void)trace_pull(&ends.server_trace, ends.server);
	assert_int_equal(ends.server_trace.ends, 1);
	assert_true(ends.server_trace.closed);
	move_all(&ends);
	assert_true(pair_state(ends.client).peer_closed);
	assert_true(pair_state(ends.client).close_notify);
	assert_false(pair_state(ends.client).reusable);
	ends_free(&ends);
}

static void draining_lets_the_reply_under_way_end(void **state)
{
	struct ends ends;

	(void)state;
	ends_new(&ends, TLS_1_3);
	begin_exchange(&ends);
	duet_conn_drain(ends.server); /* its head has gone, without a word */
	assert_false(pair_state(ends.server).closing);
	end_exchange(&ends);
	assert_true(ends.server_trace.closed);
	assert_int_equal(ends.server_trace.closed_by, DUET_CUT_NONE);
	assert_true(pair_state(ends.server).closing);
	assert_false(pair_state(ends.server).aborted);
	assert_true(pair_state(ends.client).close_notify);
	assert_false(pair_state(ends.client).reusable);
	ends_free(&ends);
}

static void draining_waits_for_a_last_reply_to_leave(void **state)
{
	static char body[128 * 1024];
	struct duet_conn *conn = duet_conn_plain_server(NULL, NULL);
	struct trace trace = { .closed = false };
	size_t n = 0;

	(void)state;
	assert_non_null(conn);
	pair_give(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	(void)trace_pull(&trace, conn);
	assert_int_equal(duet_conn_reply(conn, trace.stream,
					 DUET_HEAD(.status = 200,
						   .content_length =
							   DUET_LENGTH_UNKNOWN),
					 NULL),
			 DUET_OK);
	while (duet_conn_send_data(conn, trace.stream, body, sizeof(body), &n,
				   NULL) == DUET_OK)
		;
	assert_int_equal(duet_conn_send_end(conn, trace.stream, NULL, NULL),
			 DUET_OK);
	duet_conn_done(conn, trace.stream);
	duet_conn_drain(conn);
	(void)trace_pull(&trace, conn);
	assert_false(trace.closed);
	pair_take(conn);
	(void)trace_pull(&trace, conn);
	assert_true(trace.closed);
	assert_int_equal(trace.closed_by, DUET_CUT_NONE);
	duet_conn_free(conn);
}

static void a_client_that_drains_asks_no_more(void **state)
{
	struct ends ends;
	uint64_t stream;

	(void)state;
	ends_new(&ends, TLS_1_3);
	begin_exchange(&ends);
	duet_conn_drain(ends.client);
	end_exchange(&ends);
	assert_true(ends.client_trace.closed);
	assert_true(pair_state(ends.client).closing);
	assert_int_equal(pair_ask(ends.client, &stream), DUET_E_GONE);
	assert_true(pair_state(ends.server).close_notify);
	ends_free(&ends);
}

/* Each by itself, seen before an event is pulled. */
static void what_the_peer_has_closed_is_not_reusable(void **state)
{
	struct ends ends;

	(void)state;
	ends_new(&ends, TLS_NONE);
	begin_exchange(&ends);
	end_exchange(&ends);
	assert_true(pair_state(ends.client).idle);
	assert_true(pair_state(ends.client).reusable);
	duet_conn_recv_end(ends.client, 0);
	assert_true(pair_state(ends.client).peer_closed);
	assert_false(pair_state(ends.client).reusable);
	ends_free(&ends);
}

static void who_was_late_has_not_closed(void **state)
{
	struct trace trace = { .closed = false };
	struct duet_conn *conn = pair_server_conn(TLS_NONE);
	struct duet_error err;

	(void)state;
	duet_conn_now(conn, 0);
	(void)trace_pull(&trace, conn);
	pair_give(conn, "GET");
	(void)trace_pull(&trace, conn);
	duet_conn_now(conn, 10000);
	assert_true(trace_pull(&trace, conn));
	assert_int_equal(trace.status, 408);
	assert_false(pair_state(conn).peer_closed);
	assert_false(pair_state(conn).reusable);
	assert_int_equal(duet_conn_reply(conn, trace.stream,
					 DUET_HEAD(.status = 408), &err),
			 DUET_OK);
	pair_take(conn);
	duet_conn_recv_end(conn, 0);
	duet_conn_free(conn);
}

static void nothing_is_taken_after_closing(void **state)
{
	struct ends ends;
	struct duet_error err;
	struct duet_room room;
	uint64_t stream;

	(void)state;
	ends_new(&ends, TLS_NONE);
	begin_exchange(&ends);
	end_exchange(&ends);
	duet_conn_close(ends.client);
	assert_int_equal(pair_ask(ends.client, &stream), DUET_E_GONE);
	pair_give(ends.server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	(void)trace_pull(&ends.server_trace, ends.server);
	stream = ends.server_trace.stream;
	duet_conn_close(ends.server);
	assert_int_equal(duet_conn_reply(ends.server, stream,
					 DUET_HEAD(.status = 204), &err),
			 DUET_E_GONE);
	assert_int_equal(duet_conn_send_room(ends.server, stream, &room, &err),
			 DUET_E_GONE);
	assert_int_equal(duet_conn_send_bytes(ends.server).len, 0);
	ends_free(&ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_idle_connection_gives_its_memory_back),
		cmocka_unit_test(a_head_after_a_rest_is_as_good_as_one_before),
		cmocka_unit_test(draining_ends_an_idle_connection_at_once),
		cmocka_unit_test(draining_lets_the_reply_under_way_end),
		cmocka_unit_test(draining_waits_for_a_last_reply_to_leave),
		cmocka_unit_test(a_client_that_drains_asks_no_more),
		cmocka_unit_test(what_the_peer_has_closed_is_not_reusable),
		cmocka_unit_test(who_was_late_has_not_closed),
		cmocka_unit_test(nothing_is_taken_after_closing),
	};

	memory_count();
	return cmocka_run_group_tests(tests, pair_set_up, pair_tear_down);
}
