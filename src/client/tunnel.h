/* SPDX-License-Identifier: MIT */
/*
 * client/tunnel.h - from a proxy to a server: TLS with an https proxy, then
 * CONNECT (RFC 9110 s9.3.6) or SOCKS5, over a connection to the proxy.
 */
#ifndef DUET_CLIENT_TUNNEL_H
#define DUET_CLIENT_TUNNEL_H

#include <duet/http.h>

#include "client/pipe.h"
#include "client/proxy.h"
#include "net/loop.h"

struct duet_tunnel;

/* Called once, from the loop. err NULL: the pipe leads where it should. Else
 * DUET_E_PROXY, or what the TLS with the proxy says; the sentence begins with
 * the proxy. */
typedef void duet_tunnel_fn(void *arg, const struct duet_error *err);

/* Stays put until fn was called, or the tunnel freed. */
struct duet_tunnel_to {
	const struct duet_proxy *proxy;
	const char *host; /* NULL: only the TLS with the proxy is wanted */
	uint16_t port;
	const struct duet_limits *limits; /* of the head of its answer */
};

/* The pipe stays the caller's, who leaves it alone meanwhile. */
DUET_CHECK int duet_tunnel_new(struct duet_loop *loop, struct duet_pipe *pipe,
			       const struct duet_tunnel_to *to,
			       duet_tunnel_fn *fn, void *arg,
			       struct duet_tunnel **ret,
			       struct duet_error *err);
/* What is being waited for: "the TLS handshake with it is not over". */
const char *duet_tunnel_doing(const struct duet_tunnel *tunnel);
/* It failed in a way that another address of the host may not meet with. */
bool duet_tunnel_may_try_another(const struct duet_tunnel *tunnel);
void duet_tunnel_free(struct duet_tunnel *tunnel);

/*
 * An answer to a request that went to the proxy as it is, without a tunnel:
 * 407 is the proxy's and nobody's answer. DUET_OK or DUET_E_PROXY.
 */
DUET_CHECK int duet_tunnel_check_answer(const struct duet_proxy *proxy,
					const struct duet_head *answer,
					struct duet_error *err);

#endif
