/* SPDX-License-Identifier: MIT */
#include "tls/config.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/opts.h"
#include "cert/identity.h"
#include "cert/ossl.h"
#include "tls/engine_int.h"
#include "tls/hello.h"
#include "tls/pin.h"
#include "tls/policy.h"
#include "tls/revocation.h"
#include "tls/sites.h"
#include "tls/ticket.h"
#include "tls/verify.h"
#include "tls/wire.h"

int64_t duet_config_now(const struct duet_config *config)
{
	return config->clock != NULL ? config->clock(config->clock_arg)
				     : duet_clock_wall();
}

static int fail_ossl(struct duet_error *err, const char *what)
{
	return duet_ossl_error_set(err, DUET_E_UNSUPPORTED,
				   "a TLS configuration: OpenSSL refuses %s",
				   what);
}

static struct duet_config *new_config(bool is_server, struct duet_error *err)
{
	struct duet_config *config = duet_mem_zalloc(sizeof(*config));

	if (config == NULL) {
		(void)duet_error_nomem(err);
		return NULL;
	}
	atomic_init(&config->refs, 1);
	config->is_server = is_server;
	config->bio = duet_wire_method_new();
	if (config->bio == NULL) {
		(void)duet_error_nomem(err);
		duet_config_release(config);
		return NULL;
	}
	return config;
}

static int make_context(struct duet_config *config, struct duet_error *err)
{
	config->ctx = SSL_CTX_new(config->is_server ? TLS_server_method()
						    : TLS_client_method());
	if (config->ctx == NULL)
		return fail_ossl(err, "a new SSL_CTX");
	return DUET_OK;
}

static void keylog_cb(const SSL *ssl, const char *line)
{
	const struct duet_config *config = duet_tls_of(ssl)->config;

	config->keylog(line, config->keylog_arg);
}

static void watch_keys(struct duet_config *config)
{
	if (config->keylog != NULL)
		SSL_CTX_set_keylog_callback(config->ctx, keylog_cb);
}

/* The digest of all that decides who is believed and who we are. */
struct policy_digest {
	EVP_MD_CTX *md;
	bool broken;
};

static void mix(struct policy_digest *digest, const void *data, size_t len)
{
	if (EVP_DigestUpdate(digest->md, data, len) != 1)
		digest->broken = true;
}

static void mix_identity(struct policy_digest *digest,
			 const struct duet_identity *identity)
{
	unsigned char *der = NULL;
	int len;

	len = i2d_X509(duet_identity_leaf(identity), &der);
	if (len < 0)
		digest->broken = true;
	else
		mix(digest, der, (size_t)len);
	OPENSSL_free(der);
}

static int seal_policy(struct duet_config *config, const uint8_t *facts,
		       size_t n_facts, struct duet_identity *const *identities,
		       size_t n, struct duet_error *err)
{
	struct policy_digest digest = { NULL, false };
	size_t i;

	digest.md = EVP_MD_CTX_new();
	if (digest.md == NULL ||
	    EVP_DigestInit_ex(digest.md, EVP_sha256(), NULL) != 1) {
		digest.broken = true;
		goto out;
	}
	mix(&digest, facts, n_facts);
	if (config->trust != NULL)
		mix(&digest, config->trust->digest, DUET_DIGEST_BYTES);
	if (config->n_pins > 0)
		mix(&digest, config->pins,
		    config->n_pins * sizeof(*config->pins));
	for (i = 0; i < n; i++)
		mix_identity(&digest, identities[i]);
	if (EVP_DigestFinal_ex(digest.md, config->policy, NULL) != 1)
		digest.broken = true;
out:
	EVP_MD_CTX_free(digest.md);
	return digest.broken ? duet_error_nomem(err) : DUET_OK;
}

static int check_choice(const char *what, unsigned value, unsigned max,
			struct duet_error *err)
{
	if (value <= max)
		return DUET_OK;
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "a TLS configuration: .%s is %u, which means nothing",
			      what, value);
}

