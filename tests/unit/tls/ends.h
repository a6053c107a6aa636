/* SPDX-License-Identifier: MIT */
/* Both ends of a connection in one process, joined by memcpy. */
#ifndef DUET_TESTS_TLS_ENDS_H
#define DUET_TESTS_TLS_ENDS_H

#include <string.h>

#include <openssl/ssl.h>

#include <duet/openssl.h>
#include <duet/tls.h>

#include "support/certs.h"
#include "support/unit.h"

enum {
	WHOLE = 1000000, /* a step larger than anything that waits */
};

struct ends {
	struct duet_tls *client;
	struct duet_tls *server;
	size_t step;
	int client_rc;
	int server_rc;
	struct duet_error client_err;
	struct duet_error server_err;
};

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

static inline void begin(struct ends *ends, struct duet_config *client,
			 const char *name, struct duet_config *server)
{
	memset(ends, 0, sizeof(*ends));
	ends->step = WHOLE;
	ends->client = duet_tls_client(client, name, &ends->client_err);
	if (ends->client == NULL)
		fail_msg("%s", ends->client_err.text);
	ends->server = duet_tls_server(server, &ends->server_err);
	if (ends->server == NULL)
		fail_msg("%s", ends->server_err.text);
}

static inline void at_most(struct ends *ends, int version)
{
	assert_int_equal(SSL_set_max_proto_version(duet_tls_ssl(ends->client),
						   version),
			 1);
}

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

/* The same, which must succeed. */
static inline void shaken(struct ends *ends)
{
	shake(ends);
	if (ends->client_rc != DUET_OK)
		fail_msg("client: %s", ends->client_err.text);
	if (ends->server_rc != DUET_OK)
		fail_msg("server: %s", ends->server_err.text);
}

static inline void done(struct ends *ends)
{
	duet_tls_free(ends->client);
	duet_tls_free(ends->server);
}

/* One byte from one end to the other, which must arrive. */
static inline void tell(struct duet_tls *from, struct duet_tls *to)
{
	struct duet_error err;
	char byte = 'x';
	char got = 0;
	size_t n;

	if (duet_tls_write(from, &byte, 1, &n, &err) != DUET_OK)
		fail_msg("write: %s", err.text);
	while (carry(from, to, WHOLE))
		continue;
	if (duet_tls_read(to, &got, 1, &n, &err) != DUET_OK)
		fail_msg("read: %s", err.text);
	assert_int_equal(got, byte);
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

/* crl: PEM, or NULL. */
static inline struct duet_trust *trust_with(const struct mint *ca,
					    const char *crl)
{
	struct duet_error err;
	struct duet_trust *trust;

	trust = duet_trust_new(DUET_TRUST(.ca_pem = duet_str(ca->cert_pem),
					  .crl_pem = duet_str(crl)),
			       &err);
	if (trust == NULL)
		fail_msg("%s", err.text);
	return trust;
}

static inline struct duet_trust *trust_in(const struct mint *ca)
{
	return trust_with(ca, NULL);
}

static inline struct duet_config *client_with(struct duet_client_config options)
{
	struct duet_config *config;
	struct duet_error err;

	options.size = sizeof(options);
	config = duet_config_client(&options, &err);
	if (config == NULL)
		fail_msg("%s", err.text);
	return config;
}

static inline struct duet_config *server_with(struct duet_server_config options)
{
	struct duet_config *config;
	struct duet_error err;

	options.size = sizeof(options);
	config = duet_config_server(&options, &err);
	if (config == NULL)
		fail_msg("%s", err.text);
	return config;
}

/* A client that trusts ca and nothing else is said. */
static inline struct duet_config *plain_client(const struct mint *ca)
{
	struct duet_trust *trust = trust_in(ca);
	struct duet_config *config;

	config = client_with((struct duet_client_config){ .trust = trust });
	duet_trust_release(trust);
	return config;
}

static inline struct duet_config *plain_server(const struct mint *leaf)
{
	struct duet_identity *identity = identity_of(leaf);
	struct duet_config *config;

	config = server_with((struct duet_server_config){
		.identities = &identity, .n_identities = 1 });
	duet_identity_release(identity);
	return config;
}

#endif
