/* SPDX-License-Identifier: MIT */
/* client/facts.h - what is known of a peer, kept longer than its connection. */
#ifndef DUET_CLIENT_FACTS_H
#define DUET_CLIENT_FACTS_H

#include <duet/client.h>

/* Of one connection; counted, so that its answers can outlive it. One thread.
 */
struct duet_peer_facts {
	unsigned count;
	struct duet_peer peer; /* its strings are the copies below */
	char *strings;
	void *chain_pem;
	struct duet_revocation_facts *revocation; /* or NULL */
	char **revocation_strings; /* of each, all in one piece */
	size_t n_revocation;
};
/* A copy of what duet_tls_peer() says, or NULL: no memory. */
struct duet_peer_facts *duet_peer_facts_new(const struct duet_tls *tls);
struct duet_peer_facts *duet_peer_facts_retain(struct duet_peer_facts *facts);
void duet_peer_facts_release(struct duet_peer_facts *facts);

/* Moments, by duet_clock_us(); 0: has not happened. */
struct duet_moments {
	int64_t began;
	int64_t asked; /* of the hop that is under way */
	int64_t resolved;
	int64_t connected;
	int64_t handshaken;
	int64_t first_byte;
	int64_t ended;
};
/* A string of a struct duet_facts: "" for NULL. */
static inline const char *duet_facts_text(const char *text)
{
	return text != NULL ? text : "";
}
/* Fill in what the two above know. facts may be NULL. */
void duet_facts_of_moments(struct duet_facts *ret,
			   const struct duet_moments *moments);
void duet_facts_of_peer(struct duet_facts *ret,
			const struct duet_peer_facts *facts);

#endif
