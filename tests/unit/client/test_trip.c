/* SPDX-License-Identifier: MIT */
/* Sending a body: from memory, from a source, asked for first, cut short. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "client/lane.h"
#include "client/link.h"
#include "client/trip.h"
#include "fixture.h"

enum {
	BIG = 8 * 1024 * 1024,  /* more than any socket buffers */
	LONG = 1024 * 1024 + 1, /* so that leave is asked for it */
};
static char *big;

/* What the server has seen, for the test to look at after stub_stop(). */
static struct {
	size_t received;
	bool ended_cleanly;
} seen;

static void check_sent(const struct duet_request *request, int status)
{
	struct duet_client *client = new_client();
	struct duet_response *response = must_send(client, request);

	assert_int_equal(duet_response_status(response), status);
	duet_response_free(response);
	duet_client_free(client);
}

static void talk_take_all(struct stub_peer *peer)
{
	const char *length;

	if (!stub_read_head(peer))
		return;
	length = strstr(peer->head, "Content-Length: ");
	if (length != NULL && stub_read(peer, strtoul(length + 16, NULL, 10)))
		stub_reply(peer, 200, "thanks");
}

static void sends_a_body_from_memory(void **state)
{
	static const size_t sizes[] = { 1, 65535, 65536, 65537, BIG };
	size_t i;

	(void)state;
	for (i = 0; i < 2 * COUNT(sizes); i++) {
		struct stub stub = { .talk = talk_take_all };

		stub.tls = i % 2 == 0 ? NULL : tls.server;
		stub_start(&stub);
		check_sent(DUET_REQUEST(.url = stub.url, .insecure_http = 1,
					.body = { big, sizes[i / 2] },
					.headers =
						DUET_HEADERS({ "Expect", "" })),
			   200);
		stub_stop(&stub);
	}
}

struct source {
	size_t left;
	size_t step;
	bool eof_with_the_last;
	int fail_at_end;
	int calls;
};

static int give(void *arg, void *buf, size_t cap, size_t *n)
{
	struct source *source = arg;

	source->calls++;
	*n = source->left < source->step ? source->left : source->step;
	if (*n > cap)
		*n = cap;
	memset(buf, 's', *n);
	source->left -= *n;
	if (source->left > 0 || (*n > 0 && !source->eof_with_the_last))
		return DUET_OK;
	return source->fail_at_end != 0 ? source->fail_at_end : DUET_EOF;
}

static void sends_a_body_from_a_source(void **state)
{
	static const struct {
		struct source source;
		int64_t length;
	} rows[] = {
		{ { 10, 3, false, 0, 0 }, 10 },
		{ { 10, 3, true, 0, 0 }, 10 },
		{ { BIG, 10000, false, 0, 0 }, BIG },
		{ { BIG, BIG, false, 0, 0 }, BIG },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct stub stub = { .talk = talk_take_all };
		struct source source = rows[i].source;

		stub_start(&stub);
		check_sent(DUET_REQUEST(.url = stub.url, .insecure_http = 1,
					.source = give, .source_arg = &source,
					.source_length = rows[i].length,
					.headers =
						DUET_HEADERS({ "Expect", "" })),
			   200);
		stub_stop(&stub);
		assert_int_equal(source.left, 0);
	}
}

/* Reads chunks until the last one. */
static void talk_chunked(struct stub_peer *peer)
{
	if (!stub_read_head(peer) ||
	    strstr(peer->head, "Transfer-Encoding: chunked") == NULL)
		return;
	/* The last chunk looks like the end of a head. */
	if (stub_read_head(peer) && strstr(peer->head, peer->stub->arg) != NULL)
		stub_reply(peer, 200, "thanks");
}

