/* SPDX-License-Identifier: MIT */
#include "tls/wire.h"

#include <string.h>

#include "base/mem.h"

void duet_wire_init(struct duet_wire *wire, struct duet_tls *owner)
{
	memset(wire, 0, sizeof(*wire));
	wire->owner = owner;
	duet_buf_init(&wire->in, DUET_WIRE_IN_MAX);
	duet_buf_init(&wire->out, DUET_WIRE_OUT_MAX);
}

void duet_wire_done(struct duet_wire *wire)
{
	duet_buf_done(&wire->in);
	duet_buf_done(&wire->out);
	duet_mem_free(wire->retired);
	wire->retired = NULL;
}

/* As duet_buf_consume(), without moving what is lent behind the bytes. */
static void consume_input(struct duet_wire *wire, size_t n)
{
	if (wire->in_lent)
		wire->in.begin += n;
	else
		duet_buf_consume(&wire->in, n);
}

static int read_cb(BIO *bio, char *data, int cap)
{
	struct duet_wire *wire = BIO_get_data(bio);
	struct duet_bytes held = duet_buf_bytes(&wire->in);
	size_t n = cap > 0 ? (size_t)cap : 0;

	BIO_clear_retry_flags(bio);
	if (held.len == 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	if (held.len < n)
		n = held.len;
	memcpy(data, held.data, n);
	consume_input(wire, n);
	return (int)n;
}

/* Grow the output while the network holds the memory it is in. */
static int move_output(struct duet_wire *wire, size_t n)
{
	struct duet_bytes held = duet_buf_bytes(&wire->out);
	struct duet_buf moved;
	int rc;

	duet_buf_init(&moved, wire->out.max);
	rc = duet_buf_reserve(&moved, held.len + n);
	if (rc != DUET_OK)
		return rc;
	if (held.len > 0)
		memcpy(moved.data, held.data, held.len);
	duet_buf_filled(&moved, held.len);
	wire->retired = wire->out.data;
	wire->out = moved;
	return DUET_OK;
}

static int reserve_output(struct duet_wire *wire, size_t n)
{
	bool lent = wire->out_lent && wire->retired == NULL;

	if (lent && n > duet_buf_room(&wire->out))
		return move_output(wire, n);
	return duet_buf_reserve(&wire->out, n);
}

static int write_cb(BIO *bio, const char *data, int len)
{
	struct duet_wire *wire = BIO_get_data(bio);
	size_t n = len > 0 ? (size_t)len : 0;
	int rc;

	BIO_clear_retry_flags(bio);
	if (n == 0)
		return 0;
	rc = reserve_output(wire, n);
	if (rc == DUET_E_LIMIT) {
		BIO_set_retry_write(bio);
		return -1;
	}
	if (rc != DUET_OK) {
		wire->nomem = true;
		return -1;
	}
	memcpy(wire->out.data + wire->out.end, data, n);
	duet_buf_filled(&wire->out, n);
	return (int)n;
}

static long ctrl_cb(BIO *bio, int cmd, long num, void *ptr)
{
	(void)bio;
	(void)num;
	(void)ptr;
	/* "Flushed" is all that OpenSSL needs to hear. */
	return cmd == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD *duet_wire_method_new(void)
{
	BIO_METHOD *method;

	method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "duet wire");
	if (method == NULL)
		return NULL;
	if (BIO_meth_set_read(method, read_cb) != 1 ||
	    BIO_meth_set_write(method, write_cb) != 1 ||
	    BIO_meth_set_ctrl(method, ctrl_cb) != 1) {
		BIO_meth_free(method);
		return NULL;
	}
	return method;
}

BIO *duet_wire_bio_new(const BIO_METHOD *method, struct duet_wire *wire)
{
	BIO *bio = BIO_new(method);

	if (bio == NULL)
		return NULL;
	BIO_set_data(bio, wire);
	BIO_set_init(bio, 1);
	return bio;
}

struct duet_tls *duet_wire_owner(BIO *bio)
{
	struct duet_wire *wire = BIO_get_data(bio);

	return wire->owner;
}

int duet_wire_room(struct duet_wire *wire, struct duet_room *room)
{
	size_t unread = duet_wire_unread(wire);
	size_t want = DUET_WIRE_ROOM_MIN;
	int rc;

	room->data = NULL;
	room->len = 0;
	if (wire->ended || unread >= DUET_WIRE_ROOM_MIN)
		return DUET_OK;
	if (wire->greedy && unread == 0)
		want = DUET_WIRE_IN_MAX / 2;
	rc = duet_buf_reserve(&wire->in, want);
	if (rc != DUET_OK)
		return rc;
	room->data = wire->in.data + wire->in.end;
	room->len = duet_buf_room(&wire->in);
	wire->in_lent = true;
	return DUET_OK;
}

void duet_wire_filled(struct duet_wire *wire, size_t n)
{
	size_t head = sizeof(wire->head) - wire->n_head;

	if (head > n)
		head = n;
	if (head > 0) {
		memcpy(wire->head + wire->n_head, wire->in.data + wire->in.end,
		       head);
		wire->n_head = (uint8_t)(wire->n_head + head);
	}
	wire->greedy = n > 0 && n == duet_buf_room(&wire->in);
	duet_buf_filled(&wire->in, n);
	wire->in_lent = false;
	if (duet_wire_unread(wire) == 0)
		duet_buf_reset(&wire->in);
}

struct duet_bytes duet_wire_bytes(struct duet_wire *wire)
{
	struct duet_bytes bytes = duet_buf_bytes(&wire->out);

	wire->out_lent = bytes.len > 0;
	return bytes;
}

void duet_wire_sent(struct duet_wire *wire, size_t n)
{
	duet_buf_consume(&wire->out, n);
	duet_mem_free(wire->retired);
	wire->retired = NULL;
	wire->out_lent = false;
	/* Memory that was just used is in the processor's cache. */
	if (duet_buf_len(&wire->out) == 0 && wire->out.cap > DUET_WIRE_OUT_KEEP)
		duet_buf_done(&wire->out);
}

int duet_wire_make_room(struct duet_wire *wire, size_t n)
{
	size_t held = duet_buf_len(&wire->out);

	if (held > 0 && held + n > DUET_WIRE_OUT_SOFT)
		return DUET_WANT_WRITE;
	return reserve_output(wire, n);
}

void duet_wire_expect(struct duet_wire *wire, size_t n)
{
	size_t held = duet_buf_len(&wire->out);

	/* More may follow in the same send; what is not used costs nothing. */
	if (n >= DUET_WIRE_RECORD && held < DUET_WIRE_OUT_SOFT)
		(void)reserve_output(wire, DUET_WIRE_OUT_SOFT - held);
}

void duet_wire_give_back(struct duet_wire *wire)
{
	if (duet_wire_unread(wire) == 0 && !wire->in_lent)
		duet_buf_done(&wire->in);
	if (duet_buf_len(&wire->out) == 0 && !wire->out_lent)
		duet_buf_done(&wire->out);
}
