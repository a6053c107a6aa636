/* SPDX-License-Identifier: MIT */
#include "cert/build.h"

#include <time.h>

#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "cert/authority.h"
#include "cert/extension.h"
#include "cert/identity.h"
#include "cert/key.h"
#include "cert/ossl.h"

enum {
	SERIAL_BYTES = 20, /* RFC 5280 s4.1.2.2: the most there may be */
	X509_VERSION_3_VALUE = 2,
};

/* Of a certificate that is for addresses, or a very long name, alone. */
#define SELF_SIGNED_NAME "self-signed"

/* Nobody may guess it, so that a chosen-prefix collision has nothing to aim
 * at. The first two bits keep it positive and of one length. */
static bool set_serial(X509 *cert)
{
	unsigned char bytes[SERIAL_BYTES];
	ASN1_INTEGER *serial;
	BIGNUM *number;
	bool done;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	bytes[0] = (unsigned char)((bytes[0] & 0x7F) | 0x40);
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	serial = number != NULL ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
	done = serial != NULL && X509_set_serialNumber(cert, serial) == 1;
	ASN1_INTEGER_free(serial);
	BN_free(number);
	return done;
}

/* RFC 5280 s4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050 on;
 * ASN1_TIME_set() chooses. */
static bool set_dates(X509 *cert, const struct duet_spec *spec)
{
	return ASN1_TIME_set(X509_getm_notBefore(cert),
			     (time_t)spec->not_before) != NULL &&
	       ASN1_TIME_set(X509_getm_notAfter(cert),
			     (time_t)spec->not_after) != NULL;
}

static bool add_entry(X509_NAME *name, int nid, const char *text)
{
	return text == NULL ||
	       X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
					  (const unsigned char *)text, -1, -1,
					  0) == 1;
}

X509_NAME *duet_cert_subject(const struct duet_spec *spec, bool self_signed)
{
	const char *organization = spec->given.organization;
	const char *common_name = duet_spec_common_name(spec);
	X509_NAME *name = X509_NAME_new();

	/* RFC 5280 s4.1.2.4: no issuer is without a name. */
	if (self_signed && common_name == NULL && organization == NULL)
		common_name = SELF_SIGNED_NAME;
	if (name == NULL ||
	    !add_entry(name, NID_organizationName, organization) ||
	    !add_entry(name, NID_commonName, common_name)) {
		X509_NAME_free(name);
		return NULL;
	}
	return name;
}

static bool set_names(X509 *cert, const struct duet_cert_order *order)
{
	X509_NAME *made = NULL;
	const X509_NAME *subject = order->subject;
	const X509_NAME *issuer;
	bool done;

	if (subject == NULL)
		subject = made =
			duet_cert_subject(order->spec, order->ca == NULL);
	issuer = order->ca != NULL
			 ? X509_get_subject_name(duet_identity_leaf(order->ca))
			 : subject;
	done = subject != NULL && X509_set_subject_name(cert, subject) == 1 &&
	       X509_set_issuer_name(cert, issuer) == 1;
	X509_NAME_free(made);
	return done;
}

static bool set_extensions(X509 *cert, const struct duet_cert_order *order)
{
	X509 *issuer = order->ca != NULL ? duet_identity_leaf(order->ca) : NULL;
	STACK_OF(X509_EXTENSION) *list = NULL;
	bool done;
	int i;

	done = duet_extension_of_spec(&list, order->spec, order->key,
				      X509_get_subject_name(cert)) &&
	       duet_extension_of_issuer(&list, order->spec);
	for (i = 0; done && i < sk_X509_EXTENSION_num(list); i++)
		done = X509_add_ext(cert, sk_X509_EXTENSION_value(list, i),
				    -1) == 1;
	done = done && duet_extension_key_ids(cert, issuer);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	return done;
}

X509 *duet_cert_make_unverified(const struct duet_cert_order *order)
{
	EVP_PKEY *signer =
		order->ca != NULL ? duet_identity_key(order->ca) : order->key;
	X509 *cert = X509_new();

	if (cert != NULL && X509_set_version(cert, X509_VERSION_3_VALUE) == 1 &&
	    set_serial(cert) && set_dates(cert, order->spec) &&
	    X509_set_pubkey(cert, order->key) == 1 && set_names(cert, order) &&
	    set_extensions(cert, order) &&
	    X509_sign(cert, signer, duet_key_digest(signer)) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

int duet_cert_build(const struct duet_cert_order *order, X509 **ret_cert,
		    struct duet_error *err)
{
	X509 *cert;
	int rc;

	cert = duet_cert_make_unverified(order);
	if (cert == NULL)
		return duet_ossl_error_set(err, DUET_E_ARGUMENT,
					   "OpenSSL refused to make the certificate");
	rc = duet_authority_verify(order->ca, cert, order->spec, err);
	if (rc == DUET_OK)
		*ret_cert = cert;
	else
		X509_free(cert);
	return rc;
}
