/* SPDX-License-Identifier: MIT */
/*
 * Idle connections stay in the loop: when the server closes one, or says
 * anything that nobody asked for, it is dropped at once. Since a client's loop
 * may not run between requests, the same is looked for when one is taken.
 *
 * Whatever may let somebody go on kicks the client, who asks for each origin's
 * first in line; nobody is served from inside a call of this file.
 */
#include "client/pool.h"

#include <string.h>

#include "base/mem.h"
#include "tls/engine.h"

enum {
	IDLE = 16,
	HOST = 6,
	STREAMS = 100,
};

static void fill_in(uint32_t *limit, uint32_t otherwise)
{
	if (*limit == 0)
		*limit = otherwise;
}

void duet_pool_init(struct duet_pool *pool, struct duet_loop *loop,
		    struct duet_timer *timer,
		    const struct duet_pool_limits *limits)
{
	memset(pool, 0, sizeof(*pool));
	pool->loop = loop;
	pool->kick = timer;
	pool->limits = *limits;
	fill_in(&pool->limits.idle, IDLE);
	fill_in(&pool->limits.host, HOST);
	fill_in(&pool->limits.streams, STREAMS);
}

static void kick(struct duet_pool *pool)
{
	if (pool->n_waiting > 0)
		duet_timer_set(pool->kick, duet_loop_now_ms(pool->loop));
}

/* ---- origins ---- */

struct duet_origin *duet_pool_origin(struct duet_pool *pool,
				     const struct duet_url *url)
{
	struct duet_origin *origin = pool->origins;

	while (origin != NULL &&
	       (origin->https != url->https || origin->port != url->port ||
		strcmp(origin->host, url->host) != 0))
		origin = origin->next;
	if (origin != NULL)
		return origin;
	origin = duet_mem_zalloc(sizeof(*origin));
	if (origin == NULL)
		return NULL;
	origin->host = duet_mem_strdup(url->host);
	if (origin->host == NULL) {
		duet_mem_free(origin);
		return NULL;
	}
	origin->pool = pool;
	origin->https = url->https;
	origin->speaks_h1 = !url->https || pool->h1_only;
	origin->port = url->port;
	origin->next = pool->origins;
	pool->origins = origin;
	return origin;
}

static void free_origin(struct duet_origin *origin)
{
	duet_mem_free(origin->host);
	duet_mem_free(origin);
}

void duet_pool_tidy(struct duet_pool *pool)
{
	struct duet_origin **at = &pool->origins;
	struct duet_origin *origin;

	while ((origin = *at) != NULL) {
		if (origin->n_open > 0 || origin->first != NULL ||
		    origin->shared != NULL) {
			at = &origin->next;
			continue;
		}
		*at = origin->next;
		free_origin(origin);
	}
}

void duet_pool_wait(struct duet_origin *origin, struct duet_waiter *waiter)
{
	waiter->origin = origin;
	waiter->next = NULL;
	waiter->prev = origin->last;
	if (waiter->prev != NULL)
		waiter->prev->next = waiter;
	else
		origin->first = waiter;
	origin->last = waiter;
	origin->pool->n_waiting++;
}

void duet_pool_wait_no_more(struct duet_waiter *waiter)
{
	struct duet_origin *origin = waiter->origin;

	if (origin == NULL)
		return;
	if (waiter->prev != NULL)
		waiter->prev->next = waiter->next;
	else
		origin->first = waiter->next;
	if (waiter->next != NULL)
		waiter->next->prev = waiter->prev;
	else
		origin->last = waiter->prev;
	waiter->origin = NULL;
	origin->pool->n_waiting--;
	kick(origin->pool);
}

/* ---- connections ---- */

static void unlist_idle(struct duet_pool *pool, struct duet_link *link)
{
	if (!link->idle)
		return;
	if (link->newer != NULL)
		link->newer->older = link->older;
	else
		pool->newest = link->older;
	if (link->older != NULL)
		link->older->newer = link->newer;
	else
		pool->oldest = link->newer;
	link->newer = NULL;
	link->older = NULL;
	link->idle = false;
	pool->n_idle--;
}

