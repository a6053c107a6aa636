/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* mkdtemp */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/address.h"
#include "support/sock.h"

static void check_accepts(int fd)
{
	struct pollfd poller = { fd, POLLIN, 0 };
	struct duet_address address;
	int out;
	int in;

	assert_int_equal(duet_address_of(fd, &address, NULL), DUET_OK);
	out = sock_connected(&address);
	assert_int_equal(poll(&poller, 1, -1), 1);
	in = accept(fd, NULL, NULL);
	assert_true(in >= 0);
	assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	(void)close(out);
	(void)close(in);
}

static void listens_in_every_form_of_place(void **state)
{
	static const struct {
		const char *where;
		size_t least, most;
	} rows[] = {
		{ "127.0.0.1:0", 1, 1 }, { "[::1]:0", 1, 1 },
		{ "[::]:0", 1, 1 },      { ":0", 1, 1 },
		{ "localhost:0", 1, 2 },
	};
	struct duet_address address[2];
	int fds[2];
	size_t n;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(duet_listen(rows[i].where, false, fds, &n,
					     NULL),
				 DUET_OK);
		assert_in_range(n, rows[i].least, rows[i].most);
		check_accepts(fds[0]);
		if (n == 2) {
			check_accepts(fds[1]);
			assert_int_equal(duet_address_of(fds[0], &address[0],
							 NULL),
					 DUET_OK);
			assert_int_equal(duet_address_of(fds[1], &address[1],
							 NULL),
					 DUET_OK);
			assert_int_equal(duet_address_port(&address[0]),
					 duet_address_port(&address[1]));
		}
		sock_close_all(fds, n);
	}
}

static bool takes_ipv4(const char *where)
{
	struct duet_address address;
	struct duet_address v4;
	int fds[2];
	size_t n;
	int fd;
	int rc;

	assert_int_equal(duet_listen(where, false, fds, &n, NULL), DUET_OK);
	assert_int_equal(duet_address_of(fds[0], &address, NULL), DUET_OK);
	assert_true(duet_address_parse(&v4, "127.0.0.1",
				       duet_address_port(&address)));
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	rc = connect(fd, (struct sockaddr *)&v4.storage, v4.len);
	(void)close(fd);
	sock_close_all(fds, n);
	return rc == 0;
}

static void only_the_open_form_takes_both_families(void **state)
{
	(void)state;
	assert_true(takes_ipv4(":0"));
	assert_false(takes_ipv4("[::]:0"));
}

static void refuses_in_words(void **state)
{
	static const struct {
		const char *where;
		int code;
		const char *word;
	} rows[] = {
		{ "localhost", DUET_E_ARGUMENT, "HOST:PORT" },
		{ "", DUET_E_ARGUMENT, "HOST:PORT" },
		{ "8443", DUET_E_ARGUMENT, "as in :8443" },
		{ "localhost:", DUET_E_ARGUMENT, "no port" },
		{ "localhost:65536", DUET_E_ARGUMENT, "'65536' is no port" },
		{ "localhost:http", DUET_E_ARGUMENT, "no port" },
		{ "::1:8443", DUET_E_ARGUMENT, "brackets" },
		{ "[::1]", DUET_E_ARGUMENT, "it has no port" },
		{ "[localhost]:0", DUET_E_ARGUMENT, "not an IPv6" },
		{ "unix:", DUET_E_ARGUMENT, "path" },
		{ "nosuchhost.invalid:0", DUET_E_RESOLVE, "no address" },
		{ "192.0.2.1:0", DUET_E_SYSTEM, "no interface" },
		{ "unix:/nosuchdir/x", DUET_E_SYSTEM, "directory first" },
		{ "unix:/etc/passwd", DUET_E_SYSTEM, "not a socket" },
	};
	struct duet_error err;
	int fds[2];
	size_t n;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(duet_listen(rows[i].where, false, fds, &n,
					     &err),
				 rows[i].code);
		if (strstr(err.text, rows[i].word) == NULL ||
		    strstr(err.text, rows[i].where) == NULL)
			fail_msg("'%s': %s", rows[i].where, err.text);
	}
}

static void names_the_remedy_for_a_port_that_is_taken(void **state)
{
	struct duet_error err = { 0 };
	struct duet_address address;
	char where[DUET_ADDRESS_TEXT_BYTES];
	int fds[2];
	size_t n;
	int fd;

	(void)state;
	fd = sock_listening("127.0.0.1", &address);
	(void)snprintf(where, sizeof(where), "127.0.0.1:%u",
		       (unsigned)duet_address_port(&address));
	assert_int_equal(duet_listen(where, false, fds, &n, &err),
			 DUET_E_SYSTEM);
	assert_int_equal(err.sys, EADDRINUSE);
	assert_non_null(strstr(err.text, where));
	assert_non_null(strstr(err.text, "choose another port"));
	(void)close(fd);
}

static void shares_a_port_when_asked_to(void **state)
{
	struct duet_address address;
	char where[DUET_ADDRESS_TEXT_BYTES];
	int first[2];
	int second[2];
	size_t n;

	(void)state;
	assert_int_equal(duet_listen("127.0.0.1:0", true, first, &n, NULL),
			 DUET_OK);
	assert_int_equal(duet_address_of(first[0], &address, NULL), DUET_OK);
	duet_address_text(where, &address);
	assert_int_equal(duet_listen(where, true, second, &n, NULL), DUET_OK);
	(void)close(first[0]);
	(void)close(second[0]);
}

static void replaces_a_stale_socket_but_not_a_living_one(void **state)
{
	char dir[] = "/tmp/duet-listen-XXXXXX";
	struct duet_error err = { 0 };
	char where[DUET_ADDRESS_TEXT_BYTES];
	int first[2];
	int second[2];
	size_t n;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(where, sizeof(where), "unix:%s/s", dir);
	assert_int_equal(duet_listen(where, false, first, &n, NULL), DUET_OK);
	assert_int_equal(n, 1);
	assert_int_equal(duet_listen(where, false, second, &n, &err),
			 DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "another program answers"));
	(void)close(first[0]);
	assert_int_equal(duet_listen(where, false, second, &n, NULL), DUET_OK);
	check_accepts(second[0]);
	(void)close(second[0]);
	assert_int_equal(unlink(where + 5), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listens_in_every_form_of_place),
		cmocka_unit_test(only_the_open_form_takes_both_families),
		cmocka_unit_test(refuses_in_words),
		cmocka_unit_test(names_the_remedy_for_a_port_that_is_taken),
		cmocka_unit_test(shares_a_port_when_asked_to),
		cmocka_unit_test(replaces_a_stale_socket_but_not_a_living_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
