/* SPDX-License-Identifier: MIT */
/*
 * Memory runs out anywhere: an exchange over TLS, from making the connections
 * to closing them, with its first, second, third... allocation failing, ours
 * and OpenSSL's alike. Each gives an error or goes well, and never silence;
 * nothing crashes, and nothing of ours is left behind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <duet/http.h>

#include "base/mem.h"
#include "support/pair.h"
#include "support/unit.h"

struct ledger {
	long held;  /* allocations not given back */
	long count; /* allocations since the run began */
};

static struct ledger ours;
static struct ledger theirs;
static long fail_at = -1; /* of both together; -1: never */
static bool fail_ever_after;

static bool must_fail(struct ledger *ledger)
{
	long number = ours.count + theirs.count;

	ledger->count++;
	return fail_at >= 0 &&
	       (number == fail_at || (fail_ever_after && number > fail_at));
}

static void *take(struct ledger *ledger, size_t size)
{
	void *ptr = must_fail(ledger) ? NULL : malloc(size);

	if (ptr != NULL)
		ledger->held++;
	return ptr;
}

static void *change(struct ledger *ledger, void *ptr, size_t size)
{
	if (ptr == NULL)
		return take(ledger, size);
	return must_fail(ledger) ? NULL : realloc(ptr, size);
}

static void give_back(struct ledger *ledger, void *ptr)
{
	if (ptr != NULL)
		ledger->held--;
	free(ptr);
}

static void *our_alloc(size_t size, void *arg)
{
	return take(arg, size);
}

static void *our_resize(void *ptr, size_t size, void *arg)
{
	return change(arg, ptr, size);
}

static void our_release(void *ptr, void *arg)
{
	give_back(arg, ptr);
}

static void *their_alloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return take(&theirs, size);
}

static void *their_resize(void *ptr, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	if (ptr != NULL && size == 0) {
		give_back(&theirs, ptr);
		return NULL;
	}
	return change(&theirs, ptr, size);
}

static void their_release(void *ptr, const char *file, int line)
{
	(void)file;
	(void)line;
	give_back(&theirs, ptr);
}

/* The exchange. It stops at the first thing that fails. */

struct ends {
	struct duet_conn *client;
	struct duet_conn *server;
	bool in_message[2]; /* of the client, of the server */
	bool whole;
	bool failed;
};

static bool failed(struct ends *ends, int rc, const struct duet_error *err)
{
	if (rc >= 0)
		return false;
	assert_true(err->text[0] != '\0');
	ends->failed = true;
	return true;
}

static void ask(struct ends *ends)
{
	struct duet_error err;
	uint64_t stream;
	int rc;

	rc = duet_conn_request(ends->client,
			       DUET_HEAD(.method = "GET", .target = "/",
					 .headers = DUET_HEADERS(
						 { "Host", "localhost" })),
			       &stream, &err);
	(void)failed(ends, rc, &err);
}

static void answer(struct ends *ends, uint64_t stream)
{
	struct duet_error err;
	size_t taken;
	int rc;

	rc = duet_conn_reply(ends->server, stream,
			     DUET_HEAD(.status = 200, .content_length = 5),
			     &err);
	if (!failed(ends, rc, &err))
		rc = duet_conn_send_data(ends->server, stream, "hello", 5,
					 &taken, &err);
	if (!failed(ends, rc, &err))
		rc = duet_conn_send_end(ends->server, stream, NULL, &err);
	(void)failed(ends, rc, &err);
}

/* Who had no memory to go on with begins nothing new. */
static void expect_over(struct duet_conn *conn)
{
	struct duet_conn_state state = { .size = sizeof(state) };
	uint64_t stream;

	duet_conn_get_state(conn, &state);
	assert_false(state.reusable);
	assert_int_equal(duet_conn_request(conn,
					   DUET_HEAD(.method = "GET",
						     .target = "/",
						     .headers = DUET_HEADERS(
							     { "Host", "x" })),
					   &stream, NULL),
			 DUET_E_GONE);
}

