/* SPDX-License-Identifier: MIT */
#include "site/route.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "http/encoding.h"
#include "http/uri.h"
#include "site/error.h"
#include "site/redirect.h"

enum {
	PATH_BYTES = 4096, /* of files.c: beyond it there is no file */
};

/* A route with what it has from those around it. */
struct place {
	struct duet_route route; /* the answer and the cache rules */
	size_t given;            /* as the n-th */
	size_t len;              /* of its path */
	const struct place *outer;
	const struct place *answerer;   /* where the answer is said */
	const struct duet_files *files; /* the nearest, or NULL */
	struct duet_files_way way;
	struct duet_gate gate;
	bool insecure_http;
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

/* Whatever is around it is around the one before it, by path, or is that. */
static const struct place *around(const struct duet_routes *routes, size_t i)
{
	const struct place *outer = i > 0 ? &routes->places[i - 1] : NULL;

	while (outer != NULL && !is_around(outer, &routes->places[i]))
		outer = outer->outer;
	return outer;
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
	place->insecure_http =
		route->insecure_http != NULL && *route->insecure_http;
	if (outer == NULL)
		return;
	if (place->files == NULL)
		place->files = outer->files;
	if (route->list == NULL)
		place->way.list = outer->way.list;
	if (route->compress == NULL)
		place->way.no_squeeze = outer->way.no_squeeze;
	if (route->insecure_http == NULL)
		place->insecure_http = outer->insecure_http;
	if (has_answer(route))
		return;
	place->answerer = outer->answerer;
	place->way.skip = outer->way.skip;
	if (route->fallback == NULL && !route->no_fallback)
		place->way.fallback = outer->way.fallback;
}

static bool is_over(const struct duet_field_rule *rules, size_t n, size_t i)
{
	size_t k;

	for (k = i + 1; k < n; k++)
		if (rules[k].change != DUET_FIELD_ADD &&
		    duet_str_eq_nocase(rules[k].name, rules[i].name))
			return true;
	return false;
}

/* "Name: value" and the end of the line, where no later rule undoes it. */
static size_t bytes_of(const struct duet_field_rule *rules, size_t n)
{
	size_t bytes = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (rules[i].change != DUET_FIELD_REMOVE &&
		    !is_over(rules, n, i))
			bytes += strlen(rules[i].name) +
				 strlen(rules[i].value) + 4;
	return bytes;
}

static int refuse_length(const struct place *place, struct duet_error *err)
{
	size_t bytes = bytes_of(place->rules, place->n_rules);

	if (bytes <= DUET_ROUTE_FIELDS_MAX_BYTES)
		return DUET_OK;
	return duet_error_set(err, DUET_E_LIMIT,
			      "the header fields of '%s', with those around it, are %zu bytes, and %d are the limit, so that they fit into a head; make them shorter or remove some",
			      place->route.path, bytes,
			      DUET_ROUTE_FIELDS_MAX_BYTES);
}

static int inherit_rules(struct place *place, struct duet_error *err)
{
	const struct duet_route *route = &place->route;
	size_t n = place->outer != NULL ? place->outer->n_rules : 0;

	place->n_rules = n + route->n_fields;
	if (place->n_rules > DUET_FIELD_RULES_MAX)
		return duet_error_set(err, DUET_E_LIMIT,
				      "'%s' changes %zu header fields, with those around it, and %d are the limit; leave some out",
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
	return refuse_length(place, err);
}

static int inherit_pages(struct place *place, struct duet_error *err)
{
	const struct duet_route *route = &place->route;
	bool inherits = place->outer != NULL && !route->no_errors;
	size_t n = inherits ? place->outer->n_pages : 0;
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
	if (route->n_cache == 0 && !route->no_cache && place->outer != NULL) {
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

static bool is_directory(const struct place *place, const char *path)
{
	const struct duet_route *answerer = &place->answerer->route;

	return answerer->answer == DUET_ANSWER_FILES &&
	       duet_files_has_directory(answerer->files,
					path + place->way.skip);
}

/* It would be asked for by the path with '/', which the route is not for. */
static int refuse_directory(const struct place *place, struct duet_error *err)
{
	const char *path = place->route.path;

	if (!place->gate.is_said || duet_str_ends(path, "/") ||
	    !is_directory(place, path))
		return DUET_OK;
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "'%s' is a directory, and who may come in is not said of what is in it; write '%s/'",
			      path, path);
}

/* A password is asked for in every request. */
static int refuse_password(const struct place *place, struct duet_error *err)
{
	if (!place->insecure_http || place->gate.rules.users == NULL)
		return DUET_OK;
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "'%s' asks for a password ('auth'), which 'insecure_http' would have sent for anyone on the way to read; write 'insecure_http: false' there, or 'auth: none'",
			      place->route.path);
}

static int complete(struct duet_routes *routes, size_t i,
		    struct duet_error *err)
{
	struct place *place = &routes->places[i];
	const struct place *outer = around(routes, i);
	int rc;

	place->outer = outer;
	inherit_answer(place);
	rc = duet_gate_init(&place->gate, outer != NULL ? &outer->gate : NULL,
			    &place->route.gate, place->route.path, err);
	if (rc == DUET_OK)
		rc = refuse_directory(place, err);
	if (rc == DUET_OK)
		rc = refuse_password(place, err);
	if (rc == DUET_OK)
		rc = inherit_rules(place, err);
	if (rc == DUET_OK)
		rc = inherit_pages(place, err);
	return rc == DUET_OK ? dress(place, err) : rc;
}

int duet_routes_new(const struct duet_route *given, size_t n,
		    struct duet_routes **ret, size_t *ret_wrong,
		    struct duet_error *err)
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
		routes->places[i].given = i;
		routes->places[i].len = strlen(given[i].path);
	}
	qsort(routes->places, n, sizeof(*routes->places), by_path);
	for (i = 0; rc == DUET_OK && i < n; i++) {
		*ret_wrong = routes->places[i].given;
		rc = complete(routes, i, err);
	}
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
		duet_gate_done(&routes->places[i].gate);
		duet_mem_free(routes->places[i].rules);
		duet_mem_free(routes->places[i].pages);
		duet_mem_free(routes->places[i].dresses);
	}
	duet_mem_free(routes->places);
	duet_mem_free(routes);
}

