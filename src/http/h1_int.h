/* SPDX-License-Identifier: MIT */
/* http/h1_int.h - the state of an HTTP/1.1 engine; for src/http/h1*.c only. */
#ifndef DUET_HTTP_H1_INT_H
#define DUET_HTTP_H1_INT_H

#include "base/buf.h"
#include "http/chunk.h"
#include "http/framing.h"
#include "http/h1.h"
#include "http/head.h"

enum {
	DUET_H1_BODY_ROOM = 16 * 1024, /* to receive: a TLS record */
	DUET_H1_SEND_ROOM = 64 * 1024, /* to send: body bytes held at most */
	DUET_H1_HEAD_ROOM = 64 * 1024, /* ... and heads and trailers */
	DUET_H1_RECORD = 16 * 1024,    /* what TLS encrypts at once */
	DUET_H1_KEEP = 4 * 1024,       /* of an output that has gone */
	DUET_H1_INTERIMS = 16,         /* 1xx heads before the final one */
};

/* What input means now. */
enum duet_h1_in_state {
	DUET_H1_IN_HEAD_LINES, /* a head, or idle before its first byte */
	DUET_H1_IN_INTERIM,    /* a 1xx head was told; the next one follows */
	DUET_H1_IN_BODY_BYTES,
	DUET_H1_IN_TRAILERS,
	DUET_H1_IN_WHOLE,   /* END is due */
	DUET_H1_IN_TOLD,    /* END was told; the next turn has not come */
	DUET_H1_IN_ABORTED, /* ABORTED was told; a server may still reply */
	DUET_H1_IN_OVER,    /* CLOSED is due */
	DUET_H1_IN_SILENT,  /* CLOSED was told */
};

/*
 * The buffer, in one piece. head..body is pinned while its exchange lives;
 * body bytes are always received at body, since they have all been told when
 * more are asked for.
 *
 *     0        head           body      at            end        cap
 *     |  free  |  head, parsed | told   |  to be read  |  room    |
 */
struct duet_h1_in {
	enum duet_h1_in_state state;
	uint8_t *data;
	size_t cap;
	size_t head;
	size_t body;
	size_t at;
	size_t end;
	bool lent;    /* somebody fills the room behind end */
	bool starved; /* next() found nothing more in the buffer */
	bool skipped; /* the one empty line before a request line */

	struct duet_lines lines;
	struct duet_head msg;
	struct duet_fields fields;
	unsigned interims;

	enum duet_body framing;
	uint64_t left; /* of a body with a length */
	uint64_t got;  /* body bytes so far */
	bool too_long; /* body_bytes have been given, and more has come */
	struct duet_chunks chunks;
	struct duet_lines trailer_lines;
	struct duet_buf trailer_text;
	struct duet_fields trailers;
	enum duet_evidence evidence; /* of the END that is due */

	enum duet_cut ended; /* how input ended first, or NONE */
	enum duet_cut hard;  /* what ended output too, or NONE */
	bool until_close_ok;
	enum duet_cut cut; /* of the CLOSED that is due */
};

enum duet_h1_out_state {
	DUET_H1_OUT_NONE, /* no head is due */
	DUET_H1_OUT_HEAD, /* server: the reply's head is due */
	DUET_H1_OUT_BODY,
	DUET_H1_OUT_DONE,
	DUET_H1_OUT_CUT, /* given up: the peer must see it */
};

enum duet_h1_out_framing {
	DUET_H1_RAW, /* a tunnel, or a body until close */
	DUET_H1_LENGTH,
	DUET_H1_CHUNKED,
	DUET_H1_UNSENT, /* of a HEAD: taken, and left out */
	DUET_H1_EMPTY,  /* there is none, and none is taken */
};

struct duet_h1_out {
	enum duet_h1_out_state state;
	enum duet_h1_out_framing framing;
	bool by_itself; /* over with the head: send_end() is welcome, not due */
	uint64_t left;
	struct duet_buf buf;
	struct duet_bytes borrowed; /* of the caller's body, sent after buf */
	size_t given_up;            /* of that, unsent */
	size_t lent;                /* room lent by send_room(), or 0 */
	size_t lent_at;             /* where it begins in buf.data */
};

