/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "rig.h"
#include "server/handler.h"

enum {
	FILE_BYTES = 16 * 1024 * 1024 + 17,
};
static char content[FILE_BYTES];

static int make_file(void)
{
	int fd = memfd_create("served", MFD_CLOEXEC);
	size_t i;

	assert_true(fd >= 0);
	for (i = 0; i < FILE_BYTES; i++)
		content[i] = (char)(i * 31 + i / 257);
	assert_int_equal(write(fd, content, FILE_BYTES), FILE_BYTES);
	return fd;
}

static int served = -1; /* the file that serve_file() gives */
static int64_t served_from;
static int64_t served_len;

static void serve_file(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	assert_int_equal(duet_reply_file(exchange, 200, "image/png",
					 dup(served), served_from, served_len),
			 DUET_OK);
}

static void get(struct rig *rig, struct peer *peer)
{
	peer_send(rig, peer, "GET /file HTTP/1.1\r\nHost: x\r\n\r\n");
}

static size_t head_len(struct peer *peer)
{
	const char *text = peer_text(peer);

	return (size_t)(strstr(text, "\r\n\r\n") + 4 - text);
}

static void sends_a_slice_of_a_file(bool tls)
{
	struct rig rig;
	struct peer peer;

	served = make_file();
	served_from = 5;
	served_len = FILE_BYTES - 9;
	rig_meet(&rig, tls, serve_file, &peer);
	get(&rig, &peer);
	peer_await(&rig, &peer, "\r\n\r\n");
	peer_await_bytes(&rig, &peer, head_len(&peer) + FILE_BYTES - 9);
	assert_memory_equal(peer_text(&peer) + head_len(&peer), content + 5,
			    FILE_BYTES - 9);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.sent_bytes, FILE_BYTES - 9);
	assert_int_equal(rig.reports[0].facts.reply, DUET_BY_LENGTH);
	/* The connection goes on. */
	duet_buf_reset(&peer.in);
	served_len = 3;
	get(&rig, &peer);
	peer_await_bytes(&rig, &peer, 3);
	assert_int_equal(peer_reply(&rig, &peer, NULL), 200);
	rig_part(&rig, &peer);
	(void)close(served);
}

static void sends_a_slice_of_a_file_in_the_clear(void **state)
{
	(void)state;
	sends_a_slice_of_a_file(false);
}

static void sends_a_slice_of_a_file_by_tls(void **state)
{
	(void)state;
	sends_a_slice_of_a_file(true);
}

static void a_file_that_shrinks_cuts_the_reply(bool tls)
{
	struct rig rig;
	struct peer peer;

	served = make_file();
	served_from = 0;
	served_len = FILE_BYTES;
	rig_meet(&rig, tls, serve_file, &peer);
	peer.deaf = true; /* so that it cannot all be under way */
	get(&rig, &peer);
	rig_await_calls(&rig, 1);
	assert_int_equal(ftruncate(served, 1000), 0);
	peer.deaf = false;
	peer_await_end(&rig, &peer);
	assert_int_equal(peer.failure, ECONNRESET);
	assert_false(peer.notify);
	assert_true(duet_buf_len(&peer.in) < FILE_BYTES);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.status, 200);
	assert_int_equal(rig.reports[0].facts.reply, DUET_BY_NONE);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_LOCAL);
	assert_int_equal(rig.reports[0].facts.cut_by, DUET_SIDE_US);
	assert_int_equal(rig.reports[0].code, DUET_E_TRUNCATED);
	assert_non_null(strstr(rig.reports[0].text,
			       "the file shrank while it was sent"));
	assert_true(rig.reports[0].facts.sent_bytes < FILE_BYTES);
	rig_await_connections(&rig, 0);
	rig_part(&rig, &peer);
	(void)close(served);
}

static void a_file_that_shrinks_is_cut_in_the_clear(void **state)
{
	(void)state;
	a_file_that_shrinks_cuts_the_reply(false);
}

static void a_file_that_shrinks_is_cut_by_tls(void **state)
{
	(void)state;
	a_file_that_shrinks_cuts_the_reply(true);
}

static void an_unreadable_file_cuts_the_reply_in_words(void **state)
{
	struct rig rig;
	struct peer peer;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	served = fds[0]; /* pread(2) refuses it */
	served_from = 0;
	served_len = 10;
	rig_meet(&rig, false, serve_file, &peer);
	get(&rig, &peer);
	peer_await_end(&rig, &peer);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].code, DUET_E_SYSTEM);
	assert_non_null(strstr(rig.reports[0].text, "0 of 10 bytes"));
	rig_part(&rig, &peer);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* A producer that follows a script. */
