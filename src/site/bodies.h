/* SPDX-License-Identifier: MIT */
/*
 * site/bodies.h - bodies that were made for a reply, as long as they are sent.
 *
 * They cost a client that does not read them one request each. So replies with
 * the same bytes share one body, and all of them together have a maximum.
 */
#ifndef DUET_SITE_BODIES_H
#define DUET_SITE_BODIES_H

#include <duet/server.h>

enum {
	DUET_BODIES_MAX_BYTES = 64 << 20,
};

struct duet_body;

/* All zero: none. It outlives the server whose replies they are. */
struct duet_bodies {
	struct duet_body *first;
	size_t held; /* bytes of all of them */
};

/* A body of these bytes, with a reference for the caller. NULL: there is no
 * memory, or too much is being sent already. */
DUET_CHECK struct duet_body *duet_bodies_keep(struct duet_bodies *bodies,
					      struct duet_bytes bytes);
void duet_body_unref(struct duet_body *body);
/* Reply with it; the reference is taken over. As duet_reply(). */
int duet_body_reply(struct duet_exchange *exchange, int status,
		    const char *type, struct duet_body *body);

#endif
