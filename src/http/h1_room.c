/* SPDX-License-Identifier: MIT */
/* Where input is kept, and when there is room for more of it. */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "http/h1_int.h"

enum {
	SERVER_CAP = 4 * 1024, /* most request heads fit */
	CLIENT_CAP = DUET_H1_BODY_ROOM + 4 * 1024,
	LEAST_ROOM = 512,
};

void duet_h1_begin_head(struct duet_h1 *h1)
{
	struct duet_h1_in *in = &h1->in;

	if (in->at == in->end)
		in->starved = true;
	if (in->at == in->end && !in->lent) {
		in->at = 0;
		in->end = 0;
	}
	in->head = in->at;
	in->body = in->at;
	in->state = DUET_H1_IN_HEAD_LINES;
	in->skipped = false;
	in->got = 0;
	memset(&in->lines, 0, sizeof(in->lines));
	memset(&in->msg, 0, sizeof(in->msg));
	in->msg.size = sizeof(in->msg);
	duet_fields_reset(&in->fields);
}

static void rebase(const char **text, const uint8_t *from, const uint8_t *to)
{
	if (*text != NULL)
		*text = (const char *)to + (*text - (const char *)from);
}

/* The head is about to be copied from one place to another. */
static void rebase_head(struct duet_h1_in *in, const uint8_t *from,
			const uint8_t *to)
{
	size_t i;

	rebase(&in->msg.method, from, to);
	rebase(&in->msg.target, from, to);
	rebase(&in->msg.reason, from, to);
	for (i = 0; i < in->fields.count; i++) {
		rebase(&in->fields.list[i].name, from, to);
		rebase(&in->fields.list[i].value, from, to);
	}
}

static void set_offsets(struct duet_h1_in *in, size_t moved)
{
	in->head -= moved;
	in->body -= moved;
	in->at -= moved;
	in->end -= moved;
}

/*
 * Make the buffer at least cap bytes from the head's first byte on, by moving
 * that byte to the front or by growing. Not while anybody holds pointers into
 * the buffer.
 */
int duet_h1_reserve(struct duet_h1 *h1, size_t cap)
{
	struct duet_h1_in *in = &h1->in;
	size_t moved = in->head;
	size_t len = in->end - in->head;
	uint8_t *data;

	if (in->cap - moved >= cap)
		return DUET_OK;
	if (in->cap >= cap) {
		rebase_head(in, in->data + moved, in->data);
		memmove(in->data, in->data + moved, len);
		set_offsets(in, moved);
		return DUET_OK;
	}
	if (in->cap == 0 && h1->role == DUET_ROLE_CLIENT && cap < CLIENT_CAP)
		cap = CLIENT_CAP;
	else if (in->cap == 0 && cap < SERVER_CAP)
		cap = SERVER_CAP;
	else if (cap < in->cap * 2)
		cap = in->cap * 2;
	data = duet_mem_alloc(cap);
	if (data == NULL)
		return DUET_E_NOMEM;
	if (in->data != NULL) {
		rebase_head(in, in->data + moved, data);
		memcpy(data, in->data + moved, len);
		duet_mem_free(in->data);
	}
	set_offsets(in, moved);
	in->data = data;
	in->cap = cap;
	return DUET_OK;
}

bool duet_h1_has_room(const struct duet_h1 *h1)
{
	return h1->in.starved && h1->in.ended == DUET_CUT_NONE;
}

int duet_h1_recv_room(struct duet_h1 *h1, struct duet_room *room)
{
	struct duet_h1_in *in = &h1->in;

	room->data = NULL;
	room->len = 0;
	if (!duet_h1_has_room(h1))
		return DUET_OK;
	if (in->state == DUET_H1_IN_HEAD_LINES) {
		if (duet_h1_reserve(h1, in->end - in->head + LEAST_ROOM) !=
		    DUET_OK)
			return DUET_E_NOMEM;
	} else {
		/* all of it was told; the room was made with the head */
		in->at = in->body;
		in->end = in->body;
	}
	room->data = in->data + in->end;
	room->len = in->cap - in->end;
	in->lent = true;
	return DUET_OK;
}

void duet_h1_recv_done(struct duet_h1 *h1, size_t n)
{
	assert(n <= h1->in.cap - h1->in.end);
	h1->in.lent = false;
	if (n == 0)
		return;
	h1->in.end += n;
	h1->in.starved = false;
}

void duet_h1_recv_end(struct duet_h1 *h1, enum duet_cut how,
		      bool until_close_ok)
{
	struct duet_h1_in *in = &h1->in;
	bool again = in->ended != DUET_CUT_NONE ||
		     in->state >= DUET_H1_IN_WHOLE ||
		     duet_h1_waits_for_room(h1);

	if (in->ended == DUET_CUT_NONE) {
		in->ended = how;
		in->until_close_ok = until_close_ok;
	}
	/* After a FIN one may go on sending, and after the time for a request
	 * is up there is still a 408 to send. */
	if (how == DUET_CUT_CLOSE_NOTIFY || how == DUET_CUT_FIN ||
	    (how == DUET_CUT_TIMEOUT && !again))
		return;
	if (in->hard == DUET_CUT_NONE)
		in->hard = how;
}

int duet_h1_want_bytes(struct duet_h1 *h1)
{
	h1->in.starved = true;
	return DUET_WANT_READ;
}
