/* SPDX-License-Identifier: MIT */
/* Messages over HTTP/2, as both ends of it tell them. */
#include <string.h>

#include "support/h2_pair.h"

enum {
	WINDOW = 65536, /* limits.window_bytes of a server */
};

static void a_request_and_its_reply(void **state)
{
	struct h2_pair pair;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	s = h2_ask(&pair, "GET", "/x?q", 0);
	assert_int_equal(s, 1);
	h2_run(&pair);
	assert_string_equal(pair.server.text,
			    "1 head GET /x?q a.example length 0\n"
			    "1 end end-stream\n");
	h2_answer(&pair, s, 200, 5);
	h2_give_all(&pair.server, s, 5);
	h2_run(&pair);
	assert_string_equal(pair.client.text, "1 head 200 length 5\n"
					      "1 end end-stream\n");
	assert_int_equal(pair.client.body, 5);
	assert_true(duet_h2_is_sent(pair.server.h2, s));
	duet_h2_done(pair.server.h2, s);
	assert_int_equal(duet_h2_phase(pair.server.h2), DUET_PHASE_IDLE);
	assert_int_equal(duet_h2_phase(pair.client.h2), DUET_PHASE_IDLE);
	assert_true(duet_h2_reusable(pair.client.h2));
	h2_pair_done(&pair);
}

static void replies_without_a_body(void **state)
{
	struct h2_pair pair;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	s = h2_ask(&pair, "HEAD", "/", 0);
	h2_run(&pair);
	h2_answer(&pair, s, 200, 1234);
	h2_finish(&pair.server, s);
	duet_h2_done(pair.server.h2, s);
	s = h2_ask(&pair, "GET", "/", 0);
	h2_run(&pair);
	h2_answer(&pair, s, 304, 0);
	h2_finish(&pair.server, s);
	duet_h2_done(pair.server.h2, s);
	h2_run(&pair);
	assert_int_equal(duet_h2_phase(pair.server.h2), DUET_PHASE_IDLE);
	assert_string_equal(pair.client.text, "1 head 200 length 0\n"
					      "1 end end-stream\n"
					      "3 head 304 length 0\n"
					      "3 end end-stream\n");
	h2_pair_done(&pair);
}

static void a_body_both_ways_with_trailers(void **state)
{
	struct h2_pair pair;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	s = h2_ask(&pair, "POST", "/", DUET_LENGTH_UNKNOWN);
	assert_int_equal(h2_give(&pair.client, s, 10000), 10000);
	assert_int_equal(duet_h2_send_end(pair.client.h2, s,
					  DUET_HEADERS({ "X-Sum", "1" }), NULL),
			 DUET_OK);
	h2_run(&pair);
	assert_int_equal(pair.server.body, 10000);
	assert_string_equal(pair.server.text,
			    "1 head POST / a.example length -1\n"
			    "1 end end-stream\n"
			    "1 trailer x-sum: 1\n");
	assert_int_equal(duet_h2_reply(pair.server.h2, s,
				       DUET_HEAD(.status = 103), NULL),
			 DUET_OK);
	h2_answer(&pair, s, 200, DUET_LENGTH_UNKNOWN);
	assert_int_equal(h2_give(&pair.server, s, 20000), 20000);
	assert_int_equal(duet_h2_send_end(pair.server.h2, s,
					  DUET_HEADERS({ "x-sum", "2" }), NULL),
			 DUET_OK);
	h2_run(&pair);
	assert_int_equal(pair.client.body, 20000);
	assert_string_equal(pair.client.text, "1 interim 103 length 0\n"
					      "1 head 200 length -1\n"
					      "1 end end-stream\n"
					      "1 trailer x-sum: 2\n");
	h2_pair_done(&pair);
}

static void a_borrowed_body_is_given_back_when_it_is_in_frames(void **state)
{
	static char text[100000];
	struct duet_bytes body = { text, sizeof(text) };
	struct h2_pair pair;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	s = h2_begin(&pair, 100001);
	assert_int_equal(duet_h2_send_borrowed(pair.server.h2, s, body, NULL),
			 DUET_E_ARGUMENT);
	assert_int_equal(h2_give(&pair.server, s, 1), 1);
	assert_int_equal(duet_h2_send_borrowed(pair.server.h2, s, body, NULL),
			 DUET_OK);
	assert_int_equal(duet_h2_borrowed(pair.server.h2, s), 100000);
	assert_false(duet_h2_is_sent(pair.server.h2, s));
	h2_run(&pair);
	assert_int_equal(duet_h2_borrowed(pair.server.h2, s), 0);
	assert_true(duet_h2_is_sent(pair.server.h2, s));
	assert_int_equal(pair.client.body, 100001);
	assert_string_equal(pair.client.text, "1 head 200 length 100001\n"
					      "1 end end-stream\n");
	h2_pair_done(&pair);
}

