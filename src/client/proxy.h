/* SPDX-License-Identifier: MIT */
/* client/proxy.h - a proxy by its URL, and which hosts are reached without. */
#ifndef DUET_CLIENT_PROXY_H
#define DUET_CLIENT_PROXY_H

#include "client/headers.h"

enum duet_proxy_kind {
	DUET_PROXY_HTTP,
	DUET_PROXY_HTTPS,   /* the same, spoken to by TLS */
	DUET_PROXY_SOCKS5,  /* names are resolved here */
	DUET_PROXY_SOCKS5H, /* names are resolved by the proxy */
};

struct duet_proxy {
	enum duet_proxy_kind kind;
	char *host; /* as in a struct duet_url */
	uint16_t port;
	char *text;     /* "http://HOST:PORT", for sentences */
	char *userinfo; /* "NAME:PASSWORD", decoded; NULL: there is none */
};

/*
 * "[SCHEME://][NAME[:PASSWORD]@]HOST[:PORT][/]". Without a scheme it is http;
 * the port is that of the scheme, or 1080. user, if not NULL, is taken as it is
 * instead of what the URL says. On success *ret is new and
 * duet_proxy_done()'s. DUET_E_ARGUMENT with a sentence that has no password in
 * it, DUET_E_NOMEM.
 */
DUET_CHECK int duet_proxy_parse(struct duet_proxy *ret, const char *text,
				const char *user, struct duet_error *err);
void duet_proxy_done(struct duet_proxy *proxy);
static inline bool duet_proxy_is_socks(const struct duet_proxy *proxy)
{
	return proxy->kind == DUET_PROXY_SOCKS5 ||
	       proxy->kind == DUET_PROXY_SOCKS5H;
}

/* Add Proxy-Authorization, where there is a name and a password. DUET_OK,
 * DUET_E_NOMEM. */
DUET_CHECK int duet_proxy_authorize(const struct duet_proxy *proxy,
				    struct duet_headers *fields);

/*
 * A list of hosts that are reached without a proxy, by commas or blanks: "*",
 * all of them; "example.org" or ".example.org", that name and those below it;
 * an IP address, or a block of them as "10.0.0.0/8", which match addresses in
 * the URL and no names; each but "*" perhaps with ":PORT". DUET_OK, or
 * DUET_E_ARGUMENT for a block that is none.
 */
DUET_CHECK int duet_no_proxy_check(const char *list, struct duet_error *err);
/* Of such a list. host as in a struct duet_url. */
bool duet_no_proxy_covers(const char *list, const char *host, uint16_t port);

#endif
