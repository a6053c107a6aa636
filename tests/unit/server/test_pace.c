/* SPDX-License-Identifier: MIT */
/* The arithmetic by a clock that is stepped; what leaves a server by bounds
 * that a slow machine only makes wider. */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "rig.h"
#include "server/handler.h"
#include "server/server_int.h"

/* ---- arithmetic ---- */

static const int64_t start = 1000000;

static void leaves_in_pieces_of_an_eighth_of_a_second(void **state)
{
	struct duet_pace pace;

	(void)state;
	duet_pace_begin(&pace, 8000, start);
	assert_int_equal(duet_pace_room(&pace, 0, start), 1000);
	assert_int_equal(duet_pace_room(&pace, 400, start + 100), 600);
	assert_int_equal(duet_pace_room(&pace, 1000, start + 100), 0);
	assert_int_equal(duet_pace_next_ms(&pace), start + 125);
	assert_int_equal(duet_pace_room(&pace, 1000, start + 124), 0);
	assert_int_equal(duet_pace_room(&pace, 1000, start + 125), 1000);
	assert_int_equal(duet_pace_next_ms(&pace), start + 250);
}

static void who_comes_late_makes_up_for_a_quarter_of_a_second(void **state)
{
	struct duet_pace pace;

	(void)state;
	duet_pace_begin(&pace, 8000, start);
	assert_int_equal(duet_pace_room(&pace, 1000, start + 200), 1600);
	assert_int_equal(duet_pace_room(&pace, 2600, start + 450), 2000);
	assert_int_equal(duet_pace_room(&pace, 4600, start + 99999), 2000);
	/* It took none of them for a while: they are not more for it. */
	assert_int_equal(duet_pace_room(&pace, 4600, start + 199999), 2000);
	assert_int_equal(duet_pace_room(&pace, 6600, start + 200000), 2000);
	assert_int_equal(duet_pace_room(&pace, 8600, start + 200000), 0);
}

static const uint64_t rates[] = {
	1, 3, 7, 8, 9, 15, 999, 8000, 12345, 1000001, UINT64_C(1) << 40,
};

static void is_exact_in_the_long_run(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rates); i++) {
		struct duet_pace pace;
		int64_t now = start;
		uint64_t first;
		uint64_t given;
		int k;

		duet_pace_begin(&pace, rates[i], now);
		first = duet_pace_room(&pace, 0, now);
		given = first;
		for (k = 0; k < 2000; k++) {
			now = duet_pace_next_ms(&pace);
			given += duet_pace_room(&pace, given, now);
		}
		assert_true(given - first ==
			    rates[i] * (uint64_t)(now - start) / 1000);
	}
}

static void never_more_than_the_contract_says(void **state)
{
	enum { N = 400 };
	int64_t times[N];
	uint64_t after[N]; /* all that had left by then */
	uint32_t random = 1;
	size_t i;
	int a;
	int b;

	(void)state;
	for (i = 0; i < COUNT(rates); i++) {
		struct duet_pace pace;
		int64_t now = start;
		uint64_t given = 0;
		uint64_t kept = 2 * (rates[i] < 8 ? 1 : rates[i] / 8);

		duet_pace_begin(&pace, rates[i], now);
		for (a = 0; a < N; a++) {
			random = random * 1664525 + 1013904223;
			now += (random >> 16) % 300;
			given += duet_pace_room(&pace, given, now);
			times[a] = now;
			after[a] = given;
			for (b = 1; b <= a; b++) {
				uint64_t passed = (uint64_t)(now - times[b]);

				assert_true(after[a] - after[b - 1] <=
					    kept + rates[i] * passed / 1000);
			}
		}
		assert_true(given > 0);
	}
}

static void no_rate_is_too_high(void **state)
{
	struct duet_pace pace;

	(void)state;
	duet_pace_begin(&pace, UINT64_MAX, start);
	assert_true(duet_pace_room(&pace, 0, start) >= UINT64_C(1) << 37);
	assert_true(duet_pace_room(&pace, UINT64_C(1) << 37, start + 999) >=
		    UINT64_C(1) << 38);
}

/* ---- replies ---- */

enum {
	BODY = 3000,
	RATE = 8000, /* three pieces of 1000 */
};
static char content[BODY];

enum kind {
	FROM_MEMORY,
	FROM_A_FILE,
	PRODUCED,
	PRODUCED_IN_CHUNKS,
};

/* What the handler does. */
static struct {
	enum kind kind;
	uint64_t rate; /* of "/slow" */
	int fd;
	size_t produced;
	int asked;
} plan;

