/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

static uint64_t body_max;

static void echo(struct duet_exchange *exchange, struct duet_bytes body,
		 void *arg)
{
	(void)arg;
	assert_int_equal(duet_reply(exchange, 200, "text/plain", body.data,
				    body.len),
			 DUET_OK);
}

static void echo_all(struct duet_exchange *exchange, void *arg)
{
	assert_int_equal(duet_body_all(exchange, body_max, echo, arg), DUET_OK);
	assert_int_equal(duet_body_all(exchange, body_max, echo, arg),
			 DUET_E_STATE);
}

static void hands_over_a_whole_body(void **state)
{
	static const struct {
		const char *head;
		const char *body;
		const char *echoed;
	} rows[] = {
		{ "Content-Length: 5\r\n", "hello", "hello" },
		{ "Content-Length: 0\r\n", "", "" },
		{ "", "", "" },
		{ "Transfer-Encoding: chunked\r\n",
		  "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", "abcde" },
		{ "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "" },
	};
	char request[512];
	struct rig rig;
	struct peer peer;
	size_t i;
	size_t k;

	(void)state;
	body_max = 5;
	rig_meet(&rig, false, echo_all, &peer);
	for (i = 0; i < COUNT(rows); i++) {
		(void)snprintf(request, sizeof(request),
			       "POST / HTTP/1.1\r\nHost: x\r\n%s\r\n%s",
			       rows[i].head, rows[i].body);
		peer_send(&rig, &peer, request);
		assert_int_equal(peer_reply(&rig, &peer, rows[i].echoed), 200);
		assert_int_equal(rig.reports[i].facts.received_bytes,
				 strlen(rows[i].echoed));
	}
	/* The same, a byte a segment. */
	for (i = 0; i < COUNT(rows); i++) {
		(void)snprintf(request, sizeof(request),
			       "POST / HTTP/1.1\r\nHost: x\r\n%s\r\n%s",
			       rows[i].head, rows[i].body);
		for (k = 0; k < strlen(request); k++)
			peer_send_bytes(&rig, &peer, request + k, 1);
		assert_int_equal(peer_reply(&rig, &peer, rows[i].echoed), 200);
	}
	assert_int_equal(rig.reports[3].facts.request, DUET_BY_LAST_CHUNK);
	rig_part(&rig, &peer);
}

static void refuses_a_body_past_its_maximum_with_413(void **state)
{
	static const char *const rows[] = {
		"Content-Length: 6\r\n\r\n123456",
		"Transfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n0\r\n\r\n",
		("Transfer-Encoding: chunked\r\n\r\n3\r\n123\r\n3\r\n456\r\n"
		 "0\r\n\r\n"),
	};
	char request[512];
	struct rig rig;
	struct peer peer;
	size_t i;

	(void)state;
	body_max = 5;
	rig_start(&rig, false, echo_all);
	for (i = 0; i < COUNT(rows); i++) {
		peer_open(&rig, &peer);
		(void)snprintf(request, sizeof(request),
			       "POST / HTTP/1.1\r\nHost: x\r\n%s", rows[i]);
		peer_send(&rig, &peer, request);
		assert_int_equal(peer_reply(&rig, &peer, NULL), 413);
		rig_await_reports(&rig, i + 1);
		assert_int_equal(rig.reports[i].facts.status, 413);
		assert_int_equal(rig.reports[i].code, DUET_E_LIMIT);
		peer_done(&peer);
	}
	rig_done(&rig);
}

static void asks_for_a_body_that_waits_to_be_asked_for(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	body_max = 5;
	rig_meet(&rig, false, echo_all, &peer);
	peer_send(&rig, &peer,
		  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
		  "Expect: 100-continue\r\n\r\n");
	peer_await(&rig, &peer, "HTTP/1.1 100 Continue\r\n\r\n");
	duet_buf_reset(&peer.in);
	peer_send(&rig, &peer, "hello");
	assert_int_equal(peer_reply(&rig, &peer, "hello"), 200);
	rig_part(&rig, &peer);
}

static void refuses_a_body_that_waits_to_be_asked_for(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	body_max = 4;
	rig_meet(&rig, false, echo_all, &peer);
	peer_send(&rig, &peer,
		  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
		  "Expect: 100-continue\r\n\r\n");
	peer_await(&rig, &peer, "HTTP/1.1 413 ");
	assert_null(strstr(peer_text(&peer), "100 Continue"));
	/* Nobody knows whether it will be sent: the connection is spent. */
	assert_non_null(strstr(peer_text(&peer), "Connection: close\r\n"));
	peer_await_end(&rig, &peer);
	rig_part(&rig, &peer);
}

/* A taker that takes little, or pauses. */
static struct taker {
	size_t each;     /* at most so many a call; 0: all */
	size_t pause_at; /* takes no more than that until it is opened */
	bool open;
	size_t taken;
	int ends;
	uint32_t sum;
	struct duet_exchange *exchange;
} taker;

static size_t take_part(struct duet_exchange *exchange, struct duet_bytes part,
			bool end, void *arg)
{
	const uint8_t *bytes = part.data;
	char text[64];
	size_t n = part.len;
	size_t i;

	(void)arg;
	if (end) {
		taker.ends++;
		assert_int_equal(part.len, 0);
		(void)snprintf(text, sizeof(text), "%zu %u", taker.taken,
			       taker.sum);
		assert_int_equal(duet_reply_text(exchange, 200, text), DUET_OK);
		return 0;
	}
	assert_true(part.len > 0);
	if (taker.each > 0 && n > taker.each)
		n = taker.each;
	if (!taker.open && taker.pause_at > 0 &&
	    taker.taken + n > taker.pause_at)
		n = taker.pause_at - taker.taken;
	for (i = 0; i < n; i++)
		taker.sum = taker.sum * 31 + bytes[i];
	taker.taken += n;
	if (taker.each > 0)
		duet_body_resume(exchange);
	return n;
}

static void take_parts(struct duet_exchange *exchange, void *arg)
{
	taker.exchange = exchange;
	assert_int_equal(duet_body_stream(exchange, take_part, arg), DUET_OK);
}

enum {
	UPLOAD = 8 * 1024 * 1024,
};
static char upload[UPLOAD];

static uint32_t fill_upload(size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		upload[i] = (char)(i * 13 + i / 255);
		sum = sum * 31 + (uint8_t)upload[i];
	}
	return sum;
}

