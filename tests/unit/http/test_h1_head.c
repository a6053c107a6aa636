/* SPDX-License-Identifier: MIT */
/* Heads going out, to the byte. */
#include "h1_messages.h"
#include "support/unit.h"

#define HOST                \
	{                   \
		"Host", "h" \
	}
#define R(...)                                                \
	{                                                     \
		.size = sizeof(struct duet_head), __VA_ARGS__ \
	}
#define F(...)                                  \
	.headers = (const struct duet_header[]) \
	{                                       \
		__VA_ARGS__,                    \
		{                               \
			0, 0                    \
		}                               \
	}

static void requests_are_written_anew(void **state)
{
	const struct {
		struct duet_head head;
		const char *bytes;
	} cases[] = {
		{ R(.method = "GET", .target = "/", F(HOST)),
		  "GET / HTTP/1.1\r\nHost: h\r\n\r\n" },
		{ R(.method = "GET", .target = "/a?b", .close = true,
		    F(HOST, { "Accept", "*/*" }, { "X", "" })),
		  "GET /a?b HTTP/1.1\r\nHost: h\r\nAccept: */*\r\nX: \r\n"
		  "Connection: close\r\n\r\n" },
		/* RFC 9110 s8.6 */
		{ R(.method = "POST", .target = "/", F(HOST)),
		  "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n" },
		{ R(.method = "DELETE", .target = "/", F(HOST)),
		  "DELETE / HTTP/1.1\r\nHost: h\r\n\r\n" },
		{ R(.method = "PUT", .target = "/", .content_length = INT64_MAX,
		    F(HOST)),
		  "PUT / HTTP/1.1\r\nHost: h\r\n"
		  "Content-Length: 9223372036854775807\r\n\r\n" },
		{ R(.method = "PUT", .target = "/", .content_length = -1,
		    F(HOST)),
		  "PUT / HTTP/1.1\r\nHost: h\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n" },
		{ R(.method = "PUT", .target = "/", .content_length = 5,
		    .expect_continue = true, F(HOST)),
		  "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
		  "Expect: 100-continue\r\n\r\n" },
		{ R(.method = "GET", .target = "/", .expect_continue = true,
		    F(HOST)),
		  "GET / HTTP/1.1\r\nHost: h\r\n\r\n" },
		/* RFC 9110 s7.8, s10.1.4 */
		{ R(.method = "GET", .target = "/",
		    F(HOST, { "Upgrade", "x" }, { "TE", "trailers" })),
		  "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: x\r\nTE: trailers\r\n"
		  "Connection: upgrade, te\r\n\r\n" },
		{ R(.method = "OPTIONS", .target = "*", F(HOST)),
		  "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n" },
		{ R(.method = "CONNECT", .target = "h:1", F({ "Host", "h:1" })),
		  "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n" },
	};
	struct h1_run run;
	uint64_t stream;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
		assert_int_equal(duet_h1_request(run.h1, &cases[i].head,
						 &stream, NULL),
				 DUET_OK);
		assert_string_equal(h1_run_sent(&run), cases[i].bytes);
		h1_run_done(&run);
	}
}

