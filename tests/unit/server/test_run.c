/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "net/address.h"
#include "rig.h"
#include "server/handler.h"

static const char get[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

static void hello(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	assert_int_equal(duet_reply_text(exchange, 200, "hello\n"), DUET_OK);
}

static void defer(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	duet_exchange_defer(exchange, NULL, NULL);
}

static void await_over(struct rig *rig)
{
	int i;

	for (i = 0; i < 1000 && rig->last_step != DUET_EOF; i++)
		rig_step(rig);
	assert_int_equal(rig->last_step, DUET_EOF);
}

static int connect_to(int fd, int port)
{
	struct duet_address to;

	assert_true(duet_address_parse(&to, "127.0.0.1", (uint16_t)port));
	if (connect(fd, (struct sockaddr *)&to.storage, to.len) == 0)
		return 0;
	return errno;
}

static void ends_at_once_when_nothing_is_under_way(void **state)
{
	struct rig rig;
	struct peer idle;

	(void)state;
	rig_meet(&rig, true, hello, &idle);
	peer_send(&rig, &idle, get);
	assert_int_equal(peer_reply(&rig, &idle, "hello\n"), 200);
	duet_server_stop(rig.server, 20000);
	await_over(&rig);
	peer_await_end(&rig, &idle);
	assert_true(idle.notify);
	assert_int_equal(idle.failure, 0);
	assert_int_equal(rig.n_reports, 1);
	assert_int_equal(rig.n_troubles, 0);
	rig_part(&rig, &idle);
}

static void lets_what_is_under_way_end(void **state)
{
	struct rig rig;
	struct peer peer;
	struct peer begun;
	int i;

	(void)state;
	rig_meet(&rig, true, defer, &peer);
	peer_send(&rig, &peer, get);
	rig_await_calls(&rig, 1);
	peer_open(&rig, &begun);
	peer_send(&rig, &begun, "GET / HT");
	duet_server_stop(rig.server, 20000);
	for (i = 0; i < 10; i++)
		rig_step(&rig);
	assert_int_equal(duet_server_n_connections(rig.server), 2);
	assert_int_equal(duet_reply_text(rig.exchange, 200, "late"), DUET_OK);
	peer_await(&rig, &peer, "Connection: close\r\n");
	assert_int_equal(peer_reply(&rig, &peer, "late"), 200);
	peer_await_end(&rig, &peer);
	assert_true(peer.notify);
	peer_fin(&peer);
	peer_send(&rig, &begun, "TP/1.1\r\nHost: x\r\n\r\n");
	rig_await_calls(&rig, 2);
	assert_int_equal(duet_reply_text(rig.exchange, 200, "too"), DUET_OK);
	peer_await(&rig, &begun, "Connection: close\r\n");
	assert_int_equal(peer_reply(&rig, &begun, "too"), 200);
	peer_fin(&begun);
	await_over(&rig);
	assert_int_equal(rig.n_reports, 2);
	peer_done(&peer);
	rig_part(&rig, &begun);
}

static void cuts_what_takes_longer(int32_t drain_ms, bool twice)
{
	struct rig rig;
	struct peer peer;

	rig_meet(&rig, true, defer, &peer);
	peer_send(&rig, &peer, get);
	rig_await_calls(&rig, 1);
	duet_server_stop(rig.server, drain_ms);
	if (twice) {
		rig_step(&rig);
		assert_int_equal(rig.n_reports, 0);
		duet_server_stop(rig.server, 0);
	}
	await_over(&rig);
	assert_int_equal(rig.n_reports, 1);
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_LOCAL);
	assert_int_equal(rig.reports[0].facts.cut_by, DUET_SIDE_US);
	assert_non_null(strstr(rig.reports[0].text, "stopped"));
	peer_await_end(&rig, &peer);
	assert_false(peer.notify);
	assert_int_equal(duet_reply_text(rig.exchange, 200, "x"), DUET_E_GONE);
	rig_part(&rig, &peer);
}

static void cuts_what_is_not_over_in_time(void **state)
{
	(void)state;
	cuts_what_takes_longer(30, false);
	cuts_what_takes_longer(0, false);
	cuts_what_takes_longer(60000, true);
}

