/* SPDX-License-Identifier: MIT */
/* Where streams meet each other, and frames that come late. */
#include <string.h>

#include "support/h2_pair.h"

static struct duet_room lend(struct h2_pair *pair, uint64_t stream)
{
	struct duet_room room = { NULL, 0 };

	assert_int_equal(duet_h2_send_room(pair->server.h2, stream, &room,
					   NULL),
			 DUET_OK);
	assert_true(room.len > 0);
	return room;
}

static void a_loan_is_its_streams_own(void **state)
{
	struct h2_pair pair;
	struct duet_room room;
	uint64_t one;
	uint64_t other;
	size_t taken;

	(void)state;
	h2_pair_init(&pair, NULL);
	one = h2_begin(&pair, 5);
	other = h2_begin(&pair, DUET_LENGTH_UNKNOWN);
	room = lend(&pair, one);
	memcpy(room.data, "first", 5);
	/* Whoever fills it may answer somebody else meanwhile. */
	assert_int_equal(duet_h2_send_data(pair.server.h2, other, "x", 1,
					   &taken, NULL),
			 DUET_OK);
	(void)lend(&pair, other);
	h2_finish(&pair.server, other);
	duet_h2_send_filled(pair.server.h2, one, 5);
	h2_finish(&pair.server, one);
	h2_run(&pair);
	assert_int_equal(pair.client.body, 6);
	assert_non_null(strstr(pair.client.text, "1 end end-stream"));
	assert_non_null(strstr(pair.client.text, "3 end end-stream"));
	h2_pair_done(&pair);
}

static void what_is_sent_while_room_is_lent_is_sent_once(void **state)
{
	struct h2_pair pair;
	struct duet_room room;
	size_t taken;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	s = h2_begin(&pair, 15);
	assert_int_equal(duet_h2_send_data(pair.server.h2, s, "0123456789", 10,
					   &taken, NULL),
			 DUET_OK);
	room = lend(&pair, s);
	memcpy(room.data, "ABCDE", 5);
	h2_run(&pair);
	duet_h2_send_filled(pair.server.h2, s, 5);
	h2_finish(&pair.server, s);
	h2_run(&pair);
	assert_int_equal(pair.client.body, 15);
	assert_memory_equal(pair.client.data, "0123456789ABCDE", 15);
	h2_pair_done(&pair);
}

static void fields_fit_the_version(void **state)
{
	struct h2_pair pair;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	s = h2_ask(&pair, "GET", "/", 0);
	h2_run(&pair);
	assert_int_equal(duet_h2_reply(pair.server.h2, s,
				       DUET_HEAD(.status = 426,
						 .headers =
							 DUET_HEADERS({ "Upgrade",
									"x/1" },
								      { "X",
									" v " })),
				       NULL),
			 DUET_OK);
	h2_run(&pair);
	assert_non_null(strstr(pair.client.text, "1 end end-stream"));
	h2_pair_done(&pair);
}

static void trailers_are_read_strictly(void **state)
{
	/* The engine does not send such ones: a head of another stream's, by
	 * hand, as HPACK without an index. */
	static const char trailers[] = "\0\0\14\1\5\0\0\0\1"
				       "\0\4host\5other";
	struct h2_pair pair;
	struct duet_room room;

	(void)state;
	h2_pair_init(&pair, NULL);
	(void)h2_ask(&pair, "POST", "/", DUET_LENGTH_UNKNOWN);
	h2_run(&pair);
	assert_int_equal(duet_h2_recv_room(pair.server.h2, &room), DUET_OK);
	memcpy(room.data, trailers, sizeof(trailers) - 1);
	duet_h2_recv_done(pair.server.h2, sizeof(trailers) - 1);
	(void)h2_pull(&pair.server);
	assert_non_null(strstr(pair.server.text, "1 aborted protocol 400\n"));
	assert_non_null(strstr(pair.server.err.text, "'host'"));
	h2_pair_done(&pair);
}

static void at(struct h2_pair *pair, int64_t now_ms)
{
	duet_h2_now(pair->client.h2, now_ms);
	duet_h2_now(pair->server.h2, now_ms);
	h2_run(pair);
}

/* Its window is used up to the byte, then the end is due. */
static uint64_t end_without_a_window(struct h2_pair *pair)
{
	size_t given;
	size_t total = 0;
	uint64_t s;

	pair->client.pulled = 0;
	s = h2_begin(pair, DUET_LENGTH_UNKNOWN);
	do {
		given = h2_give(&pair->server, s, (1 << 20) - total);
		total += given;
		h2_run(pair);
	} while (given > 0);
	assert_int_equal(pair->client.body, 1 << 20);
	h2_finish(&pair->server, s);
	return s;
}

static void an_end_without_a_window_has_its_time(void **state)
{
	struct h2_pair pair;

	(void)state;
	h2_pair_init(&pair, NULL);
	(void)end_without_a_window(&pair);
	at(&pair, 1000);
	if (strstr(pair.client.text, "1 end") != NULL)
		skip(); /* this nghttp2 sends it all the same */
	at(&pair, 61000);
	assert_non_null(strstr(pair.server.text, "1 cancelled timeout\n"));
	h2_pair_done(&pair);
}

