/* SPDX-License-Identifier: MIT */
/* What a peer may have of an HTTP/2 engine, and what becomes of more. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "support/h2_pair.h"

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
			      "\0\0\0\4\0\0\0\0\0"; /* and no settings */

static void feed(struct h2_end *end, const void *data, size_t len)
{
	struct duet_room room;
	size_t n;

	while (len > 0) {
		(void)h2_pull(end);
		assert_int_equal(duet_h2_recv_room(end->h2, &room), DUET_OK);
		if (room.len == 0)
			return;
		n = len < room.len ? len : room.len;
		memcpy(room.data, data, n);
		duet_h2_recv_done(end->h2, n);
		data = (const char *)data + n;
		len -= n;
	}
	(void)h2_pull(end);
}

/* The type and last four bytes of the last frame that goes out. */
static unsigned last_frame(struct h2_end *end, unsigned *type)
{
	struct duet_bytes out = duet_h2_send_bytes(end->h2);
	const uint8_t *at = out.data;
	size_t left = out.len;
	unsigned code = 0;

	*type = 255;
	while (left >= 9) {
		size_t len = (size_t)at[0] << 16 | (size_t)at[1] << 8 | at[2];

		*type = at[3];
		if (*type == 7)
			code = at[9 + 7];
		at += 9 + len;
		left -= 9 + len;
	}
	return code;
}

static void floods_end_in_enhance_your_calm(void **state)
{
	/* each of them legal, once; head is of stream 3 */
	static const char head[] = "\0\0\6\1\4\0\0\0\3\x82\x87\x84\x41\1a";
	static const struct {
		const char *name;
		char frame[24];
		size_t len;
	} floods[] = {
		{ "PING", "\0\0\10\6\0\0\0\0\0xxxxxxxx", 17 },
		{ "SETTINGS", "\0\0\0\4\0\0\0\0\0", 9 },
		{ "WINDOW_UPDATE", "\0\0\4\10\0\0\0\0\0\0\0\0\1", 13 },
		{ "PRIORITY", "\0\0\5\2\0\0\0\0\1\0\0\0\0\20", 14 },
		{ "empty DATA", "\0\0\0\0\0\0\0\0\3", 9 },
		{ "DATA of padding", "\0\0\2\0\10\0\0\0\3\1\0", 11 },
		{ "HEADERS of a stream that is over", "\0\0\1\1\4\0\0\0\1\x82",
		  10 },
	};
	struct h2_end end;
	unsigned type;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
		h2_end_init(&end, DUET_ROLE_SERVER, NULL);
		feed(&end, preface, sizeof(preface) - 1);
		feed(&end, head, sizeof(head) - 1);
		for (n = 0; n < 2000 && !end.closed; n++) {
			feed(&end, floods[i].frame, floods[i].len);
			if (!end.closed)
				duet_h2_send_done(end.h2,
						  duet_h2_send_bytes(end.h2)
							  .len);
		}
		if (!end.closed)
			fail_msg("a flood of %s", floods[i].name);
		assert_in_range(n, 900, 1100);
		assert_int_equal(end.err.code, DUET_E_LIMIT);
		assert_non_null(strstr(end.err.text, "limit controls"));
		assert_int_equal(last_frame(&end, &type), 11);
		assert_int_equal(type, 7);
		duet_h2_free(end.h2);
	}
}

/* Feed it once; what the end of the only stream says, if that has come. */
static int feed_until_end(struct h2_end *end, const void *data, size_t len)
{
	struct duet_event ev = { 0 };
	struct duet_room room;
	int rc;

	duet_h2_send_done(end->h2, duet_h2_send_bytes(end->h2).len);
	assert_int_equal(duet_h2_recv_room(end->h2, &room), DUET_OK);
	assert_true(room.len >= len);
	memcpy(room.data, data, len);
	duet_h2_recv_done(end->h2, len);
	rc = duet_h2_next(end->h2, &ev, &end->err);
	return ev.type == DUET_EV_ABORTED ? rc : DUET_OK;
}

