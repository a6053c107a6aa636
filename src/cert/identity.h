/* SPDX-License-Identifier: MIT */
/*
 * cert/identity.h - what is inside a struct duet_identity (duet/tls.h). Never
 * changed after it was made, so any thread may look. All borrowed.
 */
#ifndef DUET_CERT_IDENTITY_H
#define DUET_CERT_IDENTITY_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <duet/tls.h>

X509 *duet_identity_leaf(const struct duet_identity *identity);
/* The issuers that came with it, nearest first; perhaps empty, never NULL. */
STACK_OF(X509) *duet_identity_rest(const struct duet_identity *identity);
EVP_PKEY *duet_identity_key(const struct duet_identity *identity);

#endif
