/* SPDX-License-Identifier: MIT */
/* Bodies going out, to the byte. */
#include "h1_messages.h"
#include "support/unit.h"

/* A server that has sent the head of a reply of that length. */
static void begin(struct h1_run *run, const char *request, int64_t length)
{
	h1_run_init(run, DUET_ROLE_SERVER, NULL);
	run->silent = true;
	(void)h1_run_feed(run, request, strlen(request), SIZE_MAX);
	assert_int_equal(duet_h1_reply(run->h1, 1,
				       DUET_HEAD(.status = 200,
						 .content_length = length),
				       NULL),
			 DUET_OK);
	h1_run_send(run);
	duet_buf_reset(&run->sent);
}

static int send_text(struct h1_run *run, const char *text)
{
	size_t taken = 0;
	int rc;

	rc = duet_h1_send_data(run->h1, 1, text, strlen(text), &taken, NULL);
	if (rc == DUET_OK)
		assert_int_equal(taken, strlen(text));
	return rc;
}

static int fill_text(struct h1_run *run, const char *text)
{
	struct duet_room room;
	int rc;

	rc = duet_h1_send_room(run->h1, 1, &room, NULL);
	if (rc != DUET_OK)
		return rc;
	assert_true(room.len >= strlen(text));
	memcpy(room.data, text, strlen(text));
	duet_h1_send_filled(run->h1, strlen(text));
	return DUET_OK;
}

static int end(struct h1_run *run)
{
	return duet_h1_send_end(run->h1, 1, NULL, NULL);
}

static void a_length_is_kept_to_the_byte(void **state)
{
	struct h1_run run;

	(void)state;
	begin(&run, GET "\r\n", 10);
	assert_int_equal(send_text(&run, "hello"), DUET_OK);
	assert_int_equal(end(&run), DUET_E_STATE);
	assert_int_equal(send_text(&run, "world!"), DUET_E_ARGUMENT);
	assert_int_equal(send_text(&run, ""), DUET_OK);
	assert_int_equal(fill_text(&run, ""), DUET_OK);
	assert_int_equal(fill_text(&run, "world"), DUET_OK);
	assert_int_equal(send_text(&run, "!"), DUET_E_ARGUMENT);
	assert_int_equal(end(&run), DUET_OK);
	assert_int_equal(end(&run), DUET_E_STATE);
	assert_int_equal(send_text(&run, "!"), DUET_E_STATE);
	assert_string_equal(h1_run_sent(&run), "helloworld");
	h1_run_done(&run);
}

/* RFC 9112 s7.1; a file read into lent room has its size in four digits. */
static void chunks_have_their_sizes_and_a_last_one(void **state)
{
	struct h1_run run;

	(void)state;
	begin(&run, GET "\r\n", DUET_LENGTH_UNKNOWN);
	assert_int_equal(send_text(&run, "hello, world!!!!"), DUET_OK);
	assert_int_equal(fill_text(&run, "hello"), DUET_OK);
	assert_int_equal(send_text(&run, ""), DUET_OK);
	assert_int_equal(fill_text(&run, ""), DUET_OK);
	assert_int_equal(end(&run), DUET_OK);
	assert_string_equal(h1_run_sent(&run), "10\r\nhello, world!!!!\r\n"
					       "0005\r\nhello\r\n"
					       "0\r\n\r\n");
	assert_true(duet_h1_reusable(run.h1));
	h1_run_done(&run);
}

