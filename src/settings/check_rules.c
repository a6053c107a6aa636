/* SPDX-License-Identifier: MIT */
#include "settings/check_rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/grammar.h"
#include "base/str.h"
#include "net/prefix.h"
#include "settings/cache_control.h"
#include "settings/check_doubts.h"
#include "settings/foreign.h"
#include "settings/route_tree.h"

enum {
	SHOWN_BYTES = 128,
	WHERE_BYTES = DUET_ROUTE_WHERE_BYTES,
	VALUE_MAX_BYTES = 8192, /* so that no field alone fills a head */
};

/* The rules of a site, or of one of its routes. */
struct check {
	const struct duet_settings_file *file;
	const struct duet_route_tree *tree;
	const struct duet_route_node *node;
	const struct duet_settings_rules *rules; /* of node */
	char where[WHERE_BYTES];                 /* "sites/0/routes/1" */
	struct duet_findings *findings;
};

static void DUET_PRINTF(3, 4)
	tell(const struct check *check, const char *key, const char *fmt, ...)
{
	const char *slash = *key != '\0' ? "/" : "";
	char text[1024];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	duet_findings_error(check->findings,
			    duet_settings_place(check->file, "%s%s%s",
						check->where, slash, key),
			    "%s", text);
}

/* ---- texts ---- */

/* RFC 9110 s5.5, and nothing that gets lost on the way. */
static const char *wrong_with_value(const char *value)
{
	struct duet_bytes text = duet_str(value);

	if (!duet_is_field_value(text))
		return "a field has no line breaks and no other control characters";
	if (duet_trim(text).len < text.len)
		return "a field does not begin or end with a blank";
	return text.len <= VALUE_MAX_BYTES ? NULL
					   : "it is longer than 8192 bytes";
}

/* A clean path, as it is compared with those of requests. */
static const char *wrong_with_path(const char *path)
{
	const unsigned char *p = (const unsigned char *)path;
	size_t len = strlen(path);

	if (path[0] != '/')
		return "a path begins with '/'";
	for (; *p != '\0'; p++)
		if (duet_is_control(*p))
			return "it has a control character";
	if (strpbrk(path, "?#") != NULL)
		return "leave out the query and what is behind '#'";
	if (strchr(path, '%') != NULL)
		return "write it as it is, not percent-encoded";
	if (strstr(path, "//") != NULL)
		return "two slashes are one in a request";
	if (strstr(path, "/./") != NULL || strstr(path, "/../") != NULL ||
	    duet_str_ends(path, "/.") || duet_str_ends(path, "/.."))
		return "'.' and '..' are resolved in a request";
	return len < 4096 ? NULL : "it is longer than 4095 bytes";
}

static const char *wrong_with_file(const char *path)
{
	if (duet_str_ends(path, "/"))
		return "it is the path of a file and does not end in '/'";
	return wrong_with_path(path);
}

static void check_path(const struct check *check, const char *key,
		       const char *path, const char *why)
{
	const char *slash = strrchr(key, '/');
	char shown[SHOWN_BYTES];

	if (why == NULL)
		return;
	duet_str_printable(shown, sizeof(shown), duet_str(path));
	tell(check, key, "'%s' is no path for '%s': %s", shown,
	     slash != NULL ? slash + 1 : key, why);
}

/* ---- redirect and reply ---- */

static const char *wrong_with_target(const char *to)
{
	const unsigned char *p = (const unsigned char *)to;

	for (; *p != '\0'; p++)
		if (!duet_is_vchar(*p))
			return "a URL has no blanks and is ASCII: percent-encode them";
	if (strlen(to) > VALUE_MAX_BYTES)
		return "it is longer than 8192 bytes";
	if (duet_foreign_placeholder(to))
		return "there are no placeholders; what follows the route's path, and the query, are put behind one that ends in '/', as 'https://example.org/' ('%24' is a '$', '%7B' a '{')";
	if (duet_str_starts(to, "https://") || duet_str_starts(to, "http://"))
		return strcspn(strstr(to, "://") + 3, "/?#:\\") > 0
			       ? NULL
			       : "the host is missing";
	if (to[0] != '/')
		return "it begins with 'https://' or '/'";
	/* '\' is '/' to browsers: https://url.spec.whatwg.org/ */
	return to[1] != '/' && to[1] != '\\'
		       ? NULL
		       : "two slashes at the beginning are a host";
}