/* With what a client has no use for, while it waits for its answer. */
static void a_server_floods_in_vain(void **state)
{
	static const char settings[] = "\0\0\0\4\0\0\0\0\0";
	static const char ping[] = "\0\0\10\6\0\0\0\0\0xxxxxxxx";
	uint64_t stream;
	struct h2_end end;
	int rc = DUET_OK;
	int n;

	(void)state;
	h2_end_init(&end, DUET_ROLE_CLIENT, NULL);
	assert_int_equal(duet_h2_request(end.h2,
					 DUET_HEAD(.method = "GET",
						   .target = "/",
						   .headers = DUET_HEADERS(
							   { "Host", "a" })),
					 &stream, NULL),
			 DUET_OK);
	feed(&end, settings, sizeof(settings) - 1);
	for (n = 0; n < 2000 && rc == DUET_OK; n++)
		rc = feed_until_end(&end, ping, sizeof(ping) - 1);
	assert_in_range(n, 900, 1100);
	assert_int_equal(rc, DUET_E_LIMIT);
	assert_non_null(strstr(end.err.text, "limit controls"));
	duet_h2_free(end.h2);
}

static void time_fills_the_purse(void **state)
{
	static const char ping[] = "\0\0\10\6\0\0\0\0\0xxxxxxxx";
	struct h2_end end;
	int n;

	(void)state;
	h2_end_init(&end, DUET_ROLE_SERVER, NULL);
	feed(&end, preface, sizeof(preface) - 1);
	for (n = 0; n < 5000; n++) {
		duet_h2_now(end.h2, n * 100);
		feed(&end, ping, sizeof(ping) - 1);
		assert_false(end.closed);
		duet_h2_send_done(end.h2, duet_h2_send_bytes(end.h2).len);
	}
	duet_h2_free(end.h2);
}

static void rapid_resets_end_the_connection(void **state)
{
	struct h2_pair pair;
	uint64_t s;
	int n;

	(void)state;
	h2_pair_init(&pair, NULL);
	h2_run(&pair);
	for (n = 0; n < 300 && !pair.server.closed; n++) {
		s = h2_ask(&pair, "GET", "/", 0);
		pair.server.len = 0;
		h2_run(&pair);
		duet_h2_done(pair.client.h2, s);
		h2_run(&pair);
		if (!pair.server.closed)
			duet_h2_done(pair.server.h2, s);
	}
	assert_true(pair.server.closed);
	assert_in_range(n, 200, 202);
	assert_non_null(strstr(pair.server.err.text, "limit resets"));
	assert_non_null(strstr(pair.client.text, "closed"));
	h2_pair_done(&pair);
}

static void ask_with_method(struct h2_pair *pair, const char *method,
			    const char *value, int lines)
{
	struct duet_header headers[140] = { { "Host", "a.example" } };
	uint64_t stream;
	int i;

	for (i = 1; i <= lines; i++)
		headers[i] = (struct duet_header){ "x", value };
	headers[i] = (struct duet_header){ NULL, NULL };
	assert_int_equal(duet_h2_request(pair->client.h2,
					 DUET_HEAD(.method = method,
						   .target = "/",
						   .headers = headers),
					 &stream, NULL),
			 DUET_OK);
	h2_run(pair);
}

static void ask_with(struct h2_pair *pair, const char *value, int lines)
{
	ask_with_method(pair, "GET", value, lines);
}

static void a_long_head_is_answered(void **state)
{
	struct h2_pair pair;
	char line[9000];
	char fit[800];

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	memset(fit, 'y', sizeof(fit));
	fit[sizeof(fit) - 1] = '\0';
	h2_pair_init(&pair, NULL);
	ask_with(&pair, line, 1);
	assert_string_equal(pair.server.text, "1 aborted protocol 431\n");
	assert_non_null(strstr(pair.server.err.text, "line_bytes (8192)"));
	h2_answer(&pair, 1, 431, 0);
	h2_finish(&pair.server, 1);
	duet_h2_done(pair.server.h2, 1);
	h2_run(&pair);
	assert_non_null(strstr(pair.client.text, "1 head 431"));
	assert_non_null(strstr(pair.client.text, "1 end end-stream"));
	ask_with(&pair, "", 101);
	assert_non_null(strstr(pair.server.text, "3 aborted protocol 431\n"));
	assert_non_null(strstr(pair.server.err.text, "headers (100)"));
	ask_with(&pair, fit, 45);
	assert_non_null(strstr(pair.server.text, "5 aborted protocol 431\n"));
	assert_non_null(strstr(pair.server.err.text, "head_bytes (32768)"));
	/* ... and what fits is taken. */
	ask_with(&pair, fit, 30);
	assert_non_null(strstr(pair.server.text, "7 head GET"));
	h2_pair_done(&pair);
}