static bool pull(struct ends *ends, struct duet_conn *conn)
{
	struct duet_event event = { .size = sizeof(event) };
	struct duet_error err;
	int rc = duet_conn_next(conn, &event, &err);

	/* A message that has begun is cut before the connection is over. */
	if (event.type == DUET_EV_CLOSED)
		assert_false(ends->in_message[conn == ends->server]);
	if (event.type == DUET_EV_HEAD || event.type == DUET_EV_END ||
	    event.type == DUET_EV_ABORTED)
		ends->in_message[conn == ends->server] =
			event.type == DUET_EV_HEAD;
	if (event.type == DUET_EV_CLOSED && conn == ends->client)
		expect_over(conn);
	if (failed(ends, rc, &err) || rc != DUET_OK)
		return false;
	if (event.type == DUET_EV_END && conn == ends->server)
		answer(ends, event.stream);
	if (event.type == DUET_EV_END && conn == ends->client)
		ends->whole = true;
	if (event.type == DUET_EV_ABORTED || event.type == DUET_EV_CLOSED)
		ends->failed = true;
	return true;
}

static void converse(struct ends *ends)
{
	struct wire there = { .left = SIZE_MAX };
	struct wire back = { .left = SIZE_MAX };
	int round;

	ask(ends);
	for (round = 0; round < 100 && !ends->whole && !ends->failed; round++) {
		(void)wire_conn_to_conn(&there, ends->client, ends->server);
		while (!ends->failed && pull(ends, ends->server))
			continue;
		(void)wire_conn_to_conn(&back, ends->server, ends->client);
		while (!ends->failed && pull(ends, ends->client))
			continue;
	}
	/* What was given up is no more than silent to the other side. */
}

static struct duet_conn *end_new(struct ends *ends, bool is_server)
{
	struct duet_conn *conn = NULL;
	struct duet_error err;
	struct duet_tls *tls;

	memset(&err, 0, sizeof(err));
	tls = is_server
		      ? duet_tls_server(pair_configs.server, &err)
		      : duet_tls_client(pair_configs.client, "localhost", &err);
	if (tls != NULL)
		conn = is_server ? duet_conn_server(tls, NULL, &err)
				 : duet_conn_client(tls, NULL, &err);
	if (conn == NULL) {
		assert_true(err.code < 0);
		assert_true(err.text[0] != '\0');
		ends->failed = true;
	}
	return conn;
}

/* True if it went well. */
static bool exchange(void)
{
	struct ends ends = { .whole = false };

	ends.client = end_new(&ends, false);
	ends.server = end_new(&ends, true);
	if (!ends.failed)
		converse(&ends);
	assert_true(ends.whole || ends.failed);
	duet_conn_free(ends.client);
	duet_conn_free(ends.server);
	return ends.whole;
}

static bool exchange_failing_at(long number, bool ever_after)
{
	bool well;

	ours.count = 0;
	theirs.count = 0;
	fail_at = number;
	fail_ever_after = ever_after;
	well = exchange();
	fail_at = -1;
	assert_int_equal(ERR_peek_error(), 0);
	return well;
}

static void fail_each(bool ever_after)
{
	long held;
	long total;
	long failures = 0;
	long number;
	long tried = 0;
	const long stride = (long)pair_stride();

	/* once to fill what OpenSSL keeps for ever */
	assert_true(exchange_failing_at(-1, false));
	assert_true(exchange_failing_at(-1, false));
	total = ours.count + theirs.count;
	held = ours.held;
	for (number = 0; number < total; number += stride) {
		tried++;
		if (!exchange_failing_at(number, ever_after))
			failures++;
		assert_int_equal(ours.held, held);
	}
	assert_true(exchange_failing_at(-1, false));
	assert_true(failures > tried / 4);
	print_message("# %ld allocations failed in turn%s, %ld exchanges "
		      "ended with an error\n",
		      tried, ever_after ? " with all after them" : "",
		      failures);
}

static void each_allocation_may_fail_alone(void **state)
{
	(void)state;
	fail_each(false);
}

static void each_allocation_may_be_the_last(void **state)
{
	(void)state;
	fail_each(true);
}

int main(void)
{
	const struct duet_allocator hook = { sizeof(hook), our_alloc,
					     our_resize, our_release, &ours };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_may_fail_alone),
		cmocka_unit_test(each_allocation_may_be_the_last),
	};

	duet_mem_set_hook(&hook);
	if (CRYPTO_set_mem_functions(their_alloc, their_resize,
				     their_release) != 1)
		return 1;
	return cmocka_run_group_tests(tests, pair_set_up, pair_tear_down);
}