static void set_plan(enum kind kind, uint64_t rate)
{
	size_t i;

	for (i = 0; i < BODY; i++)
		content[i] = (char)('a' + i * 31 % 26);
	memset(&plan, 0, sizeof(plan));
	plan.kind = kind;
	plan.rate = rate;
	plan.fd = -1;
	if (kind != FROM_A_FILE)
		return;
	plan.fd = memfd_create("served", MFD_CLOEXEC);
	assert_true(plan.fd >= 0);
	assert_int_equal(write(plan.fd, content, BODY), BODY);
}

static int produce(struct duet_exchange *exchange, void *buf, size_t cap,
		   size_t *n, void *arg)
{
	size_t left = BODY - plan.produced;

	(void)exchange;
	(void)arg;
	*n = left < cap ? left : cap;
	memcpy(buf, content + plan.produced, *n);
	plan.produced += *n;
	plan.asked++;
	return plan.produced == BODY ? DUET_EOF : DUET_OK;
}

static void reply(struct duet_exchange *exchange)
{
	int rc = DUET_E_STATE;

	switch (plan.kind) {
	case FROM_MEMORY:
		rc = duet_reply(exchange, 200, "text/plain", content, BODY);
		break;
	case FROM_A_FILE:
		rc = duet_reply_file(exchange, 200, "text/plain", dup(plan.fd),
				     0, BODY);
		break;
	case PRODUCED:
	case PRODUCED_IN_CHUNKS:
		rc = duet_reply_stream(exchange, 200, "text/plain",
				       plan.kind == PRODUCED
					       ? BODY
					       : DUET_LENGTH_UNKNOWN,
				       produce, NULL, NULL);
		break;
	}
	assert_int_equal(rc, DUET_OK);
}

static void serve(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	/* It is used again: nothing is left of the last request. */
	assert_int_equal(exchange->pace.rate, 0);
	if (strcmp(duet_exchange_head(exchange)->target, "/slow") == 0)
		duet_exchange_pace(exchange, plan.rate);
	reply(exchange);
}

/* So much of a body may have come by now, at most. */
static size_t most_by_now(int64_t since_ms)
{
	return (size_t)(plan.rate *
			(uint64_t)(duet_clock_ms() - since_ms + 250) / 1000);
}

/* Until that text, counting from behind the head; the body by its pieces. */
static void await_slowly(struct rig *rig, struct peer *peer, int64_t since_ms,
			 size_t overhead)
{
	const char *body = NULL;
	size_t len = 0;

	while (len < BODY + overhead) {
		rig_step(rig);
		(void)peer_read(peer);
		body = strstr(peer_text(peer), "\r\n\r\n");
		len = body != NULL ? strlen(body + 4) : 0;
		assert_true(len <= most_by_now(since_ms) + overhead);
		if (duet_clock_ms() - since_ms > RIG_PATIENCE_MS)
			fail_msg("stopped after %zu bytes", len);
	}
}

static void get(struct rig *rig, struct peer *peer, const char *path)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n",
		       path);
	peer_send(rig, peer, text);
}

/* A slow reply, then another at once on the same connection. */
static void is_paced(enum kind kind, bool tls)
{
	struct rig rig;
	struct peer peer;
	int64_t since_ms;

	set_plan(kind, RATE);
	rig_meet(&rig, tls, serve, &peer);
	since_ms = duet_clock_ms();
	get(&rig, &peer, "/slow");
	if (kind == PRODUCED_IN_CHUNKS) {
		peer_await(&rig, &peer, "\r\n0\r\n\r\n");
		assert_true(most_by_now(since_ms) >= BODY);
	} else {
		await_slowly(&rig, &peer, since_ms, 0);
		assert_memory_equal(strstr(peer_text(&peer), "\r\n\r\n") + 4,
				    content, BODY);
	}
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.sent_bytes, BODY);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_NONE);
	assert_true(plan.asked <= 3); /* for pieces, not for crumbs */
	duet_buf_reset(&peer.in);
	plan.produced = 0;
	get(&rig, &peer, "/fast");
	rig_await_reports(&rig, 2);
	assert_int_equal(rig.reports[1].facts.sent_bytes, BODY);
	assert_int_equal(rig.reports[1].facts.cut, DUET_CUT_NONE);
	rig_part(&rig, &peer);
	if (plan.fd >= 0)
		(void)close(plan.fd);
}

static void memory_is_paced(void **state)
{
	(void)state;
	is_paced(FROM_MEMORY, false);
	is_paced(FROM_MEMORY, true);
}

static void a_file_is_paced(void **state)
{
	(void)state;
	is_paced(FROM_A_FILE, false);
	is_paced(FROM_A_FILE, true);
}

static void what_is_produced_is_paced(void **state)
{
	(void)state;
	is_paced(PRODUCED, false);
	is_paced(PRODUCED, true);
}

static void what_is_produced_in_chunks_is_paced(void **state)
{
	(void)state;
	is_paced(PRODUCED_IN_CHUNKS, false);
	is_paced(PRODUCED_IN_CHUNKS, true);
}

