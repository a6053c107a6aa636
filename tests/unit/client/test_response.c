/* SPDX-License-Identifier: MIT */
/* Bodies: how they come, end, are cut, are too long, are not wanted. */
#define _DEFAULT_SOURCE /* MSG_DONTWAIT */
#include <sys/socket.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fixture.h"

static struct {
	size_t received;
	size_t said;
	bool ended_cleanly;
} seen;

static struct duet_facts facts_of(const struct duet_response *response)
{
	struct duet_facts facts = { .size = sizeof(facts) };

	duet_response_facts(response, &facts);
	return facts;
}

/* In pieces of so many bytes; how it ended, and how many came. */
static int read_all(struct duet_response *response, size_t piece, size_t *total,
		    struct duet_error *err)
{
	char buf[4096];
	size_t n;
	int rc;

	*total = 0;
	assert_true(piece <= sizeof(buf));
	for (;;) {
		rc = duet_response_read(response, buf, piece, &n, err);
		if (rc != DUET_OK) {
			assert_int_equal(n, 0);
			return rc;
		}
		assert_in_range(n, 1, piece);
		*total += n;
	}
}

/* What to say, and then how to end. */
struct script {
	const char *say;
	enum {
		GOOD_FORM, /* close_notify and FIN */
		BARE_FIN,
		RESET,
		STAY, /* until the client leaves */
	} end;
};

static void talk_script(struct stub_peer *peer)
{
	const struct script *script = peer->stub->arg;

	if (!stub_read_head(peer))
		return;
	stub_say(peer, script->say);
	if (script->end == STAY) {
		seen.received = stub_drain(peer);
		seen.ended_cleanly =
			peer->tls != NULL && duet_tls_closed_cleanly(peer->tls);
	}
	if (script->end == BARE_FIN) {
		stub_fin(peer);
		(void)stub_drain(peer);
	}
	if (script->end == RESET)
		stub_reset(peer);
}

#define HEAD200 "HTTP/1.1 200 OK\r\n"

static void an_end_is_told_by_its_evidence(void **state)
{
	static const struct {
		struct script script;
		bool tls;
		size_t bytes;
		enum duet_evidence evidence;
	} rows[] = {
		{ { HEAD200 "Content-Length: 5\r\n\r\nhello", STAY },
		  true,
		  5,
		  DUET_BY_LENGTH },
		{ { HEAD200 "Content-Length: 5\r\n\r\nhello", BARE_FIN },
		  true,
		  5,
		  DUET_BY_LENGTH },
		{ { HEAD200 "Transfer-Encoding: chunked\r\n\r\n"
			    "5\r\nhello\r\n0\r\n\r\n",
		    STAY },
		  true,
		  5,
		  DUET_BY_LAST_CHUNK },
		{ { HEAD200 "\r\nhello", GOOD_FORM },
		  true,
		  5,
		  DUET_BY_CLOSE_NOTIFY },
		{ { HEAD200 "\r\nhello", BARE_FIN }, false, 5, DUET_BY_FIN },
		{ { "HTTP/1.1 204 No\r\n\r\n", STAY },
		  true,
		  0,
		  DUET_BY_NO_BODY },
	};
	struct duet_error err;
	size_t total;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct stub stub = { .talk = talk_script,
				     .arg = &rows[i].script };
		struct duet_client *client = new_client();
		struct duet_response *response;
		struct duet_facts facts;

		stub.tls = rows[i].tls ? tls.server : NULL;
		stub_start(&stub);
		response = must_send(client, DUET_REQUEST(.url = stub.url,
							  .insecure_http = 1));
		facts = facts_of(response);
		assert_int_equal(facts.evidence, DUET_BY_NONE);
		assert_int_equal(facts.total_us, -1);
		assert_int_equal(read_all(response, 2, &total, &err), DUET_EOF);
		assert_int_equal(total, rows[i].bytes);
		facts = facts_of(response);
		assert_int_equal(facts.evidence, rows[i].evidence);
		assert_int_equal(facts.body_bytes, total);
		assert_int_equal(facts.cut, DUET_CUT_NONE);
		assert_true(facts.total_us >= facts.first_byte_us);
		/* and again */
		assert_int_equal(read_all(response, 2, &total, &err), DUET_EOF);
		assert_int_equal(total, 0);
		close_down(response, client, &stub);
	}
}

