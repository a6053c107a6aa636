/* SPDX-License-Identifier: MIT */
#include "tls/policy.h"

#include <string.h>

#include <openssl/err.h>

#include "base/error.h"
#include "base/mem.h"
#include "cert/identity.h"
#include "cert/ossl.h"
#include "tls/engine_int.h"
#include "tls/facts.h"

/*
 * Mozilla's server side TLS recommendations, version 5.7. A server of ours
 * has no DH parameters and so never takes DHE, which costs it too much.
 */
static const char intermediate_ciphers[] =
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
	"DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:"
	"DHE-RSA-CHACHA20-POLY1305";
static const char old_ciphers[] = "HIGH:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=0";
static const char suites[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
			     "TLS_CHACHA20_POLY1305_SHA256";
static const char groups[] = "X25519:P-256:P-384";
/* OpenSSL 3.5 and later; the others do not take the list. */
static const char hybrid_groups[] = "X25519MLKEM768:X25519:P-256:P-384";

enum {
	SECURITY_LEVEL = 2, /* 112 bits: no RSA below 2048, no SHA-1 */
	ALPN_NAME_MAX = 255,
	ALPN_MAX = 4096,
	NAME_BYTES = 128,
};

static int refused(struct duet_error *err, const char *what)
{
	return duet_ossl_error_set(err, DUET_E_UNSUPPORTED,
				   "a TLS configuration: OpenSSL refuses our %s",
				   what);
}

static bool set_groups(SSL_CTX *ctx)
{
	bool done = SSL_CTX_set1_groups_list(ctx, hybrid_groups) == 1;

	ERR_clear_error();
	return done || SSL_CTX_set1_groups_list(ctx, groups) == 1;
}

int duet_policy_protocol(SSL_CTX *ctx, enum duet_profile profile,
			 bool old_versions, struct duet_error *err)
{
	const uint64_t options =
		SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION;
	int lowest = profile == DUET_PROFILE_MODERN ? TLS1_3_VERSION
						    : TLS1_2_VERSION;

	if (old_versions)
		lowest = TLS1_VERSION;
	/* What openssl.cnf of the system says may be laxer or stricter. */
	SSL_CTX_set_security_level(ctx, SECURITY_LEVEL);
	(void)SSL_CTX_set_options(ctx, options);
	/* No chain but the one we were given; no record waits for the next. */
	(void)SSL_CTX_set_mode(ctx,
			       SSL_MODE_ENABLE_PARTIAL_WRITE |
				       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				       SSL_MODE_AUTO_RETRY |
				       SSL_MODE_NO_AUTO_CHAIN);
	if (SSL_CTX_set_min_proto_version(ctx, lowest) != 1 ||
	    SSL_CTX_set_max_proto_version(ctx, 0) != 1)
		return refused(err, "protocol versions");
	if (SSL_CTX_set_cipher_list(ctx, old_versions
						 ? old_ciphers
						 : intermediate_ciphers) != 1 ||
	    SSL_CTX_set_ciphersuites(ctx, suites) != 1)
		return refused(err, "cipher suites");
	if (!set_groups(ctx))
		return refused(err, "groups");
	return DUET_OK;
}

static int only_version(SSL_CTX *ctx, unsigned version, bool old_versions,
			struct duet_error *err)
{
	static const struct {
		unsigned version;
		int wire;
	} table[] = {
		{ DUET_TLS_1_0, TLS1_VERSION },
		{ DUET_TLS_1_1, TLS1_1_VERSION },
		{ DUET_TLS_1_2, TLS1_2_VERSION },
		{ DUET_TLS_1_3, TLS1_3_VERSION },
	};
	size_t i;

	if (version < DUET_TLS_1_2 && !old_versions)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a TLS configuration: .only_version %u is older than TLS 1.2: it wants .insecure_old_versions",
				      version);
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].version != version)
			continue;
		if (SSL_CTX_set_min_proto_version(ctx, table[i].wire) != 1 ||
		    SSL_CTX_set_max_proto_version(ctx, table[i].wire) != 1)
			return refused(err, "only protocol version");
		return DUET_OK;
	}
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "a TLS configuration: .only_version is %u, which means nothing",
			      version);
}

