/* SPDX-License-Identifier: MIT */
/* duet/openssl.h - the way out, and the only header that shows OpenSSL. */
#ifndef DUET_OPENSSL_H
#define DUET_OPENSSL_H

#include <openssl/ssl.h>

#include <duet/tls.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Borrowed, as long as the tls lives. Look, and set what you must before the
 * handshake; do not read, write, shut down or free. */
DUET_API SSL *duet_tls_ssl(struct duet_tls *tls);

/* A configuration around an SSL_CTX of yours (a reference is taken), with its
 * own verification policy; the closure policy is ours. */
DUET_API DUET_CHECK struct duet_config *duet_config_from_ssl_ctx(
	SSL_CTX *ctx, enum duet_closure closure, struct duet_error *err);

#ifdef __cplusplus
}
#endif
#endif
