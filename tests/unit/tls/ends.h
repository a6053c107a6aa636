/* SPDX-License-Identifier: MIT */
/* Both ends of a connection in one process, joined by memcpy. */
#ifndef DUET_TESTS_TLS_ENDS_H
#define DUET_TESTS_TLS_ENDS_H

#include <string.h>

#include <duet/tls.h>

#include "support/certs.h"
#include "support/unit.h"

/* Move at most step bytes; false when there was nothing to move. */
static inline bool carry(struct duet_tls *from, struct duet_tls *to,
			 size_t step)
{
	struct duet_bytes bytes = duet_tls_send_bytes(from);
	struct duet_room room;
	size_t n = bytes.len < step ? bytes.len : step;

	if (n == 0 || duet_tls_recv_room(to, &room) != DUET_OK)
		return false;
	if (room.len < n)
		n = room.len;
	if (n > 0)
		memcpy(room.data, bytes.data, n);
	duet_tls_recv_done(to, n);
	duet_tls_send_done(from, n);
	return n > 0;
}

struct ends {
	struct duet_tls *client;
	struct duet_tls *server;
	size_t step;
	int client_rc;
	int server_rc;
	struct duet_error client_err;
	struct duet_error server_err;
};

/* Handshake until neither side moves any more. */
static inline void shake(struct ends *ends)
{
	bool moved = true;

	while (moved) {
		ends->client_rc =
			duet_tls_handshake(ends->client, &ends->client_err);
		moved = carry(ends->client, ends->server, ends->step);
		ends->server_rc =
			duet_tls_handshake(ends->server, &ends->server_err);
		moved |= carry(ends->server, ends->client, ends->step);
	}
}

static inline void end_free(struct ends *ends)
{
	duet_tls_free(ends->client);
	duet_tls_free(ends->server);
}

static inline struct duet_identity *identity_of(const struct mint *mint)
{
	struct duet_error err;
	struct duet_identity *identity;

	identity = duet_identity_new(DUET_IDENTITY(.cert_pem = duet_str(
							   mint_chain(mint)),
						   .key_pem = duet_str(
							   mint->key_pem)),
				     &err);
	if (identity == NULL)
		fail_msg("%s", err.text);
	return identity;
}

static inline struct duet_trust *trust_in(const struct mint *ca)
{
	struct duet_error err;
	struct duet_trust *trust;

	trust = duet_trust_new(DUET_TRUST(.ca_pem = duet_str(ca->cert_pem)),
			       &err);
	if (trust == NULL)
		fail_msg("%s", err.text);
	return trust;
}

#endif