static void streams_a_body_that_is_taken_in_small_parts(void **state)
{
	struct rig rig;
	struct peer peer;
	char reply[64];
	uint32_t sum = fill_upload(50000);

	(void)state;
	taker = (struct taker){ .each = 1000 };
	rig_meet(&rig, true, take_parts, &peer);
	peer_send(&rig, &peer,
		  "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n");
	peer_send_bytes(&rig, &peer, upload, 50000);
	(void)snprintf(reply, sizeof(reply), "50000 %u", sum);
	assert_int_equal(peer_reply(&rig, &peer, reply), 200);
	assert_int_equal(taker.ends, 1);
	rig_part(&rig, &peer);
}

static void a_taker_that_pauses_pauses_the_peer(bool tls)
{
	struct rig rig;
	struct peer peer;
	char reply[64];
	uint32_t sum = fill_upload(UPLOAD);
	size_t sent = 0;
	size_t before;
	int i;

	taker = (struct taker){ .pause_at = 100000 };
	rig_meet(&rig, tls, take_parts, &peer);
	(void)snprintf(reply, sizeof(reply),
		       "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n",
		       UPLOAD);
	peer_send(&rig, &peer, reply);
	do {
		before = sent;
		for (i = 0; i < 10; i++) {
			sent += peer_try_send(&peer, upload + sent,
					      UPLOAD - sent);
			rig_step(&rig);
		}
	} while (sent != before);
	assert_int_equal(taker.taken, 100000);
	assert_true(sent < UPLOAD);
	taker.open = true;
	duet_body_resume(taker.exchange);
	peer_send_bytes(&rig, &peer, upload + sent, UPLOAD - sent);
	(void)snprintf(reply, sizeof(reply), "%d %u", UPLOAD, sum);
	assert_int_equal(peer_reply(&rig, &peer, reply), 200);
	assert_int_equal(taker.ends, 1);
	assert_int_equal(rig.reports[0].facts.received_bytes, UPLOAD);
	rig_part(&rig, &peer);
}

