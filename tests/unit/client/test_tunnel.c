/* SPDX-License-Identifier: MIT */
/* Opening a tunnel over one end of a pair; the test is the proxy. */
#define _DEFAULT_SOURCE
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/tunnel.h"
#include "support/unit.h"

struct play {
	struct duet_loop *loop;
	struct duet_pipe pipe;
	int fd; /* the proxy's end */
	struct duet_proxy proxy;
	struct duet_tunnel *tunnel;
	int calls;
	struct duet_error err;
};

static void on_tunnel(void *arg, const struct duet_error *err)
{
	struct play *play = arg;

	play->calls++;
	if (err != NULL)
		play->err = *err;
}

static void begin(struct play *play, const char *proxy, const char *host)
{
	static const struct duet_limits limits = { .size = sizeof(limits),
						   .line_bytes = 256 };
	struct duet_tunnel_to to = { &play->proxy, host, 443, &limits };
	int sv[2];

	memset(play, 0, sizeof(*play));
	assert_int_equal(socketpair(AF_UNIX,
				    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
				    0, sv),
			 0);
	play->pipe.fd = sv[0];
	play->fd = sv[1];
	assert_int_equal(duet_loop_new(&play->loop, NULL), DUET_OK);
	assert_int_equal(duet_proxy_parse(&play->proxy, proxy, NULL, NULL),
			 DUET_OK);
	assert_int_equal(duet_tunnel_new(play->loop, &play->pipe, &to,
					 on_tunnel, play, &play->tunnel, NULL),
			 DUET_OK);
	assert_int_equal(play->calls, 0);
}

static void step(struct play *play)
{
	assert_int_equal(duet_loop_step(play->loop, 0, NULL), DUET_OK);
}

static size_t hear(struct play *play, char *dst, size_t cap)
{
	ssize_t n;

	step(play);
	n = recv(play->fd, dst, cap - 1, MSG_DONTWAIT);
	assert_true(n > 0);
	dst[n] = '\0';
	return (size_t)n;
}

/* Byte by byte. */
static void say(struct play *play, const char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len && play->calls == 0; i++) {
		assert_int_equal(send(play->fd, bytes + i, 1, MSG_NOSIGNAL), 1);
		step(play);
	}
}

static void end(struct play *play)
{
	duet_tunnel_free(play->tunnel);
	duet_pipe_close(&play->pipe);
	(void)close(play->fd);
	duet_loop_free(play->loop);
	duet_proxy_done(&play->proxy);
}

static void opens_by_connect(void **state)
{
	static const char answer[] = "HTTP/1.1 100 Continue\r\n\r\n"
				     "HTTP/1.0 200 Connection established\r\n"
				     "Content-Length: 5\r\n\r\n";
	struct play play;
	char said[512];

	(void)state;
	begin(&play, "http://alice:secret@p:3128", "::1");
	(void)hear(&play, said, sizeof(said));
	assert_non_null(strstr(duet_tunnel_doing(play.tunnel), "still to"));
	assert_int_equal(strncmp(said, "CONNECT [::1]:443 HTTP/1.1\r\n", 28),
			 0);
	assert_non_null(strstr(said, "\r\nHost: [::1]:443\r\n"));
	assert_non_null(strstr(said, "\r\nProxy-Authorization: Basic "
				     "YWxpY2U6c2VjcmV0\r\n"));
	say(&play, answer, strlen(answer) - 1);
	assert_int_equal(play.calls, 0);
	assert_non_null(strstr(duet_tunnel_doing(play.tunnel), "not whole"));
	say(&play, "\n", 1);
	assert_int_equal(play.calls, 1);
	assert_int_equal(play.err.code, 0);
	end(&play);
}

static void opens_by_socks(void **state)
{
	struct play play;
	char said[512];

	(void)state;
	begin(&play, "socks5h://alice:x@p", "example.org");
	assert_int_equal(hear(&play, said, sizeof(said)), 4);
	say(&play, "\5\2", 2);
	assert_int_equal(hear(&play, said, sizeof(said)), 9);
	assert_memory_equal(said, "\1\5alice\1x", 9);
	say(&play, "\1\0", 2);
	assert_int_equal(hear(&play, said, sizeof(said)), 18);
	assert_memory_equal(said, "\5\1\0\3\13example.org\1\273", 18);
	say(&play, "\5\0\0\1\0\0\0\0\0\0", 10);
	assert_int_equal(play.calls, 1);
	assert_int_equal(play.err.code, 0);
	end(&play);
}

#define LONG_40  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG_280 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40