enum {
	NAMED_MAX = 4,
};

/* "'/a/', '/b/' and others" */
static void name_routes(const struct duet_route_node *const *by, size_t n,
			char *text, size_t size)
{
	char shown[SHOWN_BYTES];
	size_t used = 0;
	size_t i;

	for (i = 0; i < n && i < NAMED_MAX; i++) {
		duet_str_printable(shown, sizeof(shown), duet_str(by[i]->path));
		used += (size_t)snprintf(text + used, size - used, "%s'%s'",
					 i > 0 ? ", " : "", shown);
	}
	if (n > NAMED_MAX)
		(void)snprintf(text + used, size - used, " and others");
}

/* No other has a part in it. */
static bool is_alone(const struct duet_route_node *const *by, size_t n)
{
	while (n > 1 && by[n - 1] == by[0])
		n--;
	return n == 1;
}

static void check_end(const struct check *check, const char *to)
{
	const struct duet_route_node *by[DUET_REDIRECTS_MAX + 1];
	size_t n = duet_route_tree_follow(check->tree, check->node, by);
	char back[SHOWN_BYTES];
	char names[(NAMED_MAX + 1) * (SHOWN_BYTES + 4)];
	bool is_circle;
	size_t again = 0;

	if (n <= DUET_REDIRECTS_MAX)
		return;
	is_circle = duet_route_tree_is_circle(check->tree, check->node, by,
					      &again, &n);
	name_routes(by, n, names, sizeof(names));
	duet_str_printable(back, sizeof(back), duet_str(by[again]->path));
	if (!is_circle)
		tell(check, "redirect/to",
		     "'%s' leads to more than %d redirects, by %s, and browsers give up; name the last place at once",
		     to, DUET_REDIRECTS_MAX, names);
	else if (is_alone(by, n))
		tell(check, "redirect/to",
		     "'%s' is a path of this very redirect, which would never end",
		     to);
	else
		tell(check, "redirect/to",
		     "'%s' would never end: it leads by %s back to '%s'", to,
		     names, back);
}

static void check_redirect(const struct check *check)
{
	const struct duet_settings_redirect *redirect = check->rules->redirect;
	const char *why = wrong_with_target(redirect->to);
	char shown[SHOWN_BYTES];

	duet_str_printable(shown, sizeof(shown), duet_str(redirect->to));
	if (why != NULL)
		tell(check, "redirect/to", "'%s' is no place to go: %s", shown,
		     why);
	else
		check_end(check, shown);
	if (redirect->status == NULL)
		return;
	switch (*redirect->status) {
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		break;
	default:
		tell(check, "redirect/status",
		     "%d sends nobody elsewhere; it is 301, 302, 303, 307 or 308",
		     (int)*redirect->status);
	}
}

static void check_reply(const struct check *check)
{
	const struct duet_settings_reply *reply = check->rules->reply;
	const char *why =
		reply->type != NULL ? wrong_with_value(reply->type) : NULL;

	if (why == NULL && reply->type != NULL &&
	    strchr(reply->type, '/') == NULL)
		why = "it is like 'text/html; charset=utf-8'";
	if (why != NULL)
		tell(check, "reply/type", "that is no media type: %s", why);
	if (reply->text != NULL &&
	    (*reply->status == 204 || *reply->status == 304))
		tell(check, "reply/text",
		     "a reply with status %d has no body (RFC 9110 s15)",
		     (int)*reply->status);
	if (reply->type != NULL && reply->text == NULL)
		tell(check, "reply/type",
		     "'type' is of 'text', which is not there");
}

/* One way to answer. */
static void check_answer(const struct check *check)
{
	const struct duet_settings_rules *rules = check->rules;
	const char *first = rules->redirect != NULL ? "redirect" : "reply";

	if (rules->redirect != NULL && rules->reply != NULL)
		tell(check, "reply",
		     "'reply' beside 'redirect': a request has one answer; leave one of them out");
	if (rules->redirect == NULL && rules->reply == NULL)
		return;
	if (rules->root != NULL)
		tell(check, "root",
		     "'root' beside '%s': a request has one answer; leave one of them out",
		     first);
	if (rules->fallback != NULL)
		tell(check, "fallback",
		     "'fallback' is of files, and '%s' answers here", first);
	if (rules->list != NULL)
		tell(check, "list", "'list' is of files, and '%s' answers here",
		     first);
	if (rules->compress != NULL)
		tell(check, "compress",
		     "'compress' is of files, and '%s' answers here", first);
	if (rules->redirect != NULL)
		check_redirect(check);
	else
		check_reply(check);
}

