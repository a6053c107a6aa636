/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* SOCK_NONBLOCK */
#include <netdb.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "mint/dial.h"
#include "support/sock.h"

/* What every name resolves to. */
static struct addrinfo answers[2];

int getaddrinfo(const char *name, const char *service,
		const struct addrinfo *hints, struct addrinfo **ret)
{
	(void)name;
	(void)service;
	(void)hints;
	*ret = answers;
	return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
	(void)list;
}

static void answer_with(struct addrinfo *ret, struct duet_address *address,
			struct addrinfo *next)
{
	*ret = (struct addrinfo){
		.ai_family = address->storage.ss_family,
		.ai_socktype = SOCK_STREAM,
		.ai_addr = (struct sockaddr *)&address->storage,
		.ai_addrlen = address->len,
		.ai_next = next,
	};
}

static void reads_where_a_server_is(void **state)
{
	static const struct {
		const char *text;
		const char *host;
		const char *port;
	} cases[] = {
		{ "x.org:443", "x.org", "443" },
		{ "localhost:08443", "localhost", "8443" },
		{ "[::1]:8443", "::1", "8443" },
		{ "127.0.0.1:1", "127.0.0.1", "1" },
		{ "https://x.org", "x.org", "443" },
		{ "https://x.org:65535/a:b/c?d", "x.org", "65535" },
		{ "https://[::1]/", "::1", "443" },
		{ "https://[::1]:8443?x", "::1", "8443" },
	};
	struct duet_mint_target target;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_true(duet_mint_target_parse(cases[i].text, &target));
		assert_string_equal(target.host, cases[i].host);
		assert_string_equal(target.port, cases[i].port);
	}
}

static void takes_nothing_else_for_a_server(void **state)
{
	static const char *const cases[] = {
		"",          "x.org",       "x.org:",         ":443",
		"x.org:0",   "x.org:65536", "x.org:https",    "[::1]",
		"::1:443",   "[::1:443",    "[]:443",         "a/b:443",
		"https://",  "https:///",   "https://x.org:", "http://x.org",
		"[::1]x443",
	};
	struct duet_mint_target target;
	char longer[400];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		if (duet_mint_target_parse(cases[i], &target))
			fail_msg("'%s' was taken", cases[i]);
	memset(longer, 'a', sizeof(longer));
	memcpy(longer + sizeof(longer) - 5, ":443", 5);
	assert_false(duet_mint_target_parse(longer, &target));
	assert_false(duet_mint_target_parse(longer + 130, &target));
	assert_true(duet_mint_target_parse(longer + 140, &target));
}

static void one_silent_address_leaves_time_for_the_next(void **state)
{
	static const struct duet_mint_target target = { "two.example", "443" };
	struct duet_address addresses[2];
	int64_t deadline = duet_clock_ms() + 1000;
	int tarpit[SOCK_TARPIT_FDS];
	struct duet_error err = { 0 };
	int listening;
	int fd = -1;

	(void)state;
	sock_tarpit(tarpit, &addresses[0]);
	listening = sock_listening("127.0.0.1", &addresses[1]);
	answer_with(&answers[0], &addresses[0], &answers[1]);
	answer_with(&answers[1], &addresses[1], NULL);
	if (duet_mint_connect(&target, deadline, &fd, &err) != DUET_OK)
		fail_msg("%s", err.text);
	/* On loopback connecting takes no time, not even the last moment. */
	assert_true(duet_clock_ms() < deadline);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	(void)close(fd);
	(void)close(listening);
	sock_close_all(tarpit, COUNT(tarpit));
}

static void silence_is_a_matter_of_time(void **state)
{
	static const struct duet_mint_target target = { "one.example", "443" };
	struct duet_address address;
	int tarpit[SOCK_TARPIT_FDS];
	struct duet_error err;
	int fd = -1;

	(void)state;
	sock_tarpit(tarpit, &address);
	answer_with(&answers[0], &address, NULL);
	assert_int_equal(duet_mint_connect(&target, duet_clock_ms() + 20, &fd,
					   &err),
			 DUET_E_TIMEOUT);
	assert_non_null(strstr(err.text, "'one.example', port 443"));
	assert_int_equal(fd, -1);
	sock_close_all(tarpit, COUNT(tarpit));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_where_a_server_is),
		cmocka_unit_test(takes_nothing_else_for_a_server),
		cmocka_unit_test(one_silent_address_leaves_time_for_the_next),
		cmocka_unit_test(silence_is_a_matter_of_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