struct duet_h1 {
	enum duet_role role;
	struct duet_limits limits;
	struct duet_h1_in in;
	struct duet_h1_out out;

	uint64_t stream; /* of the exchange under way, or the last one */
	bool active;     /* it is under way, in either direction */
	bool keep;       /* the connection may outlive it */
	bool drain;
	bool cut;           /* output was left unfinished */
	bool tunnel;        /* switched, or (server) as soon as END is told */
	bool asks_continue; /* the client waits: no byte came, no head went */
	int32_t minor;      /* of the request: what its sender understands */
	struct duet_asked asked;
};

/* h1.c */

/* No more input is understood, by that cut: CLOSED is due. */
void duet_h1_close_in(struct duet_h1 *h1, enum duet_cut cut);
/* A client's exchange is over by itself when both directions are. */
void duet_h1_settle(struct duet_h1 *h1);

/* h1_send.c */

void duet_h1_give_up_borrowed(struct duet_h1 *h1);

/* h1_room.c */

/* Read a head next, from the first byte that is not understood yet. */
void duet_h1_begin_head(struct duet_h1 *h1);
/*
 * Make the buffer at least cap bytes from the head's first byte on, by moving
 * that byte to the front or by growing. Not while anybody holds pointers into
 * the buffer. DUET_OK or DUET_E_NOMEM.
 */
DUET_CHECK int duet_h1_reserve(struct duet_h1 *h1, size_t cap);
/* All that has come is told: DUET_WANT_READ. */
int duet_h1_want_bytes(struct duet_h1 *h1);

/* h1_end.c */

void duet_h1_tell(const struct duet_h1 *h1, struct duet_event *ev,
		  enum duet_event_type type);
/* CLOSED, by that cut, with rc, which is returned. */
int duet_h1_tell_closed(struct duet_h1 *h1, struct duet_event *ev,
			enum duet_cut cut, int rc);
/*
 * The message that is coming will never be whole; rc is returned. A server may
 * still answer with status, unless nobody is there to read it.
 */
int duet_h1_tell_aborted(struct duet_h1 *h1, struct duet_event *ev,
			 enum duet_cut cut, int rc, int32_t status);
/* The same for what the peer got wrong, as the fault tells. */
int duet_h1_refuse(struct duet_h1 *h1, struct duet_event *ev, int rc,
		   const struct duet_fault *fault);
/* Server: the exchange of the head that has come, or of one that is broken. */
void duet_h1_begin_exchange(struct duet_h1 *h1);
/* Input ended where a head, or nothing, was due. */
int duet_h1_head_ended(struct duet_h1 *h1, struct duet_event *ev,
		       struct duet_fault *fault);
/* Input ended within a body or its trailers. */
int duet_h1_body_ended(struct duet_h1 *h1, struct duet_event *ev,
		       struct duet_fault *fault);
const char *duet_h1_end_words(const struct duet_h1 *h1, enum duet_cut how);

/* h1_body.c */

/* The head has come, the body follows; before anybody sees the head, for it
 * may move to make room. DUET_OK or DUET_E_NOMEM. */
DUET_CHECK int duet_h1_begin_body(struct duet_h1 *h1, enum duet_body framing,
				  struct duet_fault *fault);
int duet_h1_on_body(struct duet_h1 *h1, struct duet_event *ev,
		    struct duet_fault *fault);
int duet_h1_on_trailers(struct duet_h1 *h1, struct duet_event *ev,
			struct duet_fault *fault);

/* The whole message has come, whether or not its END has been told. */
static inline bool duet_h1_in_is_whole(const struct duet_h1 *h1)
{
	return h1->in.state == DUET_H1_IN_WHOLE ||
	       h1->in.state == DUET_H1_IN_TOLD;
}
/* So much waits to be sent that a server looks at no further request. */
static inline bool duet_h1_waits_for_room(const struct duet_h1 *h1)
{
	return h1->role == DUET_ROLE_SERVER && !h1->active &&
	       duet_buf_len(&h1->out.buf) > DUET_H1_SEND_ROOM;
}

#endif
