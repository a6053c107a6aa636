/* SPDX-License-Identifier: MIT */
/* tls/engine.h - of the engine what connections need beyond duet/tls.h. */
#ifndef DUET_TLS_ENGINE_H
#define DUET_TLS_ENGINE_H

#include <duet/http.h>
#include <duet/tls.h>

#include "cert/crl_scan.h"

/*
 * The connection is idle: give back what memory can be given back, OpenSSL's
 * buffers and ours where nothing is held. The next byte allocates anew.
 */
void duet_tls_give_back(struct duet_tls *tls);
/*
 * How the wire ended, as far as the engine has seen it: CLOSE_NOTIFY when the
 * peer's was read, ALERT after a fatal alert of either side, FIN or RESET after
 * duet_tls_recv_end(), NONE while it is open. The first of them stays.
 */
enum duet_cut duet_tls_cut(const struct duet_tls *tls);
enum duet_closure duet_tls_closure(const struct duet_tls *tls);
/* Whether the handshake has agreed on that protocol (ALPN, RFC 7301), or could
 * have by what our side offers. */
bool duet_tls_chose(const struct duet_tls *tls, const char *protocol);
bool duet_tls_offers(const struct duet_tls *tls, const char *protocol);
bool duet_config_offers(const struct duet_config *config, const char *protocol);
/* Handshakes of it may rest until they are told about CRLs. */
bool duet_config_asks_revocation(const struct duet_config *config);
/* The peer is verified, nothing having been waived, and its certificate is for
 * that DNS name, too (RFC 9113 s9.1.1). */
bool duet_tls_vouches_for(const struct duet_tls *tls, const char *name);
/* Of the policy that peers are verified under, and of who we are: hexadecimal.
 */
enum {
	DUET_TLS_SETTINGS_BYTES = 65,
};
void duet_tls_settings(const struct duet_tls *tls,
		       char dst[DUET_TLS_SETTINGS_BYTES]);
/* The handshake rests until it is told about a CRL: DUET_WANT_CRL. */
bool duet_tls_is_waiting(const struct duet_tls *tls);
/* This connection is not to ask for any, whatever the configuration says: it
 * fetches one, which is signed. */
void duet_tls_exempt(struct duet_tls *tls);
/* A CRL, and what is known of it already. */
struct duet_crl_given {
	struct duet_bytes der;
	/* The key under which it was verified before; NULL: it never was. */
	const struct duet_pin *verified_by;
	struct duet_crl_walk walk;
	bool on_trial; /* if it tells nothing, the same is still wanted */
};
/* As duet_tls_crl_give(). */
DUET_CHECK int duet_tls_crl_give_known(struct duet_tls *tls,
				       const struct duet_crl_given *given,
				       struct duet_error *err);
/* The name that was asked for, as in duet_tls_peer(); NULL: none. */
const char *duet_tls_server_name(const struct duet_tls *tls);

#endif
