/* SPDX-License-Identifier: MIT */
/* Bodies and trailers coming in. */
#include <string.h>

#include "http/h1_int.h"

/* Room for the body goes behind the head before anybody sees the head. */
int duet_h1_begin_body(struct duet_h1 *h1, enum duet_body framing,
		       struct duet_fault *fault)
{
	struct duet_h1_in *in = &h1->in;
	size_t room = DUET_H1_BODY_ROOM;

	in->framing = framing;
	in->got = 0;
	in->left = 0;
	in->too_long = false;
	in->state = DUET_H1_IN_BODY_BYTES;
	if (framing == DUET_BODY_LENGTH) {
		in->left = (uint64_t)in->msg.content_length;
		if (in->left < room)
			room = (size_t)in->left;
	}
	if (framing == DUET_BODY_CHUNKED)
		duet_chunks_init(&in->chunks, h1->limits.head_bytes);
	if (framing == DUET_BODY_NONE) {
		room = 0;
		in->evidence = DUET_BY_NO_BODY;
		in->state = DUET_H1_IN_WHOLE;
	}
	if (framing == DUET_BODY_LENGTH && in->left == 0) {
		in->evidence = DUET_BY_LENGTH;
		in->state = DUET_H1_IN_WHOLE;
	}
	if (in->msg.upgrade || h1->asked.connect)
		room = DUET_H1_BODY_ROOM; /* the tunnel's */
	if (duet_h1_reserve(h1, in->at - in->head + room) != DUET_OK)
		return duet_fault_nomem(fault);
	in->body = in->at;
	return DUET_OK;
}

static int refuse_length(struct duet_h1 *h1, struct duet_event *ev,
			 struct duet_fault *fault)
{
	int rc = duet_fault_set(fault, 413,
				"the body is longer than body_bytes (%llu)",
				(unsigned long long)h1->limits.body_bytes);

	return duet_h1_refuse(h1, ev, rc, fault);
}

/* What fits into body_bytes is given first, in however many pieces the rest
 * came. */
static int tell_data(struct duet_h1 *h1, struct duet_event *ev,
		     struct duet_bytes data, struct duet_fault *fault)
{
	struct duet_h1_in *in = &h1->in;
	uint64_t most = h1->limits.body_bytes - in->got;

	if (data.len > most && in->framing != DUET_BODY_TUNNEL) {
		in->too_long = true;
		data.len = (size_t)most;
	}
	if (data.len == 0)
		return refuse_length(h1, ev, fault);
	in->got += data.len;
	duet_h1_tell(h1, ev, DUET_EV_DATA);
	ev->data = data;
	return DUET_OK;
}

static int chunked_bytes(struct duet_h1 *h1, struct duet_event *ev,
			 struct duet_bytes input, struct duet_fault *fault)
{
	struct duet_h1_in *in = &h1->in;
	struct duet_bytes data = { NULL, 0 };
	size_t used = 0;
	int rc;

	rc = duet_chunks_feed(&in->chunks, input, &used, &data, fault);
	if (rc != DUET_OK)
		return duet_h1_refuse(h1, ev, rc, fault);
	in->at += used;
	if (in->chunks.last) {
		in->state = DUET_H1_IN_TRAILERS;
		memset(&in->trailer_lines, 0, sizeof(in->trailer_lines));
		in->trailer_lines.trailers = true;
		duet_buf_reset(&in->trailer_text);
		duet_fields_reset(&in->trailers);
	}
	return data.len > 0 ? tell_data(h1, ev, data, fault) : DUET_OK;
}

int duet_h1_on_body(struct duet_h1 *h1, struct duet_event *ev,
		    struct duet_fault *fault)
{
	struct duet_h1_in *in = &h1->in;
	struct duet_bytes input = { NULL, in->end - in->at };

	if (in->too_long)
		return refuse_length(h1, ev, fault);
	if (input.len == 0)
		return in->ended == DUET_CUT_NONE
			       ? duet_h1_want_bytes(h1)
			       : duet_h1_body_ended(h1, ev, fault);
	input.data = in->data + in->at;
	h1->asks_continue = false; /* it does not wait: all of it will come */
	if (in->framing == DUET_BODY_CHUNKED)
		return chunked_bytes(h1, ev, input, fault);
	if (in->framing == DUET_BODY_LENGTH) {
		if (input.len >= in->left) {
			input.len = (size_t)in->left;
			in->state = DUET_H1_IN_WHOLE;
			in->evidence = DUET_BY_LENGTH;
		}
		in->left -= input.len;
	}
	in->at += input.len;
	return tell_data(h1, ev, input, fault);
}

/* All trailers have come: cut them up where they are. */
static int parse_trailers(struct duet_h1 *h1, struct duet_fault *fault)
{
	struct duet_h1_in *in = &h1->in;
	struct duet_bytes text = duet_buf_bytes(&in->trailer_text);
	struct duet_lines lines = { .trailers = true };
	size_t begin = 0;
	size_t len = 0;
	size_t i;
	int rc;

	for (;;) {
		rc = duet_lines_next(&lines, text, &h1->limits, &begin, &len,
				     fault);
		if (rc != DUET_OK || len == 0)
			break;
		rc = duet_field_line((char *)(uintptr_t)text.data + begin, len,
				     h1->limits.headers, &in->trailers, fault);
		if (rc != DUET_OK)
			return rc;
	}
	for (i = 0; i < in->trailers.count; i++)
		if (duet_framing_is_head_only(in->trailers.list[i].name))
			return duet_fault_set(fault, 400,
					      "the field %s in trailers",
					      in->trailers.list[i].name);
	return rc;
}

/* Move one line, or what there is of one, to where trailers are kept. */
static int add_trailer_bytes(struct duet_h1 *h1)
{
	struct duet_h1_in *in = &h1->in;
	const uint8_t *p = in->data + in->at;
	size_t n = in->end - in->at;
	const uint8_t *lf = memchr(p, '\n', n);
	/* more than that is refused whatever it is */
	size_t most = in->trailer_text.max - duet_buf_len(&in->trailer_text);

	if (lf != NULL)
		n = (size_t)(lf + 1 - p);
	if (n > most)
		n = most;
	in->at += n;
	return duet_buf_add(&in->trailer_text, p, n);
}

int duet_h1_on_trailers(struct duet_h1 *h1, struct duet_event *ev,
			struct duet_fault *fault)
{
	struct duet_h1_in *in = &h1->in;
	size_t begin = 0;
	size_t len = 0;
	int rc;

	if (in->at == in->end)
		return in->ended == DUET_CUT_NONE
			       ? duet_h1_want_bytes(h1)
			       : duet_h1_body_ended(h1, ev, fault);
	if (add_trailer_bytes(h1) != DUET_OK)
		return duet_h1_refuse(h1, ev, duet_fault_nomem(fault), fault);
	rc = duet_lines_next(&in->trailer_lines,
			     duet_buf_bytes(&in->trailer_text), &h1->limits,
			     &begin, &len, fault);
	if (rc == DUET_OK && len == 0) {
		in->state = DUET_H1_IN_WHOLE;
		in->evidence = DUET_BY_LAST_CHUNK;
		rc = parse_trailers(h1, fault);
	}
	return rc < 0 ? duet_h1_refuse(h1, ev, rc, fault) : DUET_OK;
}
