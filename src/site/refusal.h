/* SPDX-License-Identifier: MIT */
/*
 * site/refusal.h - who is not let in: what the client is answered, which gives
 * nothing away, and why, which is for the report alone.
 */
#ifndef DUET_SITE_REFUSAL_H
#define DUET_SITE_REFUSAL_H

#include <duet/server.h>

#include "site/users.h"

/* 403: by the rules for addresses of the route that is said at path. */
void duet_refuse_address(struct duet_exchange *exchange, const char *path);
/* 429 (RFC 6585 s4): by the throttle that path has; wait_ms is what
 * duet_throttle_enter() said. */
void duet_refuse_for_now(struct duet_exchange *exchange, const char *path,
			 int32_t wait_ms);
/* 401: what it gave, if anything, is not a name and its password. */
void duet_refuse_login(struct duet_exchange *exchange,
		       const struct duet_users *users, const char *challenge);
/* 503: too many others wait to be looked at. */
void duet_refuse_question(struct duet_exchange *exchange);

#endif