/* A rate that would take minutes: until the test has ended nothing but time
 * could make it whole. */
static void nobody_else_waits_for_it(void **state)
{
	struct rig rig;
	struct peer slow;
	struct peer fast;
	int i;

	(void)state;
	set_plan(FROM_MEMORY, 10);
	rig_meet(&rig, true, serve, &slow);
	peer_open(&rig, &fast);
	get(&rig, &slow, "/slow");
	peer_await(&rig, &slow, "\r\n\r\na");
	for (i = 0; i < 5; i++) {
		get(&rig, &fast, "/fast");
		assert_int_equal(peer_reply(&rig, &fast, NULL), 200);
	}
	assert_true(duet_buf_len(&slow.in) < BODY);
	rig_await_reports(&rig, 5);
	assert_int_equal(rig.n_reports, 5);
	peer_done(&slow);
	rig_part(&rig, &fast);
}

/* The loop has nothing to do until the next piece. */
static void the_worker_sleeps_meanwhile(void **state)
{
	struct rig rig;
	struct peer peer;
	int64_t since_ms = duet_clock_ms();

	(void)state;
	set_plan(PRODUCED, 1);
	rig_meet(&rig, false, serve, &peer);
	get(&rig, &peer, "/slow");
	peer_await(&rig, &peer, "\r\n\r\na");
	while (duet_server_wait_ms(rig.server) <= 0) {
		rig_step(&rig);
		assert_true(duet_clock_ms() - since_ms < RIG_PATIENCE_MS);
	}
	assert_true(duet_server_wait_ms(rig.server) <= 1000);
	rig_part(&rig, &peer);
}

static void start_impatient(struct rig *rig, bool tls)
{
	struct duet_server_options options;
	struct duet_limits limits = { .size = sizeof(limits), .send_ms = 20 };

	rig_init(rig, tls, serve);
	options = rig_options(rig);
	options.limits = &limits;
	rig_open(rig, &options);
}

static void the_client_is_not_blamed_for_it(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	set_plan(FROM_MEMORY, RATE); /* pieces are 125 ms apart */
	start_impatient(&rig, true);
	peer_open(&rig, &peer);
	get(&rig, &peer, "/slow");
	assert_int_equal(peer_reply(&rig, &peer, NULL), 200);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_NONE);
	rig_part(&rig, &peer);
}

static void a_client_that_leaves_is_noticed(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	set_plan(PRODUCED, 10);
	rig_meet(&rig, false, serve, &peer);
	get(&rig, &peer, "/slow");
	peer_await(&rig, &peer, "\r\n\r\na");
	peer_reset(&peer);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_RESET);
	assert_int_equal(rig.reports[0].facts.cut_by, DUET_SIDE_PEER);
	rig_await_connections(&rig, 0);
	rig_part(&rig, &peer);
}

static void a_server_that_stops_lets_it_end(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	set_plan(FROM_MEMORY, RATE);
	rig_meet(&rig, false, serve, &peer);
	get(&rig, &peer, "/slow");
	rig_await_calls(&rig, 1);
	duet_server_stop(rig.server, RIG_PATIENCE_MS);
	assert_int_equal(peer_reply(&rig, &peer, NULL), 200);
	peer_await_end(&rig, &peer);
	peer_done(&peer);
	rig_await_connections(&rig, 0);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_NONE);
	rig_done(&rig);
}