static void a_cut_body_is_never_an_end(void **state)
{
	static const struct {
		struct script script;
		size_t bytes; /* that came before; more than can be: any */
	} rows[] = {
		{ { HEAD200 "Content-Length: 9\r\n\r\nhello", GOOD_FORM }, 5 },
		{ { HEAD200 "Content-Length: 9\r\n\r\nhello", BARE_FIN }, 5 },
		{ { HEAD200 "Content-Length: 9\r\n\r\nhello", RESET }, 99 },
		{ { HEAD200 "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
		    GOOD_FORM },
		  5 },
		{ { HEAD200
		    "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
		    BARE_FIN },
		  5 },
		{ { HEAD200 "\r\nhello", BARE_FIN }, 5 },
		{ { HEAD200 "\r\nhello", RESET }, 99 },
	};
	struct duet_error err;
	struct duet_error again;
	size_t total;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct stub stub = { .talk = talk_script,
				     .arg = &rows[i].script,
				     .tls = tls.server };
		struct duet_client *client = new_client();
		struct duet_response *response;

		stub_start(&stub);
		response =
			duet_send(client, DUET_REQUEST(.url = stub.url), &err);
		if (response != NULL) {
			assert_int_equal(read_all(response, 100, &total, &err),
					 DUET_E_TRUNCATED);
			if (rows[i].bytes != 99)
				assert_int_equal(total, rows[i].bytes);
			assert_int_not_equal(facts_of(response).cut,
					     DUET_CUT_NONE);
			assert_int_equal(facts_of(response).evidence,
					 DUET_BY_NONE);
			assert_non_null(strstr(err.text, stub.url));
			assert_int_equal(read_all(response, 9, &total, &again),
					 DUET_E_TRUNCATED);
			assert_string_equal(again.text, err.text);
			/* and so it is when the client has gone */
			duet_client_free(client);
			client = NULL;
			assert_int_equal(read_all(response, 9, &total, &again),
					 DUET_E_TRUNCATED);
			assert_string_equal(again.text, err.text);
		} else {
			/* The reset overtook the head. */
			assert_int_equal(rows[i].bytes, 99);
			assert_int_equal(err.code, DUET_E_TRUNCATED);
		}
		close_down(response, client, &stub);
	}
}

/* The framing is whole, and what it frames is not what its head promised. */
static void a_part_is_as_long_as_it_said(void **state)
{
#define PART                                                \
	"HTTP/1.1 206 P\r\nContent-Range: bytes 0-4/99\r\n" \
	"Transfer-Encoding: chunked\r\n\r\n"
	static const struct {
		const char *method;
		struct script script;
		size_t bytes;
		int last;
	} rows[] = {
		{ "GET",
		  { PART "5\r\nhello\r\n0\r\n\r\n", STAY },
		  5,
		  DUET_EOF },
		{ "GET",
		  { PART "4\r\nhell\r\n0\r\n\r\n", STAY },
		  4,
		  DUET_E_TRUNCATED },
		{ "GET",
		  { PART "6\r\nhello!\r\n0\r\n\r\n", STAY },
		  6,
		  DUET_E_HTTP },
		{ "HEAD", { PART, STAY }, 0, DUET_EOF },
	};
	struct duet_error err;
	size_t total;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct stub stub = { .talk = talk_script,
				     .arg = &rows[i].script,
				     .tls = tls.server };
		struct duet_client *client = new_client();
		struct duet_response *response;

		stub_start(&stub);
		response = must_send(client,
				     DUET_REQUEST(.url = stub.url,
						  .method = rows[i].method,
						  .headers = DUET_HEADERS(
							  { "Range",
							    "bytes=0-4" })));
		assert_int_equal(read_all(response, 100, &total, &err),
				 rows[i].last);
		assert_int_equal(total, rows[i].bytes);
		assert_int_equal(facts_of(response).evidence == DUET_BY_NONE,
				 rows[i].last != DUET_EOF);
		assert_int_equal(facts_of(response).cut,
				 rows[i].last == DUET_EOF ? DUET_CUT_NONE
							  : DUET_CUT_PROTOCOL);
		close_down(response, client, &stub);
	}
}

