/* SPDX-License-Identifier: MIT */
#include "tls/bundle.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cert/load.h"
#include "cert/ossl.h"
#include "cert/pem.h"
#include "tls/subject.h"

enum {
	FILE_MAX_BYTES = 16 << 20,
	WHAT_BYTES = 300,
	ANCHORS_MAX = 10000,
	FIRST_ANCHORS = 16,
};

struct anchor {
	unsigned char *der;
	long len;
	struct duet_bytes subject; /* in der */
	uint32_t fold;             /* of that */
	bool is_trusted; /* TRUSTED CERTIFICATE: with what it is good for */
	X509 *cert;      /* NULL: parsed when it is wanted */
};

/* Nothing of it changes once it is made. */
struct duet_bundle {
	struct anchor *anchors;
	size_t n;
	size_t cap;
	X509_LOOKUP_METHOD *method; /* the store's; NULL: it has not joined */
};

static X509 *parse(const struct anchor *anchor)
{
	const unsigned char *p = anchor->der;
	X509 *cert = anchor->is_trusted ? d2i_X509_AUX(NULL, &p, anchor->len)
					: d2i_X509(NULL, &p, anchor->len);

	if (cert != NULL && p == anchor->der + anchor->len)
		return cert;
	X509_free(cert);
	return NULL;
}

/* One reference; NULL: it is damaged, or there is no memory. */
static X509 *certificate(const struct anchor *anchor)
{
	if (anchor->cert == NULL)
		return parse(anchor);
	(void)X509_up_ref(anchor->cert);
	return anchor->cert;
}

/* ---- reading ---- */

static struct anchor *grow(struct duet_bundle *bundle)
{
	size_t cap = bundle->cap > 0 ? 2 * bundle->cap : FIRST_ANCHORS;
	struct anchor *anchors = bundle->anchors;

	if (bundle->n == bundle->cap) {
		anchors = duet_mem_resize(anchors, cap * sizeof(*anchors));
		if (anchors == NULL)
			return NULL;
		bundle->anchors = anchors;
		bundle->cap = cap;
	}
	return &anchors[bundle->n];
}

static int add_block(struct duet_bundle *bundle,
		     const struct duet_pem_block *block, const char *what,
		     struct duet_error *err)
{
	struct anchor *anchor = grow(bundle);
	int rc;

	if (anchor == NULL)
		return duet_error_nomem(err);
	memset(anchor, 0, sizeof(*anchor));
	rc = duet_pem_decode(block, what, &anchor->der, &anchor->len, err);
	if (rc != DUET_OK)
		return rc;
	bundle->n++;
	anchor->is_trusted = strcmp(block->label, "TRUSTED CERTIFICATE") == 0;
	if (!duet_subject_find((struct duet_bytes){ anchor->der,
						    (size_t)anchor->len },
			       &anchor->subject) ||
	    !duet_subject_fold(anchor->subject, &anchor->fold))
		return duet_pem_damaged(block, what, err);
	return DUET_OK;
}

static int read_all(struct duet_bundle *bundle, struct duet_bytes pem,
		    const char *what, struct duet_error *err)
{
	struct duet_pem_reader reader;
	struct duet_pem_block block;
	size_t before = bundle->n;
	int rc;

	duet_pem_reader_init(&reader, pem, what);
	while ((rc = duet_pem_next(&reader, &block, err)) == DUET_OK) {
		if (!duet_load_is_cert_label(block.label))
			continue;
		if (bundle->n == ANCHORS_MAX)
			return duet_error_set(err, DUET_E_LIMIT,
					      "%s: more than %d trust anchors, with those given before: leave some out",
					      what, ANCHORS_MAX);
		rc = add_block(bundle, &block, what, err);
		if (rc != DUET_OK)
			return rc;
	}
	if (rc != DUET_EOF)
		return rc;
	return bundle->n > before
		       ? DUET_OK
		       : duet_load_found_none(pem, "certificate", what, err);
}

/* From the first on: now, so that damage is told. */
static int parse_from(struct duet_bundle *bundle, size_t first,
		      const char *what, struct duet_error *err)
{
	size_t i;

	for (i = first; i < bundle->n; i++) {
		bundle->anchors[i].cert = parse(&bundle->anchors[i]);
		if (bundle->anchors[i].cert == NULL)
			return duet_ossl_error_set(err, DUET_E_PEM,
						   "%s: certificate %zu in it is damaged",
						   what, i - first + 1);
	}
	return DUET_OK;
}

