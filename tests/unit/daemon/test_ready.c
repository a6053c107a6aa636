/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ready.h"
#include "support/unit.h"

static char texts[][DUET_ADDRESS_TEXT_BYTES] = { "127.0.0.1:8443", "[::1]:8443",
						 "unix:/run/x", "[::]:8443",
						 "0.0.0.0:80" };

static void the_line_is_urls_with_spaces_between(void **state)
{
	static const struct {
		size_t n;
		const char *line;
	} cases[] = {
		{ 1, "https://127.0.0.1:8443\n" },
		{ 2, "https://127.0.0.1:8443 https://[::1]:8443\n" },
		{ 3,
		  "https://127.0.0.1:8443 https://[::1]:8443 unix:/run/x\n" },
		/* nobody can connect to "every address", or verify it */
		{ 5, "https://127.0.0.1:8443 https://[::1]:8443 unix:/run/x "
		     "https://x.org:8443 https://x.org:80\n" },
	};
	const struct duet_sockets none = { .n_places = 0 };
	struct duet_sockets sockets = { .texts = texts };
	char got[200] = "";
	int fds[2];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		ssize_t n;

		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
		sockets.n_places = cases[i].n;
		assert_int_equal(duet_ready_tell(fds[1], &sockets, &none,
						 "x.org", NULL),
				 DUET_OK);
		n = read(fds[0], got, sizeof(got) - 1);
		assert_true(n > 0);
		got[n] = '\0';
		assert_string_equal(got, cases[i].line);
		assert_int_equal(read(fds[0], got, 1), 0); /* it is closed */
		assert_int_equal(close(fds[0]), 0);
	}
}

static void the_admins_are_in_a_line_of_their_own(void **state)
{
	const struct duet_sockets sockets = { .texts = texts, .n_places = 1 };
	const struct duet_sockets admin = { .texts = texts, .n_places = 3 };
	char got[200] = "";
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(duet_ready_tell(fds[1], &sockets, &admin, "x.org",
					 NULL),
			 DUET_OK);
	assert_true(read(fds[0], got, sizeof(got) - 1) > 0);
	assert_string_equal(got, "https://127.0.0.1:8443\n"
				 "admin http://127.0.0.1:8443 "
				 "http://[::1]:8443 unix:/run/x\n");
	assert_int_equal(close(fds[0]), 0);
}

static void a_reader_that_left_is_an_error_in_words(void **state)
{
	const struct duet_sockets sockets = { .texts = texts, .n_places = 1 };
	struct duet_error err;
	int fds[2];

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(duet_ready_tell(fds[1], &sockets, &sockets, "x.org",
					 &err),
			 DUET_E_SYSTEM);
	assert_int_equal(err.sys, EPIPE);
	assert_non_null(strstr(err.text, "ready line"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_is_urls_with_spaces_between),
		cmocka_unit_test(the_admins_are_in_a_line_of_their_own),
		cmocka_unit_test(a_reader_that_left_is_an_error_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
