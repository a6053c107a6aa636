/* SPDX-License-Identifier: MIT */
/* Several exchanges on one connection: HTTP/2, in frames made by hand. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server/handler.h"
#include "unit/server/rig.h"

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
			      "\0\0\0\4\0\0\0\0\0";

struct bytes {
	unsigned char data[256];
	size_t len;
};

static void put(struct bytes *bytes, const void *data, size_t len)
{
	assert_true(bytes->len + len <= sizeof(bytes->data));
	memcpy(bytes->data + bytes->len, data, len);
	bytes->len += len;
}

static void put_frame(struct bytes *bytes, unsigned char type,
		      unsigned char flags, unsigned char stream,
		      const void *payload, size_t len)
{
	const unsigned char head[9] = { 0,    0,     (unsigned char)len,
					type, flags, 0,
					0,    0,     stream };

	put(bytes, head, sizeof(head));
	put(bytes, payload, len);
}

/* HEADERS in HPACK without an index: the method is an entry of its table. */
static void put_request(struct bytes *bytes, unsigned char stream,
			unsigned char method, const char *path,
			const char *more, size_t more_len, bool end)
{
	struct bytes block = { .len = 0 };
	unsigned char len = (unsigned char)strlen(path);

	put(&block, &method, 1);
	put(&block, "\x87\x04", 2);
	put(&block, &len, 1);
	put(&block, path, len);
	put(&block, "\x41\x01x", 3);
	put(&block, more, more_len);
	put_frame(bytes, 1, end ? 5 : 4, stream, block.data, block.len);
}

enum {
	GET = 0x82,
	POST = 0x83,
};

/* Bytes of DATA of a stream among what has come, and whether that ends. */
static size_t count_data(const struct peer *peer, unsigned char stream,
			 bool *ret_end, char *text, size_t cap)
{
	struct duet_bytes in = duet_buf_bytes(&peer->in);
	const unsigned char *at = in.data;
	size_t left = in.len;
	size_t sum = 0;

	*ret_end = false;
	while (left >= 9) {
		size_t len = (size_t)at[0] << 16 | (size_t)at[1] << 8 | at[2];

		if (left < 9 + len)
			break;
		if (at[8] == stream && at[3] == 0) {
			if (sum + len < cap)
				memcpy(text + sum, at + 9, len);
			sum += len;
		}
		if (at[8] == stream && at[3] <= 1 && (at[4] & 1) != 0)
			*ret_end = true;
		at += 9 + len;
		left -= 9 + len;
	}
	return sum;
}

/* Until the stream has ended: its bytes. */
static size_t await_stream(struct rig *rig, struct peer *peer,
			   unsigned char stream, char *text, size_t cap)
{
	int64_t since = duet_clock_ms();
	bool end = false;
	size_t sum;

	for (;;) {
		sum = count_data(peer, stream, &end, text, cap);
		if (end)
			return sum;
		if (duet_clock_ms() - since > RIG_PATIENCE_MS)
			fail_msg("stream %d stopped after %zu bytes", stream,
				 sum);
		rig_step(rig);
		(void)peer_read(peer);
	}
}

static void begin(struct rig *rig, struct peer *peer)
{
	peer_open(rig, peer);
	peer_send_bytes(rig, peer, preface, sizeof(preface) - 1);
}

/* ---- a producer that answers somebody else ---- */

static struct duet_exchange *waiting;
static int pieces;

static int produce(struct duet_exchange *exchange, void *buf, size_t cap,
		   size_t *n, void *arg)
{
	static const char *const words[] = { "first ", "second ", "third" };

	(void)exchange;
	(void)arg;
	assert_true(cap > 10);
	*n = strlen(words[pieces]);
	memcpy(buf, words[pieces], *n);
	if (pieces == 1)
		assert_int_equal(duet_reply_text(waiting, 200, "woken"),
				 DUET_OK);
	return ++pieces == 3 ? DUET_EOF : DUET_OK;
}

static void wait_or_produce(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	if (strcmp(duet_exchange_head(exchange)->target, "/wait") == 0) {
		waiting = exchange;
		duet_exchange_defer(exchange, NULL, NULL);
		return;
	}
	assert_int_equal(duet_reply_stream(exchange, 200, NULL,
					   DUET_LENGTH_UNKNOWN, produce, NULL,
					   NULL),
			 DUET_OK);
}

