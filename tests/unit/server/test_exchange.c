/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "rig.h"
#include "server/handler.h"

static const char get[] = "GET /x HTTP/1.1\r\nHost: x\r\n\r\n";

static void do_nothing(struct duet_exchange *exchange, void *arg)
{
	(void)exchange;
	(void)arg;
}

static void a_handler_that_does_nothing_gives_500_and_a_report(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_meet(&rig, false, do_nothing, &peer);
	peer_send(&rig, &peer, get);
	assert_int_equal(peer_reply(&rig, &peer, "500 Internal Server Error\n"),
			 500);
	assert_int_equal(rig.reports[0].facts.status, 500);
	assert_int_equal(rig.reports[0].code, DUET_E_STATE);
	assert_non_null(strstr(rig.reports[0].text, "without a reply"));
	/* The connection is as good as before. */
	peer_send(&rig, &peer, get);
	assert_int_equal(peer_reply(&rig, &peer, NULL), 500);
	rig_part(&rig, &peer);
}

static void refuse(struct duet_exchange *exchange, void *arg)
{
	struct duet_error why;

	(void)arg;
	assert_int_equal(duet_exchange_set_user(exchange, "nobody"), DUET_OK);
	assert_int_equal(duet_exchange_set_user(exchange, NULL), DUET_OK);
	assert_int_equal(duet_exchange_set_user(exchange, "alice"), DUET_OK);
	(void)duet_error_set(&why, DUET_E_ARGUMENT, "it is not for her");
	duet_exchange_explain(exchange, &why);
	assert_int_equal(duet_reply_text(exchange, 403, "no\n"), DUET_OK);
}

static void a_report_has_who_it_was_and_why_not(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_start(&rig, false, refuse);
	peer_open(&rig, &peer);
	peer_send(&rig, &peer, get);
	assert_int_equal(peer_reply(&rig, &peer, "no\n"), 403);
	assert_string_equal(rig.reports[0].user, "alice");
	assert_string_equal(rig.reports[0].text, "it is not for her");
	assert_int_equal(rig.reports[0].facts.cut_by, DUET_SIDE_NONE);
	rig.handler = do_nothing; /* the next is nobody, until it says so */
	peer_send(&rig, &peer, get);
	assert_int_equal(peer_reply(&rig, &peer, NULL), 500);
	assert_string_equal(rig.reports[1].user, "");
	peer_done(&peer);
	rig_done(&rig);
}

static void refuse_and_break(struct duet_exchange *exchange, void *arg)
{
	struct duet_error why;

	(void)arg;
	(void)duet_error_set(&why, DUET_E_ARGUMENT, "it is not for her");
	duet_exchange_explain(exchange, &why);
	(void)duet_error_set(&why, DUET_E_SYSTEM, "the disk is gone");
	duet_reply_because(exchange, &why);
	(void)duet_error_set(&why, DUET_E_ARGUMENT, "it is late for that");
	duet_exchange_explain(exchange, &why);
	duet_exchange_abort(exchange);
}

static void what_goes_wrong_leaves_the_refusal_in_place(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_start(&rig, false, refuse_and_break);
	peer_open(&rig, &peer);
	peer_send(&rig, &peer, get);
	rig_await_reports(&rig, 1);
	assert_string_equal(rig.reports[0].text,
			    "it is not for her; then: the disk is gone");
	assert_int_equal(rig.reports[0].code, DUET_E_SYSTEM);
	assert_int_equal(rig.reports[0].facts.cut_by, DUET_SIDE_US);
	peer_done(&peer);
	rig_done(&rig);
}

static void count_gone(struct duet_exchange *exchange, void *arg)
{
	struct rig *rig = arg;

	assert_ptr_equal(exchange, rig->exchange);
	assert_int_equal(duet_reply_text(exchange, 200, "late"), DUET_E_GONE);
	assert_int_equal(duet_reply_header(exchange, "A", "b"), DUET_E_GONE);
	rig->gone++;
}

static void defer(struct duet_exchange *exchange, void *arg)
{
	duet_exchange_defer(exchange, count_gone, arg);
}

