/* SPDX-License-Identifier: MIT */
/* cert/build.h - one certificate made out of a specification and signed. */
#ifndef DUET_CERT_BUILD_H
#define DUET_CERT_BUILD_H

#include <openssl/x509.h>

#include <duet/tls.h>

#include "cert/spec.h"

struct duet_cert_order {
	struct duet_spec *spec;
	EVP_PKEY *key;                  /* whom it is for */
	const struct duet_identity *ca; /* NULL: signed by key itself */
	const X509_NAME *subject;       /* NULL: that of the spec */
};

/*
 * Build, sign, and then verify as a strict client would, so that nothing is
 * handed out that would be refused. *ret_cert is the caller's. DUET_E_ARGUMENT
 * when ca may not sign this, DUET_E_NOMEM.
 */
DUET_CHECK int duet_cert_build(const struct duet_cert_order *order,
			       X509 **ret_cert, struct duet_error *err);

/* The same without the verification: what comes out may be of no use. The
 * caller's; NULL with OpenSSL's queue saying why. */
X509 *duet_cert_make_unverified(const struct duet_cert_order *order);

/*
 * Check what ca (which must be there) may sign and till when, build, and write
 * the chain: the new certificate and those of the CAs, but no root. As above.
 */
DUET_CHECK int duet_cert_issue_order(const struct duet_cert_order *order,
				     struct duet_buffer *ret_pem,
				     struct duet_error *err);

/* The subject a spec describes, which is never empty if self-signed; NULL with
 * OpenSSL's queue saying why. */
X509_NAME *duet_cert_subject(const struct duet_spec *spec, bool self_signed);

#endif
