/* SPDX-License-Identifier: MIT */
#include "client/ways.h"

#include <net/if.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "tls/engine.h"

enum {
	SHOWN_BYTES = 120,
};

static char *lower_copy(const char *host)
{
	char *copy = duet_mem_strdup(host);
	char *p;

	for (p = copy; p != NULL && *p != '\0'; p++)
		*p = (char)duet_to_lower((unsigned char)*p);
	return copy;
}

static int copy_route(struct duet_route *ret, const struct duet_resolve *given,
		      struct duet_error *err)
{
	if (given->address == NULL ||
	    !duet_address_parse(&ret->address, given->address, given->port))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "struct duet_resolve: '%s' is not an IP address; write one in numbers",
				      given->address != NULL ? given->address
							     : "");
	ret->port = given->port;
	ret->host = lower_copy(given->host);
	return ret->host != NULL ? DUET_OK : duet_error_nomem(err);
}

static int copy_routes(struct duet_ways *ways, const struct duet_resolve *given,
		       struct duet_error *err)
{
	size_t n = 0;
	int rc = DUET_OK;

	if (given == NULL)
		return DUET_OK;
	while (given[n].host != NULL)
		n++;
	ways->routes = duet_mem_array(n, sizeof(*ways->routes));
	if (ways->routes == NULL)
		return duet_error_nomem(err);
	while (ways->n_routes < n && rc == DUET_OK) {
		rc = copy_route(&ways->routes[ways->n_routes],
				&given[ways->n_routes], err);
		ways->n_routes++;
	}
	return rc;
}

static int copy_detours(struct duet_ways *ways,
			const struct duet_connect_to *given,
			struct duet_error *err)
{
	size_t n = 0;
	size_t i;

	if (given == NULL)
		return DUET_OK;
	while (given[n].host != NULL && given[n].to_host != NULL)
		n++;
	ways->detours = duet_mem_array(n, sizeof(*ways->detours));
	if (ways->detours == NULL)
		return duet_error_nomem(err);
	for (i = 0; i < n; i++) {
		struct duet_detour *detour = &ways->detours[ways->n_detours++];

		detour->port = given[i].port;
		detour->to_port = given[i].to_port;
		detour->host = lower_copy(given[i].host);
		detour->to_host = lower_copy(given[i].to_host);
		if (detour->host == NULL || detour->to_host == NULL)
			return duet_error_nomem(err);
	}
	return DUET_OK;
}

/* Both proxies, and who is reached without. */
static int copy_proxies(struct duet_ways *ways,
			const struct duet_client_options *options,
			struct duet_error *err)
{
	const char *for_http = options->proxy_for_http;
	int rc = DUET_OK;

	if (options->proxy_tls != NULL &&
	    duet_config_asks_revocation(options->proxy_tls))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "struct duet_client_options: .proxy_tls asks for revocation, and nobody fetches lists for a proxy: leave .revocation out of it");
	ways->http_is_apart = for_http != NULL;
	if (options->proxy != NULL && options->proxy[0] != '\0')
		rc = duet_proxy_parse(&ways->proxy, options->proxy,
				      options->proxy_user, err);
	if (rc == DUET_OK && for_http != NULL && for_http[0] != '\0')
		rc = duet_proxy_parse(&ways->proxy_for_http, for_http,
				      options->proxy_user, err);
	if (rc == DUET_OK && options->no_proxy != NULL) {
		rc = duet_no_proxy_check(options->no_proxy, err);
		ways->no_proxy = duet_mem_strdup(options->no_proxy);
		if (rc == DUET_OK && ways->no_proxy == NULL)
			rc = duet_error_nomem(err);
	}
	if (options->proxy_tls != NULL)
		ways->proxy_tls = duet_config_retain(options->proxy_tls);
	return rc;
}

static int copy_unix_socket(struct duet_ways *ways,
			    const struct duet_client_options *options,
			    struct duet_error *err)
{
	char shown[SHOWN_BYTES];

	if (options->unix_socket == NULL)
		return DUET_OK;
	if (ways->proxy.host != NULL || ways->proxy_for_http.host != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "struct duet_client_options: .unix_socket and .proxy are both set; there is one way at a time");
	if (duet_address_of_path(&ways->unix_address, options->unix_socket))
		return DUET_OK;
	duet_str_printable(shown, sizeof(shown),
			   duet_str(options->unix_socket));
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "the unix socket '%s': its path has 1 to 107 bytes; make a link to it with a shorter one",
			      shown);
}

/* An address says which family goes with it. */
static int copy_interface(struct duet_ways *ways,
			  const struct duet_client_options *options,
			  struct duet_error *err)
{
	const char *given = options->interface;
	char shown[SHOWN_BYTES];
	sa_family_t family;

