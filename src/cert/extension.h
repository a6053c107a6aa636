/* SPDX-License-Identifier: MIT */
/* cert/extension.h - the extensions of RFC 5280 s4.2 that we write. */
#ifndef DUET_CERT_EXTENSION_H
#define DUET_CERT_EXTENSION_H

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "cert/spec.h"

/*
 * What a certificate for key and subject and a request for one both carry.
 * False: OpenSSL's queue says why. *list may be NULL at first, and is the
 * caller's also after a failure.
 */
DUET_CHECK bool duet_extension_of_spec(STACK_OF(X509_EXTENSION) **list,
				       const struct duet_spec *spec,
				       const EVP_PKEY *key,
				       const X509_NAME *subject);
/* What only an issuer writes: name constraints, CRL distribution point. */
DUET_CHECK bool duet_extension_of_issuer(STACK_OF(X509_EXTENSION) **list,
					 const struct duet_spec *spec);
/* Who signs whom: the keys' identifiers. issuer NULL: cert itself. */
DUET_CHECK bool duet_extension_key_ids(X509 *cert, const X509 *issuer);
/* The issuer's identifier for a CRL. */
DUET_CHECK bool duet_extension_crl_key_id(X509_CRL *crl, const X509 *issuer);

/* One name in OpenSSL's form; NULL without memory. */
GENERAL_NAME *duet_extension_name(const struct duet_name *name);

#endif
