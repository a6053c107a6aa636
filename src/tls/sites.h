/* SPDX-License-Identifier: MIT */
/*
 * tls/sites.h - which identities a server shows for which name.
 *
 * A name may have several, of different kinds of key: OpenSSL then takes the
 * one that the client can verify (ECDSA and RSA side by side). Of two of the
 * same kind the first given wins. Immutable once made.
 */
#ifndef DUET_TLS_SITES_H
#define DUET_TLS_SITES_H

#include <openssl/ssl.h>

#include <duet/tls.h>

struct duet_sites;
struct duet_site;

/*
 * Retains the n > 0 identities. names: as duet_server_config's, NULL for the
 * dNSNames of the certificates. DUET_E_NOMEM, DUET_E_LIMIT, DUET_E_ARGUMENT for
 * what cannot be a name.
 */
DUET_CHECK int duet_sites_new(struct duet_identity *const *identities, size_t n,
			      const char *const *const *names,
			      struct duet_sites **ret, struct duet_error *err);
void duet_sites_free(struct duet_sites *sites);

/* For clients that ask for no name or an unknown one: the first identity, and
 * those of other kinds for its first name, or without a name if it has none. */
const struct duet_site *duet_sites_default(const struct duet_sites *sites);
/*
 * By name, as RFC 9525 s6.3 compares them: the name itself, or else a
 * wildcard for its first label. NULL when there is none.
 */
const struct duet_site *duet_sites_find(const struct duet_sites *sites,
					struct duet_bytes name);
/* A number of its own for each site. */
uint32_t duet_site_number(const struct duet_site *site);

/* Show this site's identities, and no others, from now on. 1 or, as OpenSSL
 * has it, 0. */
DUET_CHECK int duet_site_use(const struct duet_site *site, SSL *ssl);
DUET_CHECK int duet_site_use_in_ctx(const struct duet_site *site, SSL_CTX *ctx);

#endif