static int check_choices(uint8_t profile, uint8_t closure, uint8_t crl,
			 uint8_t client_cert, struct duet_error *err)
{
	int rc;

	rc = check_choice("profile", profile, DUET_PROFILE_MODERN, err);
	if (rc == DUET_OK)
		rc = check_choice("closure", closure, DUET_CLOSE_LENIENT, err);
	if (rc == DUET_OK)
		rc = check_choice("crl", crl, DUET_CRL_OFF, err);
	if (rc == DUET_OK)
		rc = check_choice("client_cert", client_cert,
				  DUET_CLIENT_CERT_REQUIRE, err);
	return rc;
}

static int set_alpn(struct duet_config *config, const char *const *alpn,
		    struct duet_error *err)
{
	int rc;

	if (alpn == NULL)
		return DUET_OK;
	rc = duet_policy_alpn(alpn, &config->alpn, &config->alpn_len, err);
	if (rc != DUET_OK)
		return rc;
	if (config->is_server)
		duet_policy_choose_alpn(config->ctx);
	else if (SSL_CTX_set_alpn_protos(config->ctx, config->alpn,
					 (unsigned)config->alpn_len) != 0)
		return fail_ossl(err, "this list of ALPN protocols");
	return DUET_OK;
}

static int believe(struct duet_config *config, struct duet_trust *trust,
		   struct duet_error *err)
{
	config->trust = trust != NULL ? duet_trust_retain(trust)
				      : duet_trust_new(NULL, err);
	if (config->trust == NULL)
		return err != NULL ? err->code : DUET_E_SYSTEM;
	return DUET_OK;
}

static int show_client_identity(struct duet_config *config,
				struct duet_identity *identity,
				struct duet_error *err)
{
	if (identity == NULL)
		return DUET_OK;
	config->identity = duet_identity_retain(identity);
	if (SSL_CTX_use_cert_and_key(config->ctx, duet_identity_leaf(identity),
				     duet_identity_key(identity),
				     duet_identity_rest(identity), 1) != 1)
		return duet_policy_refuse_identity(identity, err);
	return DUET_OK;
}

static void copy_client(struct duet_config *config,
			const struct duet_client_config *options)
{
	config->any_certificate = options->insecure_any_certificate != 0;
	config->any_name = options->insecure_any_name != 0;
	config->any_time = options->insecure_any_time != 0;
	config->closure = options->closure;
	config->clock = options->clock;
	config->clock_arg = options->clock_arg;
	config->keylog = options->keylog;
	config->keylog_arg = options->keylog_arg;
	config->revocation = options->revocation;
	config->short_lived_s = options->short_lived_s != 0
					? options->short_lived_s
					: DUET_SHORT_LIVED_S;
}

/* Lists that are given and lists that are fetched would answer one question
 * twice, and which of them failed is hard to tell. */
static int check_revocation(const struct duet_client_config *options,
			    struct duet_error *err)
{
	if (options->revocation != DUET_REVOCATION_OFF &&
	    options->trust != NULL && options->trust->has_crl)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a TLS configuration: trust has CRLs, and .revocation is to fetch them: do one of the two");
	if (options->revocation != DUET_REVOCATION_OFF &&
	    options->insecure_any_certificate != 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a TLS configuration: .revocation means nothing where any certificate is believed: leave one of the two out");
	return check_choice("revocation", options->revocation,
			    DUET_REVOCATION_HARD, err);
}

static int build_client(struct duet_config *config,
			const struct duet_client_config *options,
			struct duet_error *err)
{
	const uint8_t facts[] = {
		'c',
		options->profile,
		options->crl,
		config->any_certificate,
		config->any_name,
		config->any_time,
		options->insecure_old_versions != 0,
		options->revocation,
		/* Whom nobody asked about is not known in another patience. */
		(uint8_t)((uint32_t)config->short_lived_s >> 24),
		(uint8_t)((uint32_t)config->short_lived_s >> 16),
		(uint8_t)((uint32_t)config->short_lived_s >> 8),
		(uint8_t)config->short_lived_s,
	};
	size_t n = options->identity != NULL ? 1 : 0;
	int rc;

