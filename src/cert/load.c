/* SPDX-License-Identifier: MIT */
#include "cert/load.h"

#include <limits.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cert/ossl.h"
#include "cert/pem.h"

enum {
	CERTS_MAX = 10000, /* a bundle of roots holds 150 */
	CRLS_MAX = 10000,
};

bool duet_load_is_der(struct duet_bytes bytes)
{
	const unsigned char *p = bytes.data;

	/* A SEQUENCE of indefinite length (0x80) would be BER. */
	return bytes.len >= 2 && p[0] == 0x30 && p[1] != 0x80;
}

bool duet_load_is_cert_label(const char *label)
{
	return strcmp(label, "CERTIFICATE") == 0 ||
	       strcmp(label, "X509 CERTIFICATE") == 0 ||
	       strcmp(label, "TRUSTED CERTIFICATE") == 0;
}

bool duet_load_is_request_label(const char *label)
{
	return strcmp(label, "CERTIFICATE REQUEST") == 0 ||
	       strcmp(label, "NEW CERTIFICATE REQUEST") == 0;
}

bool duet_load_is_key_label(const char *label)
{
	return strcmp(label, "PRIVATE KEY") == 0 ||
	       duet_str_ends(label, " PRIVATE KEY");
}

int duet_load_found_none(struct duet_bytes bytes, const char *kind,
			 const char *what, struct duet_error *err)
{
	if (duet_load_is_der(bytes))
		return duet_error_set(err, DUET_E_PEM,
				      "%s: no %s in it: it is not PEM but binary (DER or PKCS#12)",
				      what, kind);
	if (bytes.len == 0)
		return duet_error_set(err, DUET_E_PEM, "%s: it is empty", what);
	return duet_error_set(err, DUET_E_PEM, "%s: no %s in it", what, kind);
}

static int too_many(const char *kind, const char *what, struct duet_error *err)
{
	return duet_error_set(err, DUET_E_LIMIT, "%s: too many %s in it", what,
			      kind);
}

static int decode_cert(const struct duet_pem_block *block, const char *what,
		       X509 **ret, struct duet_error *err)
{
	const unsigned char *p;
	unsigned char *der;
	X509 *cert = NULL;
	long len;
	int rc;

	rc = duet_pem_decode(block, what, &der, &len, err);
	if (rc != DUET_OK)
		return rc;
	p = der;
	if (strcmp(block->label, "TRUSTED CERTIFICATE") == 0)
		cert = d2i_X509_AUX(NULL, &p, len);
	else
		cert = d2i_X509(NULL, &p, len);
	if (cert == NULL || p != der + len) {
		X509_free(cert);
		rc = duet_pem_damaged(block, what, err);
	} else {
		*ret = cert;
	}
	OPENSSL_free(der);
	return rc;
}

static int push_cert(STACK_OF(X509) *chain, X509 *cert, struct duet_error *err)
{
	if (sk_X509_push(chain, cert) > 0)
		return DUET_OK;
	X509_free(cert);
	return duet_error_nomem(err);
}

static int read_chain(struct duet_bytes pem, const char *what,
		      STACK_OF(X509) *chain, struct duet_error *err)
{
	struct duet_pem_reader reader;
	struct duet_pem_block block;
	X509 *cert = NULL;
	int rc;

	duet_pem_reader_init(&reader, pem, what);
	while ((rc = duet_pem_next(&reader, &block, err)) == DUET_OK) {
		if (!duet_load_is_cert_label(block.label))
			continue;
		if (sk_X509_num(chain) >= CERTS_MAX)
			return too_many("certificates", what, err);
		rc = decode_cert(&block, what, &cert, err);
		if (rc == DUET_OK)
			rc = push_cert(chain, cert, err);
		if (rc != DUET_OK)
			return rc;
	}
	if (rc != DUET_EOF)
		return rc;
	if (sk_X509_num(chain) == 0)
		return duet_load_found_none(pem, "certificate", what, err);
	return DUET_OK;
}

int duet_load_chain(struct duet_bytes pem, const char *what,
		    STACK_OF(X509) **ret_chain, struct duet_error *err)
{
	struct duet_ossl_queue queue;
	STACK_OF(X509) *chain;
	int rc;

	duet_ossl_queue_save(&queue);
	chain = sk_X509_new_null();
	if (chain == NULL)
		rc = duet_error_nomem(err);
	else
		rc = read_chain(pem, what, chain, err);
	if (rc == DUET_OK)
		*ret_chain = chain;
	else
		sk_X509_pop_free(chain, X509_free);
	duet_ossl_queue_restore(&queue);
	return rc;
}

static int push_crl(STACK_OF(X509_CRL) *crls, X509_CRL *crl,
		    struct duet_error *err)
{
	if (sk_X509_CRL_push(crls, crl) > 0)
		return DUET_OK;
	X509_CRL_free(crl);
	return duet_error_nomem(err);
}

