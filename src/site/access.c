/* SPDX-License-Identifier: MIT */
/*
 * Prefixes are beside or inside one another and never overlap. Sorted by where
 * they begin, the larger first, a rule that covers an address is either the
 * last that does not begin behind it, or around that one: so each knows the
 * smallest that it is in, and a search goes up from there.
 */
#include "site/access.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"

enum {
	OUTERMOST = -1,
};

struct node {
	struct duet_access_rule rule;
	ptrdiff_t around; /* the smallest that this one is in, or OUTERMOST */
};

struct duet_access {
	struct node *nodes;
	ptrdiff_t n;
	bool others; /* come in: whom no rule covers */
};

static int by_prefix(const void *a, const void *b)
{
	const struct node *left = a;
	const struct node *right = b;

	return duet_prefix_order(&left->rule.prefix, &right->rule.prefix);
}

/* From i upwards, the first that covers. */
static ptrdiff_t climb(const struct duet_access *access, ptrdiff_t i,
		       const struct duet_prefix *prefix)
{
	while (i != OUTERMOST &&
	       !duet_prefix_covers(&access->nodes[i].rule.prefix, prefix))
		i = access->nodes[i].around;
	return i;
}

static int nest(struct duet_access *access, struct duet_error *err)
{
	char text[DUET_PREFIX_TEXT_BYTES];
	ptrdiff_t i;

	for (i = 0; i < access->n; i++) {
		struct node *node = &access->nodes[i];
		struct node *before = i > 0 ? node - 1 : NULL;

		node->around = climb(access, i - 1, &node->rule.prefix);
		access->others = access->others && !node->rule.allow;
		if (before == NULL || by_prefix(before, node) != 0 ||
		    before->rule.allow == node->rule.allow)
			continue;
		duet_prefix_text(text, &node->rule.prefix);
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%s is allowed and denied; leave one of them out",
				      text);
	}
	return DUET_OK;
}

int duet_access_new(const struct duet_access_rule *rules, size_t n,
		    struct duet_access **ret, struct duet_error *err)
{
	struct duet_access *access = duet_mem_zalloc(sizeof(*access));
	size_t i;
	int rc;

	if (access != NULL)
		access->nodes = duet_mem_array(n, sizeof(*access->nodes));
	if (access == NULL || access->nodes == NULL) {
		rc = duet_error_nomem(err);
		goto out;
	}
	for (i = 0; i < n; i++)
		access->nodes[i].rule = rules[i];
	if (n > 0)
		qsort(access->nodes, n, sizeof(*access->nodes), by_prefix);
	access->n = (ptrdiff_t)n;
	access->others = true;
	rc = nest(access, err);
	if (rc == DUET_OK) {
		*ret = access;
		access = NULL; /* the caller's now */
	}
out:
	duet_access_free(access);
	return rc;
}

void duet_access_free(struct duet_access *access)
{
	if (access == NULL)
		return;
	duet_mem_free(access->nodes);
	duet_mem_free(access);
}

/* The last that does not come behind it, or OUTERMOST. */
static ptrdiff_t find_last(const struct duet_access *access,
			   const struct duet_prefix *client)
{
	ptrdiff_t low = 0;
	ptrdiff_t high = access->n;
	ptrdiff_t middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (duet_prefix_order(&access->nodes[middle].rule.prefix,
				      client) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? low - 1 : OUTERMOST;
}

bool duet_access_allows(const struct duet_access *access,
			const struct duet_prefix *client)
{
	ptrdiff_t i = OUTERMOST;

	if (access == NULL)
		return true;
	if (client != NULL)
		i = climb(access, find_last(access, client), client);
	return i == OUTERMOST ? access->others : access->nodes[i].rule.allow;
}
