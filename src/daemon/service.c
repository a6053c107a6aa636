/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* sched_getaffinity */
#include "daemon/service.h"

#include <sys/resource.h>

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "daemon/outlet.h"
#include "daemon/secrets.h"
#include "daemon/service_int.h"

enum {
	/* A connection has its socket and perhaps a file; the rest is for
	 * what else a process holds. */
	FILES_A_CONNECTION = 2,
	FILES_KEPT = 64,
	MAX_CONNECTIONS = 10000,
	MIN_CONNECTIONS = 64,
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

/* As many open files as we may have; how many connections that makes. */
static uint32_t room_for_connections(void)
{
	struct rlimit limit;
	rlim_t n;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return MIN_CONNECTIONS;
	if (limit.rlim_cur < limit.rlim_max) {
		struct rlimit all = { limit.rlim_max, limit.rlim_max };

		if (setrlimit(RLIMIT_NOFILE, &all) == 0)
			limit.rlim_cur = limit.rlim_max;
	}
	n = limit.rlim_cur / FILES_A_CONNECTION;
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

static void service_done(struct duet_service *service)
{
	duet_sockets_done(&service->sockets);
	duet_reins_done(&service->reins);
	duet_credentials_done(&service->credentials);
	duet_files_free(service->files);
	duet_kept_back_free(service->kept_back);
	close_fd(&service->signals);
	close_fd(&service->ready[0]);
	close_fd(&service->ready[1]);
	close_fd(&service->ready_fd);
	if (service->log_fd != STDOUT_FILENO)
		close_fd(&service->log_fd);
}

/* In an order that finds the cheapest mistake first, and binds last. */
static int keep_secrets(struct duet_service *service,
			const struct duet_secrets *secrets,
			struct duet_error *err)
{
	int rc = duet_kept_back_new(&service->kept_back, err);

	if (rc == DUET_OK)
		rc = duet_secrets_keep_back(secrets, service->kept_back, err);
	if (rc == DUET_OK)
		duet_files_keep_back(service->files, service->kept_back);
	return rc;
}

static int service_open(struct duet_service *service, struct duet_error *err)
{
	const struct duet_service_config *config = service->config;
	struct duet_secrets secrets = { 0 };
	int rc;

	rc = duet_files_new(config->dir, &service->files, err);
	if (rc == DUET_OK && config->list)
		duet_files_list(service->files);
	if (rc == DUET_OK)
		rc = duet_log_open(config->log, &service->log_fd, err);
	if (rc == DUET_OK)
		rc = duet_secrets_init(&secrets, err);
	if (rc == DUET_OK)
		rc = duet_secrets_add(&secrets, config->cert_file,
				      config->key_file, err);
	if (rc == DUET_OK)
		rc = duet_secrets_outside(&secrets, config->dir, err);
	if (rc == DUET_OK)
		rc = duet_credentials_open(&service->credentials,
					   config->cert_file, config->key_file,
					   duet_clock_wall(), err);
	if (rc == DUET_OK)
		rc = keep_secrets(service, &secrets, err);
	duet_secrets_done(&secrets);
	if (rc == DUET_OK)
		rc = duet_reins_init(&service->reins, err);
	if (rc == DUET_OK)
		rc = duet_sockets_open(&service->sockets, config->listen,
				       service->n_workers, err);
	return rc;
}

int duet_service_run(const struct duet_service_config *config,
		     struct duet_error *err)
{
	struct duet_service service = {
		.config = config,
		.reins = { { -1, -1 }, { -1, -1 } },
		.log_fd = -1,
		.ready_fd = config->ready_fd,
		.signals = -1,
		.ready = { -1, -1 },
	};
	struct duet_error ignored;
	int rc;

	if (err == NULL)
		err = &ignored;
	service.max_connections = room_for_connections();
	service.n_workers =
		config->workers > 0 ? config->workers : processors();
	if (config->isolation == DUET_ISOLATION_CONNECTION) {
		service.n_workers = 1;
		service.max_connections = 1;
	}
	/* Whoever reads our log may leave; that is no reason to die. */
	(void)signal(SIGPIPE, SIG_IGN);
	/* Or stall; that is no reason to wait. */
	duet_outlet_unblock(STDOUT_FILENO);
	duet_outlet_unblock(STDERR_FILENO);
	rc = service_open(&service, err);
	if (rc == DUET_OK)
		rc = duet_supervisor_run(&service, err);
	service_done(&service);
	return rc;
}
