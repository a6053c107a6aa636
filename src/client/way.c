/* SPDX-License-Identifier: MIT */
/*
 * One way:
 *
 *	(RESOLVING) -> DIALLING -> (TUNNELLING) -> OVER
 *	                  ^             |
 *	                  +-- the next address of the server, with SOCKS5
 *
 * RESOLVING is for a socks5:// proxy alone, which is told addresses; all other
 * names are resolved by the dial, or by the proxy. TUNNELLING is for a proxy
 * that opens a tunnel, or is spoken to by TLS. The dial keeps the time limit
 * itself, and its sentence says more; for the rest the timer does. Each of the
 * objects is there only in the state that is named after it.
 */
#include "client/way.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "client/tunnel.h"
#include "net/resolve.h"

struct duet_way {
	struct duet_loop *loop;
	struct duet_way_to to;
	struct duet_choice choice;
	struct duet_lookup *lookup;
	struct duet_dial *dial;
	struct duet_tunnel *tunnel;
	struct duet_timer *timer;
	int64_t deadline_ms;
	struct duet_arrival arrival;

	/* What a socks5:// proxy is asked for, one after the other. */
	struct duet_address targets[DUET_RESOLVE_MAX];
	size_t n_targets;
	size_t target;
	char literal[DUET_HOST_BYTES];

	duet_way_fn *fn; /* NULL: OVER */
	void *arg;
};

static int begin_dial(struct duet_way *way, struct duet_error *err);

/* Last in every path: fn may free the way. */
static void finish(struct duet_way *way, const struct duet_error *err)
{
	struct duet_arrival arrival = way->arrival;
	duet_way_fn *fn = way->fn;

	duet_timer_set(way->timer, INT64_MAX);
	way->fn = NULL;
	if (err != NULL)
		duet_pipe_close(&arrival.pipe);
	way->arrival.pipe = (struct duet_pipe){ -1, NULL };
	fn(way->arg, &arrival, err);
}

static void go_on(struct duet_way *way, int rc, const struct duet_error *err)
{
	if (rc < 0)
		finish(way, err);
}

static void on_time(void *arg)
{
	struct duet_way *way = arg;
	struct duet_error err;

	if (way->lookup != NULL) {
		duet_lookup_free(way->lookup);
		way->lookup = NULL;
		(void)duet_error_set(&err, DUET_E_TIMEOUT,
				     "the name '%s' was not resolved within %d ms; check the network and /etc/resolv.conf, or use socks5h://",
				     way->choice.host,
				     (int)way->to.time_limit_ms);
	} else {
		(void)duet_error_set(&err, DUET_E_TIMEOUT,
				     "the proxy %s: no way to '%s' port %u within %d ms: %s",
				     way->choice.proxy->text, way->choice.host,
				     (unsigned)way->choice.port,
				     (int)way->to.time_limit_ms,
				     duet_tunnel_doing(way->tunnel));
		duet_tunnel_free(way->tunnel);
		way->tunnel = NULL;
	}
	finish(way, &err);
}

/* The tunnel. */

static bool has_another_target(const struct duet_way *way)
{
	return way->target + 1 < way->n_targets &&
	       duet_tunnel_may_try_another(way->tunnel);
}

static void on_tunnel(void *arg, const struct duet_error *tunnel_err)
{
	struct duet_way *way = arg;
	bool another = tunnel_err != NULL && has_another_target(way);
	struct duet_error err;

	/* it may hold the sentence */
	if (tunnel_err != NULL)
		err = *tunnel_err;
	duet_tunnel_free(way->tunnel);
	way->tunnel = NULL;
	if (!another) {
		if (tunnel_err != NULL && way->n_targets > 1)
			duet_error_append(&err, " (the last of %zu addresses)",
					  way->n_targets);
		finish(way, tunnel_err != NULL ? &err : NULL);
		return;
	}
	duet_pipe_close(&way->arrival.pipe);
	duet_timer_set(way->timer, INT64_MAX);
	way->target++;
	go_on(way, begin_dial(way, &err), &err);
}

