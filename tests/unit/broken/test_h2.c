/* SPDX-License-Identifier: MIT */
#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "broken/h2.h"
#include "support/unit.h"

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
static const char settings[] = "\0\0\0\4\0\0\0\0\0";
/* of stream 5, with END_HEADERS */
static const char fields[] = "\0\0\1\1\4\0\0\0\5\x82";
static const char data[] = "\0\0\2\0\0\0\0\0\5ab";
static const char last[] = "\0\0\0\0\1\0\0\0\5";

struct both {
	struct duet_broken_link link;
	int client;
};

static void open_both(struct both *both)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_true(duet_broken_link_open(&both->link, fds[0], NULL));
	both->client = fds[1];
}

static void close_both(struct both *both)
{
	duet_broken_link_end(&both->link);
	assert_int_equal(close(both->client), 0);
}

static void say(const struct both *both, const char *bytes, size_t len)
{
	assert_int_equal(write(both->client, bytes, len), len);
}

static void a_frame_comes_out_as_it_went_in(void **state)
{
	const struct duet_broken_frame frame = { 0x123456, 7, 0x25,
						 0x7fedcba9 };
	uint8_t bytes[DUET_BROKEN_FRAME_HEAD];
	struct duet_broken_frame got;

	(void)state;
	duet_broken_frame_write(bytes, &frame);
	duet_broken_frame_read(&got, bytes);
	assert_memory_equal(&got, &frame, sizeof(got));
	bytes[5] |= 0x80; /* reserved, and passed over */
	duet_broken_frame_read(&got, bytes);
	assert_int_equal(got.stream, frame.stream);
}

static void a_request_is_found_and_settings_are_acknowledged(void **state)
{
	uint8_t got[2 * DUET_BROKEN_FRAME_HEAD];
	struct both both;

	(void)state;
	open_both(&both);
	say(&both, preface, sizeof(preface) - 1);
	say(&both, settings, sizeof(settings) - 1);
	say(&both, fields, sizeof(fields) - 1);
	assert_true(duet_broken_h2_begin(&both.link));
	assert_int_equal(both.link.stream, 5);
	assert_false(both.link.whole);
	assert_int_equal(read(both.client, got, sizeof(got)), sizeof(got));
	assert_memory_equal(got, settings, DUET_BROKEN_FRAME_HEAD);
	assert_int_equal(got[DUET_BROKEN_FRAME_HEAD + 4], 1);
	say(&both, data, sizeof(data) - 1);
	say(&both, last, sizeof(last) - 1);
	assert_true(duet_broken_h2_read_all(&both.link));
	close_both(&both);
}

static void what_is_no_request_is_none(void **state)
{
	static const char huge[] = "\1\0\0\1\4\0\0\0\1";
	struct both both;

	(void)state;
	open_both(&both);
	say(&both, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
	assert_false(duet_broken_h2_begin(&both.link));
	close_both(&both);
	open_both(&both);
	say(&both, preface, sizeof(preface) - 1);
	say(&both, huge, sizeof(huge) - 1);
	assert_false(duet_broken_h2_begin(&both.link));
	close_both(&both);
	open_both(&both);
	say(&both, preface, sizeof(preface) - 1);
	assert_int_equal(shutdown(both.client, SHUT_WR), 0);
	assert_false(duet_broken_h2_begin(&both.link));
	close_both(&both);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_comes_out_as_it_went_in),
		cmocka_unit_test(
			a_request_is_found_and_settings_are_acknowledged),
		cmocka_unit_test(what_is_no_request_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
