/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "unit/site/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	REQUEST_BYTES = 512,
};

static void answer(struct duet_exchange *exchange, void *arg)
{
	struct rig *rig = arg;
	struct site *site = rig->arg;

	if (site->refusal != 0)
		duet_routes_refuse(site->routes, exchange, site->refusal);
	else
		duet_routes_handle(site->routes, exchange, &site->hands);
}

static int post(void (*fn)(void *arg), void *arg, void *post_arg)
{
	struct site *site = post_arg;

	if (!site->holds_posts)
		return duet_server_post(site->rig.server, fn, arg);
	site->fn = fn;
	site->arg = arg;
	assert_int_equal(sem_post(&site->held), 0);
	return DUET_OK;
}

void site_start(struct site *site, const struct duet_route *routes, size_t n)
{
	struct duet_error err;
	size_t wrong;

	memset(site, 0, sizeof(*site));
	if (duet_routes_new(routes, n, &site->routes, &wrong, &err) != DUET_OK)
		fail_msg("%s", err.text);
	rig_start(&site->rig, false, answer);
	site->rig.arg = site;
	assert_int_equal(sem_init(&site->held, 0, 0), 0);
	assert_int_equal(duet_desk_new(post, site, &site->hands.desk, NULL),
			 DUET_OK);
}

void site_done(struct site *site)
{
	duet_desk_stop(site->hands.desk);
	rig_done(&site->rig);
	duet_desk_free(site->hands.desk);
	duet_routes_free(site->routes);
	assert_int_equal(sem_destroy(&site->held), 0);
}

char *ask_with(struct site *site, const char *path, const char *fields)
{
	char request[REQUEST_BYTES];
	struct peer peer;
	char *text;

	site->rig.n_reports = site->rig.n_troubles = 0; /* nobody asks */
	(void)snprintf(request, sizeof(request),
		       "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
		       "%s\r\n",
		       path, fields);
	peer_open(&site->rig, &peer);
	peer_send(&site->rig, &peer, request);
	peer_await_end(&site->rig, &peer);
	text = strdup(peer_text(&peer));
	assert_non_null(text);
	peer_done(&peer);
	return text;
}

void assert_has(struct site *site, const char *path, const char *fields,
		const char *one, const char *other)
{
	char *text = ask_with(site, path, fields);

	if (strstr(text, one) == NULL || strstr(text, other) == NULL)
		fail_msg("%s: no %s or no %s in: %s", path, one, other, text);
	free(text);
}

void assert_lacks(struct site *site, const char *path, const char *what)
{
	char *text = ask_with(site, path, "");

	if (strstr(text, what) != NULL)
		fail_msg("%s: %s is in: %s", path, what, text);
	free(text);
}
