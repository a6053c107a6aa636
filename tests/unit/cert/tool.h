/* SPDX-License-Identifier: MIT */
/* Keys, CAs and OpenSSL's opinion, for the tests of this room. Each helper
 * fails the test when it fails. */
#ifndef DUET_TESTS_CERT_TOOL_H
#define DUET_TESTS_CERT_TOOL_H

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <duet/cert.h>

#include "support/unit.h"

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static inline struct duet_bytes bytes_of(const struct duet_buffer *buffer)
{
	return (struct duet_bytes){ buffer->data, buffer->len };
}

static inline struct duet_key *tool_key(enum duet_key_kind kind)
{
	struct duet_key *key = duet_key_new(kind, NULL);

	assert_non_null(key);
	return key;
}

/* The chain in PEM and its key, as an identity. */
static inline struct duet_identity *tool_identity(struct duet_bytes chain,
						  const struct duet_key *key)
{
	struct duet_identity *identity;
	struct duet_buffer pem;

	assert_int_equal(duet_key_write(key, NULL, &pem, NULL), DUET_OK);
	identity = duet_identity_new(DUET_IDENTITY(.cert_pem = chain,
						   .key_pem = bytes_of(&pem)),
				     NULL);
	assert_non_null(identity);
	duet_buffer_free(&pem);
	return identity;
}

struct tool_ca {
	struct duet_key *key;
	struct duet_buffer pem;
	struct duet_identity *identity;
};

static inline void tool_ca_init(struct tool_ca *ca, enum duet_key_kind kind,
				const struct duet_cert_spec *spec)
{
	struct duet_error err;

	err.text[0] = '\0';
	ca->key = tool_key(kind);
	if (duet_cert_self_signed(ca->key, spec, &ca->pem, &err) != DUET_OK)
		fail_msg("%s", err.text);
	ca->identity = tool_identity(bytes_of(&ca->pem), ca->key);
}

/* A CA below another. */
static inline void tool_ca_below(struct tool_ca *ca,
				 const struct tool_ca *above,
				 const struct duet_cert_spec *spec)
{
	struct duet_error err;

	err.text[0] = '\0';
	ca->key = tool_key(DUET_KEY_P256);
	if (duet_cert_issue(above->identity, ca->key, spec, &ca->pem, &err) !=
	    DUET_OK)
		fail_msg("%s", err.text);
	ca->identity = tool_identity(bytes_of(&ca->pem), ca->key);
}

static inline void tool_ca_done(struct tool_ca *ca)
{
	duet_identity_release(ca->identity);
	duet_buffer_free(&ca->pem);
	duet_key_free(ca->key);
}

static inline X509 *tool_cert(struct duet_bytes pem, int index)
{
	BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	X509 *cert = NULL;
	int i;

	for (i = 0; i <= index; i++) {
		X509_free(cert);
		cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	}
	BIO_free(bio);
	return cert;
}

/* OpenSSL's verdict on the first certificate of chain, with the others as
 * what came along, trusting anchor alone: X509_V_OK or why not. */
static inline int tool_verify(struct duet_bytes chain, struct duet_bytes anchor,
			      int purpose, const char *host)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *others = sk_X509_new_null();
	X509 *trusted = tool_cert(anchor, 0);
	X509 *leaf = tool_cert(chain, 0);
	X509 *cert;
	int verdict;
	int i;

	for (i = 1; (cert = tool_cert(chain, i)) != NULL; i++)
		assert_true(sk_X509_push(others, cert) > 0);
	assert_int_equal(X509_STORE_add_cert(store, trusted), 1);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, leaf, others), 1);
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT |
					      X509_V_FLAG_CHECK_SS_SIGNATURE);
	assert_int_equal(X509_STORE_CTX_set_purpose(ctx, purpose), 1);
	if (host != NULL)
		assert_int_equal(X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(
								     ctx),
							     host, 0),
				 1);
	verdict = X509_verify_cert(ctx) == 1 ? X509_V_OK
					     : X509_STORE_CTX_get_error(ctx);
	X509_free(leaf);
	X509_free(trusted);
	sk_X509_pop_free(others, X509_free);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return verdict;
}

#endif