static void nothing_can_be_injected_into_a_request(void **state)
{
	const struct duet_head cases[] = {
		R(.target = "/", F(HOST)),
		R(.method = "", .target = "/", F(HOST)),
		R(.method = "G T", .target = "/", F(HOST)),
		R(.method = "GET\r\n", .target = "/", F(HOST)),
		R(.method = "GET", F(HOST)),
		R(.method = "GET", .target = "", F(HOST)),
		R(.method = "GET", .target = "a", F(HOST)),
		R(.method = "GET", .target = "/ HTTP/1.1\r\nX: y", F(HOST)),
		R(.method = "GET", .target = "/a b", F(HOST)),
		R(.method = "GET", .target = "/a\nb", F(HOST)),
		R(.method = "GET", .target = "*", F(HOST)),
		R(.method = "CONNECT", .target = "/", F(HOST)),
		R(.method = "GET", .target = "/"),
		R(.method = "GET", .target = "/", F({ "X", "y" })),
		R(.method = "GET", .target = "/", F(HOST, HOST)),
		R(.method = "GET", .target = "/", F({ "Host", "" })),
		R(.method = "GET", .target = "/", F({ "Host", "a b" })),
		R(.method = "GET", .target = "/", F({ "Host", NULL })),
		R(.method = "GET", .target = "/",
		  F({ "Host", "a" }, { "Host", "b b" })),
		R(.method = "GET", .target = "/", F(HOST, { "X", NULL })),
		R(.method = "GET", .target = "/", F(HOST, { "X", "a\r\nb" })),
		R(.method = "GET", .target = "/", F(HOST, { "X", "a\nb" })),
		R(.method = "GET", .target = "/", F(HOST, { "X", "a\rb" })),
		R(.method = "GET", .target = "/", F(HOST, { "X\r\nY", "a" })),
		R(.method = "GET", .target = "/", F(HOST, { "X Y", "a" })),
		R(.method = "GET", .target = "/", F(HOST, { "X:", "a" })),
		R(.method = "GET", .target = "/", F(HOST, { "", "a" })),
		R(.method = "GET", .target = "/",
		  F(HOST, { "content-length", "5" })),
		R(.method = "GET", .target = "/",
		  F(HOST, { "Transfer-Encoding", "chunked" })),
		R(.method = "GET", .target = "/",
		  F(HOST, { "Connection", "close" })),
		R(.method = "GET", .target = "/",
		  F(HOST, { "Keep-Alive", "timeout=5" })),
		R(.method = "GET", .target = "/",
		  F(HOST, { "Proxy-Connection", "close" })),
		R(.method = "GET", .target = "/", .content_length = -2,
		  F(HOST)),
	};
	struct duet_error err;
	struct h1_run run;
	uint64_t stream = 42;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
		memset(&err, 0, sizeof(err));
		if (duet_h1_request(run.h1, &cases[i], &stream, &err) !=
		    DUET_E_ARGUMENT)
			fail_msg("case %zu", i);
		assert_string_not_equal(err.text, "");
		assert_int_equal(stream, 42);
		assert_string_equal(h1_run_sent(&run), "");
		/* and the connection is as good as before */
		ask(&run, NULL);
		h1_run_done(&run);
	}
}

/* What a server is asked, and what it replies. */
struct reply {
	const char *request;
	struct duet_head head;
	const char *bytes;
	bool reusable;
};

#define GET10  "GET / HTTP/1.0\r\n"
#define OKAY   "HTTP/1.1 200 OK\r\n"
#define LEN(n) "Content-Length: " #n "\r\n"
#define CLOSE  "Connection: close\r\n"

