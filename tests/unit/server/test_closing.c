/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>

#include "rig.h"

static void refuse(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	assert_int_equal(duet_reply_header(exchange, "Allow", "GET, HEAD"),
			 DUET_OK);
	assert_int_equal(duet_reply_text(exchange, 405, "no\n"), DUET_OK);
}

enum {
	UPLOAD = 4 * 1024 * 1024,
};
static char upload[UPLOAD];

/* A client that sends all of its request before it looks at the answer. */
static void an_early_answer_survives_a_large_upload(bool tls, bool chunked)
{
	char head[256];
	struct rig rig;
	struct peer peer;
	size_t sent = 0;

	rig_meet(&rig, tls, refuse, &peer);
	peer.deaf = true;
	(void)snprintf(head, sizeof(head),
		       "PUT / HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n%s",
		       chunked ? "Transfer-Encoding: chunked"
			       : "Content-Length: 4194304",
		       chunked ? "400000\r\n" : "");
	peer_send(&rig, &peer, head);
	while (sent < UPLOAD) {
		sent += peer_try_send(&peer, upload + sent, UPLOAD - sent);
		rig_step(&rig);
	}
	peer.deaf = false;
	peer_await(&rig, &peer, "Connection: close\r\n");
	assert_int_equal(peer_reply(&rig, &peer, "no\n"), 405);
	peer_await_end(&rig, &peer);
	assert_int_equal(peer.failure, 0);
	assert_int_equal(peer.notify, tls);
	assert_int_equal(rig.reports[0].facts.status, 405);
	assert_int_equal(rig.reports[0].facts.reply, DUET_BY_LENGTH);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_LOCAL);
	peer_fin(&peer);
	rig_await_connections(&rig, 0);
	rig_part(&rig, &peer);
}

static void early_answers_survive_large_uploads(void **state)
{
	(void)state;
	an_early_answer_survives_a_large_upload(false, false);
	an_early_answer_survives_a_large_upload(true, false);
	an_early_answer_survives_a_large_upload(false, true);
	an_early_answer_survives_a_large_upload(true, true);
}

static void a_short_body_that_nobody_wants_is_read_off(void **state)
{
	struct rig rig;
	struct peer peer;
	int i;

	(void)state;
	rig_meet(&rig, true, refuse, &peer);
	for (i = 0; i < 3; i++) {
		peer_send(&rig, &peer,
			  "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 65536\r\n"
			  "\r\n");
		peer_await(&rig, &peer, "\r\n\r\nno\n");
		assert_null(strstr(peer_text(&peer), "Connection: close"));
		assert_int_equal(peer_reply(&rig, &peer, "no\n"), 405);
		peer_send_bytes(&rig, &peer, upload, 65536);
		rig_await_reports(&rig, (size_t)i + 1);
		assert_int_equal(rig.reports[i].facts.request, DUET_BY_LENGTH);
		assert_int_equal(rig.reports[i].facts.cut, DUET_CUT_NONE);
	}
	rig_part(&rig, &peer);
}

static void a_client_that_waits_to_be_asked_is_told_no(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_meet(&rig, true, refuse, &peer);
	peer_send(&rig, &peer,
		  "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
		  "Expect: 100-continue\r\n\r\n");
	peer_await(&rig, &peer, "HTTP/1.1 405 ");
	assert_int_equal(peer_reply(&rig, &peer, "no\n"), 405);
	peer_await_end(&rig, &peer);
	assert_true(peer.notify);
	rig_part(&rig, &peer);
}

static void hello(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	assert_int_equal(duet_reply_text(exchange, 200, "hello\n"), DUET_OK);
}

static const char last[] =
	"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

static void a_prompt_server_waits_for_nobody(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_meet(&rig, true, hello, &peer);
	peer.deaf = true; /* and will not answer our close_notify */
	peer_send(&rig, &peer, last);
	rig_await_reports(&rig, 1);
	assert_int_equal(duet_server_n_connections(rig.server), 1);
	peer.deaf = false;
	assert_int_equal(peer_reply(&rig, &peer, "hello\n"), 200);
	peer_await_end(&rig, &peer);
	assert_true(peer.notify);
	assert_int_equal(peer.failure, 0);
	assert_int_equal(rig.n_reports, 1);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_NONE);
	assert_int_equal(rig.n_troubles, 0);
	peer_fin(&peer);
	rig_await_connections(&rig, 0);
	rig_part(&rig, &peer);
}

static void start(struct rig *rig, duet_handler *handler,
		  enum duet_attitude attitude, int32_t linger_ms)
{
	struct duet_limits limits = { .size = sizeof(limits),
				      .linger_ms = linger_ms };
	struct duet_server_options options;

	rig_init(rig, true, handler);
	options = rig_options(rig);
	options.limits = &limits;
	options.attitude = (uint8_t)attitude;
	rig_open(rig, &options);
}

