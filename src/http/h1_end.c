/* SPDX-License-Identifier: MIT */
/* How messages and connections end that do not end well. */
#include <string.h>

#include "base/error.h"
#include "http/h1_int.h"

void duet_h1_tell(const struct duet_h1 *h1, struct duet_event *ev,
		  enum duet_event_type type)
{
	ev->type = type;
	ev->stream = h1->stream;
}

int duet_h1_tell_closed(struct duet_h1 *h1, struct duet_event *ev,
			enum duet_cut cut, int rc)
{
	h1->in.state = DUET_H1_IN_SILENT;
	h1->in.cut = cut;
	h1->keep = false;
	duet_h1_close_out(h1);
	duet_h1_tell(h1, ev, DUET_EV_CLOSED);
	ev->stream = 0;
	ev->cut = cut;
	return rc;
}

/* A new exchange, in either role. */
void duet_h1_begin_exchange(struct duet_h1 *h1)
{
	const struct duet_head *msg = &h1->in.msg;

	h1->stream++;
	h1->active = true;
	h1->tunnel = false;
	h1->out.state = DUET_H1_OUT_HEAD;
	h1->out.framing = DUET_H1_EMPTY;
	h1->asks_continue = msg->expect_continue;
	h1->minor = msg->method != NULL ? msg->minor : 1;
	h1->asked.head =
		msg->method != NULL && strcmp(msg->method, "HEAD") == 0;
	h1->asked.connect =
		msg->method != NULL && strcmp(msg->method, "CONNECT") == 0;
	h1->asked.upgrade = msg->upgrade;
	if (msg->close || h1->stream >= h1->limits.requests)
		h1->keep = false;
}

/*
 * The message that is coming will never be whole. A server may still answer,
 * unless nobody is there to read it.
 */
int duet_h1_tell_aborted(struct duet_h1 *h1, struct duet_event *ev,
			 enum duet_cut cut, int rc, int32_t status)
{
	bool server = h1->role == DUET_ROLE_SERVER;

	if (server && !h1->active)
		duet_h1_begin_exchange(h1);
	duet_h1_tell(h1, ev, DUET_EV_ABORTED);
	ev->cut = cut;
	if (server && h1->out.state == DUET_H1_OUT_HEAD)
		ev->status = status;
	duet_h1_close_in(h1, cut);
	if (server && h1->in.hard == DUET_CUT_NONE)
		h1->in.state = DUET_H1_IN_ABORTED;
	else
		h1->active = false;
	return rc;
}

int duet_h1_refuse(struct duet_h1 *h1, struct duet_event *ev, int rc,
		   const struct duet_fault *fault)
{
	/* Nothing is wrong with its head but how much follows. */
	if (fault->status == 413)
		ev->head = &h1->in.msg;
	return duet_h1_tell_aborted(h1, ev,
				    rc == DUET_E_NOMEM ? DUET_CUT_LOCAL
						       : DUET_CUT_PROTOCOL,
				    rc, fault->status);
}

const char *duet_h1_end_words(const struct duet_h1 *h1, enum duet_cut how)
{
	switch (how) {
	case DUET_CUT_CLOSE_NOTIFY:
		return "the peer closed the connection";
	case DUET_CUT_FIN:
		return h1->in.until_close_ok
			       ? "the connection ended"
			       : "the connection ended without close_notify";
	case DUET_CUT_RESET:
		return "the connection was reset";
	case DUET_CUT_ALERT:
		return "a fatal alert ended the connection";
	case DUET_CUT_TIMEOUT:
		return "the time for it was up";
	default:
		return "our side gave up";
	}
}

static int cut_code(enum duet_cut how)
{
	return how == DUET_CUT_TIMEOUT ? DUET_E_TIMEOUT : DUET_E_TRUNCATED;
}

/* The answer to a request that was cut. */
static int32_t cut_status(enum duet_cut how)
{
	if (how == DUET_CUT_TIMEOUT)
		return 408;
	return how == DUET_CUT_FIN || how == DUET_CUT_CLOSE_NOTIFY ? 400 : 0;
}

static int tell_cut(struct duet_h1 *h1, struct duet_event *ev, int rc)
{
	return duet_h1_tell_aborted(h1, ev, h1->in.ended, rc,
				    cut_status(h1->in.ended));
}

/* Input ended where a head, or nothing, was due. */
int duet_h1_head_ended(struct duet_h1 *h1, struct duet_event *ev,
		       struct duet_fault *fault)
{
	enum duet_cut how = h1->in.ended;
	size_t n = h1->in.end - h1->in.head;

	if (n > 0)
		return tell_cut(h1, ev,
				duet_error_set(fault->err, cut_code(how),
					       "the head stopped after %zu bytes: %s",
					       n, duet_h1_end_words(h1, how)));
	if (!h1->active)
		return duet_h1_tell_closed(h1, ev, how, DUET_OK);
	return tell_cut(h1, ev,
			duet_error_set(fault->err, cut_code(how),
				       "not a byte of the reply came: %s",
				       duet_h1_end_words(h1, how)));
}

static int body_cut(const struct duet_h1 *h1, struct duet_error *err)
{
	const struct duet_h1_in *in = &h1->in;
	const char *why = duet_h1_end_words(h1, in->ended);
	int code = cut_code(in->ended);
	unsigned long long got = in->got;

	if (in->framing == DUET_BODY_LENGTH)
		return duet_error_set(err, code, "%llu of %llu bytes came: %s",
				      got, got + in->left, why);
	if (in->framing == DUET_BODY_CHUNKED)
		return duet_error_set(err, code,
				      "the body stopped after %llu chunk%s (%llu bytes), without %s: %s",
				      (unsigned long long)in->chunks.count,
				      in->chunks.count == 1 ? "" : "s", got,
				      in->state == DUET_H1_IN_TRAILERS
					      ? "the end of the trailers"
					      : "the last one",
				      why);
	return duet_error_set(err, code,
			      "%llu bytes came, but no close_notify: it may have been cut by anyone (%s)",
			      got, why);
}

/* Input ended within a body or its trailers. */
int duet_h1_body_ended(struct duet_h1 *h1, struct duet_event *ev,
		       struct duet_fault *fault)
{
	struct duet_h1_in *in = &h1->in;

	/* RFC 9112 s9.8: until close, only close_notify is an end,
	 * but where nobody could have sent one, or by the lenient policy. */
	if (in->framing >= DUET_BODY_CLOSE &&
	    (in->ended == DUET_CUT_CLOSE_NOTIFY ||
	     (in->ended == DUET_CUT_FIN && in->until_close_ok))) {
		in->state = DUET_H1_IN_WHOLE;
		in->evidence = in->ended == DUET_CUT_FIN ? DUET_BY_FIN
							 : DUET_BY_CLOSE_NOTIFY;
		return DUET_OK;
	}
	return tell_cut(h1, ev, body_cut(h1, fault->err));
}
