/* SPDX-License-Identifier: MIT */
/* cert/crl_points.h - where a certificate says that its issuer's CRL is
 * (RFC 5280 s4.2.1.13). */
#ifndef DUET_CERT_CRL_POINTS_H
#define DUET_CERT_CRL_POINTS_H

#include <openssl/x509.h>

#include <duet/error.h>

enum {
	DUET_POINTS_MAX = 8, /* tried of one certificate */
	DUET_POINT_URL_MAX = 2048,
};

struct duet_crl_points {
	char *urls[DUET_POINTS_MAX]; /* http://..., in the order given */
	size_t n;
	char *other; /* one that is none of them; NULL: there is none */
};

/*
 * Those of its own issuer and for all reasons, over plain HTTP: the others,
 * https:// and ldap:// among them, are passed over. Strangers wrote them, so
 * one with other bytes than printable ASCII is no URL. ret is new. DUET_OK,
 * also with none; DUET_E_NOMEM.
 */
DUET_CHECK int duet_crl_points_of(X509 *cert, struct duet_crl_points *ret);
void duet_crl_points_done(struct duet_crl_points *points);

#endif
