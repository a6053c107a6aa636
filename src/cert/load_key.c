/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "base/error.h"
#include "base/str.h"
#include "cert/load.h"
#include "cert/ossl.h"
#include "cert/pem.h"
#include "cert/rounds.h"

/* What OpenSSL's question for a passphrase was answered with. */
struct passphrase {
	const char *text;
	bool asked;
};

/* Answers OpenSSL, which would otherwise open the terminal and ask there. */
static int answer(char *buf, int size, int writing, void *arg)
{
	struct passphrase *passphrase = arg;
	size_t len;

	(void)writing;
	passphrase->asked = true;
	if (passphrase->text == NULL)
		return -1;
	len = strlen(passphrase->text);
	if (len > (size_t)size)
		return -1;
	memcpy(buf, passphrase->text, len);
	return (int)len;
}

/* OpenSSL 3 moved RC2, DES and their like to a provider nobody loads. */
static bool is_unsupported(void)
{
	return duet_ossl_has(ERR_LIB_EVP, ERR_R_UNSUPPORTED) ||
	       duet_ossl_has(ERR_LIB_EVP, EVP_R_UNSUPPORTED_ALGORITHM) ||
	       duet_ossl_has(ERR_LIB_EVP, EVP_R_UNKNOWN_PBE_ALGORITHM);
}

static int key_refused(const struct duet_pem_block *block, const char *what,
		       const struct passphrase *passphrase,
		       struct duet_error *err)
{
	if (!passphrase->asked)
		return duet_ossl_error_set(err, DUET_E_PEM,
					   "%s: the private key (line %zu) is damaged, or of a kind this OpenSSL does not know",
					   what, block->line);
	if (passphrase->text == NULL)
		return duet_ossl_error_set(err, DUET_E_PASSPHRASE,
					   "%s: the private key (line %zu) is encrypted: it needs its passphrase",
					   what, block->line);
	if (is_unsupported())
		return duet_ossl_error_set(err, DUET_E_UNSUPPORTED,
					   "%s: the private key (line %zu) is encrypted in an old way that OpenSSL 3 no longer does: convert it with 'openssl pkey -provider legacy -provider default'",
					   what, block->line);
	return duet_ossl_error_set(err, DUET_E_PASSPHRASE,
				   "%s: wrong passphrase for the private key (line %zu), or it is damaged",
				   what, block->line);
}

static int check_iterations(const struct duet_pem_block *block,
			    const char *what, struct duet_error *err)
{
	const X509_ALGOR *algor;
	const unsigned char *p;
	X509_SIG *sig = NULL;
	unsigned char *der;
	long n = 0;
	long len;
	int rc;

	rc = duet_pem_decode(block, what, &der, &len, err);
	if (rc != DUET_OK)
		return rc;
	p = der;
	sig = d2i_X509_SIG(NULL, &p, len);
	if (sig != NULL) {
		X509_SIG_get0(sig, &algor, NULL);
		n = duet_rounds(algor);
	}
	if (sig == NULL || p != der + len)
		rc = duet_pem_damaged(block, what, err);
	else if (n > DUET_ROUNDS_MAX)
		rc = duet_error_set(err, DUET_E_LIMIT,
				    "%s: the private key asks for %ld rounds of key derivation; at most %d are done",
				    what, n, DUET_ROUNDS_MAX);
	X509_SIG_free(sig);
	OPENSSL_free(der);
	return rc;
}

static int decode_key(const struct duet_pem_block *block,
		      const char *passphrase, const char *what, EVP_PKEY **ret,
		      struct duet_error *err)
{
	struct passphrase answered = { passphrase, false };
	EVP_PKEY *key = NULL;
	BIO *bio;
	int rc;

	if (block->text.len > INT_MAX)
		return duet_pem_damaged(block, what, err);
	if (strcmp(block->label, "ENCRYPTED PRIVATE KEY") == 0) {
		rc = check_iterations(block, what, err);
		if (rc != DUET_OK)
			return rc;
	}
	bio = BIO_new_mem_buf(block->text.data, (int)block->text.len);
	if (bio == NULL)
		return duet_error_nomem(err);
	ERR_clear_error();
	key = PEM_read_bio_PrivateKey(bio, NULL, answer, &answered);
	if (key == NULL)
		rc = key_refused(block, what, &answered, err);
	else
		rc = DUET_OK;
	BIO_free(bio);
	if (rc == DUET_OK)
		*ret = key;
	return rc;
}

