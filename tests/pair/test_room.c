/* SPDX-License-Identifier: MIT */
/*
 * Room that is lent stays put until it is given back: a driver may have told
 * the kernel where to put what comes, long before it does.
 */
#include <string.h>

#include <duet/http.h>

#include "support/pair.h"
#include "support/unit.h"

static struct duet_room borrow(struct duet_conn *conn)
{
	struct duet_room room;

	assert_int_equal(duet_conn_recv_room(conn, &room), DUET_OK);
	assert_true(room.len > 0);
	return room;
}

static void fill(struct duet_conn *conn, struct duet_room room,
		 const char *text)
{
	assert_true(strlen(text) <= room.len);
	memcpy(room.data, text, strlen(text));
	duet_conn_recv_done(conn, strlen(text));
}

static void ask(struct duet_conn *conn)
{
	uint64_t stream;

	assert_int_equal(pair_ask(conn, &stream), DUET_OK);
	pair_take(conn);
}

static void lent_room_outlasts_idleness(void **state)
{
	struct trace trace = { .closed = false };
	struct duet_conn *conn = pair_server_conn(TLS_NONE);
	struct duet_room room;

	(void)state;
	duet_conn_now(conn, 0);
	(void)trace_pull(&trace, conn);
	room = borrow(conn);
	duet_conn_now(conn, duet_conn_deadline(conn));
	(void)trace_pull(&trace, conn);
	fill(conn, room, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	(void)trace_pull(&trace, conn);
	assert_string_equal(trace.text, "HEAD GET / Host=x\n"
					"END no-body body=0\n");
	duet_conn_free(conn);
}

static void lent_room_outlasts_a_request(void **state)
{
	struct trace trace = { .closed = false };
	struct duet_conn *conn = pair_client_conn(TLS_NONE);
	struct duet_room room;

	(void)state;
	ask(conn);
	(void)trace_pull(&trace, conn);
	fill(conn, borrow(conn), "HTTP/1.1 204 No Content\r\n\r\n");
	(void)trace_pull(&trace, conn);
	room = borrow(conn); /* to see it end, while it is idle */
	ask(conn);
	(void)trace_pull(&trace, conn);
	fill(conn, room, "HTTP/1.1 404 Not Found\r\n\r\n");
	duet_conn_recv_end(conn, 0);
	(void)trace_pull(&trace, conn);
	assert_string_equal(trace.text, "HEAD 204\nEND no-body body=0\n"
					"HEAD 404\nEND fin body=0\n"
					"CLOSED fin\n");
	duet_conn_free(conn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lent_room_outlasts_idleness),
		cmocka_unit_test(lent_room_outlasts_a_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