int duet_bundle_add(struct duet_bundle *bundle, struct duet_bytes pem,
		    const char *what, struct duet_error *err)
{
	struct duet_ossl_queue queue;
	size_t before = bundle->n;
	int rc;

	duet_ossl_queue_save(&queue);
	rc = read_all(bundle, pem, what, err);
	if (rc == DUET_OK && bundle->n - before <= DUET_BUNDLE_EAGER_MAX)
		rc = parse_from(bundle, before, what, err);
	duet_ossl_queue_restore(&queue);
	return rc;
}

int duet_bundle_add_file(struct duet_bundle *bundle, const char *path,
			 struct duet_error *err)
{
	struct duet_buffer content = { NULL, 0 };
	char shown[WHAT_BYTES - 2];
	char what[WHAT_BYTES];
	int rc;

	rc = duet_file_read(path, FILE_MAX_BYTES, &content, err);
	if (rc != DUET_OK)
		return rc;
	duet_str_printable(shown, sizeof(shown), duet_str(path));
	(void)snprintf(what, sizeof(what), "'%s'", shown);
	rc = duet_bundle_add(bundle,
			     (struct duet_bytes){ content.data, content.len },
			     what, err);
	duet_buffer_free(&content);
	return rc;
}

struct duet_bundle *duet_bundle_new(void)
{
	return duet_mem_zalloc(sizeof(struct duet_bundle));
}

void duet_bundle_free(struct duet_bundle *bundle)
{
	size_t i;

	if (bundle == NULL)
		return;
	for (i = 0; i < bundle->n; i++) {
		X509_free(bundle->anchors[i].cert);
		OPENSSL_free(bundle->anchors[i].der);
	}
	duet_mem_free(bundle->anchors);
	duet_mem_free(bundle);
}

size_t duet_bundle_count(const struct duet_bundle *bundle)
{
	return bundle->n;
}

/* ---- finding ---- */

static bool is_named(const struct anchor *anchor, const X509_NAME *name,
		     uint32_t fold)
{
	const unsigned char *p = anchor->subject.data;
	X509_NAME *subject;
	bool same;

	if (anchor->fold != fold)
		return false;
	subject = d2i_X509_NAME(NULL, &p, (long)anchor->subject.len);
	same = subject != NULL && X509_NAME_cmp(subject, name) == 0;
	X509_NAME_free(subject);
	return same;
}

static void add_object(STACK_OF(X509_OBJECT) *objects,
		       const struct anchor *anchor)
{
	X509 *cert = certificate(anchor);
	X509_OBJECT *object = X509_OBJECT_new();

	if (cert == NULL || object == NULL ||
	    X509_OBJECT_set1_X509(object, cert) != 1 ||
	    sk_X509_OBJECT_push(objects, object) <= 0)
		X509_OBJECT_free(object);
	X509_free(cert);
}

/* All of a name, new; NULL: there are none. */
static STACK_OF(X509_OBJECT) *find(const struct duet_bundle *bundle,
				   const X509_NAME *name)
{
	STACK_OF(X509_OBJECT) *found = NULL;
	struct duet_bytes text = { NULL, 0 };
	const unsigned char *der = NULL;
	uint32_t fold = 0;
	size_t i;

	if (X509_NAME_get0_der((X509_NAME *)name, &der, &text.len) != 1)
		return NULL;
	text.data = der;
	if (!duet_subject_fold(text, &fold))
		return NULL;
	for (i = 0; i < bundle->n; i++) {
		if (!is_named(&bundle->anchors[i], name, fold))
			continue;
		if (found == NULL)
			found = sk_X509_OBJECT_new_null();
		if (found == NULL)
			return NULL;
		add_object(found, &bundle->anchors[i]);
	}
	return found;
}

/*
 * In one go, since whoever finds one in the store does not ask for others.
 * Another thread may have done it meanwhile. The store's own object of the
 * first, or NULL.
 */
