/* SPDX-License-Identifier: MIT */
#include "tls/ticket.h"

#include <pthread.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "base/error.h"
#include "base/mem.h"
#include "cert/ossl.h"
#include "tls/config.h"
#include "tls/engine_int.h"
#include "tls/verify.h"

enum {
	END_BYTES = 8,
	NAME_BYTES = 16,
	MAC_BYTES = 32,
	CIPHER_BYTES = 32,
	IV_BYTES = 16,
};

struct ticket_key {
	uint8_t name[NAME_BYTES];
	uint8_t mac[MAC_BYTES];
	uint8_t cipher[CIPHER_BYTES];
};
_Static_assert(sizeof(struct ticket_key) == DUET_TICKET_KEY_BYTES,
	       "a key in memory is a key as given");

struct duet_ticket_keys {
	pthread_mutex_t lock; /* of keys and n */
	EVP_CIPHER *cipher;
	size_t n;
	struct ticket_key keys[DUET_TICKET_KEYS_MAX];
};

int duet_ticket_keys_new(struct duet_ticket_keys **ret, struct duet_error *err)
{
	struct duet_ticket_keys *keys = duet_mem_zalloc(sizeof(*keys));
	int rc;

	if (keys == NULL)
		return duet_error_nomem(err);
	if (pthread_mutex_init(&keys->lock, NULL) != 0) {
		duet_mem_free(keys);
		return duet_error_nomem(err);
	}
	keys->cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	keys->n = 1;
	if (keys->cipher == NULL ||
	    RAND_priv_bytes((unsigned char *)&keys->keys[0],
			    sizeof(keys->keys[0])) != 1) {
		rc = duet_ossl_error_set(err, DUET_E_SYSTEM,
					 "cannot make a key for session tickets");
		duet_ticket_keys_free(keys);
		return rc;
	}
	*ret = keys;
	return DUET_OK;
}

void duet_ticket_keys_free(struct duet_ticket_keys *keys)
{
	if (keys == NULL)
		return;
	EVP_CIPHER_free(keys->cipher);
	(void)pthread_mutex_destroy(&keys->lock);
	duet_mem_free_secret(keys, sizeof(*keys));
}

void duet_ticket_keys_set(struct duet_ticket_keys *keys,
			  const uint8_t (*from)[DUET_TICKET_KEY_BYTES],
			  size_t n)
{
	(void)pthread_mutex_lock(&keys->lock);
	duet_mem_wipe(keys->keys, sizeof(keys->keys));
	memcpy(keys->keys, from, n * DUET_TICKET_KEY_BYTES);
	keys->n = n;
	(void)pthread_mutex_unlock(&keys->lock);
}

/* A copy of the key of that name, or of the first for NULL; its place in the
 * list, or -1. */
static int take_key(struct duet_ticket_keys *keys, const unsigned char *name,
		    struct ticket_key *ret)
{
	int found = -1;
	size_t i;

	(void)pthread_mutex_lock(&keys->lock);
	for (i = 0; i < keys->n && found < 0; i++)
		if (name == NULL ||
		    memcmp(keys->keys[i].name, name, NAME_BYTES) == 0) {
			*ret = keys->keys[i];
			found = (int)i;
		}
	(void)pthread_mutex_unlock(&keys->lock);
	return found;
}

static int set_mac(EVP_MAC_CTX *mac, struct ticket_key *key)
{
	OSSL_PARAM params[3];

	params[0] =
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac,
						  sizeof(key->mac));
	params[1] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
						     (char *)"SHA256", 0);
	params[2] = OSSL_PARAM_construct_end();
	return EVP_MAC_CTX_set_params(mac, params);
}

static int seal(struct duet_ticket_keys *keys, unsigned char *name,
		unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
	struct ticket_key key;
	int result = -1;

	if (take_key(keys, NULL, &key) < 0)
		return 0;
	memcpy(name, key.name, sizeof(key.name));
	if (RAND_bytes(iv, IV_BYTES) == 1 &&
	    EVP_EncryptInit_ex2(cipher, keys->cipher, key.cipher, iv, NULL) ==
		    1 &&
	    set_mac(mac, &key) == 1)
		result = 1;
	duet_mem_wipe(&key, sizeof(key));
	return result;
}

