/* SPDX-License-Identifier: MIT */
/* Every message cut after every byte, by every kind of end. */
#include "h1_messages.h"
#include "support/unit.h"

enum framing {
	NONE,
	LENGTH,
	CHUNKS,
	UNTIL_CLOSE,
};

struct whole {
	const char *text;
	enum framing framing;
	enum duet_role role;
	const char *end;
};

static const struct whole messages[] = {
	{ GET "\r\n", NONE, DUET_ROLE_SERVER, "end no-body" },
	{ POST "Content-Length: 10\r\n\r\n0123456789", LENGTH, DUET_ROLE_SERVER,
	  "end length" },
	{ CHUNKED "5\r\nhello\r\n1;a\r\n!\r\n0\r\n\r\n", CHUNKS,
	  DUET_ROLE_SERVER, "end last-chunk" },
	{ CHUNKED "5\r\nhello\r\n0\r\nT: 1\r\nU: 2\r\n\r\n", CHUNKS,
	  DUET_ROLE_SERVER, "end last-chunk" },
	{ "HTTP/1.1 204 No Content\r\n\r\n", NONE, DUET_ROLE_CLIENT,
	  "end no-body" },
	{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", NONE,
	  DUET_ROLE_CLIENT, "end no-body" },
	{ OK200 "Content-Length: 10\r\n\r\n0123456789", LENGTH,
	  DUET_ROLE_CLIENT, "end length" },
	{ CHUNKED200 "5\r\nhello\r\n0\r\n\r\n", CHUNKS, DUET_ROLE_CLIENT,
	  "end last-chunk" },
	{ CHUNKED200 "5\r\nhello\r\n0\r\nT: 1\r\n\r\n", CHUNKS,
	  DUET_ROLE_CLIENT, "end last-chunk" },
	{ OK200 "\r\n0123456789", UNTIL_CLOSE, DUET_ROLE_CLIENT, "end " },
	{ "HTTP/1.0 200 OK\r\n\r\n0123456789", UNTIL_CLOSE, DUET_ROLE_CLIENT,
	  "end " },
};

/* How input may end, and what ends a body until close. */
static const struct {
	enum duet_cut how;
	bool lenient;
	const char *evidence;
	int status; /* of a request that it cuts */
	const char *code;
} ends[] = {
	{ DUET_CUT_CLOSE_NOTIFY, false, "end close-notify\n", 400,
	  "DUET_E_TRUNCATED" },
	{ DUET_CUT_CLOSE_NOTIFY, true, "end close-notify\n", 400,
	  "DUET_E_TRUNCATED" },
	{ DUET_CUT_FIN, false, NULL, 400, "DUET_E_TRUNCATED" },
	{ DUET_CUT_FIN, true, "end fin\n", 400, "DUET_E_TRUNCATED" },
	{ DUET_CUT_RESET, true, NULL, 0, "DUET_E_TRUNCATED" },
	{ DUET_CUT_ALERT, true, NULL, 0, "DUET_E_TRUNCATED" },
	{ DUET_CUT_TIMEOUT, true, NULL, 408, "DUET_E_TIMEOUT" },
	{ DUET_CUT_LOCAL, true, NULL, 0, "DUET_E_TRUNCATED" },
};

static bool is_whole(const struct whole *m, size_t at, size_t how)
{
	const char *body = strstr(m->text, "\r\n\r\n") + 4;

	if (m->framing == UNTIL_CLOSE)
		return at >= (size_t)(body - m->text) &&
		       ends[how].evidence != NULL;
	return at == strlen(m->text);
}

