/* SPDX-License-Identifier: MIT */
/*
 * A whole connection, TLS inside. The first byte says what the rest is:
 *   raw    bytes of the wire for an engine that expects a handshake
 *   bent   a mask over what a real peer sends, handshake and all
 *   said   what a real peer says, in records cut as the bytes tell
 * and how it ends: by a reset, a FIN, or close_notify and FIN; and whether a
 * server answers at once, or when all has come.
 * Whatever comes, the events keep their order, a message ends once, and
 * close_notify is never an evidence where none was sent, a bare FIN never.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/pair.h"
#include "support/unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum how {
	RAW,
	BENT,
	SAID,
	N_HOW,
};

struct run {
	struct duet_conn *conn;
	struct duet_tls *peer;
	const uint8_t *data;
	size_t size;
	size_t at; /* bytes of the peer that have arrived */
	bool is_server;
	bool bend;
	bool in_message;
	uint64_t ended; /* the stream of the last END or ABORTED */
	bool over;
	bool said_goodbye;
	bool late;     /* a server that answers at the end */
	uint64_t owes; /* an answer on that stream, or 0 */
};

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void check(struct run *run, const struct duet_event *event)
{
	must(!run->over);
	switch (event->type) {
	case DUET_EV_CANCELLED:
	case DUET_EV_INTERIM:
		must(!run->in_message && !run->is_server);
		break;
	case DUET_EV_HEAD:
		must(!run->in_message);
		run->in_message = true;
		break;
	case DUET_EV_DATA:
		must(run->in_message && event->data.len > 0);
		break;
	case DUET_EV_END:
		must(run->in_message && event->evidence != DUET_BY_NONE);
		must(event->evidence != DUET_BY_FIN);
		must(event->evidence != DUET_BY_CLOSE_NOTIFY ||
		     run->said_goodbye);
		run->in_message = false;
		break;
	case DUET_EV_ABORTED:
		/* Of the message that has begun, or instead of its head. */
		must(event->cut != DUET_CUT_NONE);
		must(run->in_message || event->stream != run->ended);
		run->in_message = false;
		break;
	case DUET_EV_CLOSED:
		must(!run->in_message);
		run->over = true;
		break;
	}
	if (event->type == DUET_EV_END || event->type == DUET_EV_ABORTED)
		run->ended = event->stream;
}

static void answer(struct run *run)
{
	uint64_t stream = run->owes;

	run->owes = 0;
	if (duet_conn_reply(run->conn, stream, DUET_HEAD(.status = 204),
			    NULL) == DUET_OK)
		must(duet_conn_send_end(run->conn, stream, NULL, NULL) ==
		     DUET_OK);
	duet_conn_done(run->conn, stream);
}

static void pull(struct run *run)
{
	struct duet_error err;
	int rc;

	do {
		struct duet_event event = { .size = sizeof(event) };

		rc = duet_conn_next(run->conn, &event, &err);
		if (rc == DUET_WANT_READ || rc == DUET_EOF)
			return;
		check(run, &event);
		if (run->is_server && (event.type == DUET_EV_END ||
				       event.type == DUET_EV_ABORTED)) {
			run->owes = event.stream;
			if (!run->late)
				answer(run);
		}
	} while (!run->over);
}

static size_t arrive(struct run *run, const void *bytes, size_t n)
{
	struct duet_room room;
	size_t i;

	if (n == 0 || duet_conn_recv_room(run->conn, &room) != DUET_OK)
		return 0;
	n = n < room.len ? n : room.len;
	for (i = 0; i < n; i++) {
		uint8_t mask = 0;

		if (run->bend && run->at + i < run->size)
			mask = run->data[run->at + i];
		((uint8_t *)room.data)[i] = ((const uint8_t *)bytes)[i] ^ mask;
	}
	duet_conn_recv_done(run->conn, n);
	run->at += n;
	pull(run);
	return n;
}

/* Both ways, until nothing moves. */
static void talk(struct run *run)
{
	struct wire back = { .left = SIZE_MAX };
	size_t moved;

	do {
		struct duet_bytes bytes;

		(void)!duet_tls_handshake(run->peer, NULL);
		bytes = duet_tls_send_bytes(run->peer);
		moved = arrive(run, bytes.data, bytes.len);
		duet_tls_send_done(run->peer, moved);
		moved += wire_conn_to_tls(&back, run->conn, run->peer);
	} while (moved > 0);
}

/* Records of the lengths that the bytes themselves tell. */
static void say(struct run *run)
{
	size_t i = 0;

	while (i < run->size) {
		size_t n = 1 + run->data[i] % 64;
		size_t taken = 0;

		n = n < run->size - i ? n : run->size - i;
		if (duet_tls_write(run->peer, run->data + i, n, &taken, NULL) !=
		    DUET_OK)
			return;
		i += taken;
		talk(run);
	}
}

static void ask(struct run *run)
{
	uint64_t stream;

	must(duet_conn_request(run->conn,
			       DUET_HEAD(.method = "GET", .target = "/",
					 .headers = DUET_HEADERS(
						 { "Host", "localhost" })),
			       &stream, NULL) == DUET_OK);
}

static void go(struct run *run, enum how how, int end_errno, bool goodbye)
{
	if (how == RAW) {
		pull(run);
		while (run->at < run->size &&
		       arrive(run, run->data + run->at, run->size - run->at))
			(void)duet_conn_send_bytes(run->conn);
	} else {
		run->bend = how == BENT;
		talk(run);
		if (how == SAID)
			say(run);
		if (how == SAID && end_errno == 0 && goodbye) {
			run->said_goodbye = true;
			(void)!duet_tls_close(run->peer, NULL);
			talk(run);
		}
	}
	duet_conn_recv_end(run->conn, end_errno);
	pull(run);
	while (run->owes != 0) {
		answer(run);
		pull(run);
	}
	must(run->over);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run run = { .data = data + 1, .size = size - 1 };
	enum tls_version version;

	if (size < 1)
		return 0;
	if (pair_configs.client == NULL && pair_set_up(NULL) != 0)
		abort();
	run.is_server = data[0] & 1;
	version = data[0] & 2 ? TLS_1_2 : TLS_1_3;
	run.conn = run.is_server ? pair_server_conn(version)
				 : pair_client_conn(version);
	run.peer = run.is_server ? pair_client(version) : pair_server(version);
	if (!run.is_server)
		ask(&run);
	run.late = data[0] & 64;
	go(&run, ((data[0] >> 3) & 3) % N_HOW, data[0] & 4 ? ECONNRESET : 0,
	   !(data[0] & 32));
	duet_conn_free(run.conn);
	duet_tls_free(run.peer);
	return 0;
}
