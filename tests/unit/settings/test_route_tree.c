/* SPDX-License-Identifier: MIT */
/* Which route is around which, and where redirects lead; what is said of it is
 * seen in tests/e2e/config (sense/redirects-*). */
#include <stdio.h>
#include <string.h>

#include "settings/route_tree.h"
#include "support/memory.h"
#include "support/unit.h"

static bool is_in(const char *path, const char *outer)
{
	size_t len = strlen(outer);

	return len > 0 && outer[len - 1] == '/' && strlen(path) > len &&
	       strncmp(path, outer, len) == 0;
}

/* By looking at all of them. */
static const char *around(const struct duet_route_tree *tree, const char *path)
{
	const char *best = NULL;
	size_t i;

	for (i = 0; i < tree->n; i++)
		if (is_in(path, tree->nodes[i].path) &&
		    (best == NULL ||
		     strlen(tree->nodes[i].path) > strlen(best)))
			best = tree->nodes[i].path;
	return best;
}

static void each_has_the_nearest_around_it(void **state)
{
	static char paths[][12] = {
		"/a/b/c",  "/a!", "/a/", "/a/b/c/d/", "/b",     "/a/b/",
		"/a",      "",    "a/",  "/a/b!/",    "/a/b/!", "/\xff/",
		"/\xff/a", "//",  "/b/", "/a/",       "/a/c/",  "/",
	};
	struct duet_settings_route routes[COUNT(paths)] = { 0 };
	const struct duet_settings_site site = { .routes = routes,
						 .n_routes = COUNT(routes) };
	struct duet_route_tree tree;
	const char *best;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(paths); i++)
		routes[i].path = paths[i];
	assert_int_equal(duet_route_tree_init(&tree, &site), DUET_OK);
	assert_int_equal(tree.n, COUNT(paths) + 1);
	for (i = 0; i < tree.n; i++) {
		best = around(&tree, tree.nodes[i].path);
		assert_int_equal(best != NULL, tree.nodes[i].outer != NULL);
		if (best != NULL)
			assert_string_equal(tree.nodes[i].outer->path, best);
	}
	duet_route_tree_done(&tree);
}

static void without_memory_there_is_none(void **state)
{
	const struct duet_settings_site site = { 0 };
	struct duet_route_tree tree;

	(void)state;
	memory_fail(0);
	assert_int_equal(duet_route_tree_init(&tree, &site), DUET_E_NOMEM);
	assert_true(memory_done());
}

/* ---- redirects ---- */

enum {
	ROUTES_MAX = 24,
	TO_BYTES = 1024,
};

/* A site of redirects. */
struct sent {
	struct duet_settings_site site;
	struct duet_settings_route routes[ROUTES_MAX];
	struct duet_settings_redirect redirects[ROUTES_MAX];
	struct duet_route_tree tree;
	const struct duet_route_node *by[DUET_REDIRECTS_MAX + 1];
	size_t i, k; /* of the circle */
};

static void add(struct sent *sent, char *path, char *to)
{
	uint32_t n = sent->site.n_routes++;

	assert_true(n < ROUTES_MAX);
	sent->site.routes = sent->routes;
	sent->redirects[n].to = to;
	sent->routes[n].path = path;
	sent->routes[n].rules.redirect = &sent->redirects[n];
}

/* From the node of that path on, the first of several. */
static size_t follow(struct sent *sent, const char *path)
{
	const struct duet_route_node *node;

	assert_int_equal(duet_route_tree_init(&sent->tree, &sent->site),
			 DUET_OK);
	node = sent->tree.nodes;
	while (strcmp(node->path, path) != 0)
		node++;
	return duet_route_tree_follow(&sent->tree, node, sent->by);
}

static bool is_circle(struct sent *sent)
{
	bool is_one = duet_route_tree_is_circle(&sent->tree, sent->by[0],
						sent->by, &sent->i, &sent->k);

	duet_route_tree_done(&sent->tree);
	return is_one;
}