static void cut_one(const struct whole *m, size_t at, size_t how)
{
	char aborted[64];
	struct h1_run run;
	const char *log;

	h1_run_init(&run, m->role, NULL);
	if (m->role == DUET_ROLE_CLIENT)
		ask(&run, NULL);
	assert_int_equal(h1_run_feed(&run, m->text, at, SIZE_MAX), at);
	h1_run_end(&run, ends[how].how, ends[how].lenient);
	log = h1_run_text(&run);
	(void)snprintf(aborted, sizeof(aborted),
		       "aborted %s %d %s: ", duet_cut_name(ends[how].how),
		       m->role == DUET_ROLE_SERVER ? ends[how].status : 0,
		       ends[how].code);
	if (is_whole(m, at, how)) {
		assert_non_null(strstr(log, m->end));
		if (m->framing == UNTIL_CLOSE)
			assert_non_null(strstr(log, ends[how].evidence));
		assert_null(strstr(log, "aborted"));
	} else {
		if (strstr(log, "\nend ") != NULL)
			fail_msg("%s\ncut at %zu gives\n%s", m->text, at, log);
		/* a server that was asked nothing was denied nothing */
		if ((strstr(log, aborted) != NULL) !=
		    (at > 0 || m->role == DUET_ROLE_CLIENT))
			fail_msg("%s\ncut at %zu gives\n%s", m->text, at, log);
	}
	assert_true(run.closed);
	assert_false(duet_h1_reusable(run.h1));
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_OVER);
	h1_run_done(&run);
}

/* RFC 9112 s8, s9.8; RFC 9110 s6.1 */
static void only_a_whole_message_ends(void **state)
{
	size_t positions = 0;
	size_t how;
	size_t at;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(messages); i++)
		for (at = 0; at <= strlen(messages[i].text); at++)
			for (how = 0; how < COUNT(ends); how++) {
				cut_one(&messages[i], at, how);
				positions++;
			}
	print_message("# %zu cuts\n", positions);
}

static void a_cut_says_how_much_had_come(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "", "not a byte of the reply came: the connection ended "
		      "without close_notify" },
		{ "HTTP/1.1 200 OK\r\nContent-Type: text\r\n",
		  "the head stopped after 37 bytes: " },
		{ OK200 "Content-Length: 1000\r\n\r\n0123456789",
		  "10 of 1000 bytes came: " },
		{ CHUNKED200 "2\r\nab\r\n2\r\ncd\r\n2\r\nef\r\n5\r\nx",
		  "the body stopped after 3 chunks (7 bytes), without the last "
		  "one: " },
		{ CHUNKED200 "2\r\nab\r\n0\r\n",
		  "the body stopped after 1 chunk (2 bytes), without the end "
		  "of the trailers: " },
		{ OK200 "\r\n0123456789",
		  "10 bytes came, but no close_notify: it may have been cut by "
		  "anyone" },
	};
	struct h1_run run;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
		ask(&run, NULL);
		(void)h1_run_feed(&run, cases[i].text, strlen(cases[i].text),
				  SIZE_MAX);
		h1_run_end(&run, DUET_CUT_FIN, false);
		if (strstr(h1_run_text(&run), cases[i].says) == NULL)
			fail_msg("%s", h1_run_text(&run));
		h1_run_done(&run);
	}
}

/* Nor is it said of a connection that could have none. */
static void without_tls_no_close_notify_is_missed(void **state)
{
	static const char text[] = OK200 "Content-Length: 9\r\n\r\nabc";
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
	ask(&run, NULL);
	(void)h1_run_feed(&run, text, strlen(text), SIZE_MAX);
	h1_run_end(&run, DUET_CUT_FIN, true);
	assert_non_null(strstr(h1_run_text(&run),
			       "3 of 9 bytes came: the connection ended\n"));
	h1_run_done(&run);
}

static void what_came_before_the_end_is_told_before_it(void **state)
{
	static const char text[] = OK200 "Content-Length: 5\r\n\r\nhello";
	struct duet_room room;
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
	ask(&run, NULL);
	assert_int_equal(duet_h1_recv_room(run.h1, &room), DUET_OK);
	memcpy(room.data, text, strlen(text));
	duet_h1_recv_done(run.h1, strlen(text));
	h1_run_end(&run, DUET_CUT_RESET, false);
	assert_non_null(strstr(h1_run_text(&run),
			       "data hello\nend length\nclosed reset"));
	h1_run_done(&run);
}

static void idle_connections_end_without_a_fault(void **state)
{
	static const enum duet_cut hows[] = {
		DUET_CUT_CLOSE_NOTIFY, DUET_CUT_FIN,   DUET_CUT_RESET,
		DUET_CUT_ALERT,        DUET_CUT_LOCAL, DUET_CUT_TIMEOUT,
	};
	char closed[64];
	struct h1_run run;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * COUNT(hows); i++) {
		enum duet_cut how = hows[i / 2];

		h1_run_init(&run, i % 2 ? DUET_ROLE_CLIENT : DUET_ROLE_SERVER,
			    NULL);
		h1_run_end(&run, how, false);
		(void)snprintf(closed, sizeof(closed), "closed %s DUET_OK\n",
			       duet_cut_name(how));
		assert_string_equal(h1_run_text(&run), closed);
		h1_run_done(&run);
	}
}

