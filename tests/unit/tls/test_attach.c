/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "tls/engine.h"
#include "unit/tls/both.h"

enum {
	BIG = 1 << 20,
	LONG_MS = 20000, /* more than any of this takes */
};

static void make_pair(int fds[2], bool nonblocking)
{
	int type = SOCK_STREAM | (nonblocking ? SOCK_NONBLOCK : 0);

	assert_int_equal(socketpair(AF_UNIX, type, 0, fds), 0);
}

static struct duet_tls *attach_server(int fd)
{
	struct duet_tls *tls = duet_tls_server(server_config, NULL);

	assert_int_equal(duet_tls_attach(tls, fd, NULL), DUET_OK);
	return tls;
}

static struct duet_tls *attach_client(int fd, const char *name)
{
	struct duet_tls *tls = duet_tls_client(client_config, name, NULL);

	assert_int_equal(duet_tls_attach(tls, fd, NULL), DUET_OK);
	return tls;
}

/* Echo everything until the client closes, then close too. */
static void *echo(void *arg)
{
	struct duet_tls *tls = attach_server(*(const int *)arg);
	char buf[5000];
	intptr_t rc;
	size_t n;

	duet_tls_time_limit(tls, LONG_MS);
	while ((rc = duet_tls_read(tls, buf, sizeof(buf), &n, NULL)) ==
	       DUET_OK) {
		size_t sent = 0;
		size_t m;

		for (; rc == DUET_OK && sent < n; sent += m)
			rc = duet_tls_write(tls, buf + sent, n - sent, &m,
					    NULL);
	}
	if (rc == DUET_EOF)
		rc = duet_tls_close(tls, NULL);
	duet_tls_free(tls);
	return (void *)rc;
}

static void read_whole(struct duet_tls *tls, char *buf, size_t len)
{
	size_t got = 0;
	size_t n;

	while (got < len) {
		assert_int_equal(duet_tls_read(tls, buf + got, len - got, &n,
					       NULL),
				 DUET_OK);
		got += n;
	}
}

static void talks_over_sockets_that_block(void **state)
{
	static char sent[BIG];
	static char got[BIG];
	struct duet_tls *tls;
	pthread_t thread;
	void *rc;
	int fds[2];
	size_t at;
	size_t n;

	(void)state;
	make_pair(fds, false);
	memset(sent, 's', sizeof(sent));
	assert_int_equal(pthread_create(&thread, NULL, echo, &fds[1]), 0);
	tls = attach_client(fds[0], "localhost");
	duet_tls_time_limit(tls, LONG_MS);
	for (at = 0; at < sizeof(sent); at += 4096) {
		assert_int_equal(duet_tls_write(tls, sent + at, 4096, &n, NULL),
				 DUET_OK);
		assert_int_equal(n, 4096);
		read_whole(tls, got + at, 4096);
	}
	assert_memory_equal(sent, got, sizeof(sent));
	assert_int_equal(duet_tls_close(tls, NULL), DUET_OK);
	assert_int_equal(duet_tls_read(tls, got, 1, &n, NULL), DUET_EOF);
	assert_int_equal(pthread_join(thread, &rc), 0);
	assert_null(rc);
	duet_tls_free(tls);
	/* It was never ours to close. */
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
}

/* Both ends in one thread, so neither may ever wait. */
static void talks_over_sockets_that_do_not_block(void **state)
{
	static char sent[BIG];
	static char got[BIG];
	struct duet_tls *client;
	struct duet_tls *server;
	size_t n_sent = 0;
	size_t n_got = 0;
	int fds[2];
	size_t n;
	int rc;

	(void)state;
	make_pair(fds, true);
	memset(sent, 's', sizeof(sent));
	client = attach_client(fds[0], "localhost");
	server = attach_server(fds[1]);
	while (n_got < sizeof(got)) {
		rc = duet_tls_write(client, sent + n_sent,
				    sizeof(sent) - n_sent, &n, NULL);
		assert_true(rc >= 0);
		n_sent += n;
		rc = duet_tls_read(server, got + n_got, sizeof(got) - n_got, &n,
				   NULL);
		assert_true(rc >= 0);
		n_got += n;
	}
	assert_memory_equal(sent, got, sizeof(sent));
	while ((rc = duet_tls_close(client, NULL)) != DUET_OK)
		assert_int_equal(rc, DUET_WANT_WRITE);
	assert_int_equal(duet_tls_read(server, got, 1, &n, NULL), DUET_EOF);
	duet_tls_free(client);
	duet_tls_free(server);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
}

