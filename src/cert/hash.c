/* SPDX-License-Identifier: MIT */
#include "cert/hash.h"

#include <openssl/evp.h>

#include "base/error.h"
#include "base/mem.h"
#include "cert/ossl.h"

struct duet_hash {
	EVP_MD_CTX *ctx;
	bool failed;
};

static const struct {
	size_t size;
	const EVP_MD *(*md)(void);
} kinds[DUET_HASH_KINDS] = {
	[DUET_HASH_SHA256] = { 32, EVP_sha256 },
	[DUET_HASH_SHA384] = { 48, EVP_sha384 },
	[DUET_HASH_SHA512] = { 64, EVP_sha512 },
};

size_t duet_hash_size(enum duet_hash_kind kind)
{
	return kinds[kind].size;
}

int duet_hash_new(enum duet_hash_kind kind, struct duet_hash **ret,
		  struct duet_error *err)
{
	struct duet_hash *hash = duet_mem_zalloc(sizeof(*hash));
	struct duet_ossl_queue queue;
	int rc = DUET_OK;

	if (hash == NULL)
		return duet_error_nomem(err);
	duet_ossl_queue_save(&queue);
	hash->ctx = EVP_MD_CTX_new();
	if (hash->ctx == NULL)
		rc = duet_error_nomem(err);
	else if (EVP_DigestInit_ex(hash->ctx, kinds[kind].md(), NULL) != 1)
		rc = duet_ossl_error_set(err, DUET_E_UNSUPPORTED,
					 "OpenSSL has no SHA-%zu here",
					 kinds[kind].size * 8);
	duet_ossl_queue_restore(&queue);
	if (rc != DUET_OK) {
		duet_hash_free(hash);
		return rc;
	}
	*ret = hash;
	return DUET_OK;
}

void duet_hash_add(struct duet_hash *hash, const void *data, size_t len)
{
	struct duet_ossl_queue queue;

	if (len == 0)
		return;
	duet_ossl_queue_save(&queue);
	if (EVP_DigestUpdate(hash->ctx, data, len) != 1)
		hash->failed = true;
	duet_ossl_queue_restore(&queue);
}

int duet_hash_end(struct duet_hash *hash, uint8_t ret[DUET_HASH_BYTES])
{
	struct duet_ossl_queue queue;

	duet_ossl_queue_save(&queue);
	if (!hash->failed && EVP_DigestFinal_ex(hash->ctx, ret, NULL) != 1)
		hash->failed = true;
	duet_ossl_queue_restore(&queue);
	return hash->failed ? DUET_E_NOMEM : DUET_OK;
}

void duet_hash_free(struct duet_hash *hash)
{
	if (hash == NULL)
		return;
	EVP_MD_CTX_free(hash->ctx);
	duet_mem_free(hash);
}
