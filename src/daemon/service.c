/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* sched_getaffinity */
#include "daemon/service.h"

#include <sys/resource.h>

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "daemon/outlet.h"
#include "daemon/service_int.h"

enum {
	/* A connection has its socket and perhaps a file; the rest is for
	 * what else a process holds. */
	FILES_A_CONNECTION = 2,
	FILES_KEPT = 64,
	MAX_CONNECTIONS = 10000,
	MIN_CONNECTIONS = 64,
	KEYS_AGAIN_MS = 1000, /* after there was no memory */
};

/* The processors this process may use: taskset(1) and containers count. */
static size_t processors(void)
{
	cpu_set_t set;
	int n = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	if (n > DUET_SERVICE_WORKERS_MAX)
		n = DUET_SERVICE_WORKERS_MAX;
	return n > 0 ? (size_t)n : 1;
}

static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* How many connections the files that we may have open make, besides those
 * that are held for sites. */
static uint32_t room_for_connections(size_t held)
{
	struct rlimit limit;
	rlim_t n;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= held)
		return MIN_CONNECTIONS;
	n = (limit.rlim_cur - held) / FILES_A_CONNECTION;
	if (n > MAX_CONNECTIONS + FILES_KEPT)
		return MAX_CONNECTIONS;
	if (n < MIN_CONNECTIONS + FILES_KEPT)
		return MIN_CONNECTIONS;
	return (uint32_t)n - FILES_KEPT;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void plan_workers(struct duet_service *service)
{
	const struct duet_service_config *config = service->config;

	service->n_workers =
		config->workers > 0 ? config->workers : processors();
	if (config->isolation == DUET_ISOLATION_CONNECTION)
		service->n_workers = 1;
}

int duet_service_new(const struct duet_service_config *config,
		     struct duet_service **ret, struct duet_error *err)
{
	struct duet_service *service = duet_mem_zalloc(sizeof(*service));
	struct duet_error ignored;
	int rc;

	if (err == NULL)
		err = &ignored;
	if (service == NULL)
		return duet_error_nomem(err);
	*service = (struct duet_service){
		.config = config,
		.reins = { { -1, -1 }, { -1, -1 } },
		.log_fd = -1,
		.ready_fd = config->ready_fd,
		.signals = -1,
		.ready = { -1, -1 },
	};
	raise_file_limit();
	plan_workers(service);
	rc = duet_estate_open(service, err);
	if (rc == DUET_OK)
		*ret = service;
	else
		duet_service_free(service);
	return rc;
}

void duet_service_free(struct duet_service *service)
{
	if (service == NULL)
		return;
	duet_sockets_done(&service->sockets);
	duet_sockets_done(&service->admin);
	duet_tally_free(service->tally);
	duet_reins_done(&service->reins);
	duet_ratchet_wipe(&service->ratchet);
	duet_estate_done(service);
	close_fd(&service->signals);
	close_fd(&service->ready[0]);
	close_fd(&service->ready[1]);
	close_fd(&service->ready_fd);
	duet_mem_free(service);
}

static void plan_connections(struct duet_service *service)
{
	const struct duet_service_config *config = service->config;
	size_t held =
		service->n_files + duet_kept_back_count(service->kept_back);

	service->max_connections = config->max_connections > 0
					   ? config->max_connections
					   : room_for_connections(held);
	if (config->isolation == DUET_ISOLATION_CONNECTION)
		service->max_connections = 1;
}

static int open_tally(struct duet_service *service, struct duet_error *err)
{
	const struct duet_service_config *config = service->config;
	const bool isolated = config->isolation == DUET_ISOLATION_CONNECTION;
	const struct duet_tally_options options = {
		.n_places = isolated ? (size_t)DUET_ISOLATE_MAX
				     : service->n_workers,
		.is_shared = isolated,
		.no_numbers = config->admin == NULL,
		.n_sites = config->n_sites,
		.now = duet_clock_wall(),
	};

	return duet_tally_new(&options, &service->tally, err);
}

static int start_keys(struct duet_service *service, struct duet_error *err)
{
	int64_t period_ms = service->config->ticket_key_ms;
	int rc;

	if (period_ms == 0)
		return DUET_OK;
	rc = duet_ratchet_init(&service->ratchet, period_ms, duet_clock_ms(),
			       err);
	return rc == DUET_OK
		       ? duet_config_ticket_keys(service->tls,
						 (const uint8_t(*)
							  [DUET_TICKET_KEY_BYTES])
							 service->ratchet.keys,
						 DUET_RATCHET_KEYS, err)
		       : rc;
}

int32_t duet_service_turn_keys(struct duet_service *service)
{
	struct duet_ratchet *ratchet = &service->ratchet;
	int64_t now_ms;

	if (ratchet->period_ms == 0)
		return -1;
	now_ms = duet_clock_ms();
	if (duet_ratchet_turn(ratchet, now_ms))
		(void)!duet_config_ticket_keys(service->tls,
					       (const uint8_t(*)
							[DUET_TICKET_KEY_BYTES])
						       ratchet->keys,
					       DUET_RATCHET_KEYS, NULL);
	if (ratchet->due_ms <= now_ms)
		return KEYS_AGAIN_MS;
	return ratchet->due_ms - now_ms < INT32_MAX
		       ? (int32_t)(ratchet->due_ms - now_ms)
		       : INT32_MAX;
}

int duet_service_run(struct duet_service *service, struct duet_error *err)
{
	struct duet_error ignored;
	int rc;

	if (err == NULL)
		err = &ignored;
	plan_connections(service);
	/* Whoever reads our log may leave; that is no reason to die. */
	(void)signal(SIGPIPE, SIG_IGN);
	/* Or stall; that is no reason to wait. */
	duet_outlet_unblock(STDOUT_FILENO);
	duet_outlet_unblock(STDERR_FILENO);
	rc = duet_reins_init(&service->reins, err);
	if (rc == DUET_OK)
		rc = start_keys(service, err);
	if (rc == DUET_OK)
		rc = duet_sockets_open(&service->sockets,
				       service->config->listen,
				       service->config->http_redirect,
				       service->n_workers, err);
	/* All of it before any fork. */
	if (rc == DUET_OK)
		rc = open_tally(service, err);
	if (rc == DUET_OK && service->config->admin != NULL)
		rc = duet_admin_open(service, err);
	if (rc == DUET_OK)
		return duet_supervisor_run(service, err);
	/* What was made and nobody will use. */
	duet_sockets_unlink(&service->sockets);
	duet_sockets_unlink(&service->admin);
	return rc;
}
