/* SPDX-License-Identifier: MIT */
/*
 * Limits of time of single streams. As in conn/deadline.c, what is counted is
 * the time in which the peer was free to act and did not: a body that we hold
 * back is not late.
 */
#include <stdio.h>

#include "base/error.h"
#include "http/h2_int.h"

static enum duet_h2_due what_is_due(const struct duet_h2 *h2,
				    const struct duet_h2_stream *s)
{
	if (s->in == DUET_H2_IN_BODY) {
		/* RFC 9110 s10.1.1: it waits for a 100 */
		if (s->held > 0 || (s->asks_continue && s->got == 0))
			return DUET_H2_DUE_NOTHING;
		return DUET_H2_DUE_BODY;
	}
	if (h2->role == DUET_ROLE_CLIENT && s->in == DUET_H2_IN_HEAD &&
	    duet_h2_out_is_over(s))
		return DUET_H2_DUE_REPLY;
	return DUET_H2_DUE_NOTHING;
}

static int64_t body_allowance(const struct duet_h2 *h2,
			      const struct duet_h2_stream *s)
{
	uint64_t seconds = s->got / h2->limits.body_rate;

	if (seconds > INT32_MAX)
		seconds = INT32_MAX;
	return h2->limits.body_ms + (int64_t)seconds * 1000;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t receive_deadline(const struct duet_h2 *h2,
				const struct duet_h2_stream *s)
{
	if (s->waiting_since < 0)
		return INT64_MAX;
	switch (s->due) {
	case DUET_H2_DUE_NOTHING:
		break;
	case DUET_H2_DUE_BODY:
		return earlier(s->waiting_since + body_allowance(h2, s) -
				       s->waited_ms,
			       s->waiting_since + h2->limits.stall_ms);
	case DUET_H2_DUE_REPLY:
		return s->waiting_since + h2->limits.reply_ms - s->waited_ms;
	}
	return INT64_MAX;
}

static int64_t send_deadline(const struct duet_h2 *h2,
			     const struct duet_h2_stream *s)
{
	/* RFC 9112 s9.5, which holds here too: a server that answers early may
	 * read no further. */
	if (s->blocked_since < 0 ||
	    (h2->role == DUET_ROLE_CLIENT && s->in != DUET_H2_IN_HEAD))
		return INT64_MAX;
	return s->blocked_since + h2->limits.send_ms;
}

/* All that fits into the peer's window has become frames. */
static bool is_blocked(const struct duet_h2 *h2, const struct duet_h2_stream *s)
{
	/* An END_STREAM without bytes waits for a window too. */
	return (duet_h2_at_hand(s) > 0 || s->out == DUET_H2_OUT_ENDED) &&
	       duet_buf_len(&h2->out) < DUET_H2_OUT_ENOUGH;
}

void duet_h2_cut_stuck(struct duet_h2 *h2)
{
	static const char words[] =
		"the peer ended the connection with its window closed";
	struct duet_h2_stream *s;

	if (h2->ended == DUET_CUT_NONE)
		return;
	for (s = h2->streams; s != NULL; s = s->next)
		if (is_blocked(h2, s))
			duet_h2_cut_out(h2, s, h2->ended, DUET_E_TRUNCATED,
					words);
}

static void wait_for(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	enum duet_h2_due due = what_is_due(h2, s);

	if (due != s->due) {
		s->due = due;
		s->waited_ms = 0;
		s->waiting_since = -1;
	}
	if (due != DUET_H2_DUE_NOTHING && s->waiting_since < 0)
		s->waiting_since = h2->now_ms;
	if (!is_blocked(h2, s))
		s->blocked_since = -1;
	else if (s->blocked_since < 0)
		s->blocked_since = h2->now_ms;
}

void duet_h2_wait(struct duet_h2 *h2)
{
	struct duet_h2_stream *s;

	h2->deadline = INT64_MAX;
	for (s = h2->streams; s != NULL; s = s->next) {
		wait_for(h2, s);
		h2->deadline =
			earlier(h2->deadline, earlier(receive_deadline(h2, s),
						      send_deadline(h2, s)));
	}
}

void duet_h2_heard(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	if (s->waiting_since < 0)
		return;
	s->waited_ms += h2->now_ms - s->waiting_since;
	s->waiting_since = -1;
}

static void cut_late(struct duet_h2 *h2, struct duet_h2_stream *s,
		     const char *what, const char *limit, int64_t ms)
{
	bool server = h2->role == DUET_ROLE_SERVER;
	char words[160];

	(void)snprintf(words, sizeof(words), "%s within %lld ms (limit %s)",
		       what, (long long)ms, limit);
	duet_h2_cut_in(h2, s, DUET_CUT_TIMEOUT, 408, DUET_E_TIMEOUT, words);
	if (!server)
		duet_h2_session_reset(h2, s, DUET_H2_CANCEL);
	if (!server)
		duet_h2_cut_out(h2, s, DUET_CUT_TIMEOUT, DUET_E_TIMEOUT, words);
}

static void cut_blocked(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	char words[160];

	(void)snprintf(words, sizeof(words),
		       "the peer gave no window for our bytes within %d ms (limit send_ms)",
		       (int)h2->limits.send_ms);
	duet_h2_session_reset(h2, s, DUET_H2_CANCEL);
	duet_h2_cut_in(h2, s, DUET_CUT_TIMEOUT, 0, DUET_E_TIMEOUT, words);
	duet_h2_cut_out(h2, s, DUET_CUT_TIMEOUT, DUET_E_TIMEOUT, words);
}

static void check(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	if (h2->now_ms >= send_deadline(h2, s)) {
		cut_blocked(h2, s);
		return;
	}
	if (h2->now_ms < receive_deadline(h2, s))
		return;
	if (s->due == DUET_H2_DUE_REPLY)
		cut_late(h2, s, "not a byte of an answer came", "reply_ms",
			 h2->limits.reply_ms);
	else if (h2->now_ms >= s->waiting_since + h2->limits.stall_ms)
		cut_late(h2, s, "not a byte more of the body came", "stall_ms",
			 h2->limits.stall_ms);
	else
		cut_late(h2, s, "the body came too slowly, it was not whole",
			 "body_ms, body_rate", body_allowance(h2, s));
	s->waiting_since = -1;
}

void duet_h2_check_time(struct duet_h2 *h2)
{
	struct duet_h2_stream *s;

	if (h2->now_ms < h2->deadline || h2->failed)
		return;
	h2->deadline = INT64_MAX;
	for (s = h2->streams; s != NULL; s = s->next)
		if (!s->over)
			check(h2, s);
}

void duet_h2_now(struct duet_h2 *h2, int64_t now_ms)
{
	h2->now_ms = now_ms;
}

int64_t duet_h2_deadline(const struct duet_h2 *h2)
{
	return h2->silent ? INT64_MAX : h2->deadline;
}
