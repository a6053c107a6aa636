/* SPDX-License-Identifier: MIT */
/* However bytes come, and wherever they lie in the buffer. */
#include "h1_messages.h"
#include "support/unit.h"

static void begin(struct h1_run *run, enum duet_role role,
		  const struct message *m)
{
	h1_run_init(run, role, NULL);
	if (role == DUET_ROLE_CLIENT)
		ask(run, m->asked);
}

static void compare(struct h1_run *whole, struct h1_run *split,
		    const struct message *m)
{
	if (strcmp(h1_run_text(whole), h1_run_text(split)) != 0)
		fail_msg("%s\nwhole:\n%s\nsplit:\n%s", m->text,
			 h1_run_text(whole), h1_run_text(split));
	assert_string_equal(h1_run_sent(whole), h1_run_sent(split));
}

/* In steps of one size, and in two pieces of every size. */
static void feed_in_every_way(enum duet_role role, const struct message *m)
{
	static const size_t steps[] = { 1, 2, 3, 7, 64, 1000 };
	struct h1_run whole;
	struct h1_run split;
	size_t fed;
	size_t i;

	begin(&whole, role, m);
	(void)h1_run_feed(&whole, m->text, m->len, SIZE_MAX);
	for (i = 0; i < COUNT(steps); i++) {
		begin(&split, role, m);
		(void)h1_run_feed(&split, m->text, m->len, steps[i]);
		compare(&whole, &split, m);
		h1_run_done(&split);
	}
	for (i = 1; i < m->len; i++) {
		begin(&split, role, m);
		fed = h1_run_feed(&split, m->text, i, SIZE_MAX);
		if (fed == i)
			(void)h1_run_feed(&split, m->text + i, m->len - i,
					  SIZE_MAX);
		compare(&whole, &split, m);
		h1_run_done(&split);
	}
	h1_run_done(&whole);
}

static void pieces_do_not_show_in_the_events(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(requests); i++)
		feed_in_every_way(DUET_ROLE_SERVER, &requests[i]);
	for (i = 0; i < COUNT(bad_requests); i++)
		feed_in_every_way(DUET_ROLE_SERVER, &bad_requests[i]);
	for (i = 0; i < COUNT(bad_bodies); i++)
		feed_in_every_way(DUET_ROLE_SERVER, &bad_bodies[i]);
	for (i = 0; i < COUNT(responses); i++)
		feed_in_every_way(DUET_ROLE_CLIENT, &responses[i]);
	for (i = 0; i < COUNT(bad_responses); i++)
		feed_in_every_way(DUET_ROLE_CLIENT, &bad_responses[i]);
}

/* Lines around the limits */

enum {
	LINE = 50,
	HEAD = 120,
	LINES = 5,
};
static const struct duet_limits small = {
	.size = sizeof(small),
	.line_bytes = LINE,
	.head_bytes = HEAD,
	.headers = LINES,
};

static char *put(char *p, const char *text)
{
	while (*text != '\0')
		*p++ = *text++;
	return p;
}

/* What begins is made n bytes long by a run of 'x', then comes the end. */
static size_t stretch(char *dst, const char *before, const char *line, size_t n,
		      const char *after)
{
	char *p = put(put(dst, before), line);

	for (n -= strlen(line); n > 0; n--)
		*p++ = 'x';
	p = put(p, after);
	*p = '\0';
	return (size_t)(p - dst);
}

static void try_text(enum duet_role role, const struct duet_limits *limits,
		     const char *text, size_t len, size_t first,
		     const char *expected)
{
	struct h1_run run;
	const char *log;
	size_t fed;

	h1_run_init(&run, role, limits);
	if (role == DUET_ROLE_CLIENT)
		ask(&run, NULL);
	fed = h1_run_feed(&run, text, first, SIZE_MAX);
	if (fed == first)
		(void)h1_run_feed(&run, text + first, len - first, 1);
	log = h1_run_text(&run);
	/* both are the first thing that is told */
	if (strncmp(log, expected, strlen(expected)) != 0)
		fail_msg("%s\n(in pieces of %zu and the rest) gives\n%s", text,
			 first, log);
	h1_run_done(&run);
}