static void replies_later(void **state)
{
	struct rig rig;
	struct peer peer;
	int i;

	(void)state;
	rig_meet(&rig, true, defer, &peer);
	peer_send(&rig, &peer, get);
	rig_await_calls(&rig, 1);
	for (i = 0; i < 5; i++)
		rig_step(&rig);
	assert_int_equal(rig.n_reports, 0);
	assert_string_equal(duet_exchange_head(rig.exchange)->target, "/x");
	assert_non_null(duet_exchange_tls(rig.exchange));
	assert_int_equal(duet_reply_text(rig.exchange, 200, "later"), DUET_OK);
	assert_int_equal(duet_server_wait_ms(rig.server), 0);
	assert_int_equal(peer_reply(&rig, &peer, "later"), 200);
	assert_int_equal(rig.gone, 0);
	rig_part(&rig, &peer);
}

static void tells_a_deferred_exchange_that_the_peer_has_left(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_meet(&rig, true, defer, &peer);
	peer_send(&rig, &peer, get);
	rig_await_calls(&rig, 1);
	peer_reset(&peer);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.gone, 1);
	assert_int_equal(rig.reports[0].facts.status, 0);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_RESET);
	assert_int_equal(rig.reports[0].facts.cut_by, DUET_SIDE_PEER);
	assert_int_equal(rig.reports[0].facts.request, DUET_BY_NO_BODY);
	rig_part(&rig, &peer);
}

static void defer_deaf(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	duet_exchange_defer(exchange, NULL, NULL);
}

static void who_cannot_be_told_may_still_reply(void **state)
{
	struct rig rig;
	struct peer peer;
	int fd;

	(void)state;
	rig_meet(&rig, false, defer_deaf, &peer);
	peer_send(&rig, &peer, get);
	rig_await_calls(&rig, 1);
	peer_reset(&peer);
	rig_await_connections(&rig, 0);
	assert_int_equal(rig.n_reports, 1);
	assert_string_equal(duet_exchange_head(rig.exchange)->target, "");
	assert_string_equal(duet_exchange_peer(rig.exchange), "");
	assert_null(duet_exchange_tls(rig.exchange));
	assert_int_equal(duet_reply_header(rig.exchange, "A", "b"),
			 DUET_E_GONE);
	/* The report has been made: nobody would free a name. */
	assert_int_equal(duet_exchange_set_user(rig.exchange, "a"),
			 DUET_E_GONE);
	assert_int_equal(duet_body_all(rig.exchange, 1, NULL, NULL),
			 DUET_E_GONE);
	duet_body_resume(rig.exchange);
	duet_reply_resume(rig.exchange);
	fd = dup(0);
	assert_int_equal(duet_reply_file(rig.exchange, 200, NULL, fd, 0, 1),
			 DUET_E_GONE);
	assert_int_equal(close(fd), -1);
	assert_int_equal(rig.n_reports, 1);
	rig_part(&rig, &peer);
}

static void an_orphan_that_nobody_replies_to_goes_with_the_server(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_meet(&rig, false, defer_deaf, &peer);
	peer_send(&rig, &peer, get);
	rig_await_calls(&rig, 1);
	peer_reset(&peer);
	rig_await_connections(&rig, 0);
	rig_part(&rig, &peer); /* the sanitizer counts */
}

static void a_server_that_is_freed_tells_of_what_it_cuts(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_meet(&rig, true, defer, &peer);
	peer_send(&rig, &peer, get);
	rig_await_calls(&rig, 1);
	rig_done(&rig);
	assert_int_equal(rig.gone, 1);
	assert_int_equal(rig.n_reports, 1);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_LOCAL);
	peer_done(&peer);
}

static void abort_it(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	duet_exchange_abort(exchange);
	assert_int_equal(duet_reply_text(exchange, 200, "x"), DUET_E_STATE);
}

