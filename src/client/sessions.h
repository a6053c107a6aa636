/* SPDX-License-Identifier: MIT */
/* client/sessions.h - TLS sessions of connections that are gone. */
#ifndef DUET_CLIENT_SESSIONS_H
#define DUET_CLIENT_SESSIONS_H

#include <duet/client.h>

enum {
	DUET_SESSIONS_MAX = 32,
};

/* How to go on with a server where an earlier connection has ended. */
struct duet_kept_session {
	char *host; /* NULL: this place is free */
	uint16_t port;
	struct duet_buffer session;
	uint64_t age; /* the larger, the younger */
};

/* All zero is empty. */
struct duet_sessions {
	/* The user's place: then nothing is kept here. */
	duet_session_keep_fn *keep;
	duet_session_take_fn *take;
	void *arg;

	struct duet_kept_session kept[DUET_SESSIONS_MAX];
	uint64_t clock; /* of ages */
};

void duet_sessions_done(struct duet_sessions *sessions);
/* Of a connection that has served well; without memory, or a ticket, there is
 * none to keep. */
void duet_sessions_keep(struct duet_sessions *sessions, struct duet_tls *tls,
			const char *host, uint16_t port);
/* For a new connection to there; each is used once (RFC 8446 sC.4). A session
 * that does not fit costs a full handshake, nothing more. */
void duet_sessions_use(struct duet_sessions *sessions, struct duet_tls *tls,
		       const char *host, uint16_t port);

#endif