/* RFC 9112 s3: a line too long is an error, never a line cut in two. */
static void a_line_is_whole_or_refused_at_every_boundary(void **state)
{
	static const struct {
		enum duet_role role;
		const char *before;
		const char *line;
		const char *after;
		const char *refused;
	} cases[] = {
		{ DUET_ROLE_SERVER, "", "GET /", " HTTP/1.1\r\nHost: h\r\n\r\n",
		  "aborted protocol 414 DUET_E_LIMIT: the first line" },
		{ DUET_ROLE_SERVER, "", "GET /", " HTTP/1.1\nHost: h\n\n",
		  "aborted protocol 414 DUET_E_LIMIT: the first line" },
		{ DUET_ROLE_SERVER, GET, "X: ", "\r\n\r\n",
		  "aborted protocol 431 DUET_E_LIMIT: a field line" },
		{ DUET_ROLE_SERVER, GET, "X: ", "\n\r\n",
		  "aborted protocol 431 DUET_E_LIMIT: a field line" },
		{ DUET_ROLE_CLIENT, "", "HTTP/1.1 200 ",
		  "\r\nContent-Length: 0\r\n\r\n",
		  "aborted protocol 0 DUET_E_LIMIT: the first line" },
		{ DUET_ROLE_CLIENT, OK200, "X: ", "\r\n\r\n",
		  "aborted protocol 0 DUET_E_LIMIT: a field line" },
	};
	char text[1000];
	size_t i;
	size_t n;
	size_t first;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		/* what of the line is in "after" */
		size_t rest = strcspn(cases[i].after, "\r\n");

		for (n = LINE - 3; n <= LINE + 3; n++) {
			size_t len =
				stretch(text, cases[i].before, cases[i].line,
					n - rest, cases[i].after);

			for (first = 0; first <= len; first++)
				try_text(cases[i].role, &small, text, len,
					 first,
					 n <= LINE ? "head 1"
						   : cases[i].refused);
		}
	}
}

static void a_head_is_whole_or_refused_at_every_boundary(void **state)
{
	static const char before[] =
		GET "Y: 1234567890123456789012345678901234567890\r\n";
	char text[1000];
	size_t total;
	size_t first;

	(void)state;
	for (total = HEAD - 3; total <= HEAD + 3; total++) {
		size_t len =
			stretch(text, before, "X: ", total - strlen(before) - 4,
				"\r\n\r\n");

		assert_int_equal(len, total);
		for (first = 0; first <= len; first++)
			try_text(DUET_ROLE_SERVER, &small, text, len, first,
				 total <= HEAD
					 ? "head 1"
					 : "aborted protocol 431 DUET_E_LIMIT: the head");
	}
}

static void as_many_fields_as_the_limit_and_no_more(void **state)
{
	static const char five[] = GET "A:\r\nB:\r\nC:\r\nD:\r\n\r\n";
	static const char six[] = GET "A:\r\nB:\r\nC:\r\nD:\r\nE:\r\n\r\n";
	size_t first;

	(void)state;
	for (first = 0; first <= strlen(five); first++)
		try_text(DUET_ROLE_SERVER, &small, five, strlen(five), first,
			 "head 1");
	for (first = 0; first <= strlen(six); first++)
		try_text(DUET_ROLE_SERVER, &small, six, strlen(six), first,
			 "aborted protocol 431 DUET_E_LIMIT: more field lines");
}

static void trailers_have_the_limits_of_a_head(void **state)
{
	static const char before[] = "POST / HTTP/1.1\r\n" H
				     "Transfer-Encoding: chunked\r\n\r\n0\r\n";
	struct h1_run run;
	char text[1000];
	size_t first;
	size_t n;

	(void)state;
	for (n = LINE - 3; n <= LINE + 3; n++) {
		size_t len = stretch(text, before, "X: ", n, "\r\n\r\n");

		for (first = strlen(before); first <= len; first++) {
			h1_run_init(&run, DUET_ROLE_SERVER, &small);
			(void)h1_run_feed(&run, text, first, SIZE_MAX);
			if (!run.closed)
				(void)h1_run_feed(&run, text + first,
						  len - first, 1);
			assert_non_null(
				strstr(h1_run_text(&run),
				       n <= LINE
					       ? "end last-chunk"
					       : "aborted protocol 431 DUET_E_LIMIT"));
			h1_run_done(&run);
		}
	}
}

/* With the usual limits, and what lies before the line in the same buffer
 * moved through all distances from its ends. */
static void the_usual_limit_holds_at_every_place_in_the_buffer(void **state)
{
	static const struct duet_limits usual = { .size = sizeof(usual) };
	char *text = duet_mem_alloc(40000);
	size_t before;
	size_t n;

	(void)state;
	assert_non_null(text);
	for (before = 4060; before < 4100; before++) {
		for (n = 8192 - 3; n <= 8192 + 3; n++) {
			struct h1_run run;
			size_t len;

			len = stretch(text, "", "GET /", before - 24,
				      " HTTP/1.1\r\nHost: h\r\n\r\n");
			len += stretch(text + len, GET, "X: ", n, "\r\n\r\n");
			h1_run_init(&run, DUET_ROLE_SERVER, &usual);
			(void)h1_run_feed(&run, text, len, SIZE_MAX);
			assert_non_null(strstr(h1_run_text(&run), "head 1"));
			assert_non_null(
				strstr(h1_run_text(&run),
				       n <= 8192 ? "head 2" : "aborted"));
			h1_run_done(&run);
		}
	}
	duet_mem_free(text);
}

/* Room */

static size_t room_of(struct duet_h1 *h1)
{
	struct duet_room room;

	assert_int_equal(duet_h1_recv_room(h1, &room), DUET_OK);
	return room.len;
}