/* ---- header fields ---- */

/* Those that say where a message ends, or when: ours to write. */
static bool is_ours(const char *name)
{
	static const char *const ours[] = {
		"Connection", "Content-Length",    "Date",
		"Keep-Alive", "Proxy-Connection",  "TE",
		"Trailer",    "Transfer-Encoding", "Upgrade",
		NULL,
	};
	size_t i;

	for (i = 0; ours[i] != NULL; i++)
		if (duet_str_eq_nocase(name, ours[i]))
			return true;
	return false;
}

/* Those without which the body would be taken for something else. */
static bool is_of_the_body(const char *name)
{
	return duet_str_eq_nocase(name, "Content-Encoding") ||
	       duet_str_eq_nocase(name, "Content-Range") ||
	       duet_str_eq_nocase(name, "Location");
}

static const char *wrong_with_change(const struct duet_settings_field *field)
{
	const char *name = field->set != NULL   ? field->set
			   : field->add != NULL ? field->add
						: field->remove;

	if ((field->set != NULL) + (field->add != NULL) +
		    (field->remove != NULL) !=
	    1)
		return "it has one of 'set', 'add' and 'remove'";
	if (!duet_is_token(duet_str(name)))
		return "a name has letters, digits and '-', and no blank or ':'";
	if (is_ours(name))
		return "this server writes it, by what it sends";
	if (is_of_the_body(name))
		return "it belongs to the body of each reply";
	if (duet_str_eq_nocase(name, "Content-Type") && field->add != NULL)
		return "a reply has one type; use 'set'";
	if (duet_str_eq_nocase(name, "Vary") && field->add == NULL)
		return "caches need what is in it already; use 'add'";
	if (field->remove != NULL)
		return field->value == NULL ? NULL
					    : "what is removed has no 'value'";
	return field->value != NULL ? wrong_with_value(field->value)
				    : "'value' is missing";
}

static void check_headers(const struct check *check)
{
	char key[WHERE_BYTES];
	const char *why;
	uint32_t i;

	for (i = 0; i < check->rules->n_headers; i++) {
		why = wrong_with_change(&check->rules->headers[i]);
		if (why == NULL)
			continue;
		(void)snprintf(key, sizeof(key), "headers/%u", (unsigned)i);
		tell(check, key, "that is no change of a header: %s", why);
	}
}

/* ---- files ---- */

static const char *wrong_with_pattern(const char *pattern)
{
	if (strpbrk(pattern, "{}") != NULL)
		return "there are no braces; name them one by one, [ '*.css', '*.js' ]";
	if (pattern[0] == '.')
		return "a name that begins with a dot is never served; for all that end so write '*' before it";
	if (strchr(pattern, '/') != NULL)
		return "it is about names of files, in every directory; for a directory make a route";
	if (pattern[0] == '*' ? strchr(pattern + 1, '*') != NULL
			      : strchr(pattern, '*') != NULL)
		return "'*' is at its beginning only: '*.css'";
	return NULL;
}

/* "css", where "*.css" is meant. */
static void doubt_pattern(const struct check *check, const char *key,
			  const char *pattern)
{
	static const char *const ends[] = { "css",  "gif", "html",  "ico",
					    "jpeg", "jpg", "js",    "json",
					    "mjs",  "mp4", "pdf",   "png",
					    "svg",  "txt", "woff2", "webp" };
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strcmp(pattern, ends[i]) == 0)
			duet_findings_warn(check->findings,
					   duet_settings_place(check->file,
							       "%s/%s",
							       check->where,
							       key),
					   "this is for files that are called '%s'; for those that end so, write '*.%s'",
					   ends[i], ends[i]);
}

static void check_control(const struct check *check, uint32_t number)
{
	const char *control = check->rules->cache[number].control;
	const char *wrong = wrong_with_value(control);
	char why[DUET_CACHE_WHY_BYTES];
	char key[WHERE_BYTES];

	(void)snprintf(key, sizeof(key), "cache/%u/control", (unsigned)number);
	if (wrong != NULL)
		tell(check, key, "that is no value of a field: %s", wrong);
	else if (duet_cache_control_is_wrong(control, why))
		tell(check, key, "that is no Cache-Control: %s", why);
}