static void sends_chunks_where_the_length_is_unknown(void **state)
{
	static const struct {
		struct source source;
		int64_t length;
		const char *want; /* in what comes after the head */
	} rows[] = {
		{ { 10, 20, true, 0, 0 },
		  DUET_LENGTH_UNKNOWN,
		  "ssssssssss\r\n0\r\n\r\n" },
		{ { 10, 20, true, 0, 0 },
		  0, /* left out */
		  "ssssssssss\r\n0\r\n\r\n" },
		{ { 0, 1, false, 0, 0 }, 0, "0\r\n\r\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct source source = rows[i].source;
		struct stub stub = { .talk = talk_chunked,
				     .arg = rows[i].want };

		stub_start(&stub);
		check_sent(DUET_REQUEST(.url = stub.url, .insecure_http = 1,
					.source = give, .source_arg = &source,
					.source_length = rows[i].length),
			   200);
		stub_stop(&stub);
		assert_int_equal(source.left, 0);
	}
}

/* A digest is known when the last byte has gone. */
struct digest {
	struct source source;
	struct duet_header trailers[2];
};

static int give_and_sum_up(void *arg, void *buf, size_t cap, size_t *n)
{
	struct digest *digest = arg;
	int rc = give(&digest->source, buf, cap, n);

	if (rc == DUET_EOF)
		digest->trailers[0].value = "all of it";
	return rc;
}

static void trailers_come_after_the_last_chunk(void **state)
{
	struct digest digest = { .source = { 10, 20, true, 0, 0 },
				 .trailers = { { "X-Sum", "not yet" } } };
	struct stub sum = { .talk = talk_chunked,
			    .arg = "s\r\n0\r\nX-Sum: all of it\r\n\r\n" };
	struct stub none = { .talk = talk_chunked,
			     .arg = "0\r\nX-A: b\r\n\r\n" };
	struct stub some = { .talk = talk_chunked,
			     .arg = "3\r\nabc\r\n0\r\nX-A: b\r\n\r\n" };

	(void)state;
	stub_start(&sum);
	check_sent(DUET_REQUEST(.url = sum.url, .insecure_http = 1,
				.source = give_and_sum_up,
				.source_arg = &digest,
				.trailers = digest.trailers),
		   200);
	stub_stop(&sum);
	assert_non_null(strstr(sum.asked, "Trailer: X-Sum\r\n"));
	stub_start(&none);
	check_sent(DUET_REQUEST(.url = none.url, .insecure_http = 1,
				.trailers = DUET_HEADERS({ "X-A", "b" })),
		   200);
	stub_stop(&none);
	stub_start(&some);
	check_sent(DUET_REQUEST(.url = some.url, .insecure_http = 1,
				.body = { "abc", 3 },
				.trailers = DUET_HEADERS({ "X-A", "b" })),
		   200);
	stub_stop(&some);
}

/* Has something at every second call. */
struct slow {
	struct source source;
	int pauses;
	bool may_give;
};

static int give_slowly(void *arg, void *buf, size_t cap, size_t *n)
{
	struct slow *slow = arg;

	if (!slow->may_give) {
		slow->pauses++;
		*n = 0;
		return DUET_PAUSE;
	}
	slow->may_give = false;
	return give(&slow->source, buf, cap, n);
}

struct waiting {
	bool done;
	int status;
};

static void note_status(struct duet_response *response,
			const struct duet_error *error, void *arg)
{
	struct waiting *waiting = arg;

	waiting->done = true;
	waiting->status =
		response != NULL ? duet_response_status(response) : error->code;
	duet_response_free(response);
}

static void a_source_that_pauses_is_asked_again_when_told(void **state)
{
	struct stub stub = { .talk = talk_chunked,
			     .tls = tls.server,
			     .arg = "0\r\n\r\n" };
	struct slow slow = { .source = { 3, 1, true, 0, 0 } };
	struct waiting waiting = { false, 0 };
	struct duet_client *client = new_client();

	(void)state;
	stub_start(&stub);
	assert_int_equal(duet_start(client,
				    DUET_REQUEST(.url = stub.url,
						 .source = give_slowly,
						 .source_arg = &slow),
				    note_status, &waiting, NULL),
			 DUET_OK);
	while (!waiting.done) {
		if (slow.pauses > 0 && !slow.may_give) {
			slow.may_give = true;
			duet_client_resume(client);
		}
		assert_int_equal(duet_client_step(client, 10, NULL), DUET_OK);
	}
	assert_int_equal(waiting.status, 200);
	assert_int_equal(slow.source.left, 0);
	close_down(NULL, client, &stub);
}

static void talk_watch_the_end(struct stub_peer *peer)
{
	if (!stub_read_head(peer))
		return;
	seen.received = stub_drain(peer);
	seen.ended_cleanly =
		peer->tls != NULL && duet_tls_closed_cleanly(peer->tls);
}

static void a_source_that_fails_is_seen_as_a_cut(void **state)
{
	static const struct {
		struct source source;
		int64_t length;
		int code;
		const char *word;
	} rows[] = {
		{ { 10, 3, false, DUET_E_SYSTEM, 0 },
		  DUET_LENGTH_UNKNOWN,
		  DUET_E_SYSTEM,
		  "gave up" },
		{ { 10, 3, false, DUET_E_GONE, 0 },
		  20,
		  DUET_E_GONE,
		  "gave up" },
		{ { 10, 3, false, 0, 0 }, 20, DUET_E_STATE, "missing" },
		{ { 10, 0, false, 0, 0 }, 10, DUET_E_ARGUMENT, "1 to" },
	};
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct stub stub = { .talk = talk_watch_the_end,
				     .tls = tls.server };
		struct duet_client *client = new_client();
		struct source source = rows[i].source;

		stub_start(&stub);
		memset(&err, 0, sizeof(err));
		seen.ended_cleanly = true;
		assert_null(
			duet_send(client,
				  DUET_REQUEST(.url = stub.url, .source = give,
					       .source_arg = &source,
					       .source_length = rows[i].length),
				  &err));
		if (err.code != rows[i].code ||
		    strstr(err.text, rows[i].word) == NULL)
			fail_msg("row %zu: %s", i, err.text);
		close_down(NULL, client, &stub);
		if (stub.n_asked > 0)
			assert_false(seen.ended_cleanly);
	}
}