static void a_pause_reaches_the_peer_in_the_clear(void **state)
{
	(void)state;
	a_taker_that_pauses_pauses_the_peer(false);
}

static void a_pause_reaches_the_peer_by_tls(void **state)
{
	(void)state;
	a_taker_that_pauses_pauses_the_peer(true);
}

static void ask_later(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	duet_exchange_defer(exchange, NULL, NULL);
}

static void a_body_may_be_asked_for_after_a_defer(void **state)
{
	static const char *const rows[] = {
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
	};
	struct rig rig;
	struct peer peer;
	size_t i;
	int k;

	(void)state;
	rig_meet(&rig, false, ask_later, &peer);
	for (i = 0; i < COUNT(rows); i++) {
		peer_send(&rig, &peer, rows[i]);
		for (k = 0; k < 5; k++)
			rig_step(&rig);
		assert_int_equal(duet_body_all(rig.exchange, 100, echo, NULL),
				 DUET_OK);
		assert_int_equal(peer_reply(&rig, &peer, i == 0 ? "hello" : ""),
				 200);
	}
	rig_part(&rig, &peer);
}

static void forget(struct duet_exchange *exchange, struct duet_bytes body,
		   void *arg)
{
	(void)exchange;
	(void)body;
	(void)arg;
}

static void ask_and_forget(struct duet_exchange *exchange, void *arg)
{
	assert_int_equal(duet_body_all(exchange, 100, forget, arg), DUET_OK);
}

static void a_taker_that_forgets_to_reply_gives_500(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_meet(&rig, false, ask_and_forget, &peer);
	peer_send(&rig, &peer,
		  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
	assert_int_equal(peer_reply(&rig, &peer, NULL), 500);
	assert_int_equal(rig.reports[0].code, DUET_E_STATE);
	rig_part(&rig, &peer);
}

static void never(struct duet_exchange *exchange, struct duet_bytes body,
		  void *arg)
{
	(void)exchange;
	(void)body;
	(void)arg;
	fail_msg("called with half a body");
}

static void count_gone(struct duet_exchange *exchange, void *arg)
{
	struct rig *rig = arg;

	rig->gone++;
	assert_int_equal(duet_reply_text(exchange, 200, "late"), DUET_E_GONE);
}

static void ask_and_defer(struct duet_exchange *exchange, void *arg)
{
	assert_int_equal(duet_body_all(exchange, 100, never, arg), DUET_OK);
	duet_exchange_defer(exchange, count_gone, arg);
}

static void a_cut_body_calls_nothing_but_on_gone(bool tls)
{
	struct rig rig;
	struct peer peer;

	rig_meet(&rig, tls, ask_and_defer, &peer);
	peer_send(&rig, &peer,
		  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhi");
	rig_await_calls(&rig, 1);
	peer_fin(&peer);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.gone, 1);
	assert_int_equal(rig.reports[0].facts.status, 400);
	assert_int_equal(rig.reports[0].facts.request, DUET_BY_NONE);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_FIN);
	assert_int_equal(rig.reports[0].facts.cut_by, DUET_SIDE_PEER);
	assert_int_equal(rig.reports[0].facts.received_bytes, 2);
	assert_int_not_equal(rig.reports[0].code, 0);
	rig_await_connections(&rig, 0);
	rig_part(&rig, &peer);
}

static void a_body_cut_in_the_clear_is_told_of(void **state)
{
	(void)state;
	a_cut_body_calls_nothing_but_on_gone(false);
}

static void a_body_cut_in_tls_is_told_of(void **state)
{
	(void)state;
	a_cut_body_calls_nothing_but_on_gone(true);
}

static void a_broken_body_is_answered_with_400(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_meet(&rig, false, ask_and_defer, &peer);
	peer_send(&rig, &peer,
		  "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
		  "\r\nxyz\r\n");
	assert_int_equal(peer_reply(&rig, &peer, NULL), 400);
	peer_await_end(&rig, &peer);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.gone, 1);
	assert_int_equal(rig.reports[0].facts.status, 400);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_PROTOCOL);
	assert_int_equal(rig.reports[0].facts.cut_by, DUET_SIDE_PEER);
	rig_part(&rig, &peer);
}

