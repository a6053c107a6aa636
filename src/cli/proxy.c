/* SPDX-License-Identifier: MIT */
#include "cli/proxy.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* The first of them that says anything, or NULL. */
static const char *from_environment(const char *const names[])
{
	const char *value;
	size_t i;

	for (i = 0; names[i] != NULL; i++) {
		value = getenv(names[i]);
		if (value != NULL && value[0] != '\0')
			return value;
	}
	return NULL;
}

void duet_reach_proxy_choose(const struct duet_reach_options *options,
			     struct duet_client_options *ret)
{
	static const char *const https[] = { "https_proxy", "HTTPS_PROXY",
					     "all_proxy", "ALL_PROXY", NULL };
	/* Not HTTP_PROXY: in CGI that is what a client sends as "Proxy:". */
	static const char *const http[] = { "http_proxy", "all_proxy",
					    "ALL_PROXY", NULL };
	static const char *const none[] = { "no_proxy", "NO_PROXY", NULL };

	ret->proxy = NULL;
	ret->proxy_for_http = NULL;
	ret->proxy_user = options->proxy_user;
	ret->no_proxy = options->noproxy != NULL ? options->noproxy
						 : from_environment(none);
	if (options->unix_socket != NULL)
		return;
	if (options->proxy != NULL) {
		ret->proxy = options->proxy;
		return;
	}
	ret->proxy = from_environment(https);
	ret->proxy_for_http = from_environment(http);
	if (ret->proxy_for_http == NULL)
		ret->proxy_for_http = "";
}

static bool is_https(const char *proxy)
{
	struct duet_bytes begin = { proxy, 8 };

	return proxy != NULL && strlen(proxy) > begin.len &&
	       duet_bytes_eq_nocase(begin, "https://");
}

bool duet_reach_proxy_wants_tls(const struct duet_client_options *client)
{
	return is_https(client->proxy) || is_https(client->proxy_for_http);
}
