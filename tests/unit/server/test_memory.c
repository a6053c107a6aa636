/* SPDX-License-Identifier: MIT */
/* Every allocation of a server at work fails in turn. */
#include <stdio.h>
#include <string.h>

#include "rig.h"

enum {
	ALLOCATIONS_MAX = 200,
	STEPS = 200,
};

static void answer(struct duet_exchange *exchange, struct duet_bytes body,
		   void *arg)
{
	(void)arg;
	(void)duet_reply(exchange, 200, "text/plain", body.data, body.len);
}

/* Collected in several pieces, so that the server has to keep it. */
static void ask(struct duet_exchange *exchange, void *arg)
{
	if (duet_reply_header(exchange, "ETag", "\"1\"") != DUET_OK ||
	    duet_body_all(exchange, 100000, answer, arg) != DUET_OK)
		duet_exchange_abort(exchange);
}

/* A request that meets the failure; whether it was answered all the same. */
static bool try_request(struct rig *rig, struct peer *peer)
{
	static const char request[] = "POST / HTTP/1.1\r\nHost: x\r\n"
				      "Transfer-Encoding: chunked\r\n\r\n"
				      "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n";
	size_t sent = 0;
	int i;

	for (i = 0; i < STEPS && !peer->fin && peer->failure == 0; i++) {
		if (sent < strlen(request))
			sent += peer_try_send(peer, request + sent, 1);
		if (sent == strlen(request) / 2)
			sent += peer_try_send(peer, request + sent,
					      strlen(request) - sent);
		rig_step(rig);
		(void)peer_read(peer);
		if (strstr(peer_text(peer), "abcdef") != NULL)
			return true;
	}
	return false;
}

static void outlives_every_failing_allocation(void **state)
{
	struct rig rig;
	struct peer peer;
	bool answered = false;
	int n;

	(void)state;
	for (n = 1; n < ALLOCATIONS_MAX; n++) {
		rig_start(&rig, false, ask);
		rig.fail_in = n;
		peer_open_raw(&rig, &peer);
		answered = try_request(&rig, &peer);
		if (rig.fail_in > 0)
			break; /* it did not come to that allocation */
		/* Somebody was told, and the server is as good as before. */
		if (!answered && rig.n_reports + rig.n_troubles == 0)
			fail_msg("allocation %d failed in silence", n);
		peer_done(&peer);
		rig_await_connections(&rig, 0);
		peer_open(&rig, &peer);
		peer_send(&rig, &peer,
			  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
			  "\r\nhi");
		assert_int_equal(peer_reply(&rig, &peer, "hi"), 200);
		rig_part(&rig, &peer);
	}
	assert_true(answered);
	assert_true(n > 5 && n < ALLOCATIONS_MAX);
	print_message("# %d allocations failed in turn\n", n - 1);
	rig_part(&rig, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outlives_every_failing_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
