/* SPDX-License-Identifier: MIT */
#include "tls/verify.h"

#include <openssl/x509.h>

#include "base/error.h"
#include "cert/ossl.h"
#include "cert/words.h"
#include "tls/engine_int.h"
#include "tls/explain.h"
#include "tls/pin.h"
#include "tls/revocation.h"
#include "tls/staple.h"

enum {
	AUTH_LEVEL = 2,
	/* RFC 8446 s4.2.4 has room for 64 KiB of names; peers have less. */
	CA_NAMES_MAX_BYTES = 16 * 1024,
};

/*
 * RFC 5280 s6.1.1 (d): of a trust anchor the name and the key count, given in
 * a certificate or not. openssl req -x509 and older tools make some that are
 * not in the form of RFC 5280; whoever names one has chosen it.
 */
static bool is_form_of_anchor(X509_STORE_CTX *store_ctx)
{
	if (X509_STORE_CTX_get_error_depth(store_ctx) <
	    X509_STORE_CTX_get_num_untrusted(store_ctx))
		return false;
	switch (X509_STORE_CTX_get_error(store_ctx)) {
	case X509_V_ERR_CA_BCONS_NOT_CRITICAL:
	case X509_V_ERR_CA_CERT_MISSING_KEY_USAGE:
	case X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER:
	case X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER:
		return true;
	default:
		return false;
	}
}

/*
 * Called for every certificate that is fine (ok) and for every refusal. What
 * is insecure_* has been said by flags already; here a refusal is put in
 * words, while the chain is at hand.
 */
int duet_verify_each(int ok, X509_STORE_CTX *store_ctx)
{
	struct duet_tls *tls;
	SSL *ssl;

	if (ok)
		return 1;
	if (is_form_of_anchor(store_ctx)) {
		X509_STORE_CTX_set_error(store_ctx, X509_V_OK);
		return 1;
	}
	ssl = X509_STORE_CTX_get_ex_data(store_ctx,
					 SSL_get_ex_data_X509_STORE_CTX_idx());
	tls = ssl != NULL ? duet_tls_of(ssl) : NULL;
	if (tls != NULL)
		duet_explain_certificate(tls, store_ctx);
	return 0;
}

/*
 * What OpenSSL has found is a chain; a server's may have been revoked all the
 * same. While that is not known the handshake rests, and comes back here.
 */
static int ask_revocation(struct duet_tls *tls, X509_STORE_CTX *store_ctx)
{
	int depth = 0;
	int error;

	if (tls->config->revocation == DUET_REVOCATION_OFF || tls->exempt)
		return 1;
	if (duet_revocation_begin(tls, X509_STORE_CTX_get0_chain(store_ctx)) !=
	    DUET_OK) {
		tls->wire->nomem = true;
		X509_STORE_CTX_set_error(store_ctx, X509_V_ERR_OUT_OF_MEM);
		return 0;
	}
	if (duet_revocation_waits(tls))
		return SSL_set_retry_verify(tls->ssl);
	error = duet_revocation_verdict(tls, &depth);
	if (error == X509_V_OK)
		return 1;
	X509_STORE_CTX_set_error_depth(store_ctx, depth);
	X509_STORE_CTX_set_error(store_ctx, error);
	return 0;
}

static int refuse_pin(X509_STORE_CTX *store_ctx)
{
	X509_STORE_CTX_set_error(store_ctx,
				 X509_V_ERR_APPLICATION_VERIFICATION);
	return 0;
}

/* All of a server's verification: its chain, its key, its revocation. */
static int verify_server_cb(X509_STORE_CTX *store_ctx, void *arg)
{
	SSL *ssl =
		X509_STORE_CTX_get_ex_data(store_ctx,
					   SSL_get_ex_data_X509_STORE_CTX_idx());
	struct duet_tls *tls = ssl != NULL ? duet_tls_of(ssl) : NULL;

	(void)arg;
	if (tls == NULL)
		return 0;
	if (!tls->config->any_certificate && X509_verify_cert(store_ctx) != 1)
		return 0;
	if (!duet_pin_holds(tls, X509_STORE_CTX_get0_cert(store_ctx)))
		return refuse_pin(store_ctx);
	return ask_revocation(tls, store_ctx);
}

/* Called when a server asks for our certificate, whether we have one or not:
 * should it refuse us later, this is what we say. */
static int wanted_cb(SSL *ssl, void *arg)
{
	struct duet_tls *tls = duet_tls_of(ssl);

	(void)arg;
	if (tls != NULL)
		tls->cert_wanted = true;
	return 1;
}

static unsigned long crl_flags(const struct duet_trust *trust,
			       enum duet_crl_check crl)
{
	bool chain = crl == DUET_CRL_CHAIN ||
		     (crl == DUET_CRL_AUTO && trust->has_crl);

	if (chain)
		return X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
	return crl == DUET_CRL_LEAF ? X509_V_FLAG_CRL_CHECK : 0;
}

static int set_policy(struct duet_config *config, enum duet_crl_check crl,
		      struct duet_error *err)
{
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(config->ctx);
	unsigned long flags = X509_V_FLAG_X509_STRICT;

	flags |= crl_flags(config->trust, crl);
	if ((flags & X509_V_FLAG_CRL_CHECK) == 0)
		flags |= X509_V_FLAG_PARTIAL_CHAIN;
	if (config->any_time)
		flags |= X509_V_FLAG_NO_CHECK_TIME;
	/* Apart from the security level, which old versions lower. */
	X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
	SSL_CTX_set1_cert_store(config->ctx, config->trust->store);
	if (X509_VERIFY_PARAM_set_flags(param, flags) != 1)
		return duet_ossl_error_set(err, DUET_E_UNSUPPORTED,
					   "a TLS configuration: OpenSSL refuses how certificates are to be verified");
	return DUET_OK;
}