static void answers_what_had_come_before_the_stop(void **state)
{
	struct rig rig;
	struct peer kept;
	struct peer queued;
	int late;

	(void)state;
	rig_meet(&rig, false, hello, &kept);
	peer_send(&rig, &kept, get);
	assert_int_equal(peer_reply(&rig, &kept, "hello\n"), 200);
	/* One in a socket buffer, one in the backlog: both believe in us. */
	assert_int_equal(peer_try_send(&kept, get, strlen(get)), strlen(get));
	peer_open_raw(&rig, &queued);
	assert_int_equal(peer_try_send(&queued, get, strlen(get)), strlen(get));
	duet_server_stop(rig.server, 20000);
	assert_int_equal(peer_reply(&rig, &kept, "hello\n"), 200);
	assert_int_equal(peer_reply(&rig, &queued, "hello\n"), 200);
	peer_fin(&kept);
	peer_fin(&queued);
	await_over(&rig);
	late = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect_to(late, duet_server_port(rig.server)),
			 ECONNREFUSED);
	assert_int_equal(duet_server_n_addresses(rig.server), 1);
	(void)close(late);
	peer_done(&kept);
	rig_part(&rig, &queued);
}

static void a_full_server_answers_its_backlog_before_it_ends(void **state)
{
	struct duet_server_options options;
	struct rig rig;
	struct peer kept;
	struct peer queued;

	(void)state;
	rig_init(&rig, false, hello);
	options = rig_options(&rig);
	options.max_connections = 1;
	rig_open(&rig, &options);
	peer_open(&rig, &kept);
	peer_send(&rig, &kept, get);
	assert_int_equal(peer_reply(&rig, &kept, "hello\n"), 200);
	peer_open_raw(&rig, &queued);
	assert_int_equal(peer_try_send(&queued, get, strlen(get)), strlen(get));
	rig_step(&rig);
	assert_int_equal(duet_server_n_connections(rig.server), 1);
	duet_server_stop(rig.server, 20000);
	assert_int_equal(peer_reply(&rig, &queued, "hello\n"), 200);
	peer_fin(&queued);
	await_over(&rig);
	peer_done(&kept);
	rig_part(&rig, &queued);
}

/* max: of connections. */
static void accepts_no_more_of(uint32_t max)
{
	struct duet_server_options options;
	struct rig rig;
	struct peer kept;
	struct peer queued;
	int late;

	rig_init(&rig, false, hello);
	options = rig_options(&rig);
	options.max_connections = max;
	rig_open(&rig, &options);
	peer_open(&rig, &kept);
	peer_open_raw(&rig, &queued);
	duet_server_accept_no_more(rig.server);
	late = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect_to(late, duet_server_port(rig.server)),
			 ECONNREFUSED);
	peer_send(&rig, &queued, get);
	assert_int_equal(peer_reply(&rig, &queued, "hello\n"), 200);
	peer_done(&queued); /* there is a place, and nobody to take it */
	rig_await_connections(&rig, 1);
	peer_send(&rig, &kept, get);
	assert_int_equal(peer_reply(&rig, &kept, "hello\n"), 200);
	peer_send(&rig, &kept, get);
	assert_int_equal(peer_reply(&rig, &kept, "hello\n"), 200);
	duet_server_accept_no_more(rig.server);
	duet_server_stop(rig.server, 20000);
	await_over(&rig);
	(void)close(late);
	peer_done(&kept);
	rig_done(&rig);
}

static void those_there_go_on_when_it_accepts_no_more(void **state)
{
	(void)state;
	accepts_no_more_of(0);
	accepts_no_more_of(1);
}

/* It may have a request on its way, or none. */
static void a_handshake_at_the_stop(bool asks)
{
	struct duet_limits limits = { .size = sizeof(limits),
				      .linger_ms = asks ? 20000 : 50 };
	struct duet_server_options options;
	struct rig rig;
	struct peer peer;

	rig_init(&rig, true, hello);
	options = rig_options(&rig);
	options.limits = &limits;
	rig_open(&rig, &options);
	peer_open_raw(&rig, &peer);
	rig_await_connections(&rig, 1);
	duet_server_stop(rig.server, 20000);
	rig_step(&rig);
	peer_shake(&rig, &peer);
	rig_step(&rig);
	if (asks) {
		peer_send(&rig, &peer, get);
		assert_int_equal(peer_reply(&rig, &peer, "hello\n"), 200);
	}
	peer_await_end(&rig, &peer);
	assert_true(peer.notify);
	peer_fin(&peer);
	await_over(&rig);
	assert_int_equal(rig.n_reports, asks);
	assert_int_equal(rig.n_troubles, 0);
	rig_part(&rig, &peer);
}

