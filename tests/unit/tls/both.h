/* SPDX-License-Identifier: MIT */
/* A server that is "localhost", and a client that believes its CA: for a whole
 * group of tests. */
#ifndef DUET_TESTS_TLS_BOTH_H
#define DUET_TESTS_TLS_BOTH_H

#include "unit/tls/ends.h"

static struct mint *ca;
static struct mint *leaf;
static struct duet_config *server_config;
static struct duet_config *client_config;

static inline int set_up(void **state)
{
	(void)state;
	ca = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	leaf = mint_new(ca, MINT(.cn = "leaf", .names = "localhost"));
	server_config = plain_server(leaf);
	client_config = plain_client(ca);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	duet_config_release(server_config);
	duet_config_release(client_config);
	mint_free(leaf);
	mint_free(ca);
	return 0;
}

#endif
