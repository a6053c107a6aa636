/* SPDX-License-Identifier: MIT */
#include "daemon/hosts.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "http/uri.h"
#include "site/error.h"
#include "tls/engine.h"

enum {
	NAME_BYTES = 256, /* a DNS name has at most 253 */
	SHOWN_BYTES = 128,
};

struct host {
	char *name; /* lower case, perhaps with "*." before; NULL: free */
	size_t site;
};

struct duet_hosts {
	struct host *slots; /* by hash, then the next that is free */
	size_t n_slots;     /* a power of two; at least half are free */
	size_t fallback;    /* the default site, or NONE */
	bool only_default;  /* every name there is leads there */
};

/* FNV-1a. The names that are kept are ours: nobody can make them collide. */
static size_t hash(const char *name)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(1099511628211);
	return (size_t)(h ^ h >> 32);
}

/* The slot of a name, or the free one where it would be. */
static struct host *slot_of(const struct duet_hosts *hosts, const char *name)
{
	size_t i = hash(name) & (hosts->n_slots - 1);

	while (hosts->slots[i].name != NULL &&
	       strcmp(hosts->slots[i].name, name) != 0)
		i = (i + 1) & (hosts->n_slots - 1);
	return &hosts->slots[i];
}

/* In lower case, without a dot at the end; false for what is no name of ours.
 */
static bool normal_name(char dst[NAME_BYTES], struct duet_bytes name)
{
	const unsigned char *p = name.data;
	size_t len = name.len;
	size_t i;

	if (len > 0 && p[len - 1] == '.')
		len--;
	if (len == 0 || len >= NAME_BYTES)
		return false;
	for (i = 0; i < len; i++)
		dst[i] = (char)duet_to_lower(p[i]);
	dst[len] = '\0';
	return strlen(dst) == len;
}

static int add(struct duet_hosts *hosts, const char *given, size_t site)
{
	char name[NAME_BYTES];
	struct host *slot;

	if (!normal_name(name, duet_str(given)))
		return DUET_OK;
	slot = slot_of(hosts, name);
	if (slot->name != NULL)
		return DUET_OK;
	slot->name = duet_mem_strdup(name);
	slot->site = site;
	return slot->name != NULL ? DUET_OK : DUET_E_NOMEM;
}

static int fill(struct duet_hosts *hosts, const struct duet_service_site *sites,
		size_t n)
{
	size_t n_names = 0;
	size_t i;
	size_t k;
	int rc = DUET_OK;

	for (i = 0; i < n; i++)
		n_names += sites[i].n_names;
	hosts->n_slots = 2;
	while (hosts->n_slots < 2 * n_names)
		hosts->n_slots *= 2;
	hosts->slots = duet_mem_array(hosts->n_slots, sizeof(struct host));
	if (hosts->slots == NULL)
		return DUET_E_NOMEM;
	for (i = 0; i < n; i++) {
		if (duet_service_is_default(&sites[i]) &&
		    hosts->fallback == DUET_HOSTS_NONE)
			hosts->fallback = i;
		for (k = 0; rc == DUET_OK && k < sites[i].n_names; k++)
			rc = add(hosts, sites[i].names[k], i);
	}
	hosts->only_default = n == 1 && hosts->fallback == 0;
	return rc;
}

int duet_hosts_new(const struct duet_service_site *sites, size_t n,
		   struct duet_hosts **ret, struct duet_error *err)
{
	struct duet_hosts *hosts = duet_mem_zalloc(sizeof(*hosts));

	if (hosts == NULL)
		return duet_error_nomem(err);
	hosts->fallback = DUET_HOSTS_NONE;
	if (fill(hosts, sites, n) != DUET_OK) {
		duet_hosts_free(hosts);
		return duet_error_nomem(err);
	}
	*ret = hosts;
	return DUET_OK;
}

void duet_hosts_free(struct duet_hosts *hosts)
{
	size_t i;

	if (hosts == NULL)
		return;
	for (i = 0; hosts->slots != NULL && i < hosts->n_slots; i++)
		duet_mem_free(hosts->slots[i].name);
	duet_mem_free(hosts->slots);
	duet_mem_free(hosts);
}