static void check_cache(const struct check *check)
{
	const struct duet_settings_cache *rule;
	char shown[SHOWN_BYTES];
	char key[WHERE_BYTES];
	const char *why;
	uint32_t i;
	uint32_t k;

	for (i = 0; i < check->rules->n_cache; i++) {
		rule = &check->rules->cache[i];
		check_control(check, i);
		for (k = 0; k < rule->n_files; k++) {
			why = wrong_with_pattern(rule->files[k]);
			duet_str_printable(shown, sizeof(shown),
					   duet_str(rule->files[k]));
			(void)snprintf(key, sizeof(key), "cache/%u/files/%u",
				       (unsigned)i, (unsigned)k);
			doubt_pattern(check, key, rule->files[k]);
			if (why != NULL)
				tell(check, key,
				     "'%s' is no pattern of names: %s", shown,
				     why);
		}
		if (rule->n_files > 0 || i + 1 == check->rules->n_cache)
			continue;
		(void)snprintf(key, sizeof(key), "cache/%u", (unsigned)i + 1);
		tell(check, key,
		     "this rule is never looked at: the one before it is for every file");
	}
}

static void check_errors(const struct check *check)
{
	const struct duet_settings_error *errors = check->rules->errors;
	char key[WHERE_BYTES];
	uint32_t i;
	uint32_t k;

	for (i = 0; i < check->rules->n_errors; i++) {
		(void)snprintf(key, sizeof(key), "errors/%u/file", (unsigned)i);
		check_path(check, key, errors[i].file,
			   wrong_with_file(errors[i].file));
		for (k = 0; k < i; k++)
			if (*errors[k].status == *errors[i].status)
				break;
		(void)snprintf(key, sizeof(key), "errors/%u/status",
			       (unsigned)i);
		if (k < i)
			tell(check, key, "%d has a page already",
			     (int)*errors[i].status);
	}
}

/* Those of the nearest around it that have an answer, or any directory at all;
 * NULL: there are none. */
static const struct duet_settings_rules *around(const struct check *check,
						bool any)
{
	const struct duet_route_node *node = check->node->outer;

	while (node != NULL && node->rules->root == NULL &&
	       (any || !duet_route_has_answer(node->rules)))
		node = node->outer;
	return node != NULL ? node->rules : NULL;
}

static void check_files(const struct check *check)
{
	const struct duet_settings_rules *rules = check->rules;
	const struct duet_settings_rules *answerer = around(check, false);
	bool has_files = duet_route_has_answer(rules) ||
			 (answerer != NULL && answerer->root != NULL);

	if (rules->fallback != NULL)
		check_path(check, "fallback", rules->fallback,
			   wrong_with_file(rules->fallback));
	if (rules->fallback != NULL && !has_files)
		tell(check, "fallback",
		     "'fallback' is of files, and here are none; add 'root'");
	if (rules->list != NULL && !has_files)
		tell(check, "list",
		     "'list' is of files, and here are none; add 'root'");
	if (rules->compress != NULL && !has_files)
		tell(check, "compress",
		     "'compress' is of files, and here are none; add 'root'");
	if (rules->n_errors > 0 && rules->root == NULL &&
	    around(check, true) == NULL)
		tell(check, "errors",
		     "pages of your own are files beneath a 'root', and there is none around here");
	check_cache(check);
	check_errors(check);
}

/* ---- who may come in ---- */

static bool is_everybody(const char *text)
{
	return duet_str_eq_nocase(text, "all") ||
	       duet_str_eq_nocase(text, "any") || strcmp(text, "*") == 0;
}

static void check_prefixes(const struct check *check, const char *key,
			   char *const *texts, uint32_t n)
{
	struct duet_prefix prefix;
	char where[WHERE_BYTES];
	struct duet_error err;
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (duet_prefix_parse(texts[i], &prefix, &err) == DUET_OK)
			continue;
		(void)snprintf(where, sizeof(where), "%s/%u", key, (unsigned)i);
		if (strcmp(texts[i], "none") == 0)
			tell(check, where,
			     "'none' among prefixes; so that no prefix counts that is said around it, write 'deny: none', without a list");
		else if (is_everybody(texts[i]))
			tell(check, where,
			     strcmp(key, "allow") == 0
				     ? "everybody may come in where nothing is said; leave it out, or write 'deny: none' for what is said around it to count no more"
				     : "for everybody write both, [ '0.0.0.0/0', '::/0' ]");
		else
			tell(check, where, "%s", err.text);
	}
}