static void a_borrowed_body_that_is_wanted_back_is_cut(void **state)
{
	static char text[100000];
	struct duet_bytes body = { text, sizeof(text) };
	struct h2_pair pair;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	s = h2_begin(&pair, 100000);
	assert_int_equal(duet_h2_send_borrowed(pair.server.h2, s, body, NULL),
			 DUET_OK);
	duet_h2_send_abort(pair.server.h2, s);
	assert_int_equal(duet_h2_borrowed(pair.server.h2, s), 0);
	h2_run(&pair);
	assert_non_null(strstr(pair.client.text, "1 aborted reset 0\n"));
	assert_null(strstr(pair.client.text, "1 end"));
	h2_pair_done(&pair);
}

static void streams_do_not_wait_for_each_other(void **state)
{
	struct h2_pair pair;
	uint64_t first;
	uint64_t second;

	(void)state;
	h2_pair_init(&pair, NULL);
	first = h2_ask(&pair, "GET", "/1", 0);
	second = h2_ask(&pair, "GET", "/2", 0);
	h2_run(&pair);
	h2_answer(&pair, first, 200, 100000);
	(void)h2_give(&pair.server, first, 50000); /* and no more, for now */
	h2_answer(&pair, second, 200, 3);
	h2_give_all(&pair.server, second, 3);
	h2_run(&pair);
	assert_non_null(strstr(pair.client.text, "3 end end-stream\n"));
	assert_null(strstr(pair.client.text, "1 end"));
	h2_pair_done(&pair);
}

static void what_is_held_is_missing_in_the_window(void **state)
{
	struct h2_pair pair;
	size_t given;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	pair.server.pulled = 0;
	s = h2_ask(&pair, "PUT", "/", 3 * WINDOW);
	given = h2_give(&pair.client, s, 3 * WINDOW);
	h2_run(&pair);
	given += h2_give(&pair.client, s, 3 * WINDOW - given);
	h2_run(&pair);
	assert_int_equal(pair.server.body, WINDOW);
	duet_h2_release(pair.server.h2, s, WINDOW);
	h2_run(&pair);
	given += h2_give(&pair.client, s, 3 * WINDOW - given);
	h2_run(&pair);
	assert_int_equal(pair.server.body, 2 * WINDOW);
	/* Who takes all of it has no need to say so. */
	pair.server.pulled = SIZE_MAX;
	duet_h2_release(pair.server.h2, s, WINDOW);
	h2_run(&pair);
	while (given < 3 * WINDOW) {
		given += h2_give(&pair.client, s, 3 * WINDOW - given);
		h2_run(&pair);
	}
	h2_finish(&pair.client, s);
	h2_run(&pair);
	assert_int_equal(pair.server.body, 3 * WINDOW);
	assert_non_null(strstr(pair.server.text, "1 end end-stream\n"));
	h2_pair_done(&pair);
}

/* How much the server can send before the client takes a byte of it. */
static size_t fill_window(struct h2_pair *pair, uint64_t s)
{
	size_t before = pair->client.body;
	size_t given;

	pair->client.pulled = 0;
	pair->client.held = 0;
	h2_run(pair);
	do {
		given = h2_give(&pair->server, s, 1 << 20);
		h2_run(pair);
	} while (given > 0);
	return pair->client.body - before;
}

static void a_window_grows_for_who_takes_what_comes(void **state)
{
	static const struct {
		uint32_t given; /* window_bytes of the client */
		size_t windows[5];
	} rows[] = {
		{ 0, { 1 << 20, 2 << 20, 4 << 20, 8 << 20, 8 << 20 } },
		{ 100000, { 100000, 100000, 100000, 100000, 100000 } },
	};
	struct h2_pair pair;
	size_t window;
	uint64_t s;
	size_t i;
	size_t k;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		h2_pair_init(&pair, NULL);
		duet_h2_free(pair.client.h2);
		h2_end_init(&pair.client, DUET_ROLE_CLIENT,
			    DUET_LIMITS(.window_bytes = rows[i].given));
		s = h2_ask(&pair, "GET", "/", 0);
		h2_run(&pair);
		h2_answer(&pair, s, 200, 100 << 20);
		for (k = 0; k < COUNT(rows[i].windows); k++) {
			/* Of what was taken some is told later. */
			window = rows[i].windows[k];
			assert_in_range(fill_window(&pair, s),
					window - window / 8, window + 65536);
			duet_h2_release(pair.client.h2, s, pair.client.held);
		}
		h2_pair_done(&pair);
	}
}