static void a_producer_may_answer_somebody_else(void **state)
{
	struct bytes bytes = { .len = 0 };
	char text[64] = { 0 };
	struct peer peer;
	struct rig rig;
	size_t n;

	(void)state;
	pieces = 0;
	rig_start_h2(&rig, wait_or_produce);
	begin(&rig, &peer);
	put_request(&bytes, 1, GET, "/wait", "", 0, true);
	put_request(&bytes, 3, GET, "/produce", "", 0, true);
	peer_send_bytes(&rig, &peer, bytes.data, bytes.len);
	n = await_stream(&rig, &peer, 3, text, sizeof(text));
	assert_int_equal(n, 18);
	assert_string_equal(text, "first second third");
	n = await_stream(&rig, &peer, 1, text, sizeof(text));
	assert_int_equal(n, 5);
	rig_part(&rig, &peer);
}

/* ---- a length is no evidence ---- */

static int bodies;

static void on_body(struct duet_exchange *exchange, struct duet_bytes body,
		    void *arg)
{
	(void)body;
	(void)arg;
	bodies++;
	(void)duet_reply_text(exchange, 200, "got it");
}

static void take_body(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	assert_int_equal(duet_body_all(exchange, 100, on_body, NULL), DUET_OK);
}

static void a_body_is_whole_by_end_stream_only(void **state)
{
	static const char length[] = "\x0f\x0d\x01"
				     "5";
	struct bytes bytes = { .len = 0 };
	struct peer peer;
	struct rig rig;

	(void)state;
	bodies = 0;
	rig_start_h2(&rig, take_body);
	begin(&rig, &peer);
	put_request(&bytes, 1, POST, "/", length, 4, false);
	put_frame(&bytes, 0, 0, 1, "hello", 5);
	put_frame(&bytes, 3, 0, 1, "\0\0\0\10", 4); /* RST_STREAM, CANCEL */
	put_request(&bytes, 3, POST, "/", length, 4, false);
	put_frame(&bytes, 0, 0, 3, "hello", 5);
	put_frame(&bytes, 0, 1, 3, "", 0); /* END_STREAM by itself */
	peer_send_bytes(&rig, &peer, bytes.data, bytes.len);
	assert_int_equal(await_stream(&rig, &peer, 3, NULL, 0), 6);
	assert_int_equal(bodies, 1);
	rig_await_reports(&rig, 2);
	assert_int_equal(rig.reports[0].facts.request, DUET_BY_NONE);
	assert_int_equal(rig.reports[1].facts.request, DUET_BY_END_STREAM);
	rig_part(&rig, &peer);
}

/* ---- what is decrypted already ---- */

static void reply_much(struct duet_exchange *exchange, void *arg)
{
	static const char much[65536];

	(void)arg;
	assert_int_equal(duet_reply(exchange, 200, NULL, much, sizeof(much)),
			 DUET_OK);
}

static void no_record_lies_unread(void **state)
{
	struct bytes request = { .len = 0 };
	struct bytes updates = { .len = 0 };
	struct peer peer;
	struct rig rig;

	(void)state;
	rig_start_h2(&rig, reply_much);
	begin(&rig, &peer);
	put_request(&request, 1, GET, "/", "", 0, true);
	put_frame(&updates, 8, 0, 0, "\0\20\0\0", 4);
	put_frame(&updates, 8, 0, 1, "\0\20\0\0", 4);
	/* Both records are there before the server looks. */
	assert_int_equal(peer_try_send(&peer, request.data, request.len),
			 request.len);
	assert_int_equal(peer_try_send(&peer, updates.data, updates.len),
			 updates.len);
	assert_int_equal(await_stream(&rig, &peer, 1, NULL, 0), 65536);
	rig_part(&rig, &peer);
}

/* ---- what is lent ---- */

static int returned;

static void take_back(void *arg)
{
	duet_mem_free(arg);
	returned++;
}

/* More than the window of a stream that says nothing of it. */
static void lend_much(struct duet_exchange *exchange, void *arg)
{
	struct duet_bytes loan = { duet_mem_zalloc(100000), 100000 };

	(void)arg;
	assert_non_null(loan.data);
	assert_int_equal(duet_reply_lent(exchange, 200, NULL, loan, take_back,
					 (void *)(uintptr_t)loan.data),
			 DUET_OK);
}