static void check_throttle(const struct check *check)
{
	const struct duet_settings_throttle *throttle = check->rules->throttle;

	if (throttle == NULL)
		return;
	if (throttle->requests == 0 && throttle->concurrent == 0 &&
	    throttle->reply_rate == 0)
		tell(check, "throttle",
		     "nothing is limited here; add 'requests', 'concurrent' or 'reply_rate'");
	if (throttle->requests == 0 && throttle->seconds > 0)
		tell(check, "throttle/seconds",
		     "'seconds' is the time for 'requests', which are not there");
	if (throttle->requests == 0 && throttle->burst > 0)
		tell(check, "throttle/burst",
		     "'burst' is of 'requests', which are not there");
	if (throttle->requests == 0 && throttle->clients > 0)
		tell(check, "throttle/clients",
		     "'clients' are remembered for 'requests', which are not there");
}

static void check_auth(const struct check *check)
{
	const struct duet_settings_auth *auth = check->rules->auth;
	const char *why = NULL;

	if (auth != NULL && auth->realm != NULL)
		why = wrong_with_value(auth->realm);
	if (why != NULL)
		tell(check, "auth/realm", "that is no realm: %s", why);
}

static void check_these(const struct check *check)
{
	check_answer(check);
	check_headers(check);
	check_files(check);
	check_prefixes(check, "allow", check->rules->allow,
		       check->rules->n_allow);
	check_prefixes(check, "deny", check->rules->deny, check->rules->n_deny);
	check_throttle(check);
	check_auth(check);
}

/* ---- routes ---- */

static const char *wrong_with_route(const struct duet_settings_route *route)
{
	if (strchr(route->path, '*') != NULL)
		return "there are no patterns; one that ends in '/' is for all below it";
	if (strcmp(route->path, "/") == 0)
		return "that is the site as a whole: say it there";
	if (duet_str_ends(route->path, "/index.html"))
		return "requests for the directory would not be of it; write the directory, with '/' at the end";
	return wrong_with_path(route->path);
}

static void check_route(const struct check *check)
{
	const struct duet_settings_route *route = check->node->route;
	const char *why = wrong_with_route(route);
	char shown[SHOWN_BYTES];

	check_path(check, "path", route->path, why);
	if (why != NULL)
		return;
	duet_str_printable(shown, sizeof(shown), duet_str(route->path));
	/* Not the first node, which is the site. */
	if (strcmp(check->node[-1].path, route->path) == 0)
		tell(check, "path", "'%s' has a route already", shown);
	if (route->rules.root != NULL && !duet_str_ends(route->path, "/"))
		tell(check, "root",
		     "a directory stands for a path that ends in '/': write 'path: %s/'",
		     shown);
	check_these(check);
}

static void check_node(struct check *check, uint32_t number)
{
	const struct duet_settings_site *site =
		&duet_settings_of(check->file)->sites[number];
	const struct duet_settings_route *route = check->node->route;

	check->rules = check->node->rules;
	duet_route_tree_where(check->where, number, site, check->node);
	if (route != NULL) {
		check_route(check);
		return;
	}
	if (!duet_route_has_answer(check->rules))
		tell(check, "",
		     "a site needs 'root', the directory with its files, or 'redirect' or 'reply'");
	check_these(check);
}

int duet_check_rules(const struct duet_settings_file *file, uint32_t number,
		     struct duet_findings *findings)
{
	struct duet_route_tree tree;
	struct check check = {
		.file = file,
		.tree = &tree,
		.findings = findings,
	};
	int rc = duet_route_tree_init(&tree,
				      &duet_settings_of(file)->sites[number]);
	size_t n_errors;
	size_t i;

	if (rc != DUET_OK)
		return rc;
	for (i = 0; i < tree.n; i++) {
		check.node = &tree.nodes[i];
		n_errors = findings->n_errors;
		check_node(&check, number);
		if (findings->n_errors == n_errors)
			duet_check_doubts(file, number, check.node, findings);
	}
	duet_route_tree_done(&tree);
	return DUET_OK;
}
