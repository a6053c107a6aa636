/* SPDX-License-Identifier: MIT */
/* Whole exchanges in both roles. */
#include "h1_messages.h"
#include "support/memory.h"
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
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IDLE);
	feed_whole(&run, "GET /a?b HTTP/1.1\r\nHost: h\r\nX:  y z \r\n\r\n");
	assert_string_equal(h1_run_text(&run), "head 1 GET /a?b 1.1 length 0\n"
					       "  Host: h\n"
					       "  X: y z\n"
					       "end no-body\n");
	assert_string_equal(h1_run_sent(&run),
			    "HTTP/1.1 204 No Content\r\n\r\n");
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IDLE);
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
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_AWAITED);
	feed_whole(&run, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	assert_string_equal(h1_run_text(&run), "head 1 200 'OK' 1.1 length 5\n"
					       "  Content-Length: 5\n"
					       "data hello\n"
					       "end length\n");
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IDLE);
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
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_WAITING);
	assert_int_equal(duet_h1_recv_room(run.h1, &room), DUET_OK);
	assert_int_equal(room.len, 0);
	h1_run_reply(&run, 0);
	h1_run_pull(&run);
	assert_non_null(strstr(h1_run_text(&run), "head 2 GET /2"));
	h1_run_done(&run);
}

static void many_requests_wait_while_replies_do(void **state)
{
	static const char get[] = GET "\r\n";
	static char text[4000];
	static char body[4000];
	struct h1_run run;
	size_t taken;
	size_t len;
	int replies = 0;

	(void)state;
	for (len = 0; len < sizeof(text); len++)
		text[len] = get[len % strlen(get)];
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	run.silent = true;
	(void)h1_run_feed(&run, text, sizeof(text), SIZE_MAX);
	/* as long as nothing leaves, replies end at some 64 KiB */
	while (duet_h1_phase(run.h1) == DUET_PHASE_WAITING && run.stream > 0) {
		uint64_t stream = run.stream;

		if (duet_h1_reply(run.h1, stream,
				  DUET_HEAD(.status = 200,
					    .content_length = 4000),
				  NULL) != DUET_OK)
			break;
		assert_int_equal(duet_h1_send_data(run.h1, stream, body, 4000,
						   &taken, NULL),
				 DUET_OK);
		if (taken < 4000)
			break;
		assert_int_equal(duet_h1_send_end(run.h1, stream, NULL, NULL),
				 DUET_OK);
		duet_h1_done(run.h1, stream);
		h1_run_pull(&run);
		replies++;
	}
	assert_in_range(replies, 15, 17);
	assert_in_range(duet_h1_send_bytes(run.h1).len, 60000, 140000);
	h1_run_done(&run);
}

/* A server that looks at no second request while its reply does not leave. */
static void fill_a_server(struct h1_run *run)
{
	static const char text[] = GET "\r\n" GET "\r\n";
	static char body[70000];
	size_t taken = 0;

	h1_run_init(run, DUET_ROLE_SERVER, NULL);
	run->silent = true;
	(void)h1_run_feed(run, text, strlen(text), SIZE_MAX);
	assert_int_equal(duet_h1_reply(run->h1, 1,
				       DUET_HEAD(.status = 200,
						 .content_length = -1),
				       NULL),
			 DUET_OK);
	assert_int_equal(duet_h1_send_data(run->h1, 1, body, sizeof(body),
					   &taken, NULL),
			 DUET_OK);
	assert_int_equal(duet_h1_send_end(run->h1, 1, NULL, NULL), DUET_OK);
	duet_h1_done(run->h1, 1);
	h1_run_pull(run);
	assert_null(strstr(h1_run_text(run), "head 2"));
	assert_int_equal(duet_h1_phase(run->h1), DUET_PHASE_WAITING);
}

static void a_full_server_goes_on_when_bytes_have_gone(void **state)
{
	struct h1_run run;

	(void)state;
	fill_a_server(&run);
	h1_run_send(&run);
	h1_run_pull(&run);
	assert_non_null(strstr(h1_run_text(&run), "head 2"));
	h1_run_done(&run);

	/* half-closed it still has a request to answer */
	fill_a_server(&run);
	h1_run_end(&run, DUET_CUT_FIN, false);
	assert_false(run.closed);
	h1_run_send(&run);
	h1_run_pull(&run);
	assert_non_null(strstr(h1_run_text(&run), "head 2"));
	h1_run_done(&run);
}

static void a_full_server_whose_bytes_never_go_ends(void **state)
{
	static const enum duet_cut hows[] = { DUET_CUT_RESET, DUET_CUT_ALERT,
					      DUET_CUT_TIMEOUT,
					      DUET_CUT_LOCAL };
	char closed[64];
	struct h1_run run;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(hows); i++) {
		fill_a_server(&run);
		h1_run_end(&run, hows[i], false);
		(void)snprintf(closed, sizeof(closed), "closed %s DUET_OK\n",
			       duet_cut_name(hows[i]));
		assert_non_null(strstr(h1_run_text(&run), closed));
		h1_run_done(&run);
	}
}

