/* SPDX-License-Identifier: MIT */
/* Bytes in, events out: see the states in h1.c. */
#include <string.h>

#include "base/error.h"
#include "http/h1_int.h"

static int request_head(struct duet_h1 *h1, struct duet_event *ev,
			struct duet_fault *fault)
{
	enum duet_body framing = DUET_BODY_NONE;
	int rc;

	h1->in.msg.headers = h1->in.fields.list;
	rc = duet_framing_request(&h1->in.msg, h1->limits.body_bytes, &framing,
				  fault);
	if (rc != DUET_OK)
		return duet_h1_refuse(h1, ev, rc, fault);
	duet_h1_begin_exchange(h1);
	rc = duet_h1_begin_body(h1, framing, fault);
	if (rc != DUET_OK)
		return duet_h1_refuse(h1, ev, rc, fault);
	duet_h1_tell(h1, ev, DUET_EV_HEAD);
	ev->head = &h1->in.msg;
	return DUET_OK;
}

static int interim_head(struct duet_h1 *h1, struct duet_event *ev,
			struct duet_fault *fault)
{
	if (++h1->in.interims > DUET_H1_INTERIMS)
		return duet_h1_tell_aborted(h1, ev, DUET_CUT_PROTOCOL,
					    duet_error_set(fault->err,
							   DUET_E_LIMIT,
							   "too many interim replies in a row (limit %d)",
							   DUET_H1_INTERIMS),
					    0);
	h1->in.state = DUET_H1_IN_INTERIM;
	duet_h1_tell(h1, ev, DUET_EV_INTERIM);
	ev->head = &h1->in.msg;
	return DUET_OK;
}

static int response_head(struct duet_h1 *h1, struct duet_event *ev,
			 struct duet_fault *fault)
{
	enum duet_body framing = DUET_BODY_NONE;
	int rc;

	h1->in.msg.headers = h1->in.fields.list;
	rc = duet_framing_response(&h1->in.msg, &h1->asked,
				   h1->limits.body_bytes, &framing, fault);
	if (rc != DUET_OK)
		return duet_h1_refuse(h1, ev, rc, fault);
	if (h1->in.msg.status < 200 && framing != DUET_BODY_TUNNEL)
		return interim_head(h1, ev, fault);
	if (framing == DUET_BODY_TUNNEL && h1->out.state != DUET_H1_OUT_DONE) {
		rc = duet_fault_set(fault, 502,
				    "the protocol was switched before the request was whole");
		return duet_h1_refuse(h1, ev, rc, fault);
	}
	rc = duet_h1_begin_body(h1, framing, fault);
	if (rc != DUET_OK)
		return duet_h1_refuse(h1, ev, rc, fault);
	if (h1->in.msg.close)
		h1->keep = false;
	if (framing == DUET_BODY_TUNNEL) {
		h1->tunnel = true;
		h1->out.state = DUET_H1_OUT_BODY;
		h1->out.framing = DUET_H1_RAW;
		h1->out.by_itself = false;
	}
	duet_h1_tell(h1, ev, DUET_EV_HEAD);
	ev->head = &h1->in.msg;
	return DUET_OK;
}

static int head_line(struct duet_h1 *h1, char *line, size_t len,
		     struct duet_fault *fault)
{
	struct duet_h1_in *in = &h1->in;

	if (in->lines.count > 1)
		return duet_field_line(line, len, h1->limits.headers,
				       &in->fields, fault);
	if (h1->role == DUET_ROLE_SERVER)
		return duet_request_line(line, len, &in->msg, fault);
	return duet_status_line(line, len, &in->msg, fault);
}

/* A client between exchanges. What comes now was not asked for, and could be
 * taken for the reply to the next request (RFC 9112 s9.2). */
static int on_idle(struct duet_h1 *h1, struct duet_event *ev,
		   struct duet_fault *fault)
{
	struct duet_h1_in *in = &h1->in;

	if (in->at < in->end)
		return duet_h1_tell_closed(h1, ev, DUET_CUT_PROTOCOL,
					   duet_error_set(fault->err,
							  DUET_E_HTTP,
							  "bytes came that no request had asked for"));
	if (in->ended != DUET_CUT_NONE)
		return duet_h1_tell_closed(h1, ev, in->ended, DUET_OK);
	return duet_h1_want_bytes(h1);
}

/* RFC 9112 s2.2: one empty line before a request line is ignored. */
static bool skip_empty_line(struct duet_h1 *h1, size_t len)
{
	if (len > 0 || h1->in.lines.count > 1 || h1->in.skipped ||
	    h1->role != DUET_ROLE_SERVER)
		return false;
	duet_h1_begin_head(h1);
	h1->in.skipped = true;
	return true;
}

static int on_head_lines(struct duet_h1 *h1, struct duet_event *ev,
			 struct duet_fault *fault)
{
	struct duet_h1_in *in = &h1->in;
	struct duet_bytes text = { NULL, in->end - in->head };
	size_t begin = 0;
	size_t len = 0;
	int rc;

