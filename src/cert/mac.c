/* SPDX-License-Identifier: MIT */
#include "cert/mac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/error.h"
#include "base/mem.h"
#include "cert/ossl.h"

struct duet_mac {
	/* Has the key: to look the algorithm up and to take a key in costs
	 * several times what a digest of a hundred bytes does. */
	EVP_MAC_CTX *ctx;
};

static EVP_MAC_CTX *new_ctx(struct duet_bytes key)
{
	char sha256[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256,
						 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(hmac);

	EVP_MAC_free(hmac); /* the context holds it */
	if (ctx != NULL && EVP_MAC_init(ctx, key.data, key.len, params) != 1) {
		EVP_MAC_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}

int duet_mac_new(struct duet_bytes key, struct duet_mac **ret,
		 struct duet_error *err)
{
	struct duet_mac *mac = duet_mem_zalloc(sizeof(*mac));
	struct duet_ossl_queue queue;
	int rc = DUET_OK;

	if (mac == NULL)
		return duet_error_nomem(err);
	duet_ossl_queue_save(&queue);
	mac->ctx = new_ctx(key);
	if (mac->ctx == NULL)
		rc = duet_ossl_error_set(err, DUET_E_UNSUPPORTED,
					 "OpenSSL has no HMAC-SHA-256 here");
	duet_ossl_queue_restore(&queue);
	if (rc != DUET_OK) {
		duet_mac_free(mac);
		return rc;
	}
	*ret = mac;
	return DUET_OK;
}

void duet_mac_free(struct duet_mac *mac)
{
	if (mac == NULL)
		return;
	EVP_MAC_CTX_free(mac->ctx);
	duet_mem_free(mac);
}

int duet_mac_sum(struct duet_mac *mac, const struct duet_bytes *parts, size_t n,
		 uint8_t ret[DUET_MAC_BYTES])
{
	struct duet_ossl_queue queue;
	size_t len = 0;
	bool is_well;
	size_t i;

	duet_ossl_queue_save(&queue);
	is_well = EVP_MAC_init(mac->ctx, NULL, 0, NULL) == 1; /* anew */
	for (i = 0; i < n && is_well; i++)
		is_well = EVP_MAC_update(mac->ctx, parts[i].data,
					 parts[i].len) == 1;
	if (is_well)
		is_well = EVP_MAC_final(mac->ctx, ret, &len, DUET_MAC_BYTES) ==
				  1 &&
			  len == DUET_MAC_BYTES;
	duet_ossl_queue_restore(&queue);
	return is_well ? DUET_OK : DUET_E_NOMEM;
}