static void a_length_must_be_kept(void **state)
{
	struct h2_pair pair;
	struct duet_error err;
	size_t taken;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	s = h2_begin(&pair, 4);
	assert_int_equal(duet_h2_send_data(pair.server.h2, s, "12345", 5,
					   &taken, &err),
			 DUET_E_ARGUMENT);
	assert_int_equal(duet_h2_send_data(pair.server.h2, s, "123", 3, &taken,
					   &err),
			 DUET_OK);
	assert_int_equal(duet_h2_send_end(pair.server.h2, s, NULL, &err),
			 DUET_E_STATE);
	assert_non_null(strstr(err.text, "1 bytes of content_length"));
	h2_pair_done(&pair);
}

static void an_abort_is_seen_as_a_cut(void **state)
{
	struct h2_pair pair;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	s = h2_begin(&pair, 100);
	(void)h2_give(&pair.server, s, 50);
	h2_run(&pair);
	duet_h2_send_abort(pair.server.h2, s);
	duet_h2_done(pair.server.h2, s);
	h2_run(&pair);
	assert_non_null(strstr(pair.client.text, "1 aborted reset 0\n"));
	assert_non_null(strstr(pair.client.err.text, "INTERNAL_ERROR"));
	/* ... and the connection goes on. */
	s = h2_ask(&pair, "GET", "/", 0);
	h2_run(&pair);
	h2_answer(&pair, s, 204, 0);
	h2_run(&pair);
	assert_non_null(strstr(pair.client.text, "3 end end-stream\n"));
	h2_pair_done(&pair);
}

static void a_cancelled_request_is_told(void **state)
{
	struct h2_pair pair;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	s = h2_begin(&pair, 100);
	h2_run(&pair);
	duet_h2_done(pair.client.h2, s);
	h2_run(&pair);
	assert_non_null(strstr(pair.server.text, "1 cancelled reset\n"));
	assert_non_null(strstr(pair.server.err.text, "CANCEL"));
	assert_int_equal(duet_h2_send_end(pair.server.h2, s, NULL, NULL),
			 DUET_E_GONE);
	h2_pair_done(&pair);
}

static void an_early_answer_stops_the_request(void **state)
{
	struct h2_pair pair;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	s = h2_ask(&pair, "PUT", "/", 1000000);
	(void)h2_give(&pair.client, s, 1000);
	h2_run(&pair);
	h2_answer(&pair, s, 405, 0);
	h2_finish(&pair.server, s);
	h2_run(&pair);
	duet_h2_done(pair.server.h2, s);
	h2_run(&pair);
	assert_string_equal(pair.client.text, "1 head 405 length 0\n"
					      "1 end end-stream\n");
	assert_int_equal(duet_h2_phase(pair.client.h2), DUET_PHASE_IDLE);
	assert_int_equal(duet_h2_phase(pair.server.h2), DUET_PHASE_IDLE);
	h2_pair_done(&pair);
}

static void one_exchange(struct h2_pair *pair)
{
	uint64_t s = h2_ask(pair, "POST", "/", 3000);
	bool answered = false;

	h2_give_all(&pair->client, s, 3000);
	while (h2_turn(pair)) {
		if (answered || strstr(pair->server.text, "end") == NULL)
			continue;
		answered = true;
		h2_answer(pair, s, 200, 2000);
		h2_give_all(&pair->server, s, 2000);
	}
}

static void split_anywhere_it_is_the_same(void **state)
{
	struct h2_pair whole;
	struct h2_pair pair;
	size_t step;

	(void)state;
	h2_pair_init(&whole, NULL);
	one_exchange(&whole);
	for (step = 1; step < 40; step++) {
		h2_pair_init(&pair, NULL);
		pair.step = step;
		one_exchange(&pair);
		assert_string_equal(pair.client.text, whole.client.text);
		assert_string_equal(pair.server.text, whole.server.text);
		assert_int_equal(pair.client.body, 2000);
		assert_int_equal(pair.server.body, 3000);
		h2_pair_done(&pair);
	}
	h2_pair_done(&whole);
}

