/* SPDX-License-Identifier: MIT */
/*
 * One side of one HTTP/1.1 connection. h1_recv.c turns bytes into events,
 * h1_send.c messages into bytes; here is what both sides of it share: how an
 * exchange begins and ends.
 *
 *   server   input                                    output
 *            HEAD_LINES -(head)-> BODY_BYTES          NONE -> HEAD (a reply is
 *              -> [TRAILERS] -> WHOLE -(END)-> TOLD   due) -> BODY -> DONE
 *            done(): HEAD_LINES again, or OVER -(CLOSED)-> SILENT
 *   client   request() begins an exchange: output BODY -> DONE, input as above
 *            with INTERIM for every 1xx; settled when input is TOLD and output
 *            is DONE.
 *   both     any refusal or cut: ABORTED; then, for a server once done() has
 *            been called, OVER.
 *
 * Invariants:
 *  1. Nothing is read of the next request before done() (RFC 9112 s9.3.2).
 *  2. END is told by evidence only; keep is false after anything doubtful.
 *  3. No pointer into the input buffer is alive when the buffer moves: room is
 *     lent only after next() has said that it has nothing more to tell, and
 *     heads are moved before they are told.
 *  4. Output that is given up stays given up: nothing is written after CUT.
 */
#include "http/h1.h"

#include <string.h>

#include "base/mem.h"
#include "http/h1_int.h"

struct duet_h1 *duet_h1_new(enum duet_role role,
			    const struct duet_limits *limits)
{
	struct duet_h1 *h1;

	h1 = duet_mem_zalloc(sizeof(*h1));
	if (h1 == NULL)
		return NULL;
	h1->role = role;
	h1->limits = *limits;
	h1->keep = true;
	duet_buf_init(&h1->in.trailer_text, (size_t)limits->head_bytes + 2);
	duet_buf_init(&h1->out.buf, DUET_H1_SEND_ROOM + 2 * DUET_H1_HEAD_ROOM);
	duet_h1_begin_head(h1);
	return h1;
}

static void free_buffers(struct duet_h1 *h1)
{
	duet_mem_free(h1->in.data);
	h1->in.data = NULL;
	h1->in.cap = 0;
	h1->in.head = 0;
	h1->in.body = 0;
	h1->in.at = 0;
	h1->in.end = 0;
	duet_fields_done(&h1->in.fields);
	duet_fields_done(&h1->in.trailers);
	duet_buf_done(&h1->in.trailer_text);
	duet_buf_done(&h1->out.buf);
	h1->out.lent = 0;
}

void duet_h1_free(struct duet_h1 *h1)
{
	if (h1 == NULL)
		return;
	free_buffers(h1);
	duet_mem_free(h1);
}

void duet_h1_give_back(struct duet_h1 *h1)
{
	if (duet_h1_phase(h1) == DUET_PHASE_IDLE && h1->in.at == h1->in.end &&
	    !h1->in.lent && duet_h1_send_bytes(h1).len == 0) {
		free_buffers(h1);
		duet_h1_begin_head(h1);
	}
}

void duet_h1_close_in(struct duet_h1 *h1, enum duet_cut cut)
{
	h1->in.state = DUET_H1_IN_OVER;
	h1->in.cut = cut;
	h1->keep = false;
}

void duet_h1_close_out(struct duet_h1 *h1)
{
	if (h1->out.state == DUET_H1_OUT_BODY)
		h1->cut = true;
}

void duet_h1_settle(struct duet_h1 *h1)
{
	if (h1->role != DUET_ROLE_CLIENT || !h1->active ||
	    h1->in.state != DUET_H1_IN_TOLD ||
	    h1->out.state != DUET_H1_OUT_DONE)
		return;
	h1->active = false;
	if (h1->keep && !h1->drain)
		h1->in.state = DUET_H1_IN_HEAD_LINES; /* idle */
	else
		duet_h1_close_in(h1, h1->in.ended);
}

static void end_client_exchange(struct duet_h1 *h1)
{
	duet_h1_settle(h1);
	if (!h1->active)
		return;
	h1->active = false;
	duet_h1_close_out(h1);
	h1->out.state = DUET_H1_OUT_NONE;
	duet_h1_close_in(h1, DUET_CUT_LOCAL);
}

