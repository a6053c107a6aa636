/* SPDX-License-Identifier: MIT */
/*
 * Where the body of a reply comes from: memory, a file, a producer. It is
 * asked for as much as the engine has room for, and only then; so a reply of
 * any size holds the memory of one buffer.
 *
 * A source that yields less than was announced cuts the reply: the last chunk
 * or close_notify would call it whole.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "conn/lend.h"
#include "server/server_int.h"

enum {
	PIECE_BYTES = 65536, /* read of a file at once */
};

static struct duet_conn *conn_of(const struct duet_exchange *x)
{
	return x->connection->conn;
}

void duet_source_done(struct duet_exchange *x)
{
	struct duet_source *source = &x->source;
	enum duet_source_kind kind = source->kind;

	source->kind = DUET_SOURCE_NONE;
	switch (kind) {
	case DUET_SOURCE_NONE:
		break;
	case DUET_SOURCE_BUFFER:
		duet_mem_free(source->data);
		source->data = NULL;
		break;
	case DUET_SOURCE_FILE:
		(void)close(source->fd);
		break;
	case DUET_SOURCE_STREAM:
		if (source->finished != NULL)
			source->finished(source->arg);
		break;
	case DUET_SOURCE_LENT:
		duet_conn_reclaim(conn_of(x), x->stream);
		source->finished(source->arg);
		break;
	}
}

static void cut(struct duet_exchange *x, const struct duet_error *why)
{
	duet_exchange_cut(x, DUET_CUT_LOCAL, DUET_SIDE_US, why);
}

static void took(struct duet_exchange *x, size_t n)
{
	x->given += n;
	x->source.at += (int64_t)n;
	if (x->source.left != DUET_LENGTH_UNKNOWN)
		x->source.left -= (int64_t)n;
}

/* DUET_OK; > 0: there is no room; < 0: cut. */
static int from_memory(struct duet_exchange *x, const uint8_t *data,
		       size_t most)
{
	struct duet_source *source = &x->source;
	size_t left = (size_t)source->left;
	size_t n = 0;
	int rc;

	rc = duet_conn_send_data(conn_of(x), x->stream, data + source->at,
				 left < most ? left : most, &n, NULL);
	took(x, n);
	return rc;
}