static struct duet_tls *proxy_tls(struct duet_way *way, struct duet_error *err)
{
	static const char *const alpn[] = { "http/1.1", NULL };
	struct duet_ways *ways = way->to.ways;
	const char *host = way->choice.proxy->host;

	if (ways->proxy_tls == NULL)
		ways->proxy_tls =
			duet_config_client(DUET_CLIENT_CONFIG(.alpn = alpn),
					   err);
	if (ways->proxy_tls == NULL)
		return NULL;
	return duet_tls_client(ways->proxy_tls, host, err);
}

/* As a socks5:// proxy is told it. */
static const char *target_host(struct duet_way *way)
{
	char text[DUET_ADDRESS_TEXT_BYTES];
	size_t len;

	if (way->n_targets == 0)
		return way->choice.host;
	duet_address_text(text, &way->targets[way->target]);
	len = (size_t)(strrchr(text, ':') - text);
	if (text[0] == '[') /* without brackets, and without a zone */
		(void)snprintf(way->literal, sizeof(way->literal), "%.*s",
			       (int)strcspn(text + 1, "%]"), text + 1);
	else
		(void)snprintf(way->literal, sizeof(way->literal), "%.*s",
			       (int)len, text);
	return way->literal;
}

static int begin_tunnel(struct duet_way *way, struct duet_error *err)
{
	const struct duet_choice *choice = &way->choice;
	struct duet_tunnel_to to = {
		.proxy = choice->proxy,
		.host = choice->absolute ? NULL : target_host(way),
		.port = choice->port,
		.limits = way->to.limits,
	};

	if (choice->proxy->kind == DUET_PROXY_HTTPS) {
		way->arrival.pipe.tls = proxy_tls(way, err);
		if (way->arrival.pipe.tls == NULL)
			return err->code;
	}
	duet_timer_set(way->timer, way->deadline_ms);
	return duet_tunnel_new(way->loop, &way->arrival.pipe, &to, on_tunnel,
			       way, &way->tunnel, err);
}

/* The socket. */

static void on_dialled(void *arg, const struct duet_dialled *dialled,
		       const struct duet_error *dial_err)
{
	struct duet_way *way = arg;
	const struct duet_choice *choice = &way->choice;
	struct duet_error err;

	duet_dial_free(way->dial);
	way->dial = NULL;
	way->arrival.pipe.fd = dialled->fd;
	way->arrival.address = dialled->address;
	if (way->arrival.resolved_us == 0)
		way->arrival.resolved_us = dialled->resolved_us;
	way->arrival.connected_us = dialled->connected_us;
	if (dial_err != NULL) {
		err = *dial_err;
		if (choice->proxy != NULL)
			duet_error_prefix(&err, "the proxy %s: ",
					  choice->proxy->text);
		finish(way, &err);
		return;
	}
	if (choice->proxy != NULL &&
	    (!choice->absolute || choice->proxy->kind == DUET_PROXY_HTTPS))
		go_on(way, begin_tunnel(way, &err), &err);
	else
		finish(way, NULL);
}

static bool on_addresses(void *arg, const struct duet_address *addresses,
			 size_t n)
{
	struct duet_way *way = arg;

	return way->to.aside(way->arg, addresses, n);
}

static int begin_dial(struct duet_way *way, struct duet_error *err)
{
	const struct duet_choice *choice = &way->choice;
	const struct duet_ways *ways = way->to.ways;
	struct duet_address found[DUET_WAYS_ADDRESSES_MAX];
	int64_t left = way->deadline_ms - duet_clock_ms();
	struct duet_target target = {
		.host = choice->host,
		.port = choice->port,
		.addresses = found,
		.time_limit_ms = left > 0 ? (int32_t)left : 1,
		.family = ways->family,
		.from = ways->from.len > 0 ? &ways->from : NULL,
		.device = ways->device,
	};

	if (choice->proxy == NULL && way->to.aside != NULL)
		target.aside = on_addresses;
	if (choice->proxy != NULL) {
		target.host = choice->proxy->host;
		target.port = choice->proxy->port;
	}
	target.n = duet_ways_addresses(ways, target.host, target.port, found);
	if (ways->unix_address.len > 0) {
		target.addresses = &ways->unix_address;
		target.n = 1;
	}
	return duet_dial_new(way->loop, &target, on_dialled, way, &way->dial,
			     err);
}