/* An echo: the reply is made from the body while it comes. */
static struct pipe_state {
	char bytes[4096];
	size_t len;
	bool ended;
	int finished;
} echo_pipe;

static size_t pour_in(struct duet_exchange *exchange, struct duet_bytes part,
		      bool end, void *arg)
{
	size_t room = sizeof(echo_pipe.bytes) - echo_pipe.len;
	size_t n = part.len < room ? part.len : room;

	(void)arg;
	echo_pipe.ended = end;
	if (n > 0)
		memcpy(echo_pipe.bytes + echo_pipe.len, part.data, n);
	echo_pipe.len += n;
	duet_reply_resume(exchange);
	return n;
}

static int pour_out(struct duet_exchange *exchange, void *buf, size_t cap,
		    size_t *n, void *arg)
{
	(void)arg;
	*n = echo_pipe.len < cap ? echo_pipe.len : cap;
	if (*n > 0)
		memcpy(buf, echo_pipe.bytes, *n);
	echo_pipe.len -= *n;
	memmove(echo_pipe.bytes, echo_pipe.bytes + *n, echo_pipe.len);
	duet_body_resume(exchange);
	if (*n > 0)
		return DUET_OK;
	return echo_pipe.ended ? DUET_EOF : DUET_PAUSE;
}

static void pipe_finished(void *arg)
{
	(void)arg;
	echo_pipe.finished++;
}

static void pipe_through(struct duet_exchange *exchange, void *arg)
{
	assert_int_equal(duet_body_stream(exchange, pour_in, arg), DUET_OK);
	assert_int_equal(duet_reply_stream(exchange, 200, NULL,
					   duet_exchange_head(exchange)
						   ->content_length,
					   pour_out, pipe_finished, arg),
			 DUET_OK);
}

static void a_reply_may_be_made_from_the_body_while_it_comes(void **state)
{
	struct rig rig;
	struct peer peer;
	size_t head;

	(void)state;
	(void)fill_upload(300000);
	memset(&echo_pipe, 0, sizeof(echo_pipe));
	rig_meet(&rig, true, pipe_through, &peer);
	peer_send(&rig, &peer,
		  "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n");
	peer_await(&rig, &peer, "\r\n\r\n");
	peer_send_bytes(&rig, &peer, upload, 300000);
	head = (size_t)(strstr(peer_text(&peer), "\r\n\r\n") + 4 -
			peer_text(&peer));
	peer_await_bytes(&rig, &peer, head + 300000);
	assert_memory_equal(peer_text(&peer) + head, upload, 300000);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_NONE);
	assert_int_equal(echo_pipe.finished, 1);
	rig_part(&rig, &peer);
}

static void a_reply_made_from_a_cut_body_is_cut(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	memset(&echo_pipe, 0, sizeof(echo_pipe));
	rig_meet(&rig, true, pipe_through, &peer);
	peer_send(&rig, &peer,
		  "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\nabc");
	peer_await(&rig, &peer, "\r\n\r\nabc");
	peer_fin(&peer);
	peer_await_end(&rig, &peer);
	assert_false(peer.notify);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.reply, DUET_BY_NONE);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_FIN);
	assert_int_equal(echo_pipe.finished, 1);
	rig_part(&rig, &peer);
}

/* A reply that is over before the body it was to be made from. */
static size_t hold(struct duet_exchange *exchange, struct duet_bytes part,
		   bool end, void *arg)
{
	struct rig *rig = arg;

	(void)exchange;
	(void)part;
	(void)end;
	rig->gone += echo_pipe.finished > 0; /* too late */
	return 0;
}

static int nothing(struct duet_exchange *exchange, void *buf, size_t cap,
		   size_t *n, void *arg)
{
	(void)exchange;
	(void)buf;
	(void)cap;
	(void)arg;
	*n = 0;
	return DUET_EOF;
}

