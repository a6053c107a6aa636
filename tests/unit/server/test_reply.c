/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "rig.h"

static void say_hello(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	assert_int_equal(duet_reply_text(exchange, 200, "hello\n"), DUET_OK);
}

static void sends_a_text_with_its_head(void **state)
{
	struct rig rig;
	struct peer peer;
	const char *text;

	(void)state;
	rig_meet(&rig, false, say_hello, &peer);
	peer_send(&rig, &peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	peer_await(&rig, &peer, "hello\n");
	text = peer_text(&peer);
	assert_memory_equal(text, "HTTP/1.1 200 OK\r\n", 17);
	assert_non_null(strstr(text, "\r\nDate: "));
	assert_non_null(strstr(text, " GMT\r\n"));
	assert_non_null(
		strstr(text,
		       "\r\nContent-Type: text/plain; charset=utf-8\r\n"));
	assert_non_null(strstr(text, "\r\nContent-Length: 6\r\n"));
	assert_null(strstr(text, "Connection: close"));
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.status, 200);
	assert_int_equal(rig.reports[0].facts.sent_bytes, 6);
	assert_int_equal(rig.reports[0].facts.reply, DUET_BY_LENGTH);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_NONE);
	assert_int_equal(rig.reports[0].code, 0);
	rig_part(&rig, &peer);
}

static void sends_bytes_of_any_type_and_copies_them(struct duet_exchange *x,
						    void *arg)
{
	char body[] = { 'a', 0, 'b' };

	(void)arg;
	assert_int_equal(duet_reply(x, 201, "application/octet-stream", body,
				    sizeof(body)),
			 DUET_OK);
	memset(body, 'z', sizeof(body));
}