/* After every byte: END_STREAM has come, or it is cut. */
static void cut_anywhere_it_is_known(void **state)
{
	struct h2_pair pair;
	size_t total;
	size_t at;

	(void)state;
	h2_pair_init(&pair, NULL);
	one_exchange(&pair);
	total = pair.moved;
	h2_pair_done(&pair);
	for (at = 0; at < total; at += 7) {
		h2_pair_init(&pair, NULL);
		pair.left = at;
		one_exchange(&pair);
		duet_h2_recv_end(pair.client.h2, DUET_CUT_FIN);
		(void)h2_pull(&pair.client);
		assert_true(pair.client.closed);
		if (pair.client.body == 2000 &&
		    strstr(pair.client.text, "1 end end-stream") != NULL)
			assert_null(strstr(pair.client.text, "aborted"));
		else
			assert_non_null(
				strstr(pair.client.text, "1 aborted fin 0\n"));
		h2_pair_done(&pair);
	}
}

static void a_half_closed_client_gets_its_reply(void **state)
{
	struct h2_pair pair;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	s = h2_ask(&pair, "GET", "/", 0);
	h2_run(&pair);
	duet_h2_recv_end(pair.server.h2, DUET_CUT_CLOSE_NOTIFY);
	h2_run(&pair);
	assert_false(pair.server.closed);
	h2_answer(&pair, s, 200, 3);
	h2_give_all(&pair.server, s, 3);
	h2_run(&pair);
	assert_non_null(strstr(pair.client.text, "1 end end-stream\n"));
	duet_h2_done(pair.server.h2, s);
	h2_run(&pair);
	assert_non_null(strstr(pair.server.text, "closed close-notify\n"));
	h2_pair_done(&pair);
}

static void a_closed_window_of_a_peer_that_left_is_a_cut(void **state)
{
	struct h2_pair pair;
	uint64_t s;
	size_t given;

	(void)state;
	h2_pair_init(&pair, NULL);
	pair.client.pulled = 0; /* never opens its window again */
	s = h2_begin(&pair, 5000000);
	do {
		given = h2_give(&pair.server, s, 5000000);
		h2_run(&pair);
	} while (given > 0);
	assert_null(strstr(pair.server.text, "cancelled"));
	duet_h2_recv_end(pair.server.h2, DUET_CUT_FIN);
	h2_run(&pair);
	assert_non_null(strstr(pair.server.text, "1 cancelled fin\n"));
	assert_non_null(strstr(pair.server.err.text, "window closed"));
	duet_h2_done(pair.server.h2, s);
	h2_run(&pair);
	assert_true(pair.server.closed);
	h2_pair_done(&pair);
}

static void a_drain_ends_after_what_has_begun(void **state)
{
	struct h2_pair pair;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	s = h2_ask(&pair, "GET", "/", 0);
	h2_run(&pair);
	duet_h2_drain(pair.server.h2);
	h2_run(&pair);
	assert_false(duet_h2_reusable(pair.client.h2));
	assert_false(pair.server.closed);
	h2_answer(&pair, s, 200, 3);
	h2_give_all(&pair.server, s, 3);
	h2_run(&pair);
	assert_non_null(strstr(pair.client.text, "1 end end-stream\n"));
	duet_h2_done(pair.server.h2, s);
	h2_run(&pair);
	assert_true(pair.server.closed);
	assert_true(pair.client.closed);
	h2_pair_done(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_and_its_reply),
		cmocka_unit_test(replies_without_a_body),
		cmocka_unit_test(a_body_both_ways_with_trailers),
		cmocka_unit_test(
			a_borrowed_body_is_given_back_when_it_is_in_frames),
		cmocka_unit_test(a_borrowed_body_that_is_wanted_back_is_cut),
		cmocka_unit_test(streams_do_not_wait_for_each_other),
		cmocka_unit_test(what_is_held_is_missing_in_the_window),
		cmocka_unit_test(a_window_grows_for_who_takes_what_comes),
		cmocka_unit_test(a_length_must_be_kept),
		cmocka_unit_test(an_abort_is_seen_as_a_cut),
		cmocka_unit_test(a_cancelled_request_is_told),
		cmocka_unit_test(an_early_answer_stops_the_request),
		cmocka_unit_test(split_anywhere_it_is_the_same),
		cmocka_unit_test(cut_anywhere_it_is_known),
		cmocka_unit_test(a_half_closed_client_gets_its_reply),
		cmocka_unit_test(a_closed_window_of_a_peer_that_left_is_a_cut),
		cmocka_unit_test(a_drain_ends_after_what_has_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
