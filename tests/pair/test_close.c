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

static struct pair_configs configs;

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
static void scene_new(struct scene *scene)
{
	static const char request[] = "GET / HTTP/1.0\r\nHost: x\r\n\r\n";
	struct duet_error err;
	size_t n;

	memset(scene, 0, sizeof(*scene));
	scene->to_server.left = SIZE_MAX;
	scene->to_client.left = SIZE_MAX;
	scene->client = pair_client(&configs, TLS_1_3);
	scene->server = duet_conn_server(pair_server(&configs, TLS_1_3),
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

static struct duet_conn_state state_of(struct scene *scene)
{
	struct duet_conn_state now = { .size = sizeof(now) };

	duet_conn_get_state(scene->server, &now);
	return now;
}

static void scene_done(struct scene *scene)
{
	duet_conn_free(scene->server);
	duet_tls_free(scene->client);
}

static void a_whole_reply_ends_in_close_notify(void **state)
{
	struct duet_error err;
	struct scene scene;

	(void)state;
	scene_new(&scene);
	assert_int_equal(duet_conn_send_end(scene.server, scene.stream, NULL,
					    &err),
			 DUET_OK);
	duet_conn_done(scene.server, scene.stream);
	duet_conn_close(scene.server);
	assert_true(state_of(&scene).closing);
	assert_false(state_of(&scene).aborted);
	expect_seen(&scene, DUET_EOF);
	scene_done(&scene);
}

static void closing_amid_a_reply_is_seen_as_a_cut(void **state)
{
	struct scene scene;

	(void)state;
	scene_new(&scene);
	duet_conn_close(scene.server);
	assert_true(state_of(&scene).aborted);
	expect_gone(&scene);
	duet_conn_done(scene.server, scene.stream);
	expect_seen(&scene, DUET_E_TRUNCATED);
	scene_done(&scene);
}

static void a_reply_that_is_done_with_too_early_is_seen_as_a_cut(void **state)
{
	struct scene scene;

	(void)state;
	scene_new(&scene);
	duet_conn_done(scene.server, scene.stream);
	assert_true(state_of(&scene).aborted);
	expect_gone(&scene);
	duet_conn_close(scene.server);
	expect_seen(&scene, DUET_E_TRUNCATED);
	scene_done(&scene);
}

static void a_reply_that_is_given_up_is_seen_as_a_cut(void **state)
{
	struct scene scene;

	(void)state;
	scene_new(&scene);
	duet_conn_send_abort(scene.server, scene.stream);
	assert_true(state_of(&scene).aborted);
	assert_false(state_of(&scene).reusable);
	expect_gone(&scene);
	duet_conn_done(scene.server, scene.stream);
	duet_conn_close(scene.server);
	expect_seen(&scene, DUET_E_TRUNCATED);
	scene_done(&scene);
}

/* The end of an HTTP/1.0 reply is close_notify, which has not gone. */
static void a_reply_that_is_given_up_after_its_end_is_cut_too(void **state)
{
	struct duet_error err;
	struct scene scene;

	(void)state;
	scene_new(&scene);
	assert_int_equal(duet_conn_send_end(scene.server, scene.stream, NULL,
					    &err),
			 DUET_OK);
	duet_conn_send_abort(scene.server, scene.stream);
	assert_true(state_of(&scene).aborted);
	duet_conn_done(scene.server, scene.stream);
	duet_conn_close(scene.server);
	expect_seen(&scene, DUET_E_TRUNCATED);
	scene_done(&scene);
}

static void a_reply_that_nobody_took_in_time_is_seen_as_a_cut(void **state)
{
	struct scene scene;

	(void)state;
	scene_new(&scene);
	assert_true(duet_conn_send_bytes(scene.server).len > 0);
	duet_conn_now(scene.server, SEND_MS);
	assert_true(trace_pull(&scene.trace, scene.server));
	assert_true(scene.trace.closed);
	assert_int_equal(scene.trace.closed_by, DUET_CUT_TIMEOUT);
	assert_true(state_of(&scene).aborted);
	expect_gone(&scene);
	duet_conn_done(scene.server, scene.stream);
	duet_conn_close(scene.server);
	expect_seen(&scene, DUET_E_TRUNCATED);
	scene_done(&scene);
}

static int set_up(void **state)
{
	(void)state;
	return pair_configs_new(&configs);
}

static int tear_down(void **state)
{
	(void)state;
	pair_configs_done(&configs);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_reply_ends_in_close_notify),
		cmocka_unit_test(closing_amid_a_reply_is_seen_as_a_cut),
		cmocka_unit_test(
			a_reply_that_is_done_with_too_early_is_seen_as_a_cut),
		cmocka_unit_test(a_reply_that_is_given_up_is_seen_as_a_cut),
		cmocka_unit_test(
			a_reply_that_is_given_up_after_its_end_is_cut_too),
		cmocka_unit_test(
			a_reply_that_nobody_took_in_time_is_seen_as_a_cut),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
