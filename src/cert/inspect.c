/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/opts.h"
#include "cert/inspect_int.h"
#include "cert/load.h"
#include "cert/ossl.h"
#include "cert/pem.h"

enum {
	FINDINGS_MAX = 10000,
	FIRST_FINDINGS = 4,
};

static const char what[] = "the text";

static struct duet_finding *add_finding(struct duet_inspection *inspection)
{
	size_t cap = inspection->cap > 0 ? inspection->cap * 2 : FIRST_FINDINGS;
	struct duet_finding *findings;

	if (inspection->n == inspection->cap) {
		findings = duet_mem_resize(inspection->findings,
					   cap * sizeof(*findings));
		if (findings == NULL)
			return NULL;
		inspection->findings = findings;
		inspection->cap = cap;
	}
	findings = &inspection->findings[inspection->n++];
	memset(findings, 0, sizeof(*findings));
	return findings;
}

/* DUET_OK; DUET_EOF when it is not such a thing; DUET_E_NOMEM. */
typedef int try_fn(struct duet_finding *finding, const unsigned char *der,
		   long len);

/* whole: nothing was behind it. */
static int take_cert(struct duet_finding *finding, X509 *cert, bool whole)
{
	int rc = DUET_EOF;

	if (cert != NULL && whole)
		rc = duet_finding_of_cert(finding, cert) ? DUET_OK
							 : DUET_E_NOMEM;
	X509_free(cert);
	return rc;
}

static int try_cert(struct duet_finding *finding, const unsigned char *der,
		    long len)
{
	const unsigned char *p = der;
	X509 *cert = d2i_X509(NULL, &p, len);

	return take_cert(finding, cert, p == der + len);
}

/* A certificate with OpenSSL's own notes on trust behind it. */
static int try_trusted_cert(struct duet_finding *finding,
			    const unsigned char *der, long len)
{
	const unsigned char *p = der;
	X509 *cert = d2i_X509_AUX(NULL, &p, len);

	return take_cert(finding, cert, p == der + len);
}

static int try_request(struct duet_finding *finding, const unsigned char *der,
		       long len)
{
	const unsigned char *p = der;
	X509_REQ *req = d2i_X509_REQ(NULL, &p, len);
	int rc = DUET_EOF;

	if (req != NULL && p == der + len)
		rc = duet_finding_of_request(finding, req) ? DUET_OK
							   : DUET_E_NOMEM;
	X509_REQ_free(req);
	return rc;
}

static int try_crl(struct duet_finding *finding, const unsigned char *der,
		   long len)
{
	const unsigned char *p = der;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, len);
	int rc = DUET_EOF;

	if (crl != NULL && p == der + len)
		rc = duet_finding_of_crl(finding, crl) ? DUET_OK : DUET_E_NOMEM;
	X509_CRL_free(crl);
	return rc;
}

static int try_key(struct duet_finding *finding, const unsigned char *der,
		   long len)
{
	const unsigned char *p = der;
	EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &p, len);
	int rc = DUET_EOF;

	if (pkey != NULL && p == der + len)
		rc = duet_finding_of_key(finding, pkey) ? DUET_OK
							: DUET_E_NOMEM;
	EVP_PKEY_free(pkey);
	return rc;
}

/* A PKCS#8 that is encrypted: named as such. */
static int try_sealed_key(struct duet_finding *finding,
			  const unsigned char *der, long len)
{
	const unsigned char *p = der;
	X509_SIG *sealed = d2i_X509_SIG(NULL, &p, len);
	const X509_ALGOR *algor;
	const ASN1_OBJECT *object;
	int rc = DUET_EOF;

	if (sealed == NULL || p != der + len)
		goto out;
	X509_SIG_get0(sealed, &algor, NULL);
	X509_ALGOR_get0(&object, NULL, NULL, algor);
	/* A bare digest has the same form, but not such an algorithm. */
	if (EVP_PBE_find(EVP_PBE_TYPE_OUTER, OBJ_obj2nid(object), NULL, NULL,
			 NULL) == 1)
		rc = duet_finding_of_key(finding, NULL) ? DUET_OK
							: DUET_E_NOMEM;
out:
	X509_SIG_free(sealed);
	return rc;
}

static int try_one(struct duet_inspection *inspection, try_fn *try,
		   const unsigned char *der, long len)
{
	struct duet_finding *finding = add_finding(inspection);
	int rc;

	if (finding == NULL)
		return DUET_E_NOMEM;
	rc = try(finding, der, len);
	if (rc != DUET_OK) {
		duet_finding_done(finding);
		inspection->n--;
	}
	return rc;
}

static bool is_p12(const unsigned char *der, long len)
{
	const unsigned char *p = der;
	PKCS12 *p12 = d2i_PKCS12(NULL, &p, len);

	PKCS12_free(p12);
	return p12 != NULL;
}

static int inspect_der(struct duet_inspection *inspection,
		       struct duet_bytes bytes, struct duet_error *err)
{
	static try_fn *const tries[] = { try_cert, try_request, try_crl,
					 try_sealed_key, try_key };
	const unsigned char *der = bytes.data;
	int rc = DUET_EOF;
	size_t i;

	if (bytes.len > LONG_MAX)
		return duet_error_set(err, DUET_E_LIMIT, "%s is too long",
				      what);
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]) && rc == DUET_EOF; i++)
		rc = try_one(inspection, tries[i], der, (long)bytes.len);
	if (rc == DUET_E_NOMEM)
		return duet_error_nomem(err);
	if (rc != DUET_EOF)
		return rc;
	if (is_p12(der, (long)bytes.len))
		return duet_ossl_error_set(err, DUET_E_PEM,
					   "this is a PKCS#12: only who has its passphrase can look inside");
	return duet_ossl_error_set(err, DUET_E_PEM,
				   "this is binary, but no certificate, request, CRL or private key in DER");
}

