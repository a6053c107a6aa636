/* SPDX-License-Identifier: MIT */
#include "broken/certs.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "cert/fault.h"
#include "tls/fault.h"

enum {
	HOUR = 3600,
	DAY = 86400,
	LIFE_DAYS = 30,
};

#define OURS(words) "Duet broken: " words

static const char *const here[] = { "localhost", "127.0.0.1", "::1", NULL };
static const char *const elsewhere[] = { "www.example.org", "example.org",
					 NULL };
static const char *const only_http[] = { "http/1.1", NULL };
static const char *const both_http[] = { "h2", "http/1.1", NULL };

/* What is being made, and with what. */
struct making {
	struct duet_broken_certs *certs;
	struct duet_key *key; /* of every server that needs no other */
	struct duet_identity *root;
	struct duet_buffer other_root_pem;
	struct duet_identity *other_root;
	struct duet_identity *middle;
	struct duet_buffer revoked; /* what the CRL is about */
	struct duet_error *err;
};

static struct duet_bytes bytes_of(const struct duet_buffer *buffer)
{
	return (struct duet_bytes){ buffer->data, buffer->len };
}

static int identity_of(const struct making *m, const struct duet_buffer *pem,
		       const struct duet_key *key, struct duet_identity **ret)
{
	struct duet_buffer key_pem = { NULL, 0 };
	int rc = duet_key_write(key, NULL, &key_pem, m->err);

	if (rc != DUET_OK)
		return rc;
	*ret = duet_identity_new(DUET_IDENTITY(.cert_pem = bytes_of(pem),
					       .key_pem = bytes_of(&key_pem)),
				 m->err);
	duet_buffer_free(&key_pem);
	return *ret != NULL ? DUET_OK : m->err->code;
}

/* An authority with a key of its own, below another or below none (NULL). */
static int make_authority(const struct making *m, const char *name,
			  const struct duet_identity *above,
			  struct duet_buffer *ret_pem,
			  struct duet_identity **ret)
{
	/* One below another ends with it, unless it is asked to end later: the
	 * same number of days, counted a second after, would be that. */
	const struct duet_cert_spec *spec =
		DUET_CERT(.usage = DUET_USAGE_CA, .common_name = name,
			  .days = above == NULL ? LIFE_DAYS : 0,
			  .path_length = above == NULL ? 1 : 0);
	struct duet_key *key = duet_key_new(DUET_KEY_P256, m->err);
	int rc;

	if (key == NULL)
		return m->err->code;
	if (above == NULL)
		rc = duet_cert_self_signed(key, spec, ret_pem, m->err);
	else
		rc = duet_cert_issue(above, key, spec, ret_pem, m->err);
	if (rc == DUET_OK)
		rc = identity_of(m, ret_pem, key, ret);
	duet_key_free(key);
	return rc;
}

/* A server that shows a chain, whatever is in it. */
static int serve_chain(const struct making *m, enum duet_broken_identity which,
		       const struct duet_server_config *more,
		       const struct duet_buffer *chain)
{
	struct duet_server_config options = { .size = sizeof(options) };
	struct duet_identity *identity;
	int rc = identity_of(m, chain, m->key, &identity);

	if (rc != DUET_OK)
		return rc;
	if (more != NULL)
		options = *more;
	options.identities = &identity;
	options.n_identities = 1;
	if (options.alpn == NULL)
		options.alpn = only_http;
	m->certs->configs[which] = duet_config_server(&options, m->err);
	duet_identity_release(identity);
	return m->certs->configs[which] != NULL ? DUET_OK : m->err->code;
}

static int serve_issued(const struct making *m, enum duet_broken_identity which,
			const struct duet_identity *ca,
			const struct duet_cert_spec *spec)
{
	struct duet_buffer chain = { NULL, 0 };
	int rc = duet_cert_issue(ca, m->key, spec, &chain, m->err);

	if (rc == DUET_OK)
		rc = serve_chain(m, which, NULL, &chain);
	duet_buffer_free(&chain);
	return rc;
}

static int make_dated(const struct making *m)
{
	int64_t now = duet_clock_wall();
	int rc = serve_issued(m, DUET_BROKEN_EXPIRED, m->root,
			      DUET_CERT(.names = here,
					.not_before = now - 30 * DAY,
					.not_after = now - 2 * DAY));

	if (rc == DUET_OK)
		rc = serve_issued(m, DUET_BROKEN_NOT_YET_VALID, m->root,
				  DUET_CERT(.names = here,
					    .not_before = now + 3 * DAY + HOUR,
					    .not_after = now + 10 * DAY));
	return rc;
}