/* ---- what is not there ---- */

/* As it is when somebody needs it. */
static int look_at_page(const struct place *place, const char *file)
{
	struct duet_buf page;
	int rc;

	duet_buf_init(&page, DUET_ERROR_FILE_MAX_BYTES);
	rc = duet_files_read(place->files, file, &page);
	duet_buf_done(&page);
	return rc;
}

/* path: beneath the root of those files. */
static void tell_missing(struct duet_missing *missing,
			 const struct duet_files *files, const char *path,
			 duet_missing_fn *fn, void *arg)
{
	if (missing->sys == 0)
		return;
	missing->why =
		missing->sys == ENOENT ? duet_files_why_not(files, path) : NULL;
	fn(missing, arg);
}

/* That of a route without an answer of its own: files of the one around it. A
 * fallback is there for every path, and what is well known comes and goes. */
static void find_path(const struct place *place, duet_missing_fn *fn, void *arg)
{
	const struct duet_route *answerer = &place->answerer->route;
	const char *path = place->route.path + place->way.skip;
	struct duet_missing missing = {
		.route = place->given,
		.file = place->route.path,
		.is_path = true,
		.is_gate = place->gate.is_said,
		.is_hidden = duet_files_is_hidden(place->route.path),
	};

	if (answerer->answer != DUET_ANSWER_FILES)
		return;
	if (missing.is_hidden) {
		fn(&missing, arg);
		return;
	}
	/* What says how errors look may be about them alone. */
	if (place->answerer == place || place->way.fallback != NULL ||
	    duet_str_starts(path, "/.well-known/") ||
	    (place->route.n_errors > 0 && !missing.is_gate))
		return;
	missing.sys = -duet_files_look(answerer->files, path);
	if (missing.sys != EISDIR)
		tell_missing(&missing, answerer->files, path, fn, arg);
}

static void find_missing(const struct place *place, duet_missing_fn *fn,
			 void *arg)
{
	const struct duet_route *route = &place->route;
	struct duet_missing missing = { .route = place->given };
	size_t i;

	if (place->files == NULL)
		return;
	missing.file = route->fallback;
	if (missing.file != NULL)
		missing.sys = -duet_files_look(place->files, missing.file);
	tell_missing(&missing, place->files, missing.file, fn, arg);
	for (i = 0; i < route->n_errors; i++) {
		missing.file = route->errors[i].file;
		missing.page = i;
		missing.status = route->errors[i].status;
		missing.sys = -look_at_page(place, missing.file);
		tell_missing(&missing, place->files, missing.file, fn, arg);
	}
}

void duet_routes_find_missing(const struct duet_routes *routes,
			      duet_missing_fn *fn, void *arg)
{
	size_t i;

	for (i = 0; i < routes->n; i++) {
		find_path(&routes->places[i], fn, arg);
		find_missing(&routes->places[i], fn, arg);
	}
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
		if (place != NULL && place->gate.is_said)
			return place;
	}
	return NULL;
}

/* To more than those around it are. */
static bool is_opened(const struct duet_gate_rules *rules)
{
	return rules->no_access || rules->no_throttle || rules->no_users;
}

/* The route that it lacks no more than the '/' of, if that answers by itself,
 * or is open and a directory. A file of that name is of what is around it. */
static const struct place *find_with_slash(const struct duet_routes *routes,
					   char *path, size_t len)
{
	const struct place *place;

	if (path[len - 1] == '/')
		return NULL;
	path[len] = '/'; /* for a moment, where the NUL is */
	place = find_exactly(routes, path, len + 1);
	path[len] = '\0';
	if (place == NULL || has_answer(&place->route))
		return place;
	return is_opened(&place->route.gate) && !duet_files_is_hidden(path) &&
			       is_directory(place, path)
		       ? place
		       : NULL;
}