/* A message that is whole, and the last: the end of its connection counts. */
static void strict_wants_a_goodbye_as_well(void **state)
{
#define CLOSING HEAD200 "Connection: close\r\nContent-Length: 5\r\n\r\nhello"
	static const struct {
		struct script script;
		int last;
		const char *word;
	} rows[] = {
		{ { CLOSING, GOOD_FORM }, DUET_EOF, NULL },
		{ { CLOSING, BARE_FIN }, DUET_E_TRUNCATED, "strict policy" },
		{ { CLOSING, STAY }, DUET_E_TRUNCATED, "linger_ms" },
		{ { HEAD200 "Content-Length: 5\r\n\r\nhello", STAY },
		  DUET_EOF,
		  NULL },
		{ { HEAD200 "\r\nhello", GOOD_FORM }, DUET_EOF, NULL },
	};
	struct duet_error err;
	size_t total;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct stub stub = { .talk = talk_script,
				     .arg = &rows[i].script,
				     .tls = tls.server };
		struct duet_client *client =
			duet_client_new(DUET_CLIENT(.tls = tls.strict,
						    .limits = DUET_LIMITS(
								    .linger_ms =
									    50)),
					NULL);
		struct duet_response *response;

		stub_start(&stub);
		response = must_send(client, DUET_REQUEST(.url = stub.url));
		memset(&err, 0, sizeof(err));
		assert_int_equal(read_all(response, 100, &total, &err),
				 rows[i].last);
		assert_int_equal(total, 5);
		if (rows[i].word != NULL &&
		    strstr(err.text, rows[i].word) == NULL)
			fail_msg("%s", err.text);
		assert_int_equal(facts_of(response).evidence == DUET_BY_NONE,
				 rows[i].last != DUET_EOF);
		close_down(response, client, &stub);
	}
}

static void gives_the_whole_body_at_once(void **state)
{
	const struct script script = {
		HEAD200 "Transfer-Encoding: chunked\r\n\r\n"
			"5\r\nhello\r\n7\r\n, world\r\n0\r\nX-Sum: 1\r\n\r\n",
		STAY
	};
	struct stub stub = { .talk = talk_script,
			     .arg = &script,
			     .tls = tls.server };
	struct duet_client *client = new_client();
	struct duet_response *response;
	struct duet_facts facts;
	struct duet_bytes body;
	struct duet_error err;
	char byte;
	size_t n;
	int i;

	(void)state;
	stub_start(&stub);
	response = must_send(client, DUET_REQUEST(.url = stub.url));
	assert_non_null(duet_response_tls(response));
	for (i = 0; i < 2; i++) {
		assert_int_equal(duet_response_body(response, &body, &err),
				 DUET_OK);
		assert_int_equal(body.len, 12);
		assert_memory_equal(body.data, "hello, world", 12);
	}
	assert_null(duet_response_tls(response));
	assert_int_equal(duet_response_read(response, &byte, 1, &n, &err),
			 DUET_EOF);
	facts = facts_of(response);
	assert_string_equal(facts.trailers[0].name, "X-Sum");
	assert_string_equal(facts.trailers[0].value, "1");
	assert_string_equal(facts.tls_version, "TLSv1.3");
	assert_true(facts.verified);
	assert_true(facts.chain_pem.len > 0);
	assert_true(facts.wire_bytes > 12);
	assert_true(facts.handshake_us >= facts.connected_us);
	assert_true(facts.first_byte_us >= facts.handshake_us);
	assert_int_equal(facts.resolved_us, -1);
	close_down(response, client, &stub);
}