/* RFC 9110 s6.5.1 */
static void trailers_follow_chunks_and_nothing_else(void **state)
{
	static const struct duet_header good[] = { { "A", "1" },
						   { "B", "" },
						   { 0, 0 } };
	static const struct duet_header bad[][2] = {
		{ { "Content-Length", "5" }, { 0, 0 } },
		{ { "host", "h" }, { 0, 0 } },
		{ { "Trailer", "x" }, { 0, 0 } },
		{ { "X", "a\r\nb" }, { 0, 0 } },
		{ { "X Y", "a" }, { 0, 0 } },
		{ { "X", NULL }, { 0, 0 } },
	};
	struct h1_run run;
	size_t i;

	(void)state;
	begin(&run, GET "\r\n", DUET_LENGTH_UNKNOWN);
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(duet_h1_send_end(run.h1, 1, bad[i], NULL),
				 DUET_E_ARGUMENT);
	assert_int_equal(duet_h1_send_end(run.h1, 1, good, NULL), DUET_OK);
	assert_string_equal(h1_run_sent(&run), "0\r\nA: 1\r\nB: \r\n\r\n");
	h1_run_done(&run);

	begin(&run, GET "\r\n", 5);
	assert_int_equal(send_text(&run, "hello"), DUET_OK);
	assert_int_equal(duet_h1_send_end(run.h1, 1, good, NULL),
			 DUET_E_ARGUMENT);
	assert_int_equal(end(&run), DUET_OK);
	h1_run_done(&run);

	/* HTTP/1.0 has no place for them */
	begin(&run, "GET / HTTP/1.0\r\n\r\n", DUET_LENGTH_UNKNOWN);
	assert_int_equal(duet_h1_send_end(run.h1, 1, good, NULL), DUET_OK);
	assert_string_equal(h1_run_sent(&run), "");
	h1_run_done(&run);
}

static void until_close_is_what_http_1_0_gets(void **state)
{
	struct h1_run run;

	(void)state;
	begin(&run, "GET / HTTP/1.0\r\n\r\n", DUET_LENGTH_UNKNOWN);
	assert_int_equal(send_text(&run, "hello"), DUET_OK);
	assert_int_equal(fill_text(&run, "world"), DUET_OK);
	assert_int_equal(end(&run), DUET_OK);
	assert_string_equal(h1_run_sent(&run), "helloworld");
	assert_false(duet_h1_is_cut(run.h1));
	duet_h1_done(run.h1, 1);
	h1_run_pull(&run);
	assert_non_null(strstr(h1_run_text(&run), "closed none DUET_OK"));
	h1_run_done(&run);
}

/* RFC 9110 s9.3.2 */
static void the_body_of_a_head_reply_stays_here(void **state)
{
	struct h1_run run;

	(void)state;
	begin(&run, "HEAD / HTTP/1.1\r\n" H "\r\n", 5);
	assert_int_equal(send_text(&run, "hello"), DUET_OK);
	assert_int_equal(fill_text(&run, "hello"), DUET_OK);
	assert_int_equal(end(&run), DUET_OK);
	assert_string_equal(h1_run_sent(&run), "");
	duet_h1_done(run.h1, 1);
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IDLE);
	h1_run_done(&run);

	begin(&run, "HEAD / HTTP/1.1\r\n" H "\r\n", DUET_LENGTH_UNKNOWN);
	assert_int_equal(end(&run), DUET_OK);
	assert_string_equal(h1_run_sent(&run), "");
	h1_run_done(&run);
}

static void no_body_needs_no_end_but_may_have_one(void **state)
{
	struct h1_run run;

	(void)state;
	begin(&run, GET "\r\n", 0);
	assert_int_equal(send_text(&run, ""), DUET_OK);
	assert_int_equal(send_text(&run, "x"), DUET_E_ARGUMENT);
	duet_h1_done(run.h1, 1);
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IDLE);
	h1_run_done(&run);

	begin(&run, GET "\r\n", 0);
	assert_int_equal(end(&run), DUET_OK);
	assert_int_equal(end(&run), DUET_E_STATE);
	assert_string_equal(h1_run_sent(&run), "");
	h1_run_done(&run);
}