static void there_is_no_room_while_an_event_waits(void **state)
{
	static const char text[] = POST "Content-Length: 9\r\n\r\nabc";
	struct duet_event ev;
	struct duet_room room;
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	assert_true(room_of(run.h1) >= strlen(text));
	assert_int_equal(duet_h1_recv_room(run.h1, &room), DUET_OK);
	memcpy(room.data, text, strlen(text));
	duet_h1_recv_done(run.h1, strlen(text));
	assert_int_equal(room_of(run.h1), 0);
	assert_int_equal(duet_h1_next(run.h1, &ev, NULL), DUET_OK);
	assert_int_equal(ev.type, DUET_EV_HEAD);
	assert_int_equal(room_of(run.h1), 0);
	assert_int_equal(duet_h1_next(run.h1, &ev, NULL), DUET_OK);
	assert_int_equal(ev.type, DUET_EV_DATA);
	assert_int_equal(room_of(run.h1), 0);
	assert_int_equal(duet_h1_next(run.h1, &ev, NULL), DUET_WANT_READ);
	assert_true(room_of(run.h1) >= 6);
	assert_int_equal(duet_h1_body_bytes(run.h1), 3);
	h1_run_done(&run);
}

/* A request that changes the protocol may have a body, and the longest head
 * that fits where it was put. */
static void a_tunnel_has_room_whatever_came_before(void **state)
{
	static const char *const bodies[] = {
		"",
		"Content-Length: 0\r\n",
		"Content-Length: 1\r\n",
		"Transfer-Encoding: chunked\r\n",
	};
	static const char *const ends[] = { "", "", "x", "0\r\n\r\n" };
	char head[4096 + 1];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bodies); i++) {
		struct h1_run run;
		int n = snprintf(head, sizeof(head),
				 GET "Connection: upgrade\r\nUpgrade: x\r\n"
				     "%sX: ",
				 bodies[i]);

		memset(head + n, 'y', sizeof(head) - (size_t)n);
		(void)put(head + sizeof(head) - 5, "\r\n\r\n");
		h1_run_init(&run, DUET_ROLE_SERVER, NULL);
		run.silent = true;
		assert_int_equal(h1_run_feed(&run, head, sizeof(head) - 1,
					     SIZE_MAX),
				 sizeof(head) - 1);
		assert_int_equal(h1_run_feed(&run, ends[i], strlen(ends[i]),
					     SIZE_MAX),
				 strlen(ends[i]));
		assert_int_equal(duet_h1_reply(run.h1, 1,
					       DUET_HEAD(.status = 101), NULL),
				 DUET_OK);
		h1_run_pull(&run);
		assert_true(room_of(run.h1) >= 16384);
		h1_run_done(&run);
	}
}

static void a_head_stays_put_while_its_body_comes(void **state)
{
	static const char text[] = POST "X: kept\r\nTransfer-Encoding: "
					"chunked\r\n\r\n";
	const struct duet_head *head;
	struct duet_event ev;
	struct duet_room room;
	struct h1_run run;
	char chunk[6 + 0x1381 + 2];
	const char *kept;
	int i;

	(void)state;
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	run.silent = true;
	assert_int_equal(duet_h1_recv_room(run.h1, &room), DUET_OK);
	(void)put(room.data, text);
	duet_h1_recv_done(run.h1, strlen(text));
	assert_int_equal(duet_h1_next(run.h1, &ev, NULL), DUET_OK);
	head = ev.head;
	kept = duet_head_get(head, "x");
	assert_string_equal(kept, "kept");
	memset(chunk, 'y', sizeof(chunk));
	(void)put(chunk, "1381\r\n");
	(void)put(chunk + sizeof(chunk) - 2, "\r\n");
	for (i = 0; i < 20; i++)
		assert_int_equal(h1_run_feed(&run, chunk, sizeof(chunk),
					     SIZE_MAX),
				 sizeof(chunk));
	assert_int_equal(duet_h1_body_bytes(run.h1), 20 * 0x1381);
	assert_ptr_equal(duet_head_get(head, "x"), kept);
	assert_string_equal(kept, "kept");
	assert_string_equal(head->method, "POST");
	assert_true(room_of(run.h1) >= 16 * 1024);
	h1_run_done(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_do_not_show_in_the_events),
		cmocka_unit_test(a_line_is_whole_or_refused_at_every_boundary),
		cmocka_unit_test(a_head_is_whole_or_refused_at_every_boundary),
		cmocka_unit_test(as_many_fields_as_the_limit_and_no_more),
		cmocka_unit_test(trailers_have_the_limits_of_a_head),
		cmocka_unit_test(
			the_usual_limit_holds_at_every_place_in_the_buffer),
		cmocka_unit_test(there_is_no_room_while_an_event_waits),
		cmocka_unit_test(a_tunnel_has_room_whatever_came_before),
		cmocka_unit_test(a_head_stays_put_while_its_body_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
