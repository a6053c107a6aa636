/* SPDX-License-Identifier: MIT */
#include "site/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "http/basic.h"
#include "http/encoding.h"
#include "http/uri.h"
#include "site/error.h"
#include "site/redirect.h"

enum {
	PATH_BYTES = 4096, /* of files.c: beyond it there is no file */
	CHALLENGE_MAX_BYTES = 8192,
	NETWORK_V4_BITS = 24, /* who shares the desk as one client */
	NETWORK_V6_BITS = 56,
	BUSY_S = 1, /* until it makes sense to ask again */
};

/* A route with what it has from those around it. */
struct place {
	struct duet_route route; /* the answer and the cache rules */
	size_t len;              /* of its path */
	const struct place *outer;
	const struct place *answerer;   /* where the answer is said */
	const struct duet_files *files; /* the nearest, or NULL */
	struct duet_files_way way;
	bool is_guarded;       /* by what is said of itself */
	bool has_gate;         /* or of what is around it */
	const char *challenge; /* to those who have to log in */
	char *own_challenge;
	struct duet_field_rule *rules;
	size_t n_rules;
	struct duet_error_page *pages; /* its own before those around it */
	size_t n_pages;
	struct duet_dress plain;
	struct duet_dress *dresses; /* of its cache rules */
};

struct duet_routes {
	struct place *places; /* by path */
	size_t n;
};

/* ---- made ---- */

static int by_path(const void *a, const void *b)
{
	const struct place *one = a;
	const struct place *other = b;

	return strcmp(one->route.path, other->route.path);
}

/* "/a/" is around "/a/b" and "/a/b/". */
static bool is_around(const struct place *outer, const struct place *inner)
{
	return outer->len < inner->len &&
	       outer->route.path[outer->len - 1] == '/' &&
	       memcmp(outer->route.path, inner->route.path, outer->len) == 0;
}

/* Of those before it, which are all it can be in: "/a/" sorts before "/a/b".
 */
static const struct place *around(const struct duet_routes *routes, size_t i)
{
	const struct place *best = NULL;
	size_t k;

	for (k = 0; k < i; k++)
		if (is_around(&routes->places[k], &routes->places[i]) &&
		    (best == NULL || routes->places[k].len > best->len))
			best = &routes->places[k];
	return best;
}

static bool has_gate(const struct duet_route *route)
{
	return route->access != NULL || route->throttle != NULL ||
	       route->reply_rate > 0 || route->users != NULL;
}

static bool has_answer(const struct duet_route *route)
{
	return route->answer != DUET_ANSWER_FILES || route->files != NULL;
}

static void inherit_answer(struct place *place)
{
	const struct place *outer = place->outer;
	struct duet_route *route = &place->route;

	place->answerer = place;
	place->files = route->files;
	place->way.skip = place->len - 1;
	place->way.list = route->list != NULL && *route->list;
	place->way.no_squeeze = route->compress != NULL && !*route->compress;
	place->way.fallback = route->fallback;
	if (outer == NULL)
		return;
	if (place->files == NULL)
		place->files = outer->files;
	if (route->list == NULL)
		place->way.list = outer->way.list;
	if (route->compress == NULL)
		place->way.no_squeeze = outer->way.no_squeeze;
	if (has_answer(route))
		return;
	place->answerer = outer->answerer;
	place->way.skip = outer->way.skip;
	if (route->fallback == NULL)
		place->way.fallback = outer->way.fallback;
}

static int inherit_rules(struct place *place, struct duet_error *err)
{
	const struct duet_route *route = &place->route;
	size_t n = place->outer != NULL ? place->outer->n_rules : 0;

	place->n_rules = n + route->n_fields;
	if (place->n_rules > DUET_FIELD_RULES_MAX)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s' changes %zu header fields, with those around it, and %d are the limit",
				      route->path, place->n_rules,
				      DUET_FIELD_RULES_MAX);
	place->rules = duet_mem_array(place->n_rules, sizeof(*place->rules));
	if (place->rules == NULL)
		return duet_error_nomem(err);
	if (n > 0)
		memcpy(place->rules, place->outer->rules,
		       n * sizeof(*place->rules));
	if (route->n_fields > 0)
		memcpy(place->rules + n, route->fields,
		       route->n_fields * sizeof(*place->rules));
	return DUET_OK;
}