/* Nobody shares it any more. */
static void unshare(struct duet_pool *pool, const struct duet_link *link)
{
	struct duet_origin *origin;

	for (origin = pool->origins; origin != NULL; origin = origin->next)
		if (origin->shared == link)
			origin->shared = NULL;
}

static void uncount(struct duet_link *link)
{
	struct duet_origin *origin = link->origin;
	struct duet_link **at;

	if (origin == NULL)
		return;
	for (at = &origin->links; *at != link;)
		at = &(*at)->next;
	*at = link->next;
	if (!link->known)
		origin->n_unsure--;
	origin->n_open--;
	link->origin = NULL;
	kick(origin->pool);
}

static void drop(struct duet_pool *pool, struct duet_link *link)
{
	struct duet_tls *tls = duet_conn_tls(link->conn);

	unlist_idle(pool, link);
	unshare(pool, link);
	uncount(link);
	if (tls != NULL && link->exchanges > 0 && !link->cut && !link->fresh)
		duet_sessions_keep(&pool->sessions, tls, link->host,
				   link->port);
	duet_link_close(link);
}

/* Nothing has come, and nothing has ended. */
static bool is_quiet(struct duet_link *link)
{
	struct duet_event event;

	return duet_link_pull(link, NULL, &event, NULL) == DUET_WANT_READ &&
	       duet_link_is_usable(link);
}

static void keep_idle(struct duet_pool *pool, struct duet_link *link)
{
	link->older = pool->newest;
	if (pool->newest != NULL)
		pool->newest->newer = link;
	else
		pool->oldest = link;
	pool->newest = link;
	link->idle = true;
	pool->n_idle++;
	duet_link_wait(link, true, false);
	if (pool->n_idle > pool->limits.idle)
		drop(pool, pool->oldest);
}

void duet_pool_put_back(struct duet_pool *pool, struct duet_link *link)
{
	if (link->n_lanes > 0)
		return;
	if (duet_link_is_usable(link) && link->origin != NULL)
		keep_idle(pool, link);
	else
		drop(pool, link);
}

static void note_version(struct duet_link *link)
{
	struct duet_origin *origin = link->origin;

	if (link->known)
		return;
	link->known = true;
	if (origin == NULL)
		return;
	origin->n_unsure--;
	origin->speaks_h1 = !duet_link_is_shared(link);
}

static void on_news(void *arg, struct duet_link *link, enum duet_link_news news)
{
	struct duet_pool *pool = arg;

	switch (news) {
	case DUET_LINK_KNOWN:
		note_version(link);
		break;
	case DUET_LINK_STIRS:
		if (is_quiet(link))
			duet_link_wait(link, true, false);
		else
			drop(pool, link);
		return;
	case DUET_LINK_LEFT:
		duet_pool_put_back(pool, link);
		break;
	case DUET_LINK_LEADS_NOWHERE:
		break;
	}
	kick(pool);
}

void duet_pool_add(struct duet_pool *pool, struct duet_origin *origin,
		   struct duet_link *link)
{
	link->keeper = on_news;
	link->keeper_arg = pool;
	link->origin = origin;
	if (origin == NULL)
		return;
	link->next = origin->links;
	origin->links = link;
	if (duet_link_may_ask(link))
		note_version(link);
}

/* ---- turns ---- */

/* An idle one may have ended meanwhile: it is looked at, and NULL if so. */
static struct duet_link *take_idle(struct duet_pool *pool,
				   struct duet_link *link)
{
	link->may_read = true; /* the loop may not have run */
	if (!is_quiet(link)) {
		drop(pool, link);
		return NULL;
	}
	unlist_idle(pool, link);
	return link;
}

static bool is_free_for(const struct duet_link *link,
			const struct duet_want *want)
{
	if (want->own && link->misdirects)
		return false;
	return link->idle ? !want->unkept : duet_link_takes_more(link);
}