	rc = check_choices(options->profile, options->closure, options->crl, 0,
			   err);
	if (rc == DUET_OK)
		rc = check_revocation(options, err);
	if (rc == DUET_OK)
		rc = duet_pin_set(config, options->pins, options->n_pins, err);
	if (rc == DUET_OK)
		rc = make_context(config, err);
	if (rc == DUET_OK)
		rc = duet_policy_protocol(config->ctx, options->profile,
					  options->insecure_old_versions != 0,
					  err);
	if (rc == DUET_OK)
		rc = duet_policy_only(config->ctx, options->only_version,
				      options->insecure_old_versions != 0,
				      options->only_groups, err);
	if (rc == DUET_OK && !config->any_certificate)
		rc = believe(config, options->trust, err);
	if (rc == DUET_OK)
		rc = duet_verify_server(config, options->crl, err);
	if (rc == DUET_OK)
		rc = show_client_identity(config, options->identity, err);
	if (rc == DUET_OK)
		rc = set_alpn(config, options->alpn, err);
	if (rc == DUET_OK)
		rc = seal_policy(config, facts, sizeof(facts),
				 &options->identity, n, err);
	watch_keys(config);
	/* A session is kept by who exports it. */
	if (rc == DUET_OK)
		(void)SSL_CTX_set_session_cache_mode(config->ctx,
						     SSL_SESS_CACHE_OFF);
	return rc;
}

struct duet_config *duet_config_client(const struct duet_client_config *given,
				       struct duet_error *err)
{
	struct duet_client_config options;
	struct duet_config *config;
	struct duet_ossl_queue queue;
	struct duet_error own;

	if (err == NULL)
		err = &own;
	if (duet_opts_copy(&options, sizeof(options), given,
			   "duet_client_config", err) != DUET_OK)
		return NULL;
	duet_ossl_queue_save(&queue);
	config = new_config(false, err);
	if (config != NULL) {
		copy_client(config, &options);
		if (build_client(config, &options, err) != DUET_OK) {
			duet_config_release(config);
			config = NULL;
		}
	}
	duet_ossl_queue_restore(&queue);
	return config;
}

static int check_server(const struct duet_server_config *options,
			struct duet_error *err)
{
	size_t i;

	if (options->identities == NULL || options->n_identities == 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a server needs an identity: a certificate and its private key");
	for (i = 0; i < options->n_identities; i++)
		if (options->identities[i] == NULL)
			return duet_error_set(err, DUET_E_ARGUMENT,
					      "identity number %zu of a server is NULL",
					      i + 1);
	for (i = 0; options->names != NULL && i < options->n_identities; i++)
		if (options->names[i] == NULL)
			return duet_error_set(err, DUET_E_ARGUMENT,
					      "the list of names of a server's identity number %zu is NULL; give an empty one",
					      i + 1);
	if (options->client_cert != DUET_CLIENT_CERT_NONE &&
	    options->client_trust == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "client certificates are asked for, but client_trust does not say whose: give the CA that issues them");
	if (options->client_cert == DUET_CLIENT_CERT_NONE &&
	    options->client_trust != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "client_trust is given, but no certificate is asked for: set client_cert to request or require one");
	return check_choices(options->profile, options->closure, options->crl,
			     options->client_cert, err);
}

static int show_identities(struct duet_config *config,
			   const struct duet_server_config *options,
			   struct duet_error *err)
{
	int rc;

	rc = duet_policy_try_identities(config->ctx, options->identities,
					options->n_identities, err);
	if (rc == DUET_OK)
		rc = duet_sites_new(options->identities, options->n_identities,
				    options->names, &config->sites, err);
	if (rc != DUET_OK)
		return rc;
	if (duet_site_use_in_ctx(duet_sites_default(config->sites),
				 config->ctx) != 1)
		return fail_ossl(err, "the identities together");
	duet_hello_watch(config->ctx);
	return DUET_OK;
}

/*
 * Sessions live in tickets only: a cache would grow with strangers' visits
 * and be known to one process.
 */
static int give_tickets(struct duet_config *config, bool no_tickets,
			struct duet_error *err)
{
	int rc;