static int inherit_pages(struct place *place, struct duet_error *err)
{
	const struct duet_route *route = &place->route;
	size_t n = place->outer != NULL ? place->outer->n_pages : 0;
	size_t i;

	place->n_pages = n + route->n_errors;
	if (place->n_pages == 0)
		return DUET_OK;
	place->pages =
		duet_mem_array(place->n_pages + 1, sizeof(*place->pages));
	if (place->pages == NULL)
		return duet_error_nomem(err);
	for (i = 0; i < route->n_errors; i++)
		place->pages[i] = (struct duet_error_page){
			route->errors[i].status,
			place->files,
			route->errors[i].file,
		};
	if (n > 0)
		memcpy(place->pages + i, place->outer->pages,
		       n * sizeof(*place->pages));
	return DUET_OK;
}

static bool fits(const struct duet_cache_rule *rule, const char *name)
{
	size_t i;

	for (i = 0; i < rule->n_files; i++) {
		const char *file = rule->files[i];

		if (file[0] == '*' ? duet_str_ends(name, file + 1)
				   : strcmp(name, file) == 0)
			return true;
	}
	return rule->n_files == 0;
}

static const struct duet_dress *dress_for(const struct place *place,
					  const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	size_t i;

	if (*name == '\0')
		name = "index.html";
	for (i = 0; i < place->route.n_cache; i++)
		if (fits(&place->route.cache[i], name))
			return &place->dresses[i];
	return &place->plain;
}

static int dress(struct place *place, struct duet_error *err)
{
	struct duet_route *route = &place->route;
	size_t i;

	place->plain = (struct duet_dress){
		.rules = place->rules,
		.n_rules = place->n_rules,
		.owner = place->pages,
	};
	if (route->n_cache == 0 && place->outer != NULL) {
		route->cache = place->outer->route.cache;
		route->n_cache = place->outer->route.n_cache;
	}
	place->dresses = duet_mem_array(route->n_cache, sizeof(place->plain));
	if (place->dresses == NULL)
		return duet_error_nomem(err);
	for (i = 0; i < route->n_cache; i++) {
		place->dresses[i] = place->plain;
		place->dresses[i].cache_control = route->cache[i].control;
	}
	if (place->way.fallback != NULL)
		place->way.fallback_dress =
			dress_for(place, place->way.fallback);
	return DUET_OK;
}

/* Those of the nearest route that says one. */
static void inherit_gate(struct place *place)
{
	const struct place *outer = place->outer;
	struct duet_route *route = &place->route;

	if (outer == NULL)
		return;
	if (route->throttle == NULL)
		route->throttle = outer->route.throttle;
	if (route->reply_rate == 0)
		route->reply_rate = outer->route.reply_rate;
	if (route->users == NULL) {
		route->users = outer->route.users;
		place->challenge = outer->challenge;
	}
}

/* For those who have to say who they are. */
static int make_challenge(struct place *place, struct duet_error *err)
{
	const struct duet_route *route = &place->route;
	struct duet_buffer text;
	struct duet_buf buf;
	int rc;

	if (route->users == NULL)
		return DUET_OK;
	duet_buf_init(&buf, CHALLENGE_MAX_BYTES);
	rc = duet_basic_challenge(&buf, route->realm != NULL ? route->realm
							     : route->path);
	if (rc == DUET_OK)
		rc = duet_buf_take(&buf, &text);
	duet_buf_done(&buf);
	if (rc == DUET_OK)
		place->challenge = place->own_challenge = text.data;
	if (rc == DUET_OK)
		return DUET_OK;
	if (rc == DUET_E_NOMEM)
		return duet_error_nomem(err);
	return duet_error_set(err, rc, "'%s': its realm is too long",
			      route->path);
}

