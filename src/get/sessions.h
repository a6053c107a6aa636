/* SPDX-License-Identifier: MIT */
/*
 * get/sessions.h - TLS sessions that outlive the program, so that the next run
 * need not shake hands in full: a file each in the user's cache,
 *
 *	$XDG_CACHE_HOME/duet/sessions/HOST:PORT-SETTINGS
 *
 * readable by nobody else. A file appears whole by rename(2), and whoever wants
 * it takes it by another: of several programs one gets it, once. Whatever goes
 * wrong costs a full handshake, nothing more, so nothing here fails.
 */
#ifndef DUET_GET_SESSIONS_H
#define DUET_GET_SESSIONS_H

#include <duet/client.h>

enum {
	DUET_GET_SESSIONS_MAX = 256, /* files; then the oldest one goes */
};

struct duet_get_sessions {
	char *path; /* of the directory; NULL: none is to be used */
	bool open;
	int dir;
};

/* The directory is made with the first file. One that others may enter is not
 * used. All zero is without one, and takes and keeps nothing. */
void duet_get_sessions_init(struct duet_get_sessions *sessions);
void duet_get_sessions_done(struct duet_get_sessions *sessions);

/* For struct duet_client_options; arg is a struct duet_get_sessions. */
void duet_get_sessions_keep(void *arg, const struct duet_session_key *key,
			    struct duet_bytes session);
size_t duet_get_sessions_take(void *arg, const struct duet_session_key *key,
			      void *buf, size_t cap);

#endif
