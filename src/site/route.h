/* SPDX-License-Identifier: MIT */
/*
 * site/route.h - what a site does, path by path.
 *
 * A route is for one path ("/a"), or for one and all below it ("/a/"). A
 * request is of the route with the longest path that it is at or below; what
 * is not said of that route is as in the one around it, and at last as in the
 * site, whose own route is "/". So there is no order to get wrong, and what
 * protects "/private/" protects all below it, whatever else is said of a part,
 * unless that part switches it off in so many words.
 * "/a" is of "/a/", and is sent to it, where only that is a route and has an
 * answer of its own, or is a directory and open to more than what it is in. Who
 * may have "/a" is asked for "/a.gz" as well, which may be the same.
 *
 *   request --path cleaned--> route --its gate--> redirect, reply, or files
 *
 * The path is the cleaned one of http/uri.h, which is also the one opened.
 */
#ifndef DUET_SITE_ROUTE_H
#define DUET_SITE_ROUTE_H

#include "server/handler.h"
#include "site/files.h"
#include "site/gate.h"

/* Cache-Control for files by name. */
struct duet_cache_rule {
	/* "*.css": names that end so; "sw.js": that name; none: every file. */
	const char *const *files;
	size_t n_files;
	const char *control;
};

/* The page for a status, in place of ours. */
struct duet_error_file {
	int status;
	const char *file; /* beneath the nearest directory around it */
};

enum duet_route_answer {
	DUET_ANSWER_FILES, /* or as in the route around it */
	DUET_ANSWER_REDIRECT,
	DUET_ANSWER_REPLY,
};

/* What is said of a route. Zero and NULL are what is not said. */
struct duet_route {
	const char *path; /* clean, see duet_uri_clean() */
	enum duet_route_answer answer;
	/* FILES: those of a directory that stands for the path, which then
	 * ends in '/'. */
	struct duet_files *files;
	const bool *list;     /* directories without an index.html */
	const bool *compress; /* on the fly; where nobody says so, too */
	/* Whether it answers without TLS as well: NULL: as the route around it;
	 * where nobody says so, it does not. */
	const bool *insecure_http;
	/* A file beneath the directory, "/index.html", in place of one that is
	 * not there: for programs that look at the path in the browser. */
	const char *fallback;
	bool no_fallback; /* also where the route around it has one */
	/* REDIRECT: to a URL or path. One with a query or fragment stays as it
	 * is; any other is followed by the query of the request and, where it
	 * and the route's path end in '/', before that by what follows the
	 * route's path. */
	const char *to;
	/* REPLY: text may be NULL, and is then, of an error, ours. */
	const char *text;
	const char *type; /* of text; NULL: plain */
	int status;       /* of both */

	/* After those of the route around it. */
	const struct duet_field_rule *fields;
	size_t n_fields;
	const struct duet_cache_rule *cache; /* the first that fits */
	size_t n_cache;
	bool no_cache; /* nor those around it */
	const struct duet_error_file *errors;
	size_t n_errors;
	bool no_errors; /* nor those around it: ours are sent */

	struct duet_gate_rules gate; /* who may come in */
};

/* A process that answers. */
struct duet_route_hands {
	size_t worker;          /* as of struct duet_gate_caller */
	struct duet_desk *desk; /* the same */
	/* Set when an answer is to come by duet_files_step(). */
	bool has_waiting;
};

enum {
	/* What header rules put into a reply. A head has 64 KiB, of which a
	 * reply's own fields may be half. */
	DUET_ROUTE_FIELDS_MAX_BYTES = 24576,
};

struct duet_routes;
/*
 * One of them is the site's own, "/", with an answer. What they point to is
 * borrowed. Errors are not said where there is no directory. With a sentence,
 * and *ret_wrong the one of routes that it is about:
 * DUET_E_NOMEM;
 * DUET_E_LIMIT: its fields and those around it are more than
 *   DUET_FIELD_RULES_MAX or DUET_ROUTE_FIELDS_MAX_BYTES; or its realm is too
 *   long;
 * DUET_E_ARGUMENT: who may come in is said of a directory's path without the
 *   '/', and would not hold for what is in it; or names and passwords are asked
 *   for where it answers without TLS.
 */
DUET_CHECK int duet_routes_new(const struct duet_route *routes, size_t n,
			       struct duet_routes **ret, size_t *ret_wrong,
			       struct duet_error *err);
void duet_routes_free(struct duet_routes *routes);

/* A file that a route names and that could not be shown now, or its path. */
struct duet_missing {
	size_t route; /* as it was given */
	const char *file;
	size_t page;     /* of its errors */
	int status;      /* of the page; 0: it is the fallback */
	int sys;         /* errno; EFBIG: more than DUET_ERROR_FILE_MAX_BYTES */
	bool is_path;    /* nothing is there for the route to be about */
	bool is_hidden;  /* nor will be: see duet_files_is_hidden() */
	bool is_gate;    /* and it says who may come in */
	const char *why; /* in words, where errno says too little, or NULL */
};
typedef void duet_missing_fn(const struct duet_missing *missing, void *arg);
/* Call fn for each; all of them may come later. */
void duet_routes_find_missing(const struct duet_routes *routes,
			      duet_missing_fn *fn, void *arg);

/* Reply to a request that is refused whatever it is for, with fields and pages
 * of the route that it is of, or of the site where its head has not come. */
void duet_routes_refuse(const struct duet_routes *routes,
			struct duet_exchange *exchange, int status);
/* Whether a request that has come without TLS is answered here; else nothing of
 * it is done. */
DUET_CHECK bool duet_routes_take_plain(const struct duet_routes *routes,
				       const struct duet_exchange *exchange);
/* Answer a request. */
void duet_routes_handle(const struct duet_routes *routes,
			struct duet_exchange *exchange,
			struct duet_route_hands *hands);

#endif
