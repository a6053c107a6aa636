/* SPDX-License-Identifier: MIT */
#include "get/reach.h"

#include <string.h>

#include "cli/exit.h"
#include "cli/url.h"

enum {
	ELSEWHERE,
	LOCAL,
	REPLY_MS = 300000, /* as duet-get(1) says */
	CONNECTIONS = 6,   /* of duet/client.h */
};

int duet_get_reach_init(struct duet_get_reach *reach,
			const struct duet_get_options *options, int *ret_exit,
			struct duet_error *err)
{
	int rc;

	memset(reach, 0, sizeof(*reach));
	reach->options = options;
	if (!options->no_session)
		duet_get_sessions_init(&reach->sessions);
	rc = duet_get_state_init(&reach->state, options, err);
	if (rc != DUET_OK) {
		*ret_exit =
			rc == DUET_E_NOMEM ? DUET_EXIT_NOMEM : DUET_EXIT_READ;
		return rc;
	}
	return duet_reach_init(&reach->reach, &options->reach, ret_exit, err);
}

/* To one host: where HTTP/1.1 is spoken, each part of each file has its own. As
 * the library has it, where that is enough. */
static uint32_t connections_of(const struct duet_get_options *options)
{
	int64_t n = options->segments;

	if (options->parallel)
		n *= options->parallel_max;
	return n > CONNECTIONS ? (uint32_t)n : 0;
}

static struct duet_client *make_client(struct duet_get_reach *reach, bool local,
				       int *ret_exit, struct duet_error *err)
{
	static const char *const alpn[] = { "h2", "http/1.1", NULL };
	const struct duet_get_options *options = reach->options;
	struct duet_client_config tls = {
		.size = sizeof(tls),
		.alpn = alpn,
		.closure = duet_get_options_closure(options),
		.insecure_any_certificate = options->insecure_any_certificate,
	};
	/* Who sets a time of their own has said how long an answer may take. */
	const struct duet_limits limits = {
		.size = sizeof(limits),
		.reply_ms = options->reach.max_time_ms > REPLY_MS
				    ? options->reach.max_time_ms
				    : REPLY_MS,
	};
	const uint32_t at_once = connections_of(options);
	struct duet_client_options settings = {
		.size = sizeof(settings),
		.max_host = at_once,
		.max_idle = at_once,
		.limits = &limits,
		.cookies = reach->state.cookies,
		.hsts = reach->state.hsts,
		.credentials = duet_get_netrc_find,
		.credentials_arg = &reach->state.netrc,
	};
	struct duet_client *client = NULL;

	/* Without a place they are kept in memory, as long as we are. */
	if (reach->sessions.path != NULL || options->no_session) {
		settings.session_keep = duet_get_sessions_keep;
		settings.session_take = duet_get_sessions_take;
		settings.session_arg = &reach->sessions;
	}
	if (duet_reach_tls(&reach->reach, local, &tls, ret_exit, err) !=
	    DUET_OK)
		return NULL;
	tls.revocation = duet_get_options_revocation(options);
	settings.tls = duet_config_client(&tls, err);
	if (settings.tls == NULL)
		*ret_exit = duet_exit_for(err->code);
	else if (duet_reach_way(&reach->reach, &settings, ret_exit, err) ==
		 DUET_OK)
		client = duet_reach_client(&reach->reach, &settings, ret_exit,
					   err);
	duet_config_release(settings.tls);
	duet_config_release(settings.proxy_tls);
	duet_trust_release(tls.trust);
	return client;
}

struct duet_client *duet_get_reach_client(struct duet_get_reach *reach,
					  const char *url, int *ret_exit,
					  struct duet_error *err)
{
	bool local = duet_cli_url_is_local(url);
	struct duet_client **client =
		&reach->clients[local ? LOCAL : ELSEWHERE];

	if (*client == NULL)
		*client = make_client(reach, local, ret_exit, err);
	return *client;
}

void duet_get_reach_hang_up(struct duet_get_reach *reach)
{
	duet_client_free(reach->clients[LOCAL]);
	duet_client_free(reach->clients[ELSEWHERE]);
	reach->clients[LOCAL] = NULL;
	reach->clients[ELSEWHERE] = NULL;
}

void duet_get_reach_done(struct duet_get_reach *reach)
{
	duet_get_reach_hang_up(reach);
	duet_reach_done(&reach->reach);
	duet_get_sessions_done(&reach->sessions);
	duet_get_state_done(&reach->state);
	memset(reach, 0, sizeof(*reach));
}
