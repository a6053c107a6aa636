/* SPDX-License-Identifier: MIT */
#include "tls/staple.h"

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "base/error.h"
#include "cert/crl_scan.h"
#include "cert/ossl.h"
#include "cert/words.h"
#include "tls/engine_int.h"
#include "tls/explain.h"
#include "tls/explain_int.h"
#include "tls/revocation.h"

enum {
	STATUS_REQUEST = 5, /* RFC 7633 s4: the feature that is demanded */
};

/* Signed by the issuer, or by whom it has charged with that (RFC 6960
 * s4.2.2.2). The issuer's own chain has been verified already. */
static bool is_signed(const struct duet_tls *tls, OCSP_BASICRESP *basic,
		      X509 *issuer)
{
	X509_STORE *store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(tls->ssl));
	STACK_OF(X509) *known = sk_X509_new_null();
	bool good =
		known != NULL && sk_X509_push(known, issuer) > 0 &&
		OCSP_basic_verify(basic, known, store, OCSP_TRUSTOTHER) == 1;

	sk_X509_free(known);
	duet_ossl_queue_clear();
	return good;
}

/* An answer names a certificate by digests of its own choice. */
static bool is_about(const OCSP_SINGLERESP *single, X509 *cert, X509 *issuer)
{
	const OCSP_CERTID *id = OCSP_SINGLERESP_get0_id(single);
	ASN1_OBJECT *digest = NULL;
	const EVP_MD *md;
	OCSP_CERTID *own;
	bool same;

	if (OCSP_id_get0_info(NULL, &digest, NULL, NULL, (OCSP_CERTID *)id) !=
	    1)
		return false;
	md = EVP_get_digestbyobj(digest);
	own = md != NULL ? OCSP_cert_to_id(md, cert, issuer) : NULL;
	same = own != NULL && OCSP_id_cmp(own, id) == 0;
	OCSP_CERTID_free(own);
	return same;
}

static OCSP_SINGLERESP *find(OCSP_BASICRESP *basic, X509 *cert, X509 *issuer)
{
	int i;

	for (i = 0; i < OCSP_resp_count(basic); i++) {
		OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);

		if (is_about(single, cert, issuer))
			return single;
	}
	return NULL;
}

static int64_t when(const ASN1_GENERALIZEDTIME *time, int64_t none)
{
	return time != NULL ? duet_words_time(time) : none;
}

/* RFC 6960 s2.4 lets a responder leave it out that is asked anew each time;
 * whoever has stolen a key would staple the last good answer for ever. */
static int64_t end_of(const struct duet_staple *staple)
{
	return staple->next_update != INT64_MAX
		       ? staple->next_update
		       : staple->this_update + DUET_SHORT_LIVED_S;
}

static int read_single(const struct duet_tls *tls, OCSP_SINGLERESP *single,
		       struct duet_staple *ret, const char **ret_why)
{
	int64_t now = duet_config_now(tls->config);
	ASN1_GENERALIZEDTIME *revoked = NULL;
	ASN1_GENERALIZEDTIME *this = NULL;
	ASN1_GENERALIZEDTIME *next = NULL;
	int status;

	ret->reason = 0;
	status = OCSP_single_get0_status(single, &ret->reason, &revoked, &this,
					 &next);
	ret->this_update = when(this, 0);
	ret->next_update = when(next, INT64_MAX);
	ret->revoked_at = when(revoked, 0);
	if (status == V_OCSP_CERTSTATUS_REVOKED)
		return DUET_E_REVOKED;
	*ret_why = "out of date";
	if (!tls->config->any_time &&
	    (ret->this_update > now + DUET_CLOCK_SLACK_S ||
	     end_of(ret) < now - DUET_CLOCK_SLACK_S))
		return DUET_E_NO_CRL;
	*ret_why = "without an opinion";
	return status == V_OCSP_CERTSTATUS_GOOD ? DUET_OK : DUET_E_NO_CRL;
}

