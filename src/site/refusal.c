/* SPDX-License-Identifier: MIT */
#include "site/refusal.h"

#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "http/basic.h"
#include "server/handler.h"
#include "site/error.h"
#include "site/throttle.h"

enum {
	SECONDS_BYTES = 16,
	NAME_BYTES = 128, /* as it is shown */
	BUSY_S = 1,       /* until it makes sense to ask again */
	BUSY_MS = BUSY_S * 1000,
};

void duet_refuse_address(struct duet_exchange *exchange, const char *path)
{
	struct duet_error why;

	(void)duet_error_set(&why, DUET_E_ARGUMENT,
			     "the rules of '%s' do not allow this address",
			     path);
	duet_exchange_explain(exchange, &why);
	duet_site_error(exchange, 403,
			"it is not for clients at your address.");
}

void duet_refuse_for_now(struct duet_exchange *exchange, const char *path,
			 int32_t wait_ms)
{
	char seconds[SECONDS_BYTES];
	struct duet_error why;

	bool is_busy = wait_ms == DUET_THROTTLE_BUSY;

	if (is_busy)
		wait_ms = BUSY_MS;
	(void)snprintf(seconds, sizeof(seconds), "%d",
		       (int)(wait_ms / 1000 + (wait_ms % 1000 > 0)));
	if (is_busy)
		(void)duet_error_set(&why, DUET_E_LIMIT,
				     "the throttle of '%s' lets no more requests of this client in at once ('concurrent')",
				     path);
	else
		(void)duet_error_set(&why, DUET_E_LIMIT,
				     "the throttle of '%s' lets no more requests of this client in for %s s ('requests')",
				     path, seconds);
	duet_exchange_explain(exchange, &why);
	duet_site_error_with(exchange, 429, "Retry-After", seconds,
			     "there are too many requests from your address; try again later.");
}

/* A name that is none of the users' may be a password in the wrong place: it
 * is not told. */
static void say_what_was_given(struct duet_error *why,
			       const struct duet_users *users,
			       const char *authorization)
{
	struct duet_basic basic;
	char name[NAME_BYTES];
	bool is_known = false;

	if (authorization == NULL) {
		(void)duet_error_set(why, DUET_E_ARGUMENT,
				     "the client gave no name and password");
		return;
	}
	if (!duet_basic_read(authorization, &basic)) {
		(void)duet_error_set(why, DUET_E_ARGUMENT,
				     "what the client gave for a name and password is none, or not by the scheme Basic");
		return;
	}
	(void)duet_users_hash(users, basic.name, &is_known);
	duet_str_printable(name, sizeof(name), duet_str(basic.name));
	duet_basic_wipe(&basic);
	if (is_known)
		(void)duet_error_set(why, DUET_E_ARGUMENT,
				     "the password for '%s' was wrong", name);
	else
		(void)duet_error_set(why, DUET_E_ARGUMENT,
				     "there is no user of the name that the client gave");
}

void duet_refuse_login(struct duet_exchange *exchange,
		       const struct duet_users *users, const char *challenge)
{
	struct duet_error why;

	say_what_was_given(&why, users,
			   duet_head_get(duet_exchange_head(exchange),
					 "Authorization"));
	duet_exchange_explain(exchange, &why);
	duet_site_error_with(exchange, 401, "WWW-Authenticate", challenge,
			     "it is for those who have a name and a password here.");
}

void duet_refuse_question(struct duet_exchange *exchange)
{
	char seconds[SECONDS_BYTES];
	struct duet_error why;

	(void)snprintf(seconds, sizeof(seconds), "%d", BUSY_S);
	(void)duet_error_set(&why, DUET_E_LIMIT,
			     "too many passwords waited to be checked, of this client or of all");
	duet_exchange_explain(exchange, &why);
	duet_site_error_with(exchange, 503, "Retry-After", seconds,
			     "too many passwords wait to be checked; try again soon.");
}
