/* SPDX-License-Identifier: MIT */
#include "tls/fault.h"

#include <openssl/ssl.h>

#include <duet/openssl.h>

#include "base/error.h"
#include "cert/load.h"
#include "cert/ossl.h"

static int use_identity(SSL_CTX *ctx, const struct duet_tls_fault *fault,
			struct duet_error *err)
{
	STACK_OF(X509) *chain = NULL;
	EVP_PKEY *key = NULL;
	int rc;

	rc = duet_load_chain(fault->pem, "the certificate", &chain, err);
	if (rc == DUET_OK)
		rc = duet_load_key(fault->pem, NULL, "its key", &key, err);
	if (rc == DUET_OK &&
	    SSL_CTX_use_cert_and_key(ctx, sk_X509_value(chain, 0), key, NULL,
				     1) != 1)
		rc = duet_ossl_error_set(err, DUET_E_KEY_MISMATCH,
					 "the certificate and its key are no pair");
	EVP_PKEY_free(key);
	sk_X509_pop_free(chain, X509_free);
	return rc;
}

/* Level 0 takes keys and digests of any length (SSL_CTX_set_security_level). */
static bool limit_protocol(SSL_CTX *ctx, const struct duet_tls_fault *fault)
{
	SSL_CTX_set_security_level(ctx, 0);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
	(void)SSL_CTX_set_mode(ctx,
			       SSL_MODE_ENABLE_PARTIAL_WRITE |
				       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				       SSL_MODE_AUTO_RETRY |
				       SSL_MODE_NO_AUTO_CHAIN);
	if (fault->only_tls_1_1)
		return SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) == 1 &&
		       SSL_CTX_set_max_proto_version(ctx, TLS1_1_VERSION) ==
			       1 &&
		       SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0") == 1;
	if (fault->only_null_ciphers)
		return SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) ==
			       1 &&
		       SSL_CTX_set_cipher_list(ctx, "eNULL:@SECLEVEL=0") == 1;
	return true;
}

static struct duet_config *make(const struct duet_tls_fault *fault,
				struct duet_error *err)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	struct duet_config *config = NULL;

	if (ctx == NULL || !limit_protocol(ctx, fault))
		(void)duet_ossl_error_set(err, DUET_E_UNSUPPORTED,
					  "OpenSSL refuses to be a server that is wrong on purpose");
	else if (use_identity(ctx, fault, err) == DUET_OK)
		config = duet_config_from_ssl_ctx(ctx, DUET_CLOSE_FRAMED, err);
	SSL_CTX_free(ctx);
	return config;
}

struct duet_config *duet_tls_fault_server(const struct duet_tls_fault *fault,
					  struct duet_error *err)
{
	struct duet_ossl_queue queue;
	struct duet_config *config;

	duet_ossl_queue_save(&queue);
	config = make(fault, err);
	duet_ossl_queue_restore(&queue);
	return config;
}
