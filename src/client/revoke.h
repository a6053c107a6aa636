/* SPDX-License-Identifier: MIT */
/*
 * client/revoke.h - fetches the CRLs that a handshake waits for, by fetches of
 * the same client, and keeps them (client/crl_slot.h).
 */
#ifndef DUET_CLIENT_REVOKE_H
#define DUET_CLIENT_REVOKE_H

#include <duet/client.h>

struct duet_client;
struct duet_link;
struct duet_revoke; /* of one link */

enum {
	DUET_CRL_MISSES_MAX = 8,
	DUET_CRL_MISS_MS = 60000, /* so long nobody asks once more */
};

/* A list that could not be had a moment ago. */
struct duet_crl_miss {
	char *url; /* NULL: this place is free */
	uint8_t doubt;
	char words[256];
	int64_t until_ms;
};

/* What a client has for it. */
struct duet_revokes {
	struct duet_revoke *first;
	struct duet_crl_miss misses[DUET_CRL_MISSES_MAX];
	size_t next_miss;
	char *dir; /* NULL: nothing is kept */
	int32_t time_limit_ms;
	uint64_t max_bytes;
	unsigned round; /* of duet_revoke_pump() */
};

DUET_CHECK int duet_revoke_new(struct duet_client *client,
			       struct duet_link *link, struct duet_revoke **ret,
			       struct duet_error *err);
void duet_revoke_free(struct duet_revoke *revoke);
/*
 * The handshake of its link rests. true: it need not any more. false: a list
 * is on its way, and the link's owner is called when it has come, or will not.
 */
bool duet_revoke_next(struct duet_revoke *revoke);
/* After a step of the loop: read what has come of lists. */
void duet_revoke_pump(struct duet_client *client);

DUET_CHECK int duet_revokes_init(struct duet_revokes *ret,
				 const struct duet_client_options *options);
void duet_revokes_done(struct duet_revokes *revokes);

#endif