static void talk_refuse_early(struct stub_peer *peer)
{
	if (!stub_read_head(peer) || !stub_read(peer, 1000))
		return;
	stub_reply(peer, 413, "no");
	if (strcmp(peer->stub->arg, "reset") == 0)
		stub_reset(peer);
	else if (strcmp(peer->stub->arg, "fin") == 0)
		stub_fin(peer);
}

/* Whatever the server does after it: the answer is what counts. */
static void an_early_answer_is_an_answer(void **state)
{
	static const char *const ends[] = { "reads on", "fin", "reset" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ends); i++) {
		struct stub stub = { .talk = talk_refuse_early,
				     .arg = ends[i] };

		stub_start(&stub);
		check_sent(DUET_REQUEST(.url = stub.url, .insecure_http = 1,
					.body = { big, BIG },
					.headers =
						DUET_HEADERS({ "Expect", "" })),
			   413);
		stub_stop(&stub);
	}
}

/* The request is cut, so its connection must not serve another. */
static void talk_refuse_and_count(struct stub_peer *peer)
{
	while (stub_read_head(peer)) {
		stub_reply(peer, 413, "no");
		seen.received = stub_drain(peer);
	}
}

static void an_early_answer_ends_the_connection(void **state)
{
	struct stub stub = { .talk = talk_refuse_and_count };
	struct duet_client *client = new_client();
	struct duet_bytes body;
	int i;

	(void)state;
	stub_start(&stub);
	for (i = 0; i < 2; i++) {
		struct duet_response *response =
			must_send(client,
				  DUET_REQUEST(.url = stub.url,
					       .insecure_http = 1,
					       .body = { big, BIG },
					       .headers = DUET_HEADERS(
						       { "Expect", "" })));

		assert_int_equal(duet_response_body(response, &body, NULL),
				 DUET_OK);
		duet_response_free(response);
		assert_true(seen.received < BIG);
	}
	close_down(NULL, client, &stub);
	assert_int_equal(stub.connections, 2);
}

static void talk_continue(struct stub_peer *peer)
{
	if (!stub_read_head(peer) ||
	    strstr(peer->head, "Expect: 100-continue\r\n") == NULL)
		return;
	stub_say(peer, "HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n"
		       "HTTP/1.1 100 Continue\r\n\r\n");
	if (stub_read(peer, LONG))
		stub_reply(peer, 200, "thanks");
}

static void a_long_body_waits_for_the_word(void **state)
{
	struct stub stub = { .talk = talk_continue };
	int64_t began;

	(void)state;
	stub_start(&stub);
	began = duet_clock_ms();
	check_sent(DUET_REQUEST(.url = stub.url, .insecure_http = 1,
				.body = { big, LONG }),
		   200);
	assert_true(duet_clock_ms() - began < 900);
	stub_stop(&stub);
}

static void a_word_that_does_not_come_is_not_waited_for(void **state)
{
	struct stub stub = { .talk = talk_take_all };

	(void)state;
	stub_start(&stub);
	check_sent(DUET_REQUEST(.url = stub.url, .insecure_http = 1,
				.body = { big, BIG }),
		   200);
	stub_stop(&stub);
}

