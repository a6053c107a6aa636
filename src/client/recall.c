/* SPDX-License-Identifier: MIT */
#include "client/recall.h"

#include <string.h>

#include "base/basic.h"
#include "base/clock.h"
#include "base/mem.h"
#include "client/client_int.h"
#include "client/cookies.h"
#include "client/hsts.h"

static int add_cookies(struct duet_fetch *fetch)
{
	char *field = NULL;
	int rc = DUET_OK;

	if (fetch->client->cookies != NULL)
		rc = duet_cookies_field(fetch->client->cookies, &fetch->ask.url,
					duet_clock_wall(), &field);
	duet_ask_set_cookies(&fetch->ask, field);
	return rc;
}

/* A password of a file is for https: a redirect could ask for it otherwise. */
static int add_credentials(struct duet_fetch *fetch)
{
	const struct duet_client *client = fetch->client;
	struct duet_ask *ask = &fetch->ask;
	const char *userinfo;
	char *value;
	int rc;

	if (client->credentials == NULL || !ask->url.https ||
	    duet_headers_get(&ask->headers, "Authorization") != NULL)
		return DUET_OK;
	userinfo = client->credentials(client->credentials_arg, ask->url.host,
				       fetch->redirects > 0);
	if (userinfo == NULL)
		return DUET_OK;
	value = duet_basic_credentials(userinfo);
	if (value == NULL)
		return DUET_E_NOMEM;
	rc = duet_headers_add(&ask->headers, "Authorization", value);
	duet_mem_free_secret(value, strlen(value));
	return rc;
}

int duet_recall_add(struct duet_fetch *fetch)
{
	int rc = DUET_OK;

	/* A CRL is for everybody. */
	if (!fetch->for_crl)
		rc = add_cookies(fetch);
	if (!fetch->for_crl && rc == DUET_OK)
		rc = add_credentials(fetch);
	return rc;
}

int duet_recall_note(struct duet_fetch *fetch, const struct duet_head *head)
{
	const struct duet_client *client = fetch->client;
	const struct duet_peer_facts *peer = fetch->lane->link->peer;
	const struct duet_url *url = &fetch->ask.url;
	/* RFC 6797 s8.1: the first of them counts. */
	const char *hsts = duet_head_get(head, "Strict-Transport-Security");
	int64_t now = duet_clock_wall();
	int rc = DUET_OK;

	if (fetch->for_crl)
		return DUET_OK;
	if (client->cookies != NULL)
		rc = duet_cookies_take(client->cookies, url, head->headers,
				       now);
	if (rc == DUET_OK && client->hsts != NULL && hsts != NULL &&
	    url->https && peer != NULL && peer->peer.verified)
		rc = duet_hsts_note(client->hsts, url->host, hsts, now);
	return rc;
}