static void end_server_exchange(struct duet_h1 *h1)
{
	bool over =
		duet_h1_in_is_whole(h1) && h1->out.state == DUET_H1_OUT_DONE;

	h1->active = false;
	duet_h1_close_out(h1);
	/* Who ends an exchange wants back what he has lent it. */
	if (h1->out.borrowed.len > 0) {
		h1->cut = true;
		duet_h1_give_up_borrowed(h1);
	}
	h1->out.state = DUET_H1_OUT_NONE;
	if (h1->in.state >= DUET_H1_IN_ABORTED)
		return;
	if (h1->in.hard != DUET_CUT_NONE)
		duet_h1_close_in(h1, h1->in.hard);
	else if (over && h1->keep && !h1->drain)
		duet_h1_begin_head(h1);
	else
		duet_h1_close_in(h1, over || h1->in.ended != DUET_CUT_NONE
					     ? h1->in.ended
					     : DUET_CUT_LOCAL);
}

void duet_h1_done(struct duet_h1 *h1, uint64_t stream)
{
	if (!h1->active || stream != h1->stream)
		return;
	if (h1->role == DUET_ROLE_CLIENT)
		end_client_exchange(h1);
	else
		end_server_exchange(h1);
}

void duet_h1_drain(struct duet_h1 *h1)
{
	h1->drain = true;
	if (duet_h1_phase(h1) == DUET_PHASE_IDLE)
		duet_h1_close_in(h1, DUET_CUT_NONE);
}

static enum duet_phase server_phase(const struct duet_h1 *h1)
{
	const struct duet_h1_in *in = &h1->in;

	if (!h1->active) {
		if (duet_h1_waits_for_room(h1))
			return DUET_PHASE_WAITING;
		return in->head == in->end ? DUET_PHASE_IDLE
					   : DUET_PHASE_IN_HEAD;
	}
	if (duet_h1_in_is_whole(h1))
		return DUET_PHASE_WAITING;
	/* RFC 9110 s10.1.1: it holds its body back until we say go on. */
	if (h1->asks_continue && in->at == in->end)
		return DUET_PHASE_WAITING;
	return DUET_PHASE_IN_BODY;
}

static enum duet_phase client_phase(const struct duet_h1 *h1)
{
	const struct duet_h1_in *in = &h1->in;

	if (!h1->active)
		return DUET_PHASE_IDLE;
	if (duet_h1_in_is_whole(h1))
		return DUET_PHASE_WAITING;
	if (in->state != DUET_H1_IN_HEAD_LINES &&
	    in->state != DUET_H1_IN_INTERIM)
		return DUET_PHASE_IN_BODY;
	/* A line that is read is one of a head all the same. */
	if ((in->state == DUET_H1_IN_INTERIM ? in->at : in->head) < in->end)
		return DUET_PHASE_IN_HEAD;
	return h1->out.state == DUET_H1_OUT_BODY ? DUET_PHASE_WAITING
						 : DUET_PHASE_AWAITED;
}

enum duet_phase duet_h1_phase(const struct duet_h1 *h1)
{
	if (h1->in.state >= DUET_H1_IN_ABORTED)
		return DUET_PHASE_OVER;
	if (h1->tunnel)
		return DUET_PHASE_TUNNEL;
	return h1->role == DUET_ROLE_SERVER ? server_phase(h1)
					    : client_phase(h1);
}

uint64_t duet_h1_stream(const struct duet_h1 *h1)
{
	return h1->stream;
}

bool duet_h1_is_answered(const struct duet_h1 *h1)
{
	return h1->role == DUET_ROLE_CLIENT && h1->active && !h1->tunnel &&
	       (h1->in.state == DUET_H1_IN_BODY_BYTES ||
		h1->in.state == DUET_H1_IN_TRAILERS);
}

uint64_t duet_h1_body_bytes(const struct duet_h1 *h1)
{
	return h1->in.got;
}

bool duet_h1_reusable(const struct duet_h1 *h1)
{
	const struct duet_h1_in *in = &h1->in;

	if (!h1->keep || h1->drain || in->ended != DUET_CUT_NONE ||
	    in->state >= DUET_H1_IN_ABORTED)
		return false;
	/* what comes after a reply unasked spoils the connection */
	if (h1->role == DUET_ROLE_CLIENT &&
	    (!h1->active || duet_h1_in_is_whole(h1)))
		return in->at == in->end;
	return true;
}

bool duet_h1_is_cut(const struct duet_h1 *h1)
{
	return h1->cut;
}