static int make_misissued(const struct making *m)
{
	int rc = serve_issued(m, DUET_BROKEN_WRONG_HOST, m->root,
			      DUET_CERT(.names = elsewhere));

	if (rc == DUET_OK)
		rc = serve_issued(m, DUET_BROKEN_CLIENT_USAGE, m->root,
				  DUET_CERT(.names = here,
					    .usage = DUET_USAGE_CLIENT));
	return rc;
}

static int make_self_signed(const struct making *m)
{
	struct duet_buffer pem = { NULL, 0 };
	int rc = duet_cert_self_signed(m->key, DUET_CERT(.names = here), &pem,
				       m->err);

	if (rc == DUET_OK)
		rc = serve_chain(m, DUET_BROKEN_SELF_SIGNED, NULL, &pem);
	duet_buffer_free(&pem);
	return rc;
}

/* Of a chain its first certificate alone. */
static void keep_first(struct duet_buffer *chain)
{
	static const char end[] = "-----END CERTIFICATE-----\n";
	char *at = strstr(chain->data, end);

	if (at == NULL)
		return;
	at[sizeof(end) - 1] = '\0';
	chain->len = (size_t)(at + sizeof(end) - 1 - (char *)chain->data);
}

static int make_no_intermediate(const struct making *m)
{
	struct duet_buffer chain = { NULL, 0 };
	int rc = duet_cert_issue(m->middle, m->key, DUET_CERT(.names = here),
				 &chain, m->err);

	if (rc == DUET_OK) {
		keep_first(&chain);
		rc = serve_chain(m, DUET_BROKEN_NO_INTERMEDIATE, NULL, &chain);
	}
	duet_buffer_free(&chain);
	return rc;
}

/* A whole chain: its root is sent, and is of no use. */
static int make_unknown(const struct making *m)
{
	struct duet_buffer leaf = { NULL, 0 };
	struct duet_buffer chain = { NULL, 0 };
	int rc = duet_cert_issue(m->other_root, m->key,
				 DUET_CERT(.names = here), &leaf, m->err);

	if (rc == DUET_OK)
		chain.data = duet_mem_printf("%s%s", (char *)leaf.data,
					     (char *)m->other_root_pem.data);
	if (rc == DUET_OK && chain.data == NULL)
		rc = duet_error_nomem(m->err);
	if (chain.data != NULL) {
		chain.len = strlen(chain.data);
		rc = serve_chain(m, DUET_BROKEN_UNKNOWN_CA, NULL, &chain);
	}
	duet_buffer_free(&chain);
	duet_buffer_free(&leaf);
	return rc;
}

static int make_revoked(struct making *m, const char *crl_url)
{
	struct duet_bytes leaf;
	int rc = duet_cert_issue(m->root, m->key,
				 DUET_CERT(.names = here, .crl_url = crl_url),
				 &m->revoked, m->err);

	if (rc == DUET_OK)
		rc = serve_chain(m, DUET_BROKEN_REVOKED, NULL, &m->revoked);
	if (rc != DUET_OK)
		return rc;
	leaf = bytes_of(&m->revoked);
	rc = duet_crl_issue(m->root, (struct duet_bytes){ NULL, 0 }, &leaf, 1,
			    0, &m->certs->crl_pem, m->err);
	if (rc == DUET_OK)
		rc = duet_pem_to_der(bytes_of(&m->certs->crl_pem),
				     &m->certs->crl_der, m->err);
	return rc;
}

static int serve_faulty(const struct making *m, enum duet_broken_identity which,
			const struct duet_cert_fault *cert,
			struct duet_tls_fault tls)
{
	struct duet_buffer pem = { NULL, 0 };
	int rc = duet_cert_fault_issue(m->root, DUET_CERT(.names = here), cert,
				       &pem, m->err);

	if (rc != DUET_OK)
		return rc;
	tls.pem = bytes_of(&pem);
	m->certs->configs[which] = duet_tls_fault_server(&tls, m->err);
	duet_buffer_free(&pem);
	return m->certs->configs[which] != NULL ? DUET_OK : m->err->code;
}

