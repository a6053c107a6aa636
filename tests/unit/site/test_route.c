/* SPDX-License-Identifier: MIT */
/* Which route a path is of, what it has from those around it, and who is let
 * in. What files become is seen end to end. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "site/route.h"
#include "support/memory.h"
#include "support/tempdir.h"
#include "unit/site/site.h"

/* Of "secret", as "name:secret" and "name:wrong" are in base64. */
#define HASH                                                  \
	"$6$rounds=1000$salt$HNxBeBnDfSfUrTj6KiLnmd7tGCvHEmc" \
	"Exh8kl/S0cZ5WrCciNZgfhbpkeFQ4JfkHX.8vPq45lY0iINnCx1Lkm."
#define RIGHT "Authorization: Basic bmFtZTpzZWNyZXQ=\r\n"
#define WRONG "Authorization: Basic bmFtZTp3cm9uZw==\r\n"

#define ANSWER(its_path, its_text)                                      \
	.path = (its_path), .answer = DUET_ANSWER_REPLY, .status = 200, \
	.text = (its_text)

/* ---- which one ---- */

static void the_longest_path_decides_in_any_order(void **state)
{
	static const struct duet_route routes[] = {
		{ ANSWER("/a/b/", "[a-b-]") }, { ANSWER("/a/b", "[a-b]") },
		{ ANSWER("/", "[site]") },     { ANSWER("/a/", "[a-]") },
		{ ANSWER("/a!", "[a!]") },     { ANSWER("/a/b/c/d", "[d]") },
	};
	static const struct {
		const char *path;
		const char *has;
	} cases[] = {
		{ "/", "[site]" },
		{ "/b", "[site]" },
		{ "/aa", "[site]" },
		{ "/a!", "[a!]" },
		{ "/a!/", "[site]" },
		{ "/a", "Location: /a/\r\n" },
		{ "/a?b", "Location: /a/?b\r\n" },
		{ "/a/", "[a-]" },
		{ "/a/bb", "[a-]" },
		{ "/a/b", "[a-b]" },
		{ "/a/b/", "[a-b-]" },
		{ "/a/b/c", "[a-b-]" },
		{ "/a/b/c/", "[a-b-]" },
		{ "/a/b/c/d", "[d]" },
		{ "/a/b/c/d/", "[a-b-]" },
		{ "//a/./x/../b", "[a-b]" },
		{ "/%61/%62", "[a-b]" },
		{ "/a/../../x", "HTTP/1.1 400 " },
	};
	struct site site;
	size_t i;

	(void)state;
	site_start(&site, routes, COUNT(routes));
	for (i = 0; i < COUNT(cases); i++)
		assert_has(&site, cases[i].path, "", cases[i].has, "HTTP/1.1");
	site_done(&site);
}

/* Whose fault it is not is not told that it is. */
static void a_refusal_says_what_it_is_for(void **state)
{
	static const struct duet_route routes[] = { { ANSWER("/", "[]") } };
	static const struct {
		int status;
		const char *has;
	} cases[] = {
		{ 400, ": it is not a request that this server understands" },
		{ 408, ": it did not come in time" },
		{ 413, ": what was sent with it is larger" },
		{ 414, ": its address is longer" },
		{ 431, ": its head is longer" },
		{ 501, ": it was sent in a way that this server does not" },
		{ 503, ": this server has no memory for it" },
		{ 505, ": it is not a request that this server understands" },
	};
	struct site site;
	char status[32];
	size_t i;

	(void)state;
	site_start(&site, routes, COUNT(routes));
	for (i = 0; i < COUNT(cases); i++) {
		site.refusal = cases[i].status;
		(void)snprintf(status, sizeof(status), "HTTP/1.1 %d ",
			       cases[i].status);
		assert_has(&site, "/", "", status, cases[i].has);
	}
	site_done(&site);
}

/* ---- what it has from those around it ---- */

