/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/address.h"
#include "rig.h"

static const char get[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

static void hello(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	assert_int_equal(duet_reply_text(exchange, 200, "hello\n"), DUET_OK);
}

static void the_next_waits_in_the_backlog_when_it_is_full(void **state)
{
	struct duet_server_options options;
	struct rig rig;
	struct peer peers[3];
	int i;

	(void)state;
	rig_init(&rig, false, hello);
	options = rig_options(&rig);
	options.max_connections = 2;
	rig_open(&rig, &options);
	for (i = 0; i < 3; i++) {
		peer_open(&rig, &peers[i]);
		assert_int_equal(peer_try_send(&peers[i], get, strlen(get)),
				 strlen(get));
	}
	assert_int_equal(peer_reply(&rig, &peers[0], "hello\n"), 200);
	assert_int_equal(peer_reply(&rig, &peers[1], "hello\n"), 200);
	for (i = 0; i < 10; i++)
		rig_step(&rig);
	assert_int_equal(duet_server_n_connections(rig.server), 2);
	assert_int_equal(rig.calls, 2);
	peer_done(&peers[0]);
	assert_int_equal(peer_reply(&rig, &peers[2], "hello\n"), 200);
	assert_int_equal(duet_server_n_connections(rig.server), 2);
	peer_done(&peers[1]);
	peer_done(&peers[2]);
	rig_await_connections(&rig, 0);
	assert_int_equal(rig.n_troubles, 0);
	rig_done(&rig);
}

static void goes_on_when_descriptors_run_out(void **state)
{
	struct rlimit before;
	struct rlimit none;
	struct rig rig;
	struct peer peer;
	int i;

	(void)state;
	rig_meet(&rig, false, hello, &peer);
	assert_int_equal(peer_try_send(&peer, get, strlen(get)), strlen(get));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	for (i = 0; i < 30; i++)
		rig_step(&rig);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(rig.n_troubles, 1); /* said once */
	assert_int_equal(rig.troubles[0].code, DUET_E_SYSTEM);
	assert_non_null(strstr(rig.troubles[0].text, "ulimit -n"));
	assert_int_equal(peer_reply(&rig, &peer, "hello\n"), 200);
	rig_part(&rig, &peer);
}

static void serves_a_socket_that_is_given(void **state)
{
	struct duet_server_options options;
	struct rig rig;
	struct peer peer = { 0 };
	int fds[2];

	(void)state;
	rig_init(&rig, false, hello);
	options = rig_options(&rig);
	options.listen = NULL;
	rig_open(&rig, &options);
	assert_int_equal(duet_server_n_addresses(rig.server), 0);
	assert_int_equal(duet_server_port(rig.server), 0);
	assert_null(duet_server_address(rig.server, 0));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(duet_server_adopt(rig.server, fds[0], NULL), DUET_OK);
	assert_int_equal(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	peer.fd = fds[1];
	duet_buf_init(&peer.in, 65536);
	peer_send(&rig, &peer, get);
	assert_int_equal(peer_reply(&rig, &peer, "hello\n"), 200);
	assert_string_equal(rig.reports[0].peer, "unix:");
	assert_int_equal(duet_server_n_connections(rig.server), 1);
	peer_done(&peer);
	rig_await_connections(&rig, 0);
	rig_done(&rig);
}

static void refuses_what_is_not_a_connected_socket(void **state)
{
	struct duet_error err;
	struct rig rig;
	int fd;

	(void)state;
	rig_start(&rig, false, hello);
	fd = open("/dev/null", O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(duet_server_adopt(rig.server, fd, &err),
			 DUET_E_SYSTEM);
	assert_int_equal(close(fd), -1); /* it was taken all the same */
	assert_int_equal(duet_server_adopt(rig.server, -1, &err),
			 DUET_E_SYSTEM);
	rig_done(&rig);
}

static void serves_on_sockets_that_listen_already(void **state)
{
	struct duet_server_options options;
	struct duet_address address;
	struct duet_error err;
	struct rig rig;
	struct peer peer;
	int fd;

	(void)state;
	assert_true(duet_address_parse(&address, "127.0.0.1", 0));
	fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address.storage,
			      address.len),
			 0);
	rig_init(&rig, false, hello);
	options = rig_options(&rig);
	options.listen = NULL;
	options.listen_fds = &fd;
	options.n_listen_fds = 1;
	assert_null(duet_server_new(&options, &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
	assert_int_equal(listen(fd, 8), 0);
	rig_open(&rig, &options);
	(void)close(fd); /* the server has its own */
	peer_open(&rig, &peer);
	peer_send(&rig, &peer, get);
	assert_int_equal(peer_reply(&rig, &peer, "hello\n"), 200);
	rig_part(&rig, &peer);
}

static void serves_on_a_unix_socket_and_removes_it(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct duet_server_options options;
	const char *places[] = { NULL, NULL };
	char dir[] = "/tmp/duet-test-XXXXXX";
	char where[128];
	struct stat info;
	struct rig rig;
	struct peer peer = { 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(where, sizeof(where), "unix:%s/s", dir);
	places[0] = where;
	rig_init(&rig, false, hello);
	options = rig_options(&rig);
	options.listen = places;
	rig_open(&rig, &options);
	assert_string_equal(duet_server_address(rig.server, 0), where);
	assert_int_equal(duet_server_port(rig.server), 0);
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s/s", dir);
	peer.fd = socket(AF_UNIX, SOCK_STREAM, 0);
	duet_buf_init(&peer.in, 65536);
	assert_int_equal(connect(peer.fd, (struct sockaddr *)&un, sizeof(un)),
			 0);
	assert_int_equal(fcntl(peer.fd, F_SETFL, O_NONBLOCK), 0);
	peer_send(&rig, &peer, get);
	assert_int_equal(peer_reply(&rig, &peer, "hello\n"), 200);
	assert_string_equal(rig.reports[0].peer, "unix:");
	rig_part(&rig, &peer);
	assert_int_equal(stat(un.sun_path, &info), -1);
	assert_int_equal(rmdir(dir), 0);
}

static void listens_in_several_places(void **state)
{
	static const char *const places[] = { "127.0.0.1:0", "127.0.0.1:0",
					      NULL };
	struct duet_server_options options;
	struct rig rig;

	(void)state;
	rig_init(&rig, false, hello);
	options = rig_options(&rig);
	options.listen = places;
	rig_open(&rig, &options);
	assert_int_equal(duet_server_n_addresses(rig.server), 2);
	assert_memory_equal(duet_server_address(rig.server, 1),
			    "127.0.0.1:", 10);
	assert_string_not_equal(duet_server_address(rig.server, 0),
				duet_server_address(rig.server, 1));
	assert_int_not_equal(duet_server_port(rig.server), 0);
	rig_done(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_waits_in_the_backlog_when_it_is_full),
		cmocka_unit_test(goes_on_when_descriptors_run_out),
		cmocka_unit_test(serves_a_socket_that_is_given),
		cmocka_unit_test(refuses_what_is_not_a_connected_socket),
		cmocka_unit_test(serves_on_sockets_that_listen_already),
		cmocka_unit_test(serves_on_a_unix_socket_and_removes_it),
		cmocka_unit_test(listens_in_several_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
