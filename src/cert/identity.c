/* SPDX-License-Identifier: MIT */
#include "cert/identity.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/opts.h"
#include "base/str.h"
#include "cert/load.h"
#include "cert/ossl.h"

enum {
	FILE_MAX = 4 * 1024 * 1024,
	WHAT_BYTES = 300,
};

struct duet_identity {
	atomic_uint references;
	X509 *leaf;
	STACK_OF(X509) *rest;
	EVP_PKEY *key;
};

X509 *duet_identity_leaf(const struct duet_identity *identity)
{
	return identity->leaf;
}

STACK_OF(X509) *duet_identity_rest(const struct duet_identity *identity)
{
	return identity->rest;
}

EVP_PKEY *duet_identity_key(const struct duet_identity *identity)
{
	return identity->key;
}

/* A source opened: its bytes, and what sentences call it. */
struct opened {
	struct duet_bytes bytes;
	struct duet_buffer owned; /* of a file; wiped, there may be a key */
	char what[WHAT_BYTES];
};

static int open_source(struct opened *opened, const char *path,
		       struct duet_bytes bytes, const char *name,
		       struct duet_error *err)
{
	char shown[WHAT_BYTES - 2];
	int rc;

	if (path == NULL) {
		opened->bytes = bytes;
		(void)snprintf(opened->what, sizeof(opened->what), "%s", name);
		return DUET_OK;
	}
	rc = duet_file_read(path, FILE_MAX, &opened->owned, err);
	if (rc != DUET_OK)
		return rc;
	opened->bytes.data = opened->owned.data;
	opened->bytes.len = opened->owned.len;
	duet_str_printable(shown, sizeof(shown), duet_str(path));
	(void)snprintf(opened->what, sizeof(opened->what), "'%s'", shown);
	return DUET_OK;
}

static int check_source(const struct duet_identity_source *source,
			struct duet_error *err)
{
	int chains = (source->cert_file != NULL) + (source->cert_pem.len > 0) +
		     (source->p12_file != NULL) + (source->p12.len > 0);
	int keys = (source->key_file != NULL) + (source->key_pem.len > 0);
	bool is_p12 = source->p12_file != NULL || source->p12.len > 0;

	if (chains != 1)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "an identity needs exactly one of cert_file, cert_pem, p12_file and p12; %d are given",
				      chains);
	if (keys > 1 || (keys == 1 && is_p12))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "an identity takes its key from one place: %s",
				      is_p12 ? "a PKCS#12 brings its own"
					     : "key_file and key_pem are both given");
	return DUET_OK;
}

static int read_pem(const struct duet_identity_source *source,
		    STACK_OF(X509) **ret_chain, EVP_PKEY **ret_key,
		    struct duet_error *err)
{
	struct opened cert = { 0 };
	struct opened key = { 0 };
	struct opened *of_key = &cert;
	STACK_OF(X509) *chain = NULL;
	int rc;

	rc = open_source(&cert, source->cert_file, source->cert_pem,
			 "the certificate in memory", err);
	if (rc != DUET_OK)
		goto out;
	if (source->key_file != NULL || source->key_pem.len > 0) {
		of_key = &key;
		rc = open_source(&key, source->key_file, source->key_pem,
				 "the private key in memory", err);
		if (rc != DUET_OK)
			goto out;
	}
	rc = duet_load_chain(cert.bytes, cert.what, &chain, err);
	if (rc != DUET_OK)
		goto out;
	rc = duet_load_key(of_key->bytes, source->passphrase, of_key->what,
			   ret_key, err);
	if (rc != DUET_OK)
		goto out;
	*ret_chain = chain;
	chain = NULL;
out:
	sk_X509_pop_free(chain, X509_free);
	duet_buffer_free(&cert.owned);
	duet_buffer_free(&key.owned);
	return rc;
}

static int read_p12(const struct duet_identity_source *source,
		    STACK_OF(X509) **ret_chain, EVP_PKEY **ret_key,
		    struct duet_error *err)
{
	struct opened p12 = { 0 };
	int rc;

	rc = open_source(&p12, source->p12_file, source->p12,
			 "the PKCS#12 in memory", err);
	if (rc == DUET_OK)
		rc = duet_load_p12(p12.bytes, source->passphrase, p12.what,
				   ret_chain, ret_key, err);
	duet_buffer_free(&p12.owned);
	return rc;
}

/* The key must be the first certificate's; say whose it is otherwise. */
static int check_pair(STACK_OF(X509) *chain, EVP_PKEY *key,
		      struct duet_error *err)
{
	int i;

	for (i = 0; i < sk_X509_num(chain); i++)
		if (X509_check_private_key(sk_X509_value(chain, i), key) == 1)
			break;
	if (i == 0)
		return DUET_OK;
	if (i < sk_X509_num(chain))
		return duet_ossl_error_set(err, DUET_E_KEY_MISMATCH,
					   "the private key belongs to certificate %d of the chain, not to the first: put that one first, its issuers after it",
					   i + 1);
	return duet_ossl_error_set(err, DUET_E_KEY_MISMATCH,
				   "the private key is not that of the certificate: one of the two is from another pair");
}

static struct duet_identity *make_identity(STACK_OF(X509) *chain, EVP_PKEY *key)
{
	struct duet_identity *identity = duet_mem_zalloc(sizeof(*identity));

	if (identity == NULL)
		return NULL;
	atomic_init(&identity->references, 1);
	identity->leaf = sk_X509_shift(chain);
	identity->rest = chain;
	identity->key = key;
	return identity;
}

struct duet_identity *duet_identity_new(
	const struct duet_identity_source *given, struct duet_error *err)
{
	struct duet_identity *identity = NULL;
	struct duet_identity_source source;
	struct duet_ossl_queue queue;
	STACK_OF(X509) *chain = NULL;
	EVP_PKEY *key = NULL;

	duet_ossl_queue_save(&queue);
	if (duet_opts_copy(&source, sizeof(source), given,
			   "duet_identity_source", err) != DUET_OK ||
	    check_source(&source, err) != DUET_OK)
		goto out;
	if (source.p12_file != NULL || source.p12.len > 0) {
		if (read_p12(&source, &chain, &key, err) != DUET_OK)
			goto out;
	} else if (read_pem(&source, &chain, &key, err) != DUET_OK) {
		goto out;
	}
	if (check_pair(chain, key, err) != DUET_OK)
		goto out;
	identity = make_identity(chain, key);
	if (identity == NULL) {
		(void)duet_error_nomem(err);
		goto out;
	}
	chain = NULL;
	key = NULL;
out:
	sk_X509_pop_free(chain, X509_free);
	EVP_PKEY_free(key);
	duet_ossl_queue_restore(&queue);
	return identity;
}

struct duet_identity *duet_identity_retain(struct duet_identity *identity)
{
	if (identity != NULL)
		(void)atomic_fetch_add_explicit(&identity->references, 1,
						memory_order_relaxed);
	return identity;
}

void duet_identity_release(struct duet_identity *identity)
{
	/* acq_rel: whoever frees sees all that the others did before. */
	if (identity == NULL ||
	    atomic_fetch_sub_explicit(&identity->references, 1,
				      memory_order_acq_rel) != 1)
		return;
	X509_free(identity->leaf);
	sk_X509_pop_free(identity->rest, X509_free);
	EVP_PKEY_free(identity->key);
	duet_mem_free(identity);
}
