/* SPDX-License-Identifier: MIT */
/*
 * Cut anywhere: a message and a close_notify, cut after every byte, ended by a
 * FIN and again by a reset. Only the whole message reads as an end.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <duet/http.h>

#include "support/pair.h"
#include "support/unit.h"

/* What is sent, one TLS record a part, and how a receiver should know it. */
struct message {
	const char *name;
	enum duet_evidence evidence;
	bool is_request;
	const char *parts[4];
};

static const struct message messages[] = {
	{ "response, no body",
	  DUET_BY_NO_BODY,
	  false,
	  { "HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n" } },
	{ "response, length",
	  DUET_BY_LENGTH,
	  false,
	  { "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", "hello ",
	    "world\n" } },
	{ "response, chunked",
	  DUET_BY_LAST_CHUNK,
	  false,
	  { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	    "6\r\nhello \r\n", "6\r\nworld\n\r\n", "0\r\nX-Sum: 1\r\n\r\n" } },
	{ "response, until close",
	  DUET_BY_CLOSE_NOTIFY,
	  false,
	  { "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", "hello ", "world\n" } },
	{ "request, no body",
	  DUET_BY_NO_BODY,
	  true,
	  { "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" } },
	{ "request, length",
	  DUET_BY_LENGTH,
	  true,
	  { "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 12\r\n\r\n",
	    "hello ", "world\n" } },
	{ "request, chunked",
	  DUET_BY_LAST_CHUNK,
	  true,
	  { "POST / HTTP/1.1\r\nHost: localhost\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n",
	    "6\r\nhello \r\n", "6\r\nworld\n\r\n", "0\r\nX-Sum: 1\r\n\r\n" } },
};

static size_t positions;

/* A sender that is only TLS, a receiver that is what we test. */
struct scene {
	struct duet_tls *sender;
	struct duet_conn *receiver;
	struct wire to_receiver;
	struct wire to_sender;
	struct trace trace;
};

static void scene_done(struct scene *scene)
{
	duet_conn_free(scene->receiver);
	duet_tls_free(scene->sender);
}

static void shake_hands(struct scene *scene)
{
	struct duet_error err;
	char sink[512];
	size_t moved;
	size_t n;

	do {
		int rc = duet_tls_handshake(scene->sender, &err);

		assert_true(rc >= 0);
		moved = wire_tls_to_conn(&scene->to_receiver, scene->sender,
					 scene->receiver);
		(void)trace_pull(&scene->trace, scene->receiver);
		moved += wire_conn_to_tls(&scene->to_sender, scene->receiver,
					  scene->sender);
	} while (moved > 0);
	assert_true(duet_tls_handshake_done(scene->sender));
	while (duet_tls_read(scene->sender, sink, sizeof(sink), &n, &err) ==
	       DUET_OK)
		continue; /* the request, when we are to answer one */
	while (wire_tls_to_conn(&scene->to_receiver, scene->sender,
				scene->receiver) > 0)
		(void)trace_pull(&scene->trace, scene->receiver);
}

static void scene_new(struct scene *scene, const struct message *message,
		      enum tls_version version)
{
	uint64_t stream;

	memset(scene, 0, sizeof(*scene));
	scene->to_receiver.left = SIZE_MAX;
	scene->to_sender.left = SIZE_MAX;
	if (message->is_request) {
		scene->sender = pair_client(version);
		scene->receiver = pair_server_conn(version);
	} else {
		scene->sender = pair_server(version);
		scene->receiver = pair_client_conn(version);
		assert_int_equal(pair_ask(scene->receiver, &stream), DUET_OK);
	}
	shake_hands(scene);
	scene->to_receiver.moved = 0;
}

/* Where things end on the wire. */
struct marks {
	size_t first;   /* the first record: before it, not a word came */
	size_t message; /* the message itself */
	size_t whole;   /* and the close_notify */
};

static void say(struct scene *scene, const struct message *message,
		struct marks *marks)
{
	struct duet_error err;
	size_t i;
	size_t n;

	for (i = 0; i < COUNT(message->parts) && message->parts[i]; i++) {
		assert_int_equal(duet_tls_write(scene->sender,
						message->parts[i],
						strlen(message->parts[i]), &n,
						&err),
				 DUET_OK);
		marks->message = duet_tls_send_bytes(scene->sender).len;
		if (i == 0)
			marks->first = marks->message;
	}
	assert_int_equal(duet_tls_close(scene->sender, &err), DUET_OK);
	marks->whole = duet_tls_send_bytes(scene->sender).len;
}

