/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/remedy.h"
#include "cli/words.h"
#include "get/interrupt.h"
#include "get/transfer_int.h"

/* Nothing secret: those that failed together are not to come back together. */
static unsigned luck(void)
{
	return (unsigned)(duet_clock_us() % 9973);
}

/* What has left us can be gone on with only behind its last byte, and in the
 * same version. */
static bool has_left(const struct duet_get_transfer *t)
{
	return t->output.kind != DUET_GET_OUTPUT_FILE &&
	       t->output.kind != DUET_GET_OUTPUT_NONE && t->output.bytes > 0;
}

static bool can_resume(const struct duet_get_transfer *t)
{
	const struct duet_get_holding *holding = &t->holding;

	return holding->on && duet_spans_bytes(&holding->journal.have) > 0 &&
	       (duet_validator_is_some(&holding->journal.version) ||
		holding->asked);
}

static bool may(const struct duet_get_transfer *t)
{
	if (duet_get_interrupt_seen() != 0 ||
	    !duet_retry_is_safe(t->outcome.method) || t->get->request.body.once)
		return false;
	return !has_left(t) || (can_resume(t) && !t->get->options.include &&
				!t->output.filtered);
}

/* From where on, when it is due. */
static void aim(struct duet_get_transfer *t, struct duet_get_strand *strand)
{
	/* A probe as before; beside others, what is missing by then. */
	if (t->probing || duet_get_strand_has_others(t, strand))
		return;
	if (!can_resume(t)) {
		duet_get_strand_rewind(strand);
		return;
	}
	if (!duet_get_strand_take(t, strand))
		duet_get_strand_look_behind(t, strand);
}

bool duet_get_again(struct duet_get_transfer *t, struct duet_get_strand *strand,
		    const char *after)
{
	struct duet_error *err = &t->outcome.error;
	int64_t now_ms = duet_clock_ms();
	char from[48] = "";
	bool limit;
	int64_t ms;

	if (!may(t))
		return false;
	ms = duet_retry_next(&t->retry, now_ms,
			     duet_retry_after(after, duet_clock_wall()),
			     luck());
	if (ms < 0)
		return false;
	duet_get_strand_free(t, strand);
	aim(t, strand);
	strand->state = DUET_GET_STRAND_WAITING;
	t->deadline_ms = 0; /* each attempt has its own */
	strand->due_ms = now_ms + ms;
	duet_cli_words(err, &limit);
	duet_remedy_add(err);
	if (strand->ranged && strand->at > 0)
		(void)snprintf(from, sizeof(from), ", from byte %" PRIu64 " on",
			       strand->at);
	duet_get_say(t, "%s; again in %.1f s%s (%" PRId64 " left)", err->text,
		     (double)ms / 1000, from, t->retry.left);
	return true;
}

bool duet_get_again_after(struct duet_get_transfer *t,
			  struct duet_get_strand *strand,
			  const struct duet_head *head)
{
	if (!duet_retry_is_passing_answer(head->status))
		return false;
	(void)duet_error_set(&t->outcome.error, DUET_OK,
			     "%s: the server answers %d %s", t->outcome.url,
			     (int)head->status,
			     duet_status_reason(head->status));
	return duet_get_again(t, strand, duet_head_get(head, "Retry-After"));
}
