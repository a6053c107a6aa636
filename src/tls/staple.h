/* SPDX-License-Identifier: MIT */
/*
 * tls/staple.h - what a server staples to its certificate: OCSP's answer about
 * it (RFC 6066 s8, RFC 6960), asked for in every hello and looked at in every
 * mode. No connection is made for it.
 */
#ifndef DUET_TLS_STAPLE_H
#define DUET_TLS_STAPLE_H

#include <openssl/ssl.h>

#include <duet/tls.h>

/* Of a client's context: ask, and look at what comes. */
DUET_CHECK int duet_staple_ask(SSL_CTX *ctx, struct duet_error *err);

struct duet_staple {
	int64_t this_update;
	int64_t next_update; /* INT64_MAX: it names none */
	int64_t revoked_at;
	int reason; /* RFC 5280 s5.3.1 */
};
/*
 * The one that has come for cert, issued by issuer: DUET_OK, it is good;
 * DUET_E_REVOKED; DUET_EOF, there is none; DUET_E_NO_CRL, there is one that
 * says nothing (out of date, badly signed, of another certificate) and
 * *ret_why is a phrase after "it is"; DUET_E_NOMEM.
 */
DUET_CHECK int duet_staple_look(const struct duet_tls *tls, X509 *cert,
				X509 *issuer, struct duet_staple *ret,
				const char **ret_why);

#endif
