/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL refuses early data that does not fit its session by failing the whole
 * handshake, or sends the extension without the ticket it belongs to, which the
 * server must refuse (RFC 8446 s4.2.10). So all of that is looked at before.
 */
#include "tls/early.h"

#include <string.h>
#include <time.h>

#include <openssl/ssl.h>

#include "base/str.h"
#include "tls/engine_int.h"

enum {
	SPARE_SECONDS = 2, /* OpenSSL reads the clock once more */
	PROTOCOL_BYTES = 256,
};

/* RFC 8446 s4.6.1: its lifetime; by the clock that OpenSSL dates it by. */
static bool is_fresh(const SSL_SESSION *session)
{
	int64_t now = (int64_t)time(NULL);
	int64_t age = now - (int64_t)SSL_SESSION_get_time(session);
	unsigned long lifetime = SSL_SESSION_get_ticket_lifetime_hint(session);

	return age >= 0 && age + SPARE_SECONDS < (int64_t)lifetime;
}

/* RFC 8446 s4.2.10: "the same SNI value", to the letter. */
static bool is_of_name(const SSL *ssl, const SSL_SESSION *session)
{
	const char *was = SSL_SESSION_get0_hostname(session);
	const char *is = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	return was == NULL || (is != NULL && strcmp(was, is) == 0);
}

static struct duet_bytes protocol_of(const SSL_SESSION *session)
{
	const unsigned char *alpn = NULL;
	size_t len = 0;

	SSL_SESSION_get0_alpn_selected(session, &alpn, &len);
	return (struct duet_bytes){ alpn, len };
}

static bool is_offered(const struct duet_tls *tls, struct duet_bytes protocol)
{
	char name[PROTOCOL_BYTES];

	if (protocol.len == 0)
		return true;
	if (protocol.len >= sizeof(name))
		return false;
	memcpy(name, protocol.data, protocol.len);
	name[protocol.len] = '\0';
	return !tls->config->is_foreign && duet_tls_offers(tls, name);
}

size_t duet_tls_early_room(const struct duet_tls *tls)
{
	const SSL_SESSION *session = tls->imported;
	size_t max;

	if (session == NULL || tls->early_sent || tls->failed != DUET_OK ||
	    !SSL_in_before(tls->ssl) || !is_fresh(session) ||
	    !is_of_name(tls->ssl, session) ||
	    !is_offered(tls, protocol_of(session)))
		return 0;
	max = SSL_SESSION_get_max_early_data(session);
	return max < DUET_EARLY_MAX ? max : DUET_EARLY_MAX;
}

bool duet_tls_early_speaks(const struct duet_tls *tls, const char *protocol)
{
	return tls->imported != NULL &&
	       duet_bytes_eq(protocol_of(tls->imported), protocol);
}

enum duet_early duet_tls_early(const struct duet_tls *tls)
{
	if (!tls->early_sent)
		return DUET_EARLY_NONE;
	if (!tls->open)
		return DUET_EARLY_UNKNOWN;
	return SSL_get_early_data_status(tls->ssl) == SSL_EARLY_DATA_ACCEPTED
		       ? DUET_EARLY_ACCEPTED
		       : DUET_EARLY_REJECTED;
}

const char *duet_early_name(int early)
{
	static const char *const names[] = { "none", "accepted", "rejected",
					     "unknown" };

	if (early < 0 || (size_t)early >= sizeof(names) / sizeof(names[0]))
		return "unknown";
	return names[early];
}