	if (options->family == DUET_FAMILY_IPV4)
		ways->family = AF_INET;
	else if (options->family == DUET_FAMILY_IPV6)
		ways->family = AF_INET6;
	if (given == NULL)
		return DUET_OK;
	duet_str_printable(shown, sizeof(shown), duet_str(given));
	if (duet_address_parse(&ways->from, given, 0)) {
		family = ways->from.storage.ss_family;
		if (ways->family != AF_UNSPEC && ways->family != family)
			return duet_error_set(err, DUET_E_ARGUMENT,
					      "the interface '%s' is no %saddress, and only those are asked for; leave one of the two out",
					      shown,
					      duet_family_words(ways->family));
		ways->family = family;
		return DUET_OK;
	}
	if (given[0] == '\0' || strlen(given) >= IF_NAMESIZE)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "the interface '%s': no interface has such a name; 'ip link' shows them",
				      shown);
	ways->device = duet_mem_strdup(given);
	return ways->device != NULL ? DUET_OK : duet_error_nomem(err);
}

int duet_ways_init(struct duet_ways *ways,
		   const struct duet_client_options *options,
		   struct duet_error *err)
{
	int rc;

	memset(ways, 0, sizeof(*ways));
	rc = copy_routes(ways, options->resolve, err);
	if (rc == DUET_OK)
		rc = copy_detours(ways, options->connect_to, err);
	if (rc == DUET_OK)
		rc = copy_proxies(ways, options, err);
	if (rc == DUET_OK)
		rc = copy_unix_socket(ways, options, err);
	if (rc == DUET_OK)
		rc = copy_interface(ways, options, err);
	return rc;
}

void duet_ways_done(struct duet_ways *ways)
{
	size_t i;

	for (i = 0; i < ways->n_routes; i++)
		duet_mem_free(ways->routes[i].host);
	duet_mem_free(ways->routes);
	for (i = 0; i < ways->n_detours; i++) {
		duet_mem_free(ways->detours[i].host);
		duet_mem_free(ways->detours[i].to_host);
	}
	duet_mem_free(ways->detours);
	duet_proxy_done(&ways->proxy);
	duet_proxy_done(&ways->proxy_for_http);
	duet_mem_free(ways->no_proxy);
	duet_config_release(ways->proxy_tls);
	duet_mem_free(ways->device);
	memset(ways, 0, sizeof(*ways));
}

static const struct duet_proxy *proxy_for(const struct duet_ways *ways,
					  const struct duet_url *url)
{
	const struct duet_proxy *proxy = &ways->proxy;

	if (!url->https && ways->http_is_apart)
		proxy = &ways->proxy_for_http;
	if (proxy->host == NULL)
		return NULL;
	if (ways->no_proxy != NULL &&
	    duet_no_proxy_covers(ways->no_proxy, url->host, url->port))
		return NULL;
	return proxy;
}

/* Whether a detour was found. */
static bool take_detour(const struct duet_ways *ways,
			struct duet_choice *choice)
{
	const struct duet_detour *detour;
	size_t i;

	for (i = 0; i < ways->n_detours; i++) {
		detour = &ways->detours[i];
		if ((detour->host[0] != '\0' &&
		     strcmp(detour->host, choice->host) != 0) ||
		    (detour->port != 0 && detour->port != choice->port))
			continue;
		if (detour->to_host[0] != '\0')
			choice->host = detour->to_host;
		if (detour->to_port != 0)
			choice->port = detour->to_port;
		return true;
	}
	return false;
}

void duet_ways_choose(const struct duet_ways *ways, const struct duet_url *url,
		      struct duet_choice *ret)
{
	bool elsewhere;

	ret->host = url->host;
	ret->port = url->port;
	ret->proxy = ways->unix_address.len > 0 ? NULL : proxy_for(ways, url);
	elsewhere = take_detour(ways, ret);
	/* RFC 9112 s3.2.2: only plain HTTP can be left to the proxy, and only
	 * to where the URL says. */
	ret->absolute = ret->proxy != NULL && !url->https && !elsewhere &&
			!duet_proxy_is_socks(ret->proxy);
}

static size_t find(const struct duet_ways *ways, const char *host,
		   uint16_t port,
		   struct duet_address found[DUET_WAYS_ADDRESSES_MAX])
{
	const struct duet_route *route;
	size_t n = 0;
	size_t i;

	for (i = 0; i < ways->n_routes && n < DUET_WAYS_ADDRESSES_MAX; i++) {
		route = &ways->routes[i];
		if (route->port == port && strcmp(route->host, host) == 0)
			found[n++] = route->address;
	}
	return n;
}

size_t duet_ways_addresses(const struct duet_ways *ways, const char *host,
			   uint16_t port,
			   struct duet_address found[DUET_WAYS_ADDRESSES_MAX])
{
	size_t n = find(ways, host, port, found);

	return n > 0 ? n : find(ways, "*", port, found);
}