static void fields_come_from_the_site_inwards(void **state)
{
	static const struct duet_field_rule outer[] = {
		{ DUET_FIELD_SET, "X-One", "outer" },
		{ DUET_FIELD_SET, "X-Two", "outer" },
	};
	static const struct duet_field_rule inner[] = {
		{ DUET_FIELD_SET, "X-Two", "inner" },
		{ DUET_FIELD_ADD, "X-One", "more" },
	};
	static const struct duet_route routes[] = {
		{ ANSWER("/", "x"), .fields = outer, .n_fields = 2 },
		{ ANSWER("/a/", "x"), .fields = inner, .n_fields = 2 },
		{ .path = "/a/b/" },
	};
	struct site site;

	(void)state;
	site_start(&site, routes, COUNT(routes));
	assert_has(&site, "/", "", "X-One: outer\r\n", "X-Two: outer\r\n");
	assert_lacks(&site, "/", "X-One: more");
	assert_has(&site, "/a/b/c", "", "X-One: outer\r\nX-Two: inner\r\n",
		   "X-One: more\r\n");
	assert_lacks(&site, "/a/", "X-Two: outer");
	site_done(&site);
}

static void a_route_without_an_answer_has_that_around_it(void **state)
{
	static const struct duet_route routes[] = {
		{ ANSWER("/", "[site]") },
		{ .path = "/old/",
		  .answer = DUET_ANSWER_REDIRECT,
		  .to = "/new/",
		  .status = 302 },
		{ .path = "/old/part/" },
		{ .path = "/old/part/one" },
		{ .path = "/x" },
	};
	struct site site;

	(void)state;
	site_start(&site, routes, COUNT(routes));
	assert_has(&site, "/x", "", "[site]", "");
	assert_has(&site, "/old/part/a", "", "Location: /new/part/a\r\n", "");
	assert_has(&site, "/old/part/one?q", "",
		   "Location: /new/part/one?q\r\n", "");
	site_done(&site);
}

static void a_query_or_fragment_is_no_place_for_a_path(void **state)
{
	static const char *const to[] = {
		"/new/?next=/",
		"/new/#/",
		"/new/?next=/#a/",
		"/new/?",
	};
	struct duet_route routes[] = {
		{ ANSWER("/", "[site]") },
		{ .path = "/old/",
		  .answer = DUET_ANSWER_REDIRECT,
		  .status = 302 },
	};
	struct site site;
	char field[128];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(to); i++) {
		routes[1].to = to[i];
		site_start(&site, routes, COUNT(routes));
		(void)snprintf(field, sizeof(field), "Location: %s\r\n", to[i]);
		assert_has(&site, "/old/part/a?q=/", "", field, "");
		site_done(&site);
	}
}

static void caches_are_told_by_the_nearest_rules(void **state)
{
	static const char *const css[] = { "*.css" };
	static const struct duet_cache_rule outer[] = {
		{ css, 1, "outer-css" },
		{ NULL, 0, "outer" },
	};
	static const struct duet_cache_rule inner[] = { { css, 1, "inner" } };
	static const struct duet_route routes[] = {
		{ ANSWER("/", "x"), .cache = outer, .n_cache = 2 },
		{ .path = "/a/", .cache = inner, .n_cache = 1 },
		{ .path = "/a/b/" },
		{ .path = "/a/b/none/", .no_cache = true },
		{ .path = "/a/b/none/x/" },
	};
	struct site site;

	(void)state;
	site_start(&site, routes, COUNT(routes));
	assert_lacks(&site, "/a/b/none/x.css", "Cache-Control");
	assert_lacks(&site, "/a/b/none/x/x.css", "Cache-Control");
	assert_has(&site, "/x.css", "", "Cache-Control: outer-css\r\n", "");
	assert_has(&site, "/x", "", "Cache-Control: outer\r\n", "");
	assert_has(&site, "/a/b/x.css", "", "Cache-Control: inner\r\n", "");
	assert_lacks(&site, "/a/b/x", "Cache-Control");
	site_done(&site);
}

static void assert_refused(const struct duet_route *routes, size_t n,
			   size_t its, int code, const char *words)
{
	struct duet_routes *made = NULL;
	struct duet_error err;
	size_t wrong = 0;

	assert_int_equal(duet_routes_new(routes, n, &made, &wrong, &err), code);
	assert_null(made);
	assert_int_equal(wrong, its);
	if (strstr(err.text, words) == NULL)
		fail_msg("%s", err.text);
}

