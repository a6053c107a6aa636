/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <time.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "cert/authority.h"
#include "cert/extension.h"
#include "cert/identity.h"
#include "cert/key.h"
#include "cert/load.h"
#include "cert/ossl.h"
#include "cert/words.h"
#include "cert/write.h"

enum {
	CRL_DAYS = 7,
	CRL_DAYS_MAX = 36500,
	CRL_VERSION_2 = 1,
	DAY_SECONDS = 86400,
	/* As with certificates: clocks of clients are slow. Of the list alone:
	 * what it says of a certificate is when that was revoked. */
	EARLY_SECONDS = 3600,
};

static int refuse_cert(X509 *cert, const char *why, struct duet_error *err)
{
	char *dn = duet_words_dn(X509_get_subject_name(cert));
	int rc = duet_ossl_error_set(err, DUET_E_ARGUMENT,
				     "'%.150s' cannot be revoked here: %s",
				     dn != NULL ? dn : "?", why);

	duet_mem_free(dn);
	return rc;
}

static int check_issued(const struct duet_identity *ca, X509 *cert,
			struct duet_error *err)
{
	X509 *issuer = duet_identity_leaf(ca);

	if (X509_NAME_cmp(X509_get_issuer_name(cert),
			  X509_get_subject_name(issuer)) != 0)
		return refuse_cert(cert, "another CA has issued it", err);
	if (X509_verify(cert, X509_get0_pubkey(issuer)) != 1)
		return refuse_cert(cert,
				   "its signature is not this CA's, only the name of the issuer is",
				   err);
	if (X509_cmp(cert, issuer) == 0)
		return refuse_cert(cert,
				   "a CA's list cannot hold the CA itself: have it distrusted instead",
				   err);
	return DUET_OK;
}

static bool add_serial(X509_CRL *crl, const ASN1_INTEGER *serial,
		       const ASN1_TIME *when)
{
	X509_REVOKED *entry = X509_REVOKED_new();

	/* RFC 5280 s5.3.1: a reason of "unspecified" is left out. */
	if (entry != NULL &&
	    X509_REVOKED_set_serialNumber(entry, (ASN1_INTEGER *)serial) == 1 &&
	    X509_REVOKED_set_revocationDate(entry, (ASN1_TIME *)when) == 1 &&
	    X509_CRL_add0_revoked(crl, entry) == 1)
		return true;
	X509_REVOKED_free(entry);
	return false;
}

static int revoke(X509_CRL *crl, const struct duet_identity *ca,
		  struct duet_bytes pem, const ASN1_TIME *now,
		  struct duet_error *err)
{
	STACK_OF(X509) *chain = NULL;
	const ASN1_INTEGER *serial;
	X509_REVOKED *listed;
	X509 *cert;
	int rc;

	rc = duet_load_chain(pem, "the certificate to revoke", &chain, err);
	if (rc != DUET_OK)
		return rc;
	cert = sk_X509_value(chain, 0);
	serial = X509_get0_serialNumber(cert);
	rc = check_issued(ca, cert, err);
	/* 1: listed; 2: listed and removeFromCRL, which only deltas have. */
	if (rc == DUET_OK &&
	    X509_CRL_get0_by_serial(crl, &listed, (ASN1_INTEGER *)serial) ==
		    0 &&
	    !add_serial(crl, serial, now))
		rc = duet_error_nomem(err);
	sk_X509_pop_free(chain, X509_free);
	return rc;
}

static int check_previous(const struct duet_identity *ca, X509_CRL *previous,
			  struct duet_error *err)
{
	X509 *issuer = duet_identity_leaf(ca);

	if (X509_NAME_cmp(X509_CRL_get_issuer(previous),
			  X509_get_subject_name(issuer)) != 0 ||
	    X509_CRL_verify(previous, X509_get0_pubkey(issuer)) != 1)
		return duet_ossl_error_set(err, DUET_E_ARGUMENT,
					   "the earlier CRL is another CA's, or was changed after it was signed");
	return DUET_OK;
}

static bool copy_entries(X509_CRL *crl, X509_CRL *previous)
{
	STACK_OF(X509_REVOKED) *list = X509_CRL_get_REVOKED(previous);
	X509_REVOKED *copy;
	int i;

	for (i = 0; i < sk_X509_REVOKED_num(list); i++) {
		copy = X509_REVOKED_dup(sk_X509_REVOKED_value(list, i));
		if (copy == NULL || X509_CRL_add0_revoked(crl, copy) != 1) {
			X509_REVOKED_free(copy);
			return false;
		}
	}
	return true;
}

/* RFC 5280 s5.2.3: the number grows by one with every list. */
static bool set_number(X509_CRL *crl, X509_CRL *previous)
{
	ASN1_INTEGER *next = NULL;
	ASN1_INTEGER *last = NULL;
	BIGNUM *number = NULL;
	bool done = false;

	if (previous != NULL)
		last = X509_CRL_get_ext_d2i(previous, NID_crl_number, NULL,
					    NULL);
	number = last != NULL ? ASN1_INTEGER_to_BN(last, NULL) : BN_new();
	if (number == NULL || BN_add_word(number, 1) != 1)
		goto out;
	next = BN_to_ASN1_INTEGER(number, NULL);
	done = next != NULL &&
	       X509_CRL_add1_ext_i2d(crl, NID_crl_number, next, 0,
				     X509V3_ADD_DEFAULT) == 1;
out:
	ASN1_INTEGER_free(next);
	ASN1_INTEGER_free(last);
	BN_free(number);
	return done;
}

