/* SPDX-License-Identifier: MIT */
/*
 * client/ways.h - how the servers of one client are reached, by its options:
 * addresses, another place instead, a unix socket, a proxy.
 *
 * A client's ways never change, so the way to a URL follows from its scheme,
 * host and port: whatever is kept by those is kept by the way as well.
 */
#ifndef DUET_CLIENT_WAYS_H
#define DUET_CLIENT_WAYS_H

#include <duet/client.h>

#include "client/proxy.h"
#include "client/url.h"
#include "net/dial.h"

enum {
	DUET_WAYS_ADDRESSES_MAX = 16, /* of one name, by the options */
};

/* Where a name leads, by the options. */
struct duet_route {
	char *host; /* lower case; "*": any */
	uint16_t port;
	struct duet_address address;
};

struct duet_detour {
	char *host; /* lower case; "": any */
	uint16_t port;
	char *to_host; /* "": the same */
	uint16_t to_port;
};

struct duet_ways {
	struct duet_route *routes;
	size_t n_routes;
	struct duet_detour *detours;
	size_t n_detours;
	struct duet_address unix_address; /* .len 0: none */
	struct duet_proxy proxy;          /* .host NULL: none */
	struct duet_proxy proxy_for_http;
	bool http_is_apart; /* proxy_for_http counts, and may be none */
	char *no_proxy;     /* or NULL */
	struct duet_config *proxy_tls; /* NULL: not made yet */
	struct duet_address from;      /* .len 0: any */
	char *device;                  /* or NULL */
	sa_family_t family;            /* AF_UNSPEC: both */
};

/* Copies; whatever it returns, duet_ways_done() undoes it. DUET_E_ARGUMENT in
 * words, DUET_E_NOMEM. */
DUET_CHECK int duet_ways_init(struct duet_ways *ways,
			      const struct duet_client_options *options,
			      struct duet_error *err);
void duet_ways_done(struct duet_ways *ways);

/* The way to one URL. Borrows from ways and from the URL. */
struct duet_choice {
	const struct duet_proxy *proxy; /* NULL: none */
	bool absolute; /* it is asked for the URL itself, and opens no tunnel */
	const char *host; /* where to, in the end */
	uint16_t port;
};
void duet_ways_choose(const struct duet_ways *ways, const struct duet_url *url,
		      struct duet_choice *ret);
/* The addresses that options give for a place; how many. */
size_t duet_ways_addresses(const struct duet_ways *ways, const char *host,
			   uint16_t port,
			   struct duet_address found[DUET_WAYS_ADDRESSES_MAX]);

#endif
