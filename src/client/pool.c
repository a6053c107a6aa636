/* SPDX-License-Identifier: MIT */
/*
 * Kept connections stay in the loop: when the server closes one, or says
 * anything that nobody asked for, it is dropped at once. Since a client's loop
 * may not run between requests, the same is looked for when one is taken.
 */
#include "client/pool.h"

#include <string.h>

#include "base/mem.h"

void duet_pool_init(struct duet_pool *pool, uint32_t max)
{
	memset(pool, 0, sizeof(*pool));
	pool->max = max;
}

static void forget(struct duet_kept_session *kept)
{
	duet_mem_free(kept->host);
	duet_buffer_free(&kept->session);
	memset(kept, 0, sizeof(*kept));
}

static void unlink_link(struct duet_link *link)
{
	struct duet_pool *pool = link->pool;

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
	link->pool = NULL;
	pool->n--;
}

static struct duet_kept_session *find_session(struct duet_pool *pool,
					      const char *host, uint16_t port)
{
	size_t i;

	for (i = 0; i < DUET_SESSIONS_MAX; i++)
		if (pool->sessions[i].host != NULL &&
		    pool->sessions[i].port == port &&
		    strcmp(pool->sessions[i].host, host) == 0)
			return &pool->sessions[i];
	return NULL;
}

/* A free place, or that of the oldest. */
static struct duet_kept_session *find_place(struct duet_pool *pool)
{
	struct duet_kept_session *place = &pool->sessions[0];
	size_t i;

	for (i = 0; i < DUET_SESSIONS_MAX && place->host != NULL; i++)
		if (pool->sessions[i].host == NULL ||
		    pool->sessions[i].age < place->age)
			place = &pool->sessions[i];
	return place;
}

/* Only a connection that has served well; without memory there is none. */
static void keep_session(struct duet_pool *pool, const struct duet_link *link)
{
	struct duet_tls *tls = duet_conn_tls(link->conn);
	struct duet_buffer session = { NULL, 0 };
	struct duet_kept_session *place;
	char *host;

	if (tls == NULL || link->exchanges == 0 || link->cut || link->fresh ||
	    duet_tls_session_export(tls, &session, NULL) != DUET_OK)
		return;
	host = duet_mem_strdup(link->host);
	if (host == NULL) {
		duet_buffer_free(&session);
		return;
	}
	place = find_session(pool, link->host, link->port);
	if (place == NULL)
		place = find_place(pool);
	forget(place);
	place->host = host;
	place->port = link->port;
	place->session = session;
	place->age = ++pool->clock;
}

struct duet_buffer duet_pool_take_session(struct duet_pool *pool,
					  const struct duet_url *url)
{
	struct duet_buffer session = { NULL, 0 };
	struct duet_kept_session *kept;

	if (!url->https)
		return session;
	kept = find_session(pool, url->host, url->port);
	if (kept == NULL)
		return session;
	session = kept->session;
	kept->session = (struct duet_buffer){ NULL, 0 };
	forget(kept);
	return session;
}

/* Nothing has come, and nothing has ended. */
static bool is_quiet(struct duet_link *link)
{
	struct duet_event event;

	return duet_link_next(link, &event, NULL) == DUET_WANT_READ &&
	       duet_link_is_usable(link);
}

static void drop(struct duet_link *link)
{
	struct duet_pool *pool = link->pool;

	unlink_link(link);
	keep_session(pool, link);
	duet_link_close(link);
}

static void on_idle(void *arg)
{
	struct duet_link *link = arg;

	if (is_quiet(link))
		duet_link_wait(link, true, false);
	else
		drop(link);
}

void duet_pool_put(struct duet_pool *pool, struct duet_link *link)
{
	if (link == NULL)
		return;
	if (!duet_link_is_usable(link)) {
		keep_session(pool, link);
		duet_link_close(link);
		return;
	}
	link->pool = pool;
	link->older = pool->newest;
	if (pool->newest != NULL)
		pool->newest->newer = link;
	else
		pool->oldest = link;
	pool->newest = link;
	pool->n++;
	duet_link_own(link, on_idle, link);
	duet_link_wait(link, true, false);
	if (pool->n > pool->max)
		drop(pool->oldest);
}

struct duet_link *duet_pool_take(struct duet_pool *pool,
				 const struct duet_url *url)
{
	struct duet_link *link = pool->newest;
	struct duet_link *older;

	for (; link != NULL; link = older) {
		older = link->older;
		if (!duet_link_leads_to(link, url))
			continue;
		link->may_read = true; /* the loop may not have run */
		if (is_quiet(link)) {
			unlink_link(link);
			return link;
		}
		drop(link);
	}
	return NULL;
}

void duet_pool_done(struct duet_pool *pool)
{
	size_t i;

	while (pool->newest != NULL) {
		struct duet_link *link = pool->newest;

		unlink_link(link);
		duet_link_close(link);
	}
	for (i = 0; i < DUET_SESSIONS_MAX; i++)
		forget(&pool->sessions[i]);
}
