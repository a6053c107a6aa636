/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"

static void say_target(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	assert_int_equal(duet_reply_text(exchange, 200,
					 duet_exchange_head(exchange)->target),
			 DUET_OK);
}

static void keeps_a_connection_alive(void **state)
{
	struct rig rig;
	struct peer peer;
	int i;

	(void)state;
	rig_meet(&rig, true, say_target, &peer);
	for (i = 0; i < 50; i++) {
		peer_send(&rig, &peer, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
		assert_int_equal(peer_reply(&rig, &peer, "/a"), 200);
		assert_int_equal(duet_server_n_connections(rig.server), 1);
	}
	assert_int_equal(rig.n_reports, 50);
	rig_part(&rig, &peer);
}

static void answers_pipelined_requests_in_order(void **state)
{
	static const char requests[] =
		"GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
		"POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
		"HEAD /3 HTTP/1.1\r\nHost: x\r\n\r\n"
		"GET /4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
		"GET /5 HTTP/1.1\r\nHost: x\r\n\r\n";
	size_t slowly = (size_t)(strstr(requests, "GET /5") - requests);
	struct rig rig;
	struct peer peer;
	size_t i;
	int at_once;

	(void)state;
	for (at_once = 0; at_once < 2; at_once++) {
		rig_meet(&rig, true, say_target, &peer);
		for (i = 0; at_once == 0 && i < slowly; i++)
			peer_send_bytes(&rig, &peer, requests + i, 1);
		if (at_once == 1)
			peer_send(&rig, &peer, requests);
		assert_int_equal(peer_reply(&rig, &peer, "/1"), 200);
		assert_int_equal(peer_reply(&rig, &peer, "/2"), 200);
		assert_int_equal(peer_reply_to_head(&rig, &peer), 200);
		assert_int_equal(peer_reply(&rig, &peer, "/4"), 200);
		peer_await_end(&rig, &peer);
		assert_true(peer.notify);
		assert_int_equal(duet_buf_len(&peer.in), 0);
		assert_int_equal(rig.calls, 4);
		assert_int_equal(rig.n_reports, 4);
		rig_part(&rig, &peer);
	}
}

enum half {
	HALF_FIN,
	HALF_NOTIFY,
	HALF_BOTH,
};

static void close_half(struct rig *rig, struct peer *peer, enum half half)
{
	if (half != HALF_FIN)
		peer_close_notify(rig, peer);
	if (half != HALF_NOTIFY)
		peer_fin(peer);
}

static void one_that_closes_its_half_gets_its_replies(bool tls, enum half half)
{
	static const char requests[] = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
				       "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n";
	struct rig rig;
	struct peer peer;

	rig_meet(&rig, tls, say_target, &peer);
	assert_int_equal(peer_try_send(&peer, requests, strlen(requests)),
			 strlen(requests));
	close_half(&rig, &peer, half);
	assert_int_equal(peer_reply(&rig, &peer, "/1"), 200);
	assert_int_equal(peer_reply(&rig, &peer, "/2"), 200);
	peer_await_end(&rig, &peer);
	assert_int_equal(peer.failure, 0);
	assert_int_equal(peer.notify, tls);
	rig_await_connections(&rig, 0);
	assert_int_equal(rig.n_reports, 2);
	assert_int_equal(rig.reports[1].facts.cut, DUET_CUT_NONE);
	assert_int_equal(rig.n_troubles, 0);
	rig_part(&rig, &peer);
}

static void half_closed_peers_get_their_replies(void **state)
{
	(void)state;
	one_that_closes_its_half_gets_its_replies(false, HALF_FIN);
	one_that_closes_its_half_gets_its_replies(true, HALF_FIN);
	one_that_closes_its_half_gets_its_replies(true, HALF_NOTIFY);
	one_that_closes_its_half_gets_its_replies(true, HALF_BOTH);
}

static void defer(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	duet_exchange_defer(exchange, NULL, NULL);
}

static void a_half_closed_peer_gets_a_late_reply(enum half half)
{
	struct rig rig;
	struct peer peer;
	int i;

	rig_meet(&rig, true, defer, &peer);
	peer_send(&rig, &peer, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
	close_half(&rig, &peer, half);
	for (i = 0; i < 10; i++)
		rig_step(&rig);
	assert_int_equal(rig.n_reports, 0);
	assert_int_equal(duet_reply_text(rig.exchange, 200, "late"), DUET_OK);
	assert_int_equal(peer_reply(&rig, &peer, "late"), 200);
	peer_await_end(&rig, &peer);
	assert_true(peer.notify);
	rig_await_connections(&rig, 0);
	rig_part(&rig, &peer);
}

static void half_closed_peers_get_late_replies(void **state)
{
	(void)state;
	a_half_closed_peer_gets_a_late_reply(HALF_FIN);
	a_half_closed_peer_gets_a_late_reply(HALF_NOTIFY);
	a_half_closed_peer_gets_a_late_reply(HALF_BOTH);
}

static void answers_close_notify_when_nothing_is_owed(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_meet(&rig, true, say_target, &peer);
	peer_close_notify(&rig, &peer);
	peer_await_end(&rig, &peer);
	assert_true(peer.notify);
	assert_int_equal(peer.failure, 0);
	rig_await_connections(&rig, 0);
	assert_int_equal(rig.n_reports, 0);
	assert_int_equal(rig.n_troubles, 0);
	rig_part(&rig, &peer);
}

static void a_failed_handshake_is_one_trouble(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool fin;
	} rows[] = {
		{ "\x16\x03\x01\x00\x05hello", 10, false },
		{ "", 0, true },
		{ "\x16\x03\x01\x02", 4, true },
		{ "SSH-2.0-OpenSSH_9.2\r\n", 21, false },
	};
	struct rig rig;
	struct peer peer;
	size_t i;

	(void)state;
	rig_start(&rig, true, say_target);
	for (i = 0; i < COUNT(rows); i++) {
		peer_open_raw(&rig, &peer);
		(void)peer_try_send(&peer, rows[i].bytes, rows[i].len);
		if (rows[i].fin)
			peer_fin(&peer);
		peer_await_end(&rig, &peer);
		assert_int_equal(peer.failure, 0);
		peer_done(&peer);
		rig_await_connections(&rig, 0);
		assert_int_equal(rig.n_troubles, i + 1);
		assert_true(rig.troubles[i].code < 0);
		assert_true(strlen(rig.troubles[i].text) > 10);
		assert_memory_equal(rig.troubles[i].peer, "127.0.0.1:", 10);
	}
	assert_int_equal(rig.n_reports, 0);
	rig_done(&rig);
}

static void plain_http_on_the_tls_port_is_answered_in_words(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_start(&rig, true, say_target);
	peer_open_raw(&rig, &peer);
	peer_send(&rig, &peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(peer_reply(&rig, &peer,
				    "This port speaks HTTPS; use https:// instead of "
				    "http:// to reach it.\n"),
			 400);
	peer_await_end(&rig, &peer);
	assert_int_equal(peer.failure, 0);
	assert_int_equal(duet_buf_len(&peer.in), 0);
	assert_int_equal(rig.n_troubles, 1);
	assert_int_equal(rig.troubles[0].code, DUET_E_NOT_TLS);
	assert_int_equal(rig.n_reports, 0);
	peer_done(&peer);
	rig_await_connections(&rig, 0);
	rig_done(&rig);
}

/* What each limit of time leads to. */
static const struct {
	struct duet_limits limits;
	const char *request; /* NULL: not even a handshake */
	int status;          /* 0: none */
	bool reported;
	bool trouble;
	const char *words;
} late[] = {
	{ { .handshake_ms = 30 }, NULL, 0, false, true, "handshake_ms" },
	{ { .idle_ms = 30 }, "", 0, false, false, NULL },
	{ { .head_ms = 30 },
	  "GET / HTTP/1.1\r\nHo",
	  408,
	  true,
	  false,
	  "head_ms" },
	{ { .body_ms = 30 },
	  "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
	  408,
	  true,
	  false,
	  "body_ms" },
};

static void never(struct duet_exchange *exchange, struct duet_bytes body,
		  void *arg)
{
	(void)exchange;
	(void)body;
	(void)arg;
	fail_msg("called with half a body");
}

static void ask(struct duet_exchange *exchange, void *arg)
{
	assert_int_equal(duet_body_all(exchange, 100, never, arg), DUET_OK);
}

static void limits_of_time_end_in_words(void **state)
{
	struct duet_server_options options;
	struct duet_limits limits;
	struct rig rig;
	struct peer peer;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(late); i++) {
		rig_init(&rig, true, ask);
		options = rig_options(&rig);
		limits = late[i].limits;
		limits.size = sizeof(limits);
		options.limits = &limits;
		rig_open(&rig, &options);
		if (late[i].request == NULL) {
			peer_open_raw(&rig, &peer);
		} else {
			peer_open(&rig, &peer);
			if (late[i].request[0] != '\0')
				peer_send(&rig, &peer, late[i].request);
		}
		if (late[i].status != 0)
			assert_int_equal(peer_reply(&rig, &peer, NULL),
					 late[i].status);
		peer_await_end(&rig, &peer);
		assert_int_equal(peer.failure, 0);
		assert_int_equal(peer.notify, late[i].request != NULL);
		peer_done(&peer);
		rig_await_connections(&rig, 0);
		assert_int_equal(rig.n_reports, late[i].reported);
		assert_int_equal(rig.n_troubles, late[i].trouble);
		if (late[i].reported) {
			assert_int_equal(rig.reports[0].facts.cut,
					 DUET_CUT_TIMEOUT);
			assert_int_equal(rig.reports[0].facts.status, 408);
			assert_non_null(
				strstr(rig.reports[0].text, late[i].words));
		}
		if (late[i].trouble)
			assert_non_null(
				strstr(rig.troubles[0].text, late[i].words));
		rig_done(&rig);
	}
}

/* What comes while a reply is pending is more than the engine has room for. */
static void a_request_that_comes_early_is_read_later(bool tls)
{
	static char early[28 * 1024];
	struct rig rig;
	struct peer peer;
	int len;
	int i;

	len = snprintf(early, sizeof(early),
		       "GET /early HTTP/1.1\r\nHost: x\r\n");
	for (i = 0; i < 4; i++) {
		len += snprintf(early + len, sizeof(early) - (size_t)len,
				"Padding: ");
		memset(early + len, 'x', 6000);
		len += 6000;
		len += snprintf(early + len, sizeof(early) - (size_t)len,
				"\r\n");
	}
	len += snprintf(early + len, sizeof(early) - (size_t)len, "\r\n");
	rig_meet(&rig, tls, defer, &peer);
	peer_send(&rig, &peer, "GET /first HTTP/1.1\r\nHost: x\r\n\r\n");
	rig_await_calls(&rig, 1);
	(void)peer_try_send(&peer, early, (size_t)len);
	for (i = 0; i < 20; i++)
		rig_step(&rig);
	assert_int_equal(rig.calls, 1);
	assert_int_equal(duet_reply_text(rig.exchange, 200, "1"), DUET_OK);
	assert_int_equal(peer_reply(&rig, &peer, "1"), 200);
	rig_await_calls(&rig, 2);
	assert_string_equal(duet_exchange_head(rig.exchange)->target, "/early");
	assert_int_equal(duet_reply_text(rig.exchange, 200, "2"), DUET_OK);
	assert_int_equal(peer_reply(&rig, &peer, "2"), 200);
	rig_part(&rig, &peer);
}

static void requests_that_come_early_are_read_later(void **state)
{
	(void)state;
	a_request_that_comes_early_is_read_later(false);
	a_request_that_comes_early_is_read_later(true);
}

enum {
	LARGE = 16 * 1024 * 1024,
};
static char large[LARGE];

static void send_large(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	assert_int_equal(duet_reply(exchange, 200, NULL, large, LARGE),
			 DUET_OK);
}

static void a_peer_that_does_not_read_is_cut(bool half_closed)
{
	struct duet_server_options options;
	struct duet_limits limits = { .size = sizeof(limits), .send_ms = 50 };
	struct rig rig;
	struct peer peer;

	rig_init(&rig, true, send_large);
	options = rig_options(&rig);
	options.limits = &limits;
	rig_open(&rig, &options);
	peer_open(&rig, &peer);
	peer.deaf = true;
	peer_send(&rig, &peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	if (half_closed)
		peer_fin(&peer);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_TIMEOUT);
	assert_int_equal(rig.reports[0].facts.cut_by, DUET_SIDE_US);
	assert_int_equal(rig.reports[0].facts.reply, DUET_BY_NONE);
	assert_non_null(strstr(rig.reports[0].text, "send_ms"));
	assert_true(rig.reports[0].facts.sent_bytes < LARGE);
	rig_await_connections(&rig, 0);
	peer.deaf = false;
	peer_await_end(&rig, &peer);
	assert_false(peer.notify);
	rig_part(&rig, &peer);
}

static void a_reset_after_the_half_close_is_seen(bool tls)
{
	struct rig rig;
	struct peer peer;
	int i;

	rig_meet(&rig, tls, send_large, &peer);
	peer.deaf = true;
	peer_send(&rig, &peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	if (tls)
		peer_close_notify(&rig, &peer);
	peer_fin(&peer);
	for (i = 0; i < 20; i++)
		rig_step(&rig);
	peer_reset(&peer);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_RESET);
	assert_int_equal(rig.reports[0].facts.cut_by, DUET_SIDE_PEER);
	rig_await_connections(&rig, 0);
	rig_part(&rig, &peer);
}

static void resets_after_the_half_close_are_seen(void **state)
{
	(void)state;
	a_reset_after_the_half_close_is_seen(false);
	a_reset_after_the_half_close_is_seen(true);
}

static void peers_that_do_not_read_are_cut(void **state)
{
	(void)state;
	a_peer_that_does_not_read_is_cut(false);
	a_peer_that_does_not_read_is_cut(true);
}

static void sigpipe_is_left_alone(void **state)
{
	struct sigaction action;
	struct rig rig;
	struct peer peer;

	(void)state;
	assert_int_equal(sigaction(SIGPIPE, NULL, &action), 0);
	assert_true(action.sa_handler == SIG_DFL);
	rig_meet(&rig, false, send_large, &peer);
	peer.deaf = true;
	peer_send(&rig, &peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	peer_done(&peer); /* with bytes unread: RST */
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_RESET);
	assert_int_equal(sigaction(SIGPIPE, NULL, &action), 0);
	assert_true(action.sa_handler == SIG_DFL);
	rig_done(&rig);
}

static void the_last_request_of_a_connection_says_so(void **state)
{
	struct duet_server_options options;
	struct duet_limits limits = { .size = sizeof(limits), .requests = 2 };
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_init(&rig, true, say_target);
	options = rig_options(&rig);
	options.limits = &limits;
	rig_open(&rig, &options);
	peer_open(&rig, &peer);
	peer_send(&rig, &peer, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
	peer_await(&rig, &peer, "\r\n\r\n/1");
	assert_null(strstr(peer_text(&peer), "Connection: close"));
	assert_int_equal(peer_reply(&rig, &peer, "/1"), 200);
	peer_send(&rig, &peer, "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
	peer_await(&rig, &peer, "Connection: close\r\n");
	assert_int_equal(peer_reply(&rig, &peer, "/2"), 200);
	peer_await_end(&rig, &peer);
	assert_true(peer.notify);
	rig_part(&rig, &peer);
}

/* Everything on_connection was told of one connection, a letter each. */
static struct news {
	char letters[16];
	size_t n;
	char tls_version[16];
	bool tls_resumed;
	enum duet_cut cut;
	int code;
} news;

static void on_connection(const struct duet_connection_report *report,
			  void *arg)
{
	static const char letters[] = "?OSFC";

	(void)arg;
	assert_int_equal(report->size, sizeof(*report));
	assert_true(report->peer[0] != '\0');
	assert_int_equal(report->error != NULL,
			 report->event == DUET_CONNECTION_FAILED);
	assert_true(news.n < sizeof(news.letters) - 1);
	news.letters[news.n++] = letters[report->event];
	if (report->event == DUET_CONNECTION_SECURED) {
		(void)snprintf(news.tls_version, sizeof(news.tls_version), "%s",
			       report->tls_version);
		news.tls_resumed = report->tls_resumed;
	}
	if (report->event != DUET_CONNECTION_FAILED)
		return;
	news.cut = report->cut;
	news.code = report->error->code;
}

static void start_with_news(struct rig *rig, bool tls)
{
	struct duet_server_options options;

	memset(&news, 0, sizeof(news));
	rig_init(rig, tls, say_target);
	options = rig_options(rig);
	options.on_connection = on_connection;
	options.on_report = NULL; /* what TLS came to is told without it too */
	rig_open(rig, &options);
}

static void connections_are_told_from_first_to_last(void **state)
{
	struct rig rig;
	struct peer peer;
	int tls;

	(void)state;
	for (tls = 0; tls < 2; tls++) {
		start_with_news(&rig, tls == 1);
		peer_open(&rig, &peer);
		peer_send(&rig, &peer, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
		assert_int_equal(peer_reply(&rig, &peer, "/a"), 200);
		assert_string_equal(news.letters, tls == 1 ? "OS" : "O");
		peer_done(&peer);
		rig_await_connections(&rig, 0);
		assert_string_equal(news.letters, tls == 1 ? "OSC" : "OC");
		assert_string_equal(news.tls_version,
				    tls == 1 ? "TLSv1.3" : "");
		assert_false(news.tls_resumed);
		rig_done(&rig);
	}
}

static void failed_handshakes_are_told_with_what_ended_them(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	start_with_news(&rig, true);
	peer_open_raw(&rig, &peer);
	peer_send(&rig, &peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	peer_await_end(&rig, &peer);
	peer_done(&peer);
	rig_await_connections(&rig, 0);
	assert_string_equal(news.letters, "OFC");
	assert_int_equal(news.code, DUET_E_NOT_TLS);
	memset(&news, 0, sizeof(news));
	peer_open_raw(&rig, &peer);
	peer_fin(&peer);
	rig_await_troubles(&rig, 2);
	rig_await_connections(&rig, 0);
	assert_string_equal(news.letters, "OFC");
	assert_int_equal(news.cut, DUET_CUT_FIN);
	rig_part(&rig, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_a_connection_alive),
		cmocka_unit_test(answers_pipelined_requests_in_order),
		cmocka_unit_test(half_closed_peers_get_their_replies),
		cmocka_unit_test(requests_that_come_early_are_read_later),
		cmocka_unit_test(half_closed_peers_get_late_replies),
		cmocka_unit_test(answers_close_notify_when_nothing_is_owed),
		cmocka_unit_test(a_failed_handshake_is_one_trouble),
		cmocka_unit_test(
			plain_http_on_the_tls_port_is_answered_in_words),
		cmocka_unit_test(limits_of_time_end_in_words),
		cmocka_unit_test(peers_that_do_not_read_are_cut),
		cmocka_unit_test(resets_after_the_half_close_are_seen),
		cmocka_unit_test(sigpipe_is_left_alone),
		cmocka_unit_test(the_last_request_of_a_connection_says_so),
		cmocka_unit_test(connections_are_told_from_first_to_last),
		cmocka_unit_test(
			failed_handshakes_are_told_with_what_ended_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