static void what_is_lent_waits_for_the_window(void **state)
{
	struct bytes request = { .len = 0 };
	struct bytes updates = { .len = 0 };
	struct peer peer;
	struct rig rig;
	bool end;
	int i;

	(void)state;
	returned = 0;
	rig_start_h2(&rig, lend_much);
	begin(&rig, &peer);
	put_request(&request, 1, GET, "/", "", 0, true);
	put_request(&request, 3, GET, "/", "", 0, true);
	put_frame(&updates, 8, 0, 0, "\0\20\0\0", 4);
	put_frame(&updates, 8, 0, 1, "\0\20\0\0", 4);
	peer_send_bytes(&rig, &peer, request.data, request.len);
	rig_await_calls(&rig, 2);
	for (i = 0; i < 10; i++) {
		rig_step(&rig);
		(void)peer_read(&peer);
	}
	assert_int_equal(returned, 0);
	peer_send_bytes(&rig, &peer, updates.data, updates.len);
	assert_int_equal(await_stream(&rig, &peer, 1, NULL, 0), 100000);
	rig_await_reports(&rig, 1);
	assert_int_equal(returned, 1);
	assert_int_equal(rig.reports[0].facts.sent_bytes, 100000);
	/* The other is given up. */
	request.len = 0;
	put_frame(&request, 3, 0, 3, "\0\0\0\10", 4);
	peer_send_bytes(&rig, &peer, request.data, request.len);
	rig_await_reports(&rig, 2);
	assert_int_equal(returned, 2);
	assert_int_equal(rig.reports[1].facts.reply, DUET_BY_NONE);
	assert_true(rig.reports[1].facts.sent_bytes < 100000);
	(void)count_data(&peer, 3, &end, NULL, 0);
	assert_false(end);
	rig_part(&rig, &peer);
}

/* ---- the version is known to the first request too ---- */

static void a_first_request_that_is_refused_ends_no_connection(void **state)
{
	static const char other_host[] = "\x0f\x17\x01y";
	struct bytes bytes = { .len = 0 };
	struct peer peer;
	struct rig rig;
	int i;

	(void)state;
	rig_start_h2(&rig, reply_much);
	peer_open(&rig, &peer);
	/* Two records at most before the server looks. */
	assert_int_equal(peer_try_send(&peer, preface, sizeof(preface) - 1),
			 sizeof(preface) - 1);
	put_request(&bytes, 1, GET, "/", other_host, 4, true);
	put_request(&bytes, 3, GET, "/", other_host, 4, true);
	assert_int_equal(peer_try_send(&peer, bytes.data, bytes.len),
			 bytes.len);
	(void)await_stream(&rig, &peer, 3, NULL, 0);
	rig_await_reports(&rig, 2);
	for (i = 0; i < 2; i++) {
		assert_int_equal(rig.reports[i].facts.status, 400);
		assert_int_equal(rig.reports[i].facts.reply,
				 DUET_BY_END_STREAM);
	}
	rig_part(&rig, &peer);
}

enum {
	MORE_THAN_A_WINDOW = 200000,
	WINDOW = 65535,
};

static void reply_a_lot(struct duet_exchange *exchange, void *arg)
{
	static const char much[MORE_THAN_A_WINDOW];

	(void)arg;
	assert_int_equal(duet_reply(exchange, 200, NULL, much, sizeof(much)),
			 DUET_OK);
}

/* What the window held back has not been sent. */
static void a_cut_reply_has_the_bytes_that_have_left(void **state)
{
	struct bytes sent = { .len = 0 };
	size_t one = 0;
	size_t other = 0;
	struct rig rig;
	struct peer peer;
	bool end;

	(void)state;
	rig_start_h2(&rig, reply_a_lot);
	begin(&rig, &peer);
	put_request(&sent, 1, GET, "/", "", 0, true);
	put_request(&sent, 3, GET, "/", "", 0, true);
	peer_send_bytes(&rig, &peer, sent.data, sent.len);
	while (one + other < WINDOW) {
		rig_step(&rig);
		(void)peer_read(&peer);
		one = count_data(&peer, 1, &end, NULL, 0);
		other = count_data(&peer, 3, &end, NULL, 0);
	}
	sent.len = 0;
	put_frame(&sent, 3, 0, 1, "\0\0\0\x08", 4);
	peer_send_bytes(&rig, &peer, sent.data, sent.len);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.sent_bytes, one);
	peer_fin(&peer);
	rig_await_reports(&rig, 2);
	assert_int_equal(rig.reports[1].facts.sent_bytes, other);
	rig_part(&rig, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_producer_may_answer_somebody_else),
		cmocka_unit_test(a_body_is_whole_by_end_stream_only),
		cmocka_unit_test(no_record_lies_unread),
		cmocka_unit_test(a_cut_reply_has_the_bytes_that_have_left),
		cmocka_unit_test(what_is_lent_waits_for_the_window),
		cmocka_unit_test(
			a_first_request_that_is_refused_ends_no_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
