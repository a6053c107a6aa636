/* SPDX-License-Identifier: MIT */
#include "settings/route_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "http/uri.h"

enum {
	PATH_BYTES = 4096, /* of site/route.c: beyond it there is no file */
};

static int by_path(const void *a, const void *b)
{
	const struct duet_route_node *one = a;
	const struct duet_route_node *other = b;
	int by = strcmp(one->path, other->path);

	/* Routes lie in one array. */
	return by != 0 ? by
		       : (one->route > other->route) -
				 (one->route < other->route);
}

static bool is_around(const struct duet_route_node *outer, const char *path,
		      size_t len)
{
	return outer->len > 0 && outer->len < len &&
	       outer->path[outer->len - 1] == '/' &&
	       memcmp(outer->path, path, outer->len) == 0;
}

int duet_route_tree_init(struct duet_route_tree *tree,
			 const struct duet_settings_site *site)
{
	const struct duet_route_node *outer;
	struct duet_route_node *node;
	uint32_t i;

	tree->n = (size_t)site->n_routes + 1;
	tree->nodes = duet_mem_array(tree->n, sizeof(*tree->nodes));
	if (tree->nodes == NULL)
		return DUET_E_NOMEM;
	tree->nodes[0] = (struct duet_route_node){ .path = "/",
						   .len = 1,
						   .rules = &site->rules };
	for (i = 0; i < site->n_routes; i++)
		tree->nodes[i + 1] = (struct duet_route_node){
			.path = site->routes[i].path,
			.len = strlen(site->routes[i].path),
			.rules = &site->routes[i].rules,
			.route = &site->routes[i],
		};
	qsort(tree->nodes, tree->n, sizeof(*tree->nodes), by_path);
	/* Whatever is around one is around the one before it, or is that. */
	for (i = 1; i < tree->n; i++) {
		node = &tree->nodes[i];
		outer = node - 1;
		while (outer != NULL &&
		       !is_around(outer, node->path, node->len))
			outer = outer->outer;
		node->outer = outer;
	}
	return DUET_OK;
}

void duet_route_tree_done(struct duet_route_tree *tree)
{
	duet_mem_free(tree->nodes);
	*tree = (struct duet_route_tree){ 0 };
}

bool duet_route_has_answer(const struct duet_settings_rules *rules)
{
	return rules->root != NULL || rules->redirect != NULL ||
	       rules->reply != NULL;
}

/* ---- redirects ---- */

/* The one of that path, or the nearest around it. */
static const struct duet_route_node *find(const struct duet_route_tree *tree,
					  const char *path)
{
	const struct duet_route_node *node;
	size_t len = strlen(path);
	size_t low = 0; /* all before it are not behind path */
	size_t high = tree->n;
	size_t middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(tree->nodes[middle].path, path) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	node = low > 0 ? &tree->nodes[low - 1] : NULL;
	while (node != NULL && strcmp(node->path, path) != 0 &&
	       !is_around(node, path, len))
		node = node->outer;
	return node;
}

/* That it lacks no more than the '/' of, or NULL. */
static const struct duet_route_node *find_with_slash(
	const struct duet_route_tree *tree, const char *path)
{
	const struct duet_route_node *node;
	char longer[PATH_BYTES + 1];

	(void)snprintf(longer, sizeof(longer), "%s/", path);
	node = find(tree, longer);
	return node != NULL && strcmp(node->path, longer) == 0 &&
			       duet_route_has_answer(node->rules)
		       ? node
		       : NULL;
}

/* Into path, which has PATH_BYTES, where it leads to. False: not to a path of
 * this site. */
static bool go_to(const struct duet_route_node *node, char *path)
{
	const char *to = node->rules->redirect->to;
	const struct duet_bytes raw = { to, strcspn(to, "?#") };
	struct duet_error why;
	struct duet_fault fault = { &why, 400 };
	char next[PATH_BYTES];
	const char *rest = "";
	size_t n;

	if (to[0] != '/' || to[1] == '/' || to[1] == '\\' ||
	    duet_uri_clean(raw, next, sizeof(next), &fault) != DUET_OK)
		return false;
	if (node->path[node->len - 1] == '/' && duet_str_ends(to, "/") &&
	    to[raw.len] == '\0')
		rest = path + node->len;
	n = strlen(next);
	if (n + strlen(rest) >= PATH_BYTES)
		return true; /* it grows from round to round */
	(void)memmove(path + n, rest, strlen(rest) + 1);
	(void)memmove(path, next, n);
	return true;
}

/* The node by which path is sent on; NULL: by none. */
static const struct duet_route_node *go_on(const struct duet_route_tree *tree,
					   char *path)
{
	const struct duet_route_node *node = find(tree, path);
	size_t len = strlen(path);

	if (path[len - 1] != '/' && node->len < len && len + 1 < PATH_BYTES &&
	    find_with_slash(tree, path) != NULL) {
		path[len] = '/';
		path[len + 1] = '\0';
		return find(tree, path);
	}
	while (node != NULL && !duet_route_has_answer(node->rules))
		node = node->outer;
	return node != NULL && node->rules->redirect != NULL &&
			       go_to(node, path)
		       ? node
		       : NULL;
}

size_t duet_route_tree_follow(
	const struct duet_route_tree *tree, const struct duet_route_node *from,
	const struct duet_route_node *by[DUET_REDIRECTS_MAX + 1])
{
	char path[PATH_BYTES];
	size_t n = 0;

	memcpy(path, from->path, from->len + 1);
	while (n <= DUET_REDIRECTS_MAX) {
		by[n] = go_on(tree, path);
		if (by[n] == NULL)
			break;
		n++;
	}
	return n;
}

/* The path of from, after n redirects. */
static void walk(const struct duet_route_tree *tree,
		 const struct duet_route_node *from, size_t n, char *path)
{
	memcpy(path, from->path, from->len + 1);
	while (n-- > 0)
		(void)go_on(tree, path);
}

static bool comes_again(const struct duet_route_tree *tree,
			const struct duet_route_node *from, size_t i, size_t k)
{
	char before[PATH_BYTES];
	char after[PATH_BYTES];

	walk(tree, from, i, before);
	walk(tree, from, k, after);
	return strlen(after) > strlen(before) || strcmp(after, before) == 0;
}

bool duet_route_tree_is_circle(
	const struct duet_route_tree *tree, const struct duet_route_node *from,
	const struct duet_route_node *const by[DUET_REDIRECTS_MAX + 1],
	size_t *ret_i, size_t *ret_k)
{
	size_t i;
	size_t k;

	for (k = 1; k <= DUET_REDIRECTS_MAX; k++)
		for (i = 0; i < k; i++)
			if (by[i] == by[k] && comes_again(tree, from, i, k)) {
				*ret_i = i;
				*ret_k = k;
				return true;
			}
	return false;
}

void duet_route_tree_where(char dst[DUET_ROUTE_WHERE_BYTES], uint32_t number,
			   const struct duet_settings_site *site,
			   const struct duet_route_node *node)
{
	if (node->route == NULL)
		(void)snprintf(dst, DUET_ROUTE_WHERE_BYTES, "sites/%u",
			       (unsigned)number);
	else
		(void)snprintf(dst, DUET_ROUTE_WHERE_BYTES,
			       "sites/%u/routes/%u", (unsigned)number,
			       (unsigned)(node->route - site->routes));
}