static void an_end_without_a_window_goes_with_its_peer(void **state)
{
	struct h2_pair pair;

	(void)state;
	h2_pair_init(&pair, NULL);
	(void)end_without_a_window(&pair);
	h2_run(&pair);
	if (strstr(pair.client.text, "1 end") != NULL)
		skip();
	duet_h2_recv_end(pair.server.h2, DUET_CUT_CLOSE_NOTIFY);
	h2_run(&pair);
	assert_non_null(strstr(pair.server.text, "1 cancelled close-notify\n"));
	h2_pair_done(&pair);
}

static void trailers_of_a_stream_that_was_reset_hurt_nobody(void **state)
{
	struct h2_pair pair;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	s = h2_ask(&pair, "POST", "/", DUET_LENGTH_UNKNOWN);
	h2_run(&pair);
	h2_answer(&pair, s, 200, 0);
	h2_finish(&pair.server, s);
	h2_run(&pair);
	/* They are on their way while the reset is. */
	assert_int_equal(duet_h2_send_end(pair.client.h2, s,
					  DUET_HEADERS({ "x-sum", "1" }), NULL),
			 DUET_OK);
	duet_h2_done(pair.server.h2, s);
	(void)duet_h2_send_bytes(pair.server.h2);
	(void)h2_move(&pair, &pair.client, &pair.server);
	(void)h2_pull(&pair.server);
	assert_int_not_equal(duet_h2_phase(pair.server.h2), DUET_PHASE_IN_HEAD);
	h2_pair_done(&pair);
}

/* A GET of / by hand. */
static void feed_get(struct h2_end *end, unsigned char stream)
{
	unsigned char frame[] = { 0, 0,    6,    1,    5,    0, 0,  0,
				  0, 0x82, 0x87, 0x84, 0x41, 1, 'a' };
	struct duet_room room;

	frame[8] = stream;
	assert_int_equal(duet_h2_recv_room(end->h2, &room), DUET_OK);
	if (room.len < sizeof(frame))
		return;
	memcpy(room.data, frame, sizeof(frame));
	duet_h2_recv_done(end->h2, sizeof(frame));
	(void)h2_pull(end);
}

static void who_does_not_answer_a_ping_may_not_go_on(void **state)
{
	struct h2_pair pair;
	struct h2_end *server = &pair.server;
	unsigned char stream;
	int answered = 0;

	(void)state;
	h2_pair_init(&pair, DUET_LIMITS(.requests = 5, .streams = 3));
	h2_run(&pair);
	for (stream = 1; stream < 100; stream += 2) {
		server->stream = 0;
		feed_get(server, stream);
		if (server->stream != stream)
			continue;
		answered++;
		h2_answer(&pair, stream, 204, 0);
		h2_finish(server, stream);
		duet_h2_done(server->h2, stream);
		duet_h2_send_done(server->h2,
				  duet_h2_send_bytes(server->h2).len);
		(void)h2_pull(server);
	}
	assert_in_range(answered, 5, 8);
	h2_pair_done(&pair);
}

static void an_upload_that_nobody_reads_cuts_no_answer(void **state)
{
	struct h2_pair pair;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	pair.server.pulled = 0;
	at(&pair, 0);
	s = h2_ask(&pair, "PUT", "/", 1000000);
	(void)h2_give(&pair.client, s, 1000000);
	at(&pair, 0);
	(void)h2_give(&pair.client, s, 1000000);
	at(&pair, 0);
	h2_answer(&pair, s, 200, 1000);
	(void)h2_give(&pair.server, s, 10);
	at(&pair, 10);
	at(&pair, 19000);
	(void)h2_give(&pair.server, s, 10);
	at(&pair, 70000);
	assert_null(strstr(pair.client.err.text, "send_ms"));
	h2_pair_done(&pair);
}

static void an_interim_answer_buys_time(void **state)
{
	struct h2_pair pair;
	int64_t now;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	at(&pair, 0);
	s = h2_ask(&pair, "GET", "/", 0);
	for (now = 0; now < 1000000; now += 200000) {
		at(&pair, now);
		assert_int_equal(duet_h2_reply(pair.server.h2, s,
					       DUET_HEAD(.status = 102), NULL),
				 DUET_OK);
		at(&pair, now);
	}
	assert_null(strstr(pair.client.text, "aborted"));
	at(&pair, now + 300000);
	assert_non_null(strstr(pair.client.text, "1 aborted timeout 0\n"));
	h2_pair_done(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_loan_is_its_streams_own),
		cmocka_unit_test(what_is_sent_while_room_is_lent_is_sent_once),
		cmocka_unit_test(fields_fit_the_version),
		cmocka_unit_test(trailers_are_read_strictly),
		cmocka_unit_test(an_end_without_a_window_has_its_time),
		cmocka_unit_test(an_end_without_a_window_goes_with_its_peer),
		cmocka_unit_test(
			trailers_of_a_stream_that_was_reset_hurt_nobody),
		cmocka_unit_test(who_does_not_answer_a_ping_may_not_go_on),
		cmocka_unit_test(an_upload_that_nobody_reads_cuts_no_answer),
		cmocka_unit_test(an_interim_answer_buys_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