/* That path; then each directory it is in, the nearest first. */
static const struct place *find(const struct duet_routes *routes, char *path)
{
	size_t len = strlen(path);
	const struct place *place = find_exactly(routes, path, len);

	if (place == NULL)
		place = find_with_slash(routes, path, len);
	if (place == NULL)
		place = find_encoded(routes, path, len);
	while (place == NULL) {
		do
			len--;
		while (path[len - 1] != '/');
		place = find_exactly(routes, path, len);
	}
	return place;
}

/* ---- answers ---- */

/* One request under way. */
struct visit {
	struct duet_exchange *exchange;
	struct duet_route_hands *hands;
	const struct place *place;
	struct duet_uri uri;
	struct duet_error why; /* there is no path */
	int status;            /* for that */
	char path[PATH_BYTES];
};

static void redirect(struct visit *visit)
{
	const struct place *place = visit->place->answerer;
	const char *to = place->route.to;
	/* Behind these nothing is a path any more. */
	bool is_path = strpbrk(to, "?#") == NULL;
	bool of_all_below = is_path &&
			    place->route.path[place->len - 1] == '/' &&
			    duet_str_ends(to, "/");
	const struct duet_redirect redirect = {
		.status = place->route.status,
		.to = to,
		.path = of_all_below ? visit->path + place->len : "",
		.tail = "",
		.uri = is_path ? &visit->uri : NULL,
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

	/* As of every error; without memory it lacks that. */
	if (route->text != NULL && route->status >= 400)
		(void)!duet_reply_header(visit->exchange, "Request-Id",
					 duet_exchange_id(visit->exchange));
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

	if (strlen(visit->path) < visit->place->len)
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
static void clean(struct visit *visit, const struct duet_exchange *exchange)
{
	const struct duet_head *head = duet_exchange_head(exchange);
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

/* ---- the handler ---- */

/* A site with files alone: nothing depends on the path but which of them. */
static bool is_plain(const struct duet_routes *routes)
{
	const struct place *place = &routes->places[0];

	return routes->n == 1 && place->route.n_cache == 0 &&
	       place->route.answer == DUET_ANSWER_FILES && place->gate.is_open;
}

/* Its path was not kept: it is large, and most are answered at once. Its place
 * was: it is of no other, whatever has become of the files meanwhile. */
static void come_in(const struct duet_gate_caller *caller)
{
	struct visit visit; /* no need to clear all of it */

	visit.exchange = caller->exchange;
	visit.hands = caller->hands;
	visit.place = caller->place;
	clean(&visit, visit.exchange);
	answer(&visit);
}

bool duet_routes_take_plain(const struct duet_routes *routes,
			    const struct duet_exchange *exchange)
{
	struct visit visit; /* no need to clear all of it */

	clean(&visit, exchange);
	return find(routes, visit.path)->insecure_http;
}

void duet_routes_handle(const struct duet_routes *routes,
			struct duet_exchange *exchange,
			struct duet_route_hands *hands)
{
	struct duet_gate_caller caller = {
		.exchange = exchange,
		.worker = hands->worker,
		.desk = hands->desk,
		.come_in = come_in,
		.hands = hands,
	};
	struct visit visit; /* no need to clear all of it */

	visit.exchange = exchange;
	visit.hands = hands;
	visit.place = &routes->places[0];
	if (is_plain(routes)) {
		duet_exchange_dress(exchange, &visit.place->plain);
		show_files(&visit);
		return;
	}
	clean(&visit, visit.exchange);
	visit.place = find(routes, visit.path);
	duet_exchange_dress(exchange, dress_for(visit.place, visit.path));
	caller.place = visit.place;
	if (duet_gate_pass(&visit.place->gate, &caller))
		answer(&visit);
}

/* ---- refusals ---- */

static const char *sentence_for_refused(int status)
{
	switch (status) {
	case 408:
		return "it did not come in time.";
	case 413:
		return "what was sent with it is larger than this server takes.";
	case 414:
		return "its address is longer than this server takes.";
	case 431:
		return "its head is longer than this server takes.";
	case 501:
		return "it was sent in a way that this server does not know.";
	case 503:
		return "this server has no memory for it at this moment; try again soon.";
	default:
		return "it is not a request that this server understands.";
	}
}

void duet_routes_refuse(const struct duet_routes *routes,
			struct duet_exchange *exchange, int status)
{
	const struct place *place;
	struct visit visit; /* no need to clear all of it */

	visit.exchange = exchange;
	clean(&visit, visit.exchange); /* "/" where there is no path */
	place = find(routes, visit.path);
	duet_exchange_dress(exchange, dress_for(place, visit.path));
	duet_site_error(exchange, status, sentence_for_refused(status));
}