/* It would be asked for by the path with '/', which the route is not for. */
static int refuse_directory(const struct place *place, struct duet_error *err)
{
	const struct duet_route *answerer = &place->answerer->route;
	const char *path = place->route.path;

	if (!place->is_guarded || duet_str_ends(path, "/") ||
	    answerer->answer != DUET_ANSWER_FILES ||
	    !duet_files_has_directory(answerer->files, path + place->way.skip))
		return DUET_OK;
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "'%s' is a directory, and who may come in is not said of what is in it; write '%s/'",
			      path, path);
}

static int complete(struct duet_routes *routes, size_t i,
		    struct duet_error *err)
{
	struct place *place = &routes->places[i];
	int rc;

	place->outer = around(routes, i);
	inherit_answer(place);
	place->is_guarded = has_gate(&place->route);
	place->has_gate = place->is_guarded ||
			  (place->outer != NULL && place->outer->has_gate);
	rc = refuse_directory(place, err);
	if (rc == DUET_OK)
		rc = make_challenge(place, err);
	inherit_gate(place);
	if (rc == DUET_OK)
		rc = inherit_rules(place, err);
	if (rc == DUET_OK)
		rc = inherit_pages(place, err);
	return rc == DUET_OK ? dress(place, err) : rc;
}

int duet_routes_new(const struct duet_route *given, size_t n,
		    struct duet_routes **ret, struct duet_error *err)
{
	struct duet_routes *routes = duet_mem_zalloc(sizeof(*routes));
	int rc = DUET_OK;
	size_t i;

	if (routes == NULL)
		return duet_error_nomem(err);
	routes->places = duet_mem_array(n, sizeof(*routes->places));
	if (routes->places == NULL) {
		duet_mem_free(routes);
		return duet_error_nomem(err);
	}
	routes->n = n;
	for (i = 0; i < n; i++) {
		routes->places[i].route = given[i];
		routes->places[i].len = strlen(given[i].path);
	}
	qsort(routes->places, n, sizeof(*routes->places), by_path);
	for (i = 0; rc == DUET_OK && i < n; i++)
		rc = complete(routes, i, err);
	if (rc == DUET_OK)
		*ret = routes;
	else
		duet_routes_free(routes);
	return rc;
}

void duet_routes_free(struct duet_routes *routes)
{
	size_t i;

	if (routes == NULL)
		return;
	for (i = 0; routes->places != NULL && i < routes->n; i++) {
		duet_mem_free(routes->places[i].own_challenge);
		duet_mem_free(routes->places[i].rules);
		duet_mem_free(routes->places[i].pages);
		duet_mem_free(routes->places[i].dresses);
	}
	duet_mem_free(routes->places);
	duet_mem_free(routes);
}

/* ---- which one ---- */

static int compare(const void *key, const void *item)
{
	const struct duet_bytes *path = key;
	const struct place *place = item;
	size_t n = path->len < place->len ? path->len : place->len;
	int by = memcmp(path->data, place->route.path, n);

	if (by != 0)
		return by;
	return (path->len > place->len) - (path->len < place->len);
}

static const struct place *find_exactly(const struct duet_routes *routes,
					const char *path, size_t len)
{
	const struct duet_bytes key = { path, len };

	return bsearch(&key, routes->places, routes->n, sizeof(*routes->places),
		       compare);
}

/* "/a.gz" may be the file "/a", encoded: who is kept from the one is kept from
 * the other. */
static const struct place *find_encoded(const struct duet_routes *routes,
					const char *path, size_t len)
{
	const struct place *place;
	const char *suffix;
	size_t n;
	int i;

	for (i = DUET_CODING_IDENTITY + 1; i < DUET_N_CODINGS; i++) {
		suffix = duet_coding_suffix((enum duet_coding)i);
		n = strlen(suffix);
		if (len <= n || !duet_str_ends(path, suffix))
			continue;
		place = find_exactly(routes, path, len - n);
		if (place != NULL && place->is_guarded)
			return place;
	}
	return NULL;
}