/* As OpenSSL counts: 0 not ours, 1 open, 2 open and due for a new one. */
static int unseal(struct duet_ticket_keys *keys, const unsigned char *name,
		  const unsigned char *iv, EVP_CIPHER_CTX *cipher,
		  EVP_MAC_CTX *mac)
{
	struct ticket_key key;
	int place;
	int result = -1;

	place = take_key(keys, name, &key);
	if (place < 0)
		return 0;
	if (EVP_DecryptInit_ex2(cipher, keys->cipher, key.cipher, iv, NULL) ==
		    1 &&
	    set_mac(mac, &key) == 1)
		result = place == 0 ? 1 : 2;
	duet_mem_wipe(&key, sizeof(key));
	return result;
}

static int ticket_cb(SSL *ssl, unsigned char *name, unsigned char *iv,
		     EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int sealing)
{
	struct duet_ticket_keys *keys = duet_tls_of(ssl)->config->tickets;

	int result;

	if (sealing)
		return seal(keys, name, iv, cipher, mac);
	result = unseal(keys, name, iv, cipher, mac);
	/* RFC 8446 sC.4: by a ticket used twice the visits of a client are
	 * known to be one's. So each is answered by another. */
	if (result == 1 && SSL_version(ssl) == TLS1_3_VERSION)
		return 2;
	return result;
}

/* Sealed with the session: until when what was verified holds. A ticket that
 * is given for another keeps what that one had. */
static int note_end_cb(SSL *ssl, void *arg)
{
	uint64_t until;
	uint8_t bytes[END_BYTES];
	size_t i;

	(void)arg;
	if (SSL_session_reused(ssl) == 1)
		return 1;
	until = (uint64_t)duet_verify_holds_until(duet_tls_of(ssl));
	for (i = 0; i < END_BYTES; i++)
		bytes[i] = (uint8_t)(until >> (8 * i));
	return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), bytes,
					       sizeof(bytes));
}

static bool still_holds(const struct duet_config *config, SSL_SESSION *session)
{
	const uint8_t *bytes;
	uint64_t until = 0;
	void *data = NULL;
	size_t len = 0;
	size_t i;

	if (SSL_SESSION_get0_ticket_appdata(session, &data, &len) != 1 ||
	    len != END_BYTES)
		return false;
	bytes = data;
	for (i = 0; i < END_BYTES; i++)
		until |= (uint64_t)bytes[i] << (8 * i);
	return duet_config_now(config) <= (int64_t)until;
}

static SSL_TICKET_RETURN judge_cb(SSL *ssl, SSL_SESSION *session,
				  const unsigned char *name, size_t len,
				  SSL_TICKET_STATUS status, void *arg)
{
	(void)name;
	(void)len;
	(void)arg;
	if ((status == SSL_TICKET_SUCCESS ||
	     status == SSL_TICKET_SUCCESS_RENEW) &&
	    still_holds(duet_tls_of(ssl)->config, session))
		return status == SSL_TICKET_SUCCESS
			       ? SSL_TICKET_RETURN_USE
			       : SSL_TICKET_RETURN_USE_RENEW;
	return SSL_TICKET_RETURN_IGNORE_RENEW;
}

int duet_ticket_watch(SSL_CTX *ctx)
{
	if (SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, ticket_cb) != 1 ||
	    SSL_CTX_set_session_ticket_cb(ctx, note_end_cb, judge_cb, NULL) !=
		    1)
		return DUET_E_UNSUPPORTED;
	return DUET_OK;
}

int duet_config_ticket_keys(struct duet_config *config,
			    const uint8_t (*keys)[DUET_TICKET_KEY_BYTES],
			    size_t n, struct duet_error *err)
{
	if (keys == NULL || n == 0 || n > DUET_TICKET_KEYS_MAX)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%zu ticket keys are given: 1 to %d are possible",
				      n, DUET_TICKET_KEYS_MAX);
	if (config->tickets == NULL)
		return duet_error_set(err, DUET_E_STATE,
				      "this configuration gives no session tickets: it is a client's, has no_tickets set, or is around an SSL_CTX of yours");
	duet_ticket_keys_set(config->tickets, keys, n);
	return DUET_OK;
}