int duet_verify_server(struct duet_config *config, enum duet_crl_check crl,
		       struct duet_error *err)
{
	int rc;

	SSL_CTX_set_cert_cb(config->ctx, wanted_cb, NULL);
	if (config->any_certificate && config->n_pins == 0) {
		SSL_CTX_set_verify(config->ctx, SSL_VERIFY_NONE, NULL);
		return DUET_OK;
	}
	SSL_CTX_set_verify(config->ctx, SSL_VERIFY_PEER, duet_verify_each);
	SSL_CTX_set_cert_verify_callback(config->ctx, verify_server_cb, NULL);
	if (config->any_certificate)
		return DUET_OK;
	rc = duet_staple_ask(config->ctx, err);
	return rc == DUET_OK ? set_policy(config, crl, err) : rc;
}

/* How many bytes the names take; more than peers accept and none are sent,
 * which means "any CA". */
static bool names_fit(STACK_OF(X509_NAME) *names)
{
	size_t total = 0;
	int i;

	for (i = 0; i < sk_X509_NAME_num(names); i++) {
		int len = i2d_X509_NAME(sk_X509_NAME_value(names, i), NULL);

		total += 2 + (len > 0 ? (size_t)len : 0);
	}
	return total <= CA_NAMES_MAX_BYTES;
}

static int name_cas(struct duet_config *config, struct duet_error *err)
{
	const struct duet_trust *trust = config->trust;
	STACK_OF(X509_NAME) *names = NULL;
	int rc;

	rc = duet_bundle_names(trust->bundle, trust->n_given, &names, err);
	if (rc != DUET_OK)
		return rc;
	if (names_fit(names))
		SSL_CTX_set_client_CA_list(config->ctx, names);
	else
		sk_X509_NAME_pop_free(names, X509_NAME_free);
	return DUET_OK;
}

int duet_verify_clients(struct duet_config *config, enum duet_client_cert want,
			enum duet_crl_check crl, struct duet_error *err)
{
	int mode = SSL_VERIFY_PEER;
	int rc;

	if (want == DUET_CLIENT_CERT_NONE) {
		SSL_CTX_set_verify(config->ctx, SSL_VERIFY_NONE, NULL);
		return DUET_OK;
	}
	if (want == DUET_CLIENT_CERT_REQUIRE)
		mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_CTX_set_verify(config->ctx, mode, duet_verify_each);
	rc = set_policy(config, crl, err);
	return rc == DUET_OK ? name_cas(config, err) : rc;
}

/* The first end of those that have not run out, any of which may have vouched;
 * nothing holds by none. */
static int64_t crls_hold_until(STACK_OF(X509_CRL) *crls, int64_t now)
{
	int64_t until = INT64_MIN;
	int i;

	for (i = 0; i < sk_X509_CRL_num(crls); i++) {
		const ASN1_TIME *next =
			X509_CRL_get0_nextUpdate(sk_X509_CRL_value(crls, i));
		int64_t end = next != NULL ? duet_words_time(next) : INT64_MAX;

		if (end >= now && (until == INT64_MIN || end < until))
			until = end;
	}
	return until;
}

/* Of the CRLs for the first n certificates of the chain. */
static int64_t revocations_hold_until(const struct duet_tls *tls,
				      STACK_OF(X509) *chain, int n)
{
	X509_STORE *store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(tls->ssl));
	X509_STORE_CTX *store_ctx = X509_STORE_CTX_new();
	int64_t now = duet_config_now(tls->config);
	int64_t until = INT64_MAX;
	int i;

	if (store_ctx == NULL ||
	    X509_STORE_CTX_init(store_ctx, store, NULL, NULL) != 1)
		until = INT64_MIN; /* without memory: nothing is resumed */
	for (i = 0; i < n && until != INT64_MIN; i++) {
		const X509_NAME *issuer =
			X509_get_issuer_name(sk_X509_value(chain, i));
		STACK_OF(X509_CRL) *crls =
			X509_STORE_CTX_get1_crls(store_ctx, issuer);
		int64_t end = crls_hold_until(crls, now);

		if (end < until)
			until = end;
		sk_X509_CRL_pop_free(crls, X509_CRL_free);
	}
	X509_STORE_CTX_free(store_ctx);
	return until;
}

int64_t duet_verify_holds_until(const struct duet_tls *tls)
{
	unsigned long flags =
		X509_VERIFY_PARAM_get_flags(SSL_get0_param(tls->ssl));
	STACK_OF(X509) *chain = SSL_get0_verified_chain(tls->ssl);
	int n = sk_X509_num(chain);
	int64_t until = duet_revocation_holds_until(tls);
	int64_t revocations;
	int i;

	if (SSL_get_verify_mode(tls->ssl) == SSL_VERIFY_NONE || n <= 0 ||
	    (flags & X509_V_FLAG_NO_CHECK_TIME) != 0)
		return INT64_MAX;
	for (i = 0; i < n; i++) {
		int64_t end = duet_words_time(
			X509_get0_notAfter(sk_X509_value(chain, i)));

		if (end < until)
			until = end;
	}
	if ((flags & X509_V_FLAG_CRL_CHECK) == 0)
		return until;
	if ((flags & X509_V_FLAG_CRL_CHECK_ALL) == 0)
		n = 1;
	revocations = revocations_hold_until(tls, chain, n);
	return revocations < until ? revocations : until;
}

void duet_verify_set_time(struct duet_tls *tls)
{
	const struct duet_config *config = tls->config;

	/* A time that is set would outdo the flag that forgives dates. */
	if (config->clock != NULL && !config->any_time)
		X509_VERIFY_PARAM_set_time(SSL_get0_param(tls->ssl),
					   (time_t)duet_config_now(config));
}