static void phases_tell_what_is_due(void **state)
{
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	run.silent = true;
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IDLE);
	feed_whole(&run, "\r\n");
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IDLE);
	feed_whole(&run, "P");
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IN_HEAD);
	feed_whole(&run, "OST / HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\n");
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IN_BODY);
	feed_whole(&run, "hi");
	assert_int_equal(duet_h1_body_bytes(run.h1), 2);
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_WAITING);
	h1_run_reply(&run, 0);
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IDLE);
	h1_run_end(&run, DUET_CUT_FIN, false);
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_OVER);
	h1_run_done(&run);

	h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IDLE);
	ask(&run, NULL);
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_AWAITED);
	feed_whole(&run, "HTTP/1.1 100 Continue\r\n\r\n");
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_AWAITED);
	feed_whole(&run, "H");
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IN_HEAD);
	feed_whole(&run, "TTP/1.1 200 OK\r\n");
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IN_HEAD);
	feed_whole(&run, "Content-Length: 2\r\n\r\n");
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IN_BODY);
	feed_whole(&run, "hi");
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IDLE);
	h1_run_done(&run);
}

static void a_client_uses_its_connection_again(void **state)
{
	struct h1_run run;
	int i;

	(void)state;
	h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
	for (i = 1; i <= 3; i++) {
		ask(&run, NULL);
		feed_whole(&run, OK200 "Content-Length: 2\r\n\r\nhi");
		assert_int_equal(run.stream, i);
		assert_true(duet_h1_reusable(run.h1));
		duet_h1_give_back(run.h1);
	}
	ask(&run, NULL);
	feed_whole(&run, OK200 "Content-Length: 2\r\n"
			       "Connection: close\r\n\r\nhi");
	assert_true(run.closed);
	assert_false(duet_h1_reusable(run.h1));
	h1_run_done(&run);
}

/* An early reply: what is left of the request may still be sent. */
static void a_client_may_be_answered_before_it_has_asked(void **state)
{
	const struct duet_header host[] = { { "Host", "h" }, { 0, 0 } };
	struct h1_run run;
	uint64_t stream;
	size_t taken;

	(void)state;
	h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
	assert_int_equal(duet_h1_request(run.h1,
					 DUET_HEAD(.method = "PUT",
						   .target = "/",
						   .headers = host,
						   .content_length = 5),
					 &stream, NULL),
			 DUET_OK);
	feed_whole(&run, OK200 "Content-Length: 2\r\n\r\nhi");
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_WAITING);
	assert_int_equal(duet_h1_send_data(run.h1, stream, "hello", 5, &taken,
					   NULL),
			 DUET_OK);
	assert_int_equal(duet_h1_send_end(run.h1, stream, NULL, NULL), DUET_OK);
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IDLE);
	assert_true(duet_h1_reusable(run.h1));
	h1_run_done(&run);
}

static void a_client_that_gives_up_closes(void **state)
{
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
	ask(&run, NULL);
	feed_whole(&run, OK200 "Content-Length: 5\r\n\r\nhe");
	duet_h1_done(run.h1, 1);
	h1_run_pull(&run);
	assert_non_null(strstr(h1_run_text(&run), "closed local DUET_OK"));
	h1_run_done(&run);
}

static void a_server_tunnels_after_101(void **state)
{
	const struct duet_header upgrade[] = { { "Upgrade", "x" }, { 0, 0 } };
	struct h1_run run;
	size_t taken;

	(void)state;
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	run.silent = true;
	feed_whole(&run, GET "Connection: upgrade\r\nUpgrade: x\r\n\r\nearly");
	assert_int_equal(duet_h1_reply(run.h1, 1,
				       DUET_HEAD(.status = 101,
						 .headers = upgrade),
				       NULL),
			 DUET_OK);
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_TUNNEL);
	h1_run_pull(&run);
	feed_whole(&run, " and \r\n\r\n late");
	assert_int_equal(duet_h1_send_data(run.h1, 1, "raw", 3, &taken, NULL),
			 DUET_OK);
	assert_int_equal(duet_h1_send_end(run.h1, 1, NULL, NULL), DUET_OK);
	assert_string_equal(h1_run_sent(&run),
			    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n"
			    "Connection: upgrade\r\n\r\nraw");
	h1_run_end(&run, DUET_CUT_CLOSE_NOTIFY, false);
	duet_h1_done(run.h1, 1);
	h1_run_pull(&run);
	assert_non_null(strstr(h1_run_text(&run),
			       "end no-body\n"
			       "data early and \r\n\r\n late\n"
			       "end close-notify\n"
			       "closed close-notify DUET_OK\n"));
	h1_run_done(&run);
}

