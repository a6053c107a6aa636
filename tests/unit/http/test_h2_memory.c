/* SPDX-License-Identifier: MIT */
/* Every allocation of ours and of nghttp2's fails in turn: alone, and with all
 * that follow. An exchange is then whole, or known not to be. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "http/h2.h"
#include "support/unit.h"

static struct {
	long n; /* allocations so far */
	long held;
	long fail_at; /* -1: none */
	bool ever_after;
} hook;

static bool fails(void)
{
	long number = hook.n++;

	return hook.fail_at >= 0 &&
	       (number == hook.fail_at ||
		(hook.ever_after && number > hook.fail_at));
}

static void *our_alloc(size_t size, void *arg)
{
	void *ptr = fails() ? NULL : malloc(size);

	(void)arg;
	hook.held += ptr != NULL;
	return ptr;
}

static void *our_resize(void *ptr, size_t size, void *arg)
{
	if (ptr == NULL)
		return our_alloc(size, arg);
	return fails() ? NULL : realloc(ptr, size);
}

static void our_release(void *ptr, void *arg)
{
	(void)arg;
	hook.held -= ptr != NULL;
	free(ptr);
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
	const struct duet_allocator ours = {
		.size = sizeof(ours),
		.alloc = our_alloc,
		.resize = our_resize,
		.release = our_release,
	};
	long total;
	long k;

	assert_int_equal(duet_limits_fill(&limits, NULL, NULL), DUET_OK);
	memset(&hook, 0, sizeof(hook));
	hook.fail_at = -1;
	hook.ever_after = ever_after;
	duet_mem_set_hook(&ours);
	assert_true(exchange());
	total = hook.n;
	assert_true(total > 50);
	for (k = 0; k < total; k++) {
		hook.n = 0;
		hook.fail_at = k;
		(void)exchange();
		assert_int_equal(hook.held, 0);
	}
	duet_mem_set_hook(NULL);
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
		cmocka_unit_test(each_allocation_may_fail_alone),
		cmocka_unit_test(each_allocation_may_be_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