static void talk_forbid(struct stub_peer *peer)
{
	if (!stub_read_head(peer))
		return;
	stub_reply(peer, 403, "no");
	seen.received = stub_drain(peer);
}

static void a_body_nobody_wants_is_not_sent(void **state)
{
	struct stub stub = { .talk = talk_forbid };

	(void)state;
	stub_start(&stub);
	seen.received = 1;
	check_sent(DUET_REQUEST(.url = stub.url, .insecure_http = 1,
				.body = { big, BIG }),
		   403);
	stub_stop(&stub);
	assert_int_equal(seen.received, 0);
}

static void talk_417(struct stub_peer *peer)
{
	if (!stub_read_head(peer))
		return;
	if (strstr(peer->head, "Expect:") != NULL)
		stub_reply(peer, 417, "what?");
	else if (stub_read(peer, BIG))
		stub_reply(peer, 200, "thanks");
}

static void a_server_that_knows_no_expect_is_asked_without(void **state)
{
	struct stub stub = { .talk = talk_417 };

	(void)state;
	stub_start(&stub);
	check_sent(DUET_REQUEST(.url = stub.url, .insecure_http = 1,
				.body = { big, BIG }),
		   200);
	stub_stop(&stub);
	assert_int_equal(stub.connections, 2);
}

/* What can be had again: each time from its first byte on. */
struct again {
	struct source source;
	int rewinds;
	int status;
};

static int give_again(void *arg, void *buf, size_t cap, size_t *n)
{
	struct again *again = arg;

	return give(&again->source, buf, cap, n);
}

static int rewind_again(void *arg)
{
	struct again *again = arg;

	again->rewinds++;
	again->source.left = 10;
	return again->status;
}

/* Has read some of it before it says where to go. */
static void talk_redirect(struct stub_peer *peer)
{
	while (stub_read_head(peer) && stub_read(peer, 10)) {
		if (strstr(peer->head, " /there") != NULL)
			stub_reply(peer, 200, "thanks");
		else
			stub_say(peer, peer->stub->arg);
	}
}

#define REDIRECT(status)                                \
	"HTTP/1.1 " status " X\r\nLocation: /there\r\n" \
	"Content-Length: 0\r\n\r\n"

static void a_redirect_sends_a_source_again(void **state)
{
	static const char *const replies[] = { REDIRECT("307"),
					       REDIRECT("308") };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(replies); i++) {
		struct stub stub = { .talk = talk_redirect, .arg = replies[i] };
		struct again again = { .source = { 10, 3, false, 0, 0 } };

		stub_start(&stub);
		check_sent(DUET_REQUEST(.url = stub.url, .insecure_http = 1,
					.method = "PUT", .source = give_again,
					.source_arg = &again,
					.source_length = 10,
					.rewind = rewind_again,
					.max_redirects = 1),
			   200);
		stub_stop(&stub);
		assert_int_equal(again.rewinds, 1);
		assert_int_equal(again.source.left, 0);
	}
}

static void a_source_that_is_gone_ends_a_redirect(void **state)
{
	struct stub stub = { .talk = talk_redirect, .arg = REDIRECT("307") };
	struct again again = { .source = { 10, 3, false, 0, 0 },
			       .status = DUET_E_SYSTEM };
	struct duet_client *client = new_client();
	struct duet_facts facts = { .size = sizeof(facts) };
	struct duet_error err = { 0 };

	(void)state;
	stub_start(&stub);
	assert_null(duet_send(client,
			      DUET_REQUEST(.url = stub.url, .insecure_http = 1,
					   .source = give_again,
					   .source_arg = &again,
					   .source_length = 10,
					   .rewind = rewind_again,
					   .max_redirects = 1),
			      &err));
	assert_int_equal(err.code, DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "sent again"));
	duet_client_failure_facts(client, &facts);
	assert_int_equal(facts.cut, DUET_CUT_LOCAL);
	close_down(NULL, client, &stub);
}