/* ---- without TLS ---- */

static void ask_plainly(struct duet_exchange *exchange, void *arg)
{
	struct rig *rig = arg;
	struct site *site = rig->arg;
	bool taken = duet_routes_take_plain(site->routes, exchange);

	assert_int_equal(duet_reply_empty(exchange, taken ? 204 : 404),
			 DUET_OK);
}

static void what_says_so_is_had_without_tls(void **state)
{
	static const bool yes = true;
	static const bool no = false;
	static const struct duet_route routes[] = {
		{ ANSWER("/", "x") },
		{ ANSWER("/crl/", "x"), .insecure_http = &yes },
		{ .path = "/crl/old/" },
		{ .path = "/crl/part/", .insecure_http = &no },
		{ ANSWER("/one", "x"), .insecure_http = &yes },
	};
	static const struct {
		const char *path;
		bool taken;
	} cases[] = {
		{ "/", false },
		{ "/crl", true }, /* is sent to the next */
		{ "/crl/", true },
		{ "/crl/a.crl?b", true },
		{ "/%63rl/x/../a.crl", true },
		{ "/crl/../a", false },
		{ "/crl/../../a", false },
		{ "/crl/old/a", true },
		{ "/crl/part/a", false },
		{ "/one", true },
		{ "/one/a", false },
		{ "/crls", false },
	};
	struct site site;
	size_t i;

	(void)state;
	site_start(&site, routes, COUNT(routes));
	site.rig.handler = ask_plainly;
	for (i = 0; i < COUNT(cases); i++)
		assert_has(&site, cases[i].path, "",
			   cases[i].taken ? "HTTP/1.1 204" : "HTTP/1.1 404",
			   "");
	site_done(&site);
}

static void more_fields_than_fit_are_refused(void **state)
{
	static struct duet_field_rule rules[DUET_FIELD_RULES_MAX];
	const struct duet_route routes[] = {
		{ .path = "/a/", .fields = rules, .n_fields = 5 },
		{ ANSWER("/", "x"), .fields = rules, .n_fields = 60 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rules); i++)
		rules[i] = (struct duet_field_rule){ DUET_FIELD_ADD, "A", "b" };
	assert_refused(routes, 2, 0, DUET_E_LIMIT,
		       "'/a/' changes 65 header fields");
}

/* Together, and only what is sent. */
static void longer_fields_than_fit_are_refused(void **state)
{
	static char value[DUET_ROUTE_FIELDS_MAX_BYTES / 2 - 7];
	static const struct duet_field_rule rules[] = {
		{ DUET_FIELD_SET, "X-One", value },
		{ DUET_FIELD_ADD, "X-Two", value },
		{ DUET_FIELD_SET, "X-two", "" },
		{ DUET_FIELD_REMOVE, "X-ONE", NULL },
	};
	struct duet_route routes[] = {
		{ ANSWER("/", "x"), .fields = rules, .n_fields = 1 },
		{ .path = "/b/", .fields = rules + 3, .n_fields = 1 },
		{ .path = "/b/c/", .fields = rules, .n_fields = 2 },
		{ .path = "/c/", .fields = rules + 1, .n_fields = 2 },
		{ .path = "/a/", .fields = rules + 1, .n_fields = 1 },
		{ .path = "/a/b/" },
	};
	struct site site;

	(void)state;
	memset(value, 'x', sizeof(value) - 2); /* to the last byte */
	site_start(&site, routes, COUNT(routes));
	assert_has(&site, "/a/b/", "", "X-One: xxx", "X-Two: xxx");
	site_done(&site);
	value[sizeof(value) - 2] = 'x';
	assert_refused(routes, COUNT(routes), 4, DUET_E_LIMIT,
		       "24578 bytes, and 24576 are");
}

/* ---- who may come in ---- */