/* RFC 9112 s6.1, s6.2, s6.3, s9.3; RFC 9110 s6.4.1, s8.6, s15.2 */
static const struct reply replies[] = {
	{ GET "\r\n", R(.status = 200), OKAY LEN(0) "\r\n", true },
	{ GET "\r\n", R(.status = 200, .content_length = 5), OKAY LEN(5) "\r\n",
	  true },
	{ GET "\r\n", R(.status = 200, .content_length = -1),
	  OKAY "Transfer-Encoding: chunked\r\n\r\n", true },
	{ GET "\r\n",
	  R(.status = 404, .reason = "Gone fishing", F({ "X", "y" })),
	  "HTTP/1.1 404 Gone fishing\r\nX: y\r\n" LEN(0) "\r\n", true },
	{ GET "\r\n", R(.status = 299, .reason = ""),
	  "HTTP/1.1 299 \r\n" LEN(0) "\r\n", true },
	{ GET "\r\n", R(.status = 299), "HTTP/1.1 299 \r\n" LEN(0) "\r\n",
	  true },
	{ GET "\r\n", R(.status = 200, .close = true), OKAY LEN(0) CLOSE "\r\n",
	  false },
	{ GET CLOSE "\r\n", R(.status = 200), OKAY LEN(0) CLOSE "\r\n", false },
	/* no body, whatever is said */
	{ GET "\r\n", R(.status = 204), "HTTP/1.1 204 No Content\r\n\r\n",
	  true },
	{ GET "\r\n", R(.status = 204, .content_length = -1),
	  "HTTP/1.1 204 No Content\r\n\r\n", true },
	{ GET "\r\n", R(.status = 304), "HTTP/1.1 304 Not Modified\r\n\r\n",
	  true },
	{ GET "\r\n", R(.status = 304, .content_length = 5),
	  "HTTP/1.1 304 Not Modified\r\n" LEN(5) "\r\n", true },
	{ GET "\r\n", R(.status = 304, .content_length = -1),
	  "HTTP/1.1 304 Not Modified\r\n\r\n", true },
	{ "HEAD / HTTP/1.1\r\n" H "\r\n", R(.status = 200), OKAY LEN(0) "\r\n",
	  true },
	{ "HEAD / HTTP/1.1\r\n" H "\r\n", R(.status = 200, .content_length = 5),
	  OKAY LEN(5) "\r\n", true },
	{ "HEAD / HTTP/1.1\r\n" H "\r\n",
	  R(.status = 200, .content_length = -1), OKAY "\r\n", true },
	/* HTTP/1.0 */
	{ GET10 "\r\n", R(.status = 200, .content_length = 5),
	  OKAY LEN(5) CLOSE "\r\n", false },
	{ GET10 "Connection: keep-alive\r\n\r\n",
	  R(.status = 200, .content_length = 5),
	  OKAY LEN(5) "Connection: keep-alive\r\n\r\n", true },
	{ GET10 "\r\n", R(.status = 200, .content_length = -1),
	  OKAY CLOSE "\r\n", false },
	{ GET10 "Connection: keep-alive\r\n\r\n",
	  R(.status = 200, .content_length = -1), OKAY CLOSE "\r\n", false },
	/* a request that has not come to its end: to be read off, or not */
	{ POST "Content-Length: 5\r\n\r\nhell",
	  R(.status = 200, .content_length = 2), OKAY LEN(2) "\r\n", true },
	{ POST "Content-Length: 5\r\n\r\nhell",
	  R(.status = 200, .content_length = 2, .close = true),
	  OKAY LEN(2) CLOSE "\r\n", false },
	{ POST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n",
	  R(.status = 200, .content_length = 2), OKAY LEN(2) CLOSE "\r\n",
	  false },
	{ POST "Content-Length: 5\r\n\r\nhello",
	  R(.status = 200, .content_length = 2), OKAY LEN(2) "\r\n", true },
	{ CHUNKED "0\r\n", R(.status = 413, .close = true),
	  "HTTP/1.1 413 Content Too Large\r\n" LEN(0) CLOSE "\r\n", false },
	/* changes of protocol */
	{ GET "\r\n", R(.status = 426, F({ "Upgrade", "x" })),
	  "HTTP/1.1 426 Upgrade Required\r\nUpgrade: x\r\n" LEN(
		  0) "Connection: upgrade\r\n\r\n",
	  true },
	{ GET "Connection: upgrade\r\nUpgrade: x\r\n\r\n",
	  R(.status = 101, F({ "Upgrade", "x" })),
	  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n"
	  "Connection: upgrade\r\n\r\n",
	  false },
	{ "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n", R(.status = 200),
	  OKAY "\r\n", false },
	{ "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n", R(.status = 405),
	  "HTTP/1.1 405 Method Not Allowed\r\n" LEN(0) CLOSE "\r\n", false },
};