static void counts_redirects_up_to_more_than_browsers_follow(void **state)
{
	static char paths[DUET_REDIRECTS_MAX + 2][8];
	struct sent sent = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(paths); i++)
		(void)snprintf(paths[i], sizeof(paths[i]), "/%zu", i);
	for (i = 0; i + 1 < COUNT(paths); i++)
		add(&sent, paths[i], paths[i + 1]);
	assert_int_equal(follow(&sent, "/1"), DUET_REDIRECTS_MAX);
	assert_string_equal(sent.by[0]->path, "/1");
	assert_string_equal(sent.by[DUET_REDIRECTS_MAX - 1]->path, "/20");
	duet_route_tree_done(&sent.tree);
	assert_int_equal(follow(&sent, "/0"), DUET_REDIRECTS_MAX + 1);
	assert_string_equal(sent.by[DUET_REDIRECTS_MAX]->path, "/20");
	assert_false(is_circle(&sent));
}

/* Of a path that becomes longer each time there is no more than fits. */
static void a_path_that_grows_is_a_circle(void **state)
{
	static char to[TO_BYTES] = "/a/";
	struct sent sent = { 0 };

	(void)state;
	memset(to + 3, 'x', sizeof(to) - 5);
	to[sizeof(to) - 2] = '/';
	add(&sent, (char[]){ "/a/" }, to);
	assert_int_equal(follow(&sent, "/a/"), DUET_REDIRECTS_MAX + 1);
	assert_true(is_circle(&sent));
	assert_int_equal(sent.i, 0);
	assert_int_equal(sent.k, 1);
}

/* Also where the first step is longer than it ever gets again: 4095 bytes. */
static void a_path_may_have_4095_bytes(void **state)
{
	static char to[4097] = "/b/";
	struct sent sent = { 0 };

	(void)state;
	memset(to + 3, 'x', 4092);
	add(&sent, (char[]){ "/a" }, to);
	add(&sent, (char[]){ "/b/" }, (char[]){ "/c/" });
	assert_int_equal(follow(&sent, "/a"), 2);
	duet_route_tree_done(&sent.tree);
	to[4095] = 'x'; /* one more, and it is no path */
	assert_int_equal(follow(&sent, "/a"), 0);
	duet_route_tree_done(&sent.tree);
}

static void a_path_that_shrinks_has_an_end(void **state)
{
	static char to[] = "/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/";
	struct sent sent = { 0 };

	(void)state;
	add(&sent, (char[]){ "/s/" }, to);
	add(&sent, (char[]){ "/a/" }, (char[]){ "/" });
	assert_int_equal(follow(&sent, "/s/"), DUET_REDIRECTS_MAX + 1);
	assert_false(is_circle(&sent));
	to[strlen("/a/a/a/")] = '\0';
	assert_int_equal(follow(&sent, "/s/"), 4);
	duet_route_tree_done(&sent.tree);
}

static void a_circle_may_begin_later(void **state)
{
	struct sent sent = { 0 };

	(void)state;
	add(&sent, (char[]){ "/in" }, (char[]){ "/a/" });
	add(&sent, (char[]){ "/a/" }, (char[]){ "/b/" });
	add(&sent, (char[]){ "/b/" }, (char[]){ "/a/" });
	assert_int_equal(follow(&sent, "/in"), DUET_REDIRECTS_MAX + 1);
	assert_true(is_circle(&sent));
	assert_int_equal(sent.i, 1);
	assert_int_equal(sent.k, 3);
}

/* It is a mistake, which is told; until then it has to be one of them. */
static void of_two_routes_for_a_path_one_is_followed(void **state)
{
	struct sent sent = { 0 };

	(void)state;
	add(&sent, (char[]){ "/in" }, (char[]){ "/a/x" });
	add(&sent, (char[]){ "/a/" }, (char[]){ "/b/" });
	add(&sent, (char[]){ "/a/" }, (char[]){ "/c/" });
	assert_int_equal(follow(&sent, "/in"), 2);
	assert_string_equal(sent.by[1]->path, "/a/");
	duet_route_tree_done(&sent.tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_the_nearest_around_it),
		cmocka_unit_test(without_memory_there_is_none),
		cmocka_unit_test(
			counts_redirects_up_to_more_than_browsers_follow),
		cmocka_unit_test(a_path_that_grows_is_a_circle),
		cmocka_unit_test(a_path_may_have_4095_bytes),
		cmocka_unit_test(a_path_that_shrinks_has_an_end),
		cmocka_unit_test(a_circle_may_begin_later),
		cmocka_unit_test(of_two_routes_for_a_path_one_is_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