static void a_client_tunnels_after_connect(void **state)
{
	struct h1_run run;
	size_t taken;

	(void)state;
	h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
	ask(&run, "CONNECT");
	feed_whole(&run, OK200 "Content-Length: 5\r\n\r\nraw bytes");
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_TUNNEL);
	assert_int_equal(duet_h1_send_data(run.h1, 1, "raw", 3, &taken, NULL),
			 DUET_OK);
	h1_run_end(&run, DUET_CUT_CLOSE_NOTIFY, false);
	assert_non_null(strstr(h1_run_text(&run),
			       "data raw bytes\nend close-notify\n"));
	/* the other direction is still ours */
	assert_int_equal(duet_h1_send_data(run.h1, 1, "!", 1, &taken, NULL),
			 DUET_OK);
	assert_int_equal(duet_h1_send_end(run.h1, 1, NULL, NULL), DUET_OK);
	h1_run_pull(&run);
	assert_non_null(strstr(h1_run_text(&run), "closed close-notify"));
	h1_run_done(&run);
}

static void a_cut_tunnel_is_no_end(void **state)
{
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
	ask(&run, "CONNECT");
	feed_whole(&run, OK200 "\r\nraw");
	h1_run_end(&run, DUET_CUT_FIN, false);
	assert_non_null(
		strstr(h1_run_text(&run), "aborted fin 0 DUET_E_TRUNCATED"));
	h1_run_done(&run);
}

static void the_last_exchange_says_so(void **state)
{
	static const struct duet_limits two = { .size = sizeof(two),
						.requests = 2 };
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_SERVER, &two);
	feed_whole(&run, GET "\r\n" GET "\r\n");
	(void)h1_run_feed(&run, GET "\r\n", strlen(GET "\r\n"), SIZE_MAX);
	assert_string_equal(h1_run_sent(&run), "HTTP/1.1 204 No Content\r\n\r\n"
					       "HTTP/1.1 204 No Content\r\n"
					       "Connection: close\r\n\r\n");
	assert_true(run.closed);
	h1_run_done(&run);

	h1_run_init(&run, DUET_ROLE_CLIENT, &two);
	ask(&run, NULL);
	feed_whole(&run, "HTTP/1.1 204 No Content\r\n\r\n");
	assert_true(duet_h1_reusable(run.h1));
	ask(&run, NULL);
	assert_non_null(strstr(h1_run_sent(&run), "Connection: close\r\n"));
	feed_whole(&run, "HTTP/1.1 204 No Content\r\n\r\n");
	assert_true(run.closed);
	h1_run_done(&run);
}

static void draining_makes_this_exchange_the_last(void **state)
{
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	feed_whole(&run, GET);
	duet_h1_drain(run.h1);
	assert_false(duet_h1_reusable(run.h1));
	feed_whole(&run, "\r\n");
	assert_non_null(strstr(h1_run_sent(&run), "Connection: close\r\n"));
	assert_true(run.closed);
	h1_run_done(&run);
}

static void a_request_body_that_is_not_read_ends_the_connection(void **state)
{
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	run.silent = true;
	feed_whole(&run, POST "Content-Length: 99\r\n\r\nhe");
	h1_run_reply(&run, 413);
	h1_run_pull(&run);
	assert_non_null(strstr(h1_run_text(&run), "closed local DUET_OK"));
	assert_false(duet_h1_is_cut(run.h1));
	h1_run_done(&run);
}

/* The limit on a body, with and without a length told before. */
static void bodies_have_a_limit(void **state)
{
	static const struct duet_limits ten = { .size = sizeof(ten),
						.body_bytes = 10 };
	static const struct {
		const char *text;
		const char *log;
	} cases[] = {
		{ POST "Content-Length: 11\r\n\r\n",
		  "aborted protocol 413 DUET_E_LIMIT" },
		{ POST "Content-Length: 10\r\n\r\n0123456789", "end length" },
		{ CHUNKED "5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n",
		  "end last-chunk" },
		{ CHUNKED "5\r\nhello\r\n6\r\nhello!\r\n0\r\n\r\n",
		  "aborted protocol 413 DUET_E_LIMIT" },
	};
	struct h1_run run;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		h1_run_init(&run, DUET_ROLE_SERVER, &ten);
		(void)h1_run_feed(&run, cases[i].text, strlen(cases[i].text),
				  SIZE_MAX);
		assert_non_null(strstr(h1_run_text(&run), cases[i].log));
		h1_run_done(&run);
	}
	h1_run_init(&run, DUET_ROLE_CLIENT, &ten);
	ask(&run, NULL);
	(void)h1_run_feed(&run, OK200 "\r\n01234567890", 30, SIZE_MAX);
	assert_non_null(strstr(h1_run_text(&run), "0123456789"));
	assert_null(strstr(h1_run_text(&run), "01234567890"));
	assert_non_null(strstr(h1_run_text(&run), "DUET_E_LIMIT"));
	h1_run_done(&run);
}

