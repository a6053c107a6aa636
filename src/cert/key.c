/* SPDX-License-Identifier: MIT */
#include "cert/key.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/error.h"
#include "base/mem.h"
#include "cert/load.h"
#include "cert/ossl.h"
#include "cert/write.h"

enum {
	RSA_BITS_MIN = 2048,
	RSA_BITS_MAX = 16384, /* OpenSSL itself verifies no longer ones */
	GROUP_BYTES = 80,
};

struct duet_key {
	EVP_PKEY *pkey;
};

EVP_PKEY *duet_key_pkey(const struct duet_key *key)
{
	return key->pkey;
}

bool duet_key_is_rsa(const EVP_PKEY *pkey)
{
	return EVP_PKEY_is_a(pkey, "RSA") == 1;
}

const EVP_MD *duet_key_digest(const EVP_PKEY *pkey)
{
	if (EVP_PKEY_is_a(pkey, "ED25519"))
		return NULL;
	if (EVP_PKEY_is_a(pkey, "EC") && EVP_PKEY_get_bits(pkey) > 384)
		return EVP_sha512();
	if (EVP_PKEY_is_a(pkey, "EC") && EVP_PKEY_get_bits(pkey) > 256)
		return EVP_sha384();
	return EVP_sha256();
}

static bool is_known_curve(const EVP_PKEY *pkey)
{
	static const char *const known[] = { "prime256v1", "secp384r1",
					     "secp521r1" };
	char group[GROUP_BYTES];
	size_t i;

	if (EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) != 1)
		return false;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(group, known[i]) == 0)
			return true;
	return false;
}

/* RFC 5480 s2.1.1: explicit curve parameters must not be used; they let a
 * stranger choose the generator (CVE-2020-0601). */
static bool is_explicit_curve(const EVP_PKEY *pkey)
{
	char encoding[GROUP_BYTES];

	return EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_ENCODING,
					      encoding, sizeof(encoding),
					      NULL) == 1 &&
	       strcmp(encoding, OSSL_PKEY_EC_ENCODING_EXPLICIT) == 0;
}

int duet_key_check(const EVP_PKEY *pkey, const char *what,
		   struct duet_error *err)
{
	int bits = EVP_PKEY_get_bits(pkey);

	if (EVP_PKEY_is_a(pkey, "ED25519"))
		return DUET_OK;
	if (EVP_PKEY_is_a(pkey, "EC")) {
		if (is_known_curve(pkey) && !is_explicit_curve(pkey))
			return DUET_OK;
		return duet_error_set(err, DUET_E_UNSUPPORTED,
				      "%s: its curve is none of P-256, P-384 and P-521",
				      what);
	}
	if (!duet_key_is_rsa(pkey))
		return duet_error_set(err, DUET_E_UNSUPPORTED,
				      "%s: the key is neither ECDSA nor Ed25519 nor RSA",
				      what);
	if (bits < RSA_BITS_MIN)
		return duet_error_set(err, DUET_E_WEAK,
				      "%s: an RSA key of %d bits is too weak: %d are the least",
				      what, bits, RSA_BITS_MIN);
	if (bits > RSA_BITS_MAX)
		return duet_error_set(err, DUET_E_UNSUPPORTED,
				      "%s: an RSA key of %d bits is too long: %d are the most",
				      what, bits, RSA_BITS_MAX);
	return DUET_OK;
}

static EVP_PKEY *generate(enum duet_key_kind kind)
{
	switch (kind) {
	case DUET_KEY_P256:
		return EVP_EC_gen("P-256");
	case DUET_KEY_P384:
		return EVP_EC_gen("P-384");
	case DUET_KEY_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case DUET_KEY_RSA2048:
		return EVP_RSA_gen(2048);
	case DUET_KEY_RSA3072:
		return EVP_RSA_gen(3072);
	case DUET_KEY_RSA4096:
		return EVP_RSA_gen(4096);
	}
	return NULL;
}

/* Takes pkey over, on failure too. */
static struct duet_key *wrap(EVP_PKEY *pkey, struct duet_error *err)
{
	struct duet_key *key = duet_mem_zalloc(sizeof(*key));

	if (key == NULL) {
		EVP_PKEY_free(pkey);
		(void)duet_error_nomem(err);
		return NULL;
	}
	key->pkey = pkey;
	return key;
}

struct duet_key *duet_key_new(enum duet_key_kind kind, struct duet_error *err)
{
	struct duet_ossl_queue queue;
	struct duet_key *key = NULL;
	EVP_PKEY *pkey;

	if ((int)kind < DUET_KEY_P256 || kind > DUET_KEY_RSA4096) {
		(void)duet_error_set(err, DUET_E_ARGUMENT,
				     "%d is no kind of key", (int)kind);
		return NULL;
	}
	duet_ossl_queue_save(&queue);
	pkey = generate(kind);
	if (pkey != NULL)
		key = wrap(pkey, err);
	else
		(void)duet_ossl_error_set(err, DUET_E_UNSUPPORTED,
					  "OpenSSL did not make a key of that kind");
	duet_ossl_queue_restore(&queue);
	return key;
}

struct duet_key *duet_key_read(struct duet_bytes pem, const char *passphrase,
			       struct duet_error *err)
{
	static const char what[] = "the private key";
	EVP_PKEY *pkey;

	if (duet_load_key(pem, passphrase, what, &pkey, err) != DUET_OK)
		return NULL;
	if (duet_key_check(pkey, what, err) != DUET_OK) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	return wrap(pkey, err);
}

static bool write_plain(BIO *bio, const EVP_PKEY *pkey)
{
	return PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL,
					     NULL) == 1;
}

static bool write_encrypted(BIO *bio, const EVP_PKEY *pkey,
			    const char *passphrase)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
	X509_SIG *sealed = NULL;
	bool done = false;

	if (info != NULL)
		sealed = PKCS8_encrypt(-1, EVP_aes_256_cbc(), passphrase,
				       (int)strlen(passphrase), NULL, 0,
				       DUET_WRITE_KDF_ROUNDS, info);
	if (sealed != NULL)
		done = PEM_write_bio_PKCS8(bio, sealed) == 1;
	X509_SIG_free(sealed);
	PKCS8_PRIV_KEY_INFO_free(info);
	return done;
}

int duet_key_write(const struct duet_key *key, const char *passphrase,
		   struct duet_buffer *ret_pem, struct duet_error *err)
{
	struct duet_ossl_queue queue;
	bool done = false;
	BIO *bio;
	int rc;

	/* OpenSSL's own readers take no longer one (PEM_BUFSIZE). */
	if (passphrase != NULL && strlen(passphrase) > PEM_BUFSIZE)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a passphrase has at most %d bytes",
				      PEM_BUFSIZE);
	duet_ossl_queue_save(&queue);
	bio = duet_write_new();
	if (bio != NULL && passphrase != NULL)
		done = write_encrypted(bio, key->pkey, passphrase);
	else if (bio != NULL)
		done = write_plain(bio, key->pkey);
	if (done)
		rc = duet_write_take(bio, ret_pem, err);
	else
		rc = duet_ossl_error_set(err, DUET_E_NOMEM,
					 "cannot write the private key");
	BIO_free(bio);
	duet_ossl_queue_restore(&queue);
	return rc;
}

void duet_key_free(struct duet_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	duet_mem_free(key);
}
