/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* scandir */
#include "tls/trust.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/opts.h"
#include "base/str.h"
#include "cert/load.h"
#include "cert/ossl.h"
#include "tls/system.h"

enum {
	/* The largest CRLs of public CAs: 70 MB a shard. */
	CRL_FILE_MAX = 128 << 20,
	PATH_BYTES = 4096,
	WHAT_BYTES = 300,
};

/* A trust under construction, and the digest of what went into it. */
struct maker {
	struct duet_trust *trust;
	EVP_MD_CTX *digest;
	struct duet_error *err;
};

static int fail_ossl(const struct maker *maker, const char *what)
{
	return duet_ossl_error_set(maker->err, DUET_E_PEM,
				   "%s: OpenSSL does not take it", what);
}

static int add_to_digest(const struct maker *maker, const char *kind,
			 const unsigned char *der, int len)
{
	if (len < 0 || EVP_DigestUpdate(maker->digest, kind, 4) != 1 ||
	    EVP_DigestUpdate(maker->digest, der, (size_t)len) != 1)
		return duet_ossl_error_set(maker->err, DUET_E_NOMEM,
					   "out of memory");
	return DUET_OK;
}

static int add_crl(const struct maker *maker, X509_CRL *crl, const char *what)
{
	unsigned char *der = NULL;
	int len;
	int rc;

	if (X509_STORE_add_crl(maker->trust->store, crl) != 1)
		return fail_ossl(maker, what);
	len = i2d_X509_CRL(crl, &der);
	rc = add_to_digest(maker, "crl ", der, len);
	OPENSSL_free(der);
	maker->trust->has_crl = true;
	return rc;
}

static int add_crls(const struct maker *maker, struct duet_bytes bytes,
		    const char *what)
{
	STACK_OF(X509_CRL) *crls = NULL;
	int rc;
	int i;

	rc = duet_load_crls(bytes, what, &crls, maker->err);
	for (i = 0; rc == DUET_OK && i < sk_X509_CRL_num(crls); i++)
		rc = add_crl(maker, sk_X509_CRL_value(crls, i), what);
	sk_X509_CRL_pop_free(crls, X509_CRL_free);
	return rc;
}

/* Of a directory where certificates and keys may lie beside them. What is
 * empty or damaged may have been a CRL, and is refused. DUET_EOF: none. */
static int add_crls_if_any(const struct maker *maker, struct duet_bytes bytes,
			   const char *what)
{
	if (duet_load_is_pem_without_crl(bytes))
		return DUET_EOF;
	return add_crls(maker, bytes, what);
}

typedef int add_fn(const struct maker *maker, struct duet_bytes bytes,
		   const char *what);

static int add_crl_file(const struct maker *maker, const char *path,
			add_fn *add)
{
	struct duet_buffer content = { NULL, 0 };
	char shown[WHAT_BYTES - 2];
	char what[WHAT_BYTES];
	struct duet_bytes bytes;
	int rc;

	rc = duet_file_read(path, CRL_FILE_MAX, &content, maker->err);
	if (rc != DUET_OK)
		return rc;
	duet_str_printable(shown, sizeof(shown), duet_str(path));
	(void)snprintf(what, sizeof(what), "'%s'", shown);
	bytes.data = content.data;
	bytes.len = content.len;
	rc = add(maker, bytes, what);
	duet_buffer_free(&content);
	return rc;
}

static int is_crl_name(const struct dirent *entry)
{
	return duet_str_ends(entry->d_name, ".pem") ||
	       duet_str_ends(entry->d_name, ".crl");
}

static int add_crl_in(const struct maker *maker, const char *dir,
		      const char *name)
{
	char path[PATH_BYTES];
	int len;

	len = snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (len < 0 || (size_t)len >= sizeof(path))
		return duet_error_set(maker->err, DUET_E_LIMIT,
				      "the path of a CRL is too long");
	return add_crl_file(maker, path,
			    duet_str_ends(name, ".pem") ? add_crls_if_any
							: add_crls);
}

/* In the order of their names, so that the digest does not depend on more. */
static int add_crl_dir(const struct maker *maker, const char *dir)
{
	struct dirent **entries = NULL;
	bool found = false;
	int rc = DUET_OK;
	int n;
	int i;

	n = scandir(dir, &entries, is_crl_name, alphasort);
	if (n < 0)
		return duet_error_sys(maker->err, DUET_E_SYSTEM, errno,
				      "cannot read the directory of CRLs '%s'",
				      dir);
	for (i = 0; i < n; i++) {
		if (rc >= 0)
			rc = add_crl_in(maker, dir, entries[i]->d_name);
		found = found || rc == DUET_OK;
		free(entries[i]); /* scandir(3) does not know our hook */
	}
	free(entries);
	if (rc < 0)
		return rc;
	if (!found)
		return duet_error_set(maker->err, DUET_E_PEM,
				      "'%s': no CRL in this directory, neither in a *.crl nor in a *.pem",
				      dir);
	return DUET_OK;
}

