/* SPDX-License-Identifier: MIT */
/* unit/site/site.h - routes behind a server, and one request after the other
 * for them. */
#ifndef DUET_TESTS_UNIT_SITE_SITE_H
#define DUET_TESTS_UNIT_SITE_SITE_H

#include <semaphore.h>

#include "site/route.h"
#include "unit/server/rig.h"

struct site {
	struct rig rig;
	struct duet_routes *routes;
	struct duet_route_hands hands;
	int refusal; /* the status that all are refused with, or 0 */
	/* Of the desk: kept instead of being run, then told. */
	bool holds_posts;
	void (*fn)(void *arg);
	void *arg;
	sem_t held;
};

void site_start(struct site *site, const struct duet_route *routes, size_t n);
void site_done(struct site *site);
/* What is sent for one request, on a connection of its own; to be freed. */
char *ask_with(struct site *site, const char *path, const char *fields);
/* The reply has all of these. */
void assert_has(struct site *site, const char *path, const char *fields,
		const char *one, const char *other);
void assert_lacks(struct site *site, const char *path, const char *what);

#endif