	if (h1->role == DUET_ROLE_CLIENT && !h1->active)
		return on_idle(h1, ev, fault);
	if (duet_h1_waits_for_room(h1))
		return in->hard == DUET_CUT_NONE
			       ? DUET_WANT_READ
			       : duet_h1_tell_closed(h1, ev, in->hard, DUET_OK);
	if (h1->drain && !h1->active && text.len == 0) {
		duet_h1_close_in(h1, in->ended);
		return DUET_OK;
	}
	if (text.len > 0)
		text.data = in->data + in->head;
	rc = duet_lines_next(&in->lines, text, &h1->limits, &begin, &len,
			     fault);
	if (rc == DUET_WANT_READ)
		return in->ended == DUET_CUT_NONE
			       ? duet_h1_want_bytes(h1)
			       : duet_h1_head_ended(h1, ev, fault);
	if (rc != DUET_OK)
		return duet_h1_refuse(h1, ev, rc, fault);
	in->at = in->head + in->lines.line;
	if (skip_empty_line(h1, len))
		return DUET_OK;
	if (len == 0 && in->lines.count > 1)
		return h1->role == DUET_ROLE_SERVER
			       ? request_head(h1, ev, fault)
			       : response_head(h1, ev, fault);
	rc = head_line(h1, (char *)in->data + in->head + begin, len, fault);
	return rc == DUET_OK ? DUET_OK : duet_h1_refuse(h1, ev, rc, fault);
}

static int on_interim(struct duet_h1 *h1, struct duet_event *ev,
		      struct duet_fault *fault)
{
	(void)ev;
	(void)fault;
	duet_h1_begin_head(h1);
	return DUET_OK;
}

static int on_whole(struct duet_h1 *h1, struct duet_event *ev,
		    struct duet_fault *fault)
{
	struct duet_h1_in *in = &h1->in;

	(void)fault;
	in->state = DUET_H1_IN_TOLD;
	duet_h1_tell(h1, ev, DUET_EV_END);
	ev->evidence = in->evidence;
	if (in->evidence == DUET_BY_LAST_CHUNK && in->trailers.count > 0)
		ev->trailers = in->trailers.list;
	duet_h1_settle(h1);
	return DUET_OK;
}

static int on_told(struct duet_h1 *h1, struct duet_event *ev,
		   struct duet_fault *fault)
{
	struct duet_h1_in *in = &h1->in;

	if (in->hard != DUET_CUT_NONE) {
		h1->active = false;
		if (in->hard == DUET_CUT_LOCAL)
			return duet_h1_tell_closed(h1, ev, in->hard, DUET_OK);
		return duet_h1_tell_closed(h1, ev, in->hard,
					   duet_error_set(fault->err,
							  in->hard == DUET_CUT_TIMEOUT
								  ? DUET_E_TIMEOUT
								  : DUET_E_GONE,
							  "before our side of the exchange was over: %s",
							  duet_h1_end_words(h1,
									    in->hard)));
	}
	if (h1->tunnel && in->framing != DUET_BODY_TUNNEL) {
		in->framing = DUET_BODY_TUNNEL;
		in->state = DUET_H1_IN_BODY_BYTES;
		return DUET_OK;
	}
	/* A server that has replied and gone will not read on. */
	if (h1->role == DUET_ROLE_CLIENT && in->ended != DUET_CUT_NONE &&
	    !h1->tunnel) {
		h1->active = false;
		duet_h1_close_in(h1, in->ended);
		return DUET_OK;
	}
	return DUET_WANT_READ;
}

static int on_aborted(struct duet_h1 *h1, struct duet_event *ev,
		      struct duet_fault *fault)
{
	struct duet_h1_in *in = &h1->in;

	(void)ev;
	(void)fault;
	if (h1->active && in->hard == DUET_CUT_NONE)
		return DUET_WANT_READ;
	/* What ended the reply as well, or else what cut the request. */
	duet_h1_close_in(h1, h1->active ? in->hard : in->cut);
	h1->active = false;
	return DUET_OK;
}

static int on_over(struct duet_h1 *h1, struct duet_event *ev,
		   struct duet_fault *fault)
{
	(void)fault;
	return duet_h1_tell_closed(h1, ev, h1->in.cut, DUET_OK);
}

static int on_silent(struct duet_h1 *h1, struct duet_event *ev,
		     struct duet_fault *fault)
{
	(void)h1;
	(void)ev;
	(void)fault;
	return DUET_EOF;
}

int duet_h1_next(struct duet_h1 *h1, struct duet_event *ret_event,
		 struct duet_error *err)
{
	static int (*const steps[])(struct duet_h1 *, struct duet_event *,
				    struct duet_fault *) = {
		[DUET_H1_IN_HEAD_LINES] = on_head_lines,
		[DUET_H1_IN_INTERIM] = on_interim,
		[DUET_H1_IN_BODY_BYTES] = duet_h1_on_body,
		[DUET_H1_IN_TRAILERS] = duet_h1_on_trailers,
		[DUET_H1_IN_WHOLE] = on_whole,
		[DUET_H1_IN_TOLD] = on_told,
		[DUET_H1_IN_ABORTED] = on_aborted,
		[DUET_H1_IN_OVER] = on_over,
		[DUET_H1_IN_SILENT] = on_silent,
	};
	struct duet_fault fault = { err, 0 };
	int rc;

	memset(ret_event, 0, sizeof(*ret_event));
	ret_event->size = sizeof(*ret_event);
	h1->in.starved = false;
	do
		rc = steps[h1->in.state](h1, ret_event, &fault);
	while (rc == DUET_OK && ret_event->type == 0);
	return rc;
}