static struct duet_access *access_new(const char *prefix, bool allow)
{
	struct duet_access_rule rule = { .allow = allow };
	struct duet_access *access = NULL;

	assert_int_equal(duet_prefix_parse(prefix, &rule.prefix, NULL),
			 DUET_OK);
	assert_int_equal(duet_access_new(&rule, 1, &access, NULL), DUET_OK);
	return access;
}

static void all_that_is_around_a_path_has_to_allow_it(void **state)
{
	struct duet_access *us = access_new("127.0.0.0/8", true);
	struct duet_access *others = access_new("192.0.2.0/24", true);
	const struct duet_route routes[] = {
		{ ANSWER("/", "[in]") },
		{ .path = "/us/", .gate.access = us },
		{ .path = "/us/not/", .gate.access = others },
		{ .path = "/us/not/us/", .gate.access = us },
		{ ANSWER("/us/not/moved/", "[in]") },
		{ .path = "/file", .gate.access = others },
	};
	struct site site;

	(void)state;
	site_start(&site, routes, COUNT(routes));
	assert_has(&site, "/us/a", "", "[in]", "");
	assert_has(&site, "/us/not/", "", " 403 ", "your address");
	assert_has(&site, "/us/not/us/", "", " 403 ", "your address");
	assert_has(&site, "/us/not/moved/x", "", " 403 ", "your address");
	assert_has(&site, "/us/not", "", "[in]", "");
	/* They may be the same file. */
	assert_has(&site, "/file", "", " 403 ", "your address");
	assert_has(&site, "/file.gz", "", " 403 ", "your address");
	assert_has(&site, "/file.br", "", " 403 ", "your address");
	assert_has(&site, "/file.txt", "", "[in]", "");
	site_done(&site);
	duet_access_free(us);
	duet_access_free(others);
}

/* 0: any number. */
static struct duet_throttle *throttle_new(uint32_t requests,
					  uint32_t concurrent)
{
	const struct duet_throttle_options options = {
		.requests = requests,
		.seconds = 1000,
		.concurrent = concurrent,
		.n_workers = 1,
	};
	struct duet_throttle *throttle = NULL;

	assert_int_equal(duet_throttle_new(&options, &throttle, NULL), DUET_OK);
	return throttle;
}

static void a_client_has_its_share_of_all_below_a_throttle(void **state)
{
	struct duet_throttle *two = throttle_new(2, 0);
	struct duet_throttle *one = throttle_new(1, 0);
	const struct duet_route routes[] = {
		{ ANSWER("/", "[in]") },
		{ .path = "/a/", .gate.throttle = two },
		{ .path = "/a/b/" },
		{ .path = "/a/c/", .gate.throttle = one },
	};
	struct site site;

	(void)state;
	site_start(&site, routes, COUNT(routes));
	assert_has(&site, "/a/", "", "[in]", "");
	assert_has(&site, "/a/b/", "", "[in]", "");
	assert_has(&site, "/a/", "", " 429 ", "Retry-After: 500\r\n");
	assert_has(&site, "/a/c/", "", "[in]", "");
	assert_has(&site, "/a/c/", "", " 429 ", "Retry-After: 1000\r\n");
	assert_has(&site, "/", "", "[in]", "");
	site_done(&site);
	duet_throttle_free(two);
	duet_throttle_free(one);
}

/* Whatever it says, nothing of the one around it is left. */
static void a_throttle_is_in_place_of_that_around_it(void **state)
{
	struct duet_throttle *one = throttle_new(1, 0);
	const struct duet_route routes[] = {
		{ ANSWER("/", "[in]"), .gate.throttle = one },
		{ .path = "/a/", .gate.reply_rate = 1000000 },
		{ .path = "/b/", .gate.no_throttle = true },
		{ .path = "/b/c/" },
	};
	static const char *const paths[] = { "/a/", "/b/", "/b/c/" };
	struct site site;
	size_t i;

	(void)state;
	site_start(&site, routes, COUNT(routes));
	for (i = 0; i < COUNT(paths); i++) {
		assert_has(&site, paths[i], "", "[in]", "");
		assert_has(&site, paths[i], "", "[in]", "");
	}
	assert_has(&site, "/", "", "[in]", "");
	assert_has(&site, "/", "", " 429 ", "");
	site_done(&site);
	duet_throttle_free(one);
}

