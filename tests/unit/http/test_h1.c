/* SPDX-License-Identifier: MIT */
/* Whole exchanges in both roles. */
#include "support/h1_run.h"
#include "support/unit.h"

static void feed_whole(struct h1_run *run, const char *text)
{
	assert_int_equal(h1_run_feed(run, text, strlen(text), SIZE_MAX),
			 strlen(text));
}

static void a_server_reads_a_request_and_replies(void **state)
{
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	assert_int_equal(duet_h1_phase(run.h1), DUET_H1_IDLE);
	feed_whole(&run, "GET /a?b HTTP/1.1\r\nHost: h\r\nX:  y z \r\n\r\n");
	assert_string_equal(h1_run_text(&run), "head 1 GET /a?b 1.1 length 0\n"
					       "  Host: h\n"
					       "  X: y z\n"
					       "end no-body\n");
	assert_string_equal(h1_run_sent(&run),
			    "HTTP/1.1 204 No Content\r\n\r\n");
	assert_int_equal(duet_h1_phase(run.h1), DUET_H1_IDLE);
	assert_true(duet_h1_reusable(run.h1));
	h1_run_end(&run, DUET_CUT_CLOSE_NOTIFY, false);
	assert_string_equal(strstr(h1_run_text(&run), "closed"),
			    "closed close-notify DUET_OK\n");
	h1_run_done(&run);
}

static void a_client_asks_and_reads_the_reply(void **state)
{
	const struct duet_header *host = DUET_HEADERS({ "Host", "h" });
	struct h1_run run;
	uint64_t stream = 0;

	(void)state;
	h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
	assert_int_equal(duet_h1_request(run.h1,
					 DUET_HEAD(.method = "GET",
						   .target = "/",
						   .headers = host),
					 &stream, NULL),
			 DUET_OK);
	assert_int_equal(stream, 1);
	assert_string_equal(h1_run_sent(&run),
			    "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_int_equal(duet_h1_phase(run.h1), DUET_H1_AWAITED);
	feed_whole(&run, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	assert_string_equal(h1_run_text(&run), "head 1 200 'OK' 1.1 length 5\n"
					       "  Content-Length: 5\n"
					       "data hello\n"
					       "end length\n");
	assert_int_equal(duet_h1_phase(run.h1), DUET_H1_IDLE);
	assert_true(duet_h1_reusable(run.h1));
	h1_run_done(&run);
}

static void pipelined_requests_are_told_one_after_the_other(void **state)
{
	static const char text[] =
		"POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
		"GET /2 HTTP/1.1\r\nHost: h\r\n\r\n"
		"POST /3 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
		"\r\n3\r\ndef\r\n0\r\nT: v\r\n\r\n"
		"GET /4 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	feed_whole(&run, text);
	assert_string_equal(h1_run_text(&run),
			    "head 1 POST /1 1.1 length 3\n"
			    "  Host: h\n"
			    "  Content-Length: 3\n"
			    "data abc\n"
			    "end length\n"
			    "head 2 GET /2 1.1 length 0\n"
			    "  Host: h\n"
			    "end no-body\n"
			    "head 3 POST /3 1.1 length -1\n"
			    "  Host: h\n"
			    "  Transfer-Encoding: chunked\n"
			    "data def\n"
			    "end last-chunk\n"
			    "  T: v\n"
			    "head 4 GET /4 1.1 length 0 close\n"
			    "  Host: h\n"
			    "  Connection: close\n"
			    "end no-body\n"
			    "closed none DUET_OK\n");
	h1_run_done(&run);
}

static void the_next_request_waits_for_its_turn(void **state)
{
	static const char text[] = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
				   "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n";
	struct duet_room room;
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	run.silent = true;
	feed_whole(&run, text);
	assert_null(strstr(h1_run_text(&run), "/2"));
	assert_int_equal(duet_h1_phase(run.h1), DUET_H1_WAITING);
	assert_int_equal(duet_h1_recv_room(run.h1, &room), DUET_OK);
	assert_int_equal(room.len, 0);
	h1_run_reply(&run, 0);
	h1_run_pull(&run);
	assert_non_null(strstr(h1_run_text(&run), "head 2 GET /2"));
	h1_run_done(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_reads_a_request_and_replies),
		cmocka_unit_test(a_client_asks_and_reads_the_reply),
		cmocka_unit_test(
			pipelined_requests_are_told_one_after_the_other),
		cmocka_unit_test(the_next_request_waits_for_its_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