static void listen_to_all(struct scene *scene)
{
	do
		(void)trace_pull(&scene->trace, scene->receiver);
	while (wire_tls_to_conn(&scene->to_receiver, scene->sender,
				scene->receiver) > 0 ||
	       trace_pull(&scene->trace, scene->receiver));
}

/* A server looks at the end of the wire when it has answered, not before: the
 * client may have closed its half only. */
static void answer(struct scene *scene)
{
	struct duet_error err;

	if (duet_conn_reply(scene->receiver, scene->trace.stream,
			    DUET_HEAD(.status = 204), &err) == DUET_OK)
		assert_int_equal(duet_conn_send_end(scene->receiver,
						    scene->trace.stream, NULL,
						    &err),
				 DUET_OK);
	duet_conn_done(scene->receiver, scene->trace.stream);
	(void)trace_pull(&scene->trace, scene->receiver);
}

static void expect_whole(const struct trace *trace,
			 const struct message *message, enum duet_cut closed_by)
{
	assert_int_equal(trace->ends, 1);
	assert_int_equal(trace->aborts, 0);
	assert_int_equal(trace->evidence, message->evidence);
	assert_true(trace->closed);
	assert_int_equal(trace->closed_by, closed_by);
}

static void expect_cut(const struct trace *trace, enum duet_cut cut,
		       bool nothing_came)
{
	assert_int_equal(trace->ends, 0);
	assert_true(trace->closed);
	assert_int_equal(trace->closed_by, cut);
	assert_int_equal(trace->aborts, nothing_came ? 0 : 1);
	if (nothing_came)
		return;
	assert_int_equal(trace->cut, cut);
	assert_int_equal(trace->failure, DUET_E_TRUNCATED);
}

static void cut_at(const struct message *message, enum tls_version version,
		   size_t position, int end_errno)
{
	enum duet_cut cut = end_errno == 0 ? DUET_CUT_FIN : DUET_CUT_RESET;
	struct marks marks = { 0, 0, 0 };
	struct scene scene;
	size_t needed;

	scene_new(&scene, message, version);
	say(&scene, message, &marks);
	scene.to_receiver.left = position;
	scene.to_receiver.end_errno = end_errno;
	scene.to_receiver.end_at_cut = true;
	listen_to_all(&scene);
	if (scene.trace.ends + scene.trace.aborts == 1 && message->is_request)
		answer(&scene);
	needed = message->evidence == DUET_BY_CLOSE_NOTIFY ? marks.whole
							   : marks.message;
	/* What a reset ends cannot be answered: the goodbye before it, still
	 * unread by a server that was busy, changes nothing. */
	if (position >= needed)
		expect_whole(&scene.trace, message,
			     position == marks.whole && !(message->is_request &&
							  end_errno != 0)
				     ? DUET_CUT_CLOSE_NOTIFY
				     : cut);
	else
		expect_cut(&scene.trace, cut,
			   message->is_request && position < marks.first);
	scene_done(&scene);
	positions++;
}

static size_t length_on_the_wire(const struct message *message,
				 enum tls_version version)
{
	struct marks marks = { 0, 0, 0 };
	struct scene scene;

	scene_new(&scene, message, version);
	say(&scene, message, &marks);
	scene_done(&scene);
	return marks.whole;
}

static void every_cut(enum tls_version version)
{
	const size_t stride = pair_stride();
	size_t i;

	for (i = 0; i < COUNT(messages); i++) {
		size_t len = length_on_the_wire(&messages[i], version);
		size_t position;

		for (position = 0; position <= len; position += stride) {
			cut_at(&messages[i], version, position, 0);
			cut_at(&messages[i], version, position, ECONNRESET);
		}
		print_message("# %s, %s: cut after each of %zu bytes, by FIN "
			      "and by reset\n",
			      tls_version_names[version], messages[i].name,
			      len);
	}
	print_message("# %zu positions so far\n", positions);
}

static void only_a_whole_message_ends_over_tls_1_2(void **state)
{
	(void)state;
	every_cut(TLS_1_2);
}

static void only_a_whole_message_ends_over_tls_1_3(void **state)
{
	(void)state;
	every_cut(TLS_1_3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_whole_message_ends_over_tls_1_2),
		cmocka_unit_test(only_a_whole_message_ends_over_tls_1_3),
	};

	return cmocka_run_group_tests(tests, pair_set_up, pair_tear_down);
}
