/* SPDX-License-Identifier: MIT */
/* tls/config.h - what is inside a struct duet_config. */
#ifndef DUET_TLS_CONFIG_H
#define DUET_TLS_CONFIG_H

#include <stdatomic.h>

#include <openssl/ssl.h>

#include <duet/tls.h>

#include "tls/trust.h"

struct duet_sites;
struct duet_ticket_keys;

/* Immutable but for the count and what is behind tickets, which locks. */
struct duet_config {
	atomic_uint refs;
	SSL_CTX *ctx;
	BIO_METHOD *bio;
	bool is_server;
	bool is_foreign; /* around an SSL_CTX of the host's */
	bool any_certificate;
	bool any_name;
	bool any_time;
	uint8_t revocation;    /* enum duet_revocation */
	int32_t short_lived_s; /* such certificates are not asked about */
	struct duet_pin *pins; /* NULL: any key will do */
	size_t n_pins;
	bool refuse_unknown;  /* names of no site */
	bool refuse_nameless; /* clients that ask for none */
	enum duet_closure closure;
	struct duet_trust *trust;         /* NULL: nobody is verified */
	struct duet_sites *sites;         /* servers */
	struct duet_ticket_keys *tickets; /* servers that give tickets */
	struct duet_identity *identity;   /* of a client, or NULL */
	uint8_t *alpn;                    /* in wire form, or NULL */
	size_t alpn_len;
	duet_clock_fn *clock;
	void *clock_arg;
	duet_keylog_fn *keylog;
	void *keylog_arg;
	/* Of all that decides who is believed: what is verified under one
	 * policy must not be resumed under another. */
	uint8_t policy[DUET_DIGEST_BYTES];
};

/* What time it is, by the configuration's clock. */
int64_t duet_config_now(const struct duet_config *config);

#endif
