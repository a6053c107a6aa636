/* SPDX-License-Identifier: MIT */
#include "tls/hello.h"

#include <string.h>

#include "base/mem.h"
#include "tls/config.h"
#include "tls/engine_int.h"
#include "tls/sites.h"

enum {
	SNI_HOST_NAME = 0, /* RFC 6066 s3 */
	SNI_MAX = 255,
};

static size_t be16(const unsigned char *p)
{
	return (size_t)p[0] << 8 | p[1];
}

/* The host_name of the extension; what is malformed is left to OpenSSL. */
static struct duet_bytes asked_name(SSL *ssl)
{
	struct duet_bytes name = { NULL, 0 };
	const unsigned char *p;
	size_t len;

	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &p, &len) !=
		    1 ||
	    len < 5 || be16(p) != len - 2 || p[2] != SNI_HOST_NAME ||
	    be16(p + 3) != len - 5 || len - 5 > SNI_MAX)
		return name;
	name.data = p + 5;
	name.len = len - 5;
	return name;
}

/* The best version offered (RFC 8446 s4.2.1), GREASE values left out. */
static uint16_t best_version(SSL *ssl)
{
	uint16_t best = (uint16_t)SSL_client_hello_get0_legacy_version(ssl);
	const unsigned char *p;
	size_t len;
	size_t i;

	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_supported_versions, &p,
				      &len) != 1 ||
	    len < 3 || p[0] != len - 1)
		return best;
	best = 0;
	for (i = 1; i + 1 < len; i += 2)
		if (p[i] == 3 && be16(p + i) > best)
			best = (uint16_t)be16(p + i);
	return best;
}

static int remember(struct duet_tls *tls, struct duet_bytes name)
{
	duet_mem_free(tls->server_name);
	tls->server_name = NULL;
	if (name.len == 0 || memchr(name.data, '\0', name.len) != NULL)
		return DUET_OK;
	tls->server_name = duet_mem_strndup(name.data, name.len);
	return tls->server_name != NULL ? DUET_OK : DUET_E_NOMEM;
}

/* A session is resumed only under the policy and at the site it began at. */
static int bind_session(SSL *ssl, const struct duet_config *config,
			const struct duet_site *site)
{
	unsigned char id[DUET_DIGEST_BYTES];
	uint32_t number = duet_site_number(site);
	size_t i;

	memcpy(id, config->policy, sizeof(id));
	for (i = 0; i < sizeof(number); i++)
		id[i] = (unsigned char)(id[i] ^ (number >> (8 * i)));
	return SSL_set_session_id_context(ssl, id, sizeof(id));
}

static int show_site(SSL *ssl, struct duet_tls *tls, struct duet_bytes name,
		     int *alert)
{
	const struct duet_sites *sites = tls->config->sites;
	const struct duet_site *site = NULL;

	if (name.len == 0 && tls->config->refuse_nameless) {
		/* RFC 8446 s9.2 would have missing_extension; OpenSSL makes
		 * handshake_failure of it before the version is chosen. */
		*alert = SSL_AD_UNRECOGNIZED_NAME;
		return SSL_CLIENT_HELLO_ERROR;
	}
	if (name.len > 0) {
		site = duet_sites_find(sites, name);
		if (site == NULL && tls->config->refuse_unknown) {
			*alert = SSL_AD_UNRECOGNIZED_NAME;
			return SSL_CLIENT_HELLO_ERROR;
		}
	}
	if (site == NULL)
		site = duet_sites_default(sites);
	*alert = SSL_AD_INTERNAL_ERROR;
	if (bind_session(ssl, tls->config, site) != 1)
		return SSL_CLIENT_HELLO_ERROR;
	/* The default's identities are in the context already. */
	if (site != duet_sites_default(sites) && duet_site_use(site, ssl) != 1)
		return SSL_CLIENT_HELLO_ERROR;
	return SSL_CLIENT_HELLO_SUCCESS;
}

static int hello_cb(SSL *ssl, int *alert, void *arg)
{
	struct duet_tls *tls = duet_tls_of(ssl);
	struct duet_bytes name = asked_name(ssl);

	(void)arg;
	tls->hello.max_version = best_version(ssl);
	if (remember(tls, name) != DUET_OK) {
		*alert = SSL_AD_INTERNAL_ERROR;
		tls->wire->nomem = true;
		return SSL_CLIENT_HELLO_ERROR;
	}
	return show_site(ssl, tls, name, alert);
}

/* Told only so that the answer acknowledges the name (RFC 6066 s3). */
static int name_cb(SSL *ssl, int *alert, void *arg)
{
	const struct duet_tls *tls = duet_tls_of(ssl);
	struct duet_bytes name;

	(void)alert;
	(void)arg;
	name.data = tls->server_name;
	name.len = tls->server_name != NULL ? strlen(tls->server_name) : 0;
	if (name.len == 0 || duet_sites_find(tls->config->sites, name) == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	return SSL_TLSEXT_ERR_OK;
}

void duet_hello_watch(SSL_CTX *ctx)
{
	SSL_CTX_set_client_hello_cb(ctx, hello_cb, NULL);
	SSL_CTX_set_tlsext_servername_callback(ctx, name_cb);
}