static int count_anchors(const struct maker *maker)
{
	struct duet_trust *trust = maker->trust;

	trust->n_given = duet_bundle_count(trust->bundle);
	if (duet_bundle_digest(trust->bundle, maker->digest) != DUET_OK)
		return duet_error_nomem(maker->err);
	return DUET_OK;
}

static int add_given(const struct maker *maker,
		     const struct duet_trust_source *source)
{
	int rc = DUET_OK;

	if (source->ca_file != NULL)
		rc = duet_bundle_add_file(maker->trust->bundle, source->ca_file,
					  maker->err);
	if (rc == DUET_OK && source->ca_pem.len > 0)
		rc = duet_bundle_add(maker->trust->bundle, source->ca_pem,
				     "the trust anchors in memory", maker->err);
	if (rc == DUET_OK && source->ca_dir != NULL)
		rc = duet_system_add_dir(maker->trust->store,
					 maker->trust->bundle, source->ca_dir,
					 maker->digest, maker->err);
	if (rc == DUET_OK)
		rc = count_anchors(maker);
	if (rc == DUET_OK && source->crl_file != NULL)
		rc = add_crl_file(maker, source->crl_file, add_crls);
	if (rc == DUET_OK && source->crl_pem.len > 0)
		rc = add_crls(maker, source->crl_pem, "the CRLs in memory");
	if (rc == DUET_OK && source->crl_dir != NULL)
		rc = add_crl_dir(maker, source->crl_dir);
	return rc;
}

static bool make_store(struct duet_trust *trust)
{
	trust->store = X509_STORE_new();
	trust->bundle = duet_bundle_new();
	if (trust->store != NULL && trust->bundle != NULL &&
	    duet_bundle_join(trust->bundle, trust->store) == DUET_OK)
		return true;
	duet_bundle_free(trust->bundle);
	trust->bundle = NULL;
	return false;
}

static int fill(const struct maker *maker,
		const struct duet_trust_source *source)
{
	struct duet_trust *trust = maker->trust;
	int rc;

	if (!make_store(trust) || maker->digest == NULL ||
	    EVP_DigestInit_ex(maker->digest, EVP_sha256(), NULL) != 1)
		return duet_error_nomem(maker->err);
	rc = add_given(maker, source);
	if (rc != DUET_OK)
		return rc;
	trust->has_system = source->add_system != 0 ||
			    (trust->n_given == 0 && source->ca_dir == NULL);
	if (trust->has_system) {
		rc = add_to_digest(maker, "sys ", NULL, 0);
		if (rc == DUET_OK)
			rc = duet_system_add_anchors(trust->store,
						     trust->bundle,
						     maker->digest, maker->err);
		if (rc != DUET_OK)
			return rc;
	}
	if (EVP_DigestFinal_ex(maker->digest, trust->digest, NULL) != 1)
		return duet_error_nomem(maker->err);
	return DUET_OK;
}

struct duet_trust *duet_trust_new(const struct duet_trust_source *given,
				  struct duet_error *err)
{
	struct duet_trust_source source;
	struct duet_ossl_queue queue;
	struct maker maker;

	if (duet_opts_copy(&source, sizeof(source), given, "duet_trust_source",
			   err) != DUET_OK)
		return NULL;
	duet_ossl_queue_save(&queue);
	maker.err = err;
	maker.digest = EVP_MD_CTX_new();
	maker.trust = duet_mem_zalloc(sizeof(*maker.trust));
	if (maker.trust == NULL) {
		(void)duet_error_nomem(err);
		goto out;
	}
	atomic_init(&maker.trust->refs, 1);
	if (fill(&maker, &source) != DUET_OK) {
		duet_trust_release(maker.trust);
		maker.trust = NULL;
	}
out:
	EVP_MD_CTX_free(maker.digest);
	duet_ossl_queue_restore(&queue);
	return maker.trust;
}

struct duet_trust *duet_trust_retain(struct duet_trust *trust)
{
	if (trust != NULL)
		(void)atomic_fetch_add_explicit(&trust->refs, 1,
						memory_order_relaxed);
	return trust;
}

void duet_trust_release(struct duet_trust *trust)
{
	/* acq_rel: whoever frees sees all that the others did before. */
	if (trust == NULL ||
	    atomic_fetch_sub_explicit(&trust->refs, 1, memory_order_acq_rel) !=
		    1)
		return;
	X509_STORE_free(trust->store);
	duet_mem_free(trust);
}
