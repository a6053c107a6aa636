/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "client/hops.h"
#include "support/unit.h"

static const struct duet_header fields[] = {
	{ "Location", "/b" },
	{ NULL, NULL },
};

static void add(struct duet_hops *hops, const char *url,
		const struct duet_moments *moments)
{
	char text[32];
	struct duet_headers sent = { 0 };
	const struct duet_head answer = { .status = 302, .headers = fields };
	const struct duet_hop_parts parts = {
		.url = text,
		.method = "GET",
		.target = "/a",
		.address = "192.0.2.1:443",
		.sent = &sent,
		.answer = &answer,
		.moments = moments,
		.handshaken_us = moments->began + 30,
	};

	(void)snprintf(text, sizeof(text), "%s", url);
	assert_int_equal(duet_headers_add(&sent, "Host", "x"), DUET_OK);
	assert_int_equal(duet_hops_add(hops, &parts), DUET_OK);
	assert_null(sent.list);
	memset(text, 'x', sizeof(text)); /* it is a copy that was kept */
}

static void they_are_kept_in_order_and_ended_by_null(void **state)
{
	const struct duet_moments moments = {
		.began = duet_clock_us(),
		.asked = duet_clock_us(),
	};
	struct duet_hops hops = { 0 };
	struct duet_hops moved;

	(void)state;
	duet_hops_end_last(&hops, &moments, 1);
	add(&hops, "https://x/a", &moments);
	duet_hops_end_last(&hops, &moments, 7);
	add(&hops, "https://x/b", &moments);
	duet_hops_move(&moved, &hops);
	assert_null(hops.list);
	assert_string_equal(moved.list[0]->url, "https://x/a");
	assert_string_equal(moved.list[1]->url, "https://x/b");
	assert_null(moved.list[2]);
	assert_int_equal(moved.list[0]->body_bytes, 7);
	assert_int_equal(moved.list[1]->body_bytes, 0);
	assert_int_equal(moved.list[0]->answer->status, 302);
	assert_string_equal(duet_head_get(moved.list[0]->answer, "location"),
			    "/b");
	assert_string_equal(duet_head_get(moved.list[0]->request, "Host"), "x");
	assert_string_equal(moved.list[0]->request->target, "/a");
	assert_string_equal(moved.list[0]->proxy, "");
	assert_int_equal(moved.list[0]->resolved_us, -1);
	assert_int_equal(moved.list[0]->handshake_us, 30);
	assert_true(moved.list[0]->total_us >= 0);
	duet_hops_done(&moved);
	duet_hops_done(&hops);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_kept_in_order_and_ended_by_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
