/* SPDX-License-Identifier: MIT */
/*
 * tls/wire.h - the two buffers of ciphertext between OpenSSL and the network,
 * and the BIO that OpenSSL reads and writes them by.
 *
 *   network --(room, filled)--> in --BIO_read--> SSL --BIO_write--> out -->
 * network
 *
 * Invariants:
 * - To OpenSSL an empty input always means "later", never the end: whether an
 *   end is clean is decided above, and OpenSSL would answer an end with an
 *   alert and refuse to write after it.
 * - A lent region stays put until its _done call: meanwhile the input is not
 *   moved, and output that must grow leaves the old memory standing.
 * - Neither buffer exists before it is needed.
 */
#ifndef DUET_TLS_WIRE_H
#define DUET_TLS_WIRE_H

#include <openssl/bio.h>

#include "base/buf.h"

enum {
	DUET_WIRE_RECORD = 16384, /* RFC 8446 s5.1: plaintext of one record */
	DUET_WIRE_OVERHEAD = 512, /* more than any version and cipher adds */
	DUET_WIRE_HEAD_BYTES = 64,
	/* Eight whole records of plaintext, and what encryption adds. */
	DUET_WIRE_OUT_SOFT = 160 * 1024,
	/* What a handshake or an alert may still add to a full output. */
	DUET_WIRE_OUT_MAX = DUET_WIRE_OUT_SOFT + 64 * 1024,
	/* Room lent at least when nothing is unread: one record and more. */
	DUET_WIRE_ROOM_MIN = 17 * 1024,
	DUET_WIRE_IN_MAX = 128 * 1024,
	/* Of an output that has gone; larger ones serve other connections. */
	DUET_WIRE_OUT_KEEP = 16 * 1024,
};

struct duet_tls;

struct duet_wire {
	struct duet_tls *owner;
	struct duet_buf in;
	struct duet_buf out;
	void *retired; /* memory of out that is lent although out has moved */
	bool in_lent;
	bool out_lent;
	bool greedy;   /* the last room was filled whole: lend more */
	bool ended;    /* no more input will come */
	int end_errno; /* why; 0: FIN */
	bool nomem;    /* the BIO failed for lack of memory */
	uint8_t n_head;
	uint8_t head[DUET_WIRE_HEAD_BYTES]; /* the first bytes that came */
};

void duet_wire_init(struct duet_wire *wire, struct duet_tls *owner);
void duet_wire_done(struct duet_wire *wire);

/* For all connections of a configuration; NULL without memory. */
BIO_METHOD *duet_wire_method_new(void);
/* The wire must outlive the BIO. NULL without memory. */
BIO *duet_wire_bio_new(const BIO_METHOD *method, struct duet_wire *wire);

/* Whose wire a BIO made so reads and writes. */
struct duet_tls *duet_wire_owner(BIO *bio);

/* The four wire calls of duet/tls.h. room: DUET_OK or DUET_E_NOMEM. */
DUET_CHECK int duet_wire_room(struct duet_wire *wire, struct duet_room *room);
void duet_wire_filled(struct duet_wire *wire, size_t n);
struct duet_bytes duet_wire_bytes(struct duet_wire *wire);
void duet_wire_sent(struct duet_wire *wire, size_t n);

/*
 * Make sure that n more bytes of ciphertext can be written without failing:
 * DUET_OK, DUET_WANT_WRITE (too much waits to be sent) or DUET_E_NOMEM.
 */
DUET_CHECK int duet_wire_make_room(struct duet_wire *wire, size_t n);
/* As many bytes of plaintext will be written: not to grow step by step where
 * they are many. It may be in vain. */
void duet_wire_expect(struct duet_wire *wire, size_t n);
/* Give memory back where nothing is held or lent. */
void duet_wire_give_back(struct duet_wire *wire);

static inline size_t duet_wire_unread(const struct duet_wire *wire)
{
	return duet_buf_len(&wire->in);
}

#endif
