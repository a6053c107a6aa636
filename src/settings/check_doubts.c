/* SPDX-License-Identifier: MIT */
#include "settings/check_doubts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum {
	SHOWN_BYTES = 128,
	KEY_BYTES = 32,
	MISDIRECTED = 421,
};

struct doubts {
	const struct duet_settings_file *file;
	const struct duet_settings_site *site;
	uint32_t number; /* of the site */
	const struct duet_route_node *node;
	char where[DUET_ROUTE_WHERE_BYTES]; /* of the node */
	struct duet_findings *findings;
};

static void DUET_PRINTF(3, 4)
	warn(const struct doubts *doubts, const char *key, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	duet_findings_warn(doubts->findings,
			   duet_settings_place(doubts->file, "%s/%s",
					       doubts->where, key),
			   "%s", text);
}

/* ---- pages for errors ---- */

/* What is answered by itself, to whatever request. */
static bool is_ours(int64_t status)
{
	static const int ours[] = { 400, 401, 403, 404, 405, 406, 408, 412, 413,
				    414, 416, 429, 431, 500, 501, 503, 505 };
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (status == ours[i])
			return true;
	return false;
}

/* By a reply without a text of its own. */
static bool is_replied(const struct duet_settings_site *site, int64_t status)
{
	const struct duet_settings_reply *reply = site->rules.reply;
	uint32_t i;

	for (i = 0;; i++) {
		if (reply != NULL && reply->text == NULL &&
		    *reply->status == status)
			return true;
		if (i == site->n_routes)
			return false;
		reply = site->routes[i].rules.reply;
	}
}

static void doubt_errors(const struct doubts *doubts)
{
	const struct duet_settings_rules *rules = doubts->node->rules;
	char key[KEY_BYTES];
	uint32_t i;

	for (i = 0; i < rules->n_errors; i++) {
		int64_t status = *rules->errors[i].status;

		if (is_ours(status) || is_replied(doubts->site, status))
			continue;
		(void)snprintf(key, sizeof(key), "errors/%u/status",
			       (unsigned)i);
		if (status == MISDIRECTED)
			warn(doubts, key,
			     "421 is the answer to a request that is of another site than its connection, and so of none: this page is never sent");
		else
			warn(doubts, key,
			     "nothing is answered with %d here that a page would be for: in a route, write 'reply: { status: %d }' without a 'text', or leave this out",
			     (int)status, (int)status);
	}
}

/* ---- redirects ---- */

/* "https://a.org": what follows the route's path is left out. */
static void doubt_redirect(const struct doubts *doubts)
{
	const struct duet_settings_redirect *redirect =
		doubts->node->rules->redirect;
	char shown[SHOWN_BYTES];
	const char *host;

	if (redirect == NULL || !duet_str_ends(doubts->node->path, "/"))
		return;
	host = strstr(redirect->to, "://");
	if (host == NULL || host[strlen("://")] == '\0' ||
	    strpbrk(host + strlen("://"), "/?#") != NULL)
		return;
	duet_str_printable(shown, sizeof(shown), duet_str(redirect->to));
	warn(doubts, "redirect/to",
	     "every path of it is sent to '%s' itself; for the rest of the path to follow, write '%s/'",
	     shown, shown);
}

/* ---- fields ---- */

static const char *name_of(const struct duet_settings_field *field)
{
	if (field->set != NULL)
		return field->set;
	return field->add != NULL ? field->add : field->remove;
}

/* The number of the change of that field, or n. */
static uint32_t find_change(const struct duet_settings_rules *rules,
			    const char *name)
{
	uint32_t i;

	for (i = 0; i < rules->n_headers; i++)
		if (name_of(&rules->headers[i]) != NULL &&
		    duet_str_eq_nocase(name_of(&rules->headers[i]), name))
			break;
	return i;
}

/* Changes of fields come after it, those of the routes around it as well. */
static void doubt_cache(const struct doubts *doubts)
{
	const struct duet_route_node *node = doubts->node;
	char where[DUET_ROUTE_WHERE_BYTES];
	struct duet_place place;
	uint32_t i;

	if (node->rules->n_cache == 0)
		return;
	for (; node != NULL; node = node->outer) {
		i = find_change(node->rules, "Cache-Control");
		if (i == node->rules->n_headers)
			continue;
		duet_route_tree_where(where, doubts->number, doubts->site,
				      node);
		place = duet_settings_place(doubts->file, "%s/headers/%u",
					    where, (unsigned)i);
		warn(doubts, "cache",
		     "'headers' change Cache-Control in line %zu, and come after these rules: leave one of them out",
		     place.line);
		return;
	}
}

static void doubt_hsts(const struct doubts *doubts)
{
	const struct duet_settings_rules *rules = doubts->node->rules;
	uint32_t i = find_change(rules, "Strict-Transport-Security");
	char key[KEY_BYTES];

	if (doubts->site->hsts == NULL || i == rules->n_headers)
		return;
	(void)snprintf(key, sizeof(key), "headers/%u", (unsigned)i);
	if (doubts->node->route == NULL)
		warn(doubts, key,
		     "'hsts' sets Strict-Transport-Security after this, and only that is sent: leave one of them out");
	else
		warn(doubts, key,
		     "this comes after the 'hsts' of the site, and is of the host as a whole, whatever the path: leave it out");
}

void duet_check_doubts(const struct duet_settings_file *file, uint32_t number,
		       const struct duet_route_node *node,
		       struct duet_findings *findings)
{
	struct doubts doubts = {
		.file = file,
		.site = &duet_settings_of(file)->sites[number],
		.number = number,
		.node = node,
		.findings = findings,
	};

	duet_route_tree_where(doubts.where, number, doubts.site, node);
	doubt_errors(&doubts);
	doubt_redirect(&doubts);
	doubt_cache(&doubts);
	doubt_hsts(&doubts);
}
