/* SPDX-License-Identifier: MIT */
#include "cert/fault.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "cert/build.h"
#include "cert/identity.h"
#include "cert/ossl.h"
#include "cert/write.h"

enum {
	WEAK_BITS = 1024,
};

/* RFC 7633 s4: the status request is a feature that the server must have. */
static bool add_must_staple(X509 *cert)
{
	X509_EXTENSION *extension;
	bool done;

	extension = X509V3_EXT_conf_nid(NULL, NULL, NID_tlsfeature,
					"status_request");
	done = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return done;
}

/* Signed once more: a certificate is what its last signature covers. */
static X509 *make(const struct duet_cert_order *order,
		  const struct duet_cert_fault *fault)
{
	X509 *cert = duet_cert_make_unverified(order);

	if (cert != NULL && (!fault->must_staple || add_must_staple(cert)) &&
	    X509_sign(cert, duet_identity_key(order->ca),
		      fault->sha_1 ? EVP_sha1() : EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

static int write_both(X509 *cert, const EVP_PKEY *key, struct duet_buffer *ret,
		      struct duet_error *err)
{
	BIO *bio = duet_write_new();
	int rc;

	if (bio != NULL && PEM_write_bio_X509(bio, cert) == 1 &&
	    PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL,
					  NULL) == 1)
		rc = duet_write_take(bio, ret, err);
	else
		rc = duet_error_nomem(err);
	BIO_free(bio);
	return rc;
}

static int issue(struct duet_cert_order *order,
		 const struct duet_cert_fault *fault,
		 struct duet_buffer *ret_pem, struct duet_error *err)
{
	X509 *cert = NULL;
	EVP_PKEY *key;
	int rc;

	key = fault->rsa_1024 ? EVP_RSA_gen(WEAK_BITS) : EVP_EC_gen("P-256");
	order->key = key;
	if (key != NULL)
		cert = make(order, fault);
	if (cert != NULL)
		rc = write_both(cert, key, ret_pem, err);
	else
		rc = duet_ossl_error_set(err, DUET_E_UNSUPPORTED,
					 "OpenSSL refused to make a certificate that is wrong on purpose");
	X509_free(cert);
	EVP_PKEY_free(key);
	return rc;
}

int duet_cert_fault_issue(const struct duet_identity *ca,
			  const struct duet_cert_spec *given,
			  const struct duet_cert_fault *fault,
			  struct duet_buffer *ret_pem, struct duet_error *err)
{
	struct duet_ossl_queue queue;
	struct duet_spec spec;
	struct duet_cert_order order = { .spec = &spec, .ca = ca };
	int rc;

	rc = duet_spec_init(&spec, given, err);
	if (rc != DUET_OK)
		return rc;
	duet_ossl_queue_save(&queue);
	rc = issue(&order, fault, ret_pem, err);
	duet_ossl_queue_restore(&queue);
	duet_spec_done(&spec);
	return rc;
}