static void start_strict(struct rig *rig, int32_t linger_ms)
{
	start(rig, hello, DUET_ATTITUDE_STRICT, linger_ms);
}

/* More than a peer that does not read has room for, less than both kernels
 * have together. */
enum {
	LARGE = 512 * 1024,
};

static void send_large(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	assert_int_equal(duet_reply(exchange, 200, NULL, upload, LARGE),
			 DUET_OK);
}

/* It reads late, and says something when our end has been seen to be over for
 * all we know: an RST now would cut what still waits in our kernel. */
static void a_last_reply_is_not_overtaken(enum duet_attitude attitude)
{
	struct rig rig;
	struct peer peer;
	size_t head;
	int i;

	start(&rig, send_large, attitude, 20);
	peer_open_deaf(&rig, &peer);
	peer_send(&rig, &peer, last);
	if (attitude == DUET_ATTITUDE_PROMPT)
		rig_await_reports(&rig, 1);
	for (i = 0; i < 50; i++) /* longer than linger_ms */
		rig_step(&rig);
	assert_int_equal(duet_server_n_connections(rig.server), 1);
	peer_send(&rig, &peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	peer.deaf = false;
	peer_await(&rig, &peer, "\r\n\r\n");
	head = (size_t)(strstr(peer_text(&peer), "\r\n\r\n") + 4 -
			peer_text(&peer));
	peer_await_bytes(&rig, &peer, head + LARGE);
	peer_await_end(&rig, &peer);
	assert_true(peer.notify);
	assert_int_equal(peer.failure, 0);
	peer_close_notify(&rig, &peer);
	peer_fin(&peer);
	rig_await_connections(&rig, 0);
	assert_int_equal(rig.n_reports, 1);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_NONE);
	rig_part(&rig, &peer);
}

static void a_last_reply_is_not_overtaken_by_a_reset(void **state)
{
	(void)state;
	a_last_reply_is_not_overtaken(DUET_ATTITUDE_PROMPT);
	a_last_reply_is_not_overtaken(DUET_ATTITUDE_STRICT);
}

static void a_peer_that_never_takes_the_last_bytes_is_left(void **state)
{
	struct duet_limits limits = { .size = sizeof(limits),
				      .linger_ms = 20,
				      .send_ms = 50 };
	struct duet_server_options options;
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_init(&rig, true, send_large);
	options = rig_options(&rig);
	options.limits = &limits;
	options.attitude = DUET_ATTITUDE_STRICT;
	rig_open(&rig, &options);
	peer_open_deaf(&rig, &peer);
	peer_send(&rig, &peer, last);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_TIMEOUT);
	assert_non_null(strstr(rig.reports[0].text, "send_ms"));
	rig_await_connections(&rig, 0);
	rig_part(&rig, &peer);
}

/* What the peer does once it has seen our close_notify. */
enum answer {
	ANSWER_NOTIFY,
	ANSWER_FIN,
	ANSWER_NOTHING,
	ANSWER_RESET,
};

static void answer_close(struct rig *rig, struct peer *peer, enum answer answer)
{
	switch (answer) {
	case ANSWER_NOTIFY:
		peer_close_notify(rig, peer);
		break;
	case ANSWER_FIN:
		peer_fin(peer);
		break;
	case ANSWER_NOTHING:
		break;
	case ANSWER_RESET:
		peer_reset(peer);
		break;
	}
}

static void a_strict_server_waits_and_records(void **state)
{
	static const struct {
		enum answer answer;
		enum duet_cut cut;
		enum duet_side by;
		int code;
	} rows[] = {
		{ ANSWER_NOTIFY, DUET_CUT_NONE, DUET_SIDE_NONE, 0 },
		{ ANSWER_FIN, DUET_CUT_FIN, DUET_SIDE_PEER, DUET_E_TRUNCATED },
		{ ANSWER_NOTHING, DUET_CUT_TIMEOUT, DUET_SIDE_US,
		  DUET_E_TIMEOUT },
		{ ANSWER_RESET, DUET_CUT_RESET, DUET_SIDE_PEER,
		  DUET_E_TRUNCATED },
	};
	struct rig rig;
	struct peer peer;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		start_strict(&rig, 50);
		peer_open(&rig, &peer);
		peer_send(&rig, &peer, last);
		assert_int_equal(peer_reply(&rig, &peer, "hello\n"), 200);
		peer_await_end(&rig, &peer);
		assert_true(peer.notify);
		assert_int_equal(rig.n_reports, 0);
		answer_close(&rig, &peer, rows[i].answer);
		rig_await_reports(&rig, 1);
		assert_int_equal(rig.reports[0].facts.status, 200);
		assert_int_equal(rig.reports[0].facts.reply, DUET_BY_LENGTH);
		assert_int_equal(rig.reports[0].facts.cut, rows[i].cut);
		assert_int_equal(rig.reports[0].facts.cut_by, rows[i].by);
		assert_int_equal(rig.reports[0].code, rows[i].code);
		assert_int_equal(rig.n_troubles, 0);
		assert_int_equal(duet_server_n_connections(rig.server), 0);
		rig_part(&rig, &peer);
	}
}