static void what_is_held_has_a_limit(void **state)
{
	static char bytes[200000];
	struct duet_room room;
	struct h1_run run;
	size_t taken = 0;

	(void)state;
	begin(&run, GET "\r\n", sizeof(bytes));
	assert_int_equal(duet_h1_send_data(run.h1, 1, bytes, sizeof(bytes),
					   &taken, NULL),
			 DUET_OK);
	assert_int_equal(taken, 64 * 1024);
	assert_int_equal(duet_h1_send_data(run.h1, 1, bytes, 1, &taken, NULL),
			 DUET_WANT_WRITE);
	assert_int_equal(duet_h1_send_room(run.h1, 1, &room, NULL),
			 DUET_WANT_WRITE);
	/* crumbs are not worth a read(2) */
	duet_h1_send_done(run.h1, 1000);
	assert_int_equal(duet_h1_send_room(run.h1, 1, &room, NULL),
			 DUET_WANT_WRITE);
	h1_run_send(&run);
	assert_int_equal(duet_h1_send_room(run.h1, 1, &room, NULL), DUET_OK);
	assert_int_equal(room.len, 64 * 1024);
	h1_run_done(&run);

	begin(&run, GET "\r\n", 100);
	assert_int_equal(duet_h1_send_room(run.h1, 1, &room, NULL), DUET_OK);
	assert_int_equal(room.len, 100);
	memset(room.data, 'x', room.len);
	duet_h1_send_filled(run.h1, 100);
	h1_run_send(&run);
	assert_int_equal(duet_h1_send_room(run.h1, 1, &room, NULL), DUET_OK);
	assert_int_equal(room.len, 0); /* that was all */
	duet_h1_send_filled(run.h1, 0);
	h1_run_done(&run);

	begin(&run, GET "\r\n", DUET_LENGTH_UNKNOWN);
	assert_int_equal(duet_h1_send_room(run.h1, 1, &room, NULL), DUET_OK);
	assert_int_equal(room.len, 0xffff);
	memset(room.data, 'x', room.len);
	duet_h1_send_filled(run.h1, room.len);
	assert_memory_equal(h1_run_sent(&run), "ffff\r\nxxx", 9);
	assert_int_equal(duet_buf_len(&run.sent), 6 + 0xffff + 2);
	h1_run_done(&run);
}

static void bytes_may_leave_while_room_is_lent(void **state)
{
	struct duet_room room;
	struct h1_run run;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		begin(&run, GET "\r\n", i == 0 ? 10 : DUET_LENGTH_UNKNOWN);
		assert_int_equal(send_text(&run, "01234"), DUET_OK);
		assert_int_equal(duet_h1_send_room(run.h1, 1, &room, NULL),
				 DUET_OK);
		h1_run_send(&run);
		memcpy(room.data, "56789", 5);
		duet_h1_send_filled(run.h1, 5);
		assert_int_equal(end(&run), DUET_OK);
		assert_string_equal(h1_run_sent(&run),
				    i == 0 ? "0123456789"
					   : "5\r\n01234\r\n0005\r\n56789\r\n"
					     "0\r\n\r\n");
		h1_run_done(&run);
	}
}

static void a_reply_that_is_given_up_never_looks_whole(void **state)
{
	struct h1_run run;
	struct duet_room room;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		begin(&run, GET "\r\n", i == 0 ? 10 : DUET_LENGTH_UNKNOWN);
		assert_int_equal(send_text(&run, "hello"), DUET_OK);
		duet_h1_send_abort(run.h1, 1);
		assert_true(duet_h1_is_cut(run.h1));
		assert_false(duet_h1_reusable(run.h1));
		assert_int_equal(send_text(&run, "world"), DUET_E_GONE);
		assert_int_equal(end(&run), DUET_E_GONE);
		assert_int_equal(duet_h1_send_room(run.h1, 1, &room, NULL),
				 DUET_E_GONE);
		assert_string_equal(h1_run_sent(&run),
				    i == 0 ? "hello" : "5\r\nhello\r\n");
		h1_run_pull(&run);
		assert_non_null(
			strstr(h1_run_text(&run), "closed local DUET_OK"));
		h1_run_done(&run);
	}
}