static struct duet_users *users_new(void)
{
	static const char line[] = "name:" HASH "\n";
	struct duet_users *users = NULL;
	char path[] = "/tmp/duet-test-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, line, strlen(line)), strlen(line));
	assert_int_equal(close(fd), 0);
	assert_int_equal(duet_users_read(path, NULL, NULL, &users, NULL),
			 DUET_OK);
	assert_int_equal(unlink(path), 0);
	return users;
}

/* Neither where both are said, nor where either is of the route around. */
static void passwords_are_not_asked_for_without_tls(void **state)
{
	static const bool yes = true;
	static const bool no = false;
	struct duet_users *users = users_new();
	struct duet_route routes[] = {
		{ ANSWER("/", "x") },
		{ .path = "/a/",
		  .insecure_http = &yes,
		  .gate = { .users = users } },
		{ .path = "/a/b/" },
	};
	struct site site;

	(void)state;
	assert_refused(routes, 3, 1, DUET_E_ARGUMENT,
		       "'/a/' asks for a password");
	routes[2].insecure_http = &yes;
	routes[1].insecure_http = NULL;
	assert_refused(routes, 3, 2, DUET_E_ARGUMENT,
		       "'/a/b/' asks for a password");
	routes[1].insecure_http = &yes;
	routes[1].gate.users = NULL;
	routes[2].insecure_http = NULL;
	routes[2].gate.users = users;
	assert_refused(routes, 3, 2, DUET_E_ARGUMENT,
		       "'/a/b/' asks for a password");
	routes[2].insecure_http = &no;
	site_start(&site, routes, COUNT(routes));
	assert_has(&site, "/a/b/", "", "HTTP/1.1 401", "");
	site_done(&site);
	duet_users_free(users);
}

static void a_name_and_a_password_are_asked_for(void **state)
{
	struct duet_users *users = users_new();
	const struct duet_route routes[] = {
		{ ANSWER("/", "[site]") },
		{ ANSWER("/in/", "[in]"), .gate.users = users },
		{ ANSWER("/in/deep/", "[deep]") },
		{ ANSWER("/in/own/", "[own]"),
		  .gate = { .users = users, .realm = "Own" } },
		{ ANSWER("/in/own/x/", "[x]") },
	};
	struct site site;

	(void)state;
	site_start(&site, routes, COUNT(routes));
	assert_has(&site, "/in/", "", " 401 ", "Basic realm=\"/in/\"");
	assert_has(&site, "/in/", WRONG, " 401 ", "Basic realm=\"/in/\"");
	assert_has(&site, "/in/deep/y", "", " 401 ", "Basic realm=\"/in/\"");
	assert_has(&site, "/in/own/x/", "", " 401 ", "Basic realm=\"Own\"");
	assert_has(&site, "/in/deep/y", RIGHT, " 200 ", "[deep]");
	assert_has(&site, "/in/own/x/", RIGHT, " 200 ", "[x]");
	assert_has(&site, "/", WRONG, " 200 ", "[site]");
	site_done(&site);
	duet_users_free(users);
}

static void what_is_around_a_path_may_be_switched_off(void **state)
{
	struct duet_users *users = users_new();
	struct duet_access *us = access_new("127.0.0.0/8", true);
	struct duet_access *others = access_new("192.0.2.0/24", true);
	const struct duet_route routes[] = {
		{ ANSWER("/", "[in]"),
		  .gate = { .access = others, .users = users } },
		{ .path = "/us/", .gate = { .access = us, .no_access = true } },
		{ .path = "/any/", .gate.no_access = true },
		{ .path = "/any/one/", .gate.no_users = true },
		{ .path = "/any/one/not/", .gate.access = others },
		{ .path = "/name/", .gate.no_users = true },
	};
	struct site site;

	(void)state;
	site_start(&site, routes, COUNT(routes));
	assert_has(&site, "/", RIGHT, " 403 ", "your address");
	assert_has(&site, "/us/", "", " 401 ", "Basic realm=\"/\"");
	assert_has(&site, "/any/", RIGHT, " 200 ", "[in]");
	assert_has(&site, "/any/one/x", "", " 200 ", "[in]");
	assert_has(&site, "/any/one/not/", "", " 403 ", "your address");
	assert_has(&site, "/name/", "", " 403 ", "your address");
	site_done(&site);
	duet_access_free(us);
	duet_access_free(others);
	duet_users_free(users);
}

