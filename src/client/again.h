/* SPDX-License-Identifier: MIT */
/*
 * client/again.h - whether a fetch may be asked again by itself, and what for.
 * Here it is decided; client/fetch.c does it.
 */
#ifndef DUET_CLIENT_AGAIN_H
#define DUET_CLIENT_AGAIN_H

#include <duet/client.h>

struct duet_fetch;

/* Nothing is spent that cannot be had again. */
bool duet_again_can(const struct duet_fetch *fetch);
/* ... and there is no answer yet, not a byte of one. */
bool duet_again_may(const struct duet_fetch *fetch);

/* After a head: 421 of a connection that is shared, 425 to early data. */
bool duet_again_misdirected(const struct duet_fetch *fetch,
			    const struct duet_head *head);
bool duet_again_too_early(const struct duet_fetch *fetch,
			  const struct duet_head *head);

/* After a cut, where it may: the server has not begun with it (counted); the
 * handshake failed that early data was part of; a kept connection died. */
bool duet_again_unseen(struct duet_fetch *fetch,
		       const struct duet_event *event);
bool duet_again_lost_early(const struct duet_fetch *fetch, int rc,
			   enum duet_cut cut);
bool duet_again_lost_kept(const struct duet_fetch *fetch, enum duet_cut cut);
/* Not once more: why not, behind the words of err. */
void duet_again_not(const struct duet_fetch *fetch, enum duet_cut cut,
		    struct duet_error *err);

/* What became of its early data: asked while its lane is still there. */
void duet_again_note_early(struct duet_fetch *fetch);

#endif