static void a_body_is_no_longer_than_allowed(void **state)
{
	static const struct {
		struct script script;
		uint64_t max;
		bool fits;
	} rows[] = {
		{ { HEAD200 "Content-Length: 5\r\n\r\nhello", STAY }, 5, true },
		{ { HEAD200 "Content-Length: 5\r\n\r\nhello", STAY },
		  4,
		  false },
		{ { HEAD200 "Content-Length: 99999999\r\n\r\n", STAY },
		  0,
		  false },
		{ { HEAD200 "\r\nhello", GOOD_FORM }, 5, true },
		{ { HEAD200 "\r\nhello", STAY }, 4, false },
	};
	struct duet_bytes body;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct stub stub = { .talk = talk_script,
				     .arg = &rows[i].script,
				     .tls = tls.server };
		struct duet_client *client = new_client();
		struct duet_error err = { 0 };
		struct duet_response *response;

		stub_start(&stub);
		response = must_send(client,
				     DUET_REQUEST(.url = stub.url,
						  .max_body = rows[i].max));
		assert_int_equal(duet_response_body(response, &body, &err),
				 rows[i].fits ? DUET_OK : DUET_E_LIMIT);
		if (!rows[i].fits)
			assert_non_null(strstr(err.text, "max_body"));
		close_down(response, client, &stub);
	}
}

static void a_body_begun_in_pieces_ends_in_pieces(void **state)
{
	const struct script script = { HEAD200 "Content-Length: 5\r\n\r\nhello",
				       STAY };
	struct stub stub = { .talk = talk_script, .arg = &script };
	struct duet_client *client = new_client();
	struct duet_response *response;
	struct duet_bytes body;
	struct duet_error err;
	char byte;
	size_t n;

	(void)state;
	stub_start(&stub);
	response = must_send(client,
			     DUET_REQUEST(.url = stub.url, .insecure_http = 1));
	assert_int_equal(duet_response_read(response, &byte, 0, &n, &err),
			 DUET_E_ARGUMENT);
	assert_int_equal(duet_response_read(response, &byte, 1, &n, &err),
			 DUET_OK);
	assert_int_equal(duet_response_body(response, &body, &err),
			 DUET_E_STATE);
	close_down(response, client, &stub);
}

enum {
	MUCH = 64 * 1024 * 1024,
};

/* Says as much as the client takes, without waiting for it. */
static void talk_much(struct stub_peer *peer)
{
	char block[16384];
	struct pollfd poller = { peer->fd, POLLIN | POLLOUT, 0 };
	ssize_t n;

	memset(block, 'm', sizeof(block));
	seen.said = 0;
	if (!stub_read_head(peer))
		return;
	stub_say(peer, HEAD200 "Content-Length: 67108864\r\n\r\n");
	while (seen.said < MUCH && poll(&poller, 1, -1) > 0 &&
	       (poller.revents & POLLIN) == 0) {
		n = send(peer->fd, block, sizeof(block),
			 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0)
			break;
		seen.said += (size_t)n;
	}
	(void)stub_drain(peer);
}

/* Kernel buffers hold some megabytes; beyond them the server must stop. */
static void who_does_not_read_is_not_sent_more(void **state)
{
	struct stub stub = { .talk = talk_much };
	struct duet_client *client = new_client();
	struct duet_response *response;
	struct duet_error err;
	char byte;
	size_t n;
	int i;

	(void)state;
	stub_start(&stub);
	response = must_send(client,
			     DUET_REQUEST(.url = stub.url, .insecure_http = 1));
	assert_int_equal(duet_response_read(response, &byte, 1, &n, &err),
			 DUET_OK);
	for (i = 0; i < 100; i++)
		assert_int_equal(duet_client_step(client, 1, &err), DUET_OK);
	assert_true(facts_of(response).wire_bytes < 1024 * 1024);
	close_down(response, client, &stub);
	assert_true(seen.said < MUCH);
}

