/* SPDX-License-Identifier: MIT */
/* Which route is around which; where redirects lead is seen in tests/e2e/config
 * (sense/redirects-*). */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_the_nearest_around_it),
		cmocka_unit_test(without_memory_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