static int read_key(struct duet_bytes pem, const char *passphrase,
		    const char *what, EVP_PKEY **ret, struct duet_error *err)
{
	struct duet_pem_reader reader;
	struct duet_pem_block block;
	int rc;

	duet_pem_reader_init(&reader, pem, what);
	while ((rc = duet_pem_next(&reader, &block, err)) == DUET_OK)
		if (duet_load_is_key_label(block.label))
			return decode_key(&block, passphrase, what, ret, err);
	if (rc != DUET_EOF)
		return rc;
	if (duet_load_is_der(pem))
		return duet_error_set(err, DUET_E_PEM,
				      "%s: no private key in it: it is not PEM but binary (DER or PKCS#12)",
				      what);
	return duet_error_set(err, DUET_E_PEM, "%s: no private key in it",
			      what);
}

int duet_load_key(struct duet_bytes pem, const char *passphrase,
		  const char *what, EVP_PKEY **ret_key, struct duet_error *err)
{
	struct duet_ossl_queue queue;
	int rc;

	duet_ossl_queue_save(&queue);
	rc = read_key(pem, passphrase, what, ret_key, err);
	duet_ossl_queue_restore(&queue);
	return rc;
}

static int p12_refused(const char *passphrase, const char *what,
		       struct duet_error *err)
{
	if (is_unsupported())
		return duet_ossl_error_set(err, DUET_E_UNSUPPORTED,
					   "%s: this PKCS#12 is encrypted with an old algorithm (RC2 or the like) that OpenSSL 3 no longer does: convert it with 'openssl pkcs12 -legacy'",
					   what);
	if (!duet_ossl_has(ERR_LIB_PKCS12, PKCS12_R_MAC_VERIFY_FAILURE))
		return duet_ossl_error_set(err, DUET_E_PEM,
					   "%s: this PKCS#12 is damaged", what);
	if (passphrase == NULL)
		return duet_ossl_error_set(err, DUET_E_PASSPHRASE,
					   "%s: this PKCS#12 is encrypted: it needs its passphrase",
					   what);
	return duet_ossl_error_set(err, DUET_E_PASSPHRASE,
				   "%s: wrong passphrase for this PKCS#12, or it is damaged",
				   what);
}

static int check_p12(const PKCS12 *p12, const char *passphrase,
		     const char *what, struct duet_error *err)
{
	/* Without it nothing vouches for the contents. */
	if (!PKCS12_mac_present(p12))
		return duet_error_set(err, DUET_E_UNSUPPORTED,
				      "%s: this PKCS#12 has no integrity check (MAC): make it anew with one",
				      what);
	if (duet_rounds_p12(p12, passphrase) > DUET_ROUNDS_MAX)
		return duet_error_set(err, DUET_E_LIMIT,
				      "%s: this PKCS#12 asks for too many rounds of key derivation; at most %d are done",
				      what, DUET_ROUNDS_MAX);
	return DUET_OK;
}

static int parse_p12(PKCS12 *p12, const char *passphrase, const char *what,
		     STACK_OF(X509) **ret_chain, EVP_PKEY **ret_key,
		     struct duet_error *err)
{
	STACK_OF(X509) *chain = NULL;
	EVP_PKEY *key = NULL;
	X509 *leaf = NULL;
	int rc;

	if (PKCS12_parse(p12, passphrase, &key, &leaf, &chain) != 1)
		return p12_refused(passphrase, what, err);
	if (key == NULL || leaf == NULL) {
		rc = duet_error_set(err, DUET_E_PEM,
				    "%s: no %s in this PKCS#12", what,
				    key == NULL ? "private key"
						: "certificate of its key");
		goto out;
	}
	if (chain == NULL)
		chain = sk_X509_new_null();
	if (chain == NULL || sk_X509_unshift(chain, leaf) <= 0) {
		rc = duet_error_nomem(err);
		goto out;
	}
	*ret_chain = chain;
	*ret_key = key;
	return DUET_OK;
out:
	sk_X509_pop_free(chain, X509_free);
	EVP_PKEY_free(key);
	X509_free(leaf);
	return rc;
}

int duet_load_p12(struct duet_bytes bytes, const char *passphrase,
		  const char *what, STACK_OF(X509) **ret_chain,
		  EVP_PKEY **ret_key, struct duet_error *err)
{
	const unsigned char *p = bytes.data;
	struct duet_ossl_queue queue;
	PKCS12 *p12 = NULL;
	int rc;

	duet_ossl_queue_save(&queue);
	if (bytes.len > 0 && bytes.len <= LONG_MAX)
		p12 = d2i_PKCS12(NULL, &p, (long)bytes.len);
	if (p12 == NULL) {
		rc = duet_ossl_error_set(err, DUET_E_PEM, "%s: not a PKCS#12",
					 what);
		goto out;
	}
	rc = check_p12(p12, passphrase, what, err);
	if (rc == DUET_OK)
		rc = parse_p12(p12, passphrase, what, ret_chain, ret_key, err);
out:
	PKCS12_free(p12);
	duet_ossl_queue_restore(&queue);
	return rc;
}