int duet_policy_only(SSL_CTX *ctx, unsigned version, bool old_versions,
		     const char *only_groups, struct duet_error *err)
{
	if (only_groups != NULL &&
	    SSL_CTX_set1_groups_list(ctx, only_groups) != 1)
		return duet_ossl_error_set(err, DUET_E_UNSUPPORTED,
					   "a TLS configuration: OpenSSL has not all of the groups '%s'",
					   only_groups);
	return version == DUET_TLS_ANY
		       ? DUET_OK
		       : only_version(ctx, version, old_versions, err);
}

int duet_policy_alpn(const char *const *names, uint8_t **ret, size_t *ret_len,
		     struct duet_error *err)
{
	uint8_t wire[ALPN_MAX];
	size_t used = 0;
	uint8_t *copy;
	size_t i;

	for (i = 0; names[i] != NULL; i++) {
		size_t len = strlen(names[i]);

		if (len == 0 || len > ALPN_NAME_MAX ||
		    used + 1 + len > sizeof(wire))
			return duet_error_set(err, DUET_E_ARGUMENT,
					      "ALPN protocol number %zu is empty or too long",
					      i + 1);
		wire[used++] = (uint8_t)len;
		memcpy(wire + used, names[i], len);
		used += len;
	}
	if (used == 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "the list of ALPN protocols is empty");
	copy = duet_mem_dup(wire, used);
	if (copy == NULL)
		return duet_error_nomem(err);
	*ret = copy;
	*ret_len = used;
	return DUET_OK;
}

static int alpn_cb(SSL *ssl, const unsigned char **ret, unsigned char *ret_len,
		   const unsigned char *offered, unsigned offered_len,
		   void *arg)
{
	const struct duet_config *config = duet_tls_of(ssl)->config;
	unsigned char *chosen = NULL;

	(void)arg;
	if (SSL_select_next_proto(&chosen, ret_len, config->alpn,
				  (unsigned)config->alpn_len, offered,
				  offered_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*ret = chosen;
	return SSL_TLSEXT_ERR_OK;
}

void duet_policy_choose_alpn(SSL_CTX *ctx)
{
	SSL_CTX_set_alpn_select_cb(ctx, alpn_cb, NULL);
}

int duet_policy_refuse_identity(const struct duet_identity *identity,
				struct duet_error *err)
{
	bool weak = duet_ossl_has(ERR_LIB_SSL, SSL_R_EE_KEY_TOO_SMALL) ||
		    duet_ossl_has(ERR_LIB_SSL, SSL_R_CA_KEY_TOO_SMALL) ||
		    duet_ossl_has(ERR_LIB_SSL, SSL_R_CA_MD_TOO_WEAK);
	char name[NAME_BYTES];

	duet_facts_name_short(name, sizeof(name),
			      X509_get_subject_name(
				      duet_identity_leaf(identity)));
	if (weak)
		return duet_ossl_error_set(err, DUET_E_WEAK,
					   "the certificate of '%s' is too weak (RSA below 2048 bits, or signed with SHA-1): nobody would accept it, make a new one",
					   name);
	return duet_ossl_error_set(err, DUET_E_ARGUMENT,
				   "the certificate of '%s' and its key cannot be used for TLS",
				   name);
}

/* On an SSL, because an SSL_CTX cannot forget what it tried. */
int duet_policy_try_identities(SSL_CTX *ctx,
			       struct duet_identity *const *identities,
			       size_t n, struct duet_error *err)
{
	SSL *ssl = SSL_new(ctx);
	int rc = DUET_OK;
	size_t i;

	if (ssl == NULL)
		return refused(err, "context");
	for (i = 0; rc == DUET_OK && i < n; i++)
		if (SSL_use_cert_and_key(ssl, duet_identity_leaf(identities[i]),
					 duet_identity_key(identities[i]),
					 duet_identity_rest(identities[i]),
					 1) != 1)
			rc = duet_policy_refuse_identity(identities[i], err);
	SSL_free(ssl);
	return rc;
}
