/* SPDX-License-Identifier: MIT */
/* How streams and connections of HTTP/2 end that do not end well. */
#include <stdio.h>

#include "base/error.h"
#include "base/mem.h"
#include "http/h2_int.h"

const char *duet_h2_code_name(uint32_t code)
{
	/* RFC 9113 s7 */
	static const char *const names[] = {
		"NO_ERROR",
		"PROTOCOL_ERROR",
		"INTERNAL_ERROR",
		"FLOW_CONTROL_ERROR",
		"SETTINGS_TIMEOUT",
		"STREAM_CLOSED",
		"FRAME_SIZE_ERROR",
		"REFUSED_STREAM",
		"CANCEL",
		"COMPRESSION_ERROR",
		"CONNECT_ERROR",
		"ENHANCE_YOUR_CALM",
		"INADEQUATE_SECURITY",
		"HTTP_1_1_REQUIRED",
	};

	return code < sizeof(names) / sizeof(names[0]) ? names[code]
						       : "an unknown code";
}

/* Without memory for it, the code must do. */
static void keep_why(struct duet_error **why, int code, const char *words)
{
	if (*why == NULL)
		*why = duet_mem_alloc(sizeof(**why));
	(void)duet_error_set(*why, code, "%s", words);
}

void duet_h2_cut_in(struct duet_h2 *h2, struct duet_h2_stream *s,
		    enum duet_cut cut, int32_t status, int code,
		    const char *words)
{
	if (s->in >= DUET_H2_IN_WHOLE)
		return;
	s->in = DUET_H2_IN_CUT;
	s->cut = cut;
	s->status = status;
	s->code = code;
	keep_why(&s->why, code, words);
	if (h2->data_stream == s)
		h2->data.len = 0;
	duet_h2_make_due(h2, s);
}

void duet_h2_cut_out(struct duet_h2 *h2, struct duet_h2_stream *s,
		     enum duet_cut cut, int code, const char *words)
{
	if (duet_h2_out_is_over(s))
		return;
	s->out = DUET_H2_OUT_CUT;
	s->by_itself = false;
	duet_h2_drop_body(h2, s);
	if (h2->role == DUET_ROLE_CLIENT || s->let_go) {
		duet_h2_settle(h2, s);
		return;
	}
	s->cancelled = true;
	if (s->in != DUET_H2_IN_CUT) {
		s->cut = cut;
		s->code = code;
		keep_why(&s->why, code, words);
	}
	duet_h2_make_due(h2, s);
}

void duet_h2_fail(struct duet_h2 *h2, enum duet_h2_code code, int status,
		  const char *words)
{
	if (h2->failed)
		return;
	keep_why(&h2->why, status, words);
	duet_h2_session_terminate(h2, code);
	duet_h2_failed(h2, code, "");
}

void duet_h2_failed(struct duet_h2 *h2, uint32_t code, const char *words)
{
	struct duet_h2_stream *s;
	char text[256];

	if (h2->failed)
		return;
	h2->failed = true;
	h2->starved = false;
	if (h2->why == NULL) {
		(void)snprintf(text, sizeof(text),
			       "the peer broke HTTP/2: %s%s%s",
			       duet_h2_code_name(code),
			       words[0] != '\0' ? ", " : "", words);
		keep_why(&h2->why, DUET_E_HTTP, text);
	}
	for (s = h2->streams; s != NULL; s = s->next)
		duet_h2_cut_in(h2, s, DUET_CUT_PROTOCOL, 0, DUET_E_HTTP,
			       h2->why != NULL ? h2->why->text
					       : "the peer broke HTTP/2");
}

static const char *end_words(enum duet_cut how)
{
	switch (how) {
	case DUET_CUT_CLOSE_NOTIFY:
		return "the peer closed the connection before END_STREAM";
	case DUET_CUT_FIN:
		return "the connection ended without close_notify before END_STREAM";
	case DUET_CUT_RESET:
		return "the connection was reset before END_STREAM";
	case DUET_CUT_ALERT:
		return "a fatal alert ended the connection before END_STREAM";
	case DUET_CUT_TIMEOUT:
		return "the time for it was up before END_STREAM";
	default:
		return "our side gave up before END_STREAM";
	}
}

void duet_h2_recv_end(struct duet_h2 *h2, enum duet_cut how)
{
	struct duet_h2_stream *s;
	int code = how == DUET_CUT_TIMEOUT ? DUET_E_TIMEOUT : DUET_E_TRUNCATED;

	if (h2->ended == DUET_CUT_NONE)
		h2->ended = how;
	h2->starved = false;
	h2->at = h2->end;
	h2->paused = false;
	/* Requests that are whole are answered after the peer's end. */
	if (h2->role == DUET_ROLE_CLIENT ||
	    (how != DUET_CUT_CLOSE_NOTIFY && how != DUET_CUT_FIN))
		h2->hard = true;
	for (s = h2->streams; s != NULL; s = s->next) {
		if (!s->head_sent)
			s->unseen = true;
		duet_h2_cut_in(h2, s, how, 0, code, end_words(how));
	}
}
