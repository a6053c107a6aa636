/* SPDX-License-Identifier: MIT */
/* client/hops.h - the answers that led on to others, kept to be told of. */
#ifndef DUET_CLIENT_HOPS_H
#define DUET_CLIENT_HOPS_H

#include <duet/client.h>

#include "client/facts.h"
#include "client/headers.h"

struct duet_kept_hop;

/* All zero is none. */
struct duet_hops {
	struct duet_kept_hop **kept;
	const struct duet_hop **list; /* what is told; ended by NULL */
	size_t n;
};

/* What a hop is made of; all of it is copied, but sent, which is taken over
 * also where there is no memory. */
struct duet_hop_parts {
	const char *url;
	const char *method;
	const char *target;
	const char *address;
	const char *proxy; /* or NULL */
	struct duet_headers *sent;
	int64_t content_length; /* of the request */
	const struct duet_head *answer;
	const struct duet_moments *moments;
	int64_t handshaken_us; /* by duet_clock_us(); 0: it was before */
	bool reused;
};
/* DUET_OK, DUET_E_NOMEM. */
DUET_CHECK int duet_hops_add(struct duet_hops *hops,
			     const struct duet_hop_parts *parts);
struct duet_fetch;
/* The answer of a fetch that leads on. DUET_OK, DUET_E_NOMEM. */
DUET_CHECK int duet_hops_note(struct duet_fetch *fetch,
			      const struct duet_head *head);
/* The last one is over, and so much of its body was read. */
void duet_hops_end_last(struct duet_hops *hops,
			const struct duet_moments *moments,
			uint64_t body_bytes);
/* from is empty afterwards. */
void duet_hops_move(struct duet_hops *to, struct duet_hops *from);
void duet_hops_done(struct duet_hops *hops);

#endif