/* That path, or a route with an answer of its own that it lacks the '/' of;
 * then each directory it is in, the nearest first. */
static const struct place *find(const struct duet_routes *routes, char *path,
				bool *lacks_slash)
{
	size_t len = strlen(path);
	const struct place *place = find_exactly(routes, path, len);

	*lacks_slash = false;
	if (place != NULL)
		return place;
	if (path[len - 1] != '/') {
		path[len] = '/'; /* for a moment, where the NUL is */
		place = find_exactly(routes, path, len + 1);
		path[len] = '\0';
	}
	*lacks_slash = place != NULL && has_answer(&place->route);
	if (*lacks_slash)
		return place;
	place = find_encoded(routes, path, len);
	if (place != NULL)
		return place;
	do {
		do
			len--;
		while (path[len - 1] != '/');
		place = find_exactly(routes, path, len);
	} while (place == NULL);
	return place;
}

/* ---- answers ---- */

/* One request under way. */
struct visit {
	struct duet_exchange *exchange;
	struct duet_route_hands *hands;
	const struct duet_routes *routes;
	const struct place *place;
	struct duet_uri uri;
	struct duet_error why; /* there is no path */
	int status;            /* for that */
	bool lacks_slash;      /* of the route's path */
	char path[PATH_BYTES];
};

static void redirect(struct visit *visit)
{
	const struct place *place = visit->place->answerer;
	const char *to = place->route.to;
	bool of_all_below = place->route.path[place->len - 1] == '/' &&
			    duet_str_ends(to, "/");
	const struct duet_redirect redirect = {
		.status = place->route.status,
		.to = to,
		.path = of_all_below ? visit->path + place->len : "",
		.tail = "",
		.uri = strpbrk(to, "?#") == NULL ? &visit->uri : NULL,
		.sentence = "it is at another address.",
	};

	duet_site_redirect(visit->exchange, &redirect);
}

/* It lacks no more than the '/' of a route. */
static void redirect_to_slash(struct visit *visit)
{
	const struct duet_redirect redirect = {
		.status = 301,
		.to = "",
		.path = visit->path,
		.tail = "/",
		.uri = &visit->uri,
		.sentence = "its name ends in a slash.",
	};

	duet_site_redirect(visit->exchange, &redirect);
}

static const char *sentence_for(int status)
{
	switch (status) {
	case 403:
		return "it is not for clients to see.";
	case 404:
		return "there is nothing of that name here.";
	case 410:
		return "it was here, and is gone for good.";
	case 503:
		return "it is out of service; try again later.";
	default:
		return "this server is set to answer so.";
	}
}

static void reply(struct visit *visit)
{
	const struct duet_route *route = &visit->place->answerer->route;
	const char *type = route->type;

	if (route->text == NULL && route->status >= 400)
		duet_site_error(visit->exchange, route->status,
				sentence_for(route->status));
	else if (route->text == NULL)
		(void)duet_reply_empty(visit->exchange, route->status);
	else
		(void)duet_reply(visit->exchange, route->status,
				 type != NULL ? type
					      : "text/plain; charset=utf-8",
				 route->text, strlen(route->text));
}

static void show_files(struct visit *visit)
{
	struct duet_files *files = visit->place->answerer->route.files;

	duet_files_handle(files, &visit->place->way, visit->exchange);
	if (duet_files_has_waiting(files))
		visit->hands->has_waiting = true;
}

static void answer(struct visit *visit)
{
	const struct duet_route *route = &visit->place->answerer->route;

	if (visit->lacks_slash)
		redirect_to_slash(visit);
	else if (route->answer == DUET_ANSWER_FILES)
		show_files(visit);
	else if (visit->status != 0)
		duet_site_error(visit->exchange, visit->status,
				visit->why.text);
	else if (route->answer == DUET_ANSWER_REDIRECT)
		redirect(visit);
	else
		reply(visit);
}

