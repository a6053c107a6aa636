/* SPDX-License-Identifier: MIT */
#include "client/again.h"

#include "base/error.h"
#include "client/client_int.h"

enum {
	/* A server that goes away from each new connection is not followed for
	 * ever. */
	UNSEEN_MAX = 4,
};

/* What became of its early data: known for as long as the lane is there. */
void duet_again_note_early(struct duet_fetch *fetch)
{
	if (fetch->lane == NULL || !fetch->trip.early)
		return;
	fetch->ask.early = false; /* once is enough */
	if (duet_trip_early(&fetch->trip) != DUET_EARLY_NONE)
		fetch->early = (uint8_t)duet_trip_early(&fetch->trip);
	fetch->trip.early = false; /* the lane may go */
}

/* Nothing is spent that cannot be had again. */
bool duet_again_can(const struct duet_fetch *fetch)
{
	return !fetch->trip.source_used || duet_ask_can_repeat(&fetch->ask);
}

/*
 * RFC 9110 s15.5.20: the connection is right for another name, but not for this
 * one. On one that is made for it, once.
 */
bool duet_again_misdirected(const struct duet_fetch *fetch,
			    const struct duet_head *head)
{
	return head->status == 421 && fetch->reused && !fetch->misdirected &&
	       duet_again_can(fetch);
}

/*
 * RFC 8470 s5.2: it was sent early, and the server will not have that. Once
 * more then, after the handshake; 425 to anything else is an answer.
 */
bool duet_again_too_early(const struct duet_fetch *fetch,
			  const struct duet_head *head)
{
	return head->status == 425 && !fetch->ask.own_socket &&
	       duet_trip_early(&fetch->trip) == DUET_EARLY_ACCEPTED;
}

static bool is_cut_from_afar(enum duet_cut cut)
{
	return cut == DUET_CUT_CLOSE_NOTIFY || cut == DUET_CUT_FIN ||
	       cut == DUET_CUT_RESET;
}

/* Without an answer, and with nothing spent that cannot be had again. */
bool duet_again_may(const struct duet_fetch *fetch)
{
	return !fetch->trip.has_answer && duet_again_can(fetch) &&
	       !fetch->ask.own_socket;
}

/*
 * RFC 9112 s9.3.1: a server may close a kept connection just when we send. It
 * may also lose patience while CRLs are fetched, which then need not be.
 * Once more then, on a new one, if that does no harm.
 */
bool duet_again_lost_kept(const struct duet_fetch *fetch, enum duet_cut cut)
{
	bool rested = fetch->lane != NULL && fetch->lane->link->rested;

	return (fetch->kept || rested) && !fetch->retried &&
	       is_cut_from_afar(cut) && duet_ask_is_idempotent(&fetch->ask);
}

/*
 * RFC 8446 sD.3: a server that has become an older one since, or whatever there
 * is on the way, may choke on early data. Once more then, without. That nothing
 * is in common is what handshake_failure says, the alert that says least.
 */
bool duet_again_lost_early(const struct duet_fetch *fetch, int rc,
			   enum duet_cut cut)
{
	return fetch->lane != NULL && !fetch->retried &&
	       duet_trip_early(&fetch->trip) == DUET_EARLY_UNKNOWN &&
	       (is_cut_from_afar(cut) || rc == DUET_E_TLS ||
		rc == DUET_E_TLS_VERSION || rc == DUET_E_TLS_CIPHER);
}

/* RFC 9113 s8.7: the server says that it has not begun with it, so there is no
 * harm in any method. */
bool duet_again_unseen(struct duet_fetch *fetch, const struct duet_event *event)
{
	bool refused = duet_link_takes_more(fetch->lane->link);

	if (!event->unprocessed)
		return false;
	if (!refused)
		return fetch->n_unseen++ < UNSEEN_MAX;
	if (fetch->was_refused)
		return false;
	fetch->was_refused = true;
	return true;
}

void duet_again_not(const struct duet_fetch *fetch, enum duet_cut cut,
		    struct duet_error *err)
{
	if (fetch->was_refused)
		duet_error_append(err, "; it had been refused before");
	else if (fetch->early_lost)
		duet_error_append(err, "; with early data it was no better");
	else if (fetch->kept && !fetch->trip.has_answer &&
		 is_cut_from_afar(cut))
		duet_error_append(err, "; it was a kept connection, and %s",
				  fetch->retried
					  ? "a new one fared no better"
					  : "the request is not one to be repeated by itself: ask again");
}