/* *ret_full: there is one, but all who may be on it are. */
static struct duet_link *find_link(struct duet_origin *origin,
				   const struct duet_want *want, bool *ret_full)
{
	struct duet_pool *pool = origin->pool;
	struct duet_link *link = origin->links;
	struct duet_link *next;

	for (; link != NULL; link = next) {
		next = link->next;
		if (!is_free_for(link, want))
			continue;
		if (link->n_lanes >= pool->limits.streams) {
			*ret_full = true;
			continue;
		}
		if (link->idle)
			link = take_idle(pool, link);
		if (link != NULL)
			return link;
	}
	return NULL;
}

static struct duet_link *find_shared(struct duet_origin *origin,
				     const struct duet_want *want,
				     bool *ret_full)
{
	struct duet_link *link = origin->shared;

	if (link == NULL || !is_free_for(link, want))
		return NULL;
	if (link->n_lanes >= origin->pool->limits.streams) {
		*ret_full = true;
		return NULL;
	}
	return link->idle ? take_idle(origin->pool, link) : link;
}

static bool leads_to(const struct duet_link *link,
		     const struct duet_address *addresses, size_t n)
{
	char text[DUET_ADDRESS_TEXT_BYTES];
	size_t i;

	/* Its address is the proxy's, and says nothing of the server. */
	if (link->proxy != NULL)
		return false;
	for (i = 0; i < n; i++) {
		duet_address_text(text, &addresses[i]);
		if (strcmp(text, link->address) == 0)
			return true;
	}
	return false;
}

struct duet_link *duet_pool_share(struct duet_origin *origin,
				  const struct duet_address *addresses,
				  size_t n)
{
	struct duet_pool *pool = origin->pool;
	const struct duet_origin *other = pool->origins;
	struct duet_link *link;

	if (!origin->https || origin->own_only)
		return NULL;
	for (; other != NULL; other = other->next)
		for (link = other->links; link != NULL; link = link->next)
			if (other->https && duet_link_takes_more(link) &&
			    link->n_lanes < pool->limits.streams &&
			    leads_to(link, addresses, n) &&
			    duet_tls_vouches_for(duet_conn_tls(link->conn),
						 origin->host)) {
				if (link->idle)
					link = take_idle(pool, link);
				origin->shared = link;
				return link;
			}
	return NULL;
}

void duet_pool_share_no_more(struct duet_origin *origin)
{
	origin->shared = NULL;
	origin->own_only = true;
}

/* It is of no use to who is about to open another one. */
static bool drop_idle_of(struct duet_origin *origin)
{
	struct duet_link *link = origin->links;

	while (link != NULL && !link->idle)
		link = link->next;
	if (link == NULL)
		return false;
	drop(origin->pool, link);
	return true;
}

enum duet_turn duet_pool_turn(struct duet_origin *origin,
			      const struct duet_want *want,
			      struct duet_link **ret_link)
{
	bool full = false;

	*ret_link = NULL;
	if (!want->fresh) {
		*ret_link = find_link(origin, want, &full);
		if (*ret_link == NULL && !want->own)
			*ret_link = find_shared(origin, want, &full);
		if (*ret_link != NULL)
			return DUET_TURN_JOIN;
		if (!want->now &&
		    (full || (origin->n_unsure > 0 && !origin->speaks_h1)))
			return DUET_TURN_WAIT;
	}
	if (!want->now && origin->n_open >= origin->pool->limits.host &&
	    !drop_idle_of(origin))
		return DUET_TURN_WAIT;
	origin->n_open++;
	origin->n_unsure++;
	return DUET_TURN_OPEN;
}

void duet_pool_close_turn(struct duet_origin *origin)
{
	origin->n_open--;
	origin->n_unsure--;
	kick(origin->pool);
}

/* ---- the end ---- */

void duet_pool_done(struct duet_pool *pool)
{
	struct duet_origin *origin;

	while ((origin = pool->origins) != NULL) {
		while (origin->links != NULL)
			drop(pool, origin->links);
		pool->origins = origin->next;
		free_origin(origin);
	}
	duet_sessions_done(&pool->sessions);
}
