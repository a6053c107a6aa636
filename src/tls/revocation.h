/* SPDX-License-Identifier: MIT */
/*
 * tls/revocation.h - whether the certificates of a verified chain were
 * revoked: what must be known for that, and the verdict. No I/O: the lists are
 * asked for, and given.
 *
 *	verify callback -> begin: the chain, and what is stapled
 *	   |  settled: all is known -> may_go_on: the verdict
 *	   |  not: the handshake is suspended (SSL_set_retry_verify(3))
 *	   v
 *	wanted -> give or missing, until all is known -> handshake goes on, and
 *	   the verify callback comes once more
 *
 * Each certificate is asked of its own CRLs in turn, the server's own first;
 * one that is revoked ends it.
 */
#ifndef DUET_TLS_REVOCATION_H
#define DUET_TLS_REVOCATION_H

#include <openssl/x509.h>

#include <duet/tls.h>

#include "cert/crl_points.h"
#include "tls/engine.h"

enum {
	DUET_CLOCK_SLACK_S = 300, /* by which clocks may differ */
	DUET_SHORT_LIVED_S = 7 * 86400,
};

/* One certificate, and what is known of it. */
struct duet_revocable {
	X509 *cert;
	X509 *issuer;
	struct duet_crl_points points;
	size_t at; /* of the points, the one that is wanted */
	struct duet_revocation_facts facts;
	char subject[96];
	char issuer_name[96];
	char number[48];
	char words[640];
};

struct duet_revocables {
	struct duet_revocable *certs;
	size_t n;
	size_t at; /* the one that is asked about; n: all is known */
};

/* From the verify callback, once. DUET_OK, DUET_E_NOMEM. */
DUET_CHECK int duet_revocation_begin(struct duet_tls *tls,
				     STACK_OF(X509) *chain);
/* Whether the handshake must wait for a list. */
bool duet_revocation_waits(const struct duet_tls *tls);
/* All is known: X509_V_OK, or what the chain is refused for, which is put in
 * words; *ret_depth is of which certificate. */
int duet_revocation_verdict(struct duet_tls *tls, int *ret_depth);
/* Until when it holds; INT64_MAX: nobody asked. */
int64_t duet_revocation_holds_until(const struct duet_tls *tls);
void duet_revocation_free(struct duet_revocables *revocation);

/* revocation_judge.c */

/* What a list says at time now; any_time: its dates do not matter. The facts
 * are filled, and .state is set if it says something. Otherwise the doubt is,
 * and its words. DUET_OK, DUET_E_NO_CRL, DUET_E_NOMEM. */
DUET_CHECK int duet_revocation_judge(struct duet_revocable *cert,
				     const struct duet_crl_given *given,
				     int64_t now, bool any_time);
/* "the CRL at 'http://...' is ...": doubt and its words. */
void duet_revocation_doubt(struct duet_revocable *cert,
			   enum duet_revocation_doubt doubt, const char *fmt,
			   ...) DUET_PRINTF(3, 4);
/* Keep the sentence about a certificate that was revoked. */
void duet_revocation_say_revoked(struct duet_tls *tls, X509 *cert, int depth,
				 int64_t when, int reason);

#endif
