/* SPDX-License-Identifier: MIT */
/*
 * Long lines: lengths around the limit, with the line's end falling on every
 * boundary between two arrivals. A request is served or refused; the tail of a
 * line is never taken for a line of its own.
 */
#include <stdio.h>
#include <string.h>

#include <duet/http.h>

#include "support/pair.h"
#include "support/unit.h"

enum {
	LINE_LIMIT = 256,
	HEAD_LIMIT = 1024,
};

/* A request whose request line, or whose one long field line, has len bytes
 * without its CRLF. */
static size_t build(char *request, size_t cap, size_t len, bool long_target)
{
	static const char before[] = "GET /";
	static const char after[] = " HTTP/1.1";
	char fill[LINE_LIMIT + 4];
	int n;

	memset(fill, 'a', sizeof(fill));
	if (long_target)
		n = snprintf(request, cap,
			     "%s%.*s%s\r\nHost: localhost\r\n\r\n", before,
			     (int)(len - strlen(before) - strlen(after)), fill,
			     after);
	else
		n = snprintf(request, cap,
			     "GET / HTTP/1.1\r\nHost: localhost\r\nX: %.*s\r\n"
			     "\r\n",
			     (int)(len - 3), fill);
	assert_in_range(n, 1, cap - 1);
	return (size_t)n;
}

static void deliver(struct duet_conn *server, struct trace *trace,
		    const char *bytes, size_t n)
{
	while (n > 0) {
		struct duet_room room;
		size_t part;

		assert_int_equal(duet_conn_recv_room(server, &room), DUET_OK);
		part = room.len < n ? room.len : n;
		if (part == 0)
			return; /* it wants no more: it has refused */
		memcpy(room.data, bytes, part);
		duet_conn_recv_done(server, part);
		(void)trace_pull(trace, server);
		bytes += part;
		n -= part;
	}
}

static void expect_outcome(const struct trace *trace, size_t len,
			   bool long_target)
{
	if (len <= LINE_LIMIT) {
		assert_int_equal(trace->ends, 1);
		assert_int_equal(trace->aborts, 0);
		return;
	}
	assert_int_equal(trace->ends, 0);
	assert_int_equal(trace->aborts, 1);
	assert_int_equal(trace->failure, DUET_E_LIMIT);
	assert_int_equal(trace->status, long_target ? 414 : 431);
	assert_null(strstr(trace->text, "HEAD"));
}

static void split_at(const char *request, size_t n, size_t position, size_t len,
		     bool long_target)
{
	const struct duet_limits *limits =
		DUET_LIMITS(.line_bytes = LINE_LIMIT, .head_bytes = HEAD_LIMIT);
	struct trace trace = { .closed = false };
	struct duet_error err;
	struct duet_conn *server = duet_conn_plain_server(limits, &err);

	assert_non_null(server);
	deliver(server, &trace, request, position);
	deliver(server, &trace, request + position, n - position);
	expect_outcome(&trace, len, long_target);
	duet_conn_free(server);
}

static void every_length_and_boundary(bool long_target)
{
	char request[HEAD_LIMIT];
	size_t len;

	for (len = LINE_LIMIT - 3; len <= LINE_LIMIT + 3; len++) {
		size_t n = build(request, sizeof(request), len, long_target);
		size_t position;

		for (position = 0; position <= n; position++)
			split_at(request, n, position, len, long_target);
	}
}

static void a_request_line_is_whole_or_414(void **state)
{
	(void)state;
	every_length_and_boundary(true);
}

static void a_field_line_is_whole_or_431(void **state)
{
	(void)state;
	every_length_and_boundary(false);
}

/* The same through TLS, where the boundary is that of a record. */
static void at_record(const char *request, size_t n, size_t position,
		      size_t len, bool long_target)
{
	const struct duet_limits *limits =
		DUET_LIMITS(.line_bytes = LINE_LIMIT, .head_bytes = HEAD_LIMIT);
	struct duet_error err;
	struct duet_tls *client = pair_client(TLS_1_3);
	struct duet_conn *server =
		duet_conn_server(pair_server(TLS_1_3), limits, &err);
	struct wire to_server = { .left = SIZE_MAX };
	struct wire to_client = { .left = SIZE_MAX };
	struct trace trace = { .closed = false };
	const size_t starts[] = { 0, position, n };
	size_t next = 0;
	size_t moved = 1;
	size_t taken;

	assert_non_null(server);
	while (moved > 0 || next < 2) {
		if (duet_tls_handshake(client, &err) == DUET_OK && next < 2) {
			if (starts[next] < starts[next + 1])
				assert_int_equal(duet_tls_write(client,
								request +
									starts[next],
								starts[next +
								       1] -
									starts[next],
								&taken, &err),
						 DUET_OK);
			next++;
		}
		moved = wire_tls_to_conn(&to_server, client, server);
		(void)trace_pull(&trace, server);
		moved += wire_conn_to_tls(&to_client, server, client);
	}
	expect_outcome(&trace, len, long_target);
	duet_tls_free(client);
	duet_conn_free(server);
}

static void records_are_no_lines(void **state)
{
	char request[HEAD_LIMIT];
	size_t len;

	(void)state;
	for (len = LINE_LIMIT - 3; len <= LINE_LIMIT + 3; len++) {
		size_t n = build(request, sizeof(request), len, true);
		size_t position;

		/* around the end of the long line and of the head */
		for (position = len - 2; position <= n; position++)
			at_record(request, n, position, len, true);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_line_is_whole_or_414),
		cmocka_unit_test(a_field_line_is_whole_or_431),
		cmocka_unit_test(records_are_no_lines),
	};

	return cmocka_run_group_tests(tests, pair_set_up, pair_tear_down);
}