/* ---- its path ---- */

/* Into visit->path; else why not. */
static void clean(struct visit *visit)
{
	const struct duet_head *head = duet_exchange_head(visit->exchange);
	struct duet_fault fault = { &visit->why, 400 };

	visit->status = 0;
	visit->path[0] = '/';
	visit->path[1] = '\0';
	if (!duet_uri_split(head->method, head->target, &visit->uri) ||
	    visit->uri.path.len == 0) {
		visit->status = 400;
		(void)duet_error_set(&visit->why, DUET_E_HTTP,
				     "that is not a path of a web site.");
	} else if (duet_uri_clean(visit->uri.path, visit->path,
				  sizeof(visit->path), &fault) != DUET_OK) {
		visit->status = fault.status;
		visit->path[0] = '/';
		visit->path[1] = '\0';
	}
}

/* What it is of, and how it is dressed. */
static void find_place(struct visit *visit)
{
	visit->place = find(visit->routes, visit->path, &visit->lacks_slash);
	duet_exchange_dress(visit->exchange,
			    dress_for(visit->place, visit->path));
}

/* ---- who may come in ---- */

/* What is to be given back when an exchange is over. */
struct pass {
	struct duet_throttle *throttle;
	size_t worker;
	struct duet_prefix client;
};

static void give_back(void *arg)
{
	struct pass *pass = arg;

	duet_throttle_leave(pass->throttle, pass->worker, &pass->client);
	duet_mem_free(pass);
}

static bool is_allowed(const struct place *place,
		       const struct duet_prefix *client)
{
	for (; place != NULL; place = place->outer)
		if (place->route.access != NULL &&
		    !duet_access_allows(place->route.access, client))
			return false;
	return true;
}

/* RFC 6585 s4. */
static void refuse_for_now(struct visit *visit, int32_t wait_ms)
{
	char seconds[16];

	(void)snprintf(seconds, sizeof(seconds), "%d",
		       (int)(wait_ms / 1000 + (wait_ms % 1000 > 0)));
	duet_site_error_with(visit->exchange, 429, "Retry-After", seconds,
			     "there are too many requests from your address; try again later.");
}

/* False: it has been answered. */
static bool enter(struct visit *visit, const struct duet_prefix *client)
{
	struct duet_throttle *throttle = visit->place->route.throttle;
	struct pass *pass;
	int32_t wait_ms;

	if (throttle == NULL || client == NULL)
		return true;
	pass = duet_mem_alloc(sizeof(*pass));
	if (pass == NULL) {
		(void)duet_reply_empty(visit->exchange, 503);
		return false;
	}
	*pass = (struct pass){ throttle, visit->hands->worker, *client };
	wait_ms = duet_throttle_enter(throttle, pass->worker, client,
				      duet_clock_ms());
	if (wait_ms == 0) {
		duet_exchange_when_over(visit->exchange, give_back, pass);
		return true;
	}
	duet_mem_free(pass);
	refuse_for_now(visit, wait_ms);
	return false;
}

/* False: it has been answered. */
static bool pass_gate(struct visit *visit, const struct duet_prefix *client)
{
	if (!is_allowed(visit->place, client)) {
		duet_site_error(visit->exchange, 403,
				"it is not for clients at your address.");
		return false;
	}
	if (!enter(visit, client))
		return false;
	duet_exchange_pace(visit->exchange, visit->place->route.reply_rate);
	return true;
}

/* ---- who has to say who they are ---- */

/* A question under way. */
struct question {
	struct duet_exchange *exchange;
	struct duet_route_hands *hands;
	const struct duet_routes *routes;
	struct duet_login_ask *ask;
};

static void on_gone(struct duet_exchange *exchange, void *arg)
{
	struct question *question = arg;

	(void)exchange;
	duet_desk_forget(question->hands->desk, question->ask);
	duet_mem_free(question);
}