static void replies_have_the_framing_that_fits(void **state)
{
	struct h1_run run;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(replies); i++) {
		const struct reply *r = &replies[i];

		h1_run_init(&run, DUET_ROLE_SERVER, NULL);
		run.silent = true;
		(void)h1_run_feed(&run, r->request, strlen(r->request), 1);
		assert_int_equal(duet_h1_reply(run.h1, 1, &r->head, NULL),
				 DUET_OK);
		assert_string_equal(h1_run_sent(&run), r->bytes);
		assert_int_equal(duet_h1_reusable(run.h1), r->reusable);
		h1_run_done(&run);
	}
}

static void replies_that_make_no_sense_are_refused(void **state)
{
	const struct {
		const char *request;
		struct duet_head head;
		int rc;
	} cases[] = {
		{ GET "\r\n", R(.status = 0), DUET_E_ARGUMENT },
		{ GET "\r\n", R(.status = 99), DUET_E_ARGUMENT },
		{ GET "\r\n", R(.status = 1000), DUET_E_ARGUMENT },
		{ GET "\r\n", R(.status = 200, .content_length = -2),
		  DUET_E_ARGUMENT },
		{ GET "\r\n", R(.status = 204, .content_length = 5),
		  DUET_E_ARGUMENT },
		{ GET "\r\n", R(.status = 100, .content_length = 5),
		  DUET_E_ARGUMENT },
		{ GET "\r\n", R(.status = 200, .reason = "a\r\nb"),
		  DUET_E_ARGUMENT },
		{ GET "\r\n", R(.status = 200, F({ "X", "a\r\nb" })),
		  DUET_E_ARGUMENT },
		{ GET "\r\n", R(.status = 200, F({ "Content-Length", "5" })),
		  DUET_E_ARGUMENT },
		{ GET "\r\n", R(.status = 200, F({ "connection", "close" })),
		  DUET_E_ARGUMENT },
		{ GET "\r\n", { .size = 0, .status = 200 }, DUET_E_ARGUMENT },
		{ GET "\r\n", R(.status = 101), DUET_E_ARGUMENT },
		{ GET "Upgrade: x\r\n\r\n", R(.status = 101), DUET_E_ARGUMENT },
		{ POST "Connection: upgrade\r\nUpgrade: x\r\n"
		       "Content-Length: 5\r\n\r\nhell",
		  R(.status = 101), DUET_E_STATE },
	};
	struct duet_error err;
	struct h1_run run;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		h1_run_init(&run, DUET_ROLE_SERVER, NULL);
		run.silent = true;
		(void)h1_run_feed(&run, cases[i].request,
				  strlen(cases[i].request), SIZE_MAX);
		memset(&err, 0, sizeof(err));
		if (duet_h1_reply(run.h1, 1, &cases[i].head, &err) !=
		    cases[i].rc)
			fail_msg("case %zu: %s", i, err.text);
		assert_string_not_equal(err.text, "");
		assert_string_equal(h1_run_sent(&run), "");
		/* and another reply may be tried */
		assert_int_equal(duet_h1_reply(run.h1, 1,
					       DUET_HEAD(.status = 500), NULL),
				 DUET_OK);
		h1_run_done(&run);
	}
}

static void interim_replies_come_before_the_final_one(void **state)
{
	static const char text[] = POST "Content-Length: 5\r\n"
					"Expect: 100-continue\r\n\r\n";
	const struct duet_header link[] = { { "Link", "</a>" }, { 0, 0 } };
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	run.silent = true;
	(void)h1_run_feed(&run, text, strlen(text), SIZE_MAX);
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_WAITING);
	assert_int_equal(duet_h1_reply(run.h1, 1,
				       DUET_HEAD(.status = 103,
						 .headers = link),
				       NULL),
			 DUET_OK);
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_WAITING);
	assert_int_equal(duet_h1_reply(run.h1, 1, DUET_HEAD(.status = 100),
				       NULL),
			 DUET_OK);
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IN_BODY);
	(void)h1_run_feed(&run, "hello", 5, SIZE_MAX);
	h1_run_reply(&run, 200);
	assert_string_equal(h1_run_sent(&run),
			    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
			    "HTTP/1.1 100 Continue\r\n\r\n" OKAY LEN(0) "\r\n");
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_IDLE);
	h1_run_done(&run);
}

