/* SPDX-License-Identifier: MIT */
#include "client/sessions.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"

static void forget(struct duet_kept_session *kept)
{
	duet_mem_free(kept->host);
	duet_buffer_free(&kept->session);
	memset(kept, 0, sizeof(*kept));
}

void duet_sessions_done(struct duet_sessions *sessions)
{
	size_t i;

	for (i = 0; i < DUET_SESSIONS_MAX; i++)
		forget(&sessions->kept[i]);
}

static struct duet_kept_session *find(struct duet_sessions *sessions,
				      const char *host, uint16_t port)
{
	size_t i;

	for (i = 0; i < DUET_SESSIONS_MAX; i++)
		if (sessions->kept[i].host != NULL &&
		    sessions->kept[i].port == port &&
		    strcmp(sessions->kept[i].host, host) == 0)
			return &sessions->kept[i];
	return NULL;
}

/* A free place, or that of the oldest. */
static struct duet_kept_session *find_place(struct duet_sessions *sessions)
{
	struct duet_kept_session *place = &sessions->kept[0];
	size_t i;

	for (i = 0; i < DUET_SESSIONS_MAX && place->host != NULL; i++)
		if (sessions->kept[i].host == NULL ||
		    sessions->kept[i].age < place->age)
			place = &sessions->kept[i];
	return place;
}

void duet_sessions_keep(struct duet_sessions *sessions, struct duet_tls *tls,
			const char *host, uint16_t port)
{
	struct duet_buffer session = { NULL, 0 };
	struct duet_kept_session *place;
	char *copy;

	if (duet_tls_session_export(tls, &session, NULL) != DUET_OK)
		return;
	copy = duet_mem_strdup(host);
	if (copy == NULL) {
		duet_buffer_free(&session);
		return;
	}
	place = find(sessions, host, port);
	if (place == NULL)
		place = find_place(sessions);
	forget(place);
	place->host = copy;
	place->port = port;
	place->session = session;
	place->age = ++sessions->clock;
}

void duet_sessions_use(struct duet_sessions *sessions, struct duet_tls *tls,
		       const char *host, uint16_t port)
{
	struct duet_kept_session *kept = find(sessions, host, port);
	struct duet_bytes session;

	if (kept == NULL)
		return;
	session.data = kept->session.data;
	session.len = kept->session.len;
	if (duet_tls_session_import(tls, session, NULL) < 0)
		session.len = 0; /* a full handshake does as well */
	forget(kept);
}
