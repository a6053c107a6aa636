/* SPDX-License-Identifier: MIT */
/*
 * Our side ends. A reply of HTTP/1.0 without a length is whole by close_notify
 * alone, so whether one is sent tells a whole reply from half of one.
 */
#include <string.h>

#include <duet/http.h>

#include "support/pair.h"
#include "support/unit.h"

enum {
	SEND_MS = 1000,
};

/* A client that is only TLS, a server that is what we test. */
struct scene {
	struct duet_tls *client;
	struct duet_conn *server;
	struct wire to_server;
	struct wire to_client;
	struct trace trace;
	uint64_t stream;
};

static void move_all(struct scene *scene)
{
	size_t moved;

	do {
		(void)!duet_tls_handshake(scene->client, NULL);
		moved = wire_tls_to_conn(&scene->to_server, scene->client,
					 scene->server);
		(void)trace_pull(&scene->trace, scene->server);
		moved += wire_conn_to_tls(&scene->to_client, scene->server,
					  scene->client);
	} while (moved > 0);
}

/* The request has come, and the first half of the reply is written. */
static int scene_new(void **state)
{
	static const char request[] = "GET / HTTP/1.0\r\nHost: x\r\n\r\n";
	static struct scene only;
	struct scene *scene = &only;
	struct duet_error err;
	size_t n;

	*state = scene;
	memset(scene, 0, sizeof(*scene));
	scene->to_server.left = SIZE_MAX;
	scene->to_client.left = SIZE_MAX;
	scene->client = pair_client(TLS_1_3);
	scene->server = duet_conn_server(pair_server(TLS_1_3),
					 DUET_LIMITS(.send_ms = SEND_MS), &err);
	assert_non_null(scene->server);
	duet_conn_now(scene->server, 0);
	move_all(scene);
	assert_int_equal(duet_tls_write(scene->client, request,
					sizeof(request) - 1, &n, &err),
			 DUET_OK);
	move_all(scene);
	assert_int_equal(scene->trace.ends, 1);
	scene->stream = scene->trace.stream;
	assert_int_equal(duet_conn_reply(scene->server, scene->stream,
					 DUET_HEAD(.status = 200,
						   .content_length =
							   DUET_LENGTH_UNKNOWN),
					 &err),
			 DUET_OK);
	assert_int_equal(duet_conn_send_data(scene->server, scene->stream,
					     "half", 4, &n, &err),
			 DUET_OK);
	assert_int_equal(n, 4);
	return 0;
}

/* What the client makes of all that was sent, and of the FIN after it. */
static void expect_seen(struct scene *scene, int ending)
{
	char text[512];
	size_t len = 0;
	size_t n;
	int rc;

	move_all(scene);
	duet_tls_recv_end(scene->client, 0);
	do {
		rc = duet_tls_read(scene->client, text + len,
				   sizeof(text) - 1 - len, &n, NULL);
		len += n;
	} while (rc == DUET_OK);
	text[len] = '\0';
	assert_non_null(strstr(text, "\r\n\r\nhalf"));
	assert_int_equal(rc, ending);
}

static void expect_gone(struct scene *scene)
{
	struct duet_error err;
	size_t n;

	assert_int_equal(duet_conn_send_data(scene->server, scene->stream, "x",
					     1, &n, &err),
			 DUET_E_GONE);
	assert_int_equal(duet_conn_send_end(scene->server, scene->stream, NULL,
					    &err),
			 DUET_E_GONE);
}

static int scene_done(void **state)
{
	struct scene *scene = *state;

	duet_conn_free(scene->server);
	duet_tls_free(scene->client);
	return 0;
}

static void a_whole_reply_ends_in_close_notify(void **state)
{
	struct scene *scene = *state;
	struct duet_error err;

	assert_int_equal(duet_conn_send_end(scene->server, scene->stream, NULL,
					    &err),
			 DUET_OK);
	duet_conn_done(scene->server, scene->stream);
	duet_conn_close(scene->server);
	assert_true(pair_state(scene->server).closing);
	assert_false(pair_state(scene->server).aborted);
	expect_seen(scene, DUET_EOF);
}

static void closing_amid_a_reply_is_seen_as_a_cut(void **state)
{
	struct scene *scene = *state;

	duet_conn_close(scene->server);
	assert_true(pair_state(scene->server).aborted);
	expect_gone(scene);
	duet_conn_done(scene->server, scene->stream);
	expect_seen(scene, DUET_E_TRUNCATED);
}

static void a_reply_that_is_done_with_too_early_is_seen_as_a_cut(void **state)
{
	struct scene *scene = *state;

	duet_conn_done(scene->server, scene->stream);
	assert_true(pair_state(scene->server).aborted);
	expect_gone(scene);
	duet_conn_close(scene->server);
	expect_seen(scene, DUET_E_TRUNCATED);
}

static void a_reply_that_is_given_up_is_seen_as_a_cut(void **state)
{
	struct scene *scene = *state;

	duet_conn_send_abort(scene->server, scene->stream);
	assert_true(pair_state(scene->server).aborted);
	assert_false(pair_state(scene->server).reusable);
	expect_gone(scene);
	duet_conn_done(scene->server, scene->stream);
	duet_conn_close(scene->server);
	expect_seen(scene, DUET_E_TRUNCATED);
}

/* The end of an HTTP/1.0 reply is close_notify, which has not gone. */
static void a_reply_that_is_given_up_after_its_end_is_cut_too(void **state)
{
	struct scene *scene = *state;
	struct duet_error err;

	assert_int_equal(duet_conn_send_end(scene->server, scene->stream, NULL,
					    &err),
			 DUET_OK);
	duet_conn_send_abort(scene->server, scene->stream);
	assert_true(pair_state(scene->server).aborted);
	duet_conn_done(scene->server, scene->stream);
	duet_conn_close(scene->server);
	expect_seen(scene, DUET_E_TRUNCATED);
}

static void a_reply_that_nobody_took_in_time_is_seen_as_a_cut(void **state)
{
	struct scene *scene = *state;

	assert_true(duet_conn_send_bytes(scene->server).len > 0);
	duet_conn_now(scene->server, SEND_MS);
	assert_true(trace_pull(&scene->trace, scene->server));
	assert_true(scene->trace.closed);
	assert_int_equal(scene->trace.closed_by, DUET_CUT_TIMEOUT);
	assert_true(pair_state(scene->server).aborted);
	expect_gone(scene);
	duet_conn_done(scene->server, scene->stream);
	duet_conn_close(scene->server);
	expect_seen(scene, DUET_E_TRUNCATED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_new, scene_done)
	const struct CMUnitTest tests[] = {
		TEST(a_whole_reply_ends_in_close_notify),
		TEST(closing_amid_a_reply_is_seen_as_a_cut),
		TEST(a_reply_that_is_done_with_too_early_is_seen_as_a_cut),
		TEST(a_reply_that_is_given_up_is_seen_as_a_cut),
		TEST(a_reply_that_is_given_up_after_its_end_is_cut_too),
		TEST(a_reply_that_nobody_took_in_time_is_seen_as_a_cut),
	};
#undef TEST

	return cmocka_run_group_tests(tests, pair_set_up, pair_tear_down);
}
