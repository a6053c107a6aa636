/* SPDX-License-Identifier: MIT */
#include <openssl/pem.h>

#include "base/error.h"
#include "cert/authority.h"
#include "cert/build.h"
#include "cert/identity.h"
#include "cert/key.h"
#include "cert/ossl.h"
#include "cert/write.h"

/* A root is what the other side has, or must not take from us. */
static bool write_issuer(BIO *bio, X509 *cert)
{
	return X509_self_signed(cert, 0) == 1 ||
	       PEM_write_bio_X509(bio, cert) == 1;
}

static int write_chain(X509 *cert, const struct duet_identity *ca,
		       struct duet_buffer *ret_pem, struct duet_error *err)
{
	STACK_OF(X509) *above = ca != NULL ? duet_identity_rest(ca) : NULL;
	BIO *bio = duet_write_new();
	bool done;
	int rc;
	int i;

	done = bio != NULL && PEM_write_bio_X509(bio, cert) == 1;
	if (ca != NULL)
		done = done && write_issuer(bio, duet_identity_leaf(ca));
	for (i = 0; done && i < sk_X509_num(above); i++)
		done = write_issuer(bio, sk_X509_value(above, i));
	if (done)
		rc = duet_write_take(bio, ret_pem, err);
	else
		rc = duet_ossl_error_set(err, DUET_E_NOMEM,
					 "cannot write the certificate");
	BIO_free(bio);
	return rc;
}

static int self_signed(const struct duet_key *key, struct duet_spec *spec,
		       struct duet_buffer *ret_pem, struct duet_error *err)
{
	const struct duet_cert_order order = {
		.spec = spec,
		.key = duet_key_pkey(key),
	};
	X509 *cert;
	int rc;

	rc = duet_spec_check_names(spec, err);
	if (rc != DUET_OK)
		return rc;
	rc = duet_cert_build(&order, &cert, err);
	if (rc != DUET_OK)
		return rc;
	rc = write_chain(cert, NULL, ret_pem, err);
	X509_free(cert);
	return rc;
}

int duet_cert_self_signed(const struct duet_key *key,
			  const struct duet_cert_spec *given,
			  struct duet_buffer *ret_pem, struct duet_error *err)
{
	struct duet_ossl_queue queue;
	struct duet_spec spec;
	int rc;

	rc = duet_spec_init(&spec, given, err);
	if (rc != DUET_OK)
		return rc;
	duet_ossl_queue_save(&queue);
	rc = self_signed(key, &spec, ret_pem, err);
	duet_ossl_queue_restore(&queue);
	duet_spec_done(&spec);
	return rc;
}

int duet_cert_issue_order(const struct duet_cert_order *order,
			  struct duet_buffer *ret_pem, struct duet_error *err)
{
	struct duet_spec *spec = order->spec;
	X509 *cert;
	int rc;

	rc = duet_spec_check_names(spec, err);
	if (rc == DUET_OK)
		rc = duet_authority_check(order->ca, spec, err);
	if (rc == DUET_OK)
		rc = duet_authority_limit_end(order->ca, spec, err);
	if (rc == DUET_OK)
		rc = duet_cert_build(order, &cert, err);
	if (rc != DUET_OK)
		return rc;
	rc = write_chain(cert, order->ca, ret_pem, err);
	X509_free(cert);
	return rc;
}

int duet_cert_issue(const struct duet_identity *ca, const struct duet_key *key,
		    const struct duet_cert_spec *given,
		    struct duet_buffer *ret_pem, struct duet_error *err)
{
	struct duet_ossl_queue queue;
	struct duet_spec spec;
	struct duet_cert_order order = {
		.spec = &spec,
		.key = duet_key_pkey(key),
		.ca = ca,
	};
	int rc;

	rc = duet_spec_init(&spec, given, err);
	if (rc != DUET_OK)
		return rc;
	duet_ossl_queue_save(&queue);
	rc = duet_cert_issue_order(&order, ret_pem, err);
	duet_ossl_queue_restore(&queue);
	duet_spec_done(&spec);
	return rc;
}