static int make_faulty(const struct making *m)
{
	static const struct {
		enum duet_broken_identity which;
		struct duet_cert_fault cert;
		struct duet_tls_fault tls;
	} faults[] = {
		{ DUET_BROKEN_RSA_1024, .cert = { .rsa_1024 = true } },
		{ DUET_BROKEN_SHA_1, .cert = { .sha_1 = true } },
		{ DUET_BROKEN_MUST_STAPLE, .cert = { .must_staple = true } },
		{ DUET_BROKEN_TLS_1_1, .tls = { .only_tls_1_1 = true } },
		{ DUET_BROKEN_NULL_CIPHERS,
		  .tls = { .only_null_ciphers = true } },
	};
	int rc = DUET_OK;
	size_t i;

	for (i = 0; rc == DUET_OK && i < sizeof(faults) / sizeof(faults[0]);
	     i++)
		rc = serve_faulty(m, faults[i].which, &faults[i].cert,
				  faults[i].tls);
	return rc;
}

static int serve_good(const struct making *m, struct duet_trust *clients,
		      const struct duet_buffer *chain)
{
	int rc = serve_chain(m, DUET_BROKEN_GOOD, NULL, chain);

	if (rc == DUET_OK)
		rc = serve_chain(m, DUET_BROKEN_H2,
				 DUET_SERVER_CONFIG(.alpn = both_http), chain);
	if (rc == DUET_OK)
		rc = serve_chain(m, DUET_BROKEN_WANTS_CERT,
				 DUET_SERVER_CONFIG(
						 .client_trust = clients,
						 .client_cert =
							 DUET_CLIENT_CERT_REQUIRE),
				 chain);
	return rc;
}

static int make_good(const struct making *m)
{
	struct duet_buffer chain = { NULL, 0 };
	struct duet_trust *clients;
	int rc;

	clients = duet_trust_new(DUET_TRUST(.ca_pem = bytes_of(
						    &m->certs->ca_pem)),
				 m->err);
	if (clients == NULL)
		return m->err->code;
	rc = duet_cert_issue(m->root, m->key, DUET_CERT(.names = here), &chain,
			     m->err);
	if (rc == DUET_OK)
		rc = serve_good(m, clients, &chain);
	duet_buffer_free(&chain);
	duet_trust_release(clients);
	return rc;
}

static int make_authorities(struct making *m)
{
	struct duet_buffer pem = { NULL, 0 };
	int rc;

	m->key = duet_key_new(DUET_KEY_P256, m->err);
	if (m->key == NULL)
		return m->err->code;
	rc = make_authority(m, OURS("root"), NULL, &m->certs->ca_pem, &m->root);
	if (rc == DUET_OK)
		rc = make_authority(m, OURS("unknown root"), NULL,
				    &m->other_root_pem, &m->other_root);
	if (rc == DUET_OK)
		rc = make_authority(m, OURS("intermediate"), m->root, &pem,
				    &m->middle);
	duet_buffer_free(&pem);
	return rc;
}

int duet_broken_certs_make(struct duet_broken_certs *certs, const char *crl_url,
			   struct duet_error *err)
{
	struct making m = { .certs = certs, .err = err };
	int rc = make_authorities(&m);

	if (rc == DUET_OK)
		rc = make_good(&m);
	if (rc == DUET_OK)
		rc = make_dated(&m);
	if (rc == DUET_OK)
		rc = make_misissued(&m);
	if (rc == DUET_OK)
		rc = make_unknown(&m);
	if (rc == DUET_OK)
		rc = make_self_signed(&m);
	if (rc == DUET_OK)
		rc = make_no_intermediate(&m);
	if (rc == DUET_OK)
		rc = make_revoked(&m, crl_url);
	if (rc == DUET_OK)
		rc = make_faulty(&m);
	duet_identity_release(m.middle);
	duet_identity_release(m.other_root);
	duet_identity_release(m.root);
	duet_buffer_free(&m.revoked);
	duet_buffer_free(&m.other_root_pem);
	duet_key_free(m.key);
	return rc;
}

void duet_broken_certs_done(struct duet_broken_certs *certs)
{
	size_t i;

	duet_buffer_free(&certs->ca_pem);
	duet_buffer_free(&certs->crl_pem);
	duet_buffer_free(&certs->crl_der);
	for (i = 0; i < DUET_BROKEN_IDENTITIES; i++)
		duet_config_release(certs->configs[i]);
}
