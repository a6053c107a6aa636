/* SPDX-License-Identifier: MIT */
/* cert/authority.h - what an identity may sign, and whether it did. */
#ifndef DUET_CERT_AUTHORITY_H
#define DUET_CERT_AUTHORITY_H

#include <openssl/x509.h>

#include <duet/tls.h>

#include "cert/spec.h"

/*
 * Whether ca is a CA, and may sign this: its key usage, its path length, its
 * constraints and those of the CAs above it. DUET_OK or DUET_E_ARGUMENT with
 * a sentence that names both.
 */
DUET_CHECK int duet_authority_check(const struct duet_identity *ca,
				    const struct duet_spec *spec,
				    struct duet_error *err);
/* The same for a CRL. */
DUET_CHECK int duet_authority_check_crl(const struct duet_identity *ca,
					struct duet_error *err);
/* No certificate outlives its CA: refuse an end that was asked for, take the
 * CA's own for one that was not. */
DUET_CHECK int duet_authority_limit_end(const struct duet_identity *ca,
					struct duet_spec *spec,
					struct duet_error *err);
/* Verify cert as a strict client that trusts ca (NULL: cert itself) would. */
DUET_CHECK int duet_authority_verify(const struct duet_identity *ca, X509 *cert,
				     const struct duet_spec *spec,
				     struct duet_error *err);

#endif