static void memory_is_given_back_only_when_nothing_is_held(void **state)
{
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	run.silent = true;
	feed_whole(&run, "GET");
	duet_h1_give_back(run.h1);
	feed_whole(&run, " / HTTP/1.1\r\nHost: h\r\n\r\n");
	duet_h1_give_back(run.h1);
	assert_int_equal(duet_h1_reply(run.h1, 1, DUET_HEAD(.status = 200),
				       NULL),
			 DUET_OK);
	duet_h1_done(run.h1, 1);
	duet_h1_give_back(run.h1); /* the reply has not gone */
	assert_non_null(strstr(h1_run_sent(&run), "200 OK"));
	duet_h1_give_back(run.h1);
	feed_whole(&run, GET "\r\n");
	assert_non_null(strstr(h1_run_text(&run), "head 2 GET"));
	h1_run_done(&run);
}

/* Every allocation failing in turn: an error each time, and no leak. */

/* Returns the status that ended it: DUET_OK when nothing failed. */
static int exchange_on(struct duet_h1 *h1, const char *text)
{
	struct duet_room room = { NULL, 0 };
	struct duet_event ev;
	size_t fed = 0;
	size_t taken;
	int rc;

	for (;;) {
		rc = duet_h1_next(h1, &ev, NULL);
		if (rc < 0)
			return rc;
		if (rc == DUET_OK && ev.type == DUET_EV_END)
			break;
		if (rc != DUET_WANT_READ)
			continue;
		rc = duet_h1_recv_room(h1, &room);
		if (rc != DUET_OK)
			return rc;
		assert_true(room.len > 0);
		memcpy(room.data, text + fed, 1);
		duet_h1_recv_done(h1, 1);
		fed++;
	}
	rc = duet_h1_reply(h1, 1,
			   DUET_HEAD(.status = 200, .content_length = -1),
			   NULL);
	if (rc == DUET_OK)
		rc = duet_h1_send_data(h1, 1, text, strlen(text), &taken, NULL);
	if (rc == DUET_OK)
		rc = duet_h1_send_room(h1, 1, &room, NULL);
	if (rc == DUET_OK)
		rc = duet_h1_send_end(h1, 1, NULL, NULL);
	return rc;
}

static void every_allocation_may_fail(void **state)
{
	static const char text[] = CHUNKED "5\r\nhello\r\n0\r\nT: 1\r\n\r\n";
	struct duet_limits limits;
	struct duet_h1 *h1;
	int n;
	int rc = DUET_E_NOMEM;

	(void)state;
	assert_int_equal(duet_limits_fill(&limits, NULL, NULL), DUET_OK);
	for (n = 0; rc == DUET_E_NOMEM && n < 100; n++) {
		memory_fail(n);
		h1 = duet_h1_new(DUET_ROLE_SERVER, &limits);
		if (h1 == NULL)
			continue;
		rc = exchange_on(h1, text);
		duet_h1_free(h1);
	}
	(void)memory_done();
	assert_int_equal(rc, DUET_OK);
	assert_in_range(n, 5, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_reads_a_request_and_replies),
		cmocka_unit_test(a_client_asks_and_reads_the_reply),
		cmocka_unit_test(
			pipelined_requests_are_told_one_after_the_other),
		cmocka_unit_test(the_next_request_waits_for_its_turn),
		cmocka_unit_test(many_requests_wait_while_replies_do),
		cmocka_unit_test(a_full_server_goes_on_when_bytes_have_gone),
		cmocka_unit_test(a_full_server_whose_bytes_never_go_ends),
		cmocka_unit_test(phases_tell_what_is_due),
		cmocka_unit_test(a_client_uses_its_connection_again),
		cmocka_unit_test(a_client_may_be_answered_before_it_has_asked),
		cmocka_unit_test(a_client_that_gives_up_closes),
		cmocka_unit_test(a_server_tunnels_after_101),
		cmocka_unit_test(a_client_tunnels_after_connect),
		cmocka_unit_test(a_cut_tunnel_is_no_end),
		cmocka_unit_test(the_last_exchange_says_so),
		cmocka_unit_test(draining_makes_this_exchange_the_last),
		cmocka_unit_test(
			a_request_body_that_is_not_read_ends_the_connection),
		cmocka_unit_test(bodies_have_a_limit),
		cmocka_unit_test(
			memory_is_given_back_only_when_nothing_is_held),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