struct script {
	size_t given; /* bytes so far */
	size_t total; /* then DUET_EOF, or ... */
	int end;
	size_t step;     /* at most so many a call; 0: as many as fit */
	size_t pause_at; /* once; 0: never */
	bool paused;
	int finished;
	size_t largest_room;
	int64_t length;
	struct duet_exchange *exchange;
};
static struct script script;

static void finish_script(void *arg)
{
	struct script *s = arg;

	s->finished++;
}

static int follow_script(struct duet_exchange *exchange, void *buf, size_t cap,
			 size_t *n, void *arg)
{
	struct script *s = arg;
	size_t want = s->total - s->given;

	assert_int_equal(s->finished, 0);
	assert_ptr_equal(exchange, s->exchange);
	if (cap > s->largest_room)
		s->largest_room = cap;
	if (s->pause_at > 0 && s->given >= s->pause_at && !s->paused) {
		s->paused = true;
		return DUET_PAUSE;
	}
	if (want > cap)
		want = cap;
	if (s->step > 0 && want > s->step)
		want = s->step;
	memset(buf, 'a' + (int)(s->given % 26), want);
	s->given += want;
	*n = want;
	return s->given == s->total ? s->end : DUET_OK;
}

static void serve_script(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	script.exchange = exchange;
	assert_int_equal(duet_reply_stream(exchange, 200, "text/plain",
					   script.length, follow_script,
					   finish_script, &script),
			 DUET_OK);
}

static void streams_in_chunks_with_a_last_one(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	script = (struct script){ .total = 6,
				  .step = 3,
				  .end = DUET_EOF,
				  .length = DUET_LENGTH_UNKNOWN };
	rig_meet(&rig, false, serve_script, &peer);
	get(&rig, &peer);
	peer_await(&rig, &peer, "0\r\n\r\n");
	assert_non_null(
		strstr(peer_text(&peer), "Transfer-Encoding: chunked\r\n"));
	assert_int_equal(script.finished, 1);
	assert_int_equal(rig.reports[0].facts.reply, DUET_BY_LAST_CHUNK);
	assert_int_equal(rig.reports[0].facts.sent_bytes, 6);
	rig_part(&rig, &peer);
}

static void streams_to_http_1_0_until_the_close(bool tls)
{
	struct rig rig;
	struct peer peer;

	script = (struct script){ .total = 5,
				  .end = DUET_EOF,
				  .length = DUET_LENGTH_UNKNOWN };
	rig_meet(&rig, tls, serve_script, &peer);
	peer_send(&rig, &peer, "GET / HTTP/1.0\r\n\r\n");
	peer_await_end(&rig, &peer);
	assert_int_equal(peer.failure, 0);
	assert_int_equal(peer.notify, tls);
	assert_string_equal(strstr(peer_text(&peer), "\r\n\r\n") + 4, "aaaaa");
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.reply,
			 tls ? DUET_BY_CLOSE_NOTIFY : DUET_BY_FIN);
	rig_part(&rig, &peer);
}

static void streams_to_http_1_0_in_the_clear(void **state)
{
	(void)state;
	streams_to_http_1_0_until_the_close(false);
}

static void streams_to_http_1_0_by_tls(void **state)
{
	(void)state;
	streams_to_http_1_0_until_the_close(true);
}

static void asks_a_producer_only_when_there_is_room(void **state)
{
	struct rig rig;
	struct peer peer;
	size_t before;
	int i;

	(void)state;
	script = (struct script){ .total = 64 * 1024 * 1024,
				  .end = DUET_EOF,
				  .length = 64 * 1024 * 1024 };
	rig_meet(&rig, true, serve_script, &peer);
	peer.deaf = true;
	get(&rig, &peer);
	rig_await_calls(&rig, 1);
	do {
		before = script.given;
		for (i = 0; i < 10; i++)
			rig_step(&rig);
	} while (script.given != before);
	/* What a socket holds, and a buffer; not the reply. */
	assert_true(script.given < 32 * 1024 * 1024);
	peer.deaf = false;
	peer_await_bytes(&rig, &peer, 64 * 1024 * 1024);
	rig_await_reports(&rig, 1);
	assert_int_equal(script.finished, 1);
	assert_true(script.largest_room <= 256 * 1024);
	assert_int_equal(rig.reports[0].facts.sent_bytes, 64 * 1024 * 1024);
	rig_part(&rig, &peer);
}