static void a_reply_that_done_finds_unfinished_is_cut(void **state)
{
	struct h1_run run;

	(void)state;
	begin(&run, GET "\r\n", 10);
	assert_int_equal(send_text(&run, "hello"), DUET_OK);
	assert_false(duet_h1_is_cut(run.h1));
	duet_h1_done(run.h1, 1);
	assert_true(duet_h1_is_cut(run.h1));
	h1_run_pull(&run);
	assert_non_null(strstr(h1_run_text(&run), "closed local DUET_OK"));
	h1_run_done(&run);
}

static void giving_up_cuts_what_is_coming_too(void **state)
{
	static const char text[] = POST "Content-Length: 10\r\n\r\nhello";
	struct h1_run run;

	(void)state;
	begin(&run, text, 10);
	duet_h1_send_abort(run.h1, 1);
	h1_run_pull(&run);
	assert_non_null(
		strstr(h1_run_text(&run),
		       "aborted local 0 DUET_E_TRUNCATED: 5 of 10 bytes "
		       "came: our side gave up\nclosed local"));
	h1_run_done(&run);
}

static void a_body_has_its_turn_and_only_then(void **state)
{
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	run.silent = true;
	assert_int_equal(send_text(&run, "x"), DUET_E_STATE);
	(void)h1_run_feed(&run, GET "\r\n", strlen(GET "\r\n"), 1);
	assert_int_equal(send_text(&run, "x"), DUET_E_STATE);
	assert_int_equal(end(&run), DUET_E_STATE);
	h1_run_done(&run);
}

enum {
	LENT_BYTES = 40000,
};

static struct duet_bytes lent_body(void)
{
	static char text[LENT_BYTES];
	size_t i;

	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 23);
	return (struct duet_bytes){ text, sizeof(text) };
}

static void a_borrowed_body_is_sent_from_where_it_lies(void **state)
{
	struct duet_bytes body = lent_body();
	struct duet_bytes rest;
	struct h1_run run;

	(void)state;
	begin(&run, GET "\r\n", LENT_BYTES);
	assert_int_equal(duet_h1_send_borrowed(run.h1, 1, body, NULL), DUET_OK);
	assert_int_equal(end(&run), DUET_E_STATE);
	h1_run_send(&run); /* a record's worth */
	rest = duet_h1_send_bytes(run.h1);
	assert_true(rest.len > 0);
	assert_int_equal(rest.len, duet_h1_borrowed(run.h1, 1));
	assert_ptr_equal((const char *)rest.data + rest.len,
			 (const char *)body.data + LENT_BYTES);
	h1_run_send(&run);
	assert_int_equal(duet_h1_borrowed(run.h1, 1), 0);
	assert_int_equal(duet_buf_len(&run.sent), LENT_BYTES);
	assert_memory_equal(duet_buf_bytes(&run.sent).data, body.data,
			    LENT_BYTES);
	duet_h1_done(run.h1, 1);
	assert_false(duet_h1_is_cut(run.h1));
	assert_true(duet_h1_reusable(run.h1));
	h1_run_done(&run);
}

static void prepared_fields_come_after_the_head_s_own(void **state)
{
	struct duet_prepared *prepared;
	struct h1_run run;

	(void)state;
	assert_int_equal(duet_prepared_new(DUET_HEADERS({ "ETag", "\"x\"" },
							{ "Vary", "a" }),
					   &prepared),
			 DUET_OK);
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	run.silent = true;
	(void)h1_run_feed(&run, GET "\r\n", strlen(GET "\r\n"), SIZE_MAX);
	assert_int_equal(duet_h1_reply_prepared(run.h1, 1,
						DUET_HEAD(.status = 200,
							  .content_length = 5,
							  .headers = DUET_HEADERS(
								  { "Date",
								    "now" })),
						prepared, NULL),
			 DUET_OK);
	duet_prepared_free(prepared);
	assert_string_equal(h1_run_sent(&run), "HTTP/1.1 200 OK\r\n"
					       "Date: now\r\n"
					       "ETag: \"x\"\r\n"
					       "Vary: a\r\n"
					       "Content-Length: 5\r\n\r\n");
	h1_run_done(&run);
}