static void hold_and_end(struct duet_exchange *exchange, void *arg)
{
	assert_int_equal(duet_body_stream(exchange, hold, arg), DUET_OK);
	assert_int_equal(duet_reply_stream(exchange, 200, NULL,
					   DUET_LENGTH_UNKNOWN, nothing,
					   pipe_finished, arg),
			 DUET_OK);
}

static void a_body_is_nobodys_once_its_reply_is_over(void **state)
{
	static const struct {
		const char *length;
		bool kept;
		bool at_once; /* all of it is in the engine */
	} rows[] = { { "1000", true, false },
		     { "1000", true, true },
		     { "100000", false, false } };
	char request[128];
	struct rig rig;
	struct peer peer;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		memset(&echo_pipe, 0, sizeof(echo_pipe));
		rig_meet(&rig, true, hold_and_end, &peer);
		(void)snprintf(request, sizeof(request),
			       "PUT / HTTP/1.1\r\nHost: x\r\n"
			       "Content-Length: %s\r\n\r\nabc",
			       rows[i].length);
		peer_send(&rig, &peer, request);
		if (rows[i].at_once)
			peer_send_bytes(&rig, &peer, upload, 997);
		peer_await(&rig, &peer, "\r\n0\r\n\r\n");
		if (!rows[i].kept)
			peer_await_end(&rig, &peer);
		else if (!rows[i].at_once)
			peer_send_bytes(&rig, &peer, upload, 997);
		rig_await_reports(&rig, 1);
		assert_int_equal(rig.reports[0].facts.reply,
				 DUET_BY_LAST_CHUNK);
		assert_int_equal(rig.reports[0].facts.request,
				 rows[i].kept ? DUET_BY_LENGTH : DUET_BY_NONE);
		assert_int_equal(echo_pipe.finished, 1);
		assert_int_equal(rig.gone, 0);
		peer_fin(&peer);
		rig_await_connections(&rig, 0);
		rig_part(&rig, &peer);
	}
}

static size_t take_and_abort(struct duet_exchange *exchange,
			     struct duet_bytes part, bool end, void *arg)
{
	struct rig *rig = arg;

	(void)end;
	assert_int_equal(rig->gone, 0); /* never again */
	rig->gone = 1;
	duet_exchange_abort(exchange);
	return part.len;
}

static void stream_to_abort(struct duet_exchange *exchange, void *arg)
{
	assert_int_equal(duet_body_stream(exchange, take_and_abort, arg),
			 DUET_OK);
}

static void a_body_is_nobodys_after_an_abort(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_meet(&rig, true, stream_to_abort, &peer);
	peer_send(&rig, &peer,
		  "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
		  "\r\n3\r\nabc\r\n3\r\nabc\r\n0\r\n\r\n");
	peer_await_end(&rig, &peer);
	assert_false(peer.notify);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.gone, 1);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_LOCAL);
	rig_part(&rig, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hands_over_a_whole_body),
		cmocka_unit_test(refuses_a_body_past_its_maximum_with_413),
		cmocka_unit_test(asks_for_a_body_that_waits_to_be_asked_for),
		cmocka_unit_test(refuses_a_body_that_waits_to_be_asked_for),
		cmocka_unit_test(streams_a_body_that_is_taken_in_small_parts),
		cmocka_unit_test(a_pause_reaches_the_peer_in_the_clear),
		cmocka_unit_test(a_pause_reaches_the_peer_by_tls),
		cmocka_unit_test(a_body_may_be_asked_for_after_a_defer),
		cmocka_unit_test(a_taker_that_forgets_to_reply_gives_500),
		cmocka_unit_test(a_body_cut_in_the_clear_is_told_of),
		cmocka_unit_test(a_body_cut_in_tls_is_told_of),
		cmocka_unit_test(a_broken_body_is_answered_with_400),
		cmocka_unit_test(
			a_reply_may_be_made_from_the_body_while_it_comes),
		cmocka_unit_test(a_reply_made_from_a_cut_body_is_cut),
		cmocka_unit_test(a_body_is_nobodys_once_its_reply_is_over),
		cmocka_unit_test(a_body_is_nobodys_after_an_abort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