static void a_long_body_is_answered(void **state)
{
	struct h2_pair pair;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, DUET_LIMITS(.body_bytes = 1000));
	s = h2_ask(&pair, "PUT", "/", 1001);
	h2_run(&pair);
	assert_string_equal(pair.server.text, "1 aborted protocol 413\n");
	s = h2_ask(&pair, "PUT", "/", DUET_LENGTH_UNKNOWN);
	(void)h2_give(&pair.client, s, 1001);
	h2_run(&pair);
	assert_non_null(strstr(pair.server.text, "3 aborted protocol 413\n"));
	h2_pair_done(&pair);
}

static void refuse_with_content(struct h2_pair *pair, uint64_t stream,
				int status)
{
	h2_answer(pair, stream, status, 5);
	(void)h2_give(&pair->server, stream, 5);
	h2_finish(&pair->server, stream);
	duet_h2_done(pair->server.h2, stream);
	h2_run(pair);
}

/* RFC 9110 s9.3.2 */
static void a_head_that_is_refused_has_no_body_in_its_answer(void **state)
{
	struct h2_pair pair;
	char line[9000];

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	h2_pair_init(&pair, DUET_LIMITS(.body_bytes = 1000));
	(void)h2_ask(&pair, "HEAD", "/", 1001);
	h2_run(&pair);
	assert_string_equal(pair.server.text, "1 aborted protocol 413\n");
	refuse_with_content(&pair, 1, 413);
	ask_with_method(&pair, "HEAD", line, 1);
	assert_non_null(strstr(pair.server.text, "3 aborted protocol 431\n"));
	refuse_with_content(&pair, 3, 431);
	assert_non_null(strstr(pair.client.text, "1 head 413 length 0\n"
						 "1 end end-stream\n"));
	assert_non_null(strstr(pair.client.text, "3 head 431 length 0\n"
						 "3 end end-stream\n"));
	h2_pair_done(&pair);
}

static void requests_are_counted(void **state)
{
	struct h2_pair pair;

	(void)state;
	h2_pair_init(&pair, DUET_LIMITS(.requests = 2));
	(void)h2_ask(&pair, "GET", "/", 0);
	h2_run(&pair);
	assert_true(duet_h2_reusable(pair.client.h2));
	(void)h2_ask(&pair, "GET", "/", 0);
	h2_run(&pair);
	assert_false(duet_h2_reusable(pair.client.h2));
	h2_pair_done(&pair);
}

static void at(struct h2_pair *pair, int64_t now_ms)
{
	duet_h2_now(pair->client.h2, now_ms);
	duet_h2_now(pair->server.h2, now_ms);
	h2_run(pair);
}

static void a_slow_body_is_answered(void **state)
{
	struct h2_pair pair;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	at(&pair, 1000);
	s = h2_ask(&pair, "PUT", "/", 100);
	(void)h2_give(&pair.client, s, 10);
	at(&pair, 1000);
	assert_int_equal(duet_h2_deadline(pair.server.h2), 21000);
	at(&pair, 20999);
	assert_null(strstr(pair.server.text, "aborted"));
	at(&pair, 21000);
	assert_non_null(strstr(pair.server.text, "1 aborted timeout 408\n"));
	assert_int_equal(pair.server.err.code, DUET_E_TIMEOUT);
	assert_non_null(strstr(pair.server.err.text, "body_ms"));
	h2_pair_done(&pair);
}

static void a_body_that_is_held_is_not_late(void **state)
{
	struct h2_pair pair;
	uint64_t s;

	(void)state;
	h2_pair_init(&pair, NULL);
	pair.server.pulled = 0;
	s = h2_ask(&pair, "PUT", "/", 100);
	(void)h2_give(&pair.client, s, 10);
	at(&pair, 0);
	at(&pair, 1000000);
	assert_null(strstr(pair.server.text, "aborted"));
	duet_h2_release(pair.server.h2, s, 10);
	at(&pair, 1000001);
	at(&pair, 1019999);
	assert_null(strstr(pair.server.text, "aborted"));
	at(&pair, 1020001);
	assert_non_null(strstr(pair.server.text, "1 aborted timeout 408\n"));
	h2_pair_done(&pair);
}

