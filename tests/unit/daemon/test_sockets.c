/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/sockets.h"
#include "support/unit.h"

static uint16_t port_of(int fd)
{
	struct duet_address address;

	assert_int_equal(duet_address_of(fd, &address, NULL), DUET_OK);
	return duet_address_port(&address);
}

static void every_worker_has_a_socket_of_its_own_on_one_port(void **state)
{
	static const char *const cases[][3] = {
		{ "127.0.0.1:0" },
		{ ":0" },
		{ "localhost:0" },
		{ "127.0.0.1:0", "127.0.0.1:0" },
	};
	size_t c;
	size_t i;

	(void)state;
	for (c = 0; c < COUNT(cases); c++) {
		struct duet_sockets sockets;
		struct duet_error err = { 0 };

		if (duet_sockets_open(&sockets, cases[c], NULL, 3, &err) !=
		    DUET_OK)
			fail_msg("%s", err.text);
		for (i = 0; i < 3 * sockets.n_places; i++) {
			assert_true(sockets.fds[i] >= 0);
			assert_int_equal(port_of(sockets.fds[i]),
					 port_of(sockets.fds
							 [i %
							  sockets.n_places]));
		}
		duet_sockets_done(&sockets);
	}
}

static void plain_places_are_the_last_ones(void **state)
{
	static const char *const places[] = { "127.0.0.1:0", "[::1]:0", NULL };
	static const char *const plain[] = { "127.0.0.1:0", NULL };
	struct duet_sockets sockets;
	struct duet_error err = { 0 };

	(void)state;
	assert_int_equal(duet_sockets_open(&sockets, places, NULL, 2, &err),
			 DUET_OK);
	assert_int_equal(sockets.n_plain, 0);
	assert_false(duet_sockets_is_plain(&sockets, 1));
	duet_sockets_done(&sockets);
	assert_int_equal(duet_sockets_open(&sockets, places, plain, 2, &err),
			 DUET_OK);
	assert_int_equal(sockets.n_places, 3);
	assert_int_equal(sockets.n_plain, 1);
	assert_false(duet_sockets_is_plain(&sockets, 1));
	assert_true(duet_sockets_is_plain(&sockets, 2));
	assert_ptr_equal(sockets.origins[2], plain[0]);
	duet_sockets_done(&sockets);
}

static void a_second_service_is_refused_the_port(void **state)
{
	static const char *const any[] = { "127.0.0.1:0", NULL };
	struct duet_sockets first;
	struct duet_sockets second;
	const char *same[2] = { NULL };
	struct duet_error err;
	size_t workers;

	(void)state;
	for (workers = 1; workers < 4; workers += 2) {
		assert_int_equal(duet_sockets_open(&first, any, NULL, workers,
						   &err),
				 DUET_OK);
		same[0] = first.texts[0];
		assert_int_equal(duet_sockets_open(&second, same, NULL, workers,
						   &err),
				 DUET_E_SYSTEM);
		assert_non_null(strstr(err.text, first.texts[0]));
		assert_null(second.fds);
		duet_sockets_done(&first);
	}
}

static void a_worker_keeps_its_own(void **state)
{
	static const char *const any[] = { "127.0.0.1:0", "127.0.0.1:0", NULL };
	struct duet_sockets sockets;

	(void)state;
	assert_int_equal(duet_sockets_open(&sockets, any, NULL, 2, NULL),
			 DUET_OK);
	duet_sockets_keep(&sockets, 1);
	assert_int_equal(duet_sockets_of(&sockets, 0)[0], -1);
	assert_int_equal(duet_sockets_of(&sockets, 0)[1], -1);
	assert_true(duet_sockets_of(&sockets, 1)[0] >= 0);
	assert_true(duet_sockets_of(&sockets, 1)[1] >= 0);
	duet_sockets_close(&sockets);
	assert_int_equal(duet_sockets_of(&sockets, 1)[0], -1);
	duet_sockets_done(&sockets);
}