static void copies_a_body_of_any_bytes(void **state)
{
	struct rig rig;
	struct peer peer;
	const char *text;

	(void)state;
	rig_meet(&rig, false, sends_bytes_of_any_type_and_copies_them, &peer);
	peer_send(&rig, &peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	peer_await(&rig, &peer, "\r\n\r\na");
	text = peer_text(&peer);
	assert_memory_equal(text, "HTTP/1.1 201 Created\r\n", 22);
	assert_memory_equal(strstr(text, "\r\n\r\n") + 4, "a\0b", 3);
	rig_part(&rig, &peer);
}

enum {
	LARGE = 24 * 1024 * 1024,
};
static char large[LARGE];

static void send_large(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	assert_int_equal(duet_reply(exchange, 200, NULL, large, LARGE),
			 DUET_OK);
}

static void keeps_what_there_is_no_room_for(void **state)
{
	struct rig rig;
	struct peer peer;
	size_t head;
	size_t i;

	(void)state;
	for (i = 0; i < LARGE; i++)
		large[i] = (char)(i * 7 + i / 251);
	rig_meet(&rig, true, send_large, &peer);
	peer.deaf = true;
	peer_send(&rig, &peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	for (i = 0; i < 20; i++)
		rig_step(&rig);
	assert_int_equal(rig.n_reports, 0);
	peer.deaf = false;
	peer_await_bytes(&rig, &peer, LARGE);
	head = (size_t)(strstr(peer_text(&peer), "\r\n\r\n") + 4 -
			peer_text(&peer));
	peer_await_bytes(&rig, &peer, head + LARGE);
	assert_memory_equal(peer_text(&peer) + head, large, LARGE);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.sent_bytes, LARGE);
	assert_null(strstr(peer_text(&peer), "Content-Type"));
	rig_part(&rig, &peer);
}

static void reply_empty(struct duet_exchange *exchange, void *arg)
{
	const char *target = duet_exchange_head(exchange)->target;

	(void)arg;
	assert_int_equal(duet_reply_header(exchange, "ETag", "\"1\""), DUET_OK);
	assert_int_equal(duet_reply_empty(exchange,
					  (target[1] - '0') * 100 +
						  (target[2] - '0') * 10 +
						  target[3] - '0'),
			 DUET_OK);
}

static void frames_a_reply_without_a_body_by_its_status(void **state)
{
	static const struct {
		const char *request;
		int status;
		bool length;
	} rows[] = {
		{ "GET /200 HTTP/1.1\r\nHost: x\r\n\r\n", 200, true },
		{ "GET /204 HTTP/1.1\r\nHost: x\r\n\r\n", 204, false },
		{ "GET /304 HTTP/1.1\r\nHost: x\r\n\r\n", 304, false },
		{ "GET /404 HTTP/1.1\r\nHost: x\r\n\r\n", 404, true },
	};
	struct rig rig;
	struct peer peer;
	bool length;
	size_t i;

	(void)state;
	rig_meet(&rig, false, reply_empty, &peer);
	for (i = 0; i < COUNT(rows); i++) {
		peer_send(&rig, &peer, rows[i].request);
		peer_await(&rig, &peer, "\r\n\r\n");
		length = strstr(peer_text(&peer), "Content-Length: 0\r\n") !=
			 NULL;
		assert_int_equal(length, rows[i].length);
		assert_int_equal(peer_reply(&rig, &peer, ""), rows[i].status);
		assert_int_equal(rig.reports[i].facts.reply, DUET_BY_NO_BODY);
	}
	rig_part(&rig, &peer);
}

static void answers_head_without_the_body(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_meet(&rig, false, say_hello, &peer);
	peer_send(&rig, &peer, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
	peer_await(&rig, &peer, "Content-Length: 6\r\n");
	assert_int_equal(peer_reply_to_head(&rig, &peer), 200);
	peer_send(&rig, &peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(peer_reply(&rig, &peer, "hello\n"), 200);
	assert_int_equal(rig.reports[0].facts.sent_bytes, 0);
	assert_int_equal(rig.reports[0].facts.reply, DUET_BY_NO_BODY);
	rig_part(&rig, &peer);
}

static void try_headers(struct duet_exchange *exchange, void *arg)
{
	static const struct {
		const char *name;
		const char *value;
		int rc;
	} rows[] = {
		{ "X-Fine", "a value", DUET_OK },
		{ "X-Empty", "", DUET_OK },
		{ "X-Split", "a\r\nX-Evil: 1", DUET_E_ARGUMENT },
		{ "X-Line", "a\nb", DUET_E_ARGUMENT },
		{ "Not a token", "v", DUET_E_ARGUMENT },
		{ "", "v", DUET_E_ARGUMENT },
		{ "X-Colon:", "v", DUET_E_ARGUMENT },
		{ "Content-Length", "7", DUET_E_ARGUMENT },
		{ "transfer-encoding", "chunked", DUET_E_ARGUMENT },
		{ "CONNECTION", "close", DUET_E_ARGUMENT },
		{ "date", "today", DUET_E_ARGUMENT },
	};
	size_t i;

	(void)arg;
	for (i = 0; i < COUNT(rows); i++)
		assert_int_equal(duet_reply_header(exchange, rows[i].name,
						   rows[i].value),
				 rows[i].rc);
	assert_int_equal(duet_reply_header(exchange, NULL, "v"),
			 DUET_E_ARGUMENT);
	assert_int_equal(duet_reply_text(exchange, 200, "x"), DUET_OK);
	assert_int_equal(duet_reply_header(exchange, "X-Late", "v"),
			 DUET_E_STATE);
	assert_int_equal(duet_reply_text(exchange, 200, "again"), DUET_E_STATE);
	assert_int_equal(duet_body_all(exchange, 1, NULL, NULL), DUET_E_STATE);
}

static void refuses_headers_that_are_unfit_or_its_own(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_meet(&rig, false, try_headers, &peer);
	peer_send(&rig, &peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	peer_await(&rig, &peer, "\r\n\r\nx");
	assert_non_null(strstr(peer_text(&peer), "\r\nX-Fine: a value\r\n"));
	assert_non_null(strstr(peer_text(&peer), "\r\nX-Empty:"));
	assert_null(strstr(peer_text(&peer), "Evil"));
	assert_null(strstr(peer_text(&peer), "X-Late"));
	rig_part(&rig, &peer);
}

static void give_nonsense(struct duet_exchange *exchange, void *arg)
{
	int fds[2];

	(void)arg;
	assert_int_equal(duet_reply_text(exchange, 99, "x"), DUET_E_ARGUMENT);
	assert_int_equal(duet_reply_text(exchange, 100, "x"), DUET_E_ARGUMENT);
	assert_int_equal(duet_reply_text(exchange, 1000, "x"), DUET_E_ARGUMENT);
	assert_int_equal(duet_reply(exchange, 200, "a\r\nb", "x", 1),
			 DUET_E_ARGUMENT);
	assert_int_equal(duet_reply(exchange, 200, NULL, NULL, 1),
			 DUET_E_ARGUMENT);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(duet_reply_file(exchange, 200, NULL, fds[0], -1, 1),
			 DUET_E_ARGUMENT);
	/* The descriptor was ours all the same. */
	assert_int_equal(close(fds[0]), -1);
	assert_int_equal(close(fds[1]), 0);
	assert_int_equal(duet_reply_stream(exchange, 200, NULL, 1, NULL, NULL,
					   NULL),
			 DUET_E_ARGUMENT);
}

static void answers_500_where_every_reply_was_refused(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_meet(&rig, false, give_nonsense, &peer);
	peer_send(&rig, &peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(peer_reply(&rig, &peer, "500 Internal Server Error\n"),
			 500);
	assert_int_equal(rig.reports[0].code, DUET_E_STATE);
	rig_part(&rig, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_a_text_with_its_head),
		cmocka_unit_test(copies_a_body_of_any_bytes),
		cmocka_unit_test(keeps_what_there_is_no_room_for),
		cmocka_unit_test(frames_a_reply_without_a_body_by_its_status),
		cmocka_unit_test(answers_head_without_the_body),
		cmocka_unit_test(refuses_headers_that_are_unfit_or_its_own),
		cmocka_unit_test(answers_500_where_every_reply_was_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