static void a_producer_that_pauses_is_asked_again_when_resumed(void **state)
{
	struct rig rig;
	struct peer peer;
	int i;

	(void)state;
	script = (struct script){ .total = 10,
				  .step = 5,
				  .pause_at = 5,
				  .end = DUET_EOF,
				  .length = DUET_LENGTH_UNKNOWN };
	rig_meet(&rig, false, serve_script, &peer);
	get(&rig, &peer);
	peer_await(&rig, &peer, "aaaaa");
	for (i = 0; i < 5; i++)
		rig_step(&rig);
	assert_int_equal(script.given, 5);
	duet_reply_resume(script.exchange);
	assert_int_equal(duet_server_wait_ms(rig.server), 0);
	peer_await(&rig, &peer, "0\r\n\r\n");
	assert_int_equal(script.finished, 1);
	rig_part(&rig, &peer);
}

struct bad_end {
	size_t total;
	int64_t length;
	int end;
	const char *words;
};

static void expect_cut(const struct bad_end *row)
{
	struct rig rig;
	struct peer peer;

	script = (struct script){ .total = row->total,
				  .end = row->end,
				  .length = row->length };
	rig_meet(&rig, true, serve_script, &peer);
	get(&rig, &peer);
	peer_await_end(&rig, &peer);
	assert_false(peer.notify);
	assert_null(strstr(peer_text(&peer), "\r\n0\r\n\r\n"));
	rig_await_reports(&rig, 1);
	assert_int_equal(script.finished, 1);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_LOCAL);
	assert_int_equal(rig.reports[0].facts.cut_by, DUET_SIDE_US);
	assert_int_equal(rig.reports[0].facts.reply, DUET_BY_NONE);
	assert_non_null(strstr(rig.reports[0].text, row->words));
	rig_part(&rig, &peer);
}

