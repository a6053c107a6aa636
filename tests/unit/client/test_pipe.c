/* SPDX-License-Identifier: MIT */
/* Bytes through TLS with a proxy, and how that may end. */
#include <errno.h>
#include <string.h>

#include "client/pipe.h"
#include "fixture.h"
#include "support/sock.h"

static void connect_to(struct duet_pipe *pipe, const struct stub *stub)
{
	struct duet_address address;
	int flags;

	assert_true(duet_address_parse(&address, "127.0.0.1", stub->port));
	pipe->fd = sock_connected(&address);
	flags = fcntl(pipe->fd, F_GETFL);
	assert_int_equal(fcntl(pipe->fd, F_SETFL, flags | O_NONBLOCK), 0);
	pipe->tls = duet_tls_client(tls.client, "localhost", NULL);
	assert_non_null(pipe->tls);
}

static void wait_for(const struct duet_pipe *pipe, short events)
{
	struct pollfd fds = { pipe->fd, events, 0 };

	assert_int_equal(poll(&fds, 1, 10000), 1);
}

static void shake_hands(struct duet_pipe *pipe)
{
	struct duet_error err;
	int rc;

	while ((rc = duet_pipe_handshake(pipe, &err)) == DUET_WANT_READ)
		wait_for(pipe, POLLIN);
	if (rc != DUET_OK)
		fail_msg("%s", err.text);
}

/* As recv(2) that waits. */
static ssize_t receive(struct duet_pipe *pipe, void *data, size_t cap)
{
	ssize_t n;

	while ((n = duet_pipe_recv(pipe, data, cap)) < 0 && errno == EAGAIN)
		wait_for(pipe, POLLIN);
	return n;
}

static void send_all(struct duet_pipe *pipe, const char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = duet_pipe_send(pipe, data, len);
		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			wait_for(pipe, POLLOUT);
			continue;
		}
		data += n;
		len -= (size_t)n;
	}
	while (duet_pipe_flush(pipe)) {
		assert_true(duet_pipe_is_blocked(pipe));
		wait_for(pipe, POLLOUT);
	}
}

enum {
	MUCH = 300 * 1000,
};
static char much[MUCH];

static void talk_and_end(struct stub_peer *peer)
{
	if (!stub_read(peer, MUCH))
		return;
	stub_say_bytes(peer, much, MUCH);
	if (peer->stub->arg != NULL) {
		stub_fin(peer);
		(void)stub_drain(peer);
	}
}

static void moves_bytes_both_ways(void **state)
{
	static const char *const ends[] = { NULL, "a bare FIN" };
	char got[5000];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ends); i++) {
		struct stub stub = { .tls = tls.server,
				     .talk = talk_and_end,
				     .arg = ends[i] };
		struct duet_pipe pipe;
		size_t sum = 0;
		ssize_t n;

		stub_start(&stub);
		connect_to(&pipe, &stub);
		shake_hands(&pipe);
		send_all(&pipe, much, sizeof(much));
		while ((n = receive(&pipe, got, sizeof(got))) > 0)
			sum += (size_t)n;
		assert_int_equal(sum, MUCH);
		/* Only a close_notify is an end. */
		assert_int_equal(n, ends[i] == NULL ? 0 : -1);
		if (ends[i] != NULL)
			assert_int_equal(errno, ECONNRESET);
		duet_pipe_say_goodbye(&pipe);
		duet_pipe_close(&pipe);
		assert_int_equal(pipe.fd, -1);
		stub_stop(&stub);
	}
}

static void talk_plain(struct stub_peer *peer)
{
	stub_say(peer, "HTTP/1.1 400 Bad Request\r\n\r\n");
	(void)stub_drain(peer);
}

static void says_in_words_what_is_no_tls(void **state)
{
	struct stub stub = { .talk = talk_plain };
	struct duet_error err = { 0 };
	struct duet_error again = { 0 };
	struct duet_pipe pipe;
	int rc;

	(void)state;
	stub_start(&stub);
	connect_to(&pipe, &stub);
	while ((rc = duet_pipe_handshake(&pipe, &err)) == DUET_WANT_READ)
		wait_for(&pipe, POLLIN);
	assert_int_equal(rc, DUET_E_NOT_TLS);
	duet_pipe_explain(&pipe, &again);
	assert_int_equal(again.code, DUET_E_NOT_TLS);
	assert_string_equal(again.text, err.text);
	duet_pipe_close(&pipe);
	stub_stop(&stub);
}

static void is_a_socket_without_a_proxy(void **state)
{
	struct duet_pipe pipe = { -1, NULL };
	char got[8];
	int sv[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	pipe.fd = sv[0];
	assert_int_equal(duet_pipe_handshake(&pipe, NULL), DUET_OK);
	assert_int_equal(duet_pipe_send(&pipe, "ab", 2), 2);
	assert_int_equal(recv(sv[1], got, sizeof(got), 0), 2);
	assert_int_equal(duet_pipe_recv(&pipe, got, sizeof(got)), -1);
	assert_int_equal(errno, EAGAIN);
	assert_false(duet_pipe_flush(&pipe));
	assert_false(duet_pipe_is_blocked(&pipe));
	assert_false(duet_pipe_holds_more(&pipe));
	(void)close(sv[1]);
	assert_int_equal(duet_pipe_recv(&pipe, got, sizeof(got)), 0);
	duet_pipe_close(&pipe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves_bytes_both_ways),
		cmocka_unit_test(says_in_words_what_is_no_tls),
		cmocka_unit_test(is_a_socket_without_a_proxy),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