static void an_unwanted_body_is_cut_off(void **state)
{
	const struct script script = { HEAD200
				       "Content-Length: 99\r\n\r\nhello",
				       STAY };
	struct stub stub = { .talk = talk_script,
			     .arg = &script,
			     .tls = tls.server };
	struct duet_client *client = new_client();

	(void)state;
	stub_start(&stub);
	seen.ended_cleanly = true;
	duet_response_free(must_send(client, DUET_REQUEST(.url = stub.url)));
	stub_stop(&stub); /* the talk ends before the client does */
	assert_false(seen.ended_cleanly);
	duet_client_free(client);
}

static void time_runs_for_the_body_too(void **state)
{
	const struct script script = { HEAD200
				       "Content-Length: 99\r\n\r\nhello",
				       STAY };
	struct stub stub = { .talk = talk_script, .arg = &script };
	struct duet_client *client = new_client();
	struct duet_response *response;
	struct duet_error err = { 0 };
	size_t total;

	(void)state;
	stub_start(&stub);
	response = must_send(client,
			     DUET_REQUEST(.url = stub.url, .insecure_http = 1,
					  .timeout_ms = 1000));
	assert_int_equal(read_all(response, 100, &total, &err), DUET_E_TIMEOUT);
	assert_int_equal(total, 5);
	assert_non_null(strstr(err.text, "within 1000 ms: 5 bytes"));
	assert_int_equal(facts_of(response).cut, DUET_CUT_TIMEOUT);
	close_down(response, client, &stub);
}

static void a_slow_body_is_over_by_the_limits(void **state)
{
	const struct script script = { HEAD200
				       "Content-Length: 99\r\n\r\nhello",
				       STAY };
	struct stub stub = { .talk = talk_script, .arg = &script };
	struct duet_client *client =
		duet_client_new(DUET_CLIENT(.limits =
						    DUET_LIMITS(.body_ms = 50)),
				NULL);
	struct duet_response *response;
	struct duet_error err = { 0 };
	size_t total;

	(void)state;
	stub_start(&stub);
	response = must_send(client,
			     DUET_REQUEST(.url = stub.url, .insecure_http = 1));
	assert_int_equal(read_all(response, 100, &total, &err), DUET_E_TIMEOUT);
	assert_int_equal(total, 5);
	assert_non_null(strstr(err.text, "body_ms"));
	close_down(response, client, &stub);
}

static void on_done(struct duet_response *response,
		    const struct duet_error *error, void *arg)
{
	assert_null(error);
	*(struct duet_response **)arg = response;
}

/* Nobody reads it, and its limit is over: that is no reason to hurry. */
static void nothing_turns_for_an_answer_nobody_reads(void **state)
{
	const struct script script = { HEAD200
				       "Content-Length: 99\r\n\r\nhello",
				       STAY };
	struct stub stub = { .talk = talk_script, .arg = &script };
	struct duet_client *client =
		duet_client_new(DUET_CLIENT(.limits =
						    DUET_LIMITS(.body_ms = 50)),
				NULL);
	struct duet_response *response = NULL;
	struct duet_error err = { 0 };
	int64_t over;
	size_t total;

	(void)state;
	stub_start(&stub);
	assert_int_equal(duet_start(client,
				    DUET_REQUEST(.url = stub.url,
						 .insecure_http = 1),
				    on_done, &response, &err),
			 DUET_OK);
	while (response == NULL)
		assert_int_equal(duet_client_step(client, -1, &err), DUET_OK);
	do
		assert_int_equal(duet_client_step(client, 5, &err), DUET_OK);
	while (read_all(response, 100, &total, &err) == DUET_WANT_READ &&
	       total == 0);
	over = duet_clock_ms() + 60;
	while (duet_clock_ms() < over)
		assert_int_equal(duet_client_step(client, 5, &err), DUET_OK);
	assert_true(duet_client_wait_ms(client) > 10000);
	assert_int_equal(read_all(response, 100, &total, &err), DUET_E_TIMEOUT);
	assert_non_null(strstr(err.text, "body_ms"));
	close_down(response, client, &stub);
}

