/* SPDX-License-Identifier: MIT */
#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "broken/play.h"
#include "support/unit.h"

static char got[1 << 16];

/* What a client gets that sends asked and then no more. */
static size_t play(const struct duet_broken_case *row, const char *asked,
		   size_t len)
{
	const struct duet_broken_scene scene = { .plain_port = 1234,
						 .crl = { "the list", 8 } };
	struct duet_broken_link link;
	size_t n = 0;
	ssize_t more;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_true(duet_broken_link_open(&link, fds[0], NULL));
	assert_int_equal(write(fds[1], asked, len), len);
	assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
	duet_broken_play(&link, row, &scene);
	duet_broken_link_end(&link);
	while ((more = read(fds[1], got + n, sizeof(got) - 1 - n)) > 0)
		n += (size_t)more;
	got[n] = '\0';
	assert_int_equal(close(fds[1]), 0);
	return n;
}

static void plays(const struct duet_broken_step *steps, const char *want,
		  size_t len)
{
	const struct duet_broken_case row = { .name = "x", .steps = steps };
	static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

	assert_int_equal(play(&row, request, strlen(request)), len);
	assert_memory_equal(got, want, len);
}

static void says_what_it_is_told(void **state)
{
	static const struct duet_broken_step steps[] = {
		READ_HEAD,
		SAY("a\0b"),
		SAY_OFTEN("xy", .times = 3),
		SAY_OFTEN("z", .times = 2, .every_ms = 1),
		BODY(3),
		PLAIN_URL,
		FIN,
		SAY("too late"),
		THE_END,
	};

	(void)state;
	plays(steps, "a\0bxyxyxyzzAllhttp://localhost:1234/", 36);
}

static void many_times_are_as_many(void **state)
{
	static const struct duet_broken_step steps[] = {
		READ_HEAD,
		SAY_OFTEN("1234567", .times = 5001),
		THE_END,
	};
	static char want[7 * 5001];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want); i++)
		want[i] = (char)('1' + i % 7);
	plays(steps, want, sizeof(want));
}

static void frames_have_the_stream_or_none(void **state)
{
	static const struct duet_broken_step steps[] = {
		{ .act = DUET_BROKEN_READ_H2 },
		{ .act = DUET_BROKEN_FRAME,
		  .type = 3,
		  .bytes = "\0\0\0\2",
		  .len = 4,
		  .times = 1,
		  .on_stream = true },
		{ .act = DUET_BROKEN_FRAME_BODY, .flags = 1, .times = 2 },
		THE_END,
	};
	static const char asked[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
				    "\0\0\1\1\5\0\0\0\7\x82";
	static const char want[] = "\0\0\0\4\0\0\0\0\0"
				   "\0\0\4\3\0\0\0\0\7\0\0\0\2"
				   "\0\0\2\0\1\0\0\0\0Al";
	const struct duet_broken_case row = { .name = "x", .steps = steps };

	(void)state;
	assert_int_equal(play(&row, asked, sizeof(asked) - 1),
			 sizeof(want) - 1);
	assert_memory_equal(got, want, sizeof(want) - 1);
}

static void one_who_does_not_ask_gets_nothing(void **state)
{
	static const struct duet_broken_step steps[] = { READ_HEAD, SAY("x"),
							 THE_END };
	const struct duet_broken_case row = { .name = "x", .steps = steps };

	(void)state;
	assert_int_equal(play(&row, "GET / HT", 8), 0);
}

static void a_case_about_h2_says_so_to_others(void **state)
{
	const struct duet_broken_case row = { .name = "x",
					      .identity = DUET_BROKEN_H2 };

	(void)state;
	assert_true(play(&row, "GET / HTTP/1.1\r\n\r\n", 18) > 0);
	assert_non_null(strstr(got, "HTTP/1.1 505 "));
	assert_non_null(strstr(got, "HTTP/2"));
}

static void the_plain_one_knows_whom_it_has_before_it(void **state)
{
	static const struct duet_broken_step steps[] = {
		{ .act = DUET_BROKEN_PLAIN_ANSWER }, FIN, THE_END
	};
	const struct duet_broken_case row = { .name = "x", .steps = steps };

	(void)state;
	assert_true(play(&row, "GET /crl HTTP/1.1\r\n\r\n", 21) > 0);
	assert_non_null(strstr(got, "\r\n\r\nthe list"));
	assert_true(play(&row, "GET /crlx HTTP/1.1\r\n\r\n", 22) > 0);
	assert_null(strstr(got, "the list"));
	assert_non_null(strstr(got, "HTTP/1.1 200 OK\r\n"));
	assert_true(play(&row, "\x16\3\1", 3) > 0);
	assert_non_null(strstr(got, "HTTP/1.1 400 "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_it_is_told),
		cmocka_unit_test(many_times_are_as_many),
		cmocka_unit_test(frames_have_the_stream_or_none),
		cmocka_unit_test(one_who_does_not_ask_gets_nothing),
		cmocka_unit_test(a_case_about_h2_says_so_to_others),
		cmocka_unit_test(the_plain_one_knows_whom_it_has_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