static void handshake_both(struct duet_tls *client, struct duet_tls *server)
{
	int client_rc;
	int server_rc;

	do {
		client_rc = duet_tls_handshake(client, NULL);
		server_rc = duet_tls_handshake(server, NULL);
		assert_true(client_rc >= 0 && server_rc >= 0);
	} while (client_rc != DUET_OK || server_rc != DUET_OK);
}

static void is_told_apart_a_cut_from_an_end(void **state)
{
	struct duet_tls *client;
	struct duet_tls *server;
	struct duet_error err;
	int fds[2];
	char byte;
	size_t n;

	(void)state;
	make_pair(fds, true);
	client = attach_client(fds[0], "localhost");
	server = attach_server(fds[1]);
	handshake_both(client, server);
	duet_tls_free(server);
	assert_int_equal(close(fds[1]), 0);
	assert_int_equal(duet_tls_read(client, &byte, 1, &n, &err),
			 DUET_E_TRUNCATED);
	assert_int_equal(duet_tls_cut(client), DUET_CUT_FIN);
	duet_tls_free(client);
	assert_int_equal(close(fds[0]), 0);
}

/* With SIGPIPE at its default, a write to nobody is an error and no more. */
static void survives_writing_to_nobody(void **state)
{
	static char big[BIG];
	struct duet_tls *client;
	struct duet_tls *server;
	struct duet_error err;
	int fds[2];
	size_t n;
	int rc;

	(void)state;
	make_pair(fds, true);
	client = attach_client(fds[0], "localhost");
	server = attach_server(fds[1]);
	handshake_both(client, server);
	duet_tls_free(server);
	assert_int_equal(close(fds[1]), 0);
	do
		rc = duet_tls_write(client, big, sizeof(big), &n, &err);
	while (rc == DUET_OK);
	assert_int_equal(rc, DUET_E_GONE);
	assert_int_equal(err.sys, EPIPE);
	assert_int_equal(duet_tls_close(client, NULL), DUET_E_GONE);
	duet_tls_free(client);
	assert_int_equal(close(fds[0]), 0);
}

static void keeps_to_its_time_limit(void **state)
{
	struct duet_error err;
	struct duet_tls *tls;
	int fds[2];

	(void)state;
	make_pair(fds, false);
	tls = attach_client(fds[0], "localhost");
	duet_tls_time_limit(tls, 30);
	assert_int_equal(duet_tls_handshake(tls, &err), DUET_E_TIMEOUT);
	assert_non_null(strstr(err.text, "30 ms during the TLS handshake"));
	duet_tls_free(tls);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
}

/* However much comes: none of this is what the call is waiting for. */
static void keeps_to_its_time_limit_while_records_come(void **state)
{
	enum { KEY_UPDATES = 4000 };
	struct duet_bytes bytes;
	struct duet_error err;
	struct ends ends;
	int fds[2];
	char byte;
	size_t n;
	int i;

	(void)state;
	begin(&ends, client_config, "localhost", server_config);
	shaken(&ends);
	tell(ends.server, ends.client);
	for (i = 0; i < KEY_UPDATES; i++) {
		SSL *ssl = duet_tls_ssl(ends.server);

		assert_int_equal(SSL_key_update(ssl,
						SSL_KEY_UPDATE_NOT_REQUESTED),
				 1);
		assert_int_equal(SSL_do_handshake(ssl), 1);
	}
	bytes = duet_tls_send_bytes(ends.server);
	make_pair(fds, false);
	assert_int_equal(send(fds[1], bytes.data, bytes.len, MSG_DONTWAIT),
			 bytes.len);
	assert_int_equal(close(fds[1]), 0);
	assert_int_equal(duet_tls_attach(ends.client, fds[0], NULL), DUET_OK);
	duet_tls_time_limit(ends.client, 1);
	assert_int_equal(duet_tls_read(ends.client, &byte, 1, &n, &err),
			 DUET_E_TIMEOUT);
	done(&ends);
	assert_int_equal(close(fds[0]), 0);
}

