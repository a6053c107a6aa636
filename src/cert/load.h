/* SPDX-License-Identifier: MIT */
/*
 * cert/load.h - certificates, keys and CRLs out of bytes.
 *
 * what names the source in sentences ("'server.pem'"), printable already.
 * Every call fails with DUET_E_PEM (none of what is looked for, or damage
 * anywhere), DUET_E_LIMIT or DUET_E_NOMEM, besides what it says below, and
 * leaves the host's OpenSSL error queue alone. None ever asks a terminal.
 */
#ifndef DUET_CERT_LOAD_H
#define DUET_CERT_LOAD_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <duet/error.h>

/* Every certificate of a PEM text, in its order; other blocks are passed over.
 * *ret_chain is new, for sk_X509_pop_free(, X509_free). */
DUET_CHECK int duet_load_chain(struct duet_bytes pem, const char *what,
			       STACK_OF(X509) **ret_chain,
			       struct duet_error *err);
/*
 * The first private key of a PEM text, PKCS#8 or traditional. passphrase NULL:
 * it must not be encrypted. DUET_E_PASSPHRASE (missing or wrong),
 * DUET_E_UNSUPPORTED (encrypted in a way OpenSSL no longer does).
 */
DUET_CHECK int duet_load_key(struct duet_bytes pem, const char *passphrase,
			     const char *what, EVP_PKEY **ret_key,
			     struct duet_error *err);
/*
 * Chain (the key's certificate first) and key of a PKCS#12. passphrase NULL is
 * tried as none and as an empty one. Fails as duet_load_key(), and refuses a
 * file without a MAC or with an absurd iteration count.
 */
DUET_CHECK int duet_load_p12(struct duet_bytes p12, const char *passphrase,
			     const char *what, STACK_OF(X509) **ret_chain,
			     EVP_PKEY **ret_key, struct duet_error *err);
/* Whether it is whole PEM of other things only: certificates, keys. */
bool duet_load_is_pem_without_crl(struct duet_bytes pem);
/* Every CRL of a PEM text, or one in DER. For sk_X509_CRL_pop_free(). */
DUET_CHECK int duet_load_crls(struct duet_bytes pem_or_der, const char *what,
			      STACK_OF(X509_CRL) **ret_crls,
			      struct duet_error *err);

/* The first request of a PEM text. For X509_REQ_free(). */
DUET_CHECK int duet_load_request(struct duet_bytes pem, const char *what,
				 X509_REQ **ret_request,
				 struct duet_error *err);

/* The sentence for a source without any of that kind ("certificate"): what is
 * there instead, if that is plain. */
int duet_load_found_none(struct duet_bytes bytes, const char *kind,
			 const char *what, struct duet_error *err);

/* It begins as a DER SEQUENCE does, which no text does. */
bool duet_load_is_der(struct duet_bytes bytes);
/* Whether certificates, or requests, or private keys, carry this PEM
 * label. */
bool duet_load_is_cert_label(const char *label);
bool duet_load_is_request_label(const char *label);
bool duet_load_is_key_label(const char *label);

#endif