static void head_has_nothing_to_pace(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	set_plan(FROM_MEMORY,
		 1); /* or it would take the best part of an hour */
	rig_meet(&rig, false, serve, &peer);
	peer_send(&rig, &peer, "HEAD /slow HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(peer_reply_to_head(&rig, &peer), 200);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.sent_bytes, 0);
	rig_part(&rig, &peer);
}

static void pace_in_vain(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	duet_exchange_pace(exchange, 1);
	duet_exchange_pace(exchange, 0); /* better not */
	reply(exchange);
	duet_exchange_pace(exchange, 1); /* too late */
}

static void zero_and_too_late_change_nothing(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	set_plan(PRODUCED, 0);
	rig_meet(&rig, false, pace_in_vain, &peer);
	get(&rig, &peer, "/slow");
	assert_int_equal(peer_reply(&rig, &peer, NULL), 200);
	assert_int_equal(plan.asked, 1);
	rig_part(&rig, &peer);
}

/* ---- HTTP/2 ---- */

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
			      "\0\0\0\4\0\0\0\0\0";
/* HEADERS: GET https x and a path of five letters. */
static const char h2_slow[] = "\0\0\x0c\1\5\0\0\0\1\x82\x87\x04\5/slow\x41\1x";
static const char h2_fast[] = "\0\0\x0c\1\5\0\0\0\3\x82\x87\x04\5/fast\x41\1x";

/* Bytes of DATA of a stream among what has come. */
static size_t count_data(const struct peer *peer, unsigned char stream)
{
	struct duet_bytes in = duet_buf_bytes(&peer->in);
	const unsigned char *at = in.data;
	size_t left = in.len;
	size_t sum = 0;
	size_t len;

	while (left >= 9) {
		len = (size_t)at[0] << 16 | (size_t)at[1] << 8 | at[2];
		if (left < 9 + len)
			break;
		if (at[8] == stream && at[3] == 0)
			sum += len;
		at += 9 + len;
		left -= 9 + len;
	}
	return sum;
}

static void begin_h2(struct rig *rig, struct peer *peer)
{
	peer_open(rig, peer);
	peer_send_bytes(rig, peer, preface, sizeof(preface) - 1);
}

static void a_stream_is_paced(void **state)
{
	static const enum kind kinds[] = { FROM_MEMORY, FROM_A_FILE, PRODUCED,
					   PRODUCED_IN_CHUNKS };
	struct rig rig;
	struct peer peer;
	int64_t since_ms;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(kinds); i++) {
		set_plan(kinds[i], RATE);
		rig_start_h2(&rig, serve);
		begin_h2(&rig, &peer);
		since_ms = duet_clock_ms();
		peer_send_bytes(&rig, &peer, h2_slow, sizeof(h2_slow) - 1);
		while (rig.n_reports == 0) {
			rig_step(&rig);
			(void)peer_read(&peer);
			assert_true(count_data(&peer, 1) <=
				    most_by_now(since_ms));
			assert_true(duet_clock_ms() - since_ms <
				    RIG_PATIENCE_MS);
		}
		assert_true(most_by_now(since_ms) >= BODY);
		assert_int_equal(rig.reports[0].facts.sent_bytes, BODY);
		assert_int_equal(rig.reports[0].facts.reply,
				 DUET_BY_END_STREAM);
		rig_part(&rig, &peer);
		if (plan.fd >= 0)
			(void)close(plan.fd);
	}
}

static void other_streams_do_not_wait_for_it(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	set_plan(FROM_MEMORY, 10);
	rig_start_h2(&rig, serve);
	begin_h2(&rig, &peer);
	peer_send_bytes(&rig, &peer, h2_slow, sizeof(h2_slow) - 1);
	peer_send_bytes(&rig, &peer, h2_fast, sizeof(h2_fast) - 1);
	rig_await_reports(&rig, 1);
	while (count_data(&peer, 3) < BODY) {
		assert_int_equal(peer.failure, 0);
		rig_step(&rig);
		(void)peer_read(&peer);
	}
	assert_int_equal(rig.n_reports, 1);
	assert_string_equal(rig.reports[0].target, "/fast");
	assert_in_range(count_data(&peer, 1), 1, BODY - 1);
	rig_part(&rig, &peer);
}

static void a_stream_is_not_blamed_for_it(void **state)
{
	struct duet_server_options options;
	struct duet_limits limits = { .size = sizeof(limits), .send_ms = 20 };
	struct rig rig;
	struct peer peer;

	(void)state;
	set_plan(FROM_MEMORY, RATE);
	rig_start_h2(&rig, serve);
	duet_server_free(rig.server);
	options = rig_options(&rig);
	options.limits = &limits;
	rig_open(&rig, &options);
	begin_h2(&rig, &peer);
	peer_send_bytes(&rig, &peer, h2_slow, sizeof(h2_slow) - 1);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_NONE);
	assert_int_equal(rig.reports[0].facts.sent_bytes, BODY);
	rig_part(&rig, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_in_pieces_of_an_eighth_of_a_second),
		cmocka_unit_test(
			who_comes_late_makes_up_for_a_quarter_of_a_second),
		cmocka_unit_test(is_exact_in_the_long_run),
		cmocka_unit_test(never_more_than_the_contract_says),
		cmocka_unit_test(no_rate_is_too_high),
		cmocka_unit_test(memory_is_paced),
		cmocka_unit_test(a_file_is_paced),
		cmocka_unit_test(what_is_produced_is_paced),
		cmocka_unit_test(what_is_produced_in_chunks_is_paced),
		cmocka_unit_test(nobody_else_waits_for_it),
		cmocka_unit_test(the_worker_sleeps_meanwhile),
		cmocka_unit_test(the_client_is_not_blamed_for_it),
		cmocka_unit_test(a_client_that_leaves_is_noticed),
		cmocka_unit_test(a_server_that_stops_lets_it_end),
		cmocka_unit_test(head_has_nothing_to_pace),
		cmocka_unit_test(zero_and_too_late_change_nothing),
		cmocka_unit_test(a_stream_is_paced),
		cmocka_unit_test(other_streams_do_not_wait_for_it),
		cmocka_unit_test(a_stream_is_not_blamed_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