static void refuse_login(struct visit *visit, enum duet_login verdict)
{
	char seconds[16];

	if (verdict == DUET_LOGIN_REFUSED) {
		duet_site_error_with(visit->exchange, 401, "WWW-Authenticate",
				     visit->place->challenge,
				     "it is for those who have a name and a password here.");
		return;
	}
	(void)snprintf(seconds, sizeof(seconds), "%d", BUSY_S);
	duet_site_error_with(visit->exchange, 503, "Retry-After", seconds,
			     "too many passwords wait to be checked; try again soon.");
}

static void on_verdict(enum duet_login verdict, void *arg)
{
	struct question *question = arg;
	struct visit visit; /* its path is large: no need to clear it */

	visit.exchange = question->exchange;
	visit.hands = question->hands;
	visit.routes = question->routes;
	duet_mem_free(question);
	duet_exchange_revisit(visit.exchange);
	clean(&visit);
	find_place(&visit);
	if (verdict == DUET_LOGIN_OK)
		answer(&visit);
	else
		refuse_login(&visit, verdict);
	duet_exchange_visited(visit.exchange);
}

/* The network that a client is of, as of throttles that say nothing else. */
static const char *network_of(const struct duet_prefix *client,
			      char dst[DUET_PREFIX_TEXT_BYTES])
{
	struct duet_prefix network;

	if (client == NULL)
		return NULL;
	network = duet_prefix_cut(client, client->is_v6 ? NETWORK_V6_BITS
							: NETWORK_V4_BITS);
	duet_prefix_text(dst, &network);
	return dst;
}

/* The answer comes with the verdict, perhaps at once. */
static void log_in(struct visit *visit, const struct duet_prefix *client)
{
	struct duet_exchange *exchange = visit->exchange;
	const struct place *place = visit->place;
	char network[DUET_PREFIX_TEXT_BYTES];
	struct question *question = duet_mem_zalloc(sizeof(*question));
	enum duet_login verdict;

	if (question == NULL) {
		(void)duet_reply_empty(exchange, 503);
		return;
	}
	*question = (struct question){ exchange, visit->hands, visit->routes,
				       NULL };
	verdict = duet_desk_ask(visit->hands->desk, place->route.users,
				duet_head_get(duet_exchange_head(exchange),
					      "Authorization"),
				network_of(client, network), on_verdict,
				question, &question->ask);
	if (verdict == DUET_LOGIN_LATER) {
		duet_exchange_defer(exchange, on_gone, question);
		return;
	}
	duet_mem_free(question);
	if (verdict == DUET_LOGIN_OK)
		answer(visit);
	else
		refuse_login(visit, verdict);
}

/* ---- the handler ---- */

/* A site with files alone: nothing depends on the path but which of them. */
static bool is_plain(const struct duet_routes *routes)
{
	const struct duet_route *route = &routes->places[0].route;

	return routes->n == 1 && route->n_cache == 0 &&
	       route->answer == DUET_ANSWER_FILES &&
	       !routes->places[0].has_gate;
}

void duet_routes_handle(const struct duet_routes *routes,
			struct duet_exchange *exchange,
			struct duet_route_hands *hands)
{
	const struct duet_prefix *client = NULL;
	struct duet_prefix prefix;
	struct visit visit; /* its path is large: no need to clear it */

	visit.exchange = exchange;
	visit.hands = hands;
	visit.place = &routes->places[0];
	if (is_plain(routes)) {
		duet_exchange_dress(exchange, &visit.place->plain);
		show_files(&visit);
		return;
	}
	visit.routes = routes;
	clean(&visit);
	find_place(&visit);
	if (!visit.place->has_gate) {
		answer(&visit);
		return;
	}
	if (duet_prefix_of_peer(duet_exchange_peer(exchange), &prefix))
		client = &prefix;
	if (!pass_gate(&visit, client))
		return;
	if (visit.place->route.users != NULL)
		log_in(&visit, client);
	else
		answer(&visit);
}