static void a_handshake_at_the_stop_does_not_hold_it_up(void **state)
{
	(void)state;
	a_handshake_at_the_stop(false);
	a_handshake_at_the_stop(true);
}

struct threaded {
	struct duet_server *server;
	int rc;
	int posts;
	pthread_t poster;
};

static void *run_server(void *arg)
{
	struct threaded *threaded = arg;

	threaded->rc = duet_server_run(threaded->server, NULL);
	return NULL;
}

static void count_post(void *arg)
{
	struct threaded *threaded = arg;

	assert_false(pthread_equal(pthread_self(), threaded->poster));
	threaded->posts++;
	if (threaded->posts == 100)
		duet_server_stop(threaded->server, 1000);
}

static void runs_in_a_thread_and_what_others_post(void **state)
{
	struct threaded threaded = { .rc = 1, .poster = pthread_self() };
	struct rig rig;
	pthread_t thread;
	int i;

	(void)state;
	rig_start(&rig, true, hello);
	threaded.server = rig.server;
	assert_int_equal(pthread_create(&thread, NULL, run_server, &threaded),
			 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(duet_server_post(rig.server, count_post,
						  &threaded),
				 DUET_OK);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(threaded.rc, DUET_OK);
	assert_int_equal(threaded.posts, 100);
	rig_done(&rig);
}

static void posts_that_never_ran_are_forgotten(void **state)
{
	struct rig rig;

	(void)state;
	rig_start(&rig, false, hello);
	assert_int_equal(duet_server_post(rig.server, count_post, NULL),
			 DUET_OK);
	rig_done(&rig);
}

static struct duet_server *to_stop;

static void stop_it(int signal_number)
{
	(void)signal_number;
	duet_server_stop(to_stop, 0);
}

static void stops_from_a_signal_handler(void **state)
{
	struct sigaction action = { .sa_handler = stop_it };
	struct sigaction before;
	struct rig rig;

	(void)state;
	rig_start(&rig, false, hello);
	to_stop = rig.server;
	assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(duet_server_run(rig.server, NULL), DUET_OK);
	assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
	rig_done(&rig);
}

/* As a foreign loop does it: poll, then step without waiting. */
static void is_driven_by_a_foreign_loop(void **state)
{
	struct pollfd fd = { .events = POLLIN };
	struct rig rig;
	struct peer peer;
	bool replied = false;

	(void)state;
	rig_meet(&rig, false, defer, &peer);
	(void)peer_try_send(&peer, get, strlen(get));
	fd.fd = duet_server_fd(rig.server);
	while (duet_buf_len(&peer.in) == 0) {
		assert_true(poll(&fd, 1, duet_server_wait_ms(rig.server)) >= 0);
		assert_int_equal(duet_server_step(rig.server, 0, NULL),
				 DUET_OK);
		if (rig.calls == 1 && !replied) {
			/* Between two steps. */
			assert_int_equal(duet_reply_text(rig.exchange, 200,
							 "x"),
					 DUET_OK);
			replied = true;
		}
		(void)peer_read(&peer);
	}
	assert_int_equal(peer_reply(&rig, &peer, "x"), 200);
	rig_part(&rig, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_at_once_when_nothing_is_under_way),
		cmocka_unit_test(lets_what_is_under_way_end),
		cmocka_unit_test(cuts_what_is_not_over_in_time),
		cmocka_unit_test(answers_what_had_come_before_the_stop),
		cmocka_unit_test(
			a_full_server_answers_its_backlog_before_it_ends),
		cmocka_unit_test(those_there_go_on_when_it_accepts_no_more),
		cmocka_unit_test(a_handshake_at_the_stop_does_not_hold_it_up),
		cmocka_unit_test(runs_in_a_thread_and_what_others_post),
		cmocka_unit_test(posts_that_never_ran_are_forgotten),
		cmocka_unit_test(stops_from_a_signal_handler),
		cmocka_unit_test(is_driven_by_a_foreign_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