static void a_producer_that_falls_short_cuts_the_reply(void **state)
{
	static const struct bad_end rows[] = {
		{ 5, 10, DUET_EOF, "the producer ended after 5 of 10 bytes" },
		{ 0, 10, DUET_EOF, "the producer ended after 0 of 10 bytes" },
		{ 5, 10, DUET_E_SYSTEM, "the producer gave up" },
		{ 5, DUET_LENGTH_UNKNOWN, DUET_E_TRUNCATED,
		  "the producer gave up" },
		{ 0, DUET_LENGTH_UNKNOWN, DUET_OK, "without a byte" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		expect_cut(&rows[i]);
}

static void a_producer_of_known_length_is_not_asked_past_it(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	script = (struct script){ .total = 100, .end = DUET_OK, .length = 7 };
	rig_meet(&rig, false, serve_script, &peer);
	get(&rig, &peer);
	assert_int_equal(peer_reply(&rig, &peer, "aaaaaaa"), 200);
	assert_int_equal(script.finished, 1);
	assert_int_equal(script.largest_room, 7);
	rig_part(&rig, &peer);
}

static void a_producer_is_not_asked_for_head(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	script = (struct script){ .total = 7, .end = DUET_EOF, .length = 7 };
	rig_meet(&rig, false, serve_script, &peer);
	peer_send(&rig, &peer, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(peer_reply_to_head(&rig, &peer), 200);
	assert_int_equal(script.finished, 1);
	assert_int_equal(script.given, 0);
	rig_part(&rig, &peer);
}

static void a_producer_learns_that_the_peer_has_left(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	script = (struct script){ .total = 64 * 1024 * 1024,
				  .end = DUET_EOF,
				  .length = DUET_LENGTH_UNKNOWN };
	rig_meet(&rig, false, serve_script, &peer);
	peer.deaf = true;
	get(&rig, &peer);
	rig_await_calls(&rig, 1);
	peer_reset(&peer);
	rig_await_reports(&rig, 1);
	assert_int_equal(script.finished, 1);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_RESET);
	assert_int_equal(rig.reports[0].facts.cut_by, DUET_SIDE_PEER);
	assert_int_equal(rig.reports[0].facts.reply, DUET_BY_NONE);
	rig_await_connections(&rig, 0);
	rig_part(&rig, &peer);
}

/* ---- what is lent ---- */

static char *loan;
static int returned;

static void take_back(void *arg)
{
	assert_ptr_equal(arg, loan);
	duet_mem_free(loan);
	loan = NULL;
	returned++;
}

static void serve_loan(struct duet_exchange *exchange, void *arg)
{
	size_t i;

	(void)arg;
	loan = duet_mem_alloc(FILE_BYTES);
	assert_non_null(loan);
	for (i = 0; i < FILE_BYTES; i++)
		loan[i] = (char)(i * 31 + i / 257);
	returned = 0;
	assert_int_equal(duet_reply_lent(exchange, 200, "image/png",
					 (struct duet_bytes){ loan,
							      FILE_BYTES },
					 take_back, loan),
			 DUET_OK);
}

static void what_is_lent_is_sent_and_given_back(bool tls)
{
	struct rig rig;
	struct peer peer;

	(void)close(make_file());
	rig_meet(&rig, tls, serve_loan, &peer);
	peer.deaf = true;
	get(&rig, &peer);
	rig_await_calls(&rig, 1);
	rig_step(&rig);
	assert_int_equal(returned, 0);
	peer.deaf = false;
	peer_await(&rig, &peer, "\r\n\r\n");
	peer_await_bytes(&rig, &peer, head_len(&peer) + FILE_BYTES);
	assert_memory_equal(peer_text(&peer) + head_len(&peer), content,
			    FILE_BYTES);
	rig_await_reports(&rig, 1);
	assert_int_equal(returned, 1);
	assert_int_equal(rig.reports[0].facts.sent_bytes, FILE_BYTES);
	assert_int_equal(rig.reports[0].facts.reply, DUET_BY_LENGTH);
	/* The connection goes on, and a HEAD borrows nothing. */
	duet_buf_reset(&peer.in);
	peer_send(&rig, &peer, "HEAD /file HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(peer_reply_to_head(&rig, &peer), 200);
	assert_int_equal(returned, 1);
	rig_part(&rig, &peer);
}

static void what_is_lent_is_given_back_in_the_clear(void **state)
{
	(void)state;
	what_is_lent_is_sent_and_given_back(false);
}

static void what_is_lent_is_given_back_by_tls(void **state)
{
	(void)state;
	what_is_lent_is_sent_and_given_back(true);
}

static void what_is_lent_is_given_back_when_the_peer_leaves(void **state)
{
	struct rig rig;
	struct peer peer;
	int tls;

	(void)state;
	for (tls = 0; tls < 2; tls++) {
		rig_meet(&rig, tls == 1, serve_loan, &peer);
		peer.deaf = true;
		get(&rig, &peer);
		rig_await_calls(&rig, 1);
		assert_int_equal(returned, 0);
		peer_reset(&peer);
		rig_await_reports(&rig, 1);
		assert_int_equal(returned, 1);
		assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_RESET);
		assert_int_equal(rig.reports[0].facts.reply, DUET_BY_NONE);
		assert_true(rig.reports[0].facts.sent_bytes < FILE_BYTES);
		rig_await_connections(&rig, 0);
		rig_part(&rig, &peer);
	}
}

static void what_is_lent_is_given_back_when_the_server_goes(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_meet(&rig, true, serve_loan, &peer);
	peer.deaf = true;
	get(&rig, &peer);
	rig_await_calls(&rig, 1);
	assert_int_equal(returned, 0);
	duet_server_stop(rig.server, 0);
	rig_await_reports(&rig, 1);
	assert_int_equal(returned, 1);
	peer.deaf = false;
	peer_await_end(&rig, &peer);
	assert_int_equal(rig.reports[0].facts.reply, DUET_BY_NONE);
	assert_false(peer.notify);
	rig_part(&rig, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_a_slice_of_a_file_in_the_clear),
		cmocka_unit_test(sends_a_slice_of_a_file_by_tls),
		cmocka_unit_test(a_file_that_shrinks_is_cut_in_the_clear),
		cmocka_unit_test(a_file_that_shrinks_is_cut_by_tls),
		cmocka_unit_test(an_unreadable_file_cuts_the_reply_in_words),
		cmocka_unit_test(streams_in_chunks_with_a_last_one),
		cmocka_unit_test(streams_to_http_1_0_in_the_clear),
		cmocka_unit_test(streams_to_http_1_0_by_tls),
		cmocka_unit_test(asks_a_producer_only_when_there_is_room),
		cmocka_unit_test(
			a_producer_that_pauses_is_asked_again_when_resumed),
		cmocka_unit_test(a_producer_that_falls_short_cuts_the_reply),
		cmocka_unit_test(
			a_producer_of_known_length_is_not_asked_past_it),
		cmocka_unit_test(a_producer_is_not_asked_for_head),
		cmocka_unit_test(a_producer_learns_that_the_peer_has_left),
		cmocka_unit_test(what_is_lent_is_given_back_in_the_clear),
		cmocka_unit_test(what_is_lent_is_given_back_by_tls),
		cmocka_unit_test(
			what_is_lent_is_given_back_when_the_peer_leaves),
		cmocka_unit_test(
			what_is_lent_is_given_back_when_the_server_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