static void what_is_borrowed_is_all_of_the_body(void **state)
{
	struct duet_bytes body = lent_body();
	struct h1_run run;

	(void)state;
	begin(&run, GET "\r\n", LENT_BYTES + 1);
	assert_int_equal(duet_h1_send_borrowed(run.h1, 1, body, NULL),
			 DUET_E_ARGUMENT);
	assert_int_equal(duet_h1_send_bytes(run.h1).len, 0);
	assert_int_equal(send_text(&run, "x"), DUET_OK);
	assert_int_equal(duet_h1_send_borrowed(run.h1, 1, body, NULL), DUET_OK);
	h1_run_done(&run);
	begin(&run, GET "\r\n", DUET_LENGTH_UNKNOWN);
	assert_int_equal(duet_h1_send_borrowed(run.h1, 1, body, NULL),
			 DUET_E_ARGUMENT);
	h1_run_done(&run);
}

static void what_is_given_back_too_soon_is_cut(void **state)
{
	struct duet_bytes body = lent_body();
	struct h1_run run;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		begin(&run, GET "\r\n", LENT_BYTES);
		assert_int_equal(duet_h1_send_borrowed(run.h1, 1, body, NULL),
				 DUET_OK);
		h1_run_send(&run);
		if (i == 0)
			duet_h1_send_abort(run.h1, 1);
		else
			duet_h1_done(run.h1, 1);
		assert_int_equal(duet_h1_borrowed(run.h1, 1), 0);
		assert_int_equal(duet_h1_send_bytes(run.h1).len, 0);
		assert_true(duet_h1_is_cut(run.h1));
		h1_run_done(&run);
	}
}

static void a_client_sends_bodies_too(void **state)
{
	const struct duet_header host[] = { { "Host", "h" }, { 0, 0 } };
	struct h1_run run;
	uint64_t stream;

	(void)state;
	h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
	assert_int_equal(duet_h1_request(run.h1,
					 DUET_HEAD(.method = "PUT",
						   .target = "/",
						   .headers = host,
						   .content_length = -1),
					 &stream, NULL),
			 DUET_OK);
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_WAITING);
	assert_int_equal(send_text(&run, "hello"), DUET_OK);
	assert_int_equal(end(&run), DUET_OK);
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_AWAITED);
	assert_string_equal(strstr(h1_run_sent(&run), "\r\n\r\n"),
			    "\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
	h1_run_done(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_length_is_kept_to_the_byte),
		cmocka_unit_test(chunks_have_their_sizes_and_a_last_one),
		cmocka_unit_test(trailers_follow_chunks_and_nothing_else),
		cmocka_unit_test(until_close_is_what_http_1_0_gets),
		cmocka_unit_test(the_body_of_a_head_reply_stays_here),
		cmocka_unit_test(no_body_needs_no_end_but_may_have_one),
		cmocka_unit_test(what_is_held_has_a_limit),
		cmocka_unit_test(bytes_may_leave_while_room_is_lent),
		cmocka_unit_test(a_reply_that_is_given_up_never_looks_whole),
		cmocka_unit_test(a_reply_that_done_finds_unfinished_is_cut),
		cmocka_unit_test(giving_up_cuts_what_is_coming_too),
		cmocka_unit_test(a_body_has_its_turn_and_only_then),
		cmocka_unit_test(a_borrowed_body_is_sent_from_where_it_lies),
		cmocka_unit_test(prepared_fields_come_after_the_head_s_own),
		cmocka_unit_test(what_is_borrowed_is_all_of_the_body),
		cmocka_unit_test(what_is_given_back_too_soon_is_cut),
		cmocka_unit_test(a_client_sends_bodies_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
