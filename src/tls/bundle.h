/* SPDX-License-Identifier: MIT */
/*
 * tls/bundle.h - trust anchors that are parsed when they are asked for.
 *
 * A system has 150 of them, and a connection needs one. To find it takes its
 * subject only; to parse a certificate costs a hundred times that, most of it
 * for a key that nobody will use.
 */
#ifndef DUET_TLS_BUNDLE_H
#define DUET_TLS_BUNDLE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <duet/error.h>

enum {
	/* Where there are no more they are parsed at once: what is damaged in
	 * a file that somebody gives is told when it is given. */
	DUET_BUNDLE_EAGER_MAX = 16,
};

struct duet_bundle;

/* Empty; NULL without memory. */
struct duet_bundle *duet_bundle_new(void);
/* NULL is fine. Not of one that a store has. */
void duet_bundle_free(struct duet_bundle *bundle);
/*
 * Add the certificates of a PEM text (RFC 7468), which is not needed
 * afterwards; other blocks are passed over. what names it in sentences,
 * printable already. Not one in it, or a block that is damaged: DUET_E_PEM;
 * DUET_E_LIMIT, DUET_E_NOMEM. After a failure it is only to be freed. Of many
 * only text and subject are looked at: one that is damaged elsewhere is as if
 * it were not there.
 */
DUET_CHECK int duet_bundle_add(struct duet_bundle *bundle,
			       struct duet_bytes pem, const char *what,
			       struct duet_error *err);
/* The same of a file; DUET_E_SYSTEM: it cannot be read. */
DUET_CHECK int duet_bundle_add_file(struct duet_bundle *bundle,
				    const char *path, struct duet_error *err);
size_t duet_bundle_count(const struct duet_bundle *bundle);

/*
 * From now on the store finds them, each with all others of its subject
 * (X509_LOOKUP_meth_new(3)), and frees the bundle with itself; any thread may
 * use the store, and the bundle stays as it is. One a store. DUET_E_NOMEM: the
 * bundle is still the caller's.
 */
DUET_CHECK int duet_bundle_join(struct duet_bundle *bundle, X509_STORE *store);

/* Add every certificate to a digest. DUET_E_NOMEM. */
DUET_CHECK int duet_bundle_digest(const struct duet_bundle *bundle,
				  EVP_MD_CTX *digest);
/* The subjects of the first n, new, for sk_X509_NAME_pop_free(). DUET_E_PEM:
 * one is damaged; DUET_E_NOMEM. */
DUET_CHECK int duet_bundle_names(const struct duet_bundle *bundle, size_t n,
				 STACK_OF(X509_NAME) **ret,
				 struct duet_error *err);

#endif
