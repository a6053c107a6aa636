/* SPDX-License-Identifier: MIT */
#include <openssl/rand.h>

#include <duet/openssl.h>

#include "base/error.h"
#include "base/mem.h"
#include "cert/ossl.h"
#include "tls/config.h"
#include "tls/wire.h"

static int check(SSL_CTX *ctx, enum duet_closure closure,
		 struct duet_error *err)
{
	if (ctx == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a configuration needs an SSL_CTX");
	if (closure < DUET_CLOSE_FRAMED || closure > DUET_CLOSE_LENIENT)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%d is no closure policy", (int)closure);
	return DUET_OK;
}

static int fill(struct duet_config *config, SSL_CTX *ctx,
		struct duet_error *err)
{
	config->is_foreign = true;
	config->bio = duet_wire_method_new();
	if (config->bio == NULL || SSL_CTX_up_ref(ctx) != 1)
		return duet_error_nomem(err);
	config->ctx = ctx;
	/* What it verifies we do not know: its sessions are good for it alone.
	 */
	if (RAND_bytes(config->policy, sizeof(config->policy)) != 1)
		return duet_ossl_error_set(err, DUET_E_SYSTEM,
					   "there is no randomness");
	return DUET_OK;
}

struct duet_config *duet_config_from_ssl_ctx(SSL_CTX *ctx,
					     enum duet_closure closure,
					     struct duet_error *err)
{
	struct duet_ossl_queue queue;
	struct duet_config *config;

	if (check(ctx, closure, err) != DUET_OK)
		return NULL;
	config = duet_mem_zalloc(sizeof(*config));
	if (config == NULL) {
		(void)duet_error_nomem(err);
		return NULL;
	}
	atomic_init(&config->refs, 1);
	config->closure = closure;
	duet_ossl_queue_save(&queue);
	if (fill(config, ctx, err) != DUET_OK) {
		duet_config_release(config);
		config = NULL;
	}
	duet_ossl_queue_restore(&queue);
	return config;
}
