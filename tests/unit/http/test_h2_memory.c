/* SPDX-License-Identifier: MIT */
/* What is lent to nghttp2 can be given back without it. Every allocation of
 * ours and of nghttp2's fails in turn: alone, and with all that follow. An
 * exchange is then whole, or known not to be. */
#include <string.h>

#include "http/h2.h"
#include "http/h2_memory.h"
#include "support/memory.h"
#include "support/unit.h"

static void what_is_held_is_given_back_at_once(void **state)
{
	struct duet_h2_memory lent = { .pieces = NULL };
	char *kept[4];
	char *array;
	size_t i;

	(void)state;
	memory_count();
	for (i = 0; i < COUNT(kept); i++) {
		kept[i] = duet_h2_memory_alloc(100, &lent);
		assert_non_null(kept[i]);
	}
	memcpy(kept[1], "as it was", sizeof("as it was"));
	kept[1] = duet_h2_memory_resize(kept[1], 100000, &lent);
	assert_string_equal(kept[1], "as it was");
	assert_non_null(duet_h2_memory_resize(NULL, 10, &lent));
	array = duet_h2_memory_array(10, 10, &lent);
	for (i = 0; i < 100; i++)
		assert_int_equal(array[i], 0);
	duet_h2_memory_release(kept[0], &lent); /* the oldest */
	duet_h2_memory_release(kept[2], &lent);
	duet_h2_memory_release(array, &lent); /* the newest */
	duet_h2_memory_release(NULL, &lent);
	assert_int_equal(memory.held, 3);
	duet_h2_memory_done(&lent);
	assert_int_equal(memory.held, 0);
	assert_null(lent.pieces);
	assert_false(lent.starving);
	(void)memory_done();
}

static void who_was_refused_is_starving_and_keeps_the_rest(void **state)
{
	struct duet_h2_memory lent = { .pieces = NULL };
	char *kept;

	(void)state;
	memory_fail(1);
	kept = duet_h2_memory_alloc(10, &lent);
	assert_non_null(kept);
	memcpy(kept, "kept", sizeof("kept"));
	assert_null(duet_h2_memory_resize(kept, 100, &lent));
	assert_true(lent.starving);
	assert_string_equal(kept, "kept");
	assert_non_null(duet_h2_memory_alloc(10, &lent));
	assert_true(lent.starving);
	duet_h2_memory_done(&lent);
	assert_int_equal(memory.held, 0);
	assert_true(memory_done());
}

struct side {
	struct duet_h2 *h2;
	bool whole;
	bool failed; /* and it has been told */
};

static struct duet_limits limits;

/* false: there was none. */
static bool move(struct side *from, struct side *to)
{
	struct duet_bytes bytes = duet_h2_send_bytes(from->h2);
	struct duet_room room;
	size_t n = bytes.len;

	if (duet_h2_recv_room(to->h2, &room) != DUET_OK) {
		to->failed = true;
		return false;
	}
	if (n > room.len)
		n = room.len;
	if (n > 0)
		memcpy(room.data, bytes.data, n);
	duet_h2_recv_done(to->h2, n);
	duet_h2_send_done(from->h2, n);
	return n > 0;
}

static void answer(struct side *server, uint64_t stream)
{
	char body[3000] = { 0 };
	size_t taken = 0;
	int rc;

	rc = duet_h2_reply(server->h2, stream,
			   DUET_HEAD(.status = 200,
				     .headers = DUET_HEADERS({ "x", "y" }),
				     .content_length = DUET_LENGTH_UNKNOWN),
			   NULL);
	if (rc == DUET_OK)
		rc = duet_h2_send_data(server->h2, stream, body, sizeof(body),
				       &taken, NULL);
	if (rc == DUET_OK)
		rc = duet_h2_send_end(server->h2, stream,
				      DUET_HEADERS({ "x-sum", "1" }), NULL);
	if (rc < 0) {
		server->failed = true;
		duet_h2_send_abort(server->h2, stream);
	}
	duet_h2_done(server->h2, stream);
}

static void pull(struct side *side, bool is_server)
{
	struct duet_error err;
	struct duet_event ev;
	int rc;

	for (;;) {
		rc = duet_h2_next(side->h2, &ev, &err);
		if (ev.type == 0)
			return;
		if (ev.type == DUET_EV_END)
			side->whole = true;
		if (ev.type == DUET_EV_END && is_server)
			answer(side, ev.stream);
		if (ev.type == DUET_EV_ABORTED)
			assert_true(rc < 0 && err.text[0] != '\0');
		if (ev.type == DUET_EV_ABORTED || ev.type == DUET_EV_CLOSED ||
		    ev.type == DUET_EV_CANCELLED)
			side->failed = true;
		if (ev.type == DUET_EV_ABORTED && is_server)
			duet_h2_done(side->h2, ev.stream);
	}
}

static void ask(struct side *client)
{
	char body[3000] = { 0 };
	uint64_t stream = 0;
	size_t taken = 0;
	int rc;

	rc = duet_h2_request(client->h2,
			     DUET_HEAD(.method = "POST", .target = "/",
				       .headers =
					       DUET_HEADERS({ "Host", "x" },
							    { "cookie", "a" },
							    { "cookie", "b" }),
				       .content_length = sizeof(body)),
			     &stream, NULL);
	if (rc == DUET_OK)
		rc = duet_h2_send_data(client->h2, stream, body, sizeof(body),
				       &taken, NULL);
	if (rc == DUET_OK)
		rc = duet_h2_send_end(client->h2, stream, NULL, NULL);
	client->failed = rc != DUET_OK;
}

static bool exchange(void)
{
	struct side client = { duet_h2_new(DUET_ROLE_CLIENT, &limits, true) };
	struct side server = { duet_h2_new(DUET_ROLE_SERVER, &limits, true) };
	bool moved = true;

	if (client.h2 != NULL && server.h2 != NULL)
		ask(&client);
	else
		client.failed = true;
	while (moved && !client.failed) {
		moved = move(&client, &server);
		pull(&server, true);
		moved = move(&server, &client) || moved;
		pull(&client, false);
	}
	/* Silence is what a side has to say that gave up. */
	assert_true(client.whole || client.failed || server.failed);
	duet_h2_free(client.h2);
	duet_h2_free(server.h2);
	return client.whole;
}

static void fail_each(bool ever_after)
{
	long total;
	long k;

	assert_int_equal(duet_limits_fill(&limits, NULL, NULL), DUET_OK);
	memory_count();
	assert_true(exchange());
	total = memory.n;
	assert_true(total > 50);
	for (k = 0; k < total; k++) {
		memory_begin(k, ever_after);
		(void)exchange();
		assert_int_equal(memory.held, 0);
	}
	(void)memory_done();
	print_message("# %ld allocations\n", total);
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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_held_is_given_back_at_once),
		cmocka_unit_test(
			who_was_refused_is_starving_and_keeps_the_rest),
		cmocka_unit_test(each_allocation_may_fail_alone),
		cmocka_unit_test(each_allocation_may_be_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
