/* SPDX-License-Identifier: MIT */
/*
 * tls/verify.h - who is believed.
 *
 * OpenSSL walks the chain; what it must look at, and which refusals are
 * forgiven, is set here. Its traps, and what we do about each:
 * - CRL_CHECK_ALL without CRL_CHECK checks nothing: both are set.
 * - CRLs in the store without a flag are not looked at: the flag follows from
 *   their being there.
 * - Partial chains and CRLs do not mix: with CRLs, chains end at a root.
 */
#ifndef DUET_TLS_VERIFY_H
#define DUET_TLS_VERIFY_H

#include <openssl/ssl.h>

#include <duet/tls.h>

struct duet_config;
struct duet_tls;

/* Of a client: verify servers by config->trust, unless insecure_*. */
DUET_CHECK int duet_verify_server(struct duet_config *config,
				  enum duet_crl_check crl,
				  struct duet_error *err);
/* Of a server: ask for client certificates, naming the CAs we believe. */
DUET_CHECK int duet_verify_clients(struct duet_config *config,
				   enum duet_client_cert want,
				   enum duet_crl_check crl,
				   struct duet_error *err);
/*
 * Until when what this full handshake verified holds: the first end of a
 * certificate of the chain, or of a CRL that vouched for one. INT64_MAX where
 * dates do not matter. Resuming looks at nothing of this by itself.
 */
int64_t duet_verify_holds_until(const struct duet_tls *tls);
/* A callback of X509_STORE_CTX: puts each refusal in words. */
int duet_verify_each(int ok, X509_STORE_CTX *store_ctx);
/* Of one engine: the clock of its configuration. */
void duet_verify_set_time(struct duet_tls *tls);

#endif