/* What the strict policy waits for will not come any more. */
static void a_goodbye_is_not_taken_for_said(void **state)
{
	const struct script script = { CLOSING, STAY };
	struct stub stub = { .talk = talk_script,
			     .arg = &script,
			     .tls = tls.server };
	struct duet_client *client =
		duet_client_new(DUET_CLIENT(.tls = tls.strict), NULL);
	struct duet_response *response = NULL;
	struct duet_error err;
	size_t total = 0;
	size_t n;

	(void)state;
	stub_start(&stub);
	assert_int_equal(duet_start(client, DUET_REQUEST(.url = stub.url),
				    on_done, &response, &err),
			 DUET_OK);
	while (response == NULL)
		assert_int_equal(duet_client_step(client, -1, &err), DUET_OK);
	while (total < 5) {
		int rc = read_all(response, 100, &n, &err);

		assert_int_equal(rc, DUET_WANT_READ);
		total += n;
		if (total < 5)
			assert_int_equal(duet_client_step(client, -1, &err),
					 DUET_OK);
	}
	duet_client_free(client);
	assert_int_equal(read_all(response, 100, &n, &err), DUET_E_GONE);
	assert_int_equal(facts_of(response).evidence, DUET_BY_NONE);
	close_down(response, NULL, &stub);
}

static void outlives_its_client(void **state)
{
	static const struct {
		struct script script;
		int last;
	} rows[] = {
		{ { HEAD200 "Content-Length: 9\r\n\r\nhello", STAY },
		  DUET_E_GONE },
		{ { "HTTP/1.1 204 X\r\nX-Y: z\r\n\r\n", STAY }, DUET_EOF },
	};
	struct duet_error err;
	size_t total;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct stub stub = { .talk = talk_script,
				     .arg = &rows[i].script };
		struct duet_client *client = new_client();
		struct duet_response *response;

		stub_start(&stub);
		response = must_send(client, DUET_REQUEST(.url = stub.url,
							  .insecure_http = 1));
		duet_client_free(client);
		assert_int_equal(read_all(response, 9, &total, &err),
				 rows[i].last);
		assert_non_null(duet_response_head(response));
		assert_non_null(facts_of(response).address);
		duet_response_free(response);
		stub_stop(&stub);
	}
}

static void freeing_nothing_is_fine(void **state)
{
	(void)state;
	duet_response_free(NULL);
}

/* "hello, hello, hello" by zlib. */
static const unsigned char hello[] = { 0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00,
				       0x00, 0x00, 0x02, 0x03, 0xcb, 0x48,
				       0xcd, 0xc9, 0xc9, 0xd7, 0x51, 0xc8,
				       0x40, 0xa2, 0x00, 0x9f, 0xa1, 0xca,
				       0x09, 0x13, 0x00, 0x00, 0x00 };

static void talk_packed(struct stub_peer *peer)
{
	size_t len = *(const size_t *)peer->stub->arg;
	char head[128];

	while (stub_read_head(peer)) {
		(void)snprintf(head, sizeof(head),
			       HEAD200 "Content-Encoding: gzip\r\n"
				       "Content-Length: %zu\r\n\r\n",
			       len);
		stub_say(peer, head);
		stub_say_bytes(peer, hello, len);
	}
}