/* RFC 9110 s15.2: a client of HTTP/1.0 cannot read them. */
static void http_1_0_gets_no_interim_reply(void **state)
{
	static const char text[] = "POST / HTTP/1.0\r\n" LEN(5) "\r\n";
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	run.silent = true;
	(void)h1_run_feed(&run, text, strlen(text), SIZE_MAX);
	assert_int_equal(duet_h1_reply(run.h1, 1, DUET_HEAD(.status = 100),
				       NULL),
			 DUET_OK);
	assert_string_equal(h1_run_sent(&run), "");
	h1_run_done(&run);
}

static void a_head_has_its_turn_and_only_then(void **state)
{
	const struct duet_head *okay = DUET_HEAD(.status = 200);
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	run.silent = true;
	assert_int_equal(duet_h1_reply(run.h1, 1, okay, NULL), DUET_E_STATE);
	(void)h1_run_feed(&run, GET "\r\n", strlen(GET "\r\n"), SIZE_MAX);
	assert_int_equal(duet_h1_reply(run.h1, 2, okay, NULL), DUET_E_STATE);
	assert_int_equal(duet_h1_reply(run.h1, 1, okay, NULL), DUET_OK);
	assert_int_equal(duet_h1_reply(run.h1, 1, okay, NULL), DUET_E_STATE);
	assert_int_equal(duet_h1_reply(run.h1, 1, DUET_HEAD(.status = 100),
				       NULL),
			 DUET_E_STATE);
	duet_h1_done(run.h1, 1);
	assert_int_equal(duet_h1_reply(run.h1, 1, okay, NULL), DUET_E_STATE);
	h1_run_end(&run, DUET_CUT_FIN, false);
	assert_int_equal(duet_h1_reply(run.h1, 1, okay, NULL), DUET_E_GONE);
	h1_run_done(&run);

	h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
	ask(&run, NULL);
	assert_int_equal(duet_h1_request(run.h1, &replies[0].head, NULL, NULL),
			 DUET_E_STATE);
	h1_run_end(&run, DUET_CUT_FIN, false);
	assert_int_equal(duet_h1_request(run.h1, &replies[0].head, NULL, NULL),
			 DUET_E_GONE);
	h1_run_done(&run);
}

static void a_head_beyond_all_measure_is_refused(void **state)
{
	size_t len = 70000;
	char *value = duet_mem_zalloc(len + 1);
	const struct duet_header fields[] = { { "X", value }, { 0, 0 } };
	struct h1_run run;

	(void)state;
	assert_non_null(value);
	memset(value, 'x', len);
	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	run.silent = true;
	(void)h1_run_feed(&run, GET "\r\n", strlen(GET "\r\n"), SIZE_MAX);
	assert_int_equal(duet_h1_reply(run.h1, 1,
				       DUET_HEAD(.status = 200,
						 .headers = fields),
				       NULL),
			 DUET_E_LIMIT);
	value[60000] = '\0';
	assert_int_equal(duet_h1_reply(run.h1, 1,
				       DUET_HEAD(.status = 200,
						 .headers = fields),
				       NULL),
			 DUET_OK);
	h1_run_done(&run);
	duet_mem_free(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_written_anew),
		cmocka_unit_test(nothing_can_be_injected_into_a_request),
		cmocka_unit_test(replies_have_the_framing_that_fits),
		cmocka_unit_test(replies_that_make_no_sense_are_refused),
		cmocka_unit_test(interim_replies_come_before_the_final_one),
		cmocka_unit_test(http_1_0_gets_no_interim_reply),
		cmocka_unit_test(a_head_has_its_turn_and_only_then),
		cmocka_unit_test(a_head_beyond_all_measure_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