size_t duet_hosts_default(const struct duet_hosts *hosts)
{
	return hosts->fallback;
}

size_t duet_hosts_find(const struct duet_hosts *hosts, struct duet_bytes name)
{
	char text[NAME_BYTES + 1];
	const struct host *slot;
	char *dot;

	if (!normal_name(text + 1, name))
		return hosts->fallback;
	slot = slot_of(hosts, text + 1);
	if (slot->name != NULL)
		return slot->site;
	dot = strchr(text + 1, '.');
	if (dot == NULL || dot == text + 1)
		return hosts->fallback;
	dot[-1] = '*';
	slot = slot_of(hosts, dot - 1);
	return slot->name != NULL ? slot->site : hosts->fallback;
}

const char *duet_hosts_shown(const struct duet_hosts *hosts,
			     const struct duet_service_site *sites, size_t n)
{
	size_t i;
	size_t k;

	if (duet_hosts_find(hosts, duet_str("localhost")) != DUET_HOSTS_NONE)
		return NULL;
	for (i = 0; i < n; i++)
		for (k = 0; k < sites[i].n_names; k++)
			if (sites[i].names[k][0] != '*')
				return sites[i].names[k];
	return sites[0].names[0];
}

struct duet_bytes duet_hosts_name(const struct duet_head *head)
{
	struct duet_bytes name = duet_str(duet_head_get(head, "Host"));
	const char *end;
	bool is_v6;
	struct duet_uri uri;

	/* RFC 9112 s3.2.2: an absolute target stands for Host. */
	if (duet_uri_split(head->method, head->target, &uri) &&
	    uri.authority.len > 0)
		name = uri.authority;
	if (name.len == 0)
		return name;
	is_v6 = *(const char *)name.data == '[';
	end = memchr(name.data, is_v6 ? ']' : ':', name.len);
	if (end != NULL)
		name.len = (size_t)(end - (const char *)name.data) + is_v6;
	return name;
}

static void refuse(struct duet_exchange *exchange, struct duet_bytes asked,
		   const char *sni)
{
	char sentence[2 * SHOWN_BYTES + 160];
	char shown[SHOWN_BYTES];
	char tls[SHOWN_BYTES];

	duet_str_printable(shown, sizeof(shown), asked);
	if (sni == NULL) {
		(void)snprintf(sentence, sizeof(sentence),
			       "this connection was made without a name (SNI), and %s is not served on it; make one that asks for that name.",
			       shown);
	} else {
		duet_str_printable(tls, sizeof(tls), duet_str(sni));
		(void)snprintf(sentence, sizeof(sentence),
			       "this connection was made for %s, and %s is not served on it; make another one for that name.",
			       tls, shown);
	}
	duet_site_error(exchange, 421, sentence);
}

/* That of the connection, if the request is of no other. */
static size_t site_of(const struct duet_hosts *hosts, const char *sni,
		      struct duet_bytes asked)
{
	size_t site = duet_hosts_find(hosts, duet_str(sni));

	if (asked.len == 0 || site == DUET_HOSTS_NONE ||
	    duet_hosts_find(hosts, asked) == site)
		return site;
	return DUET_HOSTS_NONE;
}

size_t duet_hosts_of_refused(const struct duet_hosts *hosts,
			     const struct duet_exchange *exchange)
{
	if (hosts->only_default)
		return 0;
	return site_of(hosts, duet_tls_server_name(duet_exchange_tls(exchange)),
		       duet_hosts_name(duet_exchange_head(exchange)));
}

size_t duet_hosts_choose(const struct duet_hosts *hosts,
			 struct duet_exchange *exchange)
{
	struct duet_bytes asked;
	const char *sni;
	size_t site;

	if (hosts->only_default)
		return 0;
	sni = duet_tls_server_name(duet_exchange_tls(exchange));
	asked = duet_hosts_name(duet_exchange_head(exchange));
	site = site_of(hosts, sni, asked);
	if (site == DUET_HOSTS_NONE)
		refuse(exchange, asked, sni);
	return site;
}
