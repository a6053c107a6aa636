/* SPDX-License-Identifier: MIT */
/* cli/proxy.h - which proxy: by the options, or else by the environment. */
#ifndef DUET_CLI_PROXY_H
#define DUET_CLI_PROXY_H

#include <duet/client.h>

#include "cli/reach.h"

/*
 * Set .proxy, .proxy_for_http, .proxy_user and .no_proxy; they borrow from the
 * options and the environment, where an empty variable is none. A unix socket
 * leaves no proxy.
 */
void duet_reach_proxy_choose(const struct duet_reach_options *options,
			     struct duet_client_options *ret);
/* Whether one of those is spoken to by TLS. */
bool duet_reach_proxy_wants_tls(const struct duet_client_options *client);

#endif