static X509_OBJECT *give(X509_STORE *store, STACK_OF(X509_OBJECT) *found)
{
	STACK_OF(X509_OBJECT) *objects;
	X509_OBJECT *first = NULL;
	X509_OBJECT *object;

	if (X509_STORE_lock(store) != 1)
		return NULL;
	objects = X509_STORE_get0_objects(store);
	while ((object = sk_X509_OBJECT_shift(found)) != NULL) {
		X509_OBJECT *theirs =
			X509_OBJECT_retrieve_match(objects, object);

		if (theirs == NULL && sk_X509_OBJECT_push(objects, object) > 0)
			theirs = object;
		else
			X509_OBJECT_free(object);
		if (first == NULL)
			first = theirs;
	}
	(void)X509_STORE_unlock(store);
	return first;
}

/*
 * Of the objects in the store OpenSSL then looks for the one that has issued.
 * What ret holds has no reference of its own: the store's stays as long.
 */
static int by_subject(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type,
		      const X509_NAME *name, X509_OBJECT *ret)
{
	const struct duet_bundle *bundle = X509_LOOKUP_get_method_data(lookup);
	STACK_OF(X509_OBJECT) *found = NULL;
	X509_OBJECT *first = NULL;
	X509 *cert;

	if (type != X509_LU_X509)
		return 0;
	/* A damaged anchor's errors are not those of a handshake. */
	(void)ERR_set_mark();
	found = find(bundle, name);
	if (found != NULL)
		first = give(X509_LOOKUP_get_store(lookup), found);
	sk_X509_OBJECT_pop_free(found, X509_OBJECT_free);
	cert = first != NULL ? X509_OBJECT_get0_X509(first) : NULL;
	if (cert != NULL && X509_OBJECT_set1_X509(ret, cert) == 1)
		X509_free(cert);
	else
		cert = NULL;
	(void)ERR_pop_to_mark();
	return cert != NULL;
}

/* The last that OpenSSL has of a method is its call to free. */
static void free_with_store(X509_LOOKUP *lookup)
{
	struct duet_bundle *bundle = X509_LOOKUP_get_method_data(lookup);

	if (bundle == NULL)
		return;
	X509_LOOKUP_meth_free(bundle->method);
	duet_bundle_free(bundle);
}

int duet_bundle_join(struct duet_bundle *bundle, X509_STORE *store)
{
	X509_LOOKUP_METHOD *method =
		X509_LOOKUP_meth_new("anchors that are parsed when needed");
	X509_LOOKUP *lookup = NULL;

	if (method != NULL &&
	    X509_LOOKUP_meth_set_get_by_subject(method, by_subject) == 1 &&
	    X509_LOOKUP_meth_set_free(method, free_with_store) == 1)
		lookup = X509_STORE_add_lookup(store, method);
	if (lookup == NULL) {
		X509_LOOKUP_meth_free(method);
		return DUET_E_NOMEM;
	}
	bundle->method = method;
	(void)X509_LOOKUP_set_method_data(lookup, bundle);
	return DUET_OK;
}

/* ---- all of them ---- */

int duet_bundle_digest(const struct duet_bundle *bundle, EVP_MD_CTX *digest)
{
	size_t i;

	for (i = 0; i < bundle->n; i++)
		if (EVP_DigestUpdate(digest, "cert", 4) != 1 ||
		    EVP_DigestUpdate(digest, bundle->anchors[i].der,
				     (size_t)bundle->anchors[i].len) != 1)
			return DUET_E_NOMEM;
	return DUET_OK;
}

int duet_bundle_names(const struct duet_bundle *bundle, size_t n,
		      STACK_OF(X509_NAME) **ret, struct duet_error *err)
{
	STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
	int rc = names != NULL ? DUET_OK : duet_error_nomem(err);
	size_t i;

	for (i = 0; rc == DUET_OK && i < n; i++) {
		const unsigned char *p = bundle->anchors[i].subject.data;
		X509_NAME *name =
			d2i_X509_NAME(NULL, &p,
				      (long)bundle->anchors[i].subject.len);

		if (name != NULL && sk_X509_NAME_push(names, name) > 0)
			continue;
		X509_NAME_free(name);
		rc = duet_ossl_error_set(err, DUET_E_PEM,
					 "the subject of trust anchor %zu is damaged",
					 i + 1);
	}
	if (rc == DUET_OK)
		*ret = names;
	else
		sk_X509_NAME_pop_free(names, X509_NAME_free);
	return rc;
}