/* Its last reply read, nobody asks the engine for events any more. */
static void a_strict_server_sees_what_came_with_the_request(void **state)
{
	struct rig rig;
	struct peer peer;
	size_t n;

	(void)state;
	start_strict(&rig, 50);
	peer_open(&rig, &peer);
	assert_int_equal(duet_tls_write(peer.tls, last, sizeof(last) - 1, &n,
					NULL),
			 DUET_OK);
	peer_close_notify(&rig, &peer);
	peer_fin(&peer);
	assert_int_equal(peer_reply(&rig, &peer, "hello\n"), 200);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_NONE);
	assert_int_equal(rig.reports[0].facts.reply, DUET_BY_LENGTH);
	rig_await_connections(&rig, 0);
	assert_int_equal(rig.n_troubles, 0);
	rig_part(&rig, &peer);
}

static void a_strict_server_misses_close_notify_between_requests(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	start_strict(&rig, 50);
	peer_open(&rig, &peer);
	peer_send(&rig, &peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(peer_reply(&rig, &peer, "hello\n"), 200);
	assert_int_equal(rig.n_reports, 1);
	peer_fin(&peer);
	peer_await_end(&rig, &peer);
	rig_await_troubles(&rig, 1);
	assert_non_null(strstr(rig.troubles[0].text, "close_notify"));
	peer_done(&peer);
	peer_open(&rig, &peer);
	peer_close_notify(&rig, &peer);
	peer_await_end(&rig, &peer);
	rig_await_connections(&rig, 0);
	assert_int_equal(rig.n_troubles, 1);
	rig_part(&rig, &peer);
}

static void a_peer_that_never_stops_is_left_in_the_end(void **state)
{
	struct duet_limits limits = { .size = sizeof(limits), .linger_ms = 20 };
	struct duet_server_options options;
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_init(&rig, false, refuse);
	options = rig_options(&rig);
	options.limits = &limits;
	rig_open(&rig, &options);
	peer_open(&rig, &peer);
	peer_send(&rig, &peer,
		  "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
		  "\r\n7fffffff\r\n");
	assert_int_equal(peer_reply(&rig, &peer, "no\n"), 405);
	while (duet_server_n_connections(rig.server) > 0) {
		(void)peer_try_send(&peer, upload, sizeof(upload));
		rig_step(&rig);
	}
	rig_part(&rig, &peer);
}

static void an_alert_of_ours_reaches_the_peer(void **state)
{
	struct rig rig;
	struct peer peer;
	struct duet_error err;
	size_t n;
	char byte;

	(void)state;
	rig_meet(&rig, true, hello, &peer);
	/* A record that cannot be decrypted, and more behind it. */
	assert_int_equal(send(peer.fd,
			      "\x17\x03\x03\x00\x18"
			      "012345678901234567890123"
			      "\x17\x03\x03\x00\x05",
			      34, MSG_NOSIGNAL),
			 34);
	peer_await_end(&rig, &peer);
	assert_int_equal(peer.failure, 0);
	assert_true(duet_tls_read(peer.tls, &byte, 1, &n, &err) < 0);
	assert_int_equal(err.alert, 20); /* bad_record_mac */
	assert_int_equal(err.alert_from, DUET_SIDE_PEER);
	rig_await_troubles(&rig, 1);
	assert_int_equal(rig.troubles[0].alert_from, DUET_SIDE_US);
	peer_fin(&peer);
	rig_await_connections(&rig, 0);
	rig_part(&rig, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(early_answers_survive_large_uploads),
		cmocka_unit_test(a_short_body_that_nobody_wants_is_read_off),
		cmocka_unit_test(a_client_that_waits_to_be_asked_is_told_no),
		cmocka_unit_test(a_prompt_server_waits_for_nobody),
		cmocka_unit_test(a_last_reply_is_not_overtaken_by_a_reset),
		cmocka_unit_test(
			a_peer_that_never_takes_the_last_bytes_is_left),
		cmocka_unit_test(a_strict_server_waits_and_records),
		cmocka_unit_test(
			a_strict_server_sees_what_came_with_the_request),
		cmocka_unit_test(
			a_strict_server_misses_close_notify_between_requests),
		cmocka_unit_test(a_peer_that_never_stops_is_left_in_the_end),
		cmocka_unit_test(an_alert_of_ours_reaches_the_peer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