static void an_abort_is_seen_as_a_cut(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_meet(&rig, true, abort_it, &peer);
	peer_send(&rig, &peer, get);
	peer_await_end(&rig, &peer);
	assert_false(peer.notify);
	assert_int_equal(duet_buf_len(&peer.in), 0);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.reports[0].facts.status, 0);
	assert_int_equal(rig.reports[0].facts.reply, DUET_BY_NONE);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_LOCAL);
	assert_int_equal(rig.reports[0].facts.cut_by, DUET_SIDE_US);
	assert_non_null(strstr(rig.reports[0].text, "aborted"));
	rig_part(&rig, &peer);
}

static void a_deferred_exchange_may_be_aborted(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_meet(&rig, false, defer, &peer);
	peer_send(&rig, &peer, get);
	rig_await_calls(&rig, 1);
	duet_exchange_abort(rig.exchange);
	peer_await_end(&rig, &peer);
	rig_await_reports(&rig, 1);
	assert_int_equal(rig.gone, 0);
	rig_part(&rig, &peer);
}

static void hello(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	assert_int_equal(duet_reply_text(exchange, 200, "hello\n"), DUET_OK);
}

/* One request each, and what its report must say. */
static const struct {
	const char *request;
	bool has_head;
	int status;
	uint64_t sent;
	uint64_t received;
	enum duet_evidence request_by;
	enum duet_evidence reply_by;
	enum duet_cut cut;
	enum duet_side by;
} reported[] = {
	{ "GET / HTTP/1.1\r\nHost: x\r\n\r\n", true, 200, 6, 0, DUET_BY_NO_BODY,
	  DUET_BY_LENGTH, DUET_CUT_NONE, DUET_SIDE_NONE },
	{ "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", true, 200, 0, 0,
	  DUET_BY_NO_BODY, DUET_BY_NO_BODY, DUET_CUT_NONE, DUET_SIDE_NONE },
	{ "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", true,
	  200, 6, 3, DUET_BY_LENGTH, DUET_BY_LENGTH, DUET_CUT_NONE,
	  DUET_SIDE_NONE },
	{ "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\nabc",
	  true, 200, 6, 3, DUET_BY_NONE, DUET_BY_LENGTH, DUET_CUT_LOCAL,
	  DUET_SIDE_US },
	{ "GET / HTTP/1.1\r\n\r\n", false, 400, 16, 0, DUET_BY_NONE,
	  DUET_BY_LENGTH, DUET_CUT_PROTOCOL, DUET_SIDE_PEER },
	{ "GET / HTTP/1.1\r\nHost : x\r\n\r\n", false, 400, 16, 0, DUET_BY_NONE,
	  DUET_BY_LENGTH, DUET_CUT_PROTOCOL, DUET_SIDE_PEER },
};

static void reports_every_exchange_exactly_once(void **state)
{
	const struct duet_report *facts;
	struct rig rig;
	struct peer peer;
	size_t i;

	(void)state;
	rig_start(&rig, true, hello);
	for (i = 0; i < COUNT(reported); i++) {
		peer_open(&rig, &peer);
		peer_send(&rig, &peer, reported[i].request);
		if (reported[i].request[0] == 'H')
			assert_int_equal(peer_reply_to_head(&rig, &peer), 200);
		else
			assert_int_equal(peer_reply(&rig, &peer, NULL),
					 reported[i].status);
		peer_fin(&peer);
		rig_await_connections(&rig, 0);
		assert_int_equal(rig.n_reports, i + 1);
		facts = &rig.reports[i].facts;
		assert_int_equal(rig.reports[i].has_head, reported[i].has_head);
		assert_int_equal(facts->status, reported[i].status);
		assert_int_equal(facts->sent_bytes, reported[i].sent);
		assert_int_equal(facts->received_bytes, reported[i].received);
		assert_int_equal(facts->request, reported[i].request_by);
		assert_int_equal(facts->reply, reported[i].reply_by);
		assert_int_equal(facts->cut, reported[i].cut);
		assert_int_equal(facts->cut_by, reported[i].by);
		assert_true(facts->duration_us >= 0);
		assert_true(facts->duration_us < 10000000);
		assert_string_equal(rig.reports[i].tls_version, "TLSv1.3");
		assert_memory_equal(rig.reports[i].peer, "127.0.0.1:", 10);
		if (reported[i].cut == DUET_CUT_PROTOCOL)
			assert_int_equal(rig.reports[i].code, DUET_E_HTTP);
		peer_done(&peer);
	}
	assert_int_equal(rig.n_troubles, 0);
	rig_done(&rig);
}

