/* SPDX-License-Identifier: MIT */
/* settings/route_tree.h - the routes of a site and what they are in, as
 * site/route.h has them: "/a/" is around "/a/b", and the site around all. */
#ifndef DUET_SETTINGS_ROUTE_TREE_H
#define DUET_SETTINGS_ROUTE_TREE_H

#include "settings/settings.h"

struct duet_route_node {
	const char *path; /* of the site: "/" */
	size_t len;
	const struct duet_settings_rules *rules;
	const struct duet_settings_route *route; /* NULL: it is the site */
	const struct duet_route_node *outer;     /* the nearest, or NULL */
};

struct duet_route_tree {
	struct duet_route_node *nodes; /* by path; of one path as in the file */
	size_t n;
};

/* Borrows from site. DUET_OK, or DUET_E_NOMEM and nothing is to be freed. */
DUET_CHECK int duet_route_tree_init(struct duet_route_tree *tree,
				    const struct duet_settings_site *site);
void duet_route_tree_done(struct duet_route_tree *tree);

/* It says what is answered, and does not leave that to those around it. */
bool duet_route_has_answer(const struct duet_settings_rules *rules);

enum {
	/* Browsers follow no more: https://fetch.spec.whatwg.org/ */
	DUET_REDIRECTS_MAX = 20,
};
/*
 * Follow the redirects of the site itself from the path of a node on. Returns
 * how many there are, DUET_REDIRECTS_MAX + 1 for more than these; in by[] the
 * nodes that they are of.
 */
size_t duet_route_tree_follow(
	const struct duet_route_tree *tree, const struct duet_route_node *from,
	const struct duet_route_node *by[DUET_REDIRECTS_MAX + 1]);
/* What duet_route_tree_follow() found to be many is a circle: the i-th comes
 * again as the k-th, the first to, with the same path or a longer one. One that
 * comes with a shorter path has an end, however far. */
bool duet_route_tree_is_circle(
	const struct duet_route_tree *tree, const struct duet_route_node *from,
	const struct duet_route_node *const by[DUET_REDIRECTS_MAX + 1],
	size_t *ret_i, size_t *ret_k);

enum {
	DUET_ROUTE_WHERE_BYTES = 64,
};
/* "sites/0/routes/1", for duet_settings_place(): where in the file what is said
 * of a node is, of the site of that number. */
void duet_route_tree_where(char dst[DUET_ROUTE_WHERE_BYTES], uint32_t number,
			   const struct duet_settings_site *site,
			   const struct duet_route_node *node);

#endif
