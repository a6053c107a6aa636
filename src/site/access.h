/* SPDX-License-Identifier: MIT */
/*
 * site/access.h - which clients may come in, by their address.
 *
 * Of all the rules that cover an address the one of the longest prefix decides,
 * in whatever order they were written: "allow 10.0.0.0/8, deny 10.1.0.0/16,
 * allow 10.1.2.3" is what it looks like. Whom no rule covers may come in if
 * there are only rules that deny, and not as soon as one allows.
 */
#ifndef DUET_SITE_ACCESS_H
#define DUET_SITE_ACCESS_H

#include "net/prefix.h"

struct duet_access_rule {
	struct duet_prefix prefix;
	bool allow;
};

/* Never changes once it is made. */
struct duet_access;

/*
 * A copy of the rules. DUET_E_NOMEM; DUET_E_ARGUMENT with a sentence: the same
 * prefix is allowed and denied. Twice the same rule is fine, none at all lets
 * everybody in.
 */
DUET_CHECK int duet_access_new(const struct duet_access_rule *rules, size_t n,
			       struct duet_access **ret,
			       struct duet_error *err);
void duet_access_free(struct duet_access *access);

/*
 * client: NULL if it has no address (duet_prefix_of_peer()): then no rule
 * covers it. access: NULL lets everybody in. A search takes as many steps as
 * halving the rules does, and one for each block around the address.
 */
DUET_CHECK bool duet_access_allows(const struct duet_access *access,
				   const struct duet_prefix *client);

#endif