static void says_in_words_why_not(void **state)
{
	static const struct {
		const char *proxy;
		const char *answer;
		const char *word;
	} rows[] = {
		{ "p", "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic x\r\n\r\n",
		  "wants authentication (407); give it a name" },
		{ "a:b@p", "HTTP/1.1 407 No\r\n\r\n",
		  "refuses this name and password (407)" },
		{ "p",
		  "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\n\r\n",
		  "by Negotiate (407)" },
		{ "p",
		  "HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\n"
		  "proxy-authenticate: basic realm=x\r\n\r\n",
		  "give it a name" },
		{ "p", "HTTP/1.1 403 Fil\x1btered\r\n\r\n", "no good" },
		{ "p", "HTTP/1.1 403 Filtered\r\n\r\n",
		  "'a.b' port 443: 403 Filtered; its rules" },
		{ "p", "HTTP/1.1 502 \r\n\r\n", "502; check the name" },
		{ "p", "HTTP/1.1 405 Not\r\n\r\n", "check that it is a proxy" },
		{ "p", "HTTP/1.1 302 Away\r\nLocation: /\r\n\r\n",
		  "302 Away; ask its keeper" },
		{ "p", "HTTP/1.1 200 OK\r\n\r\nearly", "bytes after" },
		{ "p", "hello\r\n\r\n", "no good" },
		{ "p", "\x15\x03", "https://" },
		{ "p", "\5\xff", "socks5h://" },
		{ "p", "HTTP/1.1 200 " LONG_280, "no good" },
		{ "socks5h://p", "HTTP", "http://" },
		{ "socks5h://p", "\5\xff", "wants authentication" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct play play;
		char said[512];

		begin(&play, rows[i].proxy, "a.b");
		(void)hear(&play, said, sizeof(said));
		/* in one piece */
		assert_int_equal(send(play.fd, rows[i].answer,
				      strlen(rows[i].answer), MSG_NOSIGNAL),
				 strlen(rows[i].answer));
		step(&play);
		if (play.calls != 1 || play.err.code != DUET_E_PROXY ||
		    strncmp(play.err.text, "the proxy ", 10) != 0 ||
		    strstr(play.err.text, rows[i].word) == NULL)
			fail_msg("%zu: %s", i, play.err.text);
		assert_false(duet_tunnel_may_try_another(play.tunnel));
		end(&play);
	}
}

static void knows_an_end_from_an_answer(void **state)
{
	static const char *const answers[] = { "", "HTTP/1.1 200 O" };
	static const char *const words[] = { "before its answer",
					     "in the middle of its answer" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(answers); i++) {
		struct play play;
		char said[512];

		begin(&play, "p", "a.b");
		(void)hear(&play, said, sizeof(said));
		say(&play, answers[i], strlen(answers[i]));
		assert_int_equal(shutdown(play.fd, SHUT_WR), 0);
		step(&play);
		assert_int_equal(play.calls, 1);
		assert_int_equal(play.err.code, DUET_E_PROXY);
		assert_non_null(strstr(play.err.text, words[i]));
		end(&play);
	}
}

static void knows_which_refusal_is_about_the_address(void **state)
{
	struct play play;
	char said[512];

	(void)state;
	begin(&play, "socks5://p", "192.0.2.1");
	(void)hear(&play, said, sizeof(said));
	say(&play, "\5\0", 2);
	(void)hear(&play, said, sizeof(said));
	say(&play, "\5\5\0\1\0", 5);
	assert_int_equal(play.calls, 1);
	assert_true(duet_tunnel_may_try_another(play.tunnel));
	end(&play);
}

static void is_freed_before_its_end(void **state)
{
	struct play play;

	(void)state;
	begin(&play, "p", "a.b");
	step(&play);
	end(&play);
	assert_int_equal(play.calls, 0);
}

static void takes_a_407_for_the_proxys(void **state)
{
	struct duet_error err = { 0 };
	struct duet_proxy proxy;

	(void)state;
	assert_int_equal(duet_proxy_parse(&proxy, "p", NULL, NULL), DUET_OK);
	assert_int_equal(duet_tunnel_check_answer(&proxy,
						  DUET_HEAD(.status = 403),
						  &err),
			 DUET_OK);
	assert_int_equal(duet_tunnel_check_answer(&proxy,
						  DUET_HEAD(.status = 407),
						  &err),
			 DUET_E_PROXY);
	assert_non_null(strstr(err.text, "the proxy http://p:80: it wants"));
	duet_proxy_done(&proxy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_by_connect),
		cmocka_unit_test(opens_by_socks),
		cmocka_unit_test(says_in_words_why_not),
		cmocka_unit_test(knows_an_end_from_an_answer),
		cmocka_unit_test(knows_which_refusal_is_about_the_address),
		cmocka_unit_test(is_freed_before_its_end),
		cmocka_unit_test(takes_a_407_for_the_proxys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
