/* SPDX-License-Identifier: MIT */
#include "client/sessions.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "tls/engine.h"

enum {
	TAKEN_MAX = 64 * 1024, /* of a session that the user kept */
};

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

/* name is what the key borrows from. */
static struct duet_session_key key_of(const struct duet_tls *tls,
				      const char *host, uint16_t port,
				      char name[DUET_TLS_SETTINGS_BYTES])
{
	duet_tls_settings(tls, name);
	return (struct duet_session_key){ host, port, name };
}

static void hand_over(const struct duet_sessions *sessions,
		      const struct duet_tls *tls, const char *host,
		      uint16_t port, struct duet_buffer *session)
{
	char name[DUET_TLS_SETTINGS_BYTES];
	struct duet_session_key key = key_of(tls, host, port, name);

	sessions->keep(sessions->arg, &key,
		       (struct duet_bytes){ session->data, session->len });
	duet_buffer_free(session);
}

void duet_sessions_keep(struct duet_sessions *sessions, struct duet_tls *tls,
			const char *host, uint16_t port)
{
	struct duet_buffer session = { NULL, 0 };
	struct duet_kept_session *place;
	char *copy;

	if (duet_tls_session_export(tls, &session, NULL) != DUET_OK)
		return;
	if (sessions->keep != NULL) {
		hand_over(sessions, tls, host, port, &session);
		return;
	}
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

/* A full handshake does as well. */
static void import(struct duet_tls *tls, const void *data, size_t len)
{
	if (duet_tls_session_import(tls, (struct duet_bytes){ data, len },
				    NULL) < 0)
		return;
}

static void ask_for(const struct duet_sessions *sessions, struct duet_tls *tls,
		    const char *host, uint16_t port)
{
	char name[DUET_TLS_SETTINGS_BYTES];
	struct duet_session_key key = key_of(tls, host, port, name);
	char *buf = duet_mem_alloc(TAKEN_MAX);
	size_t n = 0;

	if (buf != NULL)
		n = sessions->take(sessions->arg, &key, buf, TAKEN_MAX);
	if (n > 0 && n <= TAKEN_MAX)
		import(tls, buf, n);
	if (buf != NULL)
		duet_mem_wipe(buf, TAKEN_MAX);
	duet_mem_free(buf);
}

void duet_sessions_use(struct duet_sessions *sessions, struct duet_tls *tls,
		       const char *host, uint16_t port)
{
	struct duet_kept_session *kept;

	if (sessions->take != NULL) {
		ask_for(sessions, tls, host, port);
		return;
	}
	kept = find(sessions, host, port);
	if (kept == NULL)
		return;
	import(tls, kept->session.data, kept->session.len);
	forget(kept);
}
