/* SPDX-License-Identifier: MIT */
/* tls/policy.h - which versions, ciphers, groups and protocols we speak. */
#ifndef DUET_TLS_POLICY_H
#define DUET_TLS_POLICY_H

#include <openssl/ssl.h>

#include <duet/tls.h>

/* Mozilla's profiles; old_versions opens TLS 1.0 and 1.1 as well. */
DUET_CHECK int duet_policy_protocol(SSL_CTX *ctx, enum duet_profile profile,
				    bool old_versions, struct duet_error *err);

/* Of those, one version (enum duet_tls_version; 0: all) and groups (NULL: all)
 * alone. DUET_E_ARGUMENT: there is no such version, or it is an old one that is
 * not open. */
DUET_CHECK int duet_policy_only(SSL_CTX *ctx, unsigned version,
				bool old_versions, const char *groups,
				struct duet_error *err);

/* The wire form of a NULL-terminated list (RFC 7301 s3.1), the caller's. */
DUET_CHECK int duet_policy_alpn(const char *const *names, uint8_t **ret,
				size_t *ret_len, struct duet_error *err);
/*
 * Have a server's context choose by its own preference from the list of each
 * engine's configuration. None in common: the alert no_application_protocol
 * (RFC 7301 s3.2). A client without ALPN is served without.
 */
void duet_policy_choose_alpn(SSL_CTX *ctx);

/* Whether OpenSSL takes each of them, strong enough and with its key: the
 * sentence says which one it does not. */
DUET_CHECK int duet_policy_try_identities(
	SSL_CTX *ctx, struct duet_identity *const *identities, size_t n,
	struct duet_error *err);
/* That sentence, from OpenSSL's error queue. */
int duet_policy_refuse_identity(const struct duet_identity *identity,
				struct duet_error *err);

#endif