static void a_reply_that_is_not_read_is_cut(void **state)
{
	struct h2_pair pair;
	uint64_t s;
	size_t given;

	(void)state;
	h2_pair_init(&pair, NULL);
	pair.client.pulled = 0; /* never releases its window */
	s = h2_ask(&pair, "GET", "/", 0);
	at(&pair, 0);
	h2_answer(&pair, s, 200, 5000000);
	do {
		given = h2_give(&pair.server, s, 5000000);
		at(&pair, 0);
	} while (given > 0);
	assert_int_equal(duet_h2_deadline(pair.server.h2), 60000);
	at(&pair, 60000);
	assert_non_null(strstr(pair.server.text, "1 cancelled timeout\n"));
	assert_non_null(strstr(pair.server.err.text, "limit send_ms"));
	h2_pair_done(&pair);
}

static void an_answer_that_does_not_come_is_missed(void **state)
{
	struct h2_pair pair;

	(void)state;
	h2_pair_init(&pair, NULL);
	(void)h2_ask(&pair, "GET", "/", 0);
	at(&pair, 0);
	at(&pair, 299999);
	assert_null(strstr(pair.client.text, "aborted"));
	at(&pair, 300000);
	assert_non_null(strstr(pair.client.text, "1 aborted timeout 0\n"));
	assert_non_null(strstr(pair.client.err.text, "limit reply_ms"));
	h2_run(&pair);
	assert_non_null(strstr(pair.server.text, "1 cancelled reset\n"));
	h2_pair_done(&pair);
}

static void a_long_continuation_is_refused(void **state)
{
	/* HEADERS without END_HEADERS, and the head of its CONTINUATION */
	static const char frames[] = "\0\0\1\1\1\0\0\0\1\202"
				     "\0\100\1\11\4\0\0\0\1";
	struct h2_end end;
	unsigned type;

	(void)state;
	h2_end_init(&end, DUET_ROLE_SERVER, NULL);
	feed(&end, preface, sizeof(preface) - 1);
	feed(&end, frames, sizeof(frames) - 1);
	assert_true(end.closed);
	assert_int_equal(last_frame(&end, &type), 6);
	duet_h2_free(end.h2);
}

static void no_preface_no_http2(void **state)
{
	struct h2_end end;
	unsigned type;

	(void)state;
	h2_end_init(&end, DUET_ROLE_SERVER, NULL);
	feed(&end, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
	assert_string_equal(end.text, "closed protocol\n");
	assert_non_null(strstr(end.err.text, "preface"));
	assert_int_equal(last_frame(&end, &type), 1);
	duet_h2_free(end.h2);
}

static void no_settings_no_http2(void **state)
{
	static const char reply[] = "HTTP/1.1 200 OK\r\n\r\n";
	struct h2_end end;

	(void)state;
	h2_end_init(&end, DUET_ROLE_CLIENT, NULL);
	feed(&end, reply, sizeof(reply) - 1);
	assert_string_equal(end.text, "closed protocol\n");
	assert_int_equal(end.err.code, DUET_E_HTTP);
	assert_non_null(strstr(end.err.text, "answers in HTTP/1.1"));
	duet_h2_free(end.h2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(floods_end_in_enhance_your_calm),
		cmocka_unit_test(a_server_floods_in_vain),
		cmocka_unit_test(time_fills_the_purse),
		cmocka_unit_test(rapid_resets_end_the_connection),
		cmocka_unit_test(a_long_head_is_answered),
		cmocka_unit_test(a_long_body_is_answered),
		cmocka_unit_test(
			a_head_that_is_refused_has_no_body_in_its_answer),
		cmocka_unit_test(requests_are_counted),
		cmocka_unit_test(a_slow_body_is_answered),
		cmocka_unit_test(a_body_that_is_held_is_not_late),
		cmocka_unit_test(a_reply_that_is_not_read_is_cut),
		cmocka_unit_test(an_answer_that_does_not_come_is_missed),
		cmocka_unit_test(a_long_continuation_is_refused),
		cmocka_unit_test(no_preface_no_http2),
		cmocka_unit_test(no_settings_no_http2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