/* The name, for a proxy that is told addresses. */

static bool is_wanted(const struct duet_way *way,
		      const struct duet_address *address)
{
	sa_family_t family = way->to.ways->family;

	return family == AF_UNSPEC || address->storage.ss_family == family;
}

static void keep_targets(struct duet_way *way,
			 const struct duet_address *addresses, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_wanted(way, &addresses[i]))
			way->targets[way->n_targets++] = addresses[i];
}

static void on_resolved(void *arg, const struct duet_address *addresses,
			size_t n, const struct duet_error *lookup_err)
{
	struct duet_way *way = arg;
	struct duet_lookup *lookup = way->lookup;
	struct duet_error err;

	way->lookup = NULL;
	if (lookup_err != NULL) {
		err = *lookup_err;
		duet_error_append(&err,
				  "; a socks5h:// proxy resolves names itself");
		duet_lookup_free(lookup);
		finish(way, &err);
		return;
	}
	way->arrival.resolved_us = duet_clock_us();
	keep_targets(way, addresses, n);
	duet_lookup_free(lookup);
	duet_timer_set(way->timer, INT64_MAX);
	go_on(way, begin_dial(way, &err), &err);
}

static int begin(struct duet_way *way, struct duet_error *err)
{
	const struct duet_choice *choice = &way->choice;
	const struct duet_sought sought = { choice->host, choice->port,
					    way->to.ways->family };
	struct duet_address found[DUET_WAYS_ADDRESSES_MAX];
	struct duet_address literal;

	if (choice->proxy == NULL || choice->proxy->kind != DUET_PROXY_SOCKS5 ||
	    duet_address_parse(&literal, choice->host, choice->port))
		return begin_dial(way, err);
	keep_targets(way, found,
		     duet_ways_addresses(way->to.ways, choice->host,
					 choice->port, found));
	if (way->n_targets > 0)
		return begin_dial(way, err);
	duet_timer_set(way->timer, way->deadline_ms);
	return duet_lookup_new(way->loop, &sought, on_resolved, way,
			       &way->lookup, err);
}

int duet_way_new(struct duet_loop *loop, const struct duet_way_to *to,
		 duet_way_fn *fn, void *arg, struct duet_way **ret,
		 struct duet_error *err)
{
	struct duet_way *way = duet_mem_zalloc(sizeof(*way));
	int rc;

	if (way == NULL)
		return duet_error_nomem(err);
	way->loop = loop;
	way->to = *to;
	way->fn = fn;
	way->arg = arg;
	way->arrival.pipe.fd = -1;
	way->deadline_ms = duet_clock_ms() + to->time_limit_ms;
	duet_ways_choose(to->ways, to->url, &way->choice);
	way->arrival.proxy = way->choice.proxy;
	way->arrival.absolute = way->choice.absolute;
	rc = duet_timer_new(loop, on_time, way, &way->timer, err);
	if (rc == DUET_OK)
		rc = begin(way, err);
	if (rc < 0) {
		duet_way_free(way);
		return rc;
	}
	*ret = way;
	return DUET_OK;
}

void duet_way_free(struct duet_way *way)
{
	if (way == NULL)
		return;
	duet_lookup_free(way->lookup);
	duet_dial_free(way->dial);
	duet_tunnel_free(way->tunnel);
	duet_pipe_close(&way->arrival.pipe);
	duet_timer_free(way->timer);
	duet_mem_free(way);
}