static try_fn *try_for_label(const char *label)
{
	if (strcmp(label, "TRUSTED CERTIFICATE") == 0)
		return try_trusted_cert;
	if (duet_load_is_cert_label(label))
		return try_cert;
	if (duet_load_is_request_label(label))
		return try_request;
	if (strcmp(label, "X509 CRL") == 0)
		return try_crl;
	return NULL;
}

static int inspect_key(struct duet_inspection *inspection,
		       const struct duet_pem_block *block,
		       struct duet_error *err)
{
	struct duet_finding *finding;
	EVP_PKEY *pkey = NULL;
	int rc;

	rc = duet_load_key(block->text, NULL, what, &pkey, err);
	if (rc == DUET_E_NOMEM)
		return rc;
	if (rc == DUET_E_PEM)
		return duet_pem_damaged(block, what, err);
	/* Whatever else is wrong with it, it is encrypted. */
	finding = add_finding(inspection);
	if (finding == NULL || !duet_finding_of_key(finding, pkey))
		rc = duet_error_nomem(err);
	else
		rc = DUET_OK;
	EVP_PKEY_free(pkey);
	return rc;
}

static int inspect_block(struct duet_inspection *inspection,
			 const struct duet_pem_block *block,
			 struct duet_error *err)
{
	try_fn *try = try_for_label(block->label);
	unsigned char *der;
	long len;
	int rc;

	if (duet_load_is_key_label(block->label))
		return inspect_key(inspection, block, err);
	if (try == NULL)
		return DUET_OK; /* parameters, public keys, messages */
	rc = duet_pem_decode(block, what, &der, &len, err);
	if (rc != DUET_OK)
		return rc;
	rc = try_one(inspection, try, der, len);
	if (rc == DUET_E_NOMEM)
		rc = duet_error_nomem(err);
	else if (rc == DUET_EOF)
		rc = duet_pem_damaged(block, what, err);
	OPENSSL_free(der);
	return rc;
}

static int inspect_pem(struct duet_inspection *inspection,
		       struct duet_bytes pem, struct duet_error *err)
{
	struct duet_pem_reader reader;
	struct duet_pem_block block;
	int rc;

	duet_pem_reader_init(&reader, pem, what);
	while ((rc = duet_pem_next(&reader, &block, err)) == DUET_OK) {
		if (inspection->n == FINDINGS_MAX)
			return duet_error_set(err, DUET_E_LIMIT,
					      "%s: more than %d blocks", what,
					      FINDINGS_MAX);
		rc = inspect_block(inspection, &block, err);
		if (rc != DUET_OK)
			return rc;
	}
	if (rc != DUET_EOF)
		return rc;
	if (inspection->n == 0)
		return duet_error_set(err, DUET_E_PEM,
				      "no certificate, request, CRL or private key in it, neither PEM nor DER");
	return DUET_OK;
}

struct duet_inspection *duet_inspect(struct duet_bytes pem_or_der,
				     struct duet_error *err)
{
	struct duet_ossl_queue queue;
	struct duet_inspection *inspection;
	int rc;

	inspection = duet_mem_zalloc(sizeof(*inspection));
	if (inspection == NULL) {
		(void)duet_error_nomem(err);
		return NULL;
	}
	duet_ossl_queue_save(&queue);
	if (duet_load_is_der(pem_or_der))
		rc = inspect_der(inspection, pem_or_der, err);
	else
		rc = inspect_pem(inspection, pem_or_der, err);
	duet_ossl_queue_restore(&queue);
	if (rc == DUET_OK)
		return inspection;
	duet_inspection_free(inspection);
	return NULL;
}

void duet_inspection_free(struct duet_inspection *inspection)
{
	size_t i;

	if (inspection == NULL)
		return;
	for (i = 0; i < inspection->n; i++)
		duet_finding_done(&inspection->findings[i]);
	duet_mem_free(inspection->findings);
	duet_mem_free(inspection);
}

size_t duet_inspection_count(const struct duet_inspection *inspection)
{
	return inspection->n;
}

static const char *text_or_none(const char *text)
{
	return text != NULL ? text : "";
}

static const char *const *list_of(const struct duet_strings *strings)
{
	static const char *const none[] = { NULL };

	return strings->n > 0 ? (const char *const *)strings->items : none;
}

int duet_inspection_get(const struct duet_inspection *inspection, size_t i,
			struct duet_facts_cert *ret_facts)
{
	const struct duet_finding *finding;
	struct duet_facts_cert facts = { .size = sizeof(facts) };

	if (i >= inspection->n || ret_facts->size < sizeof(size_t))
		return DUET_E_ARGUMENT;
	finding = &inspection->findings[i];
	facts.kind = finding->kind;
	facts.subject = text_or_none(finding->subject);
	facts.issuer = text_or_none(finding->issuer);
	facts.serial = text_or_none(finding->serial);
	facts.key = text_or_none(finding->key);
	facts.signature = text_or_none(finding->signature);
	facts.usage = text_or_none(finding->usage);
	facts.crl_url = text_or_none(finding->crl_url);
	facts.sha256 = text_or_none(finding->sha256);
	facts.spki_sha256 = text_or_none(finding->spki_sha256);
	facts.names = list_of(&finding->names);
	facts.permitted = list_of(&finding->permitted);
	facts.revoked = list_of(&finding->revoked);
	facts.not_before = finding->not_before;
	facts.not_after = finding->not_after;
	facts.is_ca = finding->is_ca;
	facts.self_signed = finding->self_signed;
	facts.issuer_url = text_or_none(finding->issuer_url);
	duet_opts_return(ret_facts, &facts, sizeof(facts));
	return DUET_OK;
}