static int read_basic(const struct duet_tls *tls, OCSP_BASICRESP *basic,
		      X509 *cert, X509 *issuer, struct duet_staple *ret,
		      const char **ret_why)
{
	OCSP_SINGLERESP *single;

	*ret_why = "not signed by the certificate's issuer";
	if (!is_signed(tls, basic, issuer))
		return DUET_E_NO_CRL;
	*ret_why = "about another certificate";
	single = find(basic, cert, issuer);
	if (single == NULL)
		return DUET_E_NO_CRL;
	return read_single(tls, single, ret, ret_why);
}

int duet_staple_look(const struct duet_tls *tls, X509 *cert, X509 *issuer,
		     struct duet_staple *ret, const char **ret_why)
{
	const unsigned char *der = NULL;
	OCSP_RESPONSE *response;
	OCSP_BASICRESP *basic = NULL;
	long len;
	int rc = DUET_E_NO_CRL;

	len = SSL_get_tlsext_status_ocsp_resp(tls->ssl, &der);
	if (der == NULL || len <= 0)
		return DUET_EOF;
	*ret_why = "damaged, or no answer";
	response = d2i_OCSP_RESPONSE(NULL, &der, len);
	if (response != NULL &&
	    OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
		basic = OCSP_response_get1_basic(response);
	if (basic != NULL)
		rc = read_basic(tls, basic, cert, issuer, ret, ret_why);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	duet_ossl_queue_clear();
	return rc;
}

/* RFC 7633: the certificate may only be used with a staple. */
static bool must_staple(X509 *cert)
{
	TLS_FEATURE *features =
		X509_get_ext_d2i(cert, NID_tlsfeature, NULL, NULL);
	bool found = false;
	int i;

	for (i = 0; i < sk_ASN1_INTEGER_num(features); i++)
		if (ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) ==
		    STATUS_REQUEST)
			found = true;
	TLS_FEATURE_free(features);
	return found;
}

static int refuse(struct duet_tls *tls, const char *why)
{
	struct duet_error err;

	if (why == NULL)
		(void)duet_explain_say(tls, DUET_E_STAPLE, &err,
				       "its certificate is only good with a stapled OCSP answer (RFC 7633), and the server sent none: the server must staple one");
	else
		(void)duet_explain_say(tls, DUET_E_STAPLE, &err,
				       "its certificate is only good with a stapled OCSP answer (RFC 7633), and the one that came is %s: the server must get a new one",
				       why);
	duet_explain_keep(tls, &err);
	return 0;
}

/*
 * Called when the server's first flight is over, with a staple or without; in
 * a resumed session there are neither certificates nor staples. 0: refused,
 * with the alert bad_certificate_status_response.
 */
static int status_cb(SSL *ssl, void *arg)
{
	STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);
	struct duet_tls *tls = duet_tls_of(ssl);
	struct duet_staple staple = { 0 };
	const char *why = NULL;
	X509 *cert;
	int rc;

	(void)arg;
	if (tls == NULL || SSL_session_reused(ssl) == 1 ||
	    tls->config->any_certificate || sk_X509_num(chain) < 2)
		return 1;
	cert = sk_X509_value(chain, 0);
	rc = duet_staple_look(tls, cert, sk_X509_value(chain, 1), &staple,
			      &why);
	if (rc == DUET_E_REVOKED) {
		duet_revocation_say_revoked(tls, cert, 0, staple.revoked_at,
					    staple.reason);
		return 0;
	}
	if (rc == DUET_OK || !must_staple(cert))
		return 1;
	return refuse(tls, rc == DUET_EOF ? NULL : why);
}

int duet_staple_ask(SSL_CTX *ctx, struct duet_error *err)
{
	if (SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp) != 1)
		return duet_ossl_error_set(err, DUET_E_UNSUPPORTED,
					   "a TLS configuration: OpenSSL refuses to ask for a stapled OCSP answer");
	SSL_CTX_set_tlsext_status_cb(ctx, status_cb);
	return DUET_OK;
}