/* The alert is on the socket when the call that failed has returned. */
static void sends_its_alert_before_it_returns(void **state)
{
	struct duet_tls *client;
	struct duet_tls *server;
	struct duet_error err;
	int fds[2];
	int rc;

	(void)state;
	make_pair(fds, true);
	client = attach_client(fds[0], "other.example");
	server = attach_server(fds[1]);
	do {
		rc = duet_tls_handshake(client, &err);
		if (rc == DUET_WANT_READ)
			assert_true(duet_tls_handshake(server, NULL) >= 0);
	} while (rc >= 0);
	assert_int_equal(rc, DUET_E_NAME);
	duet_tls_free(client);
	assert_int_equal(close(fds[0]), 0);
	do
		rc = duet_tls_handshake(server, &err);
	while (rc > 0);
	assert_int_equal(rc, DUET_E_CERTIFICATE);
	assert_int_equal(err.alert, SSL_AD_BAD_CERTIFICATE);
	assert_int_equal(err.alert_from, DUET_SIDE_PEER);
	duet_tls_free(server);
	assert_int_equal(close(fds[1]), 0);
}

/*
 * A server that refuses our certificate may be gone before we have written
 * our request: its alert says more than EPIPE.
 */
static void finds_the_alert_behind_a_broken_pipe(void **state)
{
	static char big[BIG];
	struct duet_identity *identity = identity_of(leaf);
	struct duet_trust *trust = trust_in(ca);
	struct duet_config *config;
	struct duet_tls *client;
	struct duet_tls *server;
	struct duet_error err;
	int fds[2];
	size_t n;
	int rc;

	(void)state;
	config = server_with((struct duet_server_config){
		.identities = &identity,
		.n_identities = 1,
		.client_trust = trust,
		.client_cert = DUET_CLIENT_CERT_REQUIRE });
	make_pair(fds, true);
	client = attach_client(fds[0], "localhost");
	server = duet_tls_server(config, NULL);
	assert_int_equal(duet_tls_attach(server, fds[1], NULL), DUET_OK);
	do {
		rc = duet_tls_handshake(client, &err);
		assert_true(rc >= 0);
	} while (duet_tls_handshake(server, NULL) >= 0);
	assert_int_equal(rc, DUET_OK);
	duet_tls_free(server);
	assert_int_equal(close(fds[1]), 0);
	do
		rc = duet_tls_write(client, big, sizeof(big), &n, &err);
	while (rc == DUET_OK);
	assert_int_equal(rc, DUET_E_CLIENT_CERT);
	assert_int_equal(err.alert, SSL_AD_CERTIFICATE_REQUIRED);
	duet_tls_free(client);
	assert_int_equal(close(fds[0]), 0);
	duet_config_release(config);
	duet_trust_release(trust);
	duet_identity_release(identity);
}

/* A server that answers before it has read all (RFC 9112 s9.5), and leaves. */
static void reads_the_answer_behind_a_broken_pipe(void **state)
{
	static char big[BIG];
	struct duet_tls *client;
	struct duet_tls *server;
	struct duet_error err;
	char buf[64];
	int fds[2];
	size_t n;
	int rc;

	(void)state;
	make_pair(fds, true);
	client = attach_client(fds[0], "localhost");
	server = attach_server(fds[1]);
	handshake_both(client, server);
	assert_int_equal(duet_tls_write(server, "too large", 9, &n, NULL),
			 DUET_OK);
	assert_int_equal(duet_tls_close(server, NULL), DUET_OK);
	duet_tls_free(server);
	assert_int_equal(close(fds[1]), 0);
	do
		rc = duet_tls_write(client, big, sizeof(big), &n, &err);
	while (rc == DUET_OK);
	assert_int_equal(rc, DUET_E_GONE);
	assert_int_equal(duet_tls_read(client, buf, sizeof(buf), &n, NULL),
			 DUET_OK);
	assert_int_equal(n, 9);
	assert_memory_equal(buf, "too large", 9);
	assert_int_equal(duet_tls_write(client, big, 1, &n, &err), DUET_E_GONE);
	assert_int_equal(err.sys, EPIPE);
	assert_int_equal(duet_tls_read(client, buf, sizeof(buf), &n, NULL),
			 DUET_EOF);
	assert_true(duet_tls_closed_cleanly(client));
	duet_tls_free(client);
	assert_int_equal(close(fds[0]), 0);
}