static int read_file(struct duet_exchange *x, struct duet_room room,
		     size_t *ret_n, struct duet_error *why)
{
	struct duet_source *source = &x->source;
	size_t want = room.len < PIECE_BYTES ? room.len : PIECE_BYTES;
	ssize_t n;

	if ((int64_t)want > source->left)
		want = (size_t)source->left;
	do
		n = pread(source->fd, room.data, want, source->at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return duet_error_sys(why, DUET_E_SYSTEM, errno,
				      "cannot read the file that is being sent (%lld of %lld bytes are)",
				      (long long)(source->total - source->left),
				      (long long)source->total);
	if (n == 0)
		return duet_error_set(why, DUET_E_TRUNCATED,
				      "the file shrank while it was sent: %lld of %lld bytes",
				      (long long)(source->total - source->left),
				      (long long)source->total);
	*ret_n = (size_t)n;
	return DUET_OK;
}

static int ask_producer(struct duet_exchange *x, struct duet_room room,
			size_t *ret_n, struct duet_error *why)
{
	struct duet_source *source = &x->source;
	size_t n = 0;
	int rc;

	if (source->left != DUET_LENGTH_UNKNOWN &&
	    (uint64_t)room.len > (uint64_t)source->left)
		room.len = (size_t)source->left;
	/* A resume from within, or while it runs, must not be lost. */
	source->paused = true;
	rc = source->produce(x, room.data, room.len, &n, source->arg);
	source->paused = rc == DUET_PAUSE && source->paused;
	if (n > room.len)
		return duet_error_set(why, DUET_E_ARGUMENT,
				      "the producer says it filled %zu of %zu bytes",
				      n, room.len);
	if (rc < 0)
		return duet_error_set(why, rc,
				      "the producer gave up after %llu bytes (%s)",
				      (unsigned long long)x->given,
				      duet_status_name(rc));
	if (rc == DUET_OK && n == 0)
		return duet_error_set(why, DUET_E_ARGUMENT,
				      "the producer returned DUET_OK without a byte; to wait is DUET_PAUSE");
	*ret_n = n;
	if (rc != DUET_EOF)
		return DUET_OK;
	if (source->left != DUET_LENGTH_UNKNOWN && (int64_t)n < source->left)
		return duet_error_set(why, DUET_E_TRUNCATED,
				      "the producer ended after %lld of %lld bytes",
				      (long long)(source->total - source->left +
						  (int64_t)n),
				      (long long)source->total);
	source->left = (int64_t)n; /* of which took() leaves none */
	return DUET_OK;
}

static int from_outside(struct duet_exchange *x, size_t most)
{
	struct duet_room room = { NULL, 0 };
	struct duet_error why;
	size_t n = 0;
	int rc;

	rc = duet_conn_send_room(conn_of(x), x->stream, &room, NULL);
	if (rc != DUET_OK)
		return rc;
	if (room.len == 0)
		return DUET_WANT_WRITE;
	if (room.len > most)
		room.len = most;
	if (x->source.kind == DUET_SOURCE_FILE)
		rc = read_file(x, room, &n, &why);
	else
		rc = ask_producer(x, room, &n, &why);
	duet_conn_send_filled(conn_of(x), x->stream, n);
	took(x, n);
	if (rc < 0)
		cut(x, &why);
	return rc;
}

/* The engine has all of it, or the loan of it. */
static void become_whole(struct duet_exchange *x)
{
	x->reply = DUET_REPLY_WHOLE;
	/* What was held kept events from being pulled. */
	if (duet_connection_is_held(x->connection))
		x->connection->news = true;
	/* Who made it from the request's body wants no more of that. */
	duet_body_discard(x);
	x->close = duet_exchange_must_close(x);
	if (duet_conn_lent(conn_of(x), x->stream) == 0)
		duet_source_done(x);
}

static int finish(struct duet_exchange *x)
{
	int rc = duet_conn_send_end(conn_of(x), x->stream, NULL, NULL);

	if (rc == DUET_OK)
		become_whole(x);
	return rc;
}

/* What is paced leaves in copies, as it may, but for the last of them. */
static int from_loan(struct duet_exchange *x, size_t most)
{
	const struct duet_source *source = &x->source;
	struct duet_bytes rest = { source->lent + source->at,
				   (size_t)source->left };
	int rc;

	if (rest.len > most)
		return from_memory(x, source->lent, most);
	rc = duet_conn_lend(conn_of(x), x->stream, rest, NULL);
	if (rc != DUET_OK)
		return rc;
	took(x, rest.len);
	become_whole(x);
	return DUET_OK;
}

bool duet_source_fill(struct duet_exchange *x)
{
	struct duet_error why;
	size_t most;
	int rc = DUET_OK;

	while (rc == DUET_OK && x->reply == DUET_REPLY_BEGUN &&
	       !x->abort_wanted && !x->source.paused) {
		most = duet_exchange_most(x);
		if (x->source.left == 0)
			rc = finish(x);
		else if (most == 0)
			break; /* it is paced: its connection's timer is set */
		else if (x->source.kind == DUET_SOURCE_BUFFER)
			rc = from_memory(x, x->source.data, most);
		else if (x->source.kind == DUET_SOURCE_LENT)
			rc = from_loan(x, most);
		else
			rc = from_outside(x, most);
	}
	if (rc < 0 && x->reply != DUET_REPLY_CUT) {
		(void)duet_error_set(&why, rc,
				     "the connection takes no more of the reply");
		cut(x, &why);
	}
	return rc > 0;
}
