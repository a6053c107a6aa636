/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "broken/link.h"
#include "support/unit.h"

/* A connection over loopback, where there are resets. */
static int connect_to(struct duet_broken_link *link)
{
	struct sockaddr_in place = { .sin_family = AF_INET };
	socklen_t len = sizeof(place);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int client = socket(AF_INET, SOCK_STREAM, 0);

	place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&place, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&place, &len),
			 0);
	assert_int_equal(connect(client, (struct sockaddr *)&place, len), 0);
	assert_true(duet_broken_link_open(link, accept(listener, NULL, NULL),
					  NULL));
	assert_int_equal(close(listener), 0);
	return client;
}

static void bytes_go_both_ways(void **state)
{
	struct duet_broken_link link;
	int client = connect_to(&link);
	char got[8];

	(void)state;
	assert_false(duet_broken_link_is_h2(&link));
	assert_true(duet_broken_link_send(&link, "abc", 3));
	assert_int_equal(recv(client, got, sizeof(got), 0), 3);
	duet_broken_link_end(&link);
	assert_int_equal(close(client), 0);
}

static void a_fin_ends_and_waits_for_the_others(void **state)
{
	struct duet_broken_link link;
	int client = connect_to(&link);
	char got;

	(void)state;
	assert_int_equal(send(client, "late", 4, 0), 4);
	assert_int_equal(shutdown(client, SHUT_WR), 0);
	duet_broken_link_goodbye(&link);
	duet_broken_link_fin(&link);
	duet_broken_link_end(&link);
	assert_int_equal(recv(client, &got, 1, 0), 0);
	assert_int_equal(close(client), 0);
}

static void a_reset_comes_after_what_was_sent(void **state)
{
	struct duet_broken_link link;
	int client = connect_to(&link);
	char got[8];

	(void)state;
	assert_true(duet_broken_link_send(&link, "abc", 3));
	duet_broken_link_rst(&link);
	assert_int_equal(recv(client, got, sizeof(got), 0), 3);
	assert_int_equal(recv(client, got, sizeof(got), 0), -1);
	assert_int_equal(errno, ECONNRESET);
	assert_int_equal(close(client), 0);
}

static void whoever_has_gone_is_noticed(void **state)
{
	struct duet_broken_link link;
	int client = connect_to(&link);
	char got[4];

	(void)state;
	assert_int_equal(send(client, "ab", 2, 0), 2);
	assert_int_equal(close(client), 0);
	assert_false(duet_broken_link_read_exactly(&link, got, sizeof(got)));
	while (duet_broken_link_send(&link, "abc", 3))
		continue;
	duet_broken_link_end(&link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_go_both_ways),
		cmocka_unit_test(a_fin_ends_and_waits_for_the_others),
		cmocka_unit_test(a_reset_comes_after_what_was_sent),
		cmocka_unit_test(whoever_has_gone_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