static bool set_head(X509_CRL *crl, X509 *issuer, time_t now, int32_t days)
{
	ASN1_TIME *begin = ASN1_TIME_set(NULL, now - EARLY_SECONDS);
	ASN1_TIME *end = ASN1_TIME_set(NULL, now + (time_t)days * DAY_SECONDS);
	bool done =
		begin != NULL && end != NULL &&
		X509_CRL_set_version(crl, CRL_VERSION_2) == 1 &&
		X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)) ==
			1 &&
		X509_CRL_set1_lastUpdate(crl, begin) == 1 &&
		X509_CRL_set1_nextUpdate(crl, end) == 1 &&
		duet_extension_crl_key_id(crl, issuer);

	ASN1_TIME_free(begin);
	ASN1_TIME_free(end);
	return done;
}

static int start_crl(const struct duet_identity *ca, X509_CRL *previous,
		     time_t now, int32_t days, X509_CRL **ret,
		     struct duet_error *err)
{
	X509_CRL *crl = X509_CRL_new();
	int rc = DUET_OK;

	if (previous != NULL)
		rc = check_previous(ca, previous, err);
	if (rc == DUET_OK &&
	    (crl == NULL || !set_head(crl, duet_identity_leaf(ca), now, days) ||
	     !set_number(crl, previous) ||
	     (previous != NULL && !copy_entries(crl, previous))))
		rc = duet_ossl_error_set(err, DUET_E_NOMEM,
					 "OpenSSL refused to make the CRL");
	if (rc == DUET_OK)
		*ret = crl;
	else
		X509_CRL_free(crl);
	return rc;
}

static int revoke_all(X509_CRL *crl, const struct duet_identity *ca,
		      const struct duet_bytes *pem, size_t n, time_t now,
		      struct duet_error *err)
{
	ASN1_TIME *when = ASN1_TIME_set(NULL, now);
	int rc = when != NULL ? DUET_OK : duet_error_nomem(err);
	size_t i;

	for (i = 0; rc == DUET_OK && i < n; i++)
		rc = revoke(crl, ca, pem[i], when, err);
	ASN1_TIME_free(when);
	return rc;
}

static int finish_crl(const struct duet_identity *ca, X509_CRL *crl,
		      struct duet_buffer *ret_pem, struct duet_error *err)
{
	EVP_PKEY *signer = duet_identity_key(ca);
	BIO *bio = duet_write_new();
	int rc;

	if (bio != NULL && X509_CRL_sort(crl) == 1 &&
	    X509_CRL_sign(crl, signer, duet_key_digest(signer)) > 0 &&
	    PEM_write_bio_X509_CRL(bio, crl) == 1)
		rc = duet_write_take(bio, ret_pem, err);
	else
		rc = duet_ossl_error_set(err, DUET_E_NOMEM,
					 "OpenSSL refused to sign the CRL");
	BIO_free(bio);
	return rc;
}

static int load_previous(struct duet_bytes pem, X509_CRL **ret,
			 struct duet_error *err)
{
	STACK_OF(X509_CRL) *crls;
	int rc;

	if (pem.len == 0)
		return DUET_OK;
	rc = duet_load_crls(pem, "the earlier CRL", &crls, err);
	if (rc != DUET_OK)
		return rc;
	if (sk_X509_CRL_num(crls) == 1)
		*ret = sk_X509_CRL_shift(crls);
	else
		rc = duet_error_set(err, DUET_E_ARGUMENT,
				    "the earlier CRL is %d CRLs; give one",
				    sk_X509_CRL_num(crls));
	sk_X509_CRL_pop_free(crls, X509_CRL_free);
	return rc;
}

int duet_crl_issue(const struct duet_identity *ca,
		   struct duet_bytes previous_pem,
		   const struct duet_bytes *revoked_pem, size_t n, int32_t days,
		   struct duet_buffer *ret_pem, struct duet_error *err)
{
	time_t now = (time_t)duet_clock_wall();
	struct duet_ossl_queue queue;
	X509_CRL *previous = NULL;
	X509_CRL *crl = NULL;
	int rc;

	if (days < 0 || days > CRL_DAYS_MAX)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a CRL is valid for 1 to %d days",
				      CRL_DAYS_MAX);
	duet_ossl_queue_save(&queue);
	rc = duet_authority_check_crl(ca, err);
	if (rc == DUET_OK)
		rc = load_previous(previous_pem, &previous, err);
	if (rc == DUET_OK)
		rc = start_crl(ca, previous, now, days > 0 ? days : CRL_DAYS,
			       &crl, err);
	if (rc == DUET_OK)
		rc = revoke_all(crl, ca, revoked_pem, n, now, err);
	if (rc == DUET_OK)
		rc = finish_crl(ca, crl, ret_pem, err);
	X509_CRL_free(crl);
	X509_CRL_free(previous);
	duet_ossl_queue_restore(&queue);
	return rc;
}