static void says_how_much_of_the_body_went(void **state)
{
	struct stub all = { .talk = talk_take_all };
	struct stub none = { .talk = talk_forbid };
	struct duet_client *client = new_client();
	struct duet_facts facts = { .size = sizeof(facts) };
	struct duet_response *response;

	(void)state;
	stub_start(&all);
	response = must_send(client,
			     DUET_REQUEST(.url = all.url, .insecure_http = 1,
					  .body = { "abc", 3 }));
	duet_response_facts(response, &facts);
	assert_int_equal(facts.request_bytes, 3);
	assert_true(facts.request_whole);
	duet_response_free(response);
	stub_start(&none);
	response = must_send(client,
			     DUET_REQUEST(.url = none.url, .insecure_http = 1,
					  .body = { big, BIG }));
	duet_response_facts(response, &facts);
	assert_int_equal(facts.request_bytes, 0);
	assert_false(facts.request_whole);
	duet_response_free(response);
	stub_stop(&all);
	close_down(NULL, client, &none);
}

static void a_bad_header_is_refused_in_words(void **state)
{
	struct stub stub = { .talk = talk_take_all };
	struct duet_client *client = new_client();
	struct duet_error err = { 0 };

	(void)state;
	stub_start(&stub);
	assert_null(duet_send(client,
			      DUET_REQUEST(.url = stub.url, .insecure_http = 1,
					   .headers = DUET_HEADERS(
						   { "X", "a\r\nY: b" })),
			      &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
	assert_true(strncmp(err.text, "http://127.0.0.1:", 17) == 0);
	close_down(NULL, client, &stub);
	assert_int_equal(stub.connections, 0);
}

static int set_up_big(void **state)
{
	big = malloc(BIG);
	if (big == NULL)
		return -1;
	memset(big, 'b', BIG);
	return set_up(state);
}

static int tear_down_big(void **state)
{
	free(big);
	return tear_down(state);
}

/* Whoever reads what has become of it finds nothing that nobody has said: not
 * that the server has not begun with it, above all. */
static void a_source_that_gives_up_says_no_more(void **state)
{
	struct duet_conn *conn = duet_conn_plain_client(NULL, NULL);
	struct source source = { .fail_at_end = DUET_E_SYSTEM };
	struct duet_link link = { .conn = conn, .n_lanes = 1 };
	struct duet_lane lane = { .link = &link };
	struct duet_error err = { 0 };
	struct duet_event event;
	struct duet_trip trip;
	struct duet_ask ask;

	(void)state;
	assert_int_equal(duet_ask_init(&ask,
				       DUET_REQUEST(.url = "http://h/",
						    .insecure_http = 1,
						    .source = give,
						    .source_arg = &source),
				       NULL, &err),
			 DUET_OK);
	assert_int_equal(duet_trip_begin(&trip, &lane, &ask, &err), DUET_OK);
	trip.upload = DUET_UPLOAD_SENDING; /* what it waits for may not come */
	memset(&event, 0xff, sizeof(event));
	assert_int_equal(duet_trip_next(&trip, &event, &err), DUET_E_SYSTEM);
	assert_int_equal(event.type, DUET_EV_ABORTED);
	assert_int_equal(event.cut, DUET_CUT_LOCAL);
	assert_false(event.unprocessed);
	assert_null(event.head);
	duet_ask_done(&ask);
	duet_conn_free(conn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_a_body_from_memory),
		cmocka_unit_test(sends_a_body_from_a_source),
		cmocka_unit_test(sends_chunks_where_the_length_is_unknown),
		cmocka_unit_test(trailers_come_after_the_last_chunk),
		cmocka_unit_test(a_source_that_pauses_is_asked_again_when_told),
		cmocka_unit_test(a_source_that_fails_is_seen_as_a_cut),
		cmocka_unit_test(an_early_answer_is_an_answer),
		cmocka_unit_test(an_early_answer_ends_the_connection),
		cmocka_unit_test(a_long_body_waits_for_the_word),
		cmocka_unit_test(a_word_that_does_not_come_is_not_waited_for),
		cmocka_unit_test(a_body_nobody_wants_is_not_sent),
		cmocka_unit_test(
			a_server_that_knows_no_expect_is_asked_without),
		cmocka_unit_test(a_redirect_sends_a_source_again),
		cmocka_unit_test(a_source_that_is_gone_ends_a_redirect),
		cmocka_unit_test(says_how_much_of_the_body_went),
		cmocka_unit_test(a_bad_header_is_refused_in_words),
		cmocka_unit_test(a_source_that_gives_up_says_no_more),
	};

	return cmocka_run_group_tests(tests, set_up_big, tear_down_big);
}