/* Design: a client that half-closes still gets its reply. */
static void a_half_closed_client_still_gets_its_reply(void **state)
{
	static const enum duet_cut hows[] = { DUET_CUT_CLOSE_NOTIFY,
					      DUET_CUT_FIN };
	struct h1_run run;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(hows); i++) {
		h1_run_init(&run, DUET_ROLE_SERVER, NULL);
		run.silent = true;
		(void)h1_run_feed(&run, GET "\r\n", strlen(GET "\r\n"), 1);
		h1_run_end(&run, hows[i], false);
		assert_null(strstr(h1_run_text(&run), "closed"));
		assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_WAITING);
		h1_run_reply(&run, 200);
		assert_string_equal(h1_run_sent(&run),
				    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
				    "Connection: close\r\n\r\n");
		h1_run_pull(&run);
		assert_true(run.closed);
		h1_run_done(&run);
	}
}

static void pipelined_requests_are_answered_after_a_half_close(void **state)
{
	static const char text[] = GET "\r\n" GET "\r\n" GET;
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	run.silent = true;
	(void)h1_run_feed(&run, text, strlen(text), SIZE_MAX);
	h1_run_end(&run, DUET_CUT_FIN, false);
	h1_run_reply(&run, 200);
	assert_string_equal(h1_run_sent(&run),
			    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	h1_run_pull(&run);
	assert_non_null(strstr(h1_run_text(&run), "head 2 "));
	h1_run_reply(&run, 200);
	h1_run_pull(&run);
	assert_non_null(strstr(h1_run_text(&run),
			       "aborted fin 400 DUET_E_TRUNCATED: the head "
			       "stopped after 25 bytes"));
	h1_run_done(&run);
}

static void a_reset_ends_what_a_half_close_did_not(void **state)
{
	static const struct {
		enum duet_cut how;
		const char *closed;
	} cases[] = {
		{ DUET_CUT_RESET, "closed reset DUET_E_GONE\n" },
		{ DUET_CUT_ALERT, "closed alert DUET_E_GONE\n" },
		{ DUET_CUT_TIMEOUT, "closed timeout DUET_E_TIMEOUT\n" },
		{ DUET_CUT_LOCAL, "closed local DUET_OK\n" },
	};
	struct h1_run run;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * COUNT(cases); i++) {
		h1_run_init(&run, DUET_ROLE_SERVER, NULL);
		run.silent = true;
		(void)h1_run_feed(&run, GET "\r\n", strlen(GET "\r\n"), 1);
		if (i % 2)
			h1_run_end(&run, DUET_CUT_FIN, false);
		h1_run_end(&run, cases[i / 2].how, false);
		assert_non_null(strstr(h1_run_text(&run), cases[i / 2].closed));
		assert_int_equal(duet_h1_reply(run.h1, 1,
					       DUET_HEAD(.status = 200), NULL),
				 DUET_E_GONE);
		h1_run_done(&run);
	}
}

static void a_slow_request_can_still_be_answered(void **state)
{
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	(void)h1_run_feed(&run, GET, strlen(GET), 1);
	h1_run_end(&run, DUET_CUT_TIMEOUT, false);
	assert_string_equal(h1_run_sent(&run),
			    "HTTP/1.1 408 Request Timeout\r\n"
			    "Content-Length: 0\r\nConnection: close\r\n\r\n");
	assert_true(run.closed);
	h1_run_done(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_whole_message_ends),
		cmocka_unit_test(a_cut_says_how_much_had_come),
		cmocka_unit_test(without_tls_no_close_notify_is_missed),
		cmocka_unit_test(what_came_before_the_end_is_told_before_it),
		cmocka_unit_test(idle_connections_end_without_a_fault),
		cmocka_unit_test(a_half_closed_client_still_gets_its_reply),
		cmocka_unit_test(
			pipelined_requests_are_answered_after_a_half_close),
		cmocka_unit_test(a_reset_ends_what_a_half_close_did_not),
		cmocka_unit_test(a_slow_request_can_still_be_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