static int read_der_crl(struct duet_bytes der, const char *what,
			STACK_OF(X509_CRL) *crls, struct duet_error *err)
{
	const unsigned char *p = der.data;
	X509_CRL *crl = NULL;

	if (der.len > LONG_MAX)
		return duet_error_set(err, DUET_E_LIMIT, "%s: it is too long",
				      what);
	crl = d2i_X509_CRL(NULL, &p, (long)der.len);
	if (crl == NULL || p != (const unsigned char *)der.data + der.len) {
		X509_CRL_free(crl);
		return duet_ossl_error_set(err, DUET_E_PEM,
					   "%s: it is binary, but not a whole CRL in DER",
					   what);
	}
	return push_crl(crls, crl, err);
}

static int decode_crl(const struct duet_pem_block *block, const char *what,
		      X509_CRL **ret, struct duet_error *err)
{
	const unsigned char *p;
	unsigned char *der;
	X509_CRL *crl = NULL;
	long len;
	int rc;

	rc = duet_pem_decode(block, what, &der, &len, err);
	if (rc != DUET_OK)
		return rc;
	p = der;
	crl = d2i_X509_CRL(NULL, &p, len);
	if (crl == NULL || p != der + len) {
		X509_CRL_free(crl);
		rc = duet_pem_damaged(block, what, err);
	} else {
		*ret = crl;
	}
	OPENSSL_free(der);
	return rc;
}

static bool is_crl_label(const char *label)
{
	return strcmp(label, "X509 CRL") == 0;
}

bool duet_load_is_pem_without_crl(struct duet_bytes pem)
{
	struct duet_pem_reader reader;
	struct duet_pem_block block;
	size_t n = 0;
	int rc;

	duet_pem_reader_init(&reader, pem, "");
	while ((rc = duet_pem_next(&reader, &block, NULL)) == DUET_OK) {
		if (is_crl_label(block.label))
			return false;
		n++;
	}
	return rc == DUET_EOF && n > 0;
}

static int read_pem_crls(struct duet_bytes pem, const char *what,
			 STACK_OF(X509_CRL) *crls, struct duet_error *err)
{
	struct duet_pem_reader reader;
	struct duet_pem_block block;
	X509_CRL *crl = NULL;
	int rc;

	duet_pem_reader_init(&reader, pem, what);
	while ((rc = duet_pem_next(&reader, &block, err)) == DUET_OK) {
		if (!is_crl_label(block.label))
			continue;
		if (sk_X509_CRL_num(crls) >= CRLS_MAX)
			return too_many("CRLs", what, err);
		rc = decode_crl(&block, what, &crl, err);
		if (rc == DUET_OK)
			rc = push_crl(crls, crl, err);
		if (rc != DUET_OK)
			return rc;
	}
	if (rc != DUET_EOF)
		return rc;
	if (sk_X509_CRL_num(crls) == 0)
		return duet_load_found_none(pem, "CRL", what, err);
	return DUET_OK;
}

int duet_load_crls(struct duet_bytes pem_or_der, const char *what,
		   STACK_OF(X509_CRL) **ret_crls, struct duet_error *err)
{
	struct duet_ossl_queue queue;
	STACK_OF(X509_CRL) *crls;
	int rc;

	duet_ossl_queue_save(&queue);
	crls = sk_X509_CRL_new_null();
	if (crls == NULL)
		rc = duet_error_nomem(err);
	else if (duet_load_is_der(pem_or_der))
		rc = read_der_crl(pem_or_der, what, crls, err);
	else
		rc = read_pem_crls(pem_or_der, what, crls, err);
	if (rc == DUET_OK)
		*ret_crls = crls;
	else
		sk_X509_CRL_pop_free(crls, X509_CRL_free);
	duet_ossl_queue_restore(&queue);
	return rc;
}

static int decode_request(const struct duet_pem_block *block, const char *what,
			  X509_REQ **ret, struct duet_error *err)
{
	const unsigned char *p;
	unsigned char *der;
	X509_REQ *req;
	long len;
	int rc;

	rc = duet_pem_decode(block, what, &der, &len, err);
	if (rc != DUET_OK)
		return rc;
	p = der;
	req = d2i_X509_REQ(NULL, &p, len);
	if (req == NULL || p != der + len) {
		X509_REQ_free(req);
		rc = duet_pem_damaged(block, what, err);
	} else {
		*ret = req;
	}
	OPENSSL_free(der);
	return rc;
}

static int read_request(struct duet_bytes pem, const char *what, X509_REQ **ret,
			struct duet_error *err)
{
	struct duet_pem_reader reader;
	struct duet_pem_block block;
	int rc;

	duet_pem_reader_init(&reader, pem, what);
	while ((rc = duet_pem_next(&reader, &block, err)) == DUET_OK)
		if (duet_load_is_request_label(block.label))
			return decode_request(&block, what, ret, err);
	if (rc != DUET_EOF)
		return rc;
	return duet_load_found_none(pem, "certificate request", what, err);
}

int duet_load_request(struct duet_bytes pem, const char *what,
		      X509_REQ **ret_request, struct duet_error *err)
{
	struct duet_ossl_queue queue;
	int rc;

	duet_ossl_queue_save(&queue);
	rc = read_request(pem, what, ret_request, err);
	duet_ossl_queue_restore(&queue);
	return rc;
}
