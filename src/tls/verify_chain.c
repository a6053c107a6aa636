/* SPDX-License-Identifier: MIT */
/*
 * A server's chain, verified without a server: the same store, flags, name and
 * callback as in a handshake, around an engine that never sends anything.
 */
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <duet/tls.h>

#include "base/error.h"
#include "base/mem.h"
#include "cert/load.h"
#include "cert/ossl.h"
#include "tls/engine_int.h"
#include "tls/verify.h"

static int write_path(STACK_OF(X509) *path, struct duet_buffer *ret,
		      struct duet_error *err)
{
	BIO *out = BIO_new(BIO_s_mem());
	bool done = out != NULL;
	char *data = NULL;
	long len;
	int i;

	for (i = 0; done && i < sk_X509_num(path); i++)
		done = PEM_write_bio_X509(out, sk_X509_value(path, i)) == 1;
	len = done ? BIO_get_mem_data(out, &data) : 0;
	if (len > 0) {
		ret->data = duet_mem_dup(data, (size_t)len);
		ret->len = ret->data != NULL ? (size_t)len : 0;
		done = ret->data != NULL;
	}
	(void)BIO_free(out);
	return done ? DUET_OK : duet_error_nomem(err);
}

/* As OpenSSL has it in a handshake. */
static bool prepare(struct duet_tls *tls, X509_STORE_CTX *ctx,
		    STACK_OF(X509) *chain)
{
	X509_STORE *store = SSL_CTX_get_cert_store(tls->config->ctx);

	if (X509_STORE_CTX_init(ctx, store, sk_X509_value(chain, 0), chain) !=
		    1 ||
	    X509_STORE_CTX_set_ex_data(ctx,
				       SSL_get_ex_data_X509_STORE_CTX_idx(),
				       tls->ssl) != 1 ||
	    X509_STORE_CTX_set_default(ctx, "ssl_server") != 1 ||
	    X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(ctx),
				   SSL_get0_param(tls->ssl)) != 1)
		return false;
	X509_STORE_CTX_set_verify_cb(ctx, duet_verify_each);
	return true;
}

static int verify(struct duet_tls *tls, STACK_OF(X509) *chain,
		  struct duet_buffer *ret_path, struct duet_error *err)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int rc = DUET_OK;

	if (ctx == NULL || !prepare(tls, ctx, chain)) {
		rc = duet_error_nomem(err);
		goto out;
	}
	if (X509_verify_cert(ctx) != 1)
		rc = tls->verdict != NULL ? duet_error_copy(err, tls->verdict)
					  : duet_error_nomem(err);
	if (ret_path != NULL && write_path(X509_STORE_CTX_get0_chain(ctx),
					   ret_path, err) != DUET_OK)
		rc = DUET_E_NOMEM;
out:
	X509_STORE_CTX_free(ctx);
	return rc;
}

static int check(const struct duet_config *config, struct duet_error *err)
{
	if (config == NULL || config->is_server || config->is_foreign)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a chain is verified by a client's configuration, which this is not");
	if (config->any_certificate)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "this configuration takes any certificate: there is nothing to verify");
	return DUET_OK;
}

int duet_config_verify(struct duet_config *config, const char *server_name,
		       struct duet_bytes chain_pem,
		       struct duet_buffer *ret_path, struct duet_error *err)
{
	STACK_OF(X509) *chain = NULL;
	struct duet_ossl_queue queue;
	struct duet_error own;
	struct duet_tls *tls;
	int rc;

	if (err == NULL)
		err = &own;
	if (ret_path != NULL)
		*ret_path = (struct duet_buffer){ NULL, 0 };
	rc = check(config, err);
	if (rc == DUET_OK)
		rc = duet_load_chain(chain_pem, "the chain", &chain, err);
	if (rc != DUET_OK)
		return rc;
	duet_ossl_queue_save(&queue);
	tls = duet_tls_client(config, server_name, err);
	if (tls == NULL) {
		rc = err->code;
	} else {
		rc = verify(tls, chain, ret_path, err);
		duet_tls_free(tls);
	}
	sk_X509_pop_free(chain, X509_free);
	duet_ossl_queue_restore(&queue);
	return rc;
}