	(void)SSL_CTX_set_session_cache_mode(config->ctx, SSL_SESS_CACHE_OFF);
	if (SSL_CTX_set_session_id_context(config->ctx, config->policy,
					   sizeof(config->policy)) != 1)
		return fail_ossl(err, "a session context");
	if (no_tickets) {
		(void)SSL_CTX_set_options(config->ctx, SSL_OP_NO_TICKET);
		if (SSL_CTX_set_num_tickets(config->ctx, 0) != 1)
			return fail_ossl(err, "to do without tickets");
		return DUET_OK;
	}
	rc = duet_ticket_keys_new(&config->tickets, err);
	if (rc != DUET_OK)
		return rc;
	if (duet_ticket_watch(config->ctx) != DUET_OK ||
	    SSL_CTX_set_num_tickets(config->ctx, 1) != 1)
		return fail_ossl(err, "keys for session tickets");
	return DUET_OK;
}

static void copy_server(struct duet_config *config,
			const struct duet_server_config *options)
{
	config->closure = options->closure;
	config->refuse_unknown = options->refuse_unknown_names != 0;
	config->refuse_nameless = options->refuse_nameless != 0;
	config->clock = options->clock;
	config->clock_arg = options->clock_arg;
	config->keylog = options->keylog;
	config->keylog_arg = options->keylog_arg;
	config->trust = duet_trust_retain(options->client_trust);
}

static int build_server(struct duet_config *config,
			const struct duet_server_config *options,
			struct duet_error *err)
{
	const uint8_t facts[] = {
		's',
		options->profile,
		options->crl,
		options->client_cert,
	};
	int rc;

	rc = make_context(config, err);
	if (rc == DUET_OK)
		rc = duet_policy_protocol(config->ctx, options->profile, false,
					  err);
	if (rc == DUET_OK)
		rc = show_identities(config, options, err);
	if (rc == DUET_OK)
		rc = duet_verify_clients(config, options->client_cert,
					 options->crl, err);
	if (rc == DUET_OK)
		rc = set_alpn(config, options->alpn, err);
	if (rc == DUET_OK)
		rc = seal_policy(config, facts, sizeof(facts),
				 options->identities, options->n_identities,
				 err);
	if (rc == DUET_OK)
		rc = give_tickets(config, options->no_tickets != 0, err);
	watch_keys(config);
	return rc;
}

struct duet_config *duet_config_server(const struct duet_server_config *given,
				       struct duet_error *err)
{
	struct duet_server_config options;
	struct duet_config *config;
	struct duet_ossl_queue queue;

	if (duet_opts_copy(&options, sizeof(options), given,
			   "duet_server_config", err) != DUET_OK ||
	    check_server(&options, err) != DUET_OK)
		return NULL;
	duet_ossl_queue_save(&queue);
	config = new_config(true, err);
	if (config != NULL) {
		copy_server(config, &options);
		if (build_server(config, &options, err) != DUET_OK) {
			duet_config_release(config);
			config = NULL;
		}
	}
	duet_ossl_queue_restore(&queue);
	return config;
}

struct duet_config *duet_config_retain(struct duet_config *config)
{
	if (config != NULL)
		(void)atomic_fetch_add_explicit(&config->refs, 1,
						memory_order_relaxed);
	return config;
}

void duet_config_release(struct duet_config *config)
{
	/* acq_rel: whoever frees sees all that the others did before. */
	if (config == NULL ||
	    atomic_fetch_sub_explicit(&config->refs, 1, memory_order_acq_rel) !=
		    1)
		return;
	SSL_CTX_free(config->ctx);
	BIO_meth_free(config->bio);
	duet_trust_release(config->trust);
	duet_sites_free(config->sites);
	duet_ticket_keys_free(config->tickets);
	duet_identity_release(config->identity);
	duet_mem_free(config->pins);
	duet_mem_free(config->alpn);
	duet_mem_free(config);
}