static void workers_share_a_unix_socket(void **state)
{
	char dir[] = "/tmp/duet-unix-XXXXXX";
	struct duet_sockets sockets;
	const char *places[2] = { NULL };
	char place[64];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(place, sizeof(place), "unix:%s/s", dir);
	places[0] = place;
	assert_int_equal(duet_sockets_open(&sockets, places, NULL, 2, NULL),
			 DUET_OK);
	assert_string_equal(sockets.texts[0], place);
	assert_true(duet_sockets_of(&sockets, 1)[0] >= 0);
	assert_int_not_equal(duet_sockets_of(&sockets, 0)[0],
			     duet_sockets_of(&sockets, 1)[0]);
	assert_int_equal(stat(place + 5, &st), 0);
	duet_sockets_unlink(&sockets);
	assert_int_not_equal(stat(place + 5, &st), 0);
	duet_sockets_done(&sockets);
	assert_int_equal(rmdir(dir), 0);
}

/* The first's file is removed, and somebody else takes the name. */
static void a_file_that_is_not_ours_stays(void **state)
{
	char dir[] = "/tmp/duet-unix-XXXXXX";
	const char *places[2] = { NULL };
	struct duet_sockets first;
	struct duet_sockets second;
	char place[64];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(place, sizeof(place), "unix:%s/s", dir);
	places[0] = place;
	assert_int_equal(duet_sockets_open(&first, places, NULL, 1, NULL),
			 DUET_OK);
	assert_int_equal(unlink(place + 5), 0);
	assert_int_equal(duet_sockets_open(&second, places, NULL, 1, NULL),
			 DUET_OK);
	duet_sockets_unlink(&first);
	assert_int_equal(stat(place + 5, &st), 0);
	duet_sockets_unlink(&second);
	assert_int_not_equal(stat(place + 5, &st), 0);
	duet_sockets_unlink(&second); /* there is none */
	duet_sockets_done(&first);
	duet_sockets_done(&second);
	assert_int_equal(rmdir(dir), 0);
}

static void one_bad_place_leaves_nothing_behind(void **state)
{
	char dir[] = "/tmp/duet-unix-XXXXXX";
	const char *places[] = { NULL, "nonsense", NULL };
	struct duet_sockets sockets;
	struct duet_error err;
	char place[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(place, sizeof(place), "unix:%s/s", dir);
	places[0] = place;
	assert_int_equal(duet_sockets_open(&sockets, places, NULL, 2, &err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "nonsense"));
	assert_null(sockets.fds);
	assert_int_equal(rmdir(dir), 0); /* the socket is gone */
}

/* By a name: that is looked up only now. */
static void what_we_have_ourselves_is_not_blamed_on_others(void **state)
{
	static const char *const any[] = { "127.0.0.1:0", NULL };
	struct duet_sockets first;
	struct duet_error err;
	const char *both[] = { NULL, NULL, NULL };
	char literal[64];
	char name[64];
	unsigned port;

	(void)state;
	assert_int_equal(duet_sockets_open(&first, any, NULL, 1, &err),
			 DUET_OK);
	port = port_of(first.fds[0]);
	duet_sockets_done(&first);
	(void)snprintf(literal, sizeof(literal), "127.0.0.1:%u", port);
	(void)snprintf(name, sizeof(name), "localhost:%u", port);
	both[0] = literal;
	both[1] = name;
	assert_int_equal(duet_sockets_open(&first, both, NULL, 1, &err),
			 DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "this service itself, which has"));
	assert_non_null(strstr(err.text, literal));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_worker_has_a_socket_of_its_own_on_one_port),
		cmocka_unit_test(plain_places_are_the_last_ones),
		cmocka_unit_test(a_second_service_is_refused_the_port),
		cmocka_unit_test(
			what_we_have_ourselves_is_not_blamed_on_others),
		cmocka_unit_test(a_worker_keeps_its_own),
		cmocka_unit_test(workers_share_a_unix_socket),
		cmocka_unit_test(a_file_that_is_not_ours_stays),
		cmocka_unit_test(one_bad_place_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
