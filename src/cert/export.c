/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <openssl/pkcs12.h>

#include <duet/cert.h>

#include "base/error.h"
#include "base/mem.h"
#include "cert/identity.h"
#include "cert/ossl.h"
#include "cert/pem.h"
#include "cert/write.h"

enum {
	PASSPHRASE_MAX = 1024,
};

static PKCS12 *seal(const struct duet_identity *identity, const char *name,
		    const char *passphrase)
{
	PKCS12 *p12;

	p12 = PKCS12_create(passphrase, name, duet_identity_key(identity),
			    duet_identity_leaf(identity),
			    duet_identity_rest(identity), NID_aes_256_cbc,
			    NID_aes_256_cbc, DUET_WRITE_KDF_ROUNDS, -1, 0);
	/* The MAC apart, so that its digest is named and not a default. */
	if (p12 != NULL &&
	    PKCS12_set_mac(p12, passphrase, -1, NULL, 0, DUET_WRITE_KDF_ROUNDS,
			   EVP_sha256()) != 1) {
		PKCS12_free(p12);
		p12 = NULL;
	}
	return p12;
}

int duet_p12_write(const struct duet_identity *identity,
		   const char *friendly_name, const char *passphrase,
		   struct duet_buffer *ret_p12, struct duet_error *err)
{
	struct duet_ossl_queue queue;
	PKCS12 *p12 = NULL;
	BIO *bio = NULL;
	int rc;

	if (passphrase == NULL || strlen(passphrase) > PASSPHRASE_MAX)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a PKCS#12 holds a private key: it needs a passphrase (\"\" for an empty one) of at most %d bytes",
				      PASSPHRASE_MAX);
	duet_ossl_queue_save(&queue);
	bio = duet_write_new();
	p12 = seal(identity, friendly_name, passphrase);
	if (p12 != NULL && bio != NULL && i2d_PKCS12_bio(bio, p12) == 1)
		rc = duet_write_take(bio, ret_p12, err);
	else
		rc = duet_ossl_error_set(err, DUET_E_ARGUMENT,
					 "OpenSSL refused to make the PKCS#12");
	PKCS12_free(p12);
	BIO_free(bio);
	duet_ossl_queue_restore(&queue);
	return rc;
}

static int decode_only_block(struct duet_bytes pem, struct duet_buffer *ret_der,
			     struct duet_error *err)
{
	static const char what[] = "the PEM text";
	struct duet_pem_reader reader;
	struct duet_pem_block first, other;
	unsigned char *der = NULL;
	void *copy;
	long len;
	int rc;

	duet_pem_reader_init(&reader, pem, what);
	rc = duet_pem_next(&reader, &first, err);
	if (rc == DUET_EOF)
		return duet_error_set(err, DUET_E_PEM, "%s: no block in it",
				      what);
	if (rc != DUET_OK)
		return rc;
	rc = duet_pem_next(&reader, &other, err);
	if (rc == DUET_OK)
		return duet_error_set(err, DUET_E_PEM,
				      "%s: more than one block, where DER holds one thing: give them one by one",
				      what);
	if (rc != DUET_EOF)
		return rc;
	rc = duet_pem_decode(&first, what, &der, &len, err);
	if (rc != DUET_OK)
		return rc;
	copy = duet_mem_dup(der, (size_t)len);
	if (copy == NULL) {
		rc = duet_error_nomem(err);
	} else {
		ret_der->data = copy;
		ret_der->len = (size_t)len;
	}
	OPENSSL_clear_free(der, (size_t)len);
	return rc;
}

int duet_pem_to_der(struct duet_bytes pem, struct duet_buffer *ret_der,
		    struct duet_error *err)
{
	struct duet_ossl_queue queue;
	int rc;

	duet_ossl_queue_save(&queue);
	rc = decode_only_block(pem, ret_der, err);
	duet_ossl_queue_restore(&queue);
	return rc;
}