/* What is there has changed while the password was looked at. */
static void who_was_let_in_is_answered_as_of_that_route(void **state)
{
	struct duet_access *others = access_new("192.0.2.0/24", true);
	struct duet_users *users = users_new();
	struct duet_route routes[] = {
		{ .path = "/", .gate.access = others },
		{ .path = "/in/",
		  .gate = { .no_access = true, .users = users } },
	};
	char dir[TEMP_DIR_BYTES];
	char path[TEMP_DIR_BYTES + 8];
	struct site site;
	struct peer peer;

	(void)state;
	temp_dir_make(dir);
	(void)snprintf(path, sizeof(path), "%s/in", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(duet_files_new(dir, &routes[0].files, NULL), DUET_OK);
	site_start(&site, routes, COUNT(routes));
	site.holds_posts = true;
	peer_open(&site.rig, &peer);
	peer_send(&site.rig, &peer,
		  "GET /in HTTP/1.1\r\nHost: x\r\n"
		  "Connection: close\r\n" RIGHT "\r\n");
	rig_await_calls(&site.rig, 1);
	assert_int_equal(sem_wait(&site.held), 0);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(close(creat(path, 0600)), 0);
	site.fn(site.arg);
	peer_await_end(&site.rig, &peer);
	assert_non_null(strstr(peer_text(&peer), " 301 "));
	assert_non_null(strstr(peer_text(&peer), "Location: /in/\r\n"));
	peer_done(&peer);
	site_done(&site);
	duet_files_free(routes[0].files);
	duet_access_free(others);
	duet_users_free(users);
	assert_int_equal(temp_dir_remove(dir), 0);
}

/* ---- without memory ---- */

/* Each allocation fails in turn; what was made before it is freed. */
static void routes_are_made_or_there_are_none(void **state)
{
	static const struct duet_field_rule rule = { DUET_FIELD_SET, "X", "y" };
	static const struct duet_cache_rule cache = { NULL, 0, "no-store" };
	static const struct duet_error_file page = { 404, "/404.html" };
	struct duet_users *users = users_new();
	const struct duet_route routes[] = {
		{ ANSWER("/", "x"), .fields = &rule, .n_fields = 1,
		  .cache = &cache, .n_cache = 1, .errors = &page,
		  .n_errors = 1 },
		{ .path = "/a/", .gate.users = users },
		{ .path = "/a/b",
		  .fields = &rule,
		  .n_fields = 1,
		  .errors = &page,
		  .n_errors = 1 },
	};
	struct duet_routes *made = NULL;
	struct duet_error err;
	size_t wrong;
	int rc = DUET_E_NOMEM;
	int n;

	(void)state;
	for (n = 0; rc == DUET_E_NOMEM; n++) {
		memory_fail(n);
		rc = duet_routes_new(routes, COUNT(routes), &made, &wrong,
				     &err);
		assert_int_equal(memory_done(), rc == DUET_E_NOMEM);
		if (rc == DUET_E_NOMEM)
			assert_int_equal(err.code, DUET_E_NOMEM);
	}
	assert_int_equal(rc, DUET_OK);
	assert_in_range(n, 9, 29);
	duet_routes_free(made);
	duet_users_free(users);
}

/* Whatever fails: who was counted in is counted out again. */
static void who_is_answered_without_memory_has_left(void **state)
{
	struct duet_throttle *one = throttle_new(0, 1);
	struct duet_users *users = users_new();
	const struct duet_route routes[] = {
		{ ANSWER("/", "[in]"),
		  .gate = { .throttle = one, .users = users } },
	};
	struct site site;
	struct peer peer;
	bool failed = true;
	int n;

	(void)state;
	site_start(&site, routes, COUNT(routes));
	/* The password is remembered from now on: no other thread is in it. */
	assert_has(&site, "/", RIGHT, " 200 ", "[in]");
	for (n = 1; failed && n < 200; n++) {
		peer_open(&site.rig, &peer);
		rig_await_connections(&site.rig, 1);
		peer_send(&site.rig, &peer, "GET / HTTP/1.1\r\nHost: x\r\n");
		site.rig.fail_in = n;
		peer_send(&site.rig, &peer,
			  "Connection: close\r\n" RIGHT "\r\n");
		peer_await_end(&site.rig, &peer);
		failed = site.rig.fail_in == 0;
		site.rig.fail_in = 0;
		peer_done(&peer);
		rig_await_connections(&site.rig, 0);
		assert_has(&site, "/", RIGHT, " 200 ", "[in]");
	}
	assert_in_range(n, 5, 199);
	site_done(&site);
	duet_throttle_free(one);
	duet_users_free(users);
}

/* Nobody else would reply. */
static void a_verdict_that_cannot_be_told_is_a_cut(void **state)
{
	struct duet_throttle *one = throttle_new(0, 1);
	struct duet_users *users = users_new();
	const struct duet_route routes[] = {
		{ ANSWER("/", "[in]"),
		  .gate = { .throttle = one, .users = users } },
	};
	struct site site;
	struct peer peer;
	bool failed = true;
	bool was_cut = false;
	int n;

	(void)state;
	site_start(&site, routes, COUNT(routes));
	site.holds_posts = true;
	for (n = 1; failed && n < 200; n++) {
		peer_open(&site.rig, &peer);
		peer_send(&site.rig, &peer,
			  "GET / HTTP/1.1\r\nHost: x\r\n"
			  "Connection: close\r\n" WRONG "\r\n");
		rig_await_calls(&site.rig, n);
		assert_int_equal(sem_wait(&site.held), 0);
		memory_end_after(n - 1);
		site.fn(site.arg);
		failed = memory_done();
		peer_await_end(&site.rig, &peer);
		was_cut = was_cut || *peer_text(&peer) == '\0';
		if (!failed)
			assert_non_null(strstr(peer_text(&peer), " 401 "));
		peer_done(&peer);
		rig_await_connections(&site.rig, 0);
		site.rig.n_reports = site.rig.n_troubles = 0;
	}
	assert_in_range(n, 5, 199);
	assert_true(was_cut);
	site_done(&site);
	duet_throttle_free(one);
	duet_users_free(users);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_path_decides_in_any_order),
		cmocka_unit_test(a_refusal_says_what_it_is_for),
		cmocka_unit_test(fields_come_from_the_site_inwards),
		cmocka_unit_test(a_route_without_an_answer_has_that_around_it),
		cmocka_unit_test(a_query_or_fragment_is_no_place_for_a_path),
		cmocka_unit_test(caches_are_told_by_the_nearest_rules),
		cmocka_unit_test(what_says_so_is_had_without_tls),
		cmocka_unit_test(passwords_are_not_asked_for_without_tls),
		cmocka_unit_test(more_fields_than_fit_are_refused),
		cmocka_unit_test(longer_fields_than_fit_are_refused),
		cmocka_unit_test(all_that_is_around_a_path_has_to_allow_it),
		cmocka_unit_test(
			a_client_has_its_share_of_all_below_a_throttle),
		cmocka_unit_test(a_throttle_is_in_place_of_that_around_it),
		cmocka_unit_test(what_is_around_a_path_may_be_switched_off),
		cmocka_unit_test(a_name_and_a_password_are_asked_for),
		cmocka_unit_test(who_was_let_in_is_answered_as_of_that_route),
		cmocka_unit_test(routes_are_made_or_there_are_none),
		cmocka_unit_test(who_is_answered_without_memory_has_left),
		cmocka_unit_test(a_verdict_that_cannot_be_told_is_a_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
