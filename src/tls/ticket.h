/* SPDX-License-Identifier: MIT */
/*
 * tls/ticket.h - the keys that seal session tickets (RFC 5077 s4), and until
 * when a ticket is good.
 *
 * The keys are the only part of a configuration that changes: swapped whole,
 * under a lock, while other threads open and seal.
 */
#ifndef DUET_TLS_TICKET_H
#define DUET_TLS_TICKET_H

#include <openssl/ssl.h>

#include <duet/tls.h>

struct duet_ticket_keys;

/* With one key made up. DUET_E_NOMEM, or DUET_E_SYSTEM without randomness. */
DUET_CHECK int duet_ticket_keys_new(struct duet_ticket_keys **ret,
				    struct duet_error *err);
void duet_ticket_keys_free(struct duet_ticket_keys *keys);
/* n is 1..DUET_TICKET_KEYS_MAX. Any thread. */
void duet_ticket_keys_set(struct duet_ticket_keys *keys,
			  const uint8_t (*from)[DUET_TICKET_KEY_BYTES],
			  size_t n);
/*
 * Have a server's context use the keys of each engine's configuration, and
 * refuse a ticket whose client certificate, or what vouched for it, does not
 * hold any more: whoever resumes is not verified again.
 */
DUET_CHECK int duet_ticket_watch(SSL_CTX *ctx);

#endif