/* The evidence is the message's, and the bytes are those that came out. */
static void what_comes_encoded_is_decoded(void **state)
{
	static const size_t whole = sizeof(hello);
	struct stub stub = { .talk = talk_packed, .arg = &whole };
	struct duet_client *client = new_client();
	struct duet_response *response;
	struct duet_error err = { 0 };
	struct duet_bytes body = { NULL, 0 };
	size_t total = 0;

	(void)state;
	stub_start(&stub);
	response = must_send(client,
			     DUET_REQUEST(.url = stub.url, .insecure_http = 1,
					  .decode = 1));
	assert_int_equal(read_all(response, 3, &total, &err), DUET_EOF);
	assert_int_equal(total, 19);
	assert_int_equal(facts_of(response).body_bytes, sizeof(hello));
	assert_int_equal(facts_of(response).decoded_bytes, 19);
	assert_string_equal(facts_of(response).coding, "gzip");
	assert_int_equal(facts_of(response).evidence, DUET_BY_LENGTH);
	duet_response_free(response);
	response = must_send(client,
			     DUET_REQUEST(.url = stub.url, .insecure_http = 1,
					  .decode = 1));
	assert_int_equal(duet_response_body(response, &body, &err), DUET_OK);
	assert_int_equal(body.len, 19);
	assert_memory_equal(body.data, "hello, hello, hello", 19);
	assert_int_equal(duet_response_body(response, &body, &err), DUET_OK);
	duet_response_free(response);
	response = must_send(client,
			     DUET_REQUEST(.url = stub.url, .insecure_http = 1,
					  .decode = 1, .max_body = 18));
	assert_int_equal(duet_response_body(response, &body, &err),
			 DUET_E_LIMIT);
	close_down(response, client, &stub);
	assert_int_equal(stub.connections, 1);
}

static void a_cut_stream_in_a_whole_message_is_no_end(void **state)
{
	static const size_t less = sizeof(hello) - 1;
	struct stub stub = { .talk = talk_packed, .arg = &less };
	struct duet_client *client = new_client();
	struct duet_response *response;
	struct duet_error err = { 0 };
	struct duet_bytes body = { NULL, 0 };
	size_t total = 0;

	(void)state;
	stub_start(&stub);
	response = must_send(client,
			     DUET_REQUEST(.url = stub.url, .insecure_http = 1,
					  .decode = 1));
	assert_int_equal(read_all(response, 100, &total, &err),
			 DUET_E_CODING_CUT);
	assert_int_equal(total, 19);
	assert_int_equal(read_all(response, 100, &total, &err),
			 DUET_E_CODING_CUT);
	assert_int_equal(facts_of(response).evidence, DUET_BY_LENGTH);
	duet_response_free(response);
	response = must_send(client,
			     DUET_REQUEST(.url = stub.url, .insecure_http = 1,
					  .decode = 1));
	assert_int_equal(duet_response_body(response, &body, &err),
			 DUET_E_CODING_CUT);
	close_down(response, client, &stub);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_encoded_is_decoded),
		cmocka_unit_test(a_cut_stream_in_a_whole_message_is_no_end),
		cmocka_unit_test(an_end_is_told_by_its_evidence),
		cmocka_unit_test(a_cut_body_is_never_an_end),
		cmocka_unit_test(a_part_is_as_long_as_it_said),
		cmocka_unit_test(strict_wants_a_goodbye_as_well),
		cmocka_unit_test(gives_the_whole_body_at_once),
		cmocka_unit_test(a_body_is_no_longer_than_allowed),
		cmocka_unit_test(a_body_begun_in_pieces_ends_in_pieces),
		cmocka_unit_test(who_does_not_read_is_not_sent_more),
		cmocka_unit_test(an_unwanted_body_is_cut_off),
		cmocka_unit_test(time_runs_for_the_body_too),
		cmocka_unit_test(a_slow_body_is_over_by_the_limits),
		cmocka_unit_test(nothing_turns_for_an_answer_nobody_reads),
		cmocka_unit_test(outlives_its_client),
		cmocka_unit_test(a_goodbye_is_not_taken_for_said),
		cmocka_unit_test(freeing_nothing_is_fine),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
