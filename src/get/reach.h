/* SPDX-License-Identifier: MIT */
/*
 * get/reach.h - how servers are reached: whom we believe, who we are, and the
 * client that keeps connections for the URLs of one command line.
 *
 * There are two clients, made when first needed: one for this very machine,
 * which believes the per-user local CA as well, and one for everybody else. A
 * redirect keeps the client it began with; that CA's name constraints keep it
 * from vouching for anybody but this machine.
 */
#ifndef DUET_GET_REACH_H
#define DUET_GET_REACH_H

#include <duet/client.h>
#include <duet/tls.h>

#include "cli/reach.h"
#include "get/options.h"
#include "get/sessions.h"
#include "get/state.h"

struct duet_get_reach {
	const struct duet_get_options *options;
	struct duet_reach reach;
	struct duet_get_sessions sessions;
	struct duet_get_state state;
	struct duet_client *clients[2];
};

/* On failure *ret_exit is the exit code that goes with the sentence. */
DUET_CHECK int duet_get_reach_init(struct duet_get_reach *reach,
				   const struct duet_get_options *options,
				   int *ret_exit, struct duet_error *err);
/* Borrowed; NULL on failure. */
DUET_CHECK struct duet_client *duet_get_reach_client(
	struct duet_get_reach *reach, const char *url, int *ret_exit,
	struct duet_error *err);
/* Break off whatever is under way: its done functions are called now. */
void duet_get_reach_hang_up(struct duet_get_reach *reach);
/* Also after a failed init. */
void duet_get_reach_done(struct duet_get_reach *reach);

#endif