/* Reading owes the socket an alert, no_renegotiation, that nobody takes. */
static void keeps_what_it_read_when_its_answer_cannot_go(void **state)
{
	struct duet_tls *client;
	struct duet_tls *server;
	char buf[64];
	int fds[2];
	SSL *ssl;
	size_t n;

	(void)state;
	make_pair(fds, true);
	client = attach_client(fds[0], "localhost");
	server = attach_server(fds[1]);
	ssl = duet_tls_ssl(server);
	assert_int_equal(SSL_set_max_proto_version(ssl, TLS1_2_VERSION), 1);
	handshake_both(client, server);
	(void)SSL_clear_options(ssl, SSL_OP_NO_RENEGOTIATION);
	assert_int_equal(SSL_renegotiate(ssl), 1);
	(void)SSL_do_handshake(ssl);
	assert_int_equal(duet_tls_write(server, "last words", 10, &n, NULL),
			 DUET_OK);
	duet_tls_free(server);
	assert_int_equal(close(fds[1]), 0);
	assert_int_equal(duet_tls_read(client, buf, sizeof(buf), &n, NULL),
			 DUET_OK);
	assert_int_equal(n, 10);
	assert_memory_equal(buf, "last words", 10);
	assert_int_equal(duet_tls_write(client, "x", 1, &n, NULL), DUET_E_GONE);
	assert_int_equal(duet_tls_read(client, buf, sizeof(buf), &n, NULL),
			 DUET_E_TRUNCATED);
	assert_int_equal(duet_tls_cut(client), DUET_CUT_RESET);
	duet_tls_free(client);
	assert_int_equal(close(fds[0]), 0);
}

static void refuses_what_is_no_socket(void **state)
{
	struct duet_tls *tls = duet_tls_server(server_config, NULL);
	struct duet_error err;
	int fds[2];
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(duet_tls_attach(tls, pipes[0], &err), DUET_E_SYSTEM);
	assert_int_equal(err.sys, ENOTSOCK);
	assert_int_equal(duet_tls_attach(tls, -1, &err), DUET_E_SYSTEM);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	assert_int_equal(duet_tls_attach(tls, fds[0], &err), DUET_E_ARGUMENT);
	(void)close(fds[0]);
	(void)close(fds[1]);
	make_pair(fds, true);
	assert_int_equal(duet_tls_attach(tls, fds[0], &err), DUET_OK);
	assert_int_equal(duet_tls_attach(tls, fds[1], &err), DUET_E_STATE);
	duet_tls_free(tls);
	(void)close(fds[0]);
	(void)close(fds[1]);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(talks_over_sockets_that_block),
		cmocka_unit_test(talks_over_sockets_that_do_not_block),
		cmocka_unit_test(is_told_apart_a_cut_from_an_end),
		cmocka_unit_test(survives_writing_to_nobody),
		cmocka_unit_test(keeps_to_its_time_limit),
		cmocka_unit_test(keeps_to_its_time_limit_while_records_come),
		cmocka_unit_test(sends_its_alert_before_it_returns),
		cmocka_unit_test(finds_the_alert_behind_a_broken_pipe),
		cmocka_unit_test(reads_the_answer_behind_a_broken_pipe),
		cmocka_unit_test(keeps_what_it_read_when_its_answer_cannot_go),
		cmocka_unit_test(refuses_what_is_no_socket),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