static void reply_with_its_id(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	assert_int_equal(duet_reply_text(exchange, 200,
					 duet_exchange_id(exchange)),
			 DUET_OK);
}

static void a_request_has_a_name_that_its_report_has_too(void **state)
{
	struct rig rig;
	struct peer peer;
	char first[32];

	(void)state;
	rig_meet(&rig, false, reply_with_its_id, &peer);
	peer_send(&rig, &peer, get);
	rig_await_reports(&rig, 1);
	assert_int_equal(peer_reply(&rig, &peer, rig.reports[0].id), 200);
	(void)snprintf(first, sizeof(first), "%s", rig.reports[0].id);
	assert_int_equal(strlen(first), 20);
	peer_send(&rig, &peer, get);
	rig_await_reports(&rig, 2);
	assert_int_equal(peer_reply(&rig, &peer, rig.reports[1].id), 200);
	assert_string_not_equal(rig.reports[1].id, first);
	/* One whose head never comes whole has one as well. */
	peer_send(&rig, &peer, "GET\r\n\r\n");
	rig_await_reports(&rig, 3);
	assert_false(rig.reports[2].has_head);
	assert_int_equal(strlen(rig.reports[2].id), 20);
	rig_part(&rig, &peer);
}

static void a_report_tells_what_tls_has_agreed_on(void **state)
{
	struct rig rig;
	struct peer peer;
	int tls;

	(void)state;
	for (tls = 0; tls <= 1; tls++) {
		rig_meet(&rig, tls == 1, hello, &peer);
		peer_send(&rig, &peer, get);
		rig_await_reports(&rig, 1);
		assert_string_equal(rig.reports[0].server_name,
				    tls == 1 ? "localhost" : "");
		if (tls == 1)
			assert_memory_equal(rig.reports[0].tls_cipher, "TLS_",
					    4);
		else
			assert_string_equal(rig.reports[0].tls_cipher, "");
		assert_false(rig.reports[0].facts.tls_resumed);
		rig_part(&rig, &peer);
	}
}

static void reports_a_head_that_was_cut(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	rig_meet(&rig, true, hello, &peer);
	peer_send(&rig, &peer, "GET / HTTP/1.1\r\nHo");
	peer_fin(&peer);
	peer_await_end(&rig, &peer);
	rig_await_reports(&rig, 1);
	assert_false(rig.reports[0].has_head);
	assert_int_equal(rig.reports[0].facts.status, 400);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_FIN);
	assert_int_equal(rig.reports[0].facts.cut_by, DUET_SIDE_PEER);
	assert_int_equal(rig.calls, 0);
	rig_await_connections(&rig, 0);
	rig_part(&rig, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_handler_that_does_nothing_gives_500_and_a_report),
		cmocka_unit_test(a_report_has_who_it_was_and_why_not),
		cmocka_unit_test(what_goes_wrong_leaves_the_refusal_in_place),
		cmocka_unit_test(replies_later),
		cmocka_unit_test(
			tells_a_deferred_exchange_that_the_peer_has_left),
		cmocka_unit_test(who_cannot_be_told_may_still_reply),
		cmocka_unit_test(
			an_orphan_that_nobody_replies_to_goes_with_the_server),
		cmocka_unit_test(a_server_that_is_freed_tells_of_what_it_cuts),
		cmocka_unit_test(an_abort_is_seen_as_a_cut),
		cmocka_unit_test(a_deferred_exchange_may_be_aborted),
		cmocka_unit_test(reports_every_exchange_exactly_once),
		cmocka_unit_test(a_request_has_a_name_that_its_report_has_too),
		cmocka_unit_test(a_report_tells_what_tls_has_agreed_on),
		cmocka_unit_test(reports_a_head_that_was_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
